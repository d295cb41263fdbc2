"""Keep what partners want to be called at. Every function asks for the partner that owns it."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, delete, func, insert, select, update

from sda.store import writing
from sharing.delivery.signatures import Pair, pair_of
from sharing.errors import DeliveryError
from sharing.schema import deliveries, webhooks

__all__ = [
    "ACTIVE",
    "DISABLED",
    "Webhook",
    "enable",
    "find_webhook",
    "list_webhooks",
    "register",
    "remove",
    "rotate",
]

ACTIVE, DISABLED = "active", "disabled"
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registration, and how it is doing."""

    webhook_id: str
    partner: str
    key_id: str
    """The key that registered or last enabled it; with it revoked, the webhook is disabled."""
    url: str = field(repr=False)
    kind: str | None
    created: datetime
    state: str
    reason: str
    """Why it is disabled."""
    after: int
    """The last entry of the feed that is done with."""
    attempted: int
    """The entry that was attempted since; 0 for none."""
    attempts: int
    failures: int
    """In a row, whatever the message."""
    due: datetime
    salt: bytes = field(repr=False)
    old_salt: bytes | None = field(repr=False)
    old_until: datetime | None

    def pairs(self, secret: bytes, now: datetime) -> tuple[Pair, ...]:
        """Return the keys that sign now, the newest first."""
        salts = [self.salt]
        if self.old_salt is not None and self.old_until is not None and now < self.old_until:
            salts.append(self.old_salt)
        return tuple(pair_of(self.webhook_id, salt, secret) for salt in salts)


def register(
    engine: Engine,
    partner: str,
    key_id: str,
    url: str,
    kind: str | None,
    after: int,
    now: datetime,
    most: int,
) -> Webhook:
    """Keep a new webhook that starts after an entry of its partner's feed.

    Raises DeliveryError when the partner has as many as it may.
    """
    webhook_id = f"wh_{secrets.token_hex(16)}"
    with writing(engine, "webhooks") as connection:
        owned = webhooks.c.partner == partner
        count = connection.scalar(select(func.count()).select_from(webhooks).where(owned)) or 0
        if count >= most:
            raise DeliveryError(f"you have {count} webhooks, as many as may be: remove one")
        connection.execute(
            insert(webhooks).values(
                webhook_id=webhook_id,
                partner=partner,
                key_id=key_id,
                url=url,
                kind=kind,
                created=now,
                state=ACTIVE,
                reason="",
                after=after,
                attempted=0,
                attempts=0,
                failures=0,
                due=now,
                salt=secrets.token_bytes(_SALT_BYTES),
            )
        )
    return _require(engine, partner, webhook_id)


def list_webhooks(engine: Engine, partner: str) -> tuple[Webhook, ...]:
    """Return the webhooks of a partner, the oldest first."""
    rows = _chosen().where(webhooks.c.partner == partner)
    with engine.connect() as connection:
        found = connection.execute(rows.order_by(webhooks.c.created, webhooks.c.webhook_id))
        return tuple(Webhook(*row) for row in found)


def find_webhook(engine: Engine, partner: str, webhook_id: str) -> Webhook | None:
    """Return a webhook of a partner, None when it has none of this id."""
    with engine.connect() as connection:
        row = connection.execute(_chosen().where(_owned(partner, webhook_id))).one_or_none()
    return Webhook(*row) if row is not None else None


def remove(engine: Engine, partner: str, webhook_id: str) -> bool:
    """Forget a webhook and its log; return whether there was one."""
    with writing(engine, "webhooks") as connection:
        owned = _owned(partner, webhook_id)
        if connection.scalar(select(webhooks.c.webhook_id).where(owned)) is None:
            return False
        connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
        connection.execute(delete(webhooks).where(owned))
        return True


def rotate(
    engine: Engine, partner: str, webhook_id: str, now: datetime, overlap: timedelta
) -> Webhook | None:
    """Give a webhook a new secret; the one that it had signs as well for the overlap."""
    with writing(engine, "webhooks") as connection:
        owned = _owned(partner, webhook_id)
        salt = connection.scalar(select(webhooks.c.salt).where(owned))
        if salt is None:
            return None
        changed = {
            "salt": secrets.token_bytes(_SALT_BYTES),
            "old_salt": salt,
            "old_until": now + overlap,
        }
        connection.execute(update(webhooks).where(owned).values(changed))
    return find_webhook(engine, partner, webhook_id)


def enable(
    engine: Engine, partner: str, webhook_id: str, key_id: str, now: datetime
) -> Webhook | None:
    """Call a webhook again from where it stopped, at once, on the word of a key."""
    with writing(engine, "webhooks") as connection:
        connection.execute(
            update(webhooks)
            .where(_owned(partner, webhook_id))
            .values(
                state=ACTIVE,
                reason="",
                key_id=key_id,
                attempted=0,
                attempts=0,
                failures=0,
                due=now,
            )
        )
    return find_webhook(engine, partner, webhook_id)


def _require(engine: Engine, partner: str, webhook_id: str) -> Webhook:
    found = find_webhook(engine, partner, webhook_id)
    if found is None:
        raise DeliveryError("the webhook was removed meanwhile: register it again")
    return found


def _chosen() -> Any:
    return select(*(webhooks.c[name] for name in Webhook.__dataclass_fields__))


def _owned(partner: str, webhook_id: str) -> ColumnElement[bool]:
    # PostgreSQL takes no text with a zero in it; an id of ours is plain.
    known = webhook_id if webhook_id.isascii() and webhook_id.isprintable() else ""
    return and_(webhooks.c.partner == partner, webhooks.c.webhook_id == known)
