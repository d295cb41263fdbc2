"""Withdraw sources and restore them: from the next request on, nothing that rests on one is served.

The orders are a log; of each source the newest counts. The next publication retracts what is
not served any more, so that who has read it is told.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select

from sda.store import writing
from sharing.errors import FeedError
from sharing.schema import publications, source_orders

__all__ = ["SourceOrder", "list_orders", "order_source", "touched_since", "withdrawn_sources"]


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """One order about a source."""

    source: str
    withdrawn: bool
    at: datetime
    reason: str


def order_source(engine: Engine, source: str, withdraw: bool, now: datetime, reason: str) -> None:
    """Withdraw a source, or restore it.

    Raises FeedError when it is so already.
    """
    with writing(engine, "publish") as connection:
        if (source in withdrawn_sources(connection)) == withdraw:
            state = "withdrawn already" if withdraw else "not withdrawn"
            raise FeedError(f"source {source} is {state}: nothing is changed")
        last = connection.scalar(select(func.max(publications.c.publication))) or 0
        number = (connection.scalar(select(func.max(source_orders.c.n))) or 0) + 1
        connection.execute(
            insert(source_orders).values(
                n=number,
                source=source,
                withdrawn=withdraw,
                at=now,
                reason=reason,
                publication=last,
            )
        )


def withdrawn_sources(connection: Connection) -> frozenset[str]:
    """Return the sources that are withdrawn now."""
    rows = select(source_orders.c.source, source_orders.c.withdrawn).order_by(source_orders.c.n)
    newest = {row.source: row.withdrawn for row in connection.execute(rows)}
    return frozenset(source for source, withdrawn in newest.items() if withdrawn)


def touched_since(connection: Connection, publication: int) -> frozenset[str]:
    """Return the sources about which an order was given since a publication.

    What rests on them was not served for a while, so whoever read on meanwhile has missed it.
    """
    chosen = source_orders.c.publication >= publication
    return frozenset(connection.scalars(select(source_orders.c.source).where(chosen)))


def list_orders(engine: Engine) -> tuple[SourceOrder, ...]:
    """Return all orders, the oldest first."""
    columns = (source_orders.c[name] for name in SourceOrder.__dataclass_fields__)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(source_orders.c.n))
        return tuple(SourceOrder(*row) for row in rows)
