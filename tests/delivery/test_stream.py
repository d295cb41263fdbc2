"""Streams over real sockets, of a server in a process of its own."""

import shutil
from datetime import UTC, datetime
from time import sleep

import httpx
import orjson
import pytest
from places import Place, kill, listening, until

from sda.configuration import packaged
from sda.model import Kind
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.credentials import resume, revoke_key, suspend
from sharing.withdrawals import order_source


def _approaches(place: Place, numbers: range) -> list[object]:
    return [place.desk.approach(n, 10 + n / 100) for n in numbers]


def _seen(events) -> list[tuple[str, int]]:
    items = [orjson.loads(event.data) for event in events]
    return [(item["id"], item["revision"]) for item in items]


def test_a_stream_sends_the_feed_as_it_is_and_goes_on_as_it_grows(place):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 103))})
    with place.serving():
        key = place.key("aus")
        with listening(place.base, key) as client:
            until(lambda: len(client.events) == 3)
            place.desk.publish(
                place.engine, {"public": _approaches(place, range(100, 105))}, "run 2"
            )
            until(lambda: len(client.events) == 5)
        page = httpx.get(f"{place.base}/v1/feed", headers={"Authorization": f"Bearer {key}"})
        texts = [event.data.encode() for event in client.events]
        assert b'"items":[' + b",".join(texts) + b'],"' in page.content
        assert page.json()["next"] == client.events[-1].id
        assert {event.event for event in client.events} == {"item"}
        assert client.headers["content-type"].startswith("text/event-stream")
        assert client.headers["cache-control"] == "private, no-store"
        assert client.headers["tearline-mode"] == "EXERCISE"
        assert client.comments >= 1


def test_a_listener_that_comes_back_loses_and_repeats_nothing(any_place):
    place = any_place
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 120))})
    server = place.serve()
    key = place.key("aus")
    with listening(place.base, key) as client:
        until(lambda: len(client.events) == 20)
    for nth in (0, 7, 19):
        with listening(place.base, key, client.events[nth].id) as again:
            until(lambda: len(again.events) == 19 - nth)  # noqa: B023
        assert again.events == client.events[nth + 1 :]
    kill(server)
    until(lambda: client.ended)
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 122))}, "run 2")
    place.serve()
    with listening(place.base, key, client.events[-1].id) as after:
        until(lambda: len(after.events) == 2)
    assert _seen(client.events + after.events) == place.items(key)


def test_an_item_that_changes_comes_again_with_a_higher_revision(place):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
    with place.serving():
        with listening(place.base, place.key("aus")) as client:
            until(lambda: len(client.events) == 2)
            changed = [
                place.desk.approach(100, 11, miss_km=1.5),
                *_approaches(place, range(101, 102)),
            ]
            place.desk.publish(place.engine, {"public": changed}, "run 2")
            until(lambda: len(client.events) == 3)
        first, _, last = _seen(client.events)
        assert last == (first[0], 2)


def test_a_stream_of_one_kind_has_that_kind_alone(place):
    found = [
        *_approaches(place, range(100, 102)),
        place.desk.approach(300, 20, kind=Kind.COINCIDENT, max_probability=None),
    ]
    place.desk.publish(place.engine, {"public": found})
    with place.serving():
        key = place.key("aus")
        with listening(place.base, key, query="?kind=coincident") as client:
            until(lambda: len(client.events) == 1)
            until(lambda: client.comments >= 3)
        assert orjson.loads(client.events[0].data)["kind"] == "coincident"
        # A cursor holds for its filter alone.
        with listening(place.base, key, client.events[0].id) as other:
            until(lambda: other.ended)
        assert other.status == 400


@pytest.mark.parametrize("given", ["x", "A" * 32, "A" * 500])
def test_a_wrong_id_is_a_problem(place, given):
    with place.serving():
        answer = httpx.get(
            f"{place.base}/v1/stream",
            headers={"Authorization": f"Bearer {place.key('aus')}", "Last-Event-ID": given},
        )
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


def test_another_partners_id_is_as_wrong_as_any(place):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
    with place.serving():
        with listening(place.base, place.key("aus")) as client:
            until(lambda: len(client.events) == 2)
        headers = {"Authorization": f"Bearer {place.key('bra')}"}
        foreign, made_up = (
            httpx.get(f"{place.base}/v1/stream", headers={**headers, "Last-Event-ID": one})
            for one in (client.events[0].id, "A" * 32)
        )
        assert foreign.status_code == made_up.status_code == 400
        assert foreign.content == made_up.content


def test_a_listener_hears_nothing_of_what_others_alone_are_told(place):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
    with place.serving():
        with (
            listening(place.base, place.key("bra")) as bra,
            listening(place.base, place.key("aus")) as aus,
        ):
            until(lambda: len(bra.events) == len(aus.events) == 2)
            hidden = {
                "public": _approaches(place, range(100, 102)),
                "trilateral": _approaches(place, range(200, 203)),
            }
            place.desk.publish(place.engine, hidden, "run 2")
            until(lambda: len(aus.events) >= 5)
            before = bra.comments
            until(lambda: bra.comments > before + 2)
        assert len(bra.events) == 2


def test_a_stream_ends_with_its_key_its_partner_and_its_policy(place):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
    with place.serving():
        key, other, third = place.key("aus"), place.key("deu"), place.key("bra", 3 / 86400)
        with (
            listening(place.base, key) as revoked,
            listening(place.base, other) as suspended,
            listening(place.base, third) as expired,
            listening(place.base, place.key("bra")) as kept,
        ):
            until(lambda: all(len(one.events) == 2 for one in (revoked, suspended, expired, kept)))
            revoke_key(place.engine, key.split("_")[1], datetime.now(UTC))
            suspend(place.engine, "deu")
            until(lambda: revoked.ended and suspended.ended and expired.ended)
            assert not kept.ended
            policy = place.config / "policy/20-forbids.cedar"
            policy.write_text(policy.read_text() + "\n// changed\n")
            sleep(LOOKED_AT_MOST_S)
            # Decided under the policy that was: nothing of it is sent any more.
            place.desk.publish(
                place.engine, {"public": _approaches(place, range(100, 104))}, "run 2"
            )
            until(lambda: kept.ended)
        assert len(kept.events) == len(revoked.events) == len(suspended.events) == 2
        resume(place.engine, "deu")
        shutil.copytree(packaged("config") / "policy", place.config / "policy", dirs_exist_ok=True)
        with listening(place.base, other, suspended.events[-1].id) as again:
            until(lambda: len(again.events) == 2)


def test_what_rests_on_a_withdrawn_source_is_not_sent_and_comes_when_it_is_restored(place):
    place.desk.publish(place.engine, {"commercial": _approaches(place, range(100, 103))})
    order_source(place.engine, "commercial", True, datetime.now(UTC), "a test")
    with place.serving(), listening(place.base, place.key("aus")) as client:
        until(lambda: client.comments >= 3)
        assert client.events == []
        order_source(place.engine, "commercial", False, datetime.now(UTC), "a test")
        until(lambda: len(client.events) == 3)
