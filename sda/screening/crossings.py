"""Work out fast passages exactly: time, range, speed and miss vector from SGP4's states.

The answer must not depend on how a passage was found (which propagator filled the knots, which
thread, which block), down to the last printed digit. So SGP4 is asked only at whole multiples of
`_CELL_S`: the two that enclose the minimum. Between them the relative path is a parabola through
both positions, bent by the point mass's pull on either object; what is left out (`OTHER_PULL` in
`bound`) is below 3e-5 km/s^2 and moves no point by more than 1e-8 km. The estimate of the time
decides only where the search for the enclosing cell begins.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.frames import to_ric
from sda.model import Kind
from sda.orbit.propagation import Propagator
from sda.risk import dilution_km, max_probability
from sda.screening.config import ScreeningConfig
from sda.screening.refinement import relative_states
from sda.screening.resolution import miss_sigma_km
from sda.screening.rows import KINDS, Rows
from sda.screening.vectors import lengths

__all__ = ["Passages", "crossing_rows", "refine"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_CELL_S: Final = 0.05
_AT_ONCE: Final = 100_000
"""Pairs worked out together, 60 MB."""
_ROUNDS: Final = 30
_NEWTON: Final = 3


@dataclass(frozen=True, slots=True)
class Passages:
    """Minima of the range of pairs `(m,)`; the time is rounded to a microsecond."""

    first: Indices
    second: Indices
    tca_s: Floats
    miss_km: Floats
    speed_km_s: Floats
    miss_ric_km: Floats
    """In object 1's axes."""
    miss_ric_2_km: Floats
    """The same vector in object 2's axes."""

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: Indices | NDArray[np.bool_]) -> "Passages":
        return Passages(
            self.first[rows], self.second[rows], self.tca_s[rows],
            self.miss_km[rows], self.speed_km_s[rows], self.miss_ric_km[rows],
            self.miss_ric_2_km[rows],
        )  # fmt: skip


def refine(
    propagator: Propagator, start: datetime, first: Indices, second: Indices, time_s: Floats
) -> Passages:
    """Return the minimum next to an estimate of its time, for pairs `(m,)` that pass fast.

    Takes indices of the propagator's elements, first < second, and seconds after the start.
    """
    parts = [slice(k, k + _AT_ONCE) for k in range(0, len(first), _AT_ONCE)] or [slice(0, 0)]
    done = [_refined(propagator, start, first[p], second[p], time_s[p]) for p in parts]
    columns = ([getattr(part, f.name) for part in done] for f in fields(Passages))
    return Passages(*(np.concatenate(column) for column in columns))


def _refined(
    propagator: Propagator, start: datetime, first: Indices, second: Indices, time_s: Floats
) -> Passages:
    m = len(first)
    cell = np.floor(time_s / _CELL_S).astype(np.int64)
    before = np.full(m, np.iinfo(np.int64).min)
    share = np.zeros(m)
    states = np.zeros((2, 4, m, 3))  # at both ends of the cell: r1, v1, r2, v2
    open_ = np.arange(m)
    for _ in range(_ROUNDS):
        if len(open_) == 0:
            break
        times_s = np.concatenate([cell[open_], cell[open_] + 1]) * _CELL_S
        both = np.concatenate([open_, open_])
        asked = relative_states(propagator, start, first[both], second[both], times_s)
        states[:, :, open_] = np.stack(asked).reshape(4, 2, len(open_), 3).swapaxes(0, 1)
        share[open_] = _least(states[:, :, open_])
        move = np.floor(share[open_])
        move[~np.isfinite(move)] = 0.0
        # Rounding may make two neighbours point at each other: the earlier cell has it.
        settled = (move == 0) | ((cell[open_] + move == before[open_]) & (move > 0))
        before[open_] = cell[open_]
        open_, move = open_[~settled], move[~settled]
        cell[open_] += move.astype(np.int64)
    share = np.clip(share, 0.0, 1.0)
    tca_s = np.round((cell + share) * _CELL_S, 6)
    share = (tca_s / _CELL_S - cell)[:, np.newaxis]
    r1_km, v1_km_s, r2_km, v2_km_s = states[0] + share * (states[1] - states[0])
    begin_km, chord_km, bend_km = _parabola(states)
    miss_km = begin_km + share * (chord_km + (share - 1) * bend_km)
    return Passages(
        first, second, tca_s, lengths(miss_km), lengths(v2_km_s - v1_km_s),
        to_ric(miss_km, r1_km, v1_km_s), to_ric(miss_km, r2_km, v2_km_s),
    )  # fmt: skip


def _parabola(states: Floats) -> tuple[Floats, Floats, Floats]:
    """Return p, q, b `(m, 3)` of the relative path p + s (q + (s - 1) b), s from 0 to 1.

    Takes r1, v1, r2, v2 at both ends of a cell, `(2, 4, m, 3)`.
    """
    begin_km, end_km = states[:, 2] - states[:, 0]
    r1_km, r2_km = states[0, 0], states[0, 2]
    pull_km_s2 = MU_KM3_S2 * (
        r1_km / lengths(r1_km)[:, np.newaxis] ** 3 - r2_km / lengths(r2_km)[:, np.newaxis] ** 3
    )
    return begin_km, end_km - begin_km, pull_km_s2 * (_CELL_S**2 / 2)


def _least(states: Floats) -> Floats:
    """Return where in its cell each relative path is shortest, 0 to 1 (Newton's method)."""
    begin_km, chord_km, bend_km = _parabola(states)
    share = np.full(len(begin_km), 0.5)
    for _ in range(_NEWTON):
        part = share[:, np.newaxis]
        offset_km = begin_km + part * (chord_km + (part - 1) * bend_km)
        slope_km = chord_km + (2 * part - 1) * bend_km
        rate = np.einsum("ij,ij->i", offset_km, slope_km)
        growth = np.einsum("ij,ij->i", slope_km, slope_km)
        growth += 2 * np.einsum("ij,ij->i", offset_km, bend_km)
        share = share - rate / growth
    return share


def crossing_rows(
    propagator: Propagator, start: datetime, passages: Passages, config: ScreeningConfig
) -> Rows:
    """Return passages, whose indices are of the propagator's elements, as rows of a screening."""
    m = len(passages)
    assumed = config.probability
    return Rows(
        first=passages.first,
        second=passages.second,
        kind=np.full(m, KINDS.index(Kind.CROSSING), np.uint8),
        tca_s=passages.tca_s,
        miss_km=passages.miss_km,
        speed_km_s=passages.speed_km_s,
        miss_ric_km=passages.miss_ric_km,
        interval_s=np.full((m, 2), np.nan),
        max_probability=max_probability(
            passages.miss_km, assumed.combined_radius_m, assumed.aspect_ratio
        ),
        sigma_km=miss_sigma_km(
            propagator,
            start,
            (passages.first, passages.second),
            passages.tca_s,
            (passages.miss_ric_km, passages.miss_ric_2_km),
            config.covariance.error,
        ),
        dilution_km=dilution_km(passages.miss_km, assumed.aspect_ratio),
        minima_end=np.arange(1, m + 1),
        minima=np.stack([passages.tca_s, passages.miss_km, passages.speed_km_s], axis=1),
    )
