"""Write what a webhook is sent: one message an entry of its partner's feed, always the same.

The id of a message is a keyed hash of webhook, item and revision. A retry carries it again, and so
does a message whose sending was cut short, so a receiver that has it can drop it; nobody else can
tell from it which item it is about.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine

from sda.times import format_utc
from sharing.delivery.documents import item_bytes
from sharing.delivery.webhooks import Webhook
from sharing.feeds import FeedItem, Filter, published_at, read_page
from sharing.registry import Registry
from sharing.secret import derive

__all__ = ["Entry", "Message", "message_of", "ping", "read_entries"]

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed that is to be told, and when it was published."""

    item: FeedItem
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent of one entry."""

    message_id: str
    type: str
    body: bytes = field(repr=False)
    item_id: str | None = None
    seq: int = 0


def read_entries(engine: Engine, webhook: Webhook, limit: int) -> tuple[Entry, ...]:
    """Return what comes next for a webhook, as its partner's feed stands now."""
    page = read_page(engine, webhook.partner, webhook.after, limit, Filter(kind=webhook.kind))
    times = published_at(engine, webhook.partner, page.items)
    return tuple(Entry(item, times[item.seq]) for item in page.items)


def message_of(
    entry: Entry, webhook: Webhook, registry: Registry, secret: bytes, now: datetime, exercise: bool
) -> Message:
    """Return what a webhook is sent of an entry; who answers for it is named as of now."""
    item, type_ = entry.item, _type_of(entry.item)
    data = orjson.Fragment(item_bytes(item, registry, now, exercise))
    return Message(
        _id_of(webhook, item, secret),
        type_,
        _body(type_, entry.at, data),
        item.item_id,
        item.seq,
    )


def ping(webhook: Webhook, message_id: str, now: datetime, exercise: bool) -> Message:
    """Return a message that tries a webhook out."""
    data = {"webhook": webhook.webhook_id, "exercise": exercise}
    return Message(message_id, "webhook.ping", _body("webhook.ping", now, data))


def _type_of(item: FeedItem) -> str:
    if item.status == "active":
        return "item.published" if item.revision == 1 else "item.revised"
    return f"item.{item.status}"


def _id_of(webhook: Webhook, item: FeedItem, secret: bytes) -> str:
    key = derive(secret, "webhook message", webhook.webhook_id)
    name = f"{item.item_id} {item.revision}".encode()
    return f"msg_{hmac.digest(key, name, 'sha256')[:_ID_BYTES].hex()}"


def _body(type_: str, at: datetime, data: Any) -> bytes:
    return orjson.dumps({"type": type_, "timestamp": format_utc(at), "data": data})
