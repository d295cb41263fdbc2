"""Publish what was released: all partners of a run in one transaction, or none.

What becomes of each item is told here, and written by `sharing.recording`. Partners who are
released the same, and whose feeds say the same, go in step: what changes is worked out once for all
of them, and each has but its own ids and its own chain.
"""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Engine, func, select

from sda.store import writing
from sda.times import format_utc
from sharing.batches import Batch, head_of, ids_among, standing_of
from sharing.errors import FeedError
from sharing.feeds.bodies import digest_of_all, is_news, withdrawn
from sharing.feeds.identity import name_items
from sharing.ids import id_texts
from sharing.ledger import chain
from sharing.recording import Edition, Recorder, last_publication
from sharing.registry import ReleaseRules
from sharing.release import Decided
from sharing.retracting import retracted_items
from sharing.revising import ACTIVE, CLOSED, RETRACTED, Sheet, Standing, Terms, revise
from sharing.schema import items, statements
from sharing.secret import derive
from sharing.sheets import Taking, joined, places
from sharing.signing import Signer, derived_signer
from sharing.stock import Integers, Mask
from sharing.succession import is_older
from sharing.withdrawals import touched_since, withdrawn_sources

__all__ = ["Changes", "Edition", "Published", "due", "publish"]

Part = Mapping[str, Sequence[Decided]]

_AT_ONCE: Final = 20_000
"""Bodies that are compared in memory at once."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What publishing did to the feed of one partner."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    retracted: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did."""

    run_id: str
    partners: Mapping[str, Changes]
    failed: Mapping[str, int] = field(default_factory=dict)
    """Close approaches, by partner, of which something was withheld as a decision failed."""


def publish(
    engine: Engine,
    edition: Edition,
    partners: Collection[str],
    parts: Iterable[Part],
    rules: ReleaseRules,
    secret: bytes,
    signer: Signer | None = None,
    inputs: Callable[[], Mapping[str, Any]] = dict,
) -> Published:
    """Bring the feeds of partners in step with what was released to them.

    What is decided comes in parts, by partner, each pair of objects in one of them. A release that
    says nothing new beyond the margins of `sharing.feeds.bodies` makes no entry, so publishing a
    run twice writes nothing the second time. An item whose time lies in the window, a tolerance
    away from its ends, and that was not released again is retracted, and so is, whatever its time,
    one that rests on a withdrawn source, or on a decision that lapsed and was not made again; one
    whose time is `rules.close_after_days` past is closed. Every head is signed, by `signer` or
    else under a key derived from the secret. `inputs` tells, after the last part, what was found
    out while deciding.

    Raises FeedError when a newer run is published already, or for a time earlier than the run or
    than the last decisions, as of a clock that went back: what has lapsed since must not hold
    again. Raises StoreError, with nothing written, when the database fails.
    """
    if edition.at < edition.window[0]:
        raise FeedError(
            f"run {edition.run_id} begins at {format_utc(edition.window[0])}, and "
            f"{format_utc(edition.at)} is earlier than that: set the clock"
        )
    with writing(engine, "publish") as connection:
        last = last_publication(connection)
        if is_older(connection, edition):
            # Decided again since, at a later time: repeating the earlier decision changes nothing.
            return Published(edition.run_id, _standing(connection, partners))
        edition = replace(edition, rules=sha256(repr(rules).encode()).hexdigest())
        recorder = Recorder(connection, edition)
        with _uncollected(), engine.connect() as reading, _Hand() as hand:
            desk = _Desk(connection, reading, hand, recorder, edition, rules, secret)
            desk.take_in(partners, parts)
            done = desk.publish()
        recorder.hold()
        # Also that nothing changed by then counts: no earlier decision may follow it.
        said = None if last is None else (last.run_id, last.policy, last.at)
        if recorder.wrote or said != (edition.run_id, edition.policy, edition.at):
            recorder.close(signer or derived_signer(secret), desk.decided, inputs())
    return Published(edition.run_id, done)


