"""Read the feed of one partner: the newest entry of each item, in the order of publishing.

Only the newest, because an older one may hold what was withdrawn since. Who reads on from
where it stopped misses nothing: an item that changes moves to the end of the feed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine, Row, Select, and_, not_, or_, select

from sharing.feeds.filters import EVERYTHING, Filter
from sharing.schema import bodies, items, ledger, publications, statements
from sharing.withdrawals import withdrawn_sources

__all__ = [
    "FeedItem",
    "Page",
    "last_policy",
    "published_at",
    "read_item",
    "read_page",
]


@dataclass(frozen=True, slots=True)
class FeedItem:
    """The newest entry of an item, as one partner reads it."""

    item_id: str
    seq: int
    revision: int
    status: str
    body: dict[str, Any]
    """What `sharing.feeds.bodies` wrote: kind, marking, rendition, facts, contact, omitted."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a feed."""

    items: tuple[FeedItem, ...]
    last: int
    """Number of the last entry read so far; reading goes on after it."""
    more: bool


_NEWEST = select(publications.c.policy).order_by(publications.c.publication.desc()).limit(1)


def read_page(
    engine: Engine,
    partner: str,
    after: int = 0,
    limit: int = 100,
    chosen: Filter = EVERYTHING,
) -> Page:
    """Return up to `limit` items of a partner that were published after entry `after`.

    Where a filter leaves no more, reading goes on after the last entry there was, so that entries
    it does not ask for are looked at once.
    """
    condition = chosen.condition(engine.dialect.name)
    with engine.connect() as connection:
        feed = _feed(partner, withdrawn_sources(connection)).where(items.c.seq > after)
        newest = after
        if condition is not None:
            # Before the page is read: what is published meanwhile comes with the next one.
            last = feed.with_only_columns(items.c.seq, maintain_column_froms=True)
            newest = connection.scalar(last.order_by(items.c.seq.desc()).limit(1)) or after
            feed = feed.where(items.c.seq <= newest, condition)
        rows = connection.execute(feed.order_by(items.c.seq).limit(limit + 1)).all()
    found = tuple(_item(row) for row in rows[:limit])
    more = len(rows) > limit
    if more or condition is None:
        return Page(found, found[-1].seq if found else after, more)
    return Page(found, newest, more)


def read_item(engine: Engine, partner: str, item_id: str) -> FeedItem | None:
    """Return an item of a partner, None when it has none of this id."""
    with engine.connect() as connection:
        query = _feed(partner, withdrawn_sources(connection))
        row = connection.execute(query.where(items.c.item_id == item_id)).one_or_none()
    return _item(row) if row is not None else None


def published_at(engine: Engine, partner: str, found: Iterable[FeedItem]) -> dict[int, datetime]:
    """Return when items of a partner were published as they stand, by the number of the entry."""
    query = (
        select(ledger.c.n, publications.c.at)
        .join(publications, publications.c.publication == ledger.c.publication)
        .where(ledger.c.partner == partner, ledger.c.n.in_([item.seq for item in found]))
    )
    with engine.connect() as connection:
        return {row.n: row.at for row in connection.execute(query)}


def last_policy(engine: Engine) -> str | None:
    """Return the digest of the policy that the feeds were last decided under."""
    with engine.connect() as connection:
        return connection.scalar(_NEWEST)


def _feed(partner: str, withdrawn: Iterable[str]) -> Select[tuple[str, int, int, str, bytes]]:
    """Return the query for the rows of one partner: every reading starts here.

    A row with facts that rest on a withdrawn source is not served, nor one whose sources are
    not known.
    """
    query = (
        select(items.c.item_id, items.c.seq, items.c.revision, items.c.status, bodies.c.body)
        .join(statements, statements.c.statement == items.c.statement)
        .join(bodies, bodies.c.digest == statements.c.body)
        .where(items.c.partner == partner)
    )
    if gone := sorted(withdrawn):
        rests = (statements.c.sources.contains(f" {name} ", autoescape=True) for name in gone)
        served = and_(statements.c.sources != "", not_(or_(*rests)))
        query = query.where(or_(items.c.status != "active", served))
    return query


def _item(row: Row[tuple[str, int, int, str, bytes]]) -> FeedItem:
    return FeedItem(row.item_id, row.seq, row.revision, row.status, orjson.loads(row.body))
