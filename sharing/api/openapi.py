"""Describe the interface so that a machine can hold the server to it.

FastAPI describes what routes return. Added here is what every route shares: that each error is a
problem (RFC 9457), which of them come before a route is reached, the headers of an answer, and an
example of each.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from sharing.api.examples import ANSWERS, PROBLEMS
from sharing.api.problems import MEANINGS, described
from sharing.jws import SIGNATURE

__all__ = ["Problem", "describe"]

_PROBLEM: Final = "application/problem+json"
_KEYED: Final = (401, 403, 429, 503)
"""What any route that wants a key may answer before it begins."""


class Wrong(BaseModel):
    """A parameter that is wrong, and why."""

    where: str
    what: str


class Problem(BaseModel):
    """A request that was refused, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []
    exercise: bool


Examples = Mapping[str, Mapping[str, Any]]
"""Answers by operation and media type."""


def describe(app: FastAPI, others: Callable[[], Examples]) -> None:
    """Have an application describe itself with what all of its routes share.

    `others` gives examples of formats other than JSON.
    """
    plain = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), others())
        return app.openapi_schema

    app.openapi = completed  # type: ignore[method-assign]


def _completed(document: dict[str, Any], others: Examples) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(method, operation)
            name = f"{method.upper()} {path}"
            _show(name, operation["responses"], others.get(name, {}))
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if operation.get("security"):
        for status, refusal in described(*_KEYED).items():
            responses.setdefault(str(status), refusal)
        answer = responses.get("200", {})
        if method == "get" and answer and "text/event-stream" not in answer.get("content", {}):
            headers = answer.setdefault("headers", {})
            headers.setdefault(
                SIGNATURE,
                {
                    "description": "Detached JWS over the answer before any content coding.",
                    "schema": {"type": "string"},
                },
            )
            responses.setdefault("304", {"description": "You have it: If-None-Match names it."})
    for status, response in responses.items():
        if status.isdecimal() and int(status) >= 400:
            told = MEANINGS.get(int(status))
            if told and response.get("description", "") in ("", "Validation Error"):
                response["description"] = told
            schema = {"$ref": "#/components/schemas/Problem"}
            response["content"] = {_PROBLEM: {"schema": schema}}
    operation["responses"] = dict(sorted(responses.items()))


def _show(operation: str, responses: dict[str, Any], others: Mapping[str, Any]) -> None:
    """Put an example into the description of each answer that there is one of."""
    for status, response in responses.items():
        for media, content in response.get("content", {}).items():
            if media == _PROBLEM and (problem := PROBLEMS.get(int(status))):
                content["example"] = problem
            elif media == "application/json" and operation in ANSWERS:
                content["example"] = ANSWERS[operation]
            elif media in others:
                content["example"] = others[media]
