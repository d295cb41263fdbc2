"""Tell whether two solutions of one event contradict each other beyond their stated errors."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sda.frames import ric_axes
from sda.risk.conjunction import Conjunction

__all__ = ["Disagreement", "Geometry", "disagreement", "geometry_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """One solution of an event: the miss and its error at its own TCA, in object 1's RIC axes."""

    tca: datetime
    miss_ric_km: Floats
    """Object 2 minus object 1, `(3,)`."""
    velocity_ric_km_s: Floats
    """Inertial relative velocity along the same axes, `(3,)`."""
    covariance_km2: Floats
    """Of the miss, both objects' errors together, `(3, 3)`."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far two solutions are apart, at the middle of their times of closest approach."""

    sigmas: float
    """Mahalanobis distance: sqrt(d' (P + Q)^-1 d) with d the difference, P and Q their errors."""
    radial_sigmas: float
    in_track_sigmas: float
    cross_track_sigmas: float
    difference_km: float
    tca_difference_s: float

    @property
    def most(self) -> str:
        """Return the axis along which they differ by most deviations."""
        axes = {
            "radial": self.radial_sigmas,
            "in-track": self.in_track_sigmas,
            "cross-track": self.cross_track_sigmas,
        }
        return max(axes, key=lambda name: axes[name])


def geometry_of(conjunction: Conjunction) -> Geometry:
    """Return the miss of two states, and its error, in the RIC axes of the first."""
    one = conjunction.object_1
    axes = ric_axes(one.r_km, one.v_km_s)
    return Geometry(
        conjunction.tca,
        axes @ conjunction.miss_vector_km,
        axes @ conjunction.velocity_km_s,
        axes @ conjunction.position_covariance_km2 @ axes.T,
    )


def disagreement(one: Geometry, other: Geometry) -> Disagreement:
    """Return by how much two solutions of one event differ, in standard deviations of both.

    Each is moved along its own relative velocity to the middle of both times, so that a difference
    of TCA counts by the way it stands for. The errors of the two are taken to be independent. Both
    axes are object 1's, of two solutions: they differ by arcseconds, which is left out.
    """
    apart_s = (other.tca - one.tca).total_seconds()
    at_one = one.miss_ric_km + one.velocity_ric_km_s * (apart_s / 2)
    at_other = other.miss_ric_km - other.velocity_ric_km_s * (apart_s / 2)
    difference = at_other - at_one
    covariance = one.covariance_km2 + other.covariance_km2
    distance = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_axis = np.abs(difference) / np.sqrt(np.diagonal(covariance))
    radial, in_track, cross_track = np.nan_to_num(by_axis, nan=0.0).tolist()
    return Disagreement(
        sigmas=float(np.sqrt(max(distance, 0.0))),
        radial_sigmas=radial,
        in_track_sigmas=in_track,
        cross_track_sigmas=cross_track,
        difference_km=float(np.linalg.norm(difference)),
        tca_difference_s=apart_s,
    )
