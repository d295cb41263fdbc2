"""Follow the few objects whose paths no interpolant may be trusted with.

Decaying ones, those that SGP4 gives up within the window, deep-space sets whose positions jump:
SGP4 itself is asked every `_CHORD_S`, and the path between is a chord with a sagitta, as in
`sda.screening.exhaustive` (1, 2). For each step of a region that becomes what the search takes: a
position and a velocity, the least and the greatest radius, and the most by which the path departs
from that straight line.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.orbit.propagation import Propagator
from sda.screening.lifetimes import end_failed
from sda.screening.vectors import lengths
from sda.times import julian_grid

__all__ = ["Dense", "follow"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_CHORD_S: Final = 10.0
_PULL: Final = 1.01
"""Acceleration over the point mass's, at most; `exhaustive` says why."""


@dataclass(frozen=True, slots=True)
class Dense:
    """Positions of rough objects every 10 s from `from_s` on: `(n, n_time, 3)`, TEME, km.

    NaN after an object's end; `until_s` `(n,)` is that end, infinite where there is none.
    """

    members: Indices
    from_s: float
    r_km: Floats
    until_s: Floats

    def models(self, first_step: int, n_step: int, step_s: float) -> NDArray[np.float32]:
        """Return the straight lines of steps, `(n_step, 9, n)`.

        Rows: position in the middle (3), velocity (3), least radius, greatest radius, error. NaN
        where the object is gone before the step. The step is an even number of chords.
        """
        chords = round(step_s / _CHORD_S)
        begin = round((first_step * step_s - self.from_s) / _CHORD_S)
        nodes = begin + chords * np.arange(n_step)[:, np.newaxis] + np.arange(chords + 1)
        r_km = self.r_km[:, nodes].transpose(1, 0, 2, 3)  # step, object, node, axis
        for node in range(1, chords + 1):  # it stays where it ended, for the rest of the step
            gone = np.isnan(r_km[:, :, node])
            r_km[:, :, node][gone] = r_km[:, :, node - 1][gone]
        middle_km = r_km[:, :, chords // 2]
        velocity_km_s = (r_km[:, :, -1] - r_km[:, :, 0]) / step_s
        time_s = (np.arange(chords + 1) - chords / 2) * _CHORD_S
        line_km = middle_km[:, :, np.newaxis] + velocity_km_s[:, :, np.newaxis] * time_s[:, None]
        radius_km = lengths(r_km)
        low_km, high_km = radius_km.min(axis=2), radius_km.max(axis=2)
        pull_km = _PULL * MU_KM3_S2 / np.maximum(low_km - 1.0, 1.0) ** 2 * _CHORD_S**2
        chord_km = np.diff(r_km, axis=2)
        bend_km = lengths(np.diff(chord_km, axis=2)).max(axis=2) + pull_km
        sagitta_km = pull_km / 8 + bend_km
        dip_km = lengths(chord_km).max(axis=2) ** 2 / np.maximum(4 * low_km, 1.0)
        error_km = lengths(r_km - line_km).max(axis=2) + sagitta_km
        model = np.concatenate(
            [
                middle_km.transpose(0, 2, 1),
                velocity_km_s.transpose(0, 2, 1),
                np.stack([low_km - sagitta_km - dip_km, high_km + sagitta_km, error_km], axis=1),
            ],
            axis=1,
        )
        return np.ascontiguousarray(model, np.float32)


def follow(
    propagator: Propagator, start: datetime, members: Indices, from_s: float, to_s: float
) -> Dense:
    """Ask SGP4 for objects' positions over a span of time, and where each of them ends."""
    times_s = from_s + np.arange(round((to_s - from_s) / _CHORD_S) + 2, dtype=np.float64) * _CHORD_S
    n, n_time = len(members), len(times_s)
    until_s = np.full(n, np.inf)
    r_km = np.empty((n, n_time, 3))
    if n:
        jd, fr = julian_grid(start, np.tile(times_s, n))
        _, asked_km, _ = propagator.at(np.repeat(members, n_time), jd, fr)
        r_km = asked_km.reshape(n, n_time, 3)
        end_failed(propagator, start, times_s, members, r_km, until_s)
    return Dense(members, from_s, r_km, until_s)
