"""The item of the examples in formats other than JSON, written as the server writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sda.ccsds import CdmFormat, write_cdm
from sda.ccsds.config import MessagesConfig
from sharing.api.answers import in_json
from sharing.api.examples.partners import FULL
from sharing.api.negotiation import CDM, FEED, FeedFormat
from sharing.feeds import FeedItem
from sharing.feeds.formats import (
    Letterhead,
    czml_packets,
    item_table,
    message_of_item,
    page_marking,
    spacetrack_records,
    udl_records,
)
from sharing.markings import bind_label

__all__ = ["other_formats"]

_CREATED: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
_STATES: Final = {
    "state_1": "GCRF 6872.487521809 0 0 0 7.6 0",
    "state_2": "GCRF 6872.667028809 0 0 0 -0.712972816 7.566482856",
    "covariance_1": "DEFAULT 6.4e3 0 3.6e5 0 0 3.6e3 0 0 0 4e-1 0 0 0 0 7e-3 0 0 0 0 0 4e-3",
    "covariance_2": "DEFAULT 1.6e4 0 1.8e6 0 0 3.9e3 0 0 0 2e-1 0 0 0 0 2e-2 0 0 0 0 0 5e-3",
}


def other_formats(head: Letterhead, messages: MessagesConfig) -> Mapping[str, Mapping[str, Any]]:
    """Return examples by operation and media type."""
    told = {name: {"value": one, "unit": "", "marking": "(U)"} for name, one in _STATES.items()}
    body = {
        **{name: FULL[name] for name in ("kind", "rendition", "marking")},
        "facts": {**FULL["facts"], **told},
        "contact": FULL["contact"]["office"],
    }
    item = FeedItem(FULL["id"], 1, FULL["revision"], FULL["status"], body)
    lists = {
        FEED.media[FeedFormat.CSV]: item_table([item], head),
        FEED.media[FeedFormat.SPACETRACK]: spacetrack_records([item], head, {1: _CREATED}),
        FEED.media[FeedFormat.UDL]: udl_records([item], head),
        FEED.media[FeedFormat.CZML]: czml_packets([item], head),
    }
    label = bind_label(
        page_marking([item], head.registry.register),
        in_json(FULL),
        f"/v1/items/{item.item_id}",
        _CREATED,
        exercise=head.exercise,
    )
    message = message_of_item(item, _CREATED, head, messages)
    texts = {
        CDM.media[form]: write_cdm([message], form)
        for form in (CdmFormat.KVN, CdmFormat.XML)
        if message is not None
    }
    return {
        "GET /v1/feed": lists,
        "GET /v1/items/{id}": lists,
        "GET /v1/items/{id}/cdm": texts,
        "GET /v1/items/{id}/label": {"application/xml": label},
    }
