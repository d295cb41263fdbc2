"""Read how a webhook stands before it is called: all of it at one moment, in one look."""

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from sharing.delivery.heads import Mark
from sharing.delivery.webhooks import Webhook
from sharing.schema import keys, partners, source_orders, webhooks

__all__ = ["Standing", "read_standing"]

_QUERY = (
    select(
        *(webhooks.c[name] for name in Webhook.__dataclass_fields__),
        func.coalesce(partners.c.entries, 0),
        func.coalesce(partners.c.suspended, False),
        select(func.coalesce(func.max(source_orders.c.n), 0)).scalar_subquery(),
        keys.c.revoked.is_not(None),
    )
    .join_from(webhooks, partners, partners.c.partner == webhooks.c.partner, isouter=True)
    .join(keys, keys.c.key_id == webhooks.c.key_id, isouter=True)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A webhook and the feed that it is called for."""

    webhook: Webhook
    mark: Mark
    is_revoked: bool
    """Whether its key was withdrawn; one that has merely expired was not."""


def read_standing(engine: Engine, partner: str, webhook_id: str) -> Standing | None:
    """Return how a webhook of a partner stands now, None when it has none of this id."""
    query = _QUERY.where(webhooks.c.partner == partner, webhooks.c.webhook_id == webhook_id)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    *webhook, entries, suspended, orders, revoked = row
    return Standing(Webhook(*webhook), Mark(entries, suspended, orders), revoked)
