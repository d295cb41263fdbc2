"""Work out fast passages exactly: time, range, speed and miss vector from SGP4's states.

The answer must not depend on how a passage was found (which propagator filled the knots, which
thread, which block), down to the last printed digit. So SGP4 is asked only at whole multiples of
`_CELL_S`: the two that enclose the minimum. Between them the relative path is taken as straight,
which is off by |x''| _CELL_S^2 / 8, below 1e-7 km for a pair within 100 km (`bound`, 1). The
estimate of the time decides only where the search for the enclosing cell begins.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.frames import to_ric
from sda.orbit.propagation import Propagator
from sda.screening.refinement import relative_states
from sda.screening.vectors import lengths

__all__ = ["Passages", "refine"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_CELL_S: Final = 0.05
_ROUNDS: Final = 30


@dataclass(frozen=True, slots=True)
class Passages:
    """Minima of the range of pairs `(m,)`; the time is rounded to a microsecond."""

    first: Indices
    second: Indices
    tca_s: Floats
    miss_km: Floats
    speed_km_s: Floats
    miss_ric_km: Floats

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: Indices | NDArray[np.bool_]) -> "Passages":
        return Passages(
            self.first[rows], self.second[rows], self.tca_s[rows],
            self.miss_km[rows], self.speed_km_s[rows], self.miss_ric_km[rows],
        )  # fmt: skip


def refine(
    propagator: Propagator, start: datetime, first: Indices, second: Indices, time_s: Floats
) -> Passages:
    """Return the minimum next to an estimate of its time, for pairs `(m,)` that pass fast.

    Takes indices of the propagator's elements, first < second, and seconds after the start. Each
    minimum is returned once, sorted by pair and time.
    """
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
        offset_km = states[0, 2, open_] - states[0, 0, open_]
        change_km = states[1, 2, open_] - states[1, 0, open_] - offset_km
        towards = -np.einsum("ij,ij->i", offset_km, change_km)
        share[open_] = towards / np.einsum("ij,ij->i", change_km, change_km)
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
    miss_km = r2_km - r1_km
    passages = Passages(
        first, second, tca_s, lengths(miss_km), lengths(v2_km_s - v1_km_s),
        to_ric(miss_km, r1_km, v1_km_s),
    )  # fmt: skip
    order = np.lexsort((tca_s, second, first))
    new = np.ones(m, np.bool_)
    one, two, at = first[order], second[order], tca_s[order]
    new[1:] = (np.diff(one) != 0) | (np.diff(two) != 0) | (np.diff(at) != 0)
    return passages[order[new]]
