"""Sort the course of each pair's range into rows: crossings, episodes, coincident pairs, edges.

The window of a pair ends when the screening does, or when SGP4 fails for one of the two. Within
it, with D the threshold:

- crossing: a minimum of the range at most D and not slow; one row each.
- proximity: a maximal interval with range at most D that has a slow minimum; one row, at its
  least range, for which the interval's ends count where they are the window's.
- coincident: the range stays below coincident_km throughout; one row, at the window's start.
- edge: a maximal interval that touches an end of the window and has no minimum inside; one row,
  at the end with the least range.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.frames import to_ric
from sda.model import ElementSet, Kind
from sda.orbit.propagation import Propagator, orbit
from sda.risk import dilution_km, max_probability
from sda.screening.config import ScreeningConfig
from sda.screening.crossings import crossing_rows, refine
from sda.screening.refinement import Course, Spans, fit, relative_states, widened
from sda.screening.resolution import miss_sigma_km
from sda.screening.rows import KINDS, Rows, concatenated
from sda.screening.vectors import lengths

__all__ = ["find_approaches"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_MICROSECOND: Final = 1e-6


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs `(n_pair,)` that have spans, sorted; `end_s` is where their window ends."""

    first: Indices
    second: Indices
    end_s: Floats
    at_edge: Mask
    """A span touches an end of the window."""
    whole: Mask
    """One span covers the window."""


@dataclass(frozen=True, slots=True)
class _Minima:
    """Minima of the range at most D, `(m,)`, sorted by pair and time; geometry from SGP4."""

    pair: Indices
    time_s: Floats
    range_km: Floats
    speed_km_s: Floats
    slow: Mask


@dataclass(frozen=True, slots=True)
class _Points:
    """Points of a pair's course in order of time: all ends, turns and borders, `(m,)`."""

    pair: Indices
    time_s: Floats
    range_km: Floats
    within: Mask


@dataclass(frozen=True, slots=True)
class _Row:
    """A row before its geometry is worked out; `minima` are rows of `_Minima`."""

    pair: int
    kind: Kind
    tca_s: float
    interval_s: tuple[float, float] | None = None
    minima: tuple[int, ...] = ()


def find_approaches(
    propagator: Propagator,
    start: datetime,
    ends_s: Floats,
    spans: Spans,
    threshold_km: float,
    config: ScreeningConfig,
) -> Rows:
    """Return the rows of all pairs, in no order.

    `ends_s` `(n,)` is where each object's part in the window ends.
    """
    spans = widened(propagator.elements, spans)
    twins = _are_twins(propagator.elements, spans)
    rows = _twin_rows(propagator, start, spans[twins], ends_s, config)
    spans = spans[~twins]
    end_s = np.minimum(ends_s[spans.first], ends_s[spans.second])
    lasting = spans.from_s < end_s
    spans, end_s = spans[lasting], end_s[lasting]
    spans = replace(spans, to_s=np.minimum(spans.to_s, end_s))
    if len(spans) == 0:
        return rows
    other_pair = (np.diff(spans.first) != 0) | (np.diff(spans.second) != 0)
    pair_of_span = np.cumsum(np.append(False, other_pair))
    course = fit(propagator, start, spans)
    piece, tau, is_minimum = course.turns()
    minima = _minima(
        propagator, start, spans, pair_of_span, course, piece[is_minimum], tau[is_minimum],
        threshold_km, config.slow_km_s,
    )  # fmt: skip
    pairs = _pairs(spans, pair_of_span, end_s)
    lingers = pairs.at_edge.copy()
    lingers[minima.pair[minima.slow]] = True
    points = _points(course, pair_of_span, lingers, piece, tau, threshold_km)
    lasting_rows = list(_lingering(points, minima, pairs, config.coincident_km))
    coincident = [row.pair for row in lasting_rows if row.kind is Kind.COINCIDENT]
    crosses = ~minima.slow & ~np.isin(minima.pair, coincident)
    pair = minima.pair[crosses]
    passages = refine(
        propagator, start, pairs.first[pair], pairs.second[pair], minima.time_s[crosses]
    )
    passages = passages[passages.miss_km <= threshold_km]
    described = _described(propagator, start, pairs, lasting_rows, minima, config)
    return concatenated([rows, described, crossing_rows(propagator, start, passages, config)])


