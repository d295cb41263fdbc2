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

__all__ = ["STRAY_KM", "Fleet", "trusted"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

STRAY_KM: Final = 0.005
"""An object that astroz puts further from the reference than this is not trusted to it."""

_SGP4_EPOCH_JD: Final = 2433281.5
_CHECKS: Final = 4
_MINUTES_PER_DAY: Final = 1440.0
_WGS72: Final = 1


def trusted(propagator: Propagator, start: datetime, from_s: float, to_s: float) -> Mask:
    """Return for which objects `(n,)` astroz agrees with the reference over a span of time.

    Every object is compared at times that divide the span unevenly, its ends among them. All are
    False where astroz is not installed.
    """
    if find_spec("astroz") is None or len(propagator) == 0:
        return np.zeros(len(propagator), np.bool_)
    times_s = from_s + (to_s - from_s) * np.linspace(0.0, 1.0, _CHECKS) ** 1.3
    error, r_km, _ = propagator.grid(*julian_grid(start, times_s))
    members = np.arange(len(propagator))
    fast_km = Fleet(propagator, members, np.ones(len(members), np.bool_)).positions(start, times_s)
    off_km = np.abs(fast_km.transpose(1, 0, 2) - r_km).max(axis=(1, 2))
    agrees: Mask = ~error.any(axis=1) & (off_km <= STRAY_KM)
    return agrees


class Fleet:
    """A group of a propagator's objects that are propagated together.

    `members` `(n,)` index the propagator's elements; `trusted` `(n_all,)` says which of all of
    them astroz may propagate.
    """

    def __init__(self, propagator: Propagator, members: Indices, trusted: Mask) -> None:
        self.members = members
        records = [propagator.record(int(i)) for i in members]
        fast = trusted[members]
        self._slow = np.flatnonzero(~fast)
        self._reference = SatrecArray([records[k] for k in self._slow])
        natives = {int(k): _native(records[k]) for k in np.flatnonzero(fast)}
        self._near = np.array([k for k, one in natives.items() if not one.is_deep_space], np.intp)
        self._deep = np.array([k for k, one in natives.items() if one.is_deep_space], np.intp)
        self._deep_natives = [natives[int(k)] for k in self._deep]
        self._near_array = _constellation([natives[int(k)] for k in self._near])
        epochs = [(records[k].jdsatepoch, records[k].jdsatepochF) for k in self._near]
        self._near_epochs = np.array(epochs, np.float64).reshape(-1, 2)

    def positions(self, start: datetime, times_s: Floats) -> Floats:
        """Return positions `(n_time, n, 3)`, TEME, km, NaN where SGP4 fails.

        Takes seconds after a start `(n_time,)`.
        """
        shape = (len(times_s), len(self.members), 3)
        jd, fr = julian_grid(start, times_s)
        near_km = self._of_near(jd, fr)
        if len(self._near) == len(self.members):
            return near_km
        r_km = np.empty(shape)
        r_km[:, self._near] = near_km
        r_km[:, self._deep] = self._of_deep(jd, fr)
        if len(self._slow):
            error, slow_km, _ = self._reference.sgp4(jd, fr)
            slow_km[error != 0] = np.nan
            r_km[:, self._slow] = slow_km.transpose(1, 0, 2)
        return r_km

    def _of_near(self, jd: Floats, fr: Floats) -> Floats:
        r_km = np.empty((len(jd), len(self._near), 3))
        if len(self._near):
            minutes = ((jd - jd[0]) + (fr - fr[0])) * _MINUTES_PER_DAY
            since = (jd[0] - self._near_epochs[:, 0]) + (fr[0] - self._near_epochs[:, 1])
            self._near_array.propagate_into(
                minutes, r_km, None, epoch_offsets=since * _MINUTES_PER_DAY, time_major=True
            )
        return r_km

    def _of_deep(self, jd: Floats, fr: Floats) -> Floats:
        r_km = np.empty((len(jd), len(self._deep), 3))
        if len(self._deep):
            from astroz import _astroz

            _astroz.sdp4_batch_propagate_into(
                self._deep_natives, jd, fr, r_km, np.empty_like(r_km), len(self._deep), 0
            )
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
    from astroz import _astroz

    return _astroz.Sgp4Constellation(natives, _WGS72) if natives else None
