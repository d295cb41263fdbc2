"""Clean the element sets of many objects into one track each.

Public archives repeat sets, issue them again, file them under a wrong number and hold fits that
are no orbit at all. All of it is dropped for a stated reason, and nothing else is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.constants import EARTH_RADIUS_KM
from sda.model import ElementSet
from sda.orbit import Propagator, Regime
from sda.rpo.history.changes import MeanElements
from sda.rpo.history.dense_outliers import dense_outliers
from sda.rpo.history.epochs import EpochIndex, nearest
from sda.rpo.history.excursions import ExcursionsConfig, excursions
from sda.rpo.history.outliers import OutlierConfig
from sda.rpo.history.same_orbit import SameOrbitConfig
from sda.rpo.history.wrong_objects import ChangesConfig, wrong_sets

__all__ = ["Dropped", "History", "HistoryConfig", "Reason", "catalogue", "cleaned", "nearest"]

Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_COUNTER_WRAPS: Final = (1_000, 10_000)
"""Element set numbers return to 0 or 1 behind three digits or four, by source and epoch."""
_COUNTER_REACH: Final = 100
_NO_COUNTER: Final = frozenset({0, 999, 9999})
"""What sources write that do not count; Space-Track has written 999 since 2013."""
_SUSPECT_PERIGEE_KM: Final = 300.0
_SUSPECT_ECCENTRICITY: Final = 0.9
_SUSPECT_MOTION_REV_DAY: Final = 0.5
"""SGP4 takes every set at its own epoch that is lower in eccentricity, higher and faster."""


class Reason(StrEnum):
    """Why a set is not in a track."""

    DUPLICATE = "duplicate"
    """The same orbit again, from the same file or another."""
    REISSUED = "re-issued"
    """Another set was issued for the same epoch, or for moments later."""
    FUTURE = "epoch in the future"
    DECAYED = "decayed"
    """Its perigee lies where nothing stays in orbit."""
    NOT_PROPAGABLE = "not propagable"
    """SGP4 gives no state at its own epoch."""
    WRONG_OBJECT = "wrong object"
    """Filed under the number of another object."""
    OUTLIER = "outlier"
    """Jumps out of the track, which goes on as if it were not there."""


class HistoryConfig(BaseModel):
    """When a set is not used."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    reissue_days: float = Field(ge=0)
    future_days: float = Field(ge=0)
    decayed_perigee_km: float
    dense_days: float = Field(gt=0)
    changes: ChangesConfig
    same_orbit: SameOrbitConfig
    excursions: ExcursionsConfig


@dataclass(frozen=True, slots=True)
class Dropped:
    """A set that is in no track, and why."""

    element_set: ElementSet
    reason: Reason
    orbit_of: int | None = None
    """Number of the object whose orbit a wrong set carries, where it is known."""


@dataclass(frozen=True, slots=True)
class History:
    """The element sets of objects as one track each, and what was left out."""

    tracks: Mapping[int, tuple[ElementSet, ...]]
    """By catalogue number, rising; each by strictly rising epoch, with one set at least."""
    dropped: tuple[Dropped, ...]
    index: EpochIndex = field(init=False, repr=False, compare=False)
    """The tracks, made to be searched by time for all objects at once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", EpochIndex(self.tracks.values()))

    def counts(self) -> dict[Reason, int]:
        """Return how many sets were dropped for each reason, in the order of the reasons."""
        found = dict.fromkeys(Reason, 0)
        for one in self.dropped:
            found[one.reason] += 1
        return found

    def at(self, norad_id: int, time: datetime) -> ElementSet | None:
        """Return an object's set whose epoch is nearest to a time; None where it has no track."""
        return nearest(self.tracks.get(norad_id, ()), time)


def catalogue(
    history: History, day_middle: datetime, max_age_days: Mapping[Regime, float]
) -> tuple[ElementSet, ...]:
    """Return the set of each object for the day around a time, by number: `EpochIndex.catalogue`.

    The set with the epoch nearest to the middle, if its age is within the limits at some time of
    the day: from minus one day to that of its regime.
    """
    return history.index.catalogue(day_middle, max_age_days)


