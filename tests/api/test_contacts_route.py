"""Partners are led to the office that can answer, and learn nothing else by asking."""

import shutil
from pathlib import Path
from time import sleep

import pytest

from sda.configuration import packaged
from sharing.api.service import LOOKED_AT_MOST_S

HIDDEN = 150


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(packaged("config"), folder)
    return folder


def change(config: Path, office: str, old: str, new: str) -> None:
    file = config / "offices" / f"{office}.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    sleep(LOOKED_AT_MOST_S)


def ask(server, key, query=""):
    return server.get(f"/v1/contacts{query}", key)


def only_item(server, key):
    (item,) = server.get("/v1/feed", key).json()["items"]
    return item


def test_a_topic_leads_to_its_office(serve):
    server = serve()
    key = server.key("aus")
    answer = ask(server, key, "?topic=sensor data").json()
    assert answer["contact"]["office"] == "sensor-release-desk"
    assert answer["contact"].keys() >= {"role", "channel", "hours", "languages", "last_verified"}
    assert (answer["open_now"], answer["instead_of"], answer["last_resort"]) == (True, [], False)
    assert [one["office"] for one in answer["alternates"]] == ["duty-officer", "catalogue-desk"]
    assert answer["exercise"] is True
    assert "sensor data" in answer["topics"]
    general = ask(server, key).json()
    assert (general["contact"]["office"], general["last_resort"]) == ("duty-officer", False)


def test_every_topic_that_is_told_can_be_asked(serve):
    server = serve()
    key = server.key("aus")
    for topic in ask(server, key).json()["topics"]:
        assert ask(server, key, f"?topic={topic}").json()["last_resort"] is False


def test_a_change_of_a_post_acts_at_once_in_contacts_and_in_every_item(serve, desk, config):
    server = serve(config=config)
    desk.publish(server.database, {"commercial": [desk.approach(100, 10)]})
    key = server.key("aus")
    before = only_item(server, key)
    assert before["contact"]["office"] == "commercial-data-desk"
    change(config, "commercial-data-desk", "filled = true", "filled = false")
    after = only_item(server, key)
    assert after["contact"]["office"] == "duty-officer"
    assert after["contact"]["role"] == "Space safety duty officer"
    assert {**after, "contact": before["contact"]} == before
    assert server.get(f"/v1/items/{before['id']}", key).json() == after
    assert "duty-officer" in server.get("/v1/feed?format=csv", key).text
    answer = ask(server, key, f"?item={before['id']}").json()
    assert answer["contact"] == after["contact"]
    assert answer["instead_of"] == [{"office": "commercial-data-desk", "reason": "unfilled"}]
    change(config, "commercial-data-desk", "filled = false", "filled = true")
    assert only_item(server, key) == before


def test_a_stale_entry_is_passed_over_and_last_resort_is_said(serve, config):
    server = serve(config=config)
    key = server.key("aus")
    change(config, "sensor-release-desk", "2026-09-01", "2026-01-01")
    answer = ask(server, key, "?topic=sensor data").json()
    assert answer["contact"]["office"] == "duty-officer"
    assert answer["instead_of"] == [{"office": "sensor-release-desk", "reason": "stale"}]
    change(config, "partner-liaison-desk", '"hosted payloads", ', "")
    answer = ask(server, key, "?topic=hosted payloads").json()
    assert (answer["contact"]["office"], answer["last_resort"]) == ("duty-officer", True)


def test_an_item_that_is_near_goes_to_who_is_open_now(serve, desk):
    server = serve()  # on a Sunday
    found = [desk.approach(100, 10), desk.approach(200, 60)]
    desk.publish(server.database, {"commercial": found})
    key = server.key("aus")
    near, far = sorted(
        server.get("/v1/feed", key).json()["items"], key=lambda one: one["facts"]["tca"]["value"]
    )
    answer = ask(server, key, f"?item={far['id']}").json()
    assert (answer["contact"]["office"], answer["open_now"]) == ("commercial-data-desk", False)
    answer = ask(server, key, f"?item={near['id']}").json()
    assert (answer["contact"]["office"], answer["open_now"]) == ("duty-officer", True)
    assert answer["instead_of"] == [{"office": "commercial-data-desk", "reason": "not-open"}]


def test_a_wrong_question_is_told_what_can_be_asked(serve):
    server = serve()
    key = server.key("aus")
    for query in ("?topic=protected assets", "?topic=", "?about=x", f"?item={'x' * 65}"):
        answer = ask(server, key, query)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
    assert "release requests" in ask(server, key, "?topic=x").json()["detail"]


def test_who_asks_about_an_item_learns_nothing_of_what_is_hidden(serve, desk):
    """More of an item, another's item and none at all look alike, to the byte."""
    probe = serve("probe")
    desk.publish(probe.database, {"trilateral": [desk.approach(HIDDEN, 20)]})
    theirs = only_item(probe, probe.key("aus"))["id"]
    answers = []
    for name, marked in (("with", [20, 10.01]), ("without", [])):
        server = serve(name)
        hidden = [desk.approach(HIDDEN if h == 20 else 100, h, miss_km=0.06) for h in marked]
        public = [desk.approach(100, 10)]
        desk.publish(server.database, {"public": public, "trilateral": hidden})
        key = server.key("bra")
        item = only_item(server, key)["id"]
        questions = ["", *(f"?item={one}" for one in (item, theirs, "none"))]
        questions += [f"{one}&topic=release requests" for one in questions[1:]]
        said = [ask(server, key, query) for query in questions]
        assert [one.status_code for one in said] == [200, 200, 404, 404, 200, 404, 404]
        assert said[2].content == said[3].content
        answers.append([(one.content, sorted(one.headers.items())) for one in said])
        assert (len(server.get("/v1/feed", server.key("aus")).json()["items"]) > 1) is bool(marked)
    assert answers[0] == answers[1]
