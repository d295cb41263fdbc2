"""Name in each item the office that answers today, whichever the item was published with."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sharing.contacts import office_for
from sharing.feeds.entries import FeedItem
from sharing.registry import Registry

__all__ = ["name_contacts"]


def name_contacts(
    items: Iterable[FeedItem], registry: Registry, now: datetime
) -> tuple[FeedItem, ...]:
    """Return items as they are shown: the ledger keeps the office that was published.

    Whether it is open makes no difference here, so that an item does not change by the hour.
    """
    found = tuple(items)
    published = {item.body["contact"] for item in found}
    today = {name: office_for(registry, now, named=name).office.id for name in published}
    return tuple(
        item
        if today[name := item.body["contact"]] == name
        else replace(item, body={**item.body, "contact": today[name]})
        for item in found
    )
