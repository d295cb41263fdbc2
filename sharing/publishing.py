"""Publish what was released: all partners of a run in one transaction, or none.

What becomes of each item is told here, and written by `sharing.recording`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from sda.store import writing
from sharing.credentials import derive
from sharing.errors import FeedError
from sharing.feeds.bodies import Body, Writer, is_news, withdrawn
from sharing.feeds.identity import Item, Span, match, name_items, span_of, tolerance_of
from sharing.recording import Edition, Recorder, last_publication
from sharing.registry import ReleaseRules
from sharing.release import Decided, Release
from sharing.retracting import retracted_items
from sharing.schema import items
from sharing.signing import Signer, derived_signer
from sharing.withdrawals import touched_since, withdrawn_sources

__all__ = ["Changes", "Edition", "Published", "due", "publish", "require_newest"]


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


def publish(
    engine: Engine,
    edition: Edition,
    releases: Mapping[str, Sequence[Decided]],
    rules: ReleaseRules,
    secret: bytes,
    signer: Signer | None = None,
) -> Published:
    """Bring the feeds of the partners named in `releases` in step with what was released.

    A release that says nothing new beyond the margins of `sharing.feeds.bodies` makes no
    entry, so publishing a run twice writes nothing the second time. An item whose time lies
    in the window, a tolerance away from its ends, and that was not released again is
    retracted, and so is, whatever its time, one that rests on a withdrawn source, or on a
    decision that lapsed and was not made again; one whose time
    is `rules.close_after_days` past is closed. Every head is signed, by `signer` or else under a
    key derived from the secret.

    Raises FeedError when a newer run is published already, and StoreError, with nothing
    written, when the database fails.
    """
    with writing(engine, "publish") as connection:
        last = last_publication(connection)
        if _is_older(edition, last):
            # Decided again since, at a later time: repeating the earlier decision changes nothing.
            return Published(edition.run_id, _standing(connection, releases))
        edition = replace(edition, rules=sha256(repr(rules).encode()).hexdigest())
        recorder = Recorder(connection, edition)
        desk = _Desk(connection, recorder, edition, rules, secret)
        done = {partner: desk.publish(partner, releases[partner]) for partner in sorted(releases)}
        same = last is not None and (last.run_id, last.policy) == (edition.run_id, edition.policy)
        if recorder.wrote or not same:
            recorder.close(signer or derived_signer(secret), desk.decided)
    return Published(edition.run_id, done)


def require_newest(engine: Engine, edition: Edition) -> None:
    """Raise FeedError when a newer run is published already."""
    with engine.connect() as connection:
        _is_older(edition, last_publication(connection))


def _is_older(edition: Edition, last: Row[Any] | None) -> bool:
    """Return whether a run was decided again since; raises FeedError when another was."""
    if last is None or (edition.window[0], edition.at) >= (last.window_start, last.at):
        return False
    if (last.run_id, last.policy) != (edition.run_id, edition.policy):
        raise FeedError(
            f"run {edition.run_id} is older than {last.run_id}, which is published: "
            "publish the newest run"
        )
    return True


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
        .where(items.c.status == "active", items.c.valid_until <= now)
        .group_by(items.c.partner)
    )
    with engine.connect() as connection:
        return {row.partner: row.due for row in connection.execute(lapsed)}


class _Desk:
    """Publishes one edition, partner by partner, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        recorder: Recorder,
        edition: Edition,
        rules: ReleaseRules,
        secret: bytes,
    ) -> None:
        self._recorder = recorder
        self._edition = edition
        self._rules = rules
        self._secret = secret
        self._writer = Writer()
        self._withdrawn = withdrawn_sources(connection)
        last = last_publication(connection)
        since = touched_since(connection, last.publication) if last is not None else frozenset()
        self._touched = self._withdrawn | since
        self._retracted = retracted_items(connection)
        self.decided: dict[str, str] = {}
        """Digest, by partner, of all that was released to it, in the order of the door."""

    def publish(self, partner: str, decided: Iterable[Decided]) -> Changes:
        """Write the entries of one partner, and return what changed."""
        released = [
            (one.release, span_of(one.release, self._edition.window, self._rules))
            for one in decided
            if one.release is not None
        ]
        known = self._recorder.items(partner)
        matched = match(released, (one for one in known if one.status != "closed"), self._rules)
        new = [release for index, (release, _) in enumerate(released) if index not in matched]
        key = derive(self._secret, "item id", partner)
        names = iter(name_items(new, {one.item_id for one in known}, key))
        fresh: list[tuple[Item, Body]] = []
        again: list[tuple[Item, Item, Body]] = []
        digest = sha256()
        for index, (release, span) in enumerate(released):
            body = self._writer.body_of(release)
            digest.update(body[0])
            if (before := matched.get(index)) is None:
                fresh.append((_item(next(names), 1, release, span, body), body))
            else:
                after = _item(before.item_id, before.revision + 1, release, span, body)
                again.append((before, after, body))
        self.decided[partner] = digest.hexdigest()
        revised = self._revised(again, self._retracted.get(partner, frozenset()))
        present = {before.item_id for before, _, _ in again}
        ended = list(_ended(known, present, self._edition, self._rules, self._withdrawn))
        self._recorder.load(one.body for one in ended)
        gone = [(one, withdrawn(self._recorder.texts[one.body])) for one in ended]
        changed = {
            after.item_id: after.valid_until
            for before, after, _ in again
            if before.valid_until != after.valid_until
        }
        self._recorder.lengthen(partner, changed)
        self._recorder.append(partner, [*fresh, *revised, *gone], {one.item_id for one in known})
        retracted = sum(one.status == "retracted" for one in ended)
        return Changes(
            new=len(fresh),
            revised=len(revised),
            unchanged=len(again) - len(revised),
            retracted=retracted,
            closed=len(ended) - retracted,
        )

    def _revised(
        self, again: Sequence[tuple[Item, Item, Body]], retracted: Collection[str]
    ) -> list[tuple[Item, Body]]:
        """Return the items that were released again, and say something new or are back.

        What an order has retracted stays so, whatever the door says of it now.
        """
        self._recorder.load(before.body for before, after, _ in again if before.body != after.body)
        return [
            (after, body)
            for before, after, body in again
            if before.item_id not in retracted and self._again(before, after, body)
        ]

    def _again(self, before: Item, after: Item, body: Body) -> bool:
        """Return whether an item that is released again is to be said anew."""
        if before.status != "active":
            return True
        if _rests_on(before, self._touched):
            # It was not served for a while, or its values come from what is withdrawn.
            return True
        return before.body != body[0] and is_news(self._recorder.texts[before.body], body[1])


