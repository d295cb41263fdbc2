"""Follow single pairs round given times to their least range, whatever that is."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit.propagation import Propagator
from sda.risk import Errors
from sda.screening.refinement import Spans, fit, joined, relative_states, widened
from sda.screening.resolution import along_sigma_km, miss_sigma_km
from sda.screening.vectors import lengths
from sda.times import add_seconds

__all__ = ["Asked", "Nearest", "nearest_minima"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_AT_ONCE: Final = 2_000
"""Times followed together: at most 200 MB of paths, of 20 minutes each."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair, the lower number first, and a time that its range is to be least next to."""

    norad_id_1: int
    norad_id_2: int
    near: datetime


@dataclass(frozen=True, slots=True)
class Nearest:
    """A minimum of a pair's range; the miss is object 2 minus object 1, in object 1's axes.

    The errors are 1-sigma, by the ages of both sets: of the range, and of its time, by how far both
    may be along their relative velocity.
    """

    tca: datetime
    miss_km: float
    relative_speed_km_s: float
    radial_km: float
    in_track_km: float
    cross_track_km: float
    sigma_km: float
    tca_sigma_s: float


def nearest_minima(
    elements: Sequence[ElementSet],
    asked: Sequence[Asked],
    within: timedelta,
    errors: Errors,
) -> tuple[Nearest | None, ...]:
    """Return, for each pair and time, the minimum of the range next to it.

    None where an object has no set that SGP4 can follow so far, or no range is least within so
    long of the time. Objects have one element set each, with the `errors` of its regime by age. A
    minimum is where the interpolated path
    turns (`sda.screening.refinement`), its numbers are SGP4's at that time, to the microsecond.
    """
    found: list[Nearest | None] = [None] * len(asked)
    propagator = Propagator(elements)
    place = {one.norad_id: k for k, one in enumerate(propagator.elements)}
    known = [
        k for k, one in enumerate(asked) if one.norad_id_1 in place and one.norad_id_2 in place
    ]
    known.sort(key=lambda k: asked[k].near)
    for begin in range(0, len(known), _AT_ONCE):
        part = known[begin : begin + _AT_ONCE]
        start = asked[part[0]].near - within
        first, second = (
            np.array([place[number] for number in numbers], np.intp)
            for numbers in zip(
                *((asked[k].norad_id_1, asked[k].norad_id_2) for k in part), strict=True
            )
        )
        near_s = np.array([(asked[k].near - start).total_seconds() for k in part])
        chosen, time_s = _turns(propagator, start, first, second, near_s, within.total_seconds())
        rows = _described(propagator, start, first[chosen], second[chosen], time_s, errors)
        for k, row in zip(chosen.tolist(), rows, strict=True):
            found[part[k]] = row
    return tuple(found)


def _turns(
    propagator: Propagator,
    start: datetime,
    first: Indices,
    second: Indices,
    near_s: Floats,
    within_s: float,
) -> tuple[Indices, Floats]:
    """Return which of the times `(m,)` have a minimum near enough, and when the next one is."""
    spans = widened(
        propagator.elements,
        joined([Spans(first, second, near_s - within_s, near_s + within_s)]),
    )
    course = fit(propagator, start, spans)
    piece, tau, is_minimum = course.turns()
    # SGP4 is asked at the time that is told, so that a reader can repeat the geometry.
    time_s = np.round(course.time_s(piece, tau), 6)[is_minimum]
    span = course.span[piece[is_minimum]]
    minima: dict[tuple[int, int], list[float]] = defaultdict(list)
    for one, two, at_s in zip(
        spans.first[span].tolist(), spans.second[span].tolist(), time_s.tolist(), strict=True
    ):
        minima[one, two].append(at_s)
    chosen, times = [], []
    for k, pair in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        at_s = _next_to(sorted(minima.get(pair, ())), float(near_s[k]))
        if at_s is not None and abs(at_s - near_s[k]) <= within_s:
            chosen.append(k)
            times.append(at_s)
    return np.array(chosen, np.intp), np.array(times, np.float64)


def _next_to(times_s: Sequence[float], near_s: float) -> float | None:
    after = bisect_left(times_s, near_s)
    return min(
        times_s[max(after - 1, 0) : after + 1], key=lambda at_s: abs(at_s - near_s), default=None
    )


def _described(
    propagator: Propagator,
    start: datetime,
    first: Indices,
    second: Indices,
    time_s: Floats,
    errors: Errors,
) -> Iterator[Nearest]:
    """Yield the geometry of pairs `(m,)` at times `(m,)`, and its errors."""
    r1_km, v1_km_s, r2_km, v2_km_s = relative_states(propagator, start, first, second, time_s)
    miss_km, velocity_km_s = r2_km - r1_km, v2_km_s - v1_km_s
    speed_km_s = lengths(velocity_km_s)
    pair = first, second

    def in_axes(vector: Floats) -> tuple[Floats, Floats]:
        return to_ric(vector, r1_km, v1_km_s), to_ric(vector, r2_km, v2_km_s)

    miss = in_axes(miss_km)
    sigma_km = miss_sigma_km(propagator, start, pair, time_s, miss, errors)
    # A pair at rest has no time of its own: its error is beyond all bounds.
    at_rest = speed_km_s == 0
    unit = velocity_km_s / np.where(at_rest, 1.0, speed_km_s)[:, np.newaxis]
    along_km = along_sigma_km(propagator, start, pair, time_s, in_axes(unit), errors)
    tca_sigma_s = np.where(at_rest, np.inf, along_km / np.where(at_rest, 1.0, speed_km_s))
    for k, at_s in enumerate(time_s.tolist()):
        radial_km, in_track_km, cross_track_km = miss[0][k].tolist()
        yield Nearest(
            tca=add_seconds(start, at_s),
            miss_km=float(np.linalg.norm(miss_km[k])),
            relative_speed_km_s=float(speed_km_s[k]),
            radial_km=radial_km,
            in_track_km=in_track_km,
            cross_track_km=cross_track_km,
            sigma_km=float(sigma_km[k]),
            tca_sigma_s=float(tca_sigma_s[k]),
        )
