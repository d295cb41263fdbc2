"""Say what the database keeps of an event: opened, going on, closed, by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any

import orjson
from sqlalchemy import Row

from sda.rpo.documents import JUDGED, Document, document, joined
from sda.rpo.model import Event, Trend

__all__ = [
    "EventStatus",
    "Telling",
    "continued_row",
    "day_of",
    "is_over",
    "opened_row",
    "silenced_row",
    "trend_row",
    "written",
]

EventRow = dict[str, Any]
"""Values of the columns of a table, by name."""


class EventStatus(StrEnum):
    """How an event stands."""

    OPEN = "open"
    """The pair is near, and the event is what it was first told to be."""
    CHANGED = "changed"
    """The pair is near, and class, verdict or declaration are no longer those first told."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Telling:
    """What a run's events hold for: its "now", its solution and what it looked at."""

    at: datetime
    """The run's "now", the end of its window."""
    solution: str
    sources: tuple[str, ...]
    start: datetime
    """Start of the window; what earlier days were told to be stays."""
    since: datetime
    """From when on histories show all; what was before is remembered, not seen."""
    closes_after: timedelta
    """How long a pair must be apart, or unheard of, for its event to close."""


def opened_row(event: Event, telling: Telling) -> EventRow:
    """Return the row of an event that is new."""
    return {
        "solution": telling.solution,
        "event_id": event.event_id,
        "norad_id_1": event.norad_id_1,
        "norad_id_2": event.norad_id_2,
        "first_told": telling.at,
        "changed": None,
        **_told(event, telling, document(event), None, None),
    }


def continued_row(
    event: Event, row: Row[Any], earlier: Document, telling: Telling, strongest_before: float
) -> EventRow:
    """Return the row of a kept event as it stands now.

    An event counts as what it was on its strongest day. When that lies before the look-back, and
    `strongest_before` is its score, what was told of it then stays.
    """
    merged = joined(earlier, document(event), telling.since)
    judged: EventRow = {}
    if min(strongest_before, row.score) > event.score.points:
        merged |= {name: earlier[name] for name in JUDGED}
        judged = {name: getattr(row, name) for name in ("verdict", "event_class", "score")}
    same = all(merged[name] == earlier[name] for name in ("class", "verdict", "declared_id"))
    changed = row.changed if same else telling.at
    told = _told(event, telling, merged, changed, row.closed)
    return {**row._mapping, "changed": changed, **told, **judged}


def silenced_row(row: Row[Any], earlier: Document, telling: Telling) -> EventRow:
    """Return the row of an open event that a run no longer tells of, closed."""
    return {
        **row._mapping,
        "status": EventStatus.CLOSED.value,
        "last_told": telling.at,
        "closed": telling.at,
        "document": written({**earlier, "status": "closed"}),
    }


def is_over(row: Row[Any], named: Sequence[Event], telling: Telling) -> bool:
    """Return whether an event that a run does not tell of ends with that."""
    if row.closed is not None or row.last_told > telling.at:
        return False
    # Two events may turn out to be one: the name of the earlier goes on.
    within_another = any(
        (one.norad_id_1, one.norad_id_2) == (row.norad_id_1, row.norad_id_2)
        and one.start <= row.last_seen
        and one.end >= row.opened
        for one in named
    )
    return within_another or telling.at - row.last_seen > telling.closes_after


def day_of(one: Trend) -> datetime:
    """Return the midnight that begins the day at whose end an event stood so."""
    # A whole day ends at the midnight that begins the next.
    last = one.utc - timedelta(microseconds=1)
    return datetime(last.year, last.month, last.day, tzinfo=UTC)


def trend_row(solution: str, event_id: str, one: Trend) -> EventRow:
    """Return the row of an event's day."""
    return {
        "solution": solution,
        "event_id": event_id,
        "day": day_of(one),
        "utc": one.utc,
        "min_range_km": float(one.min_range_km) if isfinite(one.min_range_km) else None,
        "score": float(one.points),
        "event_class": one.event_class.value,
        "verdict": one.verdict.value,
    }


def written(shown: Document) -> str:
    """Return a document as text, without its trend, which is kept by day."""
    return orjson.dumps({name: one for name, one in shown.items() if name != "trend"}).decode()


def _told(
    event: Event,
    telling: Telling,
    shown: Document,
    changed: datetime | None,
    closed: datetime | None,
) -> EventRow:
    """Return what a run says of an event, new or known."""
    if event.is_open:
        status = EventStatus.OPEN if changed is None else EventStatus.CHANGED
        closed = None
    else:
        status, closed = EventStatus.CLOSED, closed or telling.at
    return {
        "sources": orjson.dumps(list(telling.sources)).decode(),
        "opened": event.start,
        "last_seen": event.end,
        "status": status.value,
        "verdict": event.verdict.value,
        "event_class": event.event_class.value,
        "score": float(event.score.points),
        "last_told": telling.at,
        "closed": closed,
        "document": written(shown),
    }
