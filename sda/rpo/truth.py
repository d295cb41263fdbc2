"""Hold what was found against what is known to have happened: precision and recall of each class.

A true event is found by an event of its pair that overlaps it in time, of several by that with the
most points. It is right when its class is; a fast passage (`chance`), which no search for slow
pairs shows, is right too when it is not found. An event counts as told when its verdict is not
`none`; one of a pair that the truth does not name is false, except as a mere neighbour: formation,
co-location, drift-by, slow chance.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sda.rpo.model import Event, EventClass, Verdict
from sda.times import parse_utc

__all__ = ["ClassFigures", "TrueEvent", "figures", "found_as", "true_events"]

_NEIGHBOURS: Final = frozenset(
    {
        EventClass.FORMATION,
        EventClass.CO_LOCATION,
        EventClass.DRIFT_BY,
        EventClass.SLOW_CHANCE,
        EventClass.CHANCE,
    }
)


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """What happened between two objects; `norad_ids` are by rising number."""

    event_id: str
    event_class: EventClass
    norad_ids: tuple[int, int]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How well one class is told."""

    event_class: EventClass
    n_true: int
    n_right: int
    n_told: int
    n_told_right: int

    @property
    def recall(self) -> float | None:
        """Share of the true ones that were found with this class; None when there are none."""
        return self.n_right / self.n_true if self.n_true else None

    @property
    def precision(self) -> float | None:
        """Share of those told with this class that are right; None when none was told."""
        return self.n_told_right / self.n_told if self.n_told else None


def true_events(document: Mapping[str, Any], until: datetime) -> tuple[TrueEvent, ...]:
    """Return the events of a truth file that began before a time and that public sets show."""
    hidden = set(document["only_trilateral"])
    found = (
        TrueEvent(
            one["event_id"],
            EventClass(one["class"]),
            (min(one["norad_ids"]), max(one["norad_ids"])),
            parse_utc(one["start_utc"]),
            parse_utc(one["end_utc"]),
        )
        for one in document["events"]
        if not hidden.intersection(one["norad_ids"])
    )
    return tuple(one for one in found if one.start < until)


def found_as(truth: TrueEvent, events: Sequence[Event]) -> Event | None:
    """Return the event that a true one is found by."""
    same = [one for one in events if _is_same(truth, one)]
    return max(same, key=lambda one: one.score.points, default=None)


def figures(truths: Sequence[TrueEvent], events: Sequence[Event]) -> Iterator[ClassFigures]:
    """Yield the figures of each class that happened or was told, in the order of the classes."""
    true = Counter(one.event_class for one in truths)
    right: Counter[EventClass] = Counter()
    for truth in truths:
        found = found_as(truth, events)
        missed = found is None and truth.event_class is EventClass.CHANCE
        right[truth.event_class] += missed or (
            found is not None and found.event_class is truth.event_class
        )
    told: Counter[EventClass] = Counter()
    told_right: Counter[EventClass] = Counter()
    for event in events:
        same = [one.event_class for one in truths if _is_same(one, event)]
        is_shown = event.verdict is not Verdict.NONE and event.event_class not in _NEIGHBOURS
        if same or is_shown:
            told[event.event_class] += 1
            told_right[event.event_class] += event.event_class in same
    for kind in EventClass:
        if true[kind] or told[kind]:
            yield ClassFigures(kind, true[kind], right[kind], told[kind], told_right[kind])


def _is_same(truth: TrueEvent, event: Event) -> bool:
    pair = (event.norad_id_1, event.norad_id_2)
    return pair == truth.norad_ids and event.start <= truth.end and truth.start <= event.end
