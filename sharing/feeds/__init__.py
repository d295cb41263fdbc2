"""What partners read: items, cursors and formats. Nothing here knows what was withheld."""

from sharing.feeds.contact import name_contacts
from sharing.feeds.cursor import seal, unseal
from sharing.feeds.entries import (
    FeedItem,
    Page,
    last_policy,
    published_at,
    read_item,
    read_page,
)
from sharing.feeds.filters import EVERYTHING, Filter

__all__ = [
    "EVERYTHING",
    "FeedItem",
    "Filter",
    "Page",
    "last_policy",
    "name_contacts",
    "published_at",
    "read_item",
    "read_page",
    "seal",
    "unseal",
]
