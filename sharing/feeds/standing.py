"""Read the items of a partner as publishing keeps them: for the releaser, never for a request."""

from sqlalchemy import Connection, Engine, select

from sharing.feeds.identity import Item, Subject
from sharing.schema import items, statements

__all__ = ["items_of", "standing_items"]


def standing_items(engine: Engine, partner: str) -> tuple[Item, ...]:
    """Return the newest entry of each item of a partner, in the order of its ledger."""
    with engine.connect() as connection:
        return items_of(connection, partner)


def items_of(connection: Connection, partner: str) -> tuple[Item, ...]:
    """Return the same as a transaction sees it."""
    rows = (
        select(items, statements)
        .join(statements, statements.c.statement == items.c.statement)
        .where(items.c.partner == partner)
        .order_by(items.c.seq)
    )
    return tuple(
        Item(
            item_id=row.item_id,
            seq=row.seq,
            revision=row.revision,
            status=row.status,
            subject=Subject(
                row.kind,
                (row.norad_id_1, row.norad_id_2),
                row.tca,
                (row.span_start, row.span_end),
            ),
            valid_until=row.valid_until,
            body=row.body,
            sources=row.sources,
        )
        for row in connection.execute(rows)
    )
