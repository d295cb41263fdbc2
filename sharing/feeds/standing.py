"""Read the items of a partner as publishing keeps them: for the releaser, never for a request."""

from dataclasses import fields

from sqlalchemy import Engine, select

from sharing.feeds.identity import Item
from sharing.schema import items

__all__ = ["standing_items"]

_FIELDS = tuple(field.name for field in fields(Item))


def standing_items(engine: Engine, partner: str) -> tuple[Item, ...]:
    """Return the newest entry of each item of a partner, in the order of its ledger."""
    rows = select(*(items.c[name] for name in _FIELDS)).where(items.c.partner == partner)
    with engine.connect() as connection:
        return tuple(Item(*row) for row in connection.execute(rows.order_by(items.c.seq)))
