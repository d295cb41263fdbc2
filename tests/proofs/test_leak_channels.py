"""Each way by which a partner could come to know that something is withheld, tried by name.

Two archives are published and served that differ only in what is hidden from the reader: the
fuller one has more before, between and after what it may see, and others read that.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from calling import call, register_webhook
from httpx import Response
from places import Call, Receiver
from serving import World, open_world
from sqlalchemy import event
from worlds import ASSET, NOW, Found, entries, keep, publish

from sda.times import format_utc
from sharing.feeds import unseal
from sharing.jobs import Office
from sharing.withdrawals import order_source

READER, OTHER = "per", "aus"
SEEN = (Found("public", 30.0), Found("public", 60.0, pair=(7, 8)))
LATER = (SEEN[0], Found("public", 60.0, 1.5, pair=(7, 8)), Found("public", 90.0))
HIDDEN = (
    Found("trilateral", 20.0),
    Found("trilateral", 45.0, pair=(5, ASSET)),
    Found("commercial", 75.0, marking="SECRET//NOFORN"),
)


@dataclass(frozen=True)
class Two:
    """The archive without what is hidden, and the one with it."""

    plain: World
    fuller: World

    def ask(self, *paths: str) -> list[tuple[Response, Response]]:
        """Return what both answer to the reader."""
        return list(zip(self.plain.ask(READER, paths), self.fuller.ask(READER, paths), strict=True))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, config: Path, office: Office) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("leaks")
    found = Two(open_world(folder / "plain.db", config), open_world(folder / "fuller.db", config))
    for world, more in ((found.plain, ()), (found.fuller, HIDDEN)):
        for number, seen in enumerate((SEEN, LATER)):
            release(world, office, number, seen, more)
    yield found
    for world in (found.plain, found.fuller):
        world.app.state.service.close()


def release(
    world: World, office: Office, number: int, seen: Iterable[Found], more: Iterable[Found]
) -> None:
    """Publish a run in which what is hidden has changed since the one before."""
    moved = (Found(one.solution, one.hours + number / 10, 0.1 + number) for one in more)
    run = keep(world.engine, [*moved, *seen], run_id=f"run {number}", hours_later=number)
    publish(world.engine, office, run)


def ids(world: World, partner: str = READER) -> list[str]:
    (answer,) = world.ask(partner, ["/v1/feed"])
    return [one["id"] for one in answer.json()["items"]]


def everything(two: Two) -> list[str]:
    return [
        "/v1/feed",
        "/v1/feed?limit=1",
        "/v1/feed?format=csv",
        "/v1/feed?kind=proximity",
        f"/v1/feed?object={ASSET}",
        "/v1/feed?object=7&limit=1",
        "/v1/feed?own=true",
        f"/v1/feed?since={format_utc(NOW + timedelta(hours=40))}",
        f"/v1/feed?until={format_utc(NOW + timedelta(hours=50))}",
        "/v1/feed?min_probability=0",
        "/v1/me",
        "/v1/contacts",
        "/v1/requests",
        "/v1/requests/nothing",
        *(
            f"{path}{one}"
            for path in ("/v1/items/", "/v1/contacts?item=")
            for one in (*ids(two.plain), *ids(two.fuller, OTHER))
        ),
        "/v1/items/nothing",
        "/v1/feed?after=forged",
        "/v1/feed?limit=0",
        "/v1/nothing",
    ]


def told(answer: Response, *, besides: tuple[str, ...] = ()) -> object:
    headers = {name: value for name, value in answer.headers.items() if name not in besides}
    return answer.status_code, headers, answer.content


def test_there_is_something_hidden_that_others_read(two: Two) -> None:
    assert len(ids(two.fuller, OTHER)) > len(ids(two.plain, OTHER))
    assert ids(two.fuller) == ids(two.plain)
    assert len(ids(two.plain)) == 3


def test_status_headers_and_bodies_are_the_same_whatever_is_asked(two: Two) -> None:
    # Each request comes with a key of its own, and /me names the key.
    for plain, fuller in two.ask(*(path for path in everything(two) if path != "/v1/me")):
        assert told(plain) == told(fuller), plain.request.url


def test_counts_and_totals(two: Two) -> None:
    """Nothing is counted, and a page holds as many as it would without what is hidden."""
    ((plain, fuller),) = two.ask("/v1/feed?limit=2")
    assert len(plain.json()["items"]) == len(fuller.json()["items"]) == 2
    assert plain.json()["more"] is fuller.json()["more"] is True
    for answer in (plain, fuller):
        names = {*answer.json(), *answer.headers}
        assert not [name for name in names if "count" in name.lower() or "total" in name.lower()]


def test_ids_in_sequence(two: Two) -> None:
    """An id says neither when an item was published nor after how many others."""
    by_id = ids(two.plain)
    assert by_id == ids(two.fuller)
    assert len({len(one) for one in by_id}) == 1
    assert not {*by_id} & {*ids(two.plain, OTHER)}


def test_gaps_of_cursors(two: Two) -> None:
    """Places in a feed are its own: no gap stands where something is hidden."""
    places = []
    for world in (two.plain, two.fuller):
        after, mine = "", []
        for _ in range(3):
            (answer,) = world.ask(READER, [f"/v1/feed?limit=1{after}"])
            cursor = answer.json()["next"]
            mine.append(unseal(cursor, READER, "", world.app.state.service.secret))
            after = f"&after={cursor}"
        places.append(mine)
    assert places[0] == places[1]


def test_etag_and_last_modified(two: Two) -> None:
    """A tag is of the reader's own answer alone, and no time of others' changes is told."""
    for plain, fuller in two.ask(
        "/v1/feed", "/v1/feed?format=csv", f"/v1/items/{ids(two.plain)[0]}"
    ):
        assert plain.headers["etag"] == fuller.headers["etag"]
        assert "last-modified" not in fuller.headers
        held = {"If-None-Match": plain.headers["etag"]}
        assert (
            two.fuller.ask(READER, [str(plain.request.url.raw_path, "ascii")], headers=held)[
                0
            ].status_code
            == 304
        )


def test_forbidden_against_not_found(two: Two) -> None:
    """Another's item is not there, as one that never was."""
    others = ids(two.fuller, OTHER)
    never = "a" * len(others[0])
    answers = two.fuller.ask(READER, [f"/v1/items/{one}" for one in (*others, never)])
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@contextmanager
def statements(world: World) -> Iterator[list[tuple[str, object]]]:
    """Give all that is asked of the database meanwhile."""
    asked: list[tuple[str, object]] = []

    def note(_: object, __: object, text: str, given: object, *___: object) -> None:
        asked.append((text, given))

    event.listen(world.engine, "before_cursor_execute", note)
    yield asked
    event.remove(world.engine, "before_cursor_execute", note)


