"""Searches of small histories, by the packaged configuration."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from made_cases import CONFIG

from sda.model import ElementSet
from sda.rpo.context.declared import Declared
from sda.rpo.detection import Detection, Knowledge, detect
from sda.rpo.history.cleaning import cleaned
from sda.rpo.model import Event, Verdict

FLAGGED = (Verdict.PROBABLE, Verdict.POSSIBLE)


def searched(
    sets: Iterable[ElementSet],
    start: datetime,
    days: float,
    declared: Sequence[Declared] = (),
    **options: Any,
) -> Detection:
    """Return what a search finds, in this process unless it is told otherwise."""
    history = cleaned(sets, CONFIG.history, outliers=CONFIG.outliers)
    known = Knowledge(declared=tuple(declared))
    return detect(history, start, days, CONFIG, known, **{"workers": 1, **options})


def of_pair(found: Detection, one: int, other: int) -> list[Event]:
    numbers = (min(one, other), max(one, other))
    return [event for event in found.events if (event.norad_id_1, event.norad_id_2) == numbers]


def renamed(sets: Iterable[ElementSet], norad_id: int, **changes: Any) -> tuple[ElementSet, ...]:
    """The same sets under another number."""
    return tuple(
        replace(one, norad_id=norad_id, name=f"INVENTED {norad_id}", **changes) for one in sets
    )