def _are_twins(elements: Sequence[ElementSet], spans: Spans) -> Mask:
    """Return which spans' pairs have the same orbit in every digit: docked, listed twice."""
    orbits = [
        (orbit(elements[i]), orbit(elements[j]))
        for i, j in zip(spans.first.tolist(), spans.second.tolist(), strict=True)
    ]
    return np.array([one == two for one, two in orbits], np.bool_)


def _twin_rows(
    propagator: Propagator,
    start: datetime,
    spans: Spans,
    ends_s: Floats,
    config: ScreeningConfig,
) -> Rows:
    """Return the rows of pairs with the same orbit: their range is zero throughout."""
    pair = np.unique(np.stack([spans.first, spans.second], axis=1), axis=0)
    m = len(pair)
    zeros, nowhere_km = np.zeros(m), np.zeros((m, 3))
    return Rows(
        first=pair[:, 0],
        second=pair[:, 1],
        kind=np.full(m, KINDS.index(Kind.COINCIDENT), np.uint8),
        tca_s=zeros,
        miss_km=zeros,
        speed_km_s=zeros,
        miss_ric_km=nowhere_km,
        interval_s=np.stack([zeros, ends_s[pair].min(axis=1)], axis=1),
        max_probability=np.full(m, np.nan),
        sigma_km=miss_sigma_km(
            propagator,
            start,
            (pair[:, 0], pair[:, 1]),
            zeros,
            (nowhere_km, nowhere_km),
            config.covariance.error,
        ),
        dilution_km=np.full(m, np.nan),
        minima_end=np.zeros(m, np.intp),
        minima=np.empty((0, 3)),
    )


def _pairs(spans: Spans, pair_of_span: Indices, end_s: Floats) -> _Pairs:
    """Return the pairs of spans whose own windows end at `end_s` `(n_span,)`."""
    leads = np.flatnonzero(np.diff(pair_of_span, prepend=-1))
    touches_start, touches_end = spans.from_s <= 0, spans.to_s >= end_s
    at_edge = np.zeros(len(leads), np.bool_)
    at_edge[pair_of_span[touches_start | touches_end]] = True
    whole = np.zeros(len(leads), np.bool_)
    whole[pair_of_span[touches_start & touches_end]] = True
    return _Pairs(spans.first[leads], spans.second[leads], end_s[leads], at_edge, whole)


def _minima(
    propagator: Propagator,
    start: datetime,
    spans: Spans,
    pair_of_span: Indices,
    course: Course,
    piece: Indices,
    tau: Floats,
    threshold_km: float,
    slow_km_s: float,
) -> _Minima:
    """Work out the minima within the threshold with SGP4 at their times."""
    likely = course.range_km(piece, tau) <= threshold_km + 1e-3
    piece, tau = piece[likely], tau[likely]
    # SGP4 is asked at the time that is printed, so that a reader can repeat the geometry.
    time_s = np.round(course.time_s(piece, tau), 6)
    span = course.span[piece]
    r1_km, v1_km_s, r2_km, v2_km_s = relative_states(
        propagator, start, spans.first[span], spans.second[span], time_s
    )
    range_km = lengths(r2_km - r1_km)
    speed_km_s = lengths(v2_km_s - v1_km_s)
    within = range_km <= threshold_km
    slow = speed_km_s < slow_km_s
    return _Minima(
        pair_of_span[span][within],
        time_s[within],
        range_km[within],
        speed_km_s[within],
        slow[within],
    )


def _points(
    course: Course,
    pair_of_span: Indices,
    lingers: Mask,
    turn_piece: Indices,
    turn_tau: Floats,
    threshold_km: float,
) -> _Points:
    """Return the courses of lingering pairs, point by point, borders of the intervals included."""
    wanted = lingers[pair_of_span[course.span]]
    grid_piece, grid_tau = course.grid()
    turn_piece, turn_tau = turn_piece[wanted[turn_piece]], turn_tau[wanted[turn_piece]]
    piece = np.concatenate([grid_piece[wanted].ravel(), turn_piece])
    tau = np.concatenate([grid_tau[wanted].ravel(), turn_tau])
    range_km = np.concatenate(
        [course.grid_range_km(wanted).ravel(), course.range_km(turn_piece, turn_tau)]
    )
    order = np.lexsort((tau, piece))
    piece, tau, range_km = piece[order], tau[order], range_km[order]
    within = range_km <= threshold_km
    border_piece, border_tau = course.borders(piece, tau, within, threshold_km)
    piece, tau = np.append(piece, border_piece), np.append(tau, border_tau)
    range_km = np.append(range_km, course.range_km(border_piece, border_tau))
    within = np.append(within, np.ones(len(border_piece), np.bool_))
    order = np.lexsort((tau, piece))
    piece, tau = piece[order], tau[order]
    return _Points(
        pair_of_span[course.span[piece]], course.time_s(piece, tau), range_km[order], within[order]
    )


