"""Turn states between SGP4's TEME and the frames that messages name: GCRF, EME2000 and ITRF.

GCRF stands in the middle. Matrices are Skyfield's, with the leap seconds and UT1 tables that it
carries; polar motion (under 20 m on the ground) is left out. EME2000 is GCRF turned by the frame
bias of IAU 2006 (0.023 arcseconds: 0.8 m in low orbit).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from skyfield.framelib import ICRS_to_J2000, itrs
from skyfield.sgp4lib import TEME

from sda.orbit.inspection import skyfield_time

__all__ = ["ReferenceFrame", "from_gcrf", "to_gcrf"]

Floats = NDArray[np.float64]

_EARTH_RATE_RAD_S: Final = 7.292115e-5
"""Nominal mean angular velocity of the Earth (IERS Conventions 2010, table 1.2)."""


class ReferenceFrame(StrEnum):
    """A frame that states are given in; all but ITRF keep their direction in space."""

    GCRF = "GCRF"
    EME2000 = "EME2000"
    ITRF = "ITRF"
    TEME = "TEME"


def to_gcrf(
    frame: ReferenceFrame, r_km: Floats, v_km_s: Floats, utc: datetime
) -> tuple[Floats, Floats]:
    """Return a state `(3,)` and `(3,)` of a frame at a time in GCRF, km and km/s."""
    turn = _from_gcrf(frame, utc)
    if frame is ReferenceFrame.ITRF:
        v_km_s = v_km_s + _EARTH_RATE_RAD_S * np.cross([0.0, 0.0, 1.0], r_km)
    return turn.T @ r_km, turn.T @ v_km_s


def from_gcrf(
    frame: ReferenceFrame, r_km: Floats, v_km_s: Floats, utc: datetime
) -> tuple[Floats, Floats]:
    """Return a state `(3,)` and `(3,)` of GCRF in a frame at a time, km and km/s."""
    turn = _from_gcrf(frame, utc)
    r_km, v_km_s = turn @ r_km, turn @ v_km_s
    if frame is ReferenceFrame.ITRF:
        v_km_s = v_km_s - _EARTH_RATE_RAD_S * np.cross([0.0, 0.0, 1.0], r_km)
    return r_km, v_km_s


def _from_gcrf(frame: ReferenceFrame, utc: datetime) -> Floats:
    """Return the matrix `(3, 3)` that turns vectors of GCRF into a frame."""
    if frame is ReferenceFrame.GCRF:
        return np.eye(3)
    if frame is ReferenceFrame.EME2000:
        return np.asarray(ICRS_to_J2000, np.float64)
    time = skyfield_time([utc])[0]
    rotation = TEME if frame is ReferenceFrame.TEME else itrs
    return np.asarray(rotation.rotation_at(time), np.float64)
