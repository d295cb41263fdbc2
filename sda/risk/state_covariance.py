"""Make a covariance of position and velocity of the errors of an element set.

A conjunction message (CCSDS 508.0-B-1, section 3.5) wants all six by six. Only the positions are
known; the velocities and what ties them to the positions are ASSUMED, from the motion of two
neighbours on near-circular orbits (Hill's equations, as Clohessy and Wiltshire solve them).
"""

from math import pi

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.model import ElementSet
from sda.risk.element_errors import ElementErrors

__all__ = ["covariance_ric"]

Floats = NDArray[np.float64]


def covariance_ric(element_set: ElementSet, age_days: float, errors: ElementErrors) -> Floats:
    """Return the covariance of a set's state at an age, `(6, 6)`, in its own axes.

    Order: radial, in-track, cross-track position, then velocity; km^2, km^2/s and km^2/s^2. The
    velocity is the inertial one, along the axes. Positive definite.

    The position variances are those of the set's age, uncorrelated. For the rest an error is taken
    to be another orbit of nearly the same period, at a place given by six independent Gaussian
    numbers, and n the mean motion:

        radial        x = a - c            velocity   n s - n y
        in-track      y = l + 2 s                     n c - n a / 2
        cross-track   z = w                           n q

    c and s come from the eccentricity vector (equal in all directions), a is an error of the
    semi-major axis, l one along the orbit, and w, q an error of the plane (equal in all
    directions). So an object ahead by y falls faster by n y, and one that is high by x is slower by
    n x. a is what makes the in-track error grow as it does, by 3/2 n a. No common cause of a radial
    and an in-track error is assumed, though drag is one. Differences of sets of ten satellites in
    low orbit and the belt bear the rest out (benchmarks/covariance.py): correlations of -0.91 to
    -1.00 for in-track and radial velocity, -0.98 to -1.00 for radial and in-track velocity. HEO is
    not near-circular: there this is an order of magnitude and no more.
    """
    (radial, in_track, cross_track), _ = errors.at(age_days)
    n = 2 * pi * element_set.mean_motion_rev_day / SECONDS_PER_DAY
    drift = _growth_km_day(errors, age_days) / SECONDS_PER_DAY / (1.5 * n)
    # Neither may be the whole of an error or nothing, or one number would tell two of the state.
    a = float(np.clip(drift, 0.01 * radial, 0.9 * radial))
    c = np.sqrt(radial**2 - a**2)
    s = float(np.clip(c, 0.001 * in_track, 0.45 * in_track))
    along = np.sqrt(in_track**2 - 4 * s**2)
    # Rows: the state over what each of c, s, l, a, w, q gives it.
    state = np.array(
        [
            [-1, 0, 0, 1, 0, 0],
            [0, 2, 1, 0, 0, 0],
            [0, 0, 0, 0, 1, 0],
            [0, -n, -n, 0, 0, 0],
            [n, 0, 0, -n / 2, 0, 0],
            [0, 0, 0, 0, 0, n],
        ]
    )
    spread = state * np.array([c, s, along, a, cross_track, cross_track])
    covariance: Floats = spread @ spread.T
    return covariance


def _growth_km_day(errors: ElementErrors, age_days: float) -> float:
    """Return how fast the in-track error grows between the rows around an age; 0 of one row."""
    if len(errors.rows) < 2:
        return 0.0
    ages = [row.age_days for row in errors.rows]
    k = int(np.clip(np.searchsorted(ages, abs(age_days)), 1, len(ages) - 1))
    (_, low, _), (_, high, _) = errors.at(ages[k - 1])[0], errors.at(ages[k])[0]
    return max(float(high - low), 0.0) / (ages[k] - ages[k - 1])
