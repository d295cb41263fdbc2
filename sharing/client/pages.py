"""What is asked of a feed, and a page of it as it came."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sharing.client.errors import ClientError

__all__ = ["Filter", "Item", "Page", "Query", "item_of", "page_of", "parameters", "told"]

Item = dict[str, Any]
"""An item as the server gives it: id, revision, status, kind, marking, facts, contact ..."""

Query = list[tuple[str, str | int | float | bool | None]]
"""Names and values of a request, as httpx takes them."""

Filter = str | float | bool | datetime | Iterable[int] | None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a feed, verified unless that was turned off."""

    content: bytes
    """What was signed."""
    signature: str
    media: str
    next: str
    """Where reading goes on: give it as `after`."""
    more: bool
    items: tuple[Item, ...]
    """None in formats other than JSON."""
    is_empty: bool
    """Whether nothing is in it: no item, no element of an array, no line but the header."""
    left_out: int = 0
    """Items that its format cannot hold; they are there in JSON."""


def page_of(content: bytes, headers: Mapping[str, str], signature: str) -> Page:
    """Return the page of an answer.

    In JSON the cursor is what the body says, which is signed; in other formats what the headers
    say. Raises ClientError when there is none.
    """
    media = headers.get("content-type", "").partition(";")[0].strip()
    items: list[Item] = []
    is_empty = media == "text/csv" and content.count(b"\n") <= 1
    try:
        body = json.loads(content) if media.endswith("json") else None
        if isinstance(body, dict):
            items, cursor, more = body["items"], body["next"], body["more"]
            is_empty = not items
        else:
            cursor, more = headers["tearline-next"], headers["tearline-more"] == "true"
            is_empty = is_empty or body == []
        left_out = int(headers.get("tearline-left-out", 0))
    except (ValueError, KeyError, TypeError):
        raise ClientError("this is no page of a feed: is the address that of the feed?") from None
    return Page(content, signature, media, cursor, more, tuple(items), is_empty, left_out)


def item_of(content: bytes) -> Item:
    """Return the item of an answer. Raises ClientError when it is none."""
    try:
        item: Any = json.loads(content)
    except ValueError:
        item = None
    if not isinstance(item, dict) or "id" not in item:
        raise ClientError("this is no item of a feed: is the address that of the feed?")
    return item


def parameters(after: str | None, limit: int | None, filters: Mapping[str, Filter]) -> Query:
    """Return the query of a page. Raises ClientError for a time without a time zone."""
    found: Query = []
    for name, value in {"after": after, "limit": limit, **filters}.items():
        several = isinstance(value, Iterable) and not isinstance(value, str)
        ones: Iterable[Any] = value if several else [value]  # type: ignore[assignment]
        found += [(name, _text(name, one)) for one in ones if one is not None]
    return found


def told(filters: Mapping[str, Filter]) -> dict[str, str]:
    """Return filters by name in one form, so that two requests can be told apart."""
    found: dict[str, list[str]] = {}
    for name, value in parameters(None, None, filters):
        found.setdefault(name, []).append(str(value))
    return {name: ",".join(sorted(values)) for name, values in sorted(found.items())}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ClientError(f"{name}: {value} has no time zone: give a time in UTC")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)
