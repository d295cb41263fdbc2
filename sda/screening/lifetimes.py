"""Find how long SGP4 follows each object through a window.

An object takes part until SGP4 first fails for it: it may give states again later (28872 of the
verification set dips under the surface once a revolution), but they describe no orbit. A path
that moves further in a step than escape speed allows has failed too, without an error code.
"""

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.orbit.propagation import Propagator
from sda.screening.vectors import lengths
from sda.times import julian_grid

__all__ = ["FAILURE_TOLERANCE_S", "end_failed"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

FAILURE_TOLERANCE_S: Final = 1e-3
"""How closely the moment of failure is told."""
_BRACKET_S: Final = 1e-6

_ESCAPE_MARGIN: Final = 1.05


def end_failed(
    propagator: Propagator,
    start: datetime,
    times_s: Floats,
    members: Indices,
    r_km: Floats,
    until_s: Floats,
) -> None:
    """Blank positions `(n, n_time, 3)` after the first failure, and prolong the last chord.

    Takes evenly spaced times `(n_time,)` in seconds after the start, the propagator's indices of
    the objects `(n,)`, and `until_s` `(n,)`, what is known so far and infinite at first; the last
    two arrays are changed in place. The position at the first time after a failure becomes the end
    of the prolonged chord; later ones are NaN.
    """
    chord_km = lengths(np.diff(r_km, axis=1))
    radius_km = lengths(r_km)
    duration_s = times_s[1] - times_s[0]
    lowest_km = np.maximum(np.fmin(radius_km[:, :-1], radius_km[:, 1:]), 1.0)
    escape_km = _ESCAPE_MARGIN * duration_s * np.sqrt(2 * MU_KM3_S2 / lowest_km)
    sound = np.isfinite(radius_km) & (times_s <= until_s[:, np.newaxis])
    sound[:, 1:] &= ~(chord_km > escape_km)
    for i in np.flatnonzero(~sound.all(axis=1)).tolist():
        k = int(np.argmin(sound[i]))
        if k == 0:
            until_s[i] = min(until_s[i], times_s[0])
            r_km[i] = np.nan
            continue
        begin_s, begin_km = times_s[k - 1], r_km[i, k - 1].copy()
        until_s[i], last_km = _last_sound(
            propagator, start, members[i], begin_s, times_s[k], begin_km, escape_km[i, k - 1]
        )
        r_km[i, k:] = np.nan
        if until_s[i] > begin_s:
            r_km[i, k] = begin_km + (last_km - begin_km) * duration_s / (until_s[i] - begin_s)


def _last_sound(
    propagator: Propagator,
    start: datetime,
    member: np.intp,
    good_s: float,
    bad_s: float,
    begin_km: Floats,
    escape_km: float,
) -> tuple[float, Floats]:
    """Bisect the last moment, and position, at which an object still has a path.

    The moment is cut to `FAILURE_TOLERANCE_S`, so that it does not depend on the bracket.
    """

    def position_km(time_s: float) -> Floats:
        _, r_km, _ = propagator.at(np.array([member]), *julian_grid(start, [time_s]))
        return np.asarray(r_km[0], np.float64)

    first_s = good_s
    while bad_s - good_s > _BRACKET_S:
        middle_s = (good_s + bad_s) / 2
        if lengths(position_km(middle_s) - begin_km) <= escape_km:
            good_s = middle_s
        else:
            bad_s = middle_s
    last_s = round(np.floor(good_s / FAILURE_TOLERANCE_S) * FAILURE_TOLERANCE_S, 6)
    return (last_s, position_km(last_s)) if last_s > first_s else (first_s, begin_km)