def test_filters(two: Two) -> None:
    """What is asked for is sought in what the reader was given: what is hidden is not found."""
    early = f"/v1/feed?until={format_utc(NOW + timedelta(hours=25))}"
    ((plain, fuller),) = two.ask(early)
    assert told(plain) == told(fuller)
    assert plain.json()["items"] == []
    (other,) = two.fuller.ask(OTHER, [early])
    assert [one for one in other.json()["items"] if one["facts"]]


def test_compressed_lengths(two: Two) -> None:
    for plain, fuller in zip(
        *(
            world.ask(READER, ["/v1/feed", "/v1/feed?limit=2"], {"Accept-Encoding": "gzip"})
            for world in (two.plain, two.fuller)
        ),
        strict=True,
    ):
        assert plain.headers["content-encoding"] == "gzip"
        assert plain.headers["content-length"] == fuller.headers["content-length"]


def test_latency(two: Two) -> None:
    """The same is asked of the database, word for word, whatever else it holds."""
    # What was asked before is at hand: both have been asked for the same.
    assert ids(two.plain) == ids(two.fuller)
    for path in everything(two):
        asked = []
        for world in (two.plain, two.fuller):
            with statements(world) as some:
                world.ask(READER, [path])
            asked.append([text for text, _ in some])
        assert asked[0] == asked[1], path


