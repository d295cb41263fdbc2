"""Say of a pair what it did on one day: range, minima, time near, speed in the Hill frame.

All comes from SGP4, by one element set of each object, at even times that pairs share; where the
range turns is found between them (`ranges`), and worked out with SGP4 at that time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.errors import ElementError
from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit import Propagator, Regime, RelativeElements, hill_state, regime_of
from sda.orbit.relative import (
    hill_speed_km_s,
    mean_elements,
    plane_angles_rad,
    relative_elements_km,
)
from sda.risk import axis_errors_km, range_sigma_km
from sda.rpo.encounters.nearness import EncounterSettings, NearConfig, limits_of, usable_between
from sda.rpo.encounters.ranges import PAD, turns
from sda.rpo.model import Approach, Encounter
from sda.screening.refinement import relative_states
from sda.screening.vectors import lengths
from sda.times import add_seconds, julian_grid, require_utc

__all__ = ["encounter", "encounters"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]
Pair = tuple[ElementSet, ElementSet]

_DAY: Final = timedelta(days=1)
_PAIRS_AT_ONCE: Final = 256
"""Pairs followed together, 150 MB at 720 samples."""
_KM_S_PER_M_S: Final = 1e-3
_MICROSECOND: Final = 1e-6


@dataclass(frozen=True, slots=True)
class _Part:
    """A pair, and the time in which both sets may be used, seconds after the start."""

    first: int
    second: int
    limits: NearConfig
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class _States:
    """SGP4's states of pairs at times of their own, `(m,)` and `(m, 3)`."""

    range_km: Floats
    speed_km_s: Floats
    """In object 1's Hill frame."""
    ric_1_km: Floats
    """Object 2 minus object 1, in object 1's axes."""
    ric_2_km: Floats
    """The same vector in object 2's axes."""

    def approach(self, row: int, utc: datetime) -> Approach:
        """Return one of them as a minimum of the range."""
        radial_km, in_track_km, cross_track_km = self.ric_1_km[row].tolist()
        return Approach(
            utc, float(self.range_km[row]), float(self.speed_km_s[row]),
            (radial_km, in_track_km, cross_track_km),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Course:
    """One pair's range and speed, point by point `(n,)`; the range is monotonic in between."""

    time_s: Floats
    range_km: Floats
    speed_km_s: Floats

    def near(self, limits: NearConfig) -> tuple[Mask, float | None, float | None]:
        """Return at which points the pair is near, and when it first and last is, by hysteresis."""
        enters, leaves = self.range_km <= limits.near_km, self.range_km > limits.apart_km
        decided = np.where(enters | leaves, np.arange(len(enters)), -1)
        last = np.maximum.accumulate(decided)
        near = (last >= 0) & enters[last]
        at = np.flatnonzero(near)
        if len(at) == 0:
            return near, None, None
        begin, end = int(at[0]), int(at[-1])
        from_s = self._passes(begin - 1, limits.near_km) if begin else float(self.time_s[0])
        over = end + 1 < len(near)
        to_s = self._passes(end, limits.apart_km) if over else float(self.time_s[-1])
        return near, from_s, to_s

    def dwell_s(self, limits: NearConfig) -> float:
        """Return how long the pair is within the dwell range and slower than the dwell speed."""
        near = _shares_below(self.range_km, limits.dwell_km)
        slow = _shares_below(self.speed_km_s, limits.dwell_m_s * _KM_S_PER_M_S)
        both = np.minimum(near[1], slow[1]) - np.maximum(near[0], slow[0])
        return float(np.diff(self.time_s) @ np.maximum(both, 0.0))

    def _passes(self, before: int, limit_km: float) -> float:
        """Return when the range passes a limit between a point and the next, on a line."""
        (low, high), (from_s, to_s) = (x[before : before + 2] for x in (self.range_km, self.time_s))
        return float(from_s + (to_s - from_s) * (limit_km - low) / (high - low))


@dataclass(frozen=True, slots=True)
class _Followed:
    """Pairs over the time in which both sets may be used, seconds after the start.

    `place` `(n_pair,)` says which parts they are of those asked for. Samples are on a grid
    `(n_time,)` that passes the ends. Turns `(m,)` are sorted by pair and time, the ends of the part
    among them: a pair's are those from one of `bounds` `(n_pair + 1,)` to the next.
    """

    place: Indices
    grid_s: Floats
    range_km: Floats
    speed_km_s: Floats
    bounds: Indices
    time_s: Floats
    is_minimum: Mask
    states: _States
    relative_km: Floats
    plane_rad: Floats

    def course(self, row: int, turn: Indices) -> tuple[_Course, Indices]:
        """Return a pair's course, samples and turns, and the places in it of its turns."""
        ends_s = self.time_s[turn[[0, -1]]]
        begin, stop = np.searchsorted(self.grid_s, ends_s + _MICROSECOND * np.array([1, -1]))
        time_s = np.concatenate([self.grid_s[begin:stop], self.time_s[turn]])
        order = np.argsort(time_s, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        range_km = np.concatenate([self.range_km[row, begin:stop], self.states.range_km[turn]])
        speed = np.concatenate([self.speed_km_s[row, begin:stop], self.states.speed_km_s[turn]])
        course = _Course(time_s[order], range_km[order], speed[order])
        return course, place[max(stop - begin, 0) :]


def encounter(
    set_1: ElementSet,
    set_2: ElementSet,
    start: datetime,
    end: datetime,
    config: EncounterSettings,
) -> Encounter | None:
    """Return what a pair does from a start to an end, by one set of each, in either order.

    The time is cut to that in which both sets may be used and SGP4 gives states; None when
    nothing is left. Raises ElementError when both are sets of one object.
    """
    return next(iter(_encounters([(set_1, set_2)], start, end, config)), None)


def encounters(
    pairs: Iterable[Pair], day: datetime, config: EncounterSettings
) -> tuple[Encounter, ...]:
    """Return what pairs do in the 24 hours from a time, sorted by their numbers.

    Pairs whose sets may not be used then, or of which SGP4 has no states, are left out, as
    `encounter` does. Raises ElementError when both are sets of one object.
    """
    return _encounters(pairs, day, day + _DAY, config)


def _encounters(
    pairs: Iterable[Pair], start: datetime, end: datetime, config: EncounterSettings
) -> tuple[Encounter, ...]:
    start, end = require_utc(start), require_utc(end)
    ordered = sorted(map(_ordered, pairs), key=lambda pair: (pair[0].norad_id, pair[1].norad_id))
    propagator = Propagator(list({id(one): one for pair in ordered for one in pair}.values()))
    parts = list(_parts(ordered, propagator, start, end, config))
    found: list[Encounter] = []
    for step_s in sorted({part.limits.step_s for part in parts}):
        alike = [part for part in parts if part.limits.step_s == step_s]
        for some in (alike[k : k + _PAIRS_AT_ONCE] for k in range(0, len(alike), _PAIRS_AT_ONCE)):
            followed = _followed(propagator, start, step_s, some)
            for row, place in enumerate(followed.place.tolist()):
                part = some[place]
                sets = propagator.elements[part.first], propagator.elements[part.second]
                found.append(_encounter(followed, row, sets, part.limits, start, config))
    return tuple(sorted(found, key=lambda one: one.pair))


def _ordered(pair: Pair) -> Pair:
    """Return a pair with the lower number first. Raises ElementError for a pair of one object."""
    one, two = pair
    if one.norad_id == two.norad_id:
        raise ElementError(f"an encounter takes two objects, not object {one.norad_id} twice")
    return (one, two) if one.norad_id < two.norad_id else (two, one)


def _parts(
    pairs: Sequence[Pair],
    propagator: Propagator,
    start: datetime,
    end: datetime,
    config: EncounterSettings,
) -> Iterator[_Part]:
    """Yield the pairs of which both sets may be used for some time."""
    elements = propagator.elements
    place = {id(one): k for k, one in enumerate(elements)}
    between = [usable_between(one, config.max_age_days) for one in elements]
    regime = [regime_of(one) for one in elements]
    limits = {
        (one, two): limits_of(one, two, config.encounters) for one in Regime for two in Regime
    }
    for one, two in pairs:
        i, j = place.get(id(one)), place.get(id(two))
        if i is None or j is None:
            continue
        since = max(start, between[i][0], between[j][0])
        until = min(end, between[i][1], between[j][1])
        if since < until:
            from_s, to_s = (since - start).total_seconds(), (until - start).total_seconds()
            yield _Part(i, j, limits[regime[i], regime[j]], from_s, to_s)


def _followed(
    propagator: Propagator, start: datetime, step_s: float, parts: Sequence[_Part]
) -> _Followed:
    """Return the courses of parts that have one step between samples."""
    first = np.array([part.first for part in parts], np.intp)
    second = np.array([part.second for part in parts], np.intp)
    from_s = np.array([part.from_s for part in parts])
    to_s = np.array([part.to_s for part in parts])
    origin = np.floor(from_s.min() / step_s) - PAD
    grid_s = step_s * np.arange(origin, np.ceil(to_s.max() / step_s) + PAD + 1)
    objects, column = np.unique(np.concatenate([first, second]), return_inverse=True)
    error, r_km, v_km_s = propagator.grid_of(objects, *julian_grid(start, grid_s))
    one, two = column[: len(parts)], column[len(parts) :]
    failed = (error[one] != 0) | (error[two] != 0)
    to_s = np.minimum(to_s, _known_until_s(failed, grid_s, from_s))
    kept = np.flatnonzero(from_s < to_s)
    one, two, first, second = one[kept], two[kept], first[kept], second[kept]
    from_s, to_s = from_s[kept], to_s[kept]
    r1_km, r2_km = r_km[one], r_km[two]
    offset_km = r2_km - r1_km
    turned = turns(offset_km, float(grid_s[0]), step_s)
    inside = (turned.time_s > from_s[turned.pair]) & (turned.time_s < to_s[turned.pair])
    each = np.arange(len(kept))
    pair = np.concatenate([each, each, turned.pair[inside]])
    # SGP4 is asked at the time that is told, so that a reader can repeat the geometry.
    time_s = np.round(np.concatenate([from_s, to_s, turned.time_s[inside]]), 6)
    is_minimum = np.append(np.zeros(2 * len(each), np.bool_), turned.is_minimum[inside])
    order = np.lexsort((time_s, pair))
    pair, time_s = pair[order], time_s[order]
    jd, fr = julian_grid(start, (from_s + to_s) / 2)
    mean_1 = mean_elements(propagator, first, jd, fr)
    mean_2 = mean_elements(propagator, second, jd, fr)
    return _Followed(
        place=kept,
        grid_s=grid_s,
        range_km=lengths(offset_km),
        speed_km_s=hill_speed_km_s(r1_km, v_km_s[one], r2_km, v_km_s[two]),
        bounds=np.searchsorted(pair, np.arange(len(kept) + 1)),
        time_s=time_s,
        is_minimum=is_minimum[order],
        states=_states(propagator, start, first[pair], second[pair], time_s),
        relative_km=relative_elements_km(mean_1, mean_2),
        plane_rad=plane_angles_rad(mean_1, mean_2),
    )


def _known_until_s(failed: Mask, grid_s: Floats, from_s: Floats) -> Floats:
    """Return until when interpolation has all the samples that it needs, `(n_pair,)`.

    A pair that fails before its part begins is not known at all.
    """
    fails = np.append(failed, np.ones((len(failed), 1), np.bool_), axis=1).argmax(axis=1)
    reach = np.append(grid_s, np.inf)
    return np.where(fails < len(grid_s), reach[np.maximum(fails - PAD, 0)], np.inf)


def _states(
    propagator: Propagator, start: datetime, first: Indices, second: Indices, time_s: Floats
) -> _States:
    """Return the states of pairs `(m,)` at seconds `(m,)` after the start."""
    r1_km, v1_km_s, r2_km, v2_km_s = relative_states(propagator, start, first, second, time_s)
    ric_km, v_hill_km_s = hill_state(r1_km, v1_km_s, r2_km, v2_km_s)
    return _States(
        lengths(ric_km),
        lengths(v_hill_km_s),
        ric_km,
        to_ric(r2_km - r1_km, r2_km, v2_km_s),
    )


def _encounter(
    followed: _Followed,
    row: int,
    sets: Pair,
    limits: NearConfig,
    start: datetime,
    config: EncounterSettings,
) -> Encounter:
    """Return the encounter of one pair that was followed."""
    turn = np.arange(*followed.bounds[row : row + 2].tolist())
    states, time_s = followed.states, followed.time_s
    course, place_of_turn = followed.course(row, turn)
    near, near_from_s, near_to_s = course.near(limits)
    nearest = int(turn[np.argmin(states.range_km[turn])])
    minima = turn[followed.is_minimum[turn] & near[place_of_turn]]
    utc = {int(k): add_seconds(start, float(time_s[k])) for k in {nearest, *minima.tolist()}}
    errors_km = [
        axis_errors_km(
            config.covariance.error[regime_of(one)],
            (utc[nearest] - one.epoch).total_seconds() / SECONDS_PER_DAY,
        )
        for one in sets
    ]
    return Encounter(
        start=add_seconds(start, float(course.time_s[0])),
        end=add_seconds(start, float(course.time_s[-1])),
        set_1=sets[0],
        set_2=sets[1],
        min_range_km=float(states.range_km[nearest]),
        min_range_utc=utc[nearest],
        max_range_km=float(course.range_km.max()),
        min_hill_speed_km_s=float(course.speed_km_s[near].min(initial=np.inf))
        if near_from_s is not None
        else np.nan,
        near_from=None if near_from_s is None else add_seconds(start, near_from_s),
        near_to=None if near_to_s is None else add_seconds(start, near_to_s),
        dwell_s=course.dwell_s(limits),
        approaches=tuple(states.approach(k, utc[k]) for k in minima.tolist()),
        relative=RelativeElements(*followed.relative_km[row].tolist()),
        plane_rad=float(followed.plane_rad[row]),
        sigma_km=float(
            range_sigma_km(
                states.ric_1_km[nearest], errors_km[0], states.ric_2_km[nearest], errors_km[1]
            )
        ),
    )


def _shares_below(value: Floats, limit: float) -> tuple[Floats, Floats]:
    """Return from which share of each interval to which a course by lines is at most a limit.

    Where it never is, the two are such that nothing lies between them.
    """
    low, high = value[:-1], value[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        passes = (limit - low) / (high - low)
    from_ = np.where(low <= limit, 0.0, np.where(high <= limit, passes, 2.0))
    to = np.where(high <= limit, 1.0, np.where(low <= limit, passes, -1.0))
    return from_, to