def _standing(connection: Connection, named: Iterable[str]) -> dict[str, Changes]:
    """Return the active items of each partner as unchanged."""
    counts = (
        select(items.c.partner, func.count().label("active"))
        .where(items.c.status == "active")
        .group_by(items.c.partner)
    )
    active = {row.partner: row.active for row in connection.execute(counts)}
    return {partner: Changes(unchanged=active.get(partner, 0)) for partner in sorted(named)}


def due(engine: Engine, now: datetime) -> dict[str, int]:
    """Return, by partner, how many items rest on a decision that may have changed by now."""
    lapsed = (
        select(items.c.partner, func.count().label("due"))
        .join(statements, statements.c.statement == items.c.statement)
        .where(items.c.status == ACTIVE, statements.c.valid_until <= now)
        .group_by(items.c.partner)
    )
    with engine.connect() as connection:
        return {row.partner: row.due for row in connection.execute(lapsed)}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles of garbage meanwhile.

    Millions of objects come and go here, in no cycle, and looking at them again and again takes a
    quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Hand:
    """Writes in a thread of its own, one thing after another, while the next is worked out.

    The database works outside of Python's lock, so both cores are used.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "publishing")
        self._busy: Future[None] | None = None

    def __enter__(self) -> "_Hand":
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        try:
            if failed is None:
                self.rest()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def write(self, work: Callable[[], None]) -> None:
        """Begin to write, once what was given before is written."""
        self.rest()
        self._busy = self._pool.submit(work)

    def rest(self) -> None:
        """Wait until all is written; raises what went wrong."""
        busy, self._busy = self._busy, None
        if busy is not None:
            busy.result()


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What changes in all feeds that go in step; places are those of their items."""

    batch: Batch
    names: Sequence[bytes]
    """What the ids of the new items are made of."""
    changed: Integers
    revisions: Sequence[int]
    statuses: Sequence[bytes]
    bodies: Sequence[bytes]
    """Digests in hexadecimal digits."""
    changes: Changes


