"""Write an item as it is pushed: byte for byte as the feed shows it."""

from datetime import datetime

import orjson

from sharing.feeds import FeedItem, name_contacts
from sharing.feeds.formats import item_document
from sharing.registry import Registry

__all__ = ["item_bytes"]


def item_bytes(item: FeedItem, registry: Registry, now: datetime, exercise: bool) -> bytes:
    """Return an item as the JSON that a page of the feed holds of it."""
    (named,) = name_contacts([item], registry, now)
    document = item_document(named, registry, exercise)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
