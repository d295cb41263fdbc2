"""Turn vectors between the frames of the house: TEME and an object's own RIC.

RIC is radial, in-track, cross-track: R along the position, C along the orbital angular
momentum, I completes the right-handed triad (CCSDS "RTN", Vallado 2013 section 3.3.3).
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["ric_axes", "to_ric"]


def ric_axes(r_km: NDArray[np.float64], v_km_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit axes `(..., 3, 3)` (rows R, I, C) of states `(..., 3)` in any one frame."""
    radial = r_km / np.linalg.norm(r_km, axis=-1, keepdims=True)
    momentum = np.cross(r_km, v_km_s)
    cross = momentum / np.linalg.norm(momentum, axis=-1, keepdims=True)
    return np.stack([radial, np.cross(cross, radial), cross], axis=-2)


def to_ric(
    vector: NDArray[np.float64], r_km: NDArray[np.float64], v_km_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return vectors `(..., 3)` in the RIC frame of states `(..., 3)`, any one inertial frame."""
    turned: NDArray[np.float64] = np.einsum("...ij,...j->...i", ric_axes(r_km, v_km_s), vector)
    return turned
