"""From the partner's question to the answer and the new revision, by the commands of the office."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import NOW, SECRET, desk

from sda.times import format_utc
from sharing.feeds import read_page
from sharing.publishing import Edition
from sharing.publishing import publish as write_feeds
from sharing.release import release, solution_of
from sharing.requests import Wish, ask, read_request
from sharing.review import approvals_in_force, follow
from sharing.schema import open_sharing

__all__ = ["desk"]

ASSET = 330013
HELD_BY = "asset-protection-desk"
ASKED_OF = "sensor-release-desk"
WORDS = "Done."


@pytest.fixture
def database(desk, environment):
    engine = open_sharing(environment["TEARLINE_DATABASE_URL"])
    yield engine
    engine.dispose()


def publish(desk, database, hours_later):
    """Publish an approach of a protected asset, of which deu waits for values, and a plain one.

    It counts what the offices approved; the queue follows what is held.
    """
    now = NOW + timedelta(hours=hours_later)
    registry = desk.registry
    solutions = [
        solution_of("commercial", ["public", "commercial"], desk.approach(ASSET, 100), registry),
        solution_of("public", ["public"], desk.approach(100, 60), registry),
    ]
    decided = release(
        registry.partners["deu"],
        solutions,
        registry,
        desk.policy,
        now,
        approvals=approvals_in_force(database, now),
    )
    follow(database, {"deu": [held for one in decided for held in one.held]}, registry, now)
    window = (now, now + timedelta(days=5))
    edition = Edition(f"run {hours_later}", now, window, desk.policy.digest)
    all_of = {"deu": decided}
    write_feeds(database, edition, all_of, [all_of], registry.rules, SECRET)


def test_a_request_is_listed_beside_its_case_answered_and_marked_when_more_is_released(
    desk, database, tearline
):
    publish(desk, database, 0)
    with_more, without = items_by_rendition(database)
    rules = desk.registry.contacts.requests
    wish = Wish("deu", with_more, "We plan a manoeuvre", ("tca",))
    made = ask(database, wish, ASKED_OF, rules, SECRET, NOW)
    plain = ask(database, Wish("deu", without, "Curious"), ASKED_OF, rules, SECRET, NOW)
    at = ("--at", format_utc(NOW + timedelta(hours=1)))

    text = tearline("review", "list", *at).stdout
    (line,) = [one for one in text.splitlines() if one.startswith(made.request_id)]
    for words in (
        "open, routine: deu asks for tca",
        '"We plan a manoeuvre"',
        HELD_BY,
        "waits in case",
    ):
        assert words in line
    assert "it waits in no case" in text
    rows = json.loads(tearline("review", "list", "--format", "json", *at).stdout)
    (case,) = [one["case"] for one in rows if "case" in one]
    asked = {one["request"]: one for one in rows if "request" in one}
    assert asked[made.request_id]["cases"] == [case]
    assert asked[plain.request_id]["cases"] == []
    of_office = tearline("review", "list", "--office", HELD_BY, *at).stdout
    assert made.request_id in of_office
    assert plain.request_id not in of_office

    wrong = tearline("review", "answer", plain.request_id, "--office", HELD_BY, *at)
    assert wrong.returncode == 1
    assert f"not for {HELD_BY}" in wrong.stderr
    assert tearline("review", "answer", "x", "--office", HELD_BY, *at).returncode == 1
    assert tearline("review", "approve", case, "--office", HELD_BY, *at).returncode == 0
    said = ("--office", HELD_BY, "--text", WORDS, *at)
    done = tearline("review", "answer", made.request_id, *said)
    assert done.returncode == 0, done.stderr
    assert "deu reads it from 2026-11-02T00:00:00" in done.stderr
    done = tearline("review", "answer", plain.request_id, "--office", "duty-officer", *at)
    assert done.returncode == 0, done.stderr

    assert tearline("review", "list", *at).stdout == ""
    publish(desk, database, 2)
    assert read_request(database, "deu", made.request_id)[1] == 2
    request, revision = read_request(database, "deu", plain.request_id)
    assert (request.answer, revision) == (rules.answer, 1)
    rows = json.loads(tearline("review", "list", "--all", "--format", "json", *at).stdout)
    asked = {one["request"]: one for one in rows if "request" in one}
    assert {one["state"] for one in asked.values()} == {"answered"}
    assert (asked[made.request_id]["revision"], asked[made.request_id]["answer"]) == (2, WORDS)
    assert "revised since, 2" in tearline("review", "list", "--all", *at).stdout


def items_by_rendition(database):
    found = {one.body["rendition"]: one.item_id for one in read_page(database, "deu").items}
    assert found.keys() == {"contact", "full"}
    return found["contact"], found["full"]
