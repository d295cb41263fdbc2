"""Turn candidates into the exact course of a pair's range: its minima, entries and exits.

Shared by every search. A search hands over spans of time in which a pair may be within the
threshold. They are widened to whole pieces of time, counted from the window's start, so that the
answer does not depend on where a search happened to begin; SGP4 is evaluated at `_NODES`
Chebyshev-Lobatto points of each piece, the relative position is interpolated, and minima are roots
of the range rate.

The rate is that of the interpolated *positions*. SGP4's own velocity is not the derivative of
its position (2.95 m/s off in low orbit, 66 m/s in deep space), so a root of dr . dv from its
velocities would be up to seconds away from the least range. Interpolating at n nodes over a
piece of half-length h leaves at most r^(n) h^n / (2^(n-1) n!), with r^(n) = a w^n and w the
angular rate. A piece is 60, 120, ... 3840 s long, the longest with 2 w h <= `_TURN_RAD` = 0.6 at
perigee: 11 nodes and a = 42,000 km give 2e-12 km, and the third harmonic of the short-period
terms (10 km) 8e-11 km: below the rounding of SGP4 itself, about 1e-9 km.

Each piece is searched in `_INTERVALS` = 48 intervals, 10 s in low orbit, on the ground that a
pair has at most one minimum in such a time that matters. Let f = |dr|^2 / 2. Two minima enclose a
maximum, where f'' = |dv|^2 + dr . da <= 0. The relative acceleration is the gradient of gravity,
at most 2 g d with g = mu / r^3 <= w^2, so |dv| <= sqrt(2 g) d: slower than 9 m/s at 5 km. Then
|f'''| <= 3 |dv||da| + d |da'| < 17 w^3 d^2 (da' = 2 g dv + g' d, g' <= 6 g w); three roots of f'
within T leave |f''| <= T |f'''|, so the range between them changes by less than
T^2 |f''| / d <= 17 (w T)^3 d: with w T <= 0.6 / 48, 17 cm at 5 km. Such a pair is slow, so both
minima belong to one episode, whose least range is that close.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from sda.constants import SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit.propagation import Propagator
from sda.screening.vectors import lengths
from sda.times import julian_grid

__all__ = ["LONGEST_PIECE_S", "Course", "Spans", "fit", "joined", "relative_states", "widened"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_NODES: Final = 11
_INTERVALS: Final = 48
_TURN_RAD: Final = 0.6
_SHORTEST_S: Final = 60.0
_DOUBLINGS: Final = 6
LONGEST_PIECE_S: Final = _SHORTEST_S * 2**_DOUBLINGS
_TAU_TOLERANCE: Final = 1e-10  # of a half-piece: 3 ns

_TAU: Final = -np.cos(np.pi * np.arange(_NODES) / (_NODES - 1))
_TO_POWERS: Final = np.linalg.inv(np.vander(_TAU, increasing=True))
_GRID: Final = np.linspace(-1.0, 1.0, _INTERVALS + 1)
_TO_GRID: Final = np.vander(_GRID, _NODES, increasing=True)
_TO_GRID_SLOPE: Final = np.hstack(
    [np.zeros((len(_GRID), 1)), _TO_GRID[:, :-1] * np.arange(1, _NODES)]
)


@dataclass(frozen=True, slots=True)
class Spans:
    """Times in which pairs may be within the threshold, seconds after the window's start.

    All fields are `(m,)`. `first` < `second` index the propagator's elements; spans of a pair do
    not overlap, and rows are sorted by pair, then time.
    """

    first: Indices
    second: Indices
    from_s: Floats
    to_s: Floats

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: NDArray[np.bool_] | Indices) -> "Spans":
        return Spans(self.first[rows], self.second[rows], self.from_s[rows], self.to_s[rows])

    def hold(self, first: Indices, second: Indices, time_s: Floats) -> NDArray[np.bool_]:
        """Return which times `(k,)` of pairs lie in one of the spans, ends included."""
        if len(self) == 0:
            return np.zeros(len(first), np.bool_)
        far_s = 1.0 + max(self.to_s.max(), time_s.max(initial=0.0))
        one, other = np.append(self.first, first), np.append(self.second, second)
        pair = np.unique(one * (one.max() + other.max() + 1) + other, return_inverse=True)[1]
        begins = pair[: len(self)] * far_s + self.from_s
        last = np.searchsorted(begins, pair[len(self) :] * far_s + time_s, side="right") - 1
        held: NDArray[np.bool_] = (
            (last >= 0) & (pair[last] == pair[len(self) :]) & (time_s <= self.to_s[last])
        )
        return held


def joined(parts: Sequence[Spans]) -> Spans:
    """Return spans of several searches as one: sorted, those that touch or overlap made one."""
    first, second, from_s, to_s = (
        np.concatenate([getattr(part, name) for part in parts] or [np.empty(0)])
        for name in ("first", "second", "from_s", "to_s")
    )
    first, second = first.astype(np.intp), second.astype(np.intp)
    order = np.lexsort((from_s, second, first))
    first, second, from_s, to_s = first[order], second[order], from_s[order], to_s[order]
    other_pair = (np.diff(first, prepend=-1) != 0) | (np.diff(second, prepend=-1) != 0)
    # The pairs' times one after another, so that the furthest end so far is of the same pair.
    shift_s = np.cumsum(other_pair) * (1.0 + to_s.max(initial=0.0) - from_s.min(initial=0.0))
    furthest_s = np.maximum.accumulate(shift_s + to_s)
    begins = np.ones(len(order), np.bool_)
    begins[1:] = other_pair[1:] | ((shift_s + from_s)[1:] > furthest_s[:-1])
    ends = np.append(np.flatnonzero(begins)[1:], len(order))[: int(begins.sum())] - 1
    return Spans(first[begins], second[begins], from_s[begins], (furthest_s - shift_s)[ends])


def widened(elements: Sequence[ElementSet], spans: Spans) -> Spans:
    """Return spans that begin and end where pieces of time do; they may pass the window's end."""
    piece_s = _piece_s(elements, spans)
    from_s = np.floor(spans.from_s / piece_s) * piece_s
    to_s = np.ceil(spans.to_s / piece_s) * piece_s
    return joined([Spans(spans.first, spans.second, from_s, to_s)])


