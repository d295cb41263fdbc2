"""Publish what was released: all partners of a run in one transaction, or none.

This module alone writes items and ledger. An entry is never changed: what becomes of an item
is a new entry with the next number of that partner, and the feed shows each item's newest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sda.store import writing
from sharing.credentials import derive
from sharing.errors import FeedError
from sharing.feeds.bodies import Body, Writer, is_news, withdrawn
from sharing.feeds.identity import Item, Span, match, name_items, span_of, tolerance_of
from sharing.ledger import GENESIS, Entry, link
from sharing.registry import ReleaseRules
from sharing.release import Decided, Release
from sharing.schema import bodies, items, ledger, partners, publications

__all__ = ["Changes", "Edition", "Published", "due", "publish", "require_newest"]

_CHUNK = 5000
_FIELDS = tuple(field.name for field in fields(Item))


@dataclass(frozen=True, slots=True)
class Edition:
    """What is published: a run over a window, decided at a time under a policy."""

    run_id: str
    at: datetime
    window: Span
    """First and last time that the run looked at."""
    policy: str
    """Digest of the policy engine."""


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
) -> Published:
    """Bring the feeds of the partners named in `releases` in step with what was released.

    A release that says nothing new beyond the margins of `sharing.feeds.bodies` makes no
    entry, so publishing a run twice writes nothing the second time. An item whose time lies
    in the window, a tolerance away from its ends, and that was not released again is
    retracted; one whose time is `rules.close_after_days` past is closed.

    Raises FeedError when a newer run is published already, and StoreError, with nothing
    written, when the database fails.
    """
    with writing(engine, "publish") as connection:
        last = _last(connection)
        if _is_older(edition, last):
            # Decided again since, at a later time: repeating the earlier decision changes nothing.
            return Published(edition.run_id, _standing(connection, releases))
        number = 1 if last is None else last.publication + 1
        desk = _Desk(connection, edition, number, rules, secret)
        done = {partner: desk.publish(partner, releases[partner]) for partner in sorted(releases)}
        same = last is not None and (last.run_id, last.policy) == (edition.run_id, edition.policy)
        if desk.wrote or not same:
            connection.execute(
                insert(publications).values(
                    publication=number,
                    run_id=edition.run_id,
                    at=edition.at,
                    window_start=edition.window[0],
                    window_end=edition.window[1],
                    policy=edition.policy,
                )
            )
    return Published(edition.run_id, done)


def require_newest(engine: Engine, edition: Edition) -> None:
    """Raise FeedError when a newer run is published already."""
    with engine.connect() as connection:
        _is_older(edition, _last(connection))


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


def _last(connection: Connection) -> Row[Any] | None:
    newest = publications.c.publication.desc()
    return connection.execute(select(publications).order_by(newest).limit(1)).one_or_none()


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
        edition: Edition,
        number: int,
        rules: ReleaseRules,
        secret: bytes,
    ) -> None:
        self.wrote = False
        self._connection = connection
        self._edition = edition
        self._number = number
        self._rules = rules
        self._secret = secret
        self._writer = Writer()
        self._texts: dict[bytes, bytes] = {}
        """Bodies that are known to be stored, by digest."""

    def publish(self, partner: str, decided: Iterable[Decided]) -> Changes:
        """Write the entries of one partner, and return what changed."""
        released = [
            (one.release, span_of(one.release, self._edition.window, self._rules))
            for one in decided
            if one.release is not None
        ]
        known = self._items(partner)
        matched = match(released, (one for one in known if one.status != "closed"), self._rules)
        new = [release for index, (release, _) in enumerate(released) if index not in matched]
        key = derive(self._secret, "item id", partner)
        names = iter(name_items(new, {one.item_id for one in known}, key))
        fresh: list[tuple[Item, Body]] = []
        again: list[tuple[Item, Item, Body]] = []
        for index, (release, span) in enumerate(released):
            body = self._writer.body_of(release)
            if (before := matched.get(index)) is None:
                fresh.append((_item(next(names), 1, release, span, body), body))
            else:
                after = _item(before.item_id, before.revision + 1, release, span, body)
                again.append((before, after, body))
        revised = self._revised(again)
        present = {before.item_id for before, _, _ in again}
        ended = list(_ended(known, present, self._edition, self._rules))
        self._load(one.body for one in ended)
        gone = [(one, withdrawn(self._texts[one.body])) for one in ended]
        self._lengthen(partner, again)
        self._append(partner, [*fresh, *revised, *gone], {one.item_id for one in known})
        retracted = sum(one.status == "retracted" for one in ended)
        return Changes(
            new=len(fresh),
            revised=len(revised),
            unchanged=len(again) - len(revised),
            retracted=retracted,
            closed=len(ended) - retracted,
        )

    def _revised(self, again: Sequence[tuple[Item, Item, Body]]) -> list[tuple[Item, Body]]:
        """Return the items that were released again, and say something new or are back."""
        self._load(before.body for before, after, _ in again if before.body != after.body)
        return [
            (after, body)
            for before, after, body in again
            if before.status != "active"
            or (before.body != body[0] and is_news(self._texts[before.body], body[1]))
        ]

    def _items(self, partner: str) -> list[Item]:
        rows = select(*(items.c[name] for name in _FIELDS)).where(items.c.partner == partner)
        found = self._connection.execute(rows.order_by(items.c.seq))
        return [Item(*row) for row in found]

    def _load(self, digests: Iterable[bytes]) -> None:
        """Read the bodies that are not at hand yet."""
        missing = sorted(set(digests) - self._texts.keys())
        for start in range(0, len(missing), _CHUNK):
            some = bodies.c.digest.in_(missing[start : start + _CHUNK])
            rows = self._connection.execute(select(bodies.c.digest, bodies.c.body).where(some))
            self._texts.update((digest, text) for digest, text in rows)

    def _lengthen(self, partner: str, again: Sequence[tuple[Item, Item, Body]]) -> None:
        """Note until when decisions hold that were made again; no partner can see it."""
        changed = [
            {"p": partner, "i": after.item_id, "v": after.valid_until}
            for before, after, _ in again
            if before.valid_until != after.valid_until
        ]
        if changed:
            self.wrote = True
            self._connection.execute(
                update(items)
                .where(items.c.partner == bindparam("p"), items.c.item_id == bindparam("i"))
                .values(valid_until=bindparam("v")),
                changed,
            )

    def _append(self, partner: str, entries: Sequence[tuple[Item, Body]], known: set[str]) -> None:
        """Write entries at the end of a partner's ledger, and show them in its feed."""
        if not entries:
            return
        self.wrote = True
        length, head = self._head(partner)
        chained, shown = [], []
        for n, (item, body) in enumerate(entries, length + 1):
            entry = Entry(
                partner=partner,
                n=n,
                run_id=self._edition.run_id,
                at=self._edition.at,
                policy=self._edition.policy,
                item_id=item.item_id,
                revision=item.revision,
                status=item.status,
                body=body[0],
            )
            previous, head = head, link(head, entry)
            chained.append(
                {
                    "partner": partner,
                    "n": n,
                    "previous": previous,
                    "hash": head,
                    "publication": self._number,
                    "item_id": item.item_id,
                    "revision": item.revision,
                    "status": item.status,
                    "body": body[0],
                }
            )
            shown.append(replace(item, seq=n, body=body[0]))
        self._store(body for _, body in entries)
        self._connection.execute(insert(ledger), chained)
        self._show(partner, shown, known)
        self._connection.execute(
            update(partners)
            .where(partners.c.partner == partner)
            .values(entries=length + len(entries), head=head)
        )

    def _head(self, partner: str) -> tuple[int, bytes]:
        """Return the length and last hash of a partner's ledger, begun now if there is none."""
        row = self._connection.execute(
            select(partners.c.entries, partners.c.head).where(partners.c.partner == partner)
        ).one_or_none()
        if row is not None:
            return row.entries, row.head
        self._connection.execute(
            insert(partners).values(partner=partner, suspended=False, entries=0, head=GENESIS)
        )
        return 0, GENESIS

    def _store(self, written: Iterable[Body]) -> None:
        """Store each body that is not stored yet."""
        rows = {digest: text for digest, text in written if digest not in self._texts}
        if not rows:
            return
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        self._connection.execute(
            dialect.insert(bodies).on_conflict_do_nothing(),
            [{"digest": digest, "body": text} for digest, text in rows.items()],
        )
        self._texts.update(rows)

    def _show(self, partner: str, shown: Iterable[Item], known: set[str]) -> None:
        """Make each item of the feed what its newest entry says."""
        added, changed = [], []
        for item in shown:
            row = {"partner": partner} | {name: getattr(item, name) for name in _FIELDS}
            if item.item_id in known:
                changed.append(row | {"p": row.pop("partner"), "i": row.pop("item_id")})
            else:
                added.append(row)
        if added:
            self._connection.execute(insert(items), added)
        if changed:
            chosen = items.c.partner == bindparam("p"), items.c.item_id == bindparam("i")
            self._connection.execute(update(items).where(*chosen), changed)


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
    )


def _ended(
    known: Iterable[Item], present: set[str], edition: Edition, rules: ReleaseRules
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
        if item.span_end + timedelta(days=rules.close_after_days) < edition.at:
            status = "closed"
        elif start + tolerance <= item.tca and last <= end - tolerance:
            status = "retracted"
        else:
            continue
        yield replace(item, status=status, revision=item.revision + 1, valid_until=None)
