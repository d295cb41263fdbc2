"""Answer with items in one of the formats that are lists and no more, cursors in headers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi import Request

from sharing.api.access import service_of
from sharing.api.answers import written
from sharing.api.negotiation import FEED, FeedFormat
from sharing.api.shelf import Answer
from sharing.feeds import FeedItem, published_at
from sharing.feeds.formats import (
    Letterhead,
    czml_packets,
    item_table,
    page_marking,
    spacetrack_records,
    udl_records,
)

__all__ = ["LISTS", "TOLD_IN_HEADERS", "list_answer", "marking_header", "told_headers"]

LISTS: Final[dict[str, Any]] = {
    FEED.media[FeedFormat.CSV]: {"schema": {"type": "string"}},
    **{
        FEED.media[form]: {"schema": {"type": "array", "items": {"type": "object"}}}
        for form in (FeedFormat.SPACETRACK, FeedFormat.UDL, FeedFormat.CZML)
    },
}
"""Content of answers in any format but JSON, for the description of the interface."""

TOLD_IN_HEADERS: Final = {
    "Tearline-Marking": "Marking of all items of the answer together.",
    "Tearline-Left-Out": "In `udl`: how many of the items are no records of it.",
}


def told_headers(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return headers as the description of the interface has them."""
    return {
        name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
    }


def marking_header(items: Sequence[FeedItem], head: Letterhead) -> dict[str, str]:
    """Return the header that marks an answer with these items."""
    return {"Tearline-Marking": page_marking(items, head.registry.register).banner}


def list_answer(
    request: Request,
    partner: str,
    form: FeedFormat,
    items: Sequence[FeedItem],
    head: Letterhead,
    headers: Mapping[str, str],
) -> Answer:
    """Return items of a partner in any format but JSON, which is a document of its own."""
    told = {**headers, **marking_header(items, head)}
    if form is FeedFormat.CSV:
        content = item_table(items, head).encode()
    elif form is FeedFormat.SPACETRACK:
        created = published_at(service_of(request).database, partner, items)
        content = orjson.dumps(spacetrack_records(items, head, created))
    elif form is FeedFormat.CZML:
        content = orjson.dumps(czml_packets(items, head))
    else:
        records = udl_records(items, head)
        told["Tearline-Left-Out"] = str(len(items) - len(records))
        content = orjson.dumps(records)
    return written(request, content, FEED.media[form], told)
