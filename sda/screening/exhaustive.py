"""Search all pairs with the reference SGP4 alone: slow, simple, complete.

This is the oracle that the fast search is held against. Time is cut into steps of `dt`; at each
step a k-d tree finds every pair that may be within the reach D during it.

Why none is missed. Only positions are used. Over a step, object i moves along a path p_i(t) from
a_i to b_i, with the chord c_i = b_i - a_i and its midpoint m_i.

1. A path whose acceleration is at most A stays within A dt^2 / 8 of its chord at the same
   fraction of the step (the error of linear interpolation, along every direction). Call this
   sagitta s_i.
2. A = 1.01 mu / r_low^2. SGP4's position, differenced twice, accelerates by at most
   1.0022 mu / r^2 over the whole public catalogue (J2 adds 0.16 % at the poles, the Sun's and
   Moon's terms the rest); a test repeats that measurement. r_low = |m_i| - |c_i| / 2 - 1 km is
   below the path, since the chord's points are within |c_i| / 2 of m_i and s_i < 1 km while
   dt <= 20 s.
   SGP4's deep-space part is not continuous: an orbit whose inclination passes 0.2 rad jumps, by
   as much as 3 to 8 km, where Lyddane's form of the periodics begins. A jump J within the step
   adds at most J to s_i, and it shows in the second difference of the grid positions,
   J <= |p_k+2 - 2 p_k+1 + p_k| + A dt^2; so this sum is added for deep-space objects.
3. A point of the chord is within |c_i| / 2 of m_i. If the pair is within D at some t of the step,
   then |m_i - m_j| <= D + w_i + w_j with w_i = |c_i| / 2 + s_i. This is the radius of the tree.
   It is one number for a tree, so objects with a large w (perigees of eccentric orbits, 11 km/s
   beside 8) get trees of their own and do not widen everybody's.
4. At the same t both chords are at the same fraction tau of the step, so
   min over tau in [0, 1] of |(a_i - a_j) + tau (c_i - c_j)| <= D + s_i + s_j. This removes most
   of what the tree gives; the rest are candidates, which `sda.screening.refinement` decides.

An object takes part until SGP4 first fails for it, or its path jumps by more than escape speed
allows. The moment is bisected, and its last chord is prolonged to the end of the step: the same
line, so 1 to 4 hold up to that moment.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sda.constants import MU_KM3_S2
from sda.model import ElementSet
from sda.orbit.propagation import Propagator
from sda.screening.config import ScreeningConfig
from sda.screening.lifetimes import end_failed
from sda.screening.refinement import Spans
from sda.screening.screening import Screening, Window, conclude, prepare, screening_of
from sda.screening.vectors import lengths
from sda.times import julian_grid

__all__ = ["exhaustive"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_ACCELERATION_MARGIN: Final = 1.01
_DEEP_SPACE_REV_DAY: Final = 6.5
"""SGP4's deep-space part begins at a period of 225 min, 6.4 rev/day, of another mean motion."""
_SLOW_WIDTH_KM_S: Final = 8.0
"""Speed that separates the trees: above every near-circular orbit, below deep perigees."""
_BLOCK_STATES: Final = 1_000_000
"""States held at once: 24 MB for the positions, about 100 MB with SGP4's other outputs."""


