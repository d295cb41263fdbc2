"""Search a block of time: fast passages to their exact end, all else as spans for later."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.orbit.fleet import Fleet
from sda.orbit.propagation import Propagator
from sda.screening.bound import HIGH, LOW, SPLIT_KM, Bound, Region
from sda.screening.cells import Sieve, scan
from sda.screening.closing import FAST, SLOW, close
from sda.screening.crossings import Passages, refine
from sda.screening.knots import AFTER, BEFORE, SPACINGS_S, Knots, is_rough, may_jump, pack
from sda.screening.refinement import Spans, joined, widened
from sda.screening.rough import Dense, follow

__all__ = ["Found", "Search", "search_block"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]

_AT_ONCE: Final = 32
"""Knots propagated at a time: 18 MB for 24,000 objects."""
_FEW: Final = 64
"""So many primaries are cheaper found each by itself than by sorting all into cells."""
_FEW_SHARE: Final = 0.07
"""As many of all are, too: at 28,000 objects both cost the same between 3 and 10 in a hundred."""
_ROOM: Final = 1 << 16
"""Pairs that a first buffer holds."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: the pairs with a primary that come within the reach."""

    propagator: Propagator
    start: datetime
    length_s: float
    threshold_km: float
    reach_km: float
    """The threshold, or what coincident pairs are told by, if that is more."""
    radial_km: float
    """Pairs whose radii differ by more at a time need not be found then; infinite for all."""
    slow_km_s: float
    is_primary: Mask


