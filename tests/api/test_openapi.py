"""The server does what its own description says: every route, valid and broken requests."""

import os
from contextlib import nullcontext, suppress
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from sda import __version__

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "25"))
"""Requests an operation and mode; raise it for a long search."""

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


@pytest.fixture
def server(serve, desk):
    made = serve()
    desk.publish(made.database, {"public": [desk.approach(100 + n, 10 + n) for n in range(3)]})
    return made


def _operations(server):
    schema = schemathesis.openapi.from_asgi("/openapi.json", server.app)
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if not _has_no_end(one.definition.raw)]


def _has_no_end(operation):
    """Say whether the answer is a stream of events: its own tests read it."""
    return "text/event-stream" in operation["responses"].get("200", {}).get("content", {})


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
def test_no_request_fails_the_server_or_is_answered_with_what_is_not_described(server, mode):
    headers = {"Authorization": f"Bearer {server.key('aus')}"}
    seen = set()
    for operation in _operations(server):

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            answer = case.call_and_validate(headers=headers, checks=list(CHECKS))
            seen.add((case.path, answer.status_code))

        # Where an operation takes nothing, nothing of it can be wrong.
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            ask()
    assert ("/v1/feed", 200 if mode is GenerationMode.POSITIVE else 422) in seen


def test_every_example_of_the_description_runs(server):
    """Each parameter's examples one by one, then all at once; ids and cursors as they are here."""
    key = server.key("aus")
    page = server.get("/v1/feed?limit=1", key).json()
    here = {"id": page["items"][0]["id"], "after": page["next"]}
    ran = 0
    for template, operations in server.app.openapi()["paths"].items():
        operation = operations.get("get")
        if operation is None or _has_no_end(operation):
            continue
        path, parameters = template, operation.get("parameters", [])
        for name, value in here.items():
            path = path.replace(f"{{{name}}}", value)
        # What is of offices, or needs an id of another thing, refuses as it is described.
        open_to_partner = path in (template, f"/v1/items/{here['id']}") and "releaser" not in path
        described = {200} if open_to_partner else {*map(int, operation["responses"])}
        asked = [
            (one["name"], example)
            for one in parameters
            if one["in"] == "query"
            for example in _examples(one)
        ]
        for query in [[], *([one] for one in asked), asked]:
            answer = server.get(f"{path}?{urlencode(query, doseq=True)}", key)
            assert answer.status_code in described, (path, query, answer.text)
            ran += 1
    assert ran > 10


def _examples(parameter):
    schema = parameter["schema"]
    found = schema.get("examples", [])
    found = found or [parameter["example"]] if "example" in parameter else found
    return [str(one).lower() if isinstance(one, bool) else one for one in found]


def test_every_error_is_described_as_a_problem_and_every_answer_as_signed(server):
    for path, operations in server.app.openapi()["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status.isdecimal() and int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (path, method)
                    assert response["description"]
            if operation.get("security"):
                assert {"401", "403", "503"} <= operation["responses"].keys()
                if (method, path) in {("get", "/v1/feed"), ("get", "/v1/items/{id}")}:
                    assert "Tearline-Signature" in operation["responses"]["200"]["headers"]
            assert operation["summary"]


def test_the_description_is_versioned_and_names_the_standards_version(server):
    document = server.app.openapi()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