def cleaned(
    elements: Iterable[ElementSet],
    config: HistoryConfig,
    now: datetime | None = None,
    outliers: OutlierConfig | None = None,
) -> History:
    """Return the tracks of all objects among element sets in any order.

    Of sets that repeat each other the last stays. Without `now` no epoch is in the future;
    without `outliers` only gross ones are looked for.
    """
    given = list(elements)
    dropped: list[tuple[int, Dropped]] = []
    columns = MeanElements.of(given)
    kept = np.lexsort((np.arange(len(given)), columns.epoch_days, columns.norad_id))

    def drop(reason: Reason, places: Bools) -> None:
        """Drop the kept sets at some places `(n,)`."""
        nonlocal kept
        dropped.extend((i, Dropped(given[i], reason)) for i in kept[places].tolist())
        kept = kept[~places]

    if now is not None:
        latest = (now + timedelta(days=config.future_days)).timestamp() / 86400
        drop(Reason.FUTURE, columns.epoch_days[kept] > latest)
    drop(Reason.DUPLICATE, _repeated(columns, kept))
    drop(Reason.REISSUED, _reissued(given, columns, kept, config.reissue_days))
    decayed_km = EARTH_RADIUS_KM + config.decayed_perigee_km
    drop(Reason.DECAYED, columns.perigee_km[kept] < decayed_km)
    drop(Reason.NOT_PROPAGABLE, _not_propagable(given, columns, kept))
    wrong = wrong_sets(
        [given[i] for i in kept], columns.at(kept), config.changes, config.same_orbit
    )
    dropped += [
        (i, Dropped(given[i], Reason.WRONG_OBJECT, one.orbit_of))
        for one in wrong
        for i in (int(kept[one.place]),)
    ]
    kept = np.delete(kept, [one.place for one in wrong])
    drop(Reason.OUTLIER, excursions(columns.at(kept), config.excursions))
    if outliers is not None:
        ordered, of = [given[i] for i in kept.tolist()], columns.at(kept)
        drop(Reason.OUTLIER, dense_outliers(ordered, of, config.dense_days, outliers))
    tracks: dict[int, tuple[ElementSet, ...]] = {}
    ordered = [given[i] for i in kept.tolist()]
    for norad_id, track in groupby(ordered, lambda e: e.norad_id):
        tracks[norad_id] = tuple(track)
    dropped.sort(key=lambda pair: pair[0])
    return History(MappingProxyType(tracks), tuple(one for _, one in dropped))


def _repeated(of: MeanElements, kept: Indices) -> Bools:
    """Return which sets `(n,)`, by number and epoch, are followed by the same orbit again.

    Orbits are the same to the last digit of a TLE, give or take one: archives hold one set as
    TLE and as OMM, and write it anew with other rounding.
    """
    same = np.diff(of.norad_id[kept]) == 0
    for column, digit in (
        (of.epoch_days, 1e-7),
        (of.motion_rad_day, 2 * np.pi * 1e-7),
        (of.eccentricity, 1e-7),
        (of.inclination_rad, np.radians(1e-4)),
        (of.node_rad, np.radians(1e-4)),
        (of.pericenter_rad, np.radians(1e-4)),
        (of.anomaly_rad, np.radians(1e-4)),
    ):
        same &= np.abs(np.diff(column[kept])) < 1.5 * digit
    return np.append(same, np.zeros(min(len(kept), 1), np.bool_))


def _reissued(
    elements: Sequence[ElementSet], of: MeanElements, kept: Indices, within_days: float
) -> Bools:
    """Return which sets `(n,)`, by number and epoch, were issued again within a time."""
    numbers, epochs = of.norad_id[kept], of.epoch_days[kept]
    reissued = np.zeros(len(kept), np.bool_)
    close = (np.diff(numbers) == 0) & (np.diff(epochs) < within_days)
    last = -1  # of the sets that stay, the last before this place
    for place in np.flatnonzero(close).tolist():
        # A set that lost to the one before it leaves that one to meet the next.
        first = last if place > 0 and reissued[place] else place
        if epochs[place + 1] - epochs[first] >= within_days:
            continue
        one, other = elements[kept[first]], elements[kept[place + 1]]
        if _is_later(int(kept[first]), one, int(kept[place + 1]), other):
            reissued[place + 1], last = True, first
        else:
            reissued[first], last = True, place + 1
    return reissued


def _is_later(place: int, one: ElementSet, other_place: int, other: ElementSet) -> bool:
    """Return whether the first of two sets of one object was issued after the second.

    Their counters tell where both count; else the epochs, else the order of reading.
    """
    a, b = one.element_set_no, other.element_set_no
    if a != b and a not in _NO_COUNTER and b not in _NO_COUNTER:
        for wrap in _COUNTER_WRAPS:
            ahead = (a - b) % wrap
            if ahead < _COUNTER_REACH:
                return True
            if wrap - ahead < _COUNTER_REACH:
                return False
    return (one.epoch, place) > (other.epoch, other_place)


def _not_propagable(elements: Sequence[ElementSet], of: MeanElements, kept: Indices) -> Bools:
    """Return which sets `(n,)` SGP4 cannot start from."""
    suspect = of.perigee_km[kept] < EARTH_RADIUS_KM + _SUSPECT_PERIGEE_KM
    suspect |= of.eccentricity[kept] > _SUSPECT_ECCENTRICITY
    suspect |= of.motion_rad_day[kept] < _SUSPECT_MOTION_REV_DAY * 2 * np.pi
    places = np.flatnonzero(suspect)
    tried = [elements[i] for i in kept[places].tolist()]
    failed = {id(one.element_set) for one in Propagator(tried).unusable}
    unusable = np.zeros(len(kept), np.bool_)
    unusable[places] = [id(e) in failed for e in tried]
    return unusable