@dataclass(frozen=True, slots=True)
class Found:
    """What a block yields: passages, spans of slow pairs, and objects that end."""

    passages: Passages
    spans: Spans
    """Times that the passages leave out."""
    courses: Spans
    """Times to look at to decide the spans: more where radii bound what is found."""
    ended: Indices
    until_s: Floats


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the objects are during a block."""

    knots: tuple[Knots, ...]
    members: tuple[Ints, ...]
    """The members of each group, -1 for a rough one."""
    dense: Dense
    from_s: float
    to_s: float


def search_block(search: Search, fleets: tuple[Fleet, ...], from_s: float, to_s: float) -> Found:
    """Search the pairs of a block of time.

    `fleets` are the groups of `knots.sort_groups`. The passages are those in the window within
    the threshold, sorted by time; the spans are those of slow pairs, of rough objects, and of all
    pairs near the window's ends.
    """
    block = _block(search, fleets, from_s, to_s)
    found = [_search_region(search, block, LOW), _search_region(search, block, HIGH)]
    columns = zip(*(fast for fast, _, _ in found), strict=True)
    first, second, time_s = (np.concatenate(column) for column in columns)
    passages = refine(search.propagator, search.start, first, second, time_s)
    late = _late(search, passages, from_s, to_s)
    spans = joined([*(slow for _, slow, _ in found), late])
    spans = widened(search.propagator.elements, spans)
    courses = joined([*(course for _, _, course in found), late])
    wanted = passages.miss_km <= search.threshold_km
    # One just outside is in the next block's part too, and given there.
    wanted &= (passages.tca_s >= from_s) & (passages.tca_s < to_s)
    wanted &= passages.tca_s <= search.length_s
    wanted &= ~spans.hold(passages.first, passages.second, passages.tca_s)
    passages = passages[wanted]
    passages = passages[np.lexsort((passages.second, passages.first, passages.tca_s))]
    # A passage near the split of the regions, or between two steps, may come twice.
    keys = np.stack([passages.tca_s, passages.first, passages.second])
    new = np.append(True, np.diff(keys, axis=1).any(axis=0))[: len(passages)]
    passages = passages[new]
    ends = np.flatnonzero(block.dense.until_s < search.length_s)
    return Found(passages, spans, courses, block.dense.members[ends], block.dense.until_s[ends])


def _late(search: Search, passages: Passages, from_s: float, to_s: float) -> Spans:
    """Return the spans of passages that turn out slow by SGP4's own velocity, after all.

    It may be further off the path's than the bound allows where a set is weeks old. By the path
    the pair is fast, and gone within the time that the slow limit would take for the reach.
    """
    slow = passages[passages.speed_km_s < search.slow_km_s]
    leave_s = 2 * search.reach_km / search.slow_km_s
    return Spans(
        slow.first,
        slow.second,
        np.maximum(slow.tca_s - leave_s, from_s),
        np.minimum(slow.tca_s + leave_s, to_s),
    )


def _block(search: Search, fleets: tuple[Fleet, ...], from_s: float, to_s: float) -> _Block:
    knots = tuple(
        _filled(search, fleet, spacing_s, from_s, to_s)
        for fleet, spacing_s in zip(fleets, SPACINGS_S, strict=True)
    )
    rough = [is_rough(group, search.reach_km) for group in knots]
    strange = np.concatenate([k.members[r] for k, r in zip(knots, rough, strict=True)])
    members = tuple(
        np.where(r, -1, k.members).astype(np.int32) for k, r in zip(knots, rough, strict=True)
    )
    dense = follow(search.propagator, search.start, np.sort(strange), from_s, to_s)
    return _Block(knots, members, dense, from_s, to_s)


def _filled(search: Search, fleet: Fleet, spacing_s: float, from_s: float, to_s: float) -> Knots:
    first = int(from_s // spacing_s) - BEFORE
    last = int(np.ceil(to_s / spacing_s)) + AFTER
    times_s = np.arange(first, last, dtype=np.float64) * spacing_s
    r_km = np.empty((len(times_s), 3, len(fleet.members)), np.float32)
    for at in range(0, len(times_s), _AT_ONCE):
        pack(fleet.positions(search.start, times_s[at : at + _AT_ONCE]), r_km, at)
    elements = [search.propagator.elements[i] for i in fleet.members]
    return Knots(r_km, first, spacing_s, fleet.members, may_jump(elements))


def _search_region(
    search: Search, block: _Block, region: Region
) -> tuple[tuple[Indices, Indices, Floats], Spans, Spans]:
    """Return a region's fast passages, roughly, the other pairs' spans, and their courses."""
    near, far = block.knots[:2] if region.is_low else block.knots[2:0:-1]
    of_near, of_far = block.members[:2] if region.is_low else block.members[2:0:-1]
    greatest_km = max(float(np.nanmax(np.abs(k.r_km), initial=0.0)) for k in (near, far))
    farthest_km = 2 * SPLIT_KM if region.is_low else 1.8 * greatest_km
    bound = Bound.of(region, search.reach_km, search.slow_km_s, farthest_km)
    step_s = region.step_s
    first_step, last_step = round(block.from_s / step_s), round(block.to_s / step_s)
    n_step = int(np.ceil(search.length_s / step_s))
    last_step = min(last_step, n_step)
    rough = block.dense.models(first_step, last_step - first_step, step_s)
    few = int(search.is_primary.sum()) <= max(_FEW, _FEW_SHARE * len(search.is_primary))
    pairs: list[Ints] = []
    times: list[NDArray[np.float32]] = []
    room, step = _ROOM, first_step
    while step < last_step:
        found, when = np.empty((room, 3), np.int32), np.empty(room, np.float32)
        count, done = scan(
            near.r_km, near.first, near.spacing_s,
            far.r_km, far.first, far.spacing_s, np.concatenate([of_near, of_far]),
            rough[step - first_step :], block.dense.members.astype(np.int32),
            _sieve(search, region, bound), step, last_step,
            search.is_primary, few, found, when,
        )  # fmt: skip
        pairs.append(found[:count])
        times.append(when[:count])
        room = room if done > step else 4 * room
        step = done
    found = np.concatenate([np.empty((0, 3), np.int32), *pairs])
    when = np.concatenate([np.empty(0, np.float32), *times])
    n_edge = int(np.ceil(2 * search.reach_km / bound.slow_km_s / step_s)) + 1
    group = np.full(len(search.propagator), -1, np.int32)
    column = np.zeros(len(search.propagator), np.int32)
    for number, members in enumerate(block.members):
        smooth = np.flatnonzero(members >= 0)
        group[members[smooth]], column[members[smooth]] = number, smooth
    sort, time_s = close(
        found, when, (block.knots[0].r_km, block.knots[1].r_km, block.knots[2].r_km),
        np.array([k.first for k in block.knots], np.int32), np.array(SPACINGS_S), group, column,
        step_s, search.reach_km + 2 * bound.position_km, bound.slow_km_s,
    )  # fmt: skip
    at_start, at_end = found[:, 2] < n_edge, found[:, 2] >= n_step - n_edge
    at_edge = at_start | at_end
    fast, slow = (sort == FAST) & ~at_edge, (sort == SLOW) | at_edge
    steps = found[slow, 2]
    spans = Spans(
        found[slow, 0].astype(np.intp), found[slow, 1].astype(np.intp),
        steps * step_s, (steps + 1) * step_s,
    )  # fmt: skip
    courses = spans
    if search.radial_km < search.reach_km:
        # What lingers does so anywhere, a fast pair only as long as one takes to leave an end.
        lingers = sort[slow] == SLOW
        courses = replace(
            spans,
            from_s=np.where(lingers | at_start[slow], 0.0, (n_step - n_edge) * step_s),
            to_s=np.where(lingers | at_end[slow], n_step, n_edge) * step_s,
        )
    passages = found[fast, 0].astype(np.intp), found[fast, 1].astype(np.intp), time_s[fast]
    return passages, spans, courses


def _sieve(search: Search, region: Region, bound: Bound) -> Sieve:
    return Sieve(
        step_s=region.step_s,
        radial_gain=bound.radial_gain,
        pad_km=min(search.reach_km, search.radial_km) / 2 + bound.radius_km,
        other_pull_km_s2=bound.other_pull_km_s2,
        linear_offset_km=bound.linear_offset_km,
        linear_slope_s=bound.linear_slope_s,
        rate_rad_s=region.rate_rad_s,
        angle_rad=bound.angle_rad,
        lowest_km=0.0 if region.is_low else SPLIT_KM,
        highest_km=SPLIT_KM + search.reach_km if region.is_low else np.inf,
        base_km=6300.0 if region.is_low else SPLIT_KM - 1000.0,
        bin_km=0.07 if region.is_low else 1.0,
    )
