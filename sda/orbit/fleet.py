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
        return tuple(Fleet(propagator, group) for group in groups)
    times_s = from_s + (to_s - from_s) * np.linspace(0.0, 1.0, _CHECKS) ** 1.3
    return tuple(_checked(propagator, group, start, times_s) for group in groups)


def _checked(propagator: Propagator, group: Indices, start: datetime, times_s: Floats) -> "Fleet":
    """Return a group as a fleet of which astroz propagates all that it agrees on."""
    from astroz import _astroz

    natives = [_native(_astroz.Satrec(), propagator.record(i)) for i in group.tolist()]
    fleet = Fleet(propagator, group, natives)
    error, r_km, _ = propagator.grid_of(fleet.members, *julian_grid(start, times_s))
    off_km = np.abs(fleet.positions(start, times_s).transpose(1, 0, 2) - r_km).max(axis=(1, 2))
    fleet.leave(propagator, np.flatnonzero(error.any(axis=1) | ~(off_km <= STRAY_KM)))
    return fleet


class Fleet:
    """Objects of a propagator that are propagated together.

    `members` `(n,)` index the propagator's elements, in the order of the columns of `positions`.
    `natives` are astroz's records of the group; without them all are left to the reference.
    """

    def __init__(
        self, propagator: Propagator, group: Indices, natives: Sequence[Any] | None = None
    ) -> None:
        deep = np.array([native.is_deep_space for native in natives or ()], np.bool_)
        order = np.argsort(deep, kind="stable") if natives else np.arange(len(group))
        self.members = group[order]
        sorted_ = [natives[i] for i in order.tolist()] if natives else []
        self._n_near = len(sorted_) - int(deep.sum())
        self._near = _constellation(sorted_[: self._n_near])
        self._deep = sorted_[self._n_near :]
        records = [propagator.record(i) for i in self.members[: self._n_near].tolist()]
        epochs = [(record.jdsatepoch, record.jdsatepochF) for record in records]
        self._epochs = np.array(epochs, np.float64).reshape(-1, 2)
        self.leave(propagator, np.arange(0 if natives else len(group)))

    def leave(self, propagator: Propagator, columns: Indices) -> None:
        """Leave some of the members, and no others, to the reference."""
        self._left = columns
        members = self.members[columns].tolist()
        self._reference = SatrecArray([propagator.record(i) for i in members])

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
        if len(self._left):
            error, left_km, _ = self._reference.sgp4(jd, fr)
            left_km[error != 0] = np.nan
            r_km[:, self._left] = left_km.transpose(1, 0, 2)
        return r_km


def _native(native: Any, record: Satrec) -> Any:
    """Give a record of astroz's the elements that SGP4 was started from, and return it."""
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
