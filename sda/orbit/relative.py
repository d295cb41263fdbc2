"""Describe the motion of one object as seen from another.

The Hill frame turns with object 1, axes radial, in-track, cross-track. Two satellites that
follow each other 200 km apart differ by 230 m/s in inertial velocity and by centimetres per
second here: only this figure says whether somebody manoeuvres close.
"""

import numpy as np
from numpy.typing import NDArray

from sda.frames import to_ric

__all__ = ["hill_state"]

Floats = NDArray[np.float64]


def hill_state(
    r1_km: Floats, v1_km_s: Floats, r2_km: Floats, v2_km_s: Floats
) -> tuple[Floats, Floats]:
    """Return position and velocity of object 2 relative to object 1 in object 1's Hill frame.

    All arrays are `(..., 3)`; states in one inertial frame, km and km/s; results in RIC axes.
    The frame turns at omega = r x v / r^2, so v_hill = dv - omega x dr (Clohessy and Wiltshire
    1960; Vallado 2013, section 6.8).
    """
    dr_km = r2_km - r1_km
    radius2 = np.einsum("...i,...i->...", r1_km, r1_km)[..., np.newaxis]
    omega = np.cross(r1_km, v1_km_s) / radius2
    dv_km_s = v2_km_s - v1_km_s - np.cross(omega, dr_km)
    return to_ric(dr_km, r1_km, v1_km_s), to_ric(dv_km_s, r1_km, v1_km_s)
