"""Offices answer partners over HTTP: whose turn it is, and nobody speaks for another office."""

import json
from datetime import timedelta
from shutil import copytree
from time import sleep

import pytest
from desks import NOW

from sda.configuration import packaged
from sda.times import format_utc
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.requests import standing_requests
from sharing.roles import Role

ASSET, HELD_BY, ASKED_OF = 330013, "asset-protection-desk", "sensor-release-desk"
LICENCES = "commercial-data-desk"
PATH = "/v1/releaser/requests"
HOUR = timedelta(hours=1)


@pytest.fixture
def server(serve, desk, database_url):
    """A server where deu asked about an item it waits for more of, and about a plain one."""
    server = serve(url=database_url)
    found = {"commercial": [desk.approach(ASSET, 100)], "public": [desk.approach(100, 110)]}
    desk.publish(server.database, found, partners=("deu", "aus"))
    server.hold(desk.approach(ASSET, 100), "deu")
    return server


@pytest.fixture
def asked(server):
    """The ids of the two requests: of the item that waits in a case, and of the other."""
    key = server.key("deu")
    items = server.get("/v1/feed", key).json()["items"]
    held, plain = sorted(items, key=lambda one: one["rendition"] == "full")
    assert plain["rendition"] == "full" != held["rendition"]
    wishes = ({"reason": "We plan a manoeuvre.", "urgency": "urgent"}, {"reason": "Curious."})
    return [
        server.post(f"/v1/items/{item['id']}/requests", key, wish).json()["id"]
        for item, wish in zip((held, plain), wishes, strict=True)
    ]


def listed(server, query="", role=Role.RELEASER):
    answer = server.get(f"{PATH}{query}", server.key("", role=role))
    assert answer.status_code == 200, answer.text
    assert answer.json()["exercise"] is True
    return {one["request"]: one for one in answer.json()["requests"]}


def say(server, office, request, role=Role.APPROVER, /, **said):
    key = server.key("", role=role, office=office)
    return server.post(f"{PATH}/{request}/answer", key, said)


def test_requests_are_listed_with_their_cases_and_whose_turn_it_is(server, asked):
    with_case, plain = asked
    for role in (Role.RELEASER, Role.APPROVER, Role.ADMIN):
        assert [*listed(server, role=role)] == asked
    shown = listed(server)
    (case,) = server.get("/v1/releaser/cases", server.key("", role=Role.RELEASER)).json()["cases"]
    one, other = shown[with_case], shown[plain]
    assert (one["state"], one["urgency"], one["partner"]) == ("open", "urgent", "deu")
    assert (one["norad_id_1"], one["norad_id_2"]) == (ASSET, 90000)
    assert (one["cases"], other["cases"]) == ([case["case"]], [])
    assert (one["office"], other["office"]) == (LICENCES, ASKED_OF)
    assert one["answering"] == [HELD_BY, LICENCES, "duty-officer"]
    assert other["answering"] == ["duty-officer", ASKED_OF]
    assert [*listed(server, f"?office={HELD_BY}")] == [with_case]
    assert [*listed(server, f"?office={LICENCES}")] == [with_case]
    assert [*listed(server, f"?office={ASKED_OF}")] == [plain]
    assert listed(server, "?office=catalogue-desk") == {}


def test_an_answer_is_read_by_its_partner_at_its_hour_and_by_the_offices_at_once(server, asked):
    with_case, plain = asked
    server.now += HOUR
    answer = say(server, HELD_BY, with_case, text=" See your feed. ")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["answer"]) == ("answered", "See your feed.")
    assert (told["answered_by"], told["answering"]) == (HELD_BY, [])
    assert told["closes_utc"] == format_utc(NOW + 12 * HOUR)
    assert told.pop("exercise") is True
    assert [*listed(server)] == [plain]
    assert listed(server, "?all=true")[with_case] == told
    again = say(server, HELD_BY, with_case, text="Once more.")
    assert again.status_code == 409
    assert "answered since" in again.json()["detail"]
    assert say(server, "duty-officer", plain).json()["answer"].startswith("Your request was")
    key = server.key("deu")
    assert server.get(f"/v1/requests/{with_case}", key).json()["answer"] is None
    server.now = NOW + 12 * HOUR
    read = server.get(f"/v1/requests/{with_case}", key).json()
    assert (read["state"], read["answer"]) == ("closed", "See your feed.")
    assert HELD_BY not in json.dumps(read)


@pytest.mark.parametrize(
    ("office", "role", "request_id", "said", "status"),
    [
        (HELD_BY, Role.APPROVER, None, {}, 403),
        ("catalogue-desk", Role.APPROVER, None, {}, 403),
        (ASKED_OF, Role.RELEASER, None, {}, 403),
        (ASKED_OF, Role.ADMIN, None, {}, 403),
        (ASKED_OF, Role.ANALYST, None, {}, 403),
        (ASKED_OF, Role.APPROVER, "none", {}, 404),
        (ASKED_OF, Role.APPROVER, None, {"text": " "}, 422),
        (ASKED_OF, Role.APPROVER, None, {"text": "two\nlines"}, 422),
        (ASKED_OF, Role.APPROVER, None, {"text": "\u202eback"}, 422),
        (ASKED_OF, Role.APPROVER, None, {"text": "x" * 1001}, 422),
        (ASKED_OF, Role.APPROVER, None, {"office": HELD_BY}, 422),
    ],
)
def test_what_may_not_be_said_is_refused_and_changes_nothing(
    server, asked, office, role, request_id, said, status
):
    before = standing_requests(server.database)
    answer = say(server, office, request_id or asked[1], role, **said)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert standing_requests(server.database) == before


def test_one_that_has_expired_is_answered_no_more(server, asked):
    server.now = NOW + 110 * HOUR
    answer = say(server, ASKED_OF, asked[1])
    assert answer.status_code == 409
    assert "expired since" in answer.json()["detail"]
    assert {one["state"] for one in listed(server, "?all=true").values()} == {"expired"}
    assert listed(server) == {}


def test_who_stands_in_for_an_office_finds_its_requests_and_answers_them(serve, desk, tmp_path):
    config = copytree(packaged("config"), tmp_path / "config")
    server = serve(config=config)
    desk.publish(server.database, {"public": [desk.approach(100, 110)]})
    key = server.key("deu")
    (item,) = server.get("/v1/feed", key).json()["items"]
    wish = {"reason": "Curious."}
    plain = server.post(f"/v1/items/{item['id']}/requests", key, wish).json()["id"]
    assert listed(server, "?office=catalogue-desk") == {}
    assert say(server, "catalogue-desk", plain).status_code == 403
    file = config / "offices" / f"{ASKED_OF}.toml"
    text = file.read_text().replace("filled = true", "filled = false")
    file.write_text(text.replace('["duty-officer"]', '["catalogue-desk"]'))
    sleep(LOOKED_AT_MOST_S)
    assert [*listed(server, "?office=catalogue-desk")] == [plain]
    assert say(server, "catalogue-desk", plain).status_code == 200


def test_no_partner_comes_this_far(server, asked):
    key = server.key("deu")
    assert server.get(PATH, key).status_code == 403
    assert server.post(f"{PATH}/{asked[1]}/answer", key, {}).status_code == 403
