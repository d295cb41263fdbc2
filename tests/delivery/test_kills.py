"""Kill -9 of the server and of the publisher, with real processes on both sides."""

import subprocess
import sys
import threading
from pathlib import Path

import httpx
import orjson
import pytest
from places import Event, Listening, Place, kill, listening, until

from sharing.ledger import verify_all


def _approaches(place: Place, numbers: range) -> list[object]:
    return [place.desk.approach(n, 10 + n / 100) for n in numbers]


def _item(event: Event) -> tuple[str, int]:
    item = orjson.loads(event.data)
    return item["id"], item["revision"]


class Returning:
    """A client that comes back, again and again, with the last event that it has."""

    def __init__(self, base: str, key: str) -> None:
        self._base, self._key = base, key
        self._over = threading.Event()
        self.past: list[Event] = []
        self.client = Listening(base, key)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def events(self) -> list[Event]:
        return [*self.past, *self.client.events]

    def _run(self) -> None:
        while not self._over.is_set():
            self.client.run(self.past[-1].id if self.past else None)
            self.past, self.client = self.events, Listening(self._base, self._key)
            self._over.wait(0.05)

    def stop(self) -> None:
        self._over.set()


class Walking:
    """A client that reads page after page, and asks again where it had no answer."""

    def __init__(self, base: str, key: str) -> None:
        self._base, self._key = base, key
        self._over = threading.Event()
        self.items: list[tuple[str, int]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        after = {}
        while not self._over.is_set():
            try:
                page = httpx.get(
                    f"{self._base}/v1/feed",
                    params={"limit": 1, **after},
                    headers={"Authorization": f"Bearer {self._key}"},
                ).json()
            except httpx.HTTPError:
                self._over.wait(0.05)
                continue
            self.items += [(item["id"], item["revision"]) for item in page["items"]]
            after = {"after": page["next"]}

    def stop(self) -> None:
        self._over.set()


def test_a_server_killed_again_and_again_loses_and_repeats_nothing(any_place):
    place = any_place
    place.desk.publish(place.engine, {"public": _approaches(place, range(100, 250))})
    key = place.key("aus")
    server = place.serve()
    client, walking = Returning(place.base, key), Walking(place.base, key)
    for n, enough in enumerate((20, 160), 2):
        until(lambda: len(client.events) >= enough and walking.items)  # noqa: B023
        found = _approaches(place, range(100, 250 + 10 * n))
        place.desk.publish(place.engine, {"public": found}, f"run {n}")
        kill(server)
        server = place.serve()
    expected = place.items(key)
    assert len(expected) == 180
    until(lambda: len(client.events) >= 180 and len(walking.items) >= 180)
    with listening(place.base, key) as whole:
        until(lambda: len(whole.events) == 180)
    client.stop()
    walking.stop()
    assert client.events == whole.events
    assert [_item(event) for event in client.events] == walking.items == expected


@pytest.mark.parametrize("where", ["part 300", "end"])
def test_a_publisher_killed_in_the_middle_leaves_nothing_that_can_be_seen(
    any_place, where, tmp_path
):
    place = any_place
    first = _approaches(place, range(100, 105))
    place.desk.publish(place.engine, {"public": first})
    key = place.key("aus")
    with place.serving(), listening(place.base, key) as client:
        until(lambda: len(client.events) == 5)
        before = place.items(key)
        script = Path(__file__).with_name("half_publishing.py")
        publisher = subprocess.Popen(
            [sys.executable, script, place.url, where, tmp_path / "reached"]
        )
        place.processes.append(publisher)
        until((tmp_path / "reached").exists)
        beats = client.comments
        until(lambda: client.comments > beats + 2)
        assert place.items(key) == before
        kill(publisher)
        beats = client.comments
        until(lambda: client.comments > beats + 2)
        assert place.items(key) == before
        assert len(client.events) == 5
        assert all(one.fault is None for one in verify_all(place.engine))
        whole = [*first, *(place.desk.approach(200 + n, 30 + n) for n in range(10))]
        place.desk.publish(place.engine, {"public": whole}, "run 2")
        until(lambda: len(client.events) == 15)
        assert [_item(event) for event in client.events] == place.items(key)
