"""Give positions of many objects at shared times, as fast as can be had.

astroz (MIT; `pip install tearline[fast]`) evaluates SGP4 with SIMD, 15 to 30 times as fast as the
reference. It may only choose candidates: it is checked against the reference, object by object,
and whatever strays is propagated by the reference, as all are where astroz is not installed.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec, SatrecArray

from sda.orbit.propagation import Propagator
from sda.times import julian_grid

__all__ = ["STRAY_KM", "Fleet", "fleets"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

STRAY_KM: Final = 0.005
"""An object that astroz puts further from the reference than this is not left to it."""

_CHECKS: Final = 4
_MINUTES_PER_DAY: Final = 1440.0
_SGP4_EPOCH_JD: Final = 2433281.5
_WGS72: Final = 1


def fleets(
    propagator: Propagator,
    groups: Sequence[Indices],
    start: datetime,
    from_s: float,
    to_s: float,
) -> tuple["Fleet", ...]:
    """Return the groups of a propagator's objects as fleets, for use over a span of time.

    Takes indices of the propagator's elements, group by group, and seconds after a start. Every
    object is compared with the reference at times that divide the span unevenly, its ends among
    them.
    """
    if find_spec("astroz") is None:
        return tuple(Fleet(propagator, group, {}) for group in groups)
    natives = {int(i): _native(propagator.record(int(i))) for group in groups for i in group}
    times_s = from_s + (to_s - from_s) * np.linspace(0.0, 1.0, _CHECKS) ** 1.3
    checked = []
    for group in groups:
        fleet = Fleet(propagator, group, natives)
        error, r_km, _ = propagator.grid_of(fleet.members, *julian_grid(start, times_s))
        off_km = np.abs(fleet.positions(start, times_s).transpose(1, 0, 2) - r_km).max(axis=(1, 2))
        stray = fleet.members[error.any(axis=1) | ~(off_km <= STRAY_KM)]
        for i in stray.tolist():
            del natives[i]
        checked.append(fleet if len(stray) == 0 else Fleet(propagator, group, natives))
    return tuple(checked)


class Fleet:
    """Objects of a propagator that are propagated together.

    `members` `(n,)` index the propagator's elements: first those that astroz propagates, near the
    Earth and in deep space, then those left to the reference.
    """

    def __init__(self, propagator: Propagator, group: Indices, natives: dict[int, Any]) -> None:
        near = [i for i in group.tolist() if i in natives and not natives[i].is_deep_space]
        deep = [i for i in group.tolist() if i in natives and natives[i].is_deep_space]
        rest = [i for i in group.tolist() if i not in natives]
        self.members = np.array([*near, *deep, *rest], np.intp)
        self._n_near, self._n_fast = len(near), len(near) + len(deep)
        records = [propagator.record(i) for i in near]
        epochs = [(record.jdsatepoch, record.jdsatepochF) for record in records]
        self._epochs = np.array(epochs, np.float64).reshape(-1, 2)
        self._near = _constellation([natives[i] for i in near])
        self._deep = [natives[i] for i in deep]
        self._rest = SatrecArray([propagator.record(i) for i in rest])

    def positions(self, start: datetime, times_s: Floats) -> Floats:
        """Return positions `(n_time, n, 3)`, TEME, km, NaN where SGP4 fails.

        Takes seconds after a start `(n_time,)`.
        """
        jd, fr = julian_grid(start, times_s)
        n = len(self.members)
        r_km = np.empty((len(jd), n, 3))
        if self._near is not None:
            minutes = ((jd - jd[0]) + (fr - fr[0])) * _MINUTES_PER_DAY
            since = (jd[0] - self._epochs[:, 0]) + (fr[0] - self._epochs[:, 1])
            self._near.propagate_into(
                minutes, r_km, None, epoch_offsets=since * _MINUTES_PER_DAY, time_major=True,
                output_stride=n,
            )  # fmt: skip
        if self._deep:
            from astroz import _astroz

            velocities = np.empty_like(r_km)
            _astroz.sdp4_batch_propagate_into(self._deep, jd, fr, r_km, velocities, n, self._n_near)
        if self._n_fast < n:
            error, rest_km, _ = self._rest.sgp4(jd, fr)
            rest_km[error != 0] = np.nan
            r_km[:, self._n_fast :] = rest_km.transpose(1, 0, 2)
        return r_km


def _native(record: Satrec) -> Any:
    """Return astroz's record of the elements that SGP4 was started from."""
    from astroz import _astroz

    native = _astroz.Satrec()
    native.sgp4init(
        _WGS72, "i", 1, record.jdsatepoch + record.jdsatepochF - _SGP4_EPOCH_JD, record.bstar,
        record.ndot, record.nddot, record.ecco, record.argpo, record.inclo, record.mo,
        record.no_kozai, record.nodeo,
    )  # fmt: skip
    return native


def _constellation(natives: Sequence[Any]) -> Any:
    """Return near-Earth records as astroz propagates them together; None for none."""
    if not natives:
        return None
    from astroz import _astroz

    return _astroz.Sgp4Constellation(natives, _WGS72)
