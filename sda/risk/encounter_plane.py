"""Look along the relative velocity: what is left of a short encounter is a plane.

Positions along the relative velocity do not matter on a straight passage; across it, the miss and
the sum of both covariances stand in a plane, in which the covariance has two principal axes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sda.errors import RiskError

__all__ = ["EncounterPlane", "encounter_plane"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EncounterPlane:
    """Misses in their encounter planes along principal axes, all `(...,)`, km; x is the minor."""

    x_km: Floats
    y_km: Floats
    sigma_x_km: Floats
    sigma_y_km: Floats
    repaired: NDArray[np.bool_]
    """Whether a variance was below the least one and was raised to it."""


def encounter_plane(
    miss_km: Floats, velocity_km_s: Floats, covariance_km2: Floats, least_sigma_km: float = 0.0
) -> EncounterPlane:
    """Return misses and covariances as seen along the relative velocities.

    Takes object 2 minus object 1 `(..., 3)`, position and velocity, and the sum of their position
    covariances `(..., 3, 3)`, all in one inertial frame. A miss that is not at right angles to the
    velocity (a TCA rounded to a millisecond) is projected: that is the miss at the closest
    approach of the straight line. Eigenvalues below the square of `least_sigma_km` are raised to it
    (Hall, Hejduk and Johnson 2017, AAS 17-567: eigenvalue clipping).

    Raises RiskError where there is no relative velocity: the plane is not defined.
    """
    speed = np.linalg.norm(velocity_km_s, axis=-1, keepdims=True)
    if not (speed > 0).all():
        raise RiskError("the objects do not move against each other: there is no encounter plane")
    along = velocity_km_s / speed
    first, second = _across(along)
    u, v = np.einsum("...i,...i->...", first, miss_km), np.einsum("...i,...i->...", second, miss_km)
    uu, uv, vv = (
        _form(covariance_km2, one, other)
        for one, other in ((first, first), (first, second), (second, second))
    )
    # Jacobi's rotation; the lesser eigenvalue from the determinant, so that it keeps its digits.
    angle = 0.5 * np.arctan2(2 * uv, uu - vv)
    sine, cosine = np.sin(angle), np.cos(angle)
    middle, half = (uu + vv) / 2, np.hypot((uu - vv) / 2, uv)
    greater = middle + half
    with np.errstate(divide="ignore", invalid="ignore"):
        lesser = np.where(greater > 0, (uu * vv - uv * uv) / greater, middle - half)
    least = least_sigma_km**2
    return EncounterPlane(
        x_km=cosine * v - sine * u,
        y_km=cosine * u + sine * v,
        sigma_x_km=np.sqrt(np.maximum(lesser, least)),
        sigma_y_km=np.sqrt(np.maximum(greater, least)),
        repaired=lesser < least,
    )


def _across(along: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors `(..., 3)` across unit vectors and each other.

    Without a branch (Duff et al. 2017, "Building an Orthonormal Basis, Revisited", J. Computer
    Graphics Techniques 6(1)).
    """
    x, y, z = np.moveaxis(along, -1, 0)
    sign = np.copysign(1.0, z)
    p = -1.0 / (sign + z)
    q = x * y * p
    first = np.stack([1.0 + sign * x * x * p, sign * q, -sign * x], axis=-1)
    return first, np.stack([q, sign + y * y * p, -y], axis=-1)


def _form(matrix: Floats, one: Floats, other: Floats) -> Floats:
    """Return one' M other `(...,)` of symmetric matrices `(..., 3, 3)`."""
    (a, b, c), (d, e, f) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    value: Floats = (
        a * d * matrix[..., 0, 0] + b * e * matrix[..., 1, 1] + c * f * matrix[..., 2, 2]
        + (a * e + b * d) * matrix[..., 0, 1]
        + (a * f + c * d) * matrix[..., 0, 2]
        + (b * f + c * e) * matrix[..., 1, 2]
    )  # fmt: skip
    return value
