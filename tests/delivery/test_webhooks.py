"""Webhooks: a real server, a real receiving process, real sockets between them."""

import asyncio
import base64
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from places import SERVER_SECRET, Place, Receiver, kill, until
from standardwebhooks import Webhook as Reader
from standardwebhooks.webhooks import WebhookVerificationError

from sda.settings import Settings
from sharing.api import create_app
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.credentials import resume, revoke_key, suspend
from sharing.delivery import Courier
from sharing.delivery.log import Line, read_log
from sharing.delivery.webhooks import Webhook, find_webhook, register
from sharing.withdrawals import order_source


def _approaches(place: Place, numbers: range) -> list[object]:
    return [place.desk.approach(n, 10 + n / 100) for n in numbers]


def _client(place: Place, partner: str = "aus") -> httpx.Client:
    headers = {"Authorization": f"Bearer {place.key(partner)}"}
    return httpx.Client(base_url=place.base, headers=headers, timeout=60)


def _registered(client: httpx.Client, receiver: Receiver, **more: object) -> dict[str, object]:
    answer = client.post("/v1/webhooks", json={"url": receiver.url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _state(client: httpx.Client, made: dict[str, object]) -> dict[str, object]:
    return client.get(f"/v1/webhooks/{made['id']}").json()


def _verify_v1a(call, public: str) -> None:
    """Raise InvalidSignature unless one of the `v1a` signatures is of this key."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    content = f"{call.id}.{call.headers['webhook-timestamp']}.{call.body}".encode()
    for one in call.headers["webhook-signature"].split():
        version, signature = one.split(",")
        if version == "v1a":
            try:
                return key.verify(base64.b64decode(signature), content)
            except InvalidSignature:
                continue
    raise InvalidSignature


def test_a_feed_is_delivered_in_its_order_signed_and_logged(any_place, receiver):
    place = any_place
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 104))})
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        until(lambda: len(receiver.calls) == 4)
        place.desk.publish(place.engine, {"public": _approaches(place, range(100, 106))}, "run 2")
        until(lambda: len(receiver.calls) == 6)
        page = client.get("/v1/feed").json()
        calls = receiver.calls
        assert [json.loads(call.body)["data"] for call in calls] == page["items"]
        assert {json.loads(call.body)["type"] for call in calls} == {"item.published"}
        assert len({call.id for call in calls}) == 6
        for call in calls:
            Reader(made["secret"]).verify(call.body, call.headers)
            _verify_v1a(call, made["public_keys"][0])
            assert call.path == "/hook?of=tearline"
        with pytest.raises(WebhookVerificationError):
            Reader(made["secret"]).verify(calls[0].body + " ", calls[0].headers)
        until(lambda: len(_log(client, made)) == 6)
        log = _log(client, made)
        assert [line["message_id"] for line in reversed(log)] == [call.id for call in calls]
        assert {(line["status"], line["outcome"], line["attempt"]) for line in log} == {
            ("delivered", "answered 204", 1)
        }
        shown = _state(client, made)
        assert (shown["state"], shown["failures"], shown["exercise"]) == ("active", 0, True)
        assert "secret" not in shown
        assert client.delete(f"/v1/webhooks/{made['id']}").status_code == 204
        assert client.get(f"/v1/webhooks/{made['id']}").status_code == 404
        assert client.get("/v1/webhooks").json()["webhooks"] == []


def _log(client, made):
    return client.get(f"/v1/webhooks/{made['id']}/deliveries").json()["deliveries"]


def test_a_server_killed_while_delivering_loses_nothing_and_makes_no_message_two(
    any_place, receiver
):
    place = any_place
    receiver.answer(204, 0.02)
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 140))})
    key = place.key("aus")
    for enough in (3, 11, 25):
        server = place.serve()
        if enough == 3:
            made = httpx.post(
                f"{place.base}/v1/webhooks",
                json={"url": receiver.url},
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
            ).json()
        until(lambda: len(receiver.calls) >= enough)  # noqa: B023
        kill(server)
    assert len({call.id for call in receiver.calls}) < 40
    place.serve()
    until(lambda: len({call.id for call in receiver.calls}) == 40)
    calls = receiver.calls
    first_of_each = list({call.id: call for call in calls}.values())
    assert [call.item for call in first_of_each] == place.items(key)
    # What came again came at once, after each kill, and says the same.
    assert len(calls) <= 40 + 3
    bodies = {(call.id, call.body) for call in calls}
    assert len(bodies) == 40
    for call in calls:
        Reader(made["secret"]).verify(call.body, call.headers)


def test_a_server_killed_while_it_calls_many_notes_each_call_once(any_place, receiver):
    place = any_place
    receiver.answer(204, 0.02)
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 110))})
    key = place.key("aus")
    made = {
        f"/{n}": register(
            place.engine,
            "aus",
            "key",
            f"http://127.0.0.1:{receiver.port}/{n}",
            None,
            0,
            datetime.now(UTC),
            10,
        )
        for n in range(8)
    }
    for enough in (5, 40):
        server = place.serve()
        until(lambda: len(receiver.calls) >= enough)  # noqa: B023
        kill(server)
    place.serve()
    logs = {}
    for path, webhook in made.items():
        until(lambda: len(_lines(place, webhook)) == 10)  # noqa: B023
        logs[path] = [line.message_id for line in reversed(_lines(place, webhook))]
    for path, noted in logs.items():
        calls = [call for call in receiver.calls if call.path == path]
        first_of_each = list({call.id: call for call in calls}.values())
        assert [call.item for call in first_of_each] == place.items(key)
        assert [call.id for call in first_of_each] == noted
        # At each kill one call of a webhook can have been made and not noted.
        assert len(calls) <= 10 + 2
        assert len({(call.id, call.body) for call in calls}) == 10


def _lines(place: Place, webhook: Webhook) -> Sequence[Line]:
    return read_log(place.engine, "aus", webhook.webhook_id, 100)


def test_what_fails_is_tried_again_given_up_and_then_the_next_one_comes(place, receiver):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
    receiver.answer(500)
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        until(lambda: _state(client, made)["state"] == "disabled")
        ids = [call.id for call in receiver.calls]
        assert ids == [ids[0]] * 3 + [ids[3]] * 3
        assert ids[0] != ids[3]
        lines = [(line["attempt"], line["status"]) for line in reversed(_log(client, made))]
        assert lines == [(1, "failed"), (2, "failed"), (3, "dead-letter")] * 2
        assert _state(client, made)["reason"] == "6 calls in a row failed"
        # It goes on from where it stopped, once it is enabled.
        receiver.answer(200)
        place.desk.publish(place.engine, {"public": _approaches(place, range(100, 103))}, "run 2")
        enabled = client.post(f"/v1/webhooks/{made['id']}/enable").json()
        assert (enabled["state"], enabled["failures"]) == ("active", 0)
        until(lambda: len(receiver.calls) == 7)


def test_a_target_that_is_gone_is_called_no_more(place, receiver):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 103))})
    receiver.answer(410)
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        until(lambda: _state(client, made)["state"] == "disabled")
        assert "410" in _state(client, made)["reason"]
    assert len(receiver.calls) == 1


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "told", "wait_s"),
    [
        (429, "120", 120),
        (503, "120", 120),
        (503, format_datetime(NOON + timedelta(minutes=2), usegmt=True), 120),
        (503, f"{NOON + timedelta(minutes=2):%A, %d-%b-%y %H:%M:%S} GMT", 120),
        (503, f"{NOON + timedelta(minutes=2):%a %b %d %H:%M:%S %Y}", 120),
        # At most the longest wait that is configured.
        (429, "9" * 400, 3600),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        # The back-off stays where nothing is asked for, or none that means anything.
        (503, format_datetime(NOON - timedelta(minutes=2), usegmt=True), 0),
        *(
            (429, nonsense, 0)
            for nonsense in ("0", "-120", "120.5", "120, 120", "soon", "1-jan- 0 x")
        ),
        (503, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        (500, "120", 0),
        (301, "120", 0),
    ],
)
def test_a_receiver_that_says_when_is_not_called_sooner_nor_parks_a_webhook(
    place, receiver, status, told, wait_s
):
    file = place.config / "delivery.toml"
    file.write_text(file.read_text().replace("greatest_s = 0.02", "greatest_s = 3600.0"))
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 101))})
    made = register(place.engine, "aus", "key", receiver.url, None, 0, NOON, 10)
    receiver.answer(status, **{"Retry-After": told})
    with _courier(place) as courier:

        def deliver(after_s: float) -> None:
            moment = NOON + timedelta(seconds=after_s)
            asyncio.run(replace(courier, clock=lambda: moment).run_once())

        deliver(0)
        assert len(receiver.calls) == 1
        due = find_webhook(place.engine, "aus", made.webhook_id).due
        # What was drawn on top is a hundredth of a second at most.
        assert wait_s <= (due - NOON).total_seconds() <= min(wait_s + 0.01, 3600)
        receiver.answer(204)
        if wait_s:
            deliver(wait_s - 1)
            assert len(receiver.calls) == 1
        deliver(wait_s + 1)
    first, second = receiver.calls
    assert (first.id, first.body) == (second.id, second.body)
    outcomes = [
        (line.attempt, line.status, line.outcome)
        for line in read_log(place.engine, "aus", made.webhook_id, 10)
    ]
    assert outcomes == [(2, "delivered", "answered 204"), (1, "failed", f"answered {status}")]


def test_a_redirection_is_a_failure_and_an_endless_answer_is_cut_off(place, receiver):
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        path = f"/v1/webhooks/{made['id']}/test"
        receiver.answer(307, Location=receiver.url.replace("hook", "elsewhere"))
        answer = client.post(path).json()
        assert answer == {"delivered": False, "outcome": "answered 307", "exercise": True}
        receiver.answer(200, endless="yes")
        assert client.post(path).json()["delivered"] is True
        receiver.answer(200, 30.0)
        assert client.post(path).json()["outcome"] == "too slow"
        kill(receiver.process)
        assert client.post(path).json()["outcome"] == "no connection"
        assert [line["type"] for line in _log(client, made)] == ["webhook.ping"] * 4
    assert {call.path for call in receiver.calls} == {"/hook?of=tearline"}
    assert json.loads(receiver.calls[0].body)["data"] == {"webhook": made["id"], "exercise": True}


def test_the_old_secret_signs_as_well_after_a_rotation_until_the_overlap_is_over(place, receiver):
    file = place.config / "delivery.toml"
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        path = f"/v1/webhooks/{made['id']}"
        newer = client.post(f"{path}/rotate").json()
        assert newer["secret"] != made["secret"]
        assert newer["public_keys"][1:] == made["public_keys"]
        assert newer["overlap_until"]
        client.post(f"{path}/test")
        (call,) = receiver.calls
        for one in (made, newer):
            Reader(one["secret"]).verify(call.body, call.headers)
            _verify_v1a(call, one["public_keys"][0])
    file.write_text(file.read_text().replace("overlap_hours = 24.0", "overlap_hours = 1e-9"))
    with place.serving(), _client(place) as client:
        newest = client.post(f"{path}/rotate").json()
        client.post(f"{path}/test")
        last = receiver.calls[-1]
        Reader(newest["secret"]).verify(last.body, last.headers)
        with pytest.raises(WebhookVerificationError):
            Reader(newer["secret"]).verify(last.body, last.headers)
        assert _state(client, made)["public_keys"] == newest["public_keys"][:1]


def test_a_copy_of_the_database_holds_no_secret(place, receiver):
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    assert len(secret) == 32
    with sqlite3.connect(place.engine.url.database) as copy:
        dump = "\n".join(copy.iterdump())
    copy.close()
    assert made["id"] in dump
    for text in (made["secret"], made["secret"].removeprefix("whsec_"), secret.hex()):
        assert text not in dump
        assert text.upper() not in dump


@contextmanager
def _courier(place: Place) -> Iterator[Courier]:
    settings = Settings(database_url=place.url, secret=SERVER_SECRET)
    courier: Courier = create_app(settings, place.config).state.service.courier
    yield courier
    courier.database.dispose()


def _deliver(place: Place) -> None:
    """Deliver all that may be delivered now."""
    with _courier(place) as courier:
        asyncio.run(courier.run_once())


def test_nothing_is_sent_to_whom_nothing_may_be_shown(place, receiver):
    place.desk.publish(place.engine, {"commercial": _approaches(place, range(100, 102))})
    order_source(place.engine, "commercial", True, datetime.now(UTC), "a test")
    register(place.engine, "aus", "key", receiver.url, None, 0, datetime.now(UTC), 10)
    _deliver(place)
    suspend(place.engine, "aus")
    order_source(place.engine, "commercial", False, datetime.now(UTC), "a test")
    _deliver(place)
    policy = place.config / "policy/20-forbids.cedar"
    before = policy.read_text()
    policy.write_text(before + "\n// changed\n")
    resume(place.engine, "aus")
    _deliver(place)
    assert receiver.calls == []
    policy.write_text(before)
    _deliver(place)
    assert len(receiver.calls) == 2


def test_what_is_withdrawn_between_two_attempts_is_not_sent_again(place, receiver):
    place.desk.publish(place.engine, {"commercial": _approaches(place, range(100, 102))})
    receiver.answer(500)
    file = place.config / "delivery.toml"
    patient = file.read_text().replace("attempts = 3", "attempts = 10000")
    file.write_text(patient.replace("disabled_after = 6", "disabled_after = 10000"))
    made = register(place.engine, "aus", "key", receiver.url, None, 0, datetime.now(UTC), 10)
    with place.serving():
        until(lambda: find_webhook(place.engine, "aus", made.webhook_id).failures >= 2)
        order_source(place.engine, "commercial", True, datetime.now(UTC), "a test")
    n = len(receiver.calls)
    receiver.answer(200)
    _deliver(place)
    assert len(receiver.calls) == n
    # The next publication retracts it, and that is told.
    place.desk.publish(place.engine, {"commercial": []}, "run 2")
    _deliver(place)
    told = [json.loads(call.body) for call in receiver.calls[n:]]
    assert [(one["type"], one["data"]["facts"]) for one in told] == [("item.retracted", {})] * 2


@pytest.mark.parametrize("what", ["suspend", "revoke", "policy", "withdraw", "revise"])
def test_what_changes_between_two_messages_counts_for_the_next_one(place, receiver, what):
    def change() -> None:
        now = datetime.now(UTC)
        if what == "suspend":
            suspend(place.engine, "aus")
        elif what == "revoke":
            revoke_key(place.engine, key, now)
        elif what == "policy":
            policy = place.config / "policy/20-forbids.cedar"
            policy.write_text(policy.read_text() + "\n// changed\n")
            time.sleep(LOOKED_AT_MOST_S)
        elif what == "withdraw":
            order_source(place.engine, "commercial", True, now, "a test")
        else:
            revised = [replace(one, miss_km=0.5) for one in found]
            place.desk.publish(place.engine, {"commercial": revised}, "run 2")

    found = _approaches(place, range(100, 120))
    place.desk.publish(place.engine, {"commercial": found})
    key = place.key("aus").split("_")[1]
    register(place.engine, "aus", key, receiver.url, None, 0, datetime.now(UTC), 10)
    receiver.answer(204, 0.3)
    delivering = threading.Thread(target=_deliver, args=(place,))
    delivering.start()
    until(lambda: len(receiver.calls) == 2)
    change()
    # One call can be under way.
    n = len(receiver.calls) + 1
    assert n < 20
    receiver.answer(204)
    delivering.join()
    _deliver(place)
    later = [call.item[1] for call in receiver.calls[n:]]
    assert all(revision == 2 for revision in later)
    assert bool(later) == (what == "revise")


def test_a_webhook_of_a_revoked_key_is_disabled_and_another_key_can_enable_it(place, receiver):
    key = place.key("aus")
    headers = {"Authorization": f"Bearer {key}"}
    with place.serving(), _client(place) as other:
        with httpx.Client(base_url=place.base, headers=headers) as client:
            made = _registered(client, receiver)
        revoke_key(place.engine, key.split("_")[1], datetime.now(UTC))
        place.desk.publish(place.engine, {"public": _approaches(place, range(100, 102))})
        until(lambda: _state(other, made)["state"] == "disabled")
        assert receiver.calls == []
        other.post(f"/v1/webhooks/{made['id']}/enable")
        until(lambda: len(receiver.calls) == 2)


def test_another_partners_webhook_and_none_look_the_same(place, receiver):
    with place.serving(), _client(place) as owner, _client(place, "bra") as other:
        made = _registered(owner, receiver)
        for method, end in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/test"),
            ("POST", "/rotate"),
            ("POST", "/enable"),
            ("GET", "/deliveries"),
        ):
            foreign, missing = (
                other.request(method, f"/v1/webhooks/{one}{end}") for one in (made["id"], "wh_x")
            )
            assert foreign.status_code == missing.status_code == 404
            assert foreign.content == missing.content
        assert other.get("/v1/webhooks").json()["webhooks"] == []
        assert _state(owner, made)["state"] == "active"
    assert receiver.calls == []


def test_a_registration_is_refused_that_could_not_be_kept_to(place, receiver):
    with place.serving(), _client(place) as client:
        for url in ("https://10.0.0.1/", "http://example.org/", "ftp://example.org/", "x"):
            assert client.post("/v1/webhooks", json={"url": url}).status_code == 422, url
        wrong = {"url": receiver.url, "after": "A" * 32}
        assert client.post("/v1/webhooks", json=wrong).status_code == 400
        assert client.post("/v1/webhooks", json={"url": receiver.url, "x": 1}).status_code == 422
        for _ in range(10):
            _registered(client, receiver)
        assert client.post("/v1/webhooks", json={"url": receiver.url}).status_code == 409


def test_a_webhook_of_one_kind_begins_after_the_cursor_that_is_given(place, receiver):
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 103))})
    with place.serving(), _client(place) as client:
        page = client.get("/v1/feed?kind=crossing&limit=2").json()
        _registered(client, receiver, kind="crossing", after=page["next"])
        until(lambda: len(receiver.calls) == 1)
        rest = client.get(f"/v1/feed?kind=crossing&after={page['next']}").json()
    assert [receiver.calls[0].item] == [(one["id"], one["revision"]) for one in rest["items"]]


def test_couriers_do_not_deliver_side_by_side(any_place, receiver):
    place = any_place
    receiver.answer(204, 0.01)
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 130))})
    with place.serving(), _client(place) as client:
        made = _registered(client, receiver)
        until(lambda: receiver.calls)
        second = place.tearline("deliver", "--once")
        assert second.wait() == 1
        until(lambda: len(_log(client, made)) == 30)
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 132))}, "run 2")
    assert place.tearline("deliver", "--once").wait() == 0
    assert len(receiver.calls) == 32
    assert len({call.id for call in receiver.calls}) == 32
