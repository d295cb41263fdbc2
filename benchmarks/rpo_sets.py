"""Element sets for the measurement of `tearline rpo`, and when two of them can be seen together.

What is computed here uses SGP4 and none of the code that is measured: for a day (UTC) each object
takes part with the set nearest to the day's middle, at times at which the set is at least -1 day
old and no older than the limit of its regime.
"""

import csv
import json
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sda.elements import read_files, read_text, write_3le
from sda.model import ElementSet
from sda.orbit import Propagator, Regime, hill_state, regime_of
from sda.times import julian

ROOT = Path(__file__).resolve().parents[1]
DATA = (ROOT / "../shared/data").resolve()
KNOWN = DATA / "rpo/element-sets.csv.gz"
CASES = DATA / "rpo/cases.json"
EVENTS = DATA / "rpo/events.csv"
CATALOGUES = tuple(sorted((DATA / "catalogs").glob("full-2025-*.3le.gz")))
EARLIER = tuple(sorted((DATA / "catalogs").glob("full-2024-*.omm.csv.gz")))

DAY = timedelta(days=1)
MAX_AGE = {Regime.LEO: timedelta(days=3)}
OTHER_MAX_AGE = timedelta(days=5)
REACH_KM = {Regime.LEO: 100.0}
OTHER_REACH_KM = 200.0
SLOW_M_S = 20.0
"""A pair whose Hill speed is above this on every near day is no slow pair."""
STEP_S = 240.0
LEAST_SHARE = timedelta(hours=3)
"""A day with less than this in common is left out."""


def limit_of(element_set: ElementSet) -> timedelta:
    """Return how old a set may be."""
    return MAX_AGE.get(regime_of(element_set), OTHER_MAX_AGE)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A pair on one day: ranges and speeds while both sets are valid."""

    day: date
    set_1: ElementSet
    set_2: ElementSet
    min_range_km: float
    max_range_km: float
    hill_speed_m_s: float
    """Least, while within reach; infinite where it never is."""
    dwell_h: float
    """Within reach."""
    plane_deg: float
    """Angle between the osculating planes at the least range."""

    @property
    def near(self) -> bool:
        """Return whether the pair is within reach and slow."""
        return self.hill_speed_m_s < SLOW_M_S

    def ages_days(self) -> tuple[float, float]:
        """Return how old the sets are at the day's middle."""
        middle = noon(self.day)
        return (middle - self.set_1.epoch) / DAY, (middle - self.set_2.epoch) / DAY


def noon(day: date) -> datetime:
    """Return the middle of a day."""
    return datetime.combine(day, time(12), UTC)


def midnight(day: date) -> datetime:
    """Return the beginning of a day."""
    return datetime.combine(day, time(0), UTC)


class Sky:
    """All sets of some objects, each object's by epoch, each epoch once."""

    def __init__(self, elements: Iterable[ElementSet]) -> None:
        by_number: dict[int, dict[datetime, ElementSet]] = defaultdict(dict)
        for one in elements:
            by_number[one.norad_id].setdefault(one.epoch, one)
        self.tracks = {
            number: [sets[epoch] for epoch in sorted(sets)] for number, sets in by_number.items()
        }

    @cached_property
    def epochs(self) -> dict[int, list[datetime]]:
        """Return the epochs of each object."""
        return {number: [one.epoch for one in sets] for number, sets in self.tracks.items()}

    def until(self, end: datetime) -> list[ElementSet]:
        """Return the sets whose epoch is before a time."""
        return [one for sets in self.tracks.values() for one in sets if one.epoch < end]

    def nearest(self, number: int, when: datetime) -> ElementSet | None:
        """Return the set whose epoch is nearest to a time."""
        sets = self.tracks.get(number, [])
        if not sets:
            return None
        place = bisect(self.epochs[number], when)
        return min(sets[max(0, place - 1) : place + 1], key=lambda one: abs(one.epoch - when))

    def days_of(self, number: int) -> set[date]:
        """Return the days on which an object may take part."""
        return {
            (one.epoch + n * DAY).date()
            for one in self.tracks.get(number, [])
            for n in range(-1, limit_of(one).days + 2)
        }

    def meeting(self, first: int, second: int, day: date) -> Meeting | None:
        """Return how a pair stands on a day; None where not both have a valid set."""
        sets = [one for n in (first, second) if (one := self.nearest(n, noon(day))) is not None]
        if len(sets) < 2:
            return None
        begin, end = midnight(day), midnight(day) + DAY
        for one in sets:
            begin, end = max(begin, one.epoch - DAY), min(end, one.epoch + limit_of(one))
        if end - begin < LEAST_SHARE:
            return None
        return meeting_of(day, sets[0], sets[1], begin, end)

    def meetings(self, first: int, second: int, begin: date, end: date) -> list[Meeting]:
        """Return the days, first and last included, on which a pair can be seen together."""
        days = sorted(self.days_of(first) & self.days_of(second))
        seen = (self.meeting(first, second, day) for day in days if begin <= day <= end)
        return [one for one in seen if one is not None]


