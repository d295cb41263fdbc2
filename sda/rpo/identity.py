"""Give events the names they had before, however much history was known then.

A later run may see an event begin earlier or later than an earlier run did: more sets have come,
or the look-back no longer reaches its beginning. It is the same event when the pair is the same
and the times overlap, or lie apart by less than it takes to close an event.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sda.rpo.model import Event

__all__ = ["Known", "identified"]


@dataclass(frozen=True, slots=True)
class Known:
    """An event that was told before."""

    event_id: str
    norad_id_1: int
    norad_id_2: int
    start: datetime
    end: datetime


def identified(
    events: Iterable[Event], known: Iterable[Known], closes_after: timedelta
) -> tuple[Event, ...]:
    """Return the events under the names they are known by, in the order given.

    An event that goes by a known name keeps it. Of several that it could be, it is the one that
    began first; no two events get one name. What is known began when it was first seen to, so an
    event's start moves back to it, never forward.
    """
    by_pair: dict[tuple[int, int], list[Known]] = defaultdict(list)
    for one in known:
        by_pair[one.norad_id_1, one.norad_id_2].append(one)
    for same in by_pair.values():
        same.sort(key=lambda one: (one.start, one.event_id))
    listed = tuple(events)
    taken = {
        one.event_id
        for one in listed
        for old in by_pair.get((one.norad_id_1, one.norad_id_2), ())
        if old.event_id == one.event_id
    }
    named: dict[int, Event] = {}
    for place in sorted(range(len(listed)), key=lambda k: (listed[k].start, listed[k].event_id)):
        event = listed[place]
        candidates = by_pair.get((event.norad_id_1, event.norad_id_2), ())
        old = _same(event, candidates, taken, closes_after)
        if old is not None:
            taken.add(old.event_id)
            event = replace(event, event_id=old.event_id, start=min(old.start, event.start))
        named[place] = event
    return tuple(named[place] for place in range(len(listed)))


def _same(
    event: Event, candidates: Sequence[Known], taken: set[str], closes_after: timedelta
) -> Known | None:
    """Return what an event was known as, of candidates by start."""
    for old in candidates:
        if old.event_id == event.event_id:
            return old
    for old in candidates:
        apart = max(event.start - old.end, old.start - event.end)
        if old.event_id not in taken and apart <= closes_after:
            return old
    return None