class _Desk:
    """Publishes one edition inside one transaction.

    `reading` sees what was published before; the transaction is used by one thread at a time.
    """

    def __init__(
        self,
        connection: Connection,
        reading: Connection,
        hand: _Hand,
        recorder: Recorder,
        edition: Edition,
        rules: ReleaseRules,
        secret: bytes,
    ) -> None:
        self._reading = reading
        self._hand = hand
        self._recorder = recorder
        self._stock = recorder.stock
        self._secret = secret
        withdrawn = withdrawn_sources(connection)
        last = last_publication(connection)
        since = touched_since(connection, last.publication) if last is not None else frozenset()
        self._terms = Terms(
            edition.window, edition.at, edition.redecides, rules, withdrawn, withdrawn | since
        )
        self._orders = retracted_items(connection)
        self._sheets: dict[str, Sheet] = {}
        self._steps: dict[tuple[int, bytes], _Step] = {}
        self._news: dict[tuple[int, int], bool] = {}
        self._names: dict[int, bytes] = {}
        self.decided: dict[str, str] = {}
        """Digest, by partner, of all that was released to it."""

    def take_in(self, partners: Iterable[str], parts: Iterable[Part]) -> None:
        """Put all that was released into the stock, and on one sheet for who got the same."""
        found: dict[str, list[Sheet]] = {partner: [] for partner in sorted(partners)}
        for part in parts:
            taking = Taking(self._stock, self._terms)
            for partner, sheets in found.items():
                sheets.append(taking.sheet_of(part[partner]))
            self._stock.write()
        in_feed, by_digest = places(self._stock)
        whole: dict[tuple[int, ...], tuple[Sheet, str]] = {}
        for partner, sheets in found.items():
            key = tuple(map(id, sheets))
            if key not in whole:
                sheet = joined(sheets, in_feed)
                said = sheet.statement[np.argsort(by_digest[sheet.statement])]
                whole[key] = sheet, digest_of_all(self._stock.digests(said))
            self._sheets[partner], self.decided[partner] = whole[key]

    def publish(self) -> dict[str, Changes]:
        """Write the entries of every partner, and return what changed."""
        # Partners with one sheet one after the other: most likely their feeds go in step.
        order = sorted(self._sheets, key=lambda partner: (id(self._sheets[partner]), partner))
        done: dict[str, Changes] = {}
        for _, alike in groupby(order, key=lambda partner: id(self._sheets[partner])):
            done |= {partner: self._publish(partner, self._sheets[partner]) for partner in alike}
            self._steps.clear()
        return dict(sorted(done.items()))

    def _publish(self, partner: str, sheet: Sheet) -> Changes:
        ordered = self._orders.get(partner, frozenset())
        ids, standing = standing_of(self._reading, self._stock, partner, ordered)
        step = self._step(sheet, standing)
        batch = step.batch
        if batch.status:
            changed = [ids[place] for place in step.changed.tolist()]
            of_items = b"".join([*self._named(partner, step.names), *changed])
            length, head = head_of(self._reading, partner)
            hashes = chain(
                head,
                self._recorder.first_entry(partner, length),
                id_texts(of_items),
                step.revisions,
                step.statuses,
                step.bodies,
            )
            append = self._recorder.append
            self._hand.write(lambda: append(partner, batch, of_items, length + 1, hashes))
        return step.changes

    def _named(self, partner: str, names: Sequence[bytes]) -> list[bytes]:
        """Return ids of new items that no other item of the partner has, or had."""
        key = derive(self._secret, "item id", partner)
        taken: frozenset[bytes] = frozenset()
        while True:
            named = name_items(names, taken, key)
            more = ids_among(self._reading, partner, named) - taken
            if not more:
                return named
            taken |= more

    def _step(self, sheet: Sheet, standing: Standing) -> _Step:
        """Return what changes in the feeds of all who are released this and stand so."""
        key = (id(sheet), standing.digest())
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = self._made(sheet, standing)
        return step

    def _made(self, sheet: Sheet, standing: Standing) -> _Step:
        stock = self._stock
        found = revise(sheet, standing, stock.columns(), self._terms, self._is_news)
        ended = np.concatenate([found.closed, found.retracted])
        gone = self._withdrawn(standing.statement[ended].tolist())
        said = np.concatenate([found.fresh, found.revised])
        statement = np.concatenate([sheet.statement[said], np.array(gone, np.int64)])
        changed = np.concatenate([found.revised_of, ended])
        n_new, n_said = len(found.fresh), len(said)
        stock.hold(sheet.statement[said], sheet.until[said])
        stock.hold(standing.statement[found.kept_of], sheet.until[found.kept])
        batch = Batch(
            statement=statement,
            revision=np.concatenate([np.ones(n_new, np.int64), standing.revision[changed] + 1]),
            status=(
                *[ACTIVE] * n_said,
                *[CLOSED] * len(found.closed),
                *[RETRACTED] * len(found.retracted),
            ),
            n_new=n_new,
        )
        return _Step(
            batch,
            [self._name(number) for number in statement[:n_new].tolist()],
            changed,
            batch.revision.tolist(),
            [one.encode() for one in batch.status],
            [digest.hex().encode() for digest in stock.digests(statement)],
            Changes(
                n_new,
                len(found.revised),
                found.n_unchanged,
                len(found.retracted),
                len(found.closed),
            ),
        )

    def _withdrawn(self, ended: Sequence[int]) -> list[int]:
        """Return the statements without facts that follow these, and write them."""
        if not ended:
            return []
        # Stock and feeds are written through one connection.
        self._hand.rest()
        texts = self._stock.texts(ended)
        gone = [self._stock.add_like(withdrawn(texts[number]), number) for number in ended]
        self._stock.write()
        return gone

    def _name(self, number: int) -> bytes:
        name = self._names.get(number)
        if name is None:
            name = self._names[number] = self._stock.subject(number).name
        return name

    def _is_news(self, before: Integers, after: Integers) -> Mask:
        """Return whether statements say anything new of those before, worked out once for all."""
        asked = list(zip(before.tolist(), after.tolist(), strict=True))
        new = list({*asked} - self._news.keys())
        if new:
            self._hand.rest()
        for k in range(0, len(new), _AT_ONCE):
            some = new[k : k + _AT_ONCE]
            texts = self._stock.texts({number for two in some for number in two})
            self._news.update((two, is_news(texts[two[0]], texts[two[1]])) for two in some)
        return np.fromiter((self._news[two] for two in asked), bool, len(asked))