def _piece_s(elements: Sequence[ElementSet], spans: Spans) -> Floats:
    """Return the length of pieces for each span's pair, by the faster of their perigees."""
    objects, place = np.unique(np.append(spans.first, spans.second), return_inverse=True)
    motion = np.array([elements[i].mean_motion_rev_day for i in objects], np.float64)
    eccentricity = np.array([elements[i].eccentricity for i in objects], np.float64)
    rate = motion * 2 * np.pi / SECONDS_PER_DAY
    rate *= np.sqrt((1 + eccentricity) / (1 - eccentricity) ** 3)
    doublings = np.floor(np.log2(_TURN_RAD / rate / _SHORTEST_S))
    piece_s = _SHORTEST_S * 2.0 ** np.clip(doublings, 0, _DOUBLINGS)
    return np.minimum(piece_s[place[: len(spans)]], piece_s[place[len(spans) :]])


@dataclass(frozen=True, slots=True)
class Course:
    """Relative position of pairs over pieces of time, as polynomials.

    A piece runs over [`mid_s` - `half_s`, `mid_s` + `half_s`] of its span; `powers` are the
    coefficients `(n_piece, _NODES, 3)` of object 2 minus object 1, km, in tau from -1 to 1.
    Pieces are sorted as their spans are. `joined` marks a piece that continues the one before.
    """

    span: Indices
    joined: NDArray[np.bool_]
    mid_s: Floats
    half_s: Floats
    powers: Floats

    def offset_km(self, piece: Indices, tau: Floats) -> Floats:
        """Return object 2 minus object 1 `(m, 3)` in pieces `(m,)` at tau `(m,)`."""
        value: Floats = self.powers[piece, -1]
        for power in range(_NODES - 2, -1, -1):
            value = value * tau[:, np.newaxis] + self.powers[piece, power]
        return value

    def range_km(self, piece: Indices, tau: Floats) -> Floats:
        """Return the range `(m,)` in pieces `(m,)` at tau `(m,)`."""
        return lengths(self.offset_km(piece, tau))

    def approach(self, piece: Indices, tau: Floats) -> Floats:
        """Return half the derivative of the squared range to tau: its sign is the rate's."""
        slope = np.zeros((len(piece), 3))
        for power in range(_NODES - 1, 0, -1):
            slope = slope * tau[:, np.newaxis] + power * self.powers[piece, power]
        rate: Floats = np.einsum("ij,ij->i", self.offset_km(piece, tau), slope)
        return rate

    def time_s(self, piece: Indices, tau: Floats) -> Floats:
        """Return seconds after the window's start."""
        return self.mid_s[piece] + self.half_s[piece] * tau

    def grid(self) -> tuple[Indices, Floats]:
        """Return the ends of every interval: piece and tau, `(n_piece, _INTERVALS + 1)`."""
        n_piece = len(self.span)
        piece = np.broadcast_to(np.arange(n_piece)[:, np.newaxis], (n_piece, len(_GRID)))
        return piece, np.broadcast_to(_GRID, piece.shape)

    def grid_range_km(self, pieces: NDArray[np.bool_]) -> Floats:
        """Return the range at the ends of every interval of some pieces, `(n, _INTERVALS + 1)`."""
        return lengths(_TO_GRID @ self.powers[pieces])

    def turns(self) -> tuple[Indices, Floats, NDArray[np.bool_]]:
        """Return every stationary point of the range: piece, tau, and whether it is a minimum."""
        rate = np.einsum("pgi,pgi->pg", _TO_GRID @ self.powers, _TO_GRID_SLOPE @ self.powers)
        rising = rate >= 0
        # A point that two pieces share has one sign, or a root on it would be lost or doubled.
        rising[:-1, -1][self.joined[1:]] = rising[1:, 0][self.joined[1:]]
        rows, left = np.nonzero(rising[:, :-1] != rising[:, 1:])
        turn = _root(self.approach, rows, _GRID[left], _GRID[left + 1])
        return rows, turn, rising[rows, left + 1]

    def borders(
        self, piece: Indices, tau: Floats, within: NDArray[np.bool_], threshold_km: float
    ) -> tuple[Indices, Floats]:
        """Return where the range passes the threshold: piece and tau.

        Takes points `(m,)` sorted by piece and tau that hold the ends of all intervals and all
        stationary points, so that the range is monotonic between neighbours, and whether it is
        at most the threshold there.
        """
        left = np.flatnonzero((piece[:-1] == piece[1:]) & (within[:-1] != within[1:]))
        rows = piece[left]

        def excess(piece: Indices, tau: Floats) -> Floats:
            return self.range_km(piece, tau) - threshold_km

        return rows, _root(excess, rows, tau[left], tau[left + 1])