def _item(item_id: str, revision: int, release: Release, span: Span, body: Body) -> Item:
    return Item(
        item_id=item_id,
        seq=0,
        revision=revision,
        status="active",
        kind=str(release.kind),
        norad_id_1=release.objects[0],
        norad_id_2=release.objects[1],
        tca=release.tca,
        span_start=span[0],
        span_end=span[1],
        valid_until=release.valid_until,
        body=body[0],
        sources=f" {' '.join(release.sources)} ",
    )


def _rests_on(item: Item, sources: Collection[str]) -> bool:
    """Return whether an item rests on any of some sources, or may do so."""
    return bool(sources) and (not item.sources or not {*item.sources.split()}.isdisjoint(sources))


def _ended(
    known: Iterable[Item],
    present: set[str],
    edition: Edition,
    rules: ReleaseRules,
    withdrawn_names: frozenset[str],
) -> Iterator[Item]:
    """Yield, as they are to be from now on, the active items that end with this edition.

    Near the ends of the window a run may see an approach, or not, for the window alone.
    """
    start, end = edition.window
    for item in known:
        if item.status != "active" or item.item_id in present:
            continue
        tolerance = tolerance_of(item.kind, rules)
        last = item.span_end if item.kind == "undisclosed" else item.tca
        found_if_there = start + tolerance <= item.tca and last <= end - tolerance
        # What was decided again and not released lapses: nothing stands on an old decision.
        until = item.valid_until
        lapsed = edition.redecides and until is not None and until <= edition.at
        if item.span_end + timedelta(days=rules.close_after_days) < edition.at:
            status = "closed"
        elif found_if_there or lapsed or _rests_on(item, withdrawn_names):
            status = "retracted"
        else:
            continue
        yield replace(item, status=status, revision=item.revision + 1, valid_until=None)
