"""A request as it is written out for the offices."""

from datetime import datetime
from typing import Any

from sda.times import format_utc
from sharing.registry import Registry
from sharing.requests.matters import Matter

__all__ = ["request_document"]


def request_document(matter: Matter, registry: Registry, now: datetime) -> dict[str, Any]:
    """Return a request with its item, its cases and the answer, as JSON has it.

    `answering` are the offices whose turn it is; `closes_utc` is when its partner reads the answer.
    """
    asked, about = matter.listed.request, matter.listed.subject
    return {
        "request": asked.request_id,
        "state": asked.state(now).value,
        "partner": asked.partner,
        "item": asked.item_id,
        "asked_at_revision": asked.revision,
        "revision": matter.listed.revision,
        "item_status": matter.listed.status,
        "norad_id_1": about.pair[0],
        "norad_id_2": about.pair[1],
        "kind": about.kind,
        "tca_utc": format_utc(about.tca),
        "opened_utc": format_utc(asked.opened),
        "expires_utc": format_utc(asked.expires),
        "closes_utc": format_utc(asked.closes),
        "reason": asked.reason,
        "wanted": asked.wanted,
        "urgency": asked.urgency.value,
        "office": asked.office,
        "answering": matter.answering(registry, now),
        "cases": [case.case_id for case in matter.held],
        "answered_utc": format_utc(asked.answered) if asked.answered else None,
        "answered_by": asked.answered_by or None,
        "answer": asked.answer or None,
    }