def fit(propagator: Propagator, start: datetime, spans: Spans) -> Course:
    """Interpolate the relative position of each span's pair over the span.

    Spans begin where a piece does; they end there too, or where the pair's window ends.
    """
    piece_s = _piece_s(propagator.elements, spans)
    count = np.maximum(1, np.ceil((spans.to_s - spans.from_s) / piece_s)).astype(np.intp)
    span = np.repeat(np.arange(len(spans)), count)
    number = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    from_s = spans.from_s[span] + number * piece_s[span]
    half_s = (np.minimum(from_s + piece_s[span], spans.to_s[span]) - from_s) / 2
    mid_s = from_s + half_s
    times_s = (mid_s[:, np.newaxis] + half_s[:, np.newaxis] * _TAU).ravel()
    each = np.repeat(span, _NODES)
    r1_km, _, r2_km, _ = relative_states(
        propagator, start, spans.first[each], spans.second[each], times_s
    )
    offset_km = (r2_km - r1_km).reshape(len(span), _NODES, 3)
    return Course(span, number > 0, mid_s, half_s, np.einsum("pn,mni->mpi", _TO_POWERS, offset_km))


def relative_states(
    propagator: Propagator, start: datetime, first: Indices, second: Indices, times_s: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return r1, v1, r2, v2 `(m, 3)` of pairs `(m,)` at seconds `(m,)` after the start."""
    jd, fr = julian_grid(start, times_s)
    _, r_km, v_km_s = propagator.at(
        np.concatenate([first, second]), np.concatenate([jd, jd]), np.concatenate([fr, fr])
    )
    m = len(times_s)
    return r_km[:m], v_km_s[:m], r_km[m:], v_km_s[m:]


def _root(
    function: Callable[[Indices, Floats], Floats], piece: Indices, low: Floats, high: Floats
) -> Floats:
    """Return the tau at which a function of piece and tau changes sign between two ends.

    Chandrupatla's bracketing method, on all rows at once. Where rounding left no change of
    sign, the root lies on the right end.
    """
    if len(piece) == 0:
        return low

    def of_tau(tau: Floats, *rows: Indices) -> Floats:
        return function(rows[0], tau)

    found = find_root(
        of_tau,
        (low, high),
        args=(piece,),
        tolerances={"xatol": _TAU_TOLERANCE, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
    )
    return np.where(found.success, found.x, high)