def meeting_of(
    day: date, set_1: ElementSet, set_2: ElementSet, begin: datetime, end: datetime
) -> Meeting | None:
    """Propagate a pair over part of a day; None where SGP4 cannot."""
    propagator = Propagator([set_1, set_2])
    if len(propagator) < 2:
        return None
    n = int((end - begin).total_seconds() // STEP_S) + 1
    split = [julian(begin + timedelta(seconds=k * STEP_S)) for k in range(n)]
    error, r, v = propagator.grid(*(np.array(part) for part in zip(*split, strict=True)))
    if error.any():
        return None
    at, speed = hill_state(r[0], v[0], r[1], v[1])
    range_km, speed_m_s = np.linalg.norm(at, axis=1), 1000 * np.linalg.norm(speed, axis=1)
    least = int(range_km.argmin())
    near = range_km < REACH_KM.get(regime_of(set_1), OTHER_REACH_KM)
    return Meeting(
        day,
        set_1,
        set_2,
        float(range_km[least]),
        float(range_km.max()),
        float(speed_m_s[near].min()) if near.any() else float("inf"),
        float(near.sum()) * STEP_S / 3600,
        angle_deg(np.cross(r[:, least], v[:, least])),
    )


def angle_deg(vectors: NDArray[np.float64]) -> float:
    """Return the angle between two vectors `(2, 3)`, exact for small ones too."""
    sine = np.linalg.norm(np.cross(vectors[0], vectors[1]))
    return float(np.degrees(np.arctan2(sine, vectors[0] @ vectors[1])))


def read(paths: Sequence[Path]) -> tuple[ElementSet, ...]:
    """Read files, or end with a line that says which is missing."""
    for path in paths:
        if not path.exists():
            raise SystemExit(f"skipped: {path} is not there")
    return read_files(paths).elements


def cases() -> tuple[ElementSet, ...]:
    """Return the element sets of the golden cases, where they are given."""
    given = json.loads(CASES.read_text(encoding="utf-8"))["computed"] if CASES.exists() else []
    lines = [
        f"0 {name}\n{line_1}\n{line_2}"
        for case in given
        for name, (line_1, line_2) in zip(case.get("names", ("", "")), case["tle"], strict=True)
        if line_1
    ]
    return read_text("\n".join(lines), CASES.name).elements


def events() -> list[dict[str, str]]:
    """Return the rows of the known events."""
    if not EVENTS.exists():
        raise SystemExit(f"skipped: {EVENTS} is not there")
    with EVENTS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(elements: Iterable[ElementSet], path: Path) -> Path:
    """Write sets as 3LE and return the path."""
    path.write_text(write_3le(elements), encoding="utf-8")
    return path


def renumbered(element_set: ElementSet, number: int, name: str, object_id: str) -> ElementSet:
    """Return the set filed under another number."""
    return replace(element_set, norad_id=number, name=name, object_id=object_id)
