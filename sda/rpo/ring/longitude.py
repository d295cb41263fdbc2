"""Who stays where in the geostationary ring, who moves, and who is left alone.

A *station* is a longitude at which an object stays, a *move* the way from one to the next. An
object is *kept* when its stay needs burns: sets that nature alone does not join, or an inclination
that only north-south keeping holds so low. Dead objects swing about 75 E or 105 W, or drift round
the ring; where they turn back they look as if they had arrived, and stay so for weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.errors import ElementError
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.ring.config import LongitudeConfig
from sda.rpo.ring.drift import DriftChange, drift_changes, least_burns_m_s
from sda.rpo.ring.motion import RingStates, ring_states, wrapped_rad

__all__ = [
    "Conduct",
    "LongitudeConfig",
    "LongitudeHistory",
    "Move",
    "Station",
    "apart_deg",
    "longitude_history",
]

Floats = NDArray[np.float64]

_DAY: Final = timedelta(days=1)


class Conduct(StrEnum):
    """What an object in the ring does."""

    KEPT = "kept"
    """It stays at a station, which takes burns."""
    RELOCATING = "relocating"
    """It burns and is at no station: on its way, or come to a stop at most one set ago."""
    LIBRATING = "librating"
    """Left alone, it swings about a stable point."""
    DRIFTING = "drifting"
    """Left alone, it goes round the ring."""
    UNKNOWN = "unknown"
    """Its history is too short to tell, or it stands where nature holds it as well as burns do."""


@dataclass(frozen=True, slots=True)
class Station:
    """A stay: from the first to the last set in one narrow band of longitude."""

    start: datetime
    end: datetime
    longitude_deg: float
    """Median, -180 to 180, east positive."""
    n_sets: int
    is_held: bool
    """Whether it takes burns to stay or to come here; if not, a dead object may turn back here."""


@dataclass(frozen=True, slots=True)
class Move:
    """The way from one station to the next."""

    start: datetime
    """Last set at the station it left, or the first set of the history."""
    end: datetime | None
    """First set at the next station; None while it is on its way."""
    from_deg: float
    to_deg: float
    """The next station, or where it was last."""
    moved_deg: float
    """Longitude gone through, east positive; over 180 where it went the long way."""
    rate_deg_day: float
    """Median drift of the sets on the way, else the mean rate."""


@dataclass(frozen=True, eq=False)
class LongitudeHistory:
    """Where one object was in the ring. Arrays are `(n,)`, one value a set, by rising epoch."""

    sets: tuple[ElementSet, ...]
    states: RingStates
    unwrapped_deg: Floats
    """Longitude that runs on past 180 degrees."""
    changes: tuple[DriftChange, ...]
    strays: tuple[int, ...]
    """Places of sets that contradict those before and after."""
    config: LongitudeConfig

    @property
    def norad_id(self) -> int:
        """Catalogue number."""
        return self.sets[-1].norad_id

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """The stays, by time, those of dead objects at a turning point too."""
        return tuple(self._station(first, last) for first, last in self._stays())

    @cached_property
    def held_stations(self) -> tuple[Station, ...]:
        """The stays that took burns, by time."""
        return tuple(one for one in self.stations if one.is_held)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """The ways between held stations; those shorter than a band are none.

        The first begins where the history does, the last ends where it ends.
        """
        held = self.held_stations
        moves = [self._move(one.end, two.start, two) for one, two in pairwise(held)]
        if held and held[0].start > self.sets[0].epoch:
            moves.insert(0, self._move(self.sets[0].epoch, held[0].start, held[0]))
        if held and held[-1].end < self.sets[-1].epoch and self._burns_lately:
            moves.append(self._move(held[-1].end, self.sets[-1].epoch, None))
        return tuple(one for one in moves if abs(one.moved_deg) > self.config.band_deg)

    @cached_property
    def conduct(self) -> Conduct:
        """What the object does at its last set.

        Kept: the last set belongs to a held station; or there is but one, which is still and of
        an inclination as north-south keeping holds it. Relocating: not so, and it burned not too
        long ago, or its inclination says that it did. Librating, drifting: no burn for so long, by
        its energy. Unknown: no burn, and the history is shorter; or it has stood still for so long
        where the pull is nil, within what a live one hides between its sets.

        So long is the coasting time; for who was seen alive, by a held station or a large burn,
        the time of retirement.
        """
        held = self.held_stations
        if held and held[-1].end == self.sets[-1].epoch:
            return Conduct.KEPT
        still = abs(self.drift_deg_day) <= self.config.still_deg_day
        if len(self.sets) == 1:
            return Conduct.KEPT if still and self._is_level else Conduct.UNKNOWN
        if self._burns_lately:
            return Conduct.RELOCATING
        if self.coasting_days < self._silence_days:
            return Conduct.RELOCATING if self._is_level else Conduct.UNKNOWN
        if self.stations and self.stations[-1].end == self.sets[-1].epoch:
            stay = self.stations[-1].end - self.stations[-1].start
            if stay / _DAY >= self.config.coasting_days:
                return Conduct.UNKNOWN
        return Conduct.LIBRATING if self.states[-1:].librates[0] else Conduct.DRIFTING

    @property
    def is_passive(self) -> bool:
        """Whether the object is left alone: no burn for so long that a live one would have."""
        return self.conduct in (Conduct.LIBRATING, Conduct.DRIFTING)

    @cached_property
    def coasting_days(self) -> float:
        """Time from the last burn, or else from the first set, to the last set."""
        burns = [one.end for one in self.unnatural_changes]
        return (self.sets[-1].epoch - max(burns, default=self.sets[0].epoch)) / _DAY

    @property
    def longitude_deg(self) -> float:
        """Longitude of the last set, -180 to 180, east positive."""
        return float(np.degrees(self.states.longitude_rad[-1]))

    @property
    def drift_deg_day(self) -> float:
        """Drift of the last set, east positive."""
        return float(np.degrees(self.states.drift_rad_day[-1]))

    @cached_property
    def unnatural_changes(self) -> tuple[DriftChange, ...]:
        """The changes of drift that needed a burn, by time."""
        return tuple(one for one in self.changes if not one.is_natural)

    def roamed(self, until: datetime | None = None) -> int:
        """Return at how many longitudes the object held a station in the roaming time.

        It ends at the last set, or earlier. Who comes back to a longitude counts it once.
        """
        end = self.sets[-1].epoch if until is None else until
        begin = end - self.config.roam_days * _DAY
        places: list[float] = []
        for one in self.held_stations:
            new = all(abs(apart_deg(one.longitude_deg, p)) > self.config.band_deg for p in places)
            if one.end >= begin and one.start <= end and new:
                places.append(one.longitude_deg)
        return len(places)

    def at_deg(self, time: datetime) -> float | None:
        """Return the longitude at a time, that runs on like `unwrapped_deg`.

        The nearest set is carried there; None when it is further away than a stay goes on for.
        """
        gaps = np.array([(time - one.epoch) / _DAY for one in self.sets])
        k = int(np.abs(gaps).argmin())
        if abs(gaps[k]) > self.config.max_gap_days:
            return None
        one = self.states[k : k + 1]
        longitude_rad, _ = one.carried(gaps[k : k + 1])
        return float(self.unwrapped_deg[k] + np.degrees(longitude_rad - one.longitude_rad)[0])

    def moved_deg(self, before: datetime, after: datetime) -> float | None:
        """Return the longitude gone through between two times, east positive; None if unknown."""
        begin, end = self.at_deg(before), self.at_deg(after)
        return None if begin is None or end is None else end - begin

    @property
    def _is_level(self) -> bool:
        return self.sets[-1].inclination_deg <= self.config.kept_inclination_deg

    @property
    def _burns_lately(self) -> bool:
        return bool(self.unnatural_changes) and self.coasting_days < self._silence_days

    @cached_property
    def _silence_days(self) -> float:
        """Time without a burn after which the object is left alone."""
        largest_m_s = max((one.delta_v_m_s for one in self.unnatural_changes), default=0.0)
        lived = bool(self.held_stations) or largest_m_s >= self.config.live_burn_m_s
        return self.config.retired_days if lived else self.config.coasting_days

    def _stays(self) -> list[tuple[int, int]]:
        """Return places of the first and last set of each stay.

        A stay is taken on while sets lie in a band; it begins and ends with sets that are still.
        Stays next to each other at one longitude, cut by where the first one began, are joined.
        A lone set that is still between two burns was a stay too, seen once.
        """
        width_deg, gap_days = 2 * self.config.band_deg, self.config.max_gap_days
        places = [k for k in range(len(self.sets)) if k not in self.strays]
        still = np.abs(np.degrees(self.states.drift_rad_day)) <= self.config.still_deg_day
        days, deg = self.states.days, self.unwrapped_deg
        stays: list[tuple[int, int]] = []
        at = 0
        while at < len(places):
            first = last = places[at]
            low = high = deg[first]
            following = at + 1
            if still[first]:
                for k in range(at + 1, len(places)):
                    place = places[k]
                    low, high = min(low, deg[place]), max(high, deg[place])
                    if high - low > width_deg or days[place] - days[last] > gap_days:
                        break
                    if still[place]:
                        last, following = place, k + 1
            stop = still[first] and self._is_stop(first)
            if stop or days[last] - days[first] >= self.config.min_stay_days:
                if stays and self._is_one_stay(stays[-1], (first, last)):
                    first = stays.pop()[0]
                stays.append((first, last))
            else:
                following = at + 1
            at = following
        return stays

    def _is_stop(self, place: int) -> bool:
        """Return whether a set lies between two burns, with no other set near."""
        epoch, alone = self.sets[place].epoch, self.config.min_stay_days * _DAY
        burned = self.unnatural_changes
        came = any(one.end == epoch and epoch - one.start >= alone for one in burned)
        return came and any(one.start == epoch and one.end - epoch >= alone for one in burned)

    def _is_one_stay(self, one: tuple[int, int], two: tuple[int, int]) -> bool:
        gap_days = self.states.days[two[0]] - self.states.days[one[1]]
        apart_deg = abs(self._median_deg(*two) - self._median_deg(*one))
        return bool(gap_days <= self.config.max_gap_days and apart_deg <= self.config.band_deg)

    def _median_deg(self, first: int, last: int) -> float:
        kept = [k for k in range(first, last + 1) if k not in self.strays]
        return float(np.median(self.unwrapped_deg[kept]))

    def _station(self, first: int, last: int) -> Station:
        start, end = self.sets[first].epoch, self.sets[last].epoch
        level = np.median([one.inclination_deg for one in self.sets[first : last + 1]])
        return Station(
            start,
            end,
            _brought_round(self._median_deg(first, last)),
            last - first + 1,
            bool(level <= self.config.kept_inclination_deg)
            or any(one.start <= end and one.end >= start for one in self.unnatural_changes)
            or self._needs_burns(first, last),
        )

    def _needs_burns(self, first: int, last: int) -> bool:
        """Return whether nature alone does not lead from one set to another.

        Near a stable point what is hidden between sets a month apart shows over half a year.
        """
        ends = np.array([first]), np.array([last])
        return bool(least_burns_m_s(self.states, *ends, self.config.nature)[0] > 0)

    def _move(self, start: datetime, end: datetime, to: Station | None) -> Move:
        epochs = [one.epoch for one in self.sets]
        first, last = epochs.index(start), epochs.index(end)
        moved_deg = float(self.unwrapped_deg[last] - self.unwrapped_deg[first])
        drifts = np.degrees(self.states.drift_rad_day[first : last + 1])
        fast = drifts[np.abs(drifts) > self.config.still_deg_day]
        mean = moved_deg / ((end - start) / _DAY)
        return Move(
            start,
            end if to else None,
            _brought_round(self.unwrapped_deg[first]),
            _brought_round(self.unwrapped_deg[last]),
            moved_deg,
            float(np.median(fast)) if len(fast) else mean,
        )


def longitude_history(track: Sequence[ElementSet], config: LongitudeConfig) -> LongitudeHistory:
    """Return where an object was, from its sets by strictly rising epoch.

    Sets of other regimes than GEO are left out.

    Raises ElementError when none is left.
    """
    sets = tuple(one for one in track if regime_of(one) is Regime.GEO)
    if not sets:
        raise ElementError("no element set of the geostationary ring: choose another object")
    states = ring_states(sets)
    changes, strays = drift_changes(tuple(one.epoch for one in sets), states, config.nature)
    return LongitudeHistory(sets, states, _unwrapped_deg(states), changes, strays, config)


def _unwrapped_deg(states: RingStates) -> Floats:
    """Return longitudes `(n,)` that run on, each step the one nearest to what the drifts tell."""
    told = (states.drift_rad_day[1:] + states.drift_rad_day[:-1]) / 2 * np.diff(states.days)
    steps = told + wrapped_rad(np.diff(states.longitude_rad) - told)
    unwrapped: Floats = np.degrees(
        states.longitude_rad[0] + np.concatenate([[0], np.cumsum(steps)])
    )
    return unwrapped


def _brought_round(longitude_deg: float) -> float:
    return (float(longitude_deg) + 180.0) % 360.0 - 180.0


def apart_deg(one_deg: float, two_deg: float) -> float:
    """Return the way from one longitude to another, the shorter way round."""
    return _brought_round(two_deg - one_deg)
