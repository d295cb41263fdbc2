"""Bound the probability of collision when no covariance is known."""

from math import e

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["max_probability"]


def max_probability(
    miss_km: ArrayLike, combined_radius_m: float, aspect_ratio: float
) -> NDArray[np.float64]:
    """Return the largest probability of collision that any size of covariance gives.

    Takes miss distances of any shape and returns the same shape, clamped to 1. Alfano (2005,
    "Relating position uncertainty to maximum conjunction probability", J. Astronautical
    Sciences 53) to first order:

        P_max = AR R^2 / (e d^2),  at sigma_minor = d / (sqrt(2) AR)

    Assumed: straight passage, positions Gaussian and constant in the encounter, both bodies
    inside one sphere of radius R that is small beside the miss d, the covariance ellipse of
    aspect ratio AR with its major axis along the miss. Element sets carry no covariance, so
    this is a ceiling for the geometry, not an estimate; it means least for slow pairs, whose
    passage is not straight.
    """
    miss_m = np.asarray(miss_km, np.float64) * 1000.0
    with np.errstate(divide="ignore", over="ignore"):
        first_order = aspect_ratio * combined_radius_m**2 / (e * miss_m**2)
    return np.minimum(first_order, 1.0)
