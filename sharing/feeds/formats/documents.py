"""Write items as JSON, the format that says everything."""

from collections.abc import Mapping
from typing import Any

from sharing.feeds.entries import FeedItem, Page
from sharing.feeds.formats.letterhead import Letterhead, page_marking
from sharing.feeds.formats.told import Told
from sharing.registry import Office, Registry

__all__ = ["contact_document", "item_document", "page_document"]


def item_document(item: FeedItem, registry: Registry, exercise: bool) -> dict[str, Any]:
    """Return an item as a JSON object, with the office to ask written out.

    A coarse time stands as the start of its interval, which looks like an exact one: `intervals`
    says between which times it lies.
    """
    body = item.body
    omitted = {"omitted": body["omitted"]} if "omitted" in body else {}
    intervals = Told(item, registry.rules).intervals
    return {
        "id": item.item_id,
        "revision": item.revision,
        "status": item.status,
        "kind": body["kind"],
        "marking": body["marking"],
        "rendition": body["rendition"],
        "facts": body["facts"],
        **omitted,
        **({"intervals": intervals} if intervals else {}),
        "contact": _contact(body["contact"], registry.offices),
        "exercise": exercise,
    }


def page_document(page: Page, next_cursor: str, head: Letterhead) -> dict[str, Any]:
    """Return a page as a JSON object, with the marking of all its items together."""
    registry = head.registry
    marking = page_marking(page.items, registry.register)
    return {
        "items": [item_document(item, registry, head.exercise) for item in page.items],
        "next": next_cursor,
        "more": page.more,
        "marking": {"banner": marking.banner, "portion": marking.portion},
        "exercise": head.exercise,
    }


def _contact(name: str, offices: Mapping[str, Office]) -> dict[str, Any]:
    office = offices.get(name)
    return {"office": name} if office is None else contact_document(office)


def contact_document(office: Office) -> dict[str, Any]:
    """Return an office as a JSON object: how to reach it, and since when that is known."""
    return {
        "office": office.id,
        "role": office.role,
        "channel": office.channel,
        "hours": office.hours,
        "languages": list(office.languages),
        "last_verified": office.last_verified.isoformat(),
    }
