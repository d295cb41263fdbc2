"""Note how calls went: what becomes of a webhook, and the lines that its partner sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from sda.store import writing
from sharing.client.retries import retry_after_s
from sharing.delivery.config import WebhookConfig
from sharing.delivery.messages import Message
from sharing.delivery.sending import Answer
from sharing.delivery.webhooks import ACTIVE, DISABLED, Webhook
from sharing.schema import deliveries, webhooks

__all__ = ["Attempt", "Line", "disable", "note_attempts", "note_ping", "read_log", "wait_s"]

_GONE = 410
_BUSY = frozenset({429, 503})
_DELIVERED, _FAILED, _GIVEN_UP = "delivered", "failed", "dead-letter"


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A call that was made: to a webhook as it was read before, and what came of it."""

    webhook: Webhook
    message: Message
    answer: Answer
    at: datetime
    drawn: float
    """Random, from 0 to 1: spreads the times at which calls are made again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call."""

    at: datetime
    message_id: str
    type: str
    item_id: str | None
    attempt: int
    status: str
    """delivered, failed (it will be tried again) or dead-letter (it will not)."""
    outcome: str


def wait_s(
    attempt: int, answer: Answer, now: datetime, config: WebhookConfig, drawn: float
) -> float:
    """Return how long to wait after a failed attempt; `drawn` is random, from 0 to 1.

    Retry-After of a receiver that is busy (RFC 6585, section 4; RFC 9110, section 15.6.4) comes on
    top, so that those who were told the same do not come at once; `greatest_s` bounds it, too.
    """
    told = answer.retry_after if answer.status in _BUSY else None
    asked_s = max(0.0, retry_after_s(told, now) or 0.0)
    grown_s = min(config.greatest_s, config.first_s * config.factor ** (attempt - 1))
    return min(config.greatest_s, asked_s + drawn * grown_s)


def note_attempts(engine: Engine, attempts: Sequence[Attempt], config: WebhookConfig) -> None:
    """Note attempts to deliver, all of them or none.

    One changes nothing when its webhook was removed meanwhile, or stands elsewhere by now.
    """
    with writing(engine, "webhooks") as connection:
        for attempt in attempts:
            _note(connection, attempt, config)


def note_ping(
    engine: Engine, webhook: Webhook, message: Message, answer: Answer, now: datetime, kept: int
) -> None:
    """Note a ping; it changes nothing else."""
    known = select(webhooks.c.webhook_id).where(webhooks.c.webhook_id == webhook.webhook_id)
    with writing(engine, "webhooks") as connection:
        if connection.scalar(known) is not None:
            status = _DELIVERED if answer.is_taken else _GIVEN_UP
            _write(connection, webhook, message, 1, status, answer, now, kept)


def disable(engine: Engine, webhook_id: str, reason: str) -> None:
    """Call a webhook no more until its partner enables it."""
    with writing(engine, "webhooks") as connection:
        _disable(connection, webhook_id, reason)


def read_log(engine: Engine, partner: str, webhook_id: str, limit: int) -> Sequence[Line]:
    """Return the last lines of a webhook of a partner, the newest first."""
    query = (
        select(*(deliveries.c[name] for name in Line.__dataclass_fields__))
        .join(webhooks, webhooks.c.webhook_id == deliveries.c.webhook_id)
        .where(webhooks.c.partner == partner, webhooks.c.webhook_id == webhook_id)
        .order_by(deliveries.c.n.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [Line(*row) for row in connection.execute(query)]


def _note(connection: Connection, made: Attempt, config: WebhookConfig) -> None:
    webhook, message, answer, now = made.webhook, made.message, made.answer, made.at
    attempt = webhook.attempts + 1 if webhook.attempted == message.seq else 1
    failures = 0 if answer.is_taken else webhook.failures + 1
    given_up = not answer.is_taken and attempt >= config.attempts
    done = answer.is_taken or given_up
    waits_s = 0.0 if answer.is_taken else wait_s(attempt, answer, now, config, made.drawn)
    changed = {
        "after": message.seq if done else webhook.after,
        "attempted": 0 if done else message.seq,
        "attempts": 0 if done else attempt,
        "failures": failures,
        "due": now + timedelta(seconds=waits_s),
    }
    same = connection.execute(
        update(webhooks)
        .where(
            webhooks.c.webhook_id == webhook.webhook_id,
            webhooks.c.after == webhook.after,
            webhooks.c.attempts == webhook.attempts,
        )
        .values(changed)
    )
    if not same.rowcount:
        return
    if answer.status == _GONE:
        _disable(connection, webhook.webhook_id, "the target answered 410 Gone")
    elif failures >= config.disabled_after:
        _disable(connection, webhook.webhook_id, f"{failures} calls in a row failed")
    status = _DELIVERED if answer.is_taken else _GIVEN_UP if given_up else _FAILED
    _write(connection, webhook, message, attempt, status, answer, now, config.kept)


def _disable(connection: Connection, webhook_id: str, reason: str) -> None:
    connection.execute(
        update(webhooks)
        .where(webhooks.c.webhook_id == webhook_id, webhooks.c.state == ACTIVE)
        .values(state=DISABLED, reason=reason)
    )


def _write(
    connection: Connection,
    webhook: Webhook,
    message: Message,
    attempt: int,
    status: str,
    answer: Answer,
    now: datetime,
    kept: int,
) -> None:
    owned = deliveries.c.webhook_id == webhook.webhook_id
    n = (connection.scalar(select(func.max(deliveries.c.n)).where(owned)) or 0) + 1
    connection.execute(
        insert(deliveries).values(
            webhook_id=webhook.webhook_id,
            n=n,
            at=now,
            message_id=message.message_id,
            type=message.type,
            item_id=message.item_id,
            attempt=attempt,
            status=status,
            outcome=answer.text,
        )
    )
    connection.execute(delete(deliveries).where(owned, deliveries.c.n <= n - kept))