def _lingering(
    points: _Points, minima: _Minima, pairs: _Pairs, coincident_km: float
) -> Iterator[_Row]:
    """Yield the rows of lingering pairs, crossings left out."""
    firsts = np.flatnonzero(np.diff(points.pair, prepend=-1))
    for begin, stop in pairwise([*firsts.tolist(), len(points.pair)]):
        pair = int(points.pair[begin])
        time_s, range_km = points.time_s[begin:stop], points.range_km[begin:stop]
        within = points.within[begin:stop]
        if pairs.whole[pair] and within.any() and range_km.max() < coincident_km:
            yield _Row(pair, Kind.COINCIDENT, 0.0, (0.0, float(pairs.end_s[pair])))
            continue
        low, high = np.searchsorted(minima.pair, [pair, pair + 1])
        changes = np.flatnonzero(np.diff(within, prepend=False, append=False))
        for enter, leave in changes.reshape(-1, 2):
            ends_s = (float(time_s[enter]), float(time_s[leave - 1]))
            ends_km = (float(range_km[enter]), float(range_km[leave - 1]))
            at_ends = ends_s[0] <= 0, ends_s[1] >= pairs.end_s[pair] - _MICROSECOND
            touched = [(ends_km[k], ends_s[k]) for k, touches in enumerate(at_ends) if touches]
            bounds_s = (ends_s[0] - _MICROSECOND, ends_s[1] + _MICROSECOND)
            inside = low + np.arange(*np.searchsorted(minima.time_s[low:high], bounds_s))
            if minima.slow[inside].any():
                lows = zip(minima.range_km[inside], minima.time_s[inside], strict=True)
                _, tca_s = min([*touched, *lows])
                slow = tuple(inside[minima.slow[inside]].tolist())
                yield _Row(pair, Kind.PROXIMITY, float(tca_s), ends_s, slow)
            elif touched and len(inside) == 0:
                yield _Row(pair, Kind.EDGE, min(touched)[1])


def _described(
    propagator: Propagator,
    start: datetime,
    pairs: _Pairs,
    rows: list[_Row],
    minima: _Minima,
    config: ScreeningConfig,
) -> Rows:
    """Work out the geometry of rows with SGP4 at their times."""
    pair = np.array([row.pair for row in rows], np.intp)
    tca_s = np.array([round(row.tca_s, 6) for row in rows], np.float64)
    kind = np.array([KINDS.index(row.kind) for row in rows], np.uint8)
    first, second = pairs.first[pair], pairs.second[pair]
    r1_km, v1_km_s, r2_km, v2_km_s = relative_states(propagator, start, first, second, tca_s)
    offset_km = r2_km - r1_km
    miss_km, miss_ric_km = lengths(offset_km), to_ric(offset_km, r1_km, v1_km_s)
    assumed = config.probability
    probability = max_probability(miss_km, assumed.combined_radius_m, assumed.aspect_ratio)
    dilution = dilution_km(miss_km, assumed.aspect_ratio)
    for bound in (probability, dilution):
        bound[kind == KINDS.index(Kind.COINCIDENT)] = np.nan
    listed = np.array([m for row in rows for m in row.minima], np.intp)
    nowhere = (np.nan, np.nan)
    return Rows(
        first=first,
        second=second,
        kind=kind,
        tca_s=tca_s,
        miss_km=miss_km,
        speed_km_s=lengths(v2_km_s - v1_km_s),
        miss_ric_km=miss_ric_km,
        interval_s=np.array([row.interval_s or nowhere for row in rows]).reshape(-1, 2),
        max_probability=probability,
        sigma_km=miss_sigma_km(
            propagator,
            start,
            (first, second),
            tca_s,
            (miss_ric_km, to_ric(offset_km, r2_km, v2_km_s)),
            config.covariance.error,
        ),
        dilution_km=dilution,
        minima_end=np.cumsum(np.array([len(row.minima) for row in rows], np.intp)),
        minima=np.stack(
            [minima.time_s[listed], minima.range_km[listed], minima.speed_km_s[listed]], axis=1
        ),
    )
