"""No example of the description is out of date: the server answers in just that shape."""

import asyncio
import sys
from pathlib import Path
from shutil import copytree
from time import sleep
from xml.etree import ElementTree

import orjson
import pytest
from desks import SECRET
from jsonschema import Draft202012Validator

sys.path.insert(0, str(Path(__file__).parents[1] / "feeds"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from feed_items import near
from made_messages import AT, PAIR, message, public_sets

from sda.ccsds import CdmFormat, write_cdm
from sda.ccsds.reading import read_cdm_text
from sda.configuration import packaged
from sda.jobs import ingest
from sda.store import Archive, Ingestion
from sharing.api.examples import ANSWERS, PROBLEMS
from sharing.api.negotiation import CDM, FEED
from sharing.api.problems import MEANINGS
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.delivery.webhooks import register
from sharing.jobs import open_office, run_once
from sharing.roles import Role

ASSET, OFFICE, ASKS = 330013, "asset-protection-desk", "deu"
JSON, PROBLEM = "application/json", "application/problem+json"
BY_NAME = {"facts", "topics", "gained"}
"""What has names that come with the data: an example may leave some of them out."""


def kind(value):
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if is_number else type(value).__name__


def differences(example, real, at=""):
    """Yield where an example has other names or types than what it is an example of.

    Each entry of a list has to be like one of the real ones, and there have to be some of both.
    """
    if isinstance(example, dict) and isinstance(real, dict):
        more = real.keys() - example.keys()
        if at.rpartition(".")[2] in BY_NAME and bool(example) == bool(real):
            more = set()
        if odd := sorted({*more, *(example.keys() - real.keys())}):
            yield f"{at}: {odd} in one of the two"
            return
        for name, value in example.items():
            yield from differences(value, real[name], f"{at}.{name}")
    elif isinstance(example, list) and isinstance(real, list):
        if bool(example) != bool(real):
            yield f"{at}: one of the two is empty"
            return
        for n, one in enumerate(example):
            found = [list(differences(one, other, f"{at}[{n}]")) for other in real]
            if all(found):
                yield from min(found, key=len)
    elif kind(example) != kind(real):
        yield f"{at}: {kind(example)}, and in truth {kind(real)}"


@pytest.mark.parametrize(
    ("example", "real", "told"),
    [
        ({"a": 1, "b": [None]}, {"a": 2.5, "b": [None, "x"]}, []),
        ({"a": 1}, {"a": 1, "b": 1}, [": ['b'] in one of the two"]),
        ({"facts": {"a": 1}}, {"facts": {"a": 1, "b": 1}}, []),
        ({"facts": {}}, {"facts": {"b": 1}}, [".facts: ['b'] in one of the two"]),
        ({"facts": {"a": 1}}, {"facts": {"b": 1}}, [".facts: ['a'] in one of the two"]),
        ({"a": True}, {"a": 1}, [".a: bool, and in truth number"]),
        ({"a": None}, {"a": ""}, [".a: NoneType, and in truth str"]),
        ([], [1], [": one of the two is empty"]),
        ([1], [], [": one of the two is empty"]),
        ([{"a": 1}, {"a": "x"}], [{"a": 1}, {"a": 2}], ["[1].a: str, and in truth number"]),
        ([1], {"a": 1}, [": list, and in truth dict"]),
    ],
)
def test_what_differs_in_shape_is_found(example, real, told):
    assert list(differences(example, real)) == told


@pytest.fixture
def server(serve, desk):
    """A server with a full item, one that waits in a case, and a webhook that cannot be called."""
    server = serve(requests_per_minute=100_000)
    found = {
        "public": [near(desk, 60), desk.approach(100, 110)],
        "commercial": [desk.approach(ASSET, 100)],
    }
    desk.publish(server.database, found, partners=(ASKS,))
    server.hold(desk.approach(ASSET, 100), ASKS)
    return server


def conversation(server):
    """Ask the server for all that it answers in JSON, and return what it said."""
    said, key = {}, server.key(ASKS)
    officer = {role: server.key("", role=role, office=OFFICE) for role in Role if role != "partner"}

    def ask(method, path, held=key, json=None, **values):
        told = {"Authorization": f"Bearer {held}"}
        answer = server.request(method, path.format(**values), told, json=json)
        assert answer.status_code in (200, 201), (path, answer.text)
        said[f"{method} {path.partition('?')[0]}"] = answer.json()
        return answer.json()

    for path in ("/healthz", "/readyz", "/.well-known/jwks.json", "/v1/me", "/v1/contacts"):
        ask("GET", path)
    items = ask("GET", "/v1/feed")["items"]
    full = next(one for one in items if "state_1" in one["facts"])
    (waits,) = (one for one in items if one["rendition"] != "full")
    ask("GET", "/v1/items/{id}", id=full["id"])
    ask("GET", "/v1/items/{id}/cdm?format=json", id=full["id"])
    wish = {"reason": "We plan a manoeuvre.", "wanted": ["tca"]}
    asked = ask("POST", "/v1/items/{id}/requests", json=wish, id=waits["id"])["id"]
    ask("GET", "/v1/requests")
    ask("GET", "/v1/requests/{id}", id=asked)

    hook = register(server.database, ASKS, "key", "http://127.0.0.1/", None, 0, server.now, 9)
    asyncio.run(server.app.state.service.courier.run_once())
    ask("POST", "/v1/webhooks/{id}/test", id=hook.webhook_id)
    ask("GET", "/v1/webhooks/{id}/deliveries", id=hook.webhook_id)
    made = ask("POST", "/v1/webhooks", json={"url": "https://example.org/tearline"})["id"]
    ask("GET", "/v1/webhooks")
    ask("GET", "/v1/webhooks/{id}", id=made)
    ask("POST", "/v1/webhooks/{id}/rotate", id=made)
    ask("POST", "/v1/webhooks/{id}/enable", id=made)

    approver = officer[Role.APPROVER]
    (case,) = ask("GET", "/v1/releaser/cases", approver)["cases"]
    for verdict in ("approval", "refusal"):
        path = f"/v1/releaser/cases/{{case}}/{verdict}"
        ask("POST", path, approver, {"partner": ASKS, "reason": "Agreed."}, case=case["case"])
    ask("GET", "/v1/releaser/requests", approver)
    ask("POST", "/v1/releaser/requests/{id}/answer", approver, {}, id=asked)
    ask("GET", "/v1/releaser/keys", officer[Role.ADMIN])
    return said


def explained(server, folder):
    """Run the whole chain, and return why a partner gets what it gets."""
    Archive(server.database).add(public_sets(), Ingestion("sets", "0" * 64, "synthetic-public", AT))
    file = folder / "message.cdm"
    file.write_text(message(public_sets()))
    ingest(server.database, [file], "commercial", AT)
    office = open_office(packaged("config"))
    run_once(server.database, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    item = f"{PAIR[0]},{PAIR[1]}@2026-10-20T02:21:00Z"
    key = server.key("", role=Role.ANALYST)
    answer = server.get(f"/v1/releaser/explain?item={item}&partner=aus", key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def described(server):
    """Return what the running server describes as answers in JSON, by operation, and all of it."""
    document = server.get("/openapi.json").json()
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get(JSON)
                if status.startswith("2") and content is not None:
                    found[f"{method.upper()} {path}"] = content
    return found, document


def test_every_answer_in_json_has_an_example_of_its_shape(server, serve, tmp_path):
    real = conversation(server)
    real["GET /v1/releaser/explain"] = explained(serve("explained"), tmp_path)
    contents, document = described(server)
    assert contents.keys() == real.keys() == ANSWERS.keys()
    for operation, content in contents.items():
        schema = {**content["schema"], "components": document["components"]}
        held = Draft202012Validator(schema)
        for body in (content["example"], real[operation]):
            assert [one.message for one in held.iter_errors(body)] == [], operation
        # A message's keywords are names like those of facts.
        at = ".facts" if operation.endswith("/cdm") else ""
        assert list(differences(content["example"], real[operation], at)) == [], operation


def _names(form, body):
    """Return the names that an answer gives its values."""
    if form == "csv":
        return set(body.splitlines()[0].split(","))
    if form in ("kvn", "xml"):
        body = orjson.loads(write_cdm(read_cdm_text(body, "example"), CdmFormat.JSON))
        return {*(body[0] if isinstance(body, list) else body)}
    return {name for record in orjson.loads(orjson.dumps(body)) for name in record}


def _elements(xml):
    return [element.tag for element in ElementTree.fromstring(xml).iter()]


def test_every_answer_in_another_format_has_an_example_in_its_words(server):
    key = server.key(ASKS)
    items = server.get("/v1/feed", key).json()["items"]
    full = next(one["id"] for one in items if "state_1" in one["facts"])
    document = server.get("/openapi.json").json()
    shown = 0
    for path in ("/v1/feed", "/v1/items/{id}", "/v1/items/{id}/cdm"):
        answer = document["paths"][path]["get"]["responses"]["200"]
        offer = CDM if path.endswith("cdm") else FEED
        assert answer["content"].keys() == {*offer.media.values()}
        for form, media in offer.media.items():
            if form == "json":
                continue
            example = answer["content"][media]["example"]
            assert Draft202012Validator(answer["content"][media]["schema"]).is_valid(example)
            assert "EXERCISE" in str(example)
            real = server.get(f"{path.format(id=full)}?format={form}", key)
            assert real.status_code == 200
            body = real.json() if "json" in media else real.text
            names, told = _names(form, example), _names(form, body)
            assert names <= told | {"collisionProb", "collisionProbMethod"}, (path, form)
            assert len(names) > 3
            shown += 1
    assert shown == 10
    answer = document["paths"]["/v1/items/{id}/label"]["get"]["responses"]["200"]
    example = answer["content"]["application/xml"]["example"]
    real = server.get(f"/v1/items/{full}/label", key).text
    assert _elements(example) == _elements(real)


def test_every_example_is_of_an_exercise():
    for operation, example in ANSWERS.items():
        if operation == "GET /v1/items/{id}/cdm":
            assert "EXERCISE" in str(example)
        else:
            assert example["exercise"] is True, operation
    assert all(example["exercise"] is True for example in PROBLEMS.values())


def test_every_refusal_has_an_example_in_the_words_of_the_server(server, serve, desk, tmp_path):
    key, few = server.key(ASKS), serve("few", requests_per_minute=1)
    held = {"Authorization": f"Bearer {key}"}
    (item, *_) = (one["id"] for one in server.get("/v1/feed", key).json()["items"])
    wish = {"reason": "We plan a manoeuvre."}
    path, often = f"/v1/items/{item}/requests", few.key(ASKS)
    server.post(path, key, wish)
    few.get("/v1/me", often)
    config = copytree(packaged("config"), tmp_path / "config")
    stale = serve("stale", config=config)
    desk.publish(stale.database, {"public": [desk.approach(100, 55)]})
    policy = config / "policy/20-forbids.cedar"
    policy.write_text(policy.read_text() + "\n// changed\n")
    sleep(LOOKED_AT_MOST_S)
    real = {
        400: server.get("/v1/feed?after=x", key),
        401: server.get("/v1/feed"),
        403: server.get("/v1/feed", server.key(ASKS, scopes=["me:read"])),
        404: server.get("/v1/items/x", key),
        406: server.get("/v1/feed", key, Accept="image/png"),
        409: server.post(path, key, wish),
        413: server.request("POST", path, held, content=b" " * 2**15),
        422: server.get("/v1/feed?limit=0", key),
        429: few.get("/v1/me", often),
        503: stale.get("/v1/feed", stale.key(ASKS)),
    }
    assert real.keys() == PROBLEMS.keys() == MEANINGS.keys()
    for status, answer in real.items():
        assert answer.status_code == status
        assert list(differences(PROBLEMS[status], answer.json())) == []
        told = answer.json()["detail"].replace("ask 1 times", "ask 600 times")
        assert PROBLEMS[status]["detail"] == told
    document = server.get("/openapi.json").json()
    held = Draft202012Validator(
        {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    example = response["content"][PROBLEM]["example"]
                    assert example["status"] == int(status), path
                    assert held.is_valid(example), path