def test_error_texts(two: Two) -> None:
    wrong = [path for path in everything(two) if path.startswith(("/v1/items", "/v1/nothing"))]
    for plain, fuller in two.ask(*wrong, "/v1/feed?after=forged", "/v1/feed?limit=0"):
        assert plain.text == fuller.text


def test_revision_numbers(two: Two) -> None:
    """They count changes of what the reader sees, and what is hidden of an event makes none."""
    for world in (two.plain, two.fuller):
        (answer,) = world.ask(READER, ["/v1/feed"])
        assert sorted(one["revision"] for one in answer.json()["items"]) == [1, 1, 2]


def test_one_log_of_all(two: Two) -> None:
    """Each reader has a ledger of its own, with numbers and hashes of its own."""
    assert entries(two.plain.engine, READER) == entries(two.fuller.engine, READER)
    assert entries(two.plain.engine, OTHER) != entries(two.fuller.engine, OTHER)


def calls_to(partner: str, receiver: Receiver, before: int) -> list[Call]:
    """Return what a partner was called with since: times, ids, signatures and bodies, in order."""
    return [one for one in receiver.calls[before:] if one.path == f"/{partner}"]


def test_order_of_retries(two: Two, receiver: Receiver) -> None:
    """What fails is tried at the same times in the same order, whatever fails for others."""
    receiver.answer(503)
    mine, others, logs = [], [], []
    for world in (two.plain, two.fuller):
        before = len(receiver.calls)
        for partner in (OTHER, READER):
            name = register_webhook(world, partner, f"http://127.0.0.1:{receiver.port}/{partner}")
        for half_minutes in range(24):
            call(world, NOW + timedelta(seconds=30 * half_minutes))
        mine.append(calls_to(READER, receiver, before))
        others.append(calls_to(OTHER, receiver, before))
        paths = [f"/v1/webhooks/{name}", f"/v1/webhooks/{name}/deliveries"]
        logs.append([told(answer) for answer in world.ask(READER, paths)])
    assert mine[0] == mine[1]
    assert logs[0] == logs[1]
    # Three entries, each given up after three attempts; others are told of more meanwhile.
    tried = [one.id for one in mine[0]]
    assert tried == [one for one in dict.fromkeys(tried) for _ in range(3)]
    assert len(tried) == 9
    assert len(others[0]) < len(others[1])


def test_silence_of_a_webhook(
    tmp_path: Path, config: Path, office: Office, receiver: Receiver
) -> None:
    """It is called when the reader's feed grows: what is hidden neither calls nor holds back."""
    mine, others = [], []
    for more in ((), HIDDEN):
        world = open_world(tmp_path / f"{len(more)}.db", config)
        for partner in (OTHER, READER):
            register_webhook(world, partner, f"http://127.0.0.1:{receiver.port}/{partner}")
        for number, seen in enumerate((SEEN, SEEN, SEEN, LATER)):
            before = len(receiver.calls)
            if number == 2 and more:
                order_source(world.engine, "trilateral", True, NOW, "a test")
                call(world, NOW + timedelta(hours=number))
            release(world, office, number, seen, more)
            call(world, NOW + timedelta(hours=number))
            mine.append(calls_to(READER, receiver, before))
            others.append(calls_to(OTHER, receiver, before))
        world.engine.dispose()
    assert mine[:4] == mine[4:]
    assert [len(some) for some in mine[:4]] == [2, 0, 0, 2]
    # Others are called meanwhile with what is hidden from the reader.
    assert [bool(some) for some in others] == [True, False, False, True, True, True, True, True]
