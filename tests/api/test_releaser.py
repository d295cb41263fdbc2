"""The review queue over HTTP: who sees it, and that a key speaks for its own office alone."""

import json

import pytest
from enumerating import ask

from sharing.review import verdicts
from sharing.roles import SCOPES_OF, Role

ASSET, OFFICE, LICENSEE = 330013, "asset-protection-desk", "deu"


@pytest.fixture
def server(serve, desk):
    """Return a server with one case in its queue."""
    server = serve()
    server.hold(desk.approach(ASSET, 100), LICENSEE, "fra")
    return server


def listed(server, key, query=""):
    answer = server.get(f"/v1/releaser/cases{query}", key)
    assert answer.status_code == 200, answer.text
    return answer.json()["cases"]


def say(server, key, case, what, **said):
    path = f"/v1/releaser/cases/{case}/{what}"
    return ask(server.app, "POST", path, key, json.dumps(said).encode())


def test_the_queue_is_listed_to_those_who_release(server):
    for role in (Role.RELEASER, Role.APPROVER, Role.ADMIN):
        (case,) = listed(server, server.key("", role=role))
        assert (case["state"], case["offices"], case["log"]) == ("waiting", [OFFICE], [])
        assert case["waiting"] == [LICENSEE, "fra"]
    releaser = server.key("", role=Role.RELEASER)
    assert len(listed(server, releaser, f"?office={OFFICE}")) == 1
    assert listed(server, releaser, "?office=catalogue-desk") == []


def test_an_approver_approves_and_refuses_for_its_own_office(server):
    key = server.key("", role=Role.APPROVER, office=OFFICE)
    (case,) = listed(server, key)
    assert say(server, key, case["case"], "approval", reason="agreed").status == 200
    (said,) = verdicts(server.database)
    assert (said.office, said.partner, said.approved, said.reason) == (OFFICE, "", True, "agreed")
    assert listed(server, key) == []
    (after,) = listed(server, key, "?all=true")
    assert after["state"] == "approved"
    assert say(server, key, case["case"], "refusal", partner="fra").status == 200
    assert [one.approved for one in verdicts(server.database)] == [True, False]


@pytest.mark.parametrize(
    ("office", "role", "case", "said", "status"),
    [
        ("duty-officer", Role.APPROVER, None, {}, 403),
        (OFFICE, Role.RELEASER, None, {}, 403),
        (OFFICE, Role.ADMIN, None, {}, 403),
        (OFFICE, Role.ANALYST, None, {}, 403),
        (OFFICE, Role.APPROVER, "none", {}, 404),
        (OFFICE, Role.APPROVER, None, {"partner": "atlantis"}, 422),
        (OFFICE, Role.APPROVER, None, {"office": "duty-officer"}, 422),
        (OFFICE, Role.APPROVER, None, {"until": "2026-11-02T00:00:00"}, 422),
        (OFFICE, Role.APPROVER, None, {"until": "2026-10-01T00:00:00Z"}, 409),
    ],
)
def test_what_may_not_be_said_is_refused_and_not_logged(server, office, role, case, said, status):
    key = server.key("", role=role, office=office)
    known = listed(server, server.key("", role=Role.RELEASER))[0]["case"]
    answer = say(server, key, case or known, "approval", **said)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert verdicts(server.database) == ()


def test_an_administrator_sees_the_keys_and_none_of_their_secrets(server):
    key, other = server.key("", role=Role.ADMIN), server.key("aus")
    answer = server.get("/v1/releaser/keys", key)
    shown = {one["key_id"]: one for one in answer.json()["keys"]}
    assert shown.keys() == {key.split("_")[1], other.split("_")[1]}
    assert shown[other.split("_")[1]]["scopes"] == sorted(SCOPES_OF[Role.PARTNER])
    assert key.split("_")[2] not in answer.text
    assert other.split("_")[2] not in answer.text
    assert server.get("/v1/releaser/keys", other).status_code == 403
