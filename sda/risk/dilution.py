"""Say from what error on a larger one makes the probability of collision less."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["dilution_km"]


def dilution_km(miss_km: ArrayLike, aspect_ratio: float) -> NDArray[np.float64]:
    """Return the 1-sigma position error at which the probability of collision is greatest.

    Takes miss distances of any shape and returns the same shape: the minor axis of the combined
    covariance in the encounter plane, whose major axis is `aspect_ratio` times as long and lies
    along the miss (Alfano 2005, as `max_probability`, to first order):

        sigma_minor = d / (sqrt(2) AR)

    With errors above it the data are too poor to tell: a small probability means no safety there.
    SOCRATES calls it the dilution threshold.
    """
    return np.asarray(miss_km, np.float64) / (sqrt(2) * aspect_ratio)