def exhaustive(
    elements: Sequence[ElementSet],
    start: datetime,
    hours: float,
    threshold_km: float,
    config: ScreeningConfig,
    primaries: frozenset[int] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Screening:
    """Return every close approach within the threshold, all against all.

    `primaries` keeps the pairs that hold at least one of these catalogue numbers, at a cost that
    falls with their number. `progress` is told the fraction done. The order of the elements does
    not matter.

    Raises ScreeningError for a window or threshold that is not positive, and for two sets of
    one object.
    """
    window, propagator = prepare(elements, start, hours, threshold_km)
    is_primary = None
    if primaries is not None:
        is_primary = np.array([e.norad_id in primaries for e in propagator.elements], np.bool_)
    until_s = np.full(len(propagator), np.inf)
    reach_km = max(threshold_km, config.coincident_km)
    found: list[tuple[Indices, Indices, Indices]] = []
    for step in _steps(propagator, window, config.step_s, until_s):
        first, second = _candidates(step, reach_km, is_primary)
        found.append((first, second, np.full(len(first), step.number, np.intp)))
        if progress is not None:
            progress(step.to_s / window.length_s)
    until_s[until_s >= window.length_s] = np.inf
    spans = _spans(found, step.duration_s)
    rows = conclude(propagator, window, spans, until_s, threshold_km, config)
    return screening_of(propagator, window, threshold_km, rows, until_s)


@dataclass(frozen=True, slots=True)
class _Step:
    """Positions `(n, 3)` of all objects at both ends of a step; NaN for those out of it."""

    number: int
    to_s: float
    duration_s: float
    begin_km: Floats
    end_km: Floats
    bend_km: Floats
    """Second difference of the positions `(n,)` at the end of the step, zero for near-Earth."""


def _steps(
    propagator: Propagator, window: Window, step_s: float, until_s: Floats
) -> Iterator[_Step]:
    """Yield the steps of the window in order, and lower `until_s` in place where SGP4 fails."""
    count = max(1, int(np.ceil(window.length_s / step_s)))
    duration_s = window.length_s / count
    block = max(1, _BLOCK_STATES // max(1, len(propagator)))
    members = np.arange(len(propagator))
    deep = np.array([e.mean_motion_rev_day < _DEEP_SPACE_REV_DAY for e in propagator.elements])
    for begin in range(0, count, block):
        times_s = np.arange(begin, min(begin + block, count) + 2, dtype=np.float64) * duration_s
        _, r_km, _ = propagator.grid(*julian_grid(window.start, times_s))
        end_failed(propagator, window.start, times_s, members, r_km, until_s)
        ends_km = np.ascontiguousarray(r_km.transpose(1, 0, 2))
        for k in range(len(times_s) - 2):
            begin_km, end_km, next_km = ends_km[k : k + 3]
            bend_km = np.where(deep, lengths(next_km - 2 * end_km + begin_km), 0.0)
            yield _Step(begin + k, times_s[k + 1], duration_s, begin_km, end_km, bend_km)


def _candidates(step: _Step, reach_km: float, is_primary: Mask | None) -> tuple[Indices, Indices]:
    """Return the pairs, first < second, that may be within the reach during the step."""
    alive = np.flatnonzero(np.isfinite(step.begin_km[:, 0]) & np.isfinite(step.end_km[:, 0]))
    begin_km = step.begin_km[alive]
    chord_km = step.end_km[alive] - begin_km
    middle_km = begin_km + chord_km / 2
    half_km = lengths(chord_km) / 2
    low_km = lengths(middle_km) - half_km - 1.0
    pull_km = _ACCELERATION_MARGIN * MU_KM3_S2 / low_km**2 * step.duration_s**2
    bend_km = step.bend_km[alive]
    sagitta_km = pull_km / 8 + np.where(bend_km > 0, bend_km + pull_km, 0.0)
    chosen = None if is_primary is None else is_primary[alive]
    width_km = half_km + sagitta_km
    first, second = _neighbours(middle_km, width_km, reach_km, step.duration_s, chosen)
    apart_km = _least_km(begin_km[first] - begin_km[second], chord_km[first] - chord_km[second])
    near = apart_km <= reach_km + sagitta_km[first] + sagitta_km[second]
    return alive[first[near]], alive[second[near]]


def _least_km(offset_km: Floats, change_km: Floats) -> Floats:
    """Return the least of |offset + tau change| over tau in [0, 1], rows `(m, 3)`."""
    change2 = np.einsum("ij,ij->i", change_km, change_km)
    towards = -np.einsum("ij,ij->i", offset_km, change_km)
    tau = np.clip(towards / np.maximum(change2, np.finfo(np.float64).tiny), 0.0, 1.0)
    return lengths(offset_km + tau[:, np.newaxis] * change_km)


def _neighbours(
    middle_km: Floats, width_km: Floats, reach_km: float, duration_s: float, chosen: Mask | None
) -> tuple[Indices, Indices]:
    """Return all pairs, first < second, with |m_i - m_j| <= reach + w_i + w_j, and some more."""
    wide = width_km > _SLOW_WIDTH_KM_S * duration_s / 2
    slow, fast = np.flatnonzero(~wide), np.flatnonzero(wide)
    lead = np.ones_like(wide) if chosen is None else chosen
    parts = []
    for left, right in ((slow, slow), (slow, fast), (fast, slow), (fast, fast)):
        if chosen is None and left is fast and right is slow:
            continue
        same = chosen is None and left is right
        left = left[lead[left]]
        if len(left) and len(right):
            radius_km = reach_km + width_km[left].max() + width_km[right].max()
            parts.append(_within(middle_km, left, right, radius_km, same))
    pairs = np.concatenate([np.empty((0, 2), np.intp), *parts])
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    if chosen is not None:
        pairs = np.unique(pairs, axis=0)
    return pairs[:, 0], pairs[:, 1]


def _within(
    middle_km: Floats, left: Indices, right: Indices, radius_km: float, same: bool
) -> Indices:
    """Return the pairs `(m, 2)` of a left and a right object whose midpoints are that close."""
    tree = cKDTree(middle_km[left], balanced_tree=False, compact_nodes=False)
    if same:
        return left[tree.query_pairs(radius_km, output_type="ndarray")]
    other = cKDTree(middle_km[right], balanced_tree=False, compact_nodes=False)
    near = tree.sparse_distance_matrix(other, radius_km, output_type="ndarray")
    return np.stack([left[near["i"]], right[near["j"]]], axis=1)


def _spans(found: list[tuple[Indices, Indices, Indices]], duration_s: float) -> Spans:
    """Join a pair's consecutive steps into spans, sorted by pair and time."""
    first, second, number = (
        np.concatenate([np.empty(0, np.intp), *c]) for c in zip(*found, strict=True)
    )
    order = np.lexsort((number, second, first))
    first, second, number = first[order], second[order], number[order]
    new = np.ones(len(first), np.bool_)
    new[1:] = (np.diff(first) != 0) | (np.diff(second) != 0) | (np.diff(number) != 1)
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(first)) - 1
    from_s, to_s = number[begins] * duration_s, (number[ends[: len(begins)]] + 1) * duration_s
    return Spans(first[begins], second[begins], from_s, to_s)
