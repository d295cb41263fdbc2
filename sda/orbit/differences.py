"""Compare each element set of a track with the next, at the time halfway between them.

Two neighbours propagated to one time describe one orbit: periodic terms cancel, and what is left
is the noise of the fits and what SGP4 does not model, manoeuvres above all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.orbit.propagation import Propagator
from sda.times import julian

__all__ = ["Differences", "neighbour_differences"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Differences:
    """The later set minus the earlier one `(n - 1,)`, osculating, halfway; NaN where SGP4 fails.

    Vectors are in TEME, turned into the earlier orbit: x towards its ascending node, z along its
    momentum.
    """

    semi_major_km: Floats
    tilt_rad: Floats
    """Of the plane about the line of nodes: the difference of the inclinations."""
    swing_rad: Floats
    """Of the plane about the y axis: the difference of the nodes times the sine of inclination."""
    eccentricity_x: Floats
    eccentricity_y: Floats
    speed_km_s: Floats
    """Circular speed at the semi-major axis."""


def neighbour_differences(propagator: Propagator) -> Differences:
    """Return the differences of neighbours among a propagator's sets, which are by rising epoch."""
    n = len(propagator)
    days = np.array([julian(one.epoch) for one in propagator.elements]).reshape(-1, 2)
    # Midnights are exact, and fractions of a day small: no digit of the epoch is lost.
    whole = days[:-1, 0]
    part = (days[1:, 0] - whole + days[:-1, 1] + days[1:, 1]) / 2
    first = np.arange(max(n - 1, 0))
    a1, e1, h1 = _orbit(*propagator.at(first, whole, part)[1:])
    a2, e2, h2 = _orbit(*propagator.at(first + 1, whole, part)[1:])
    node = np.stack([-h1[:, 1], h1[:, 0], np.zeros(len(h1))], axis=1)
    length = np.linalg.norm(node, axis=1, keepdims=True)
    # An orbit in the equator has no node; any axis in its plane serves.
    node = np.where(length > 0, node, [1.0, 0.0, 0.0]) / np.where(length > 0, length, 1.0)
    ahead = np.cross(h1, node)
    de, dh = e2 - e1, h2 - h1
    return Differences(
        semi_major_km=a2 - a1,
        tilt_rad=-np.einsum("ij,ij->i", dh, ahead),
        swing_rad=np.einsum("ij,ij->i", dh, node),
        eccentricity_x=np.einsum("ij,ij->i", de, node),
        eccentricity_y=np.einsum("ij,ij->i", de, ahead),
        speed_km_s=np.sqrt(MU_KM3_S2 / a1),
    )


def _orbit(r_km: Floats, v_km_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Return semi-major axis `(m,)`, eccentricity vector and unit momentum `(m, 3)` of states."""
    radius = np.linalg.norm(r_km, axis=1)
    speed2 = np.einsum("ij,ij->i", v_km_s, v_km_s)
    momentum = np.cross(r_km, v_km_s)
    eccentricity = np.cross(v_km_s, momentum) / MU_KM3_S2 - r_km / radius[:, np.newaxis]
    a_km = 1 / (2 / radius - speed2 / MU_KM3_S2)
    return a_km, eccentricity, momentum / np.linalg.norm(momentum, axis=1, keepdims=True)
