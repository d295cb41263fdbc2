"""Make a covariance of position and velocity of the errors of an element set.

A conjunction message (CCSDS 508.0-B-1, section 3.5) wants all six by six. Only the positions are
known; the velocities and what ties them to the positions are ASSUMED, from the motion of two
neighbours on near-circular orbits (Hill's equations, as Clohessy and Wiltshire solve them).
"""

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.risk.element_errors import ElementErrors, ErrorAt, Errors, axis_errors_km

__all__ = ["covariance_ric", "covariances_ric"]

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
    ages = np.array([age_days])
    found = _covariances((element_set,), axis_errors_km(errors.rows, ages), errors.rows, ages)
    covariance: Floats = found[0]
    return covariance


def covariances_ric(elements: Sequence[ElementSet], age_days: Floats, errors: Errors) -> Floats:
    """Return the covariances of sets' states at ages `(m,)` by the table, `(m, 6, 6)`.

    Each is that of `covariance_ric` with the errors of the set's regime.
    """
    found = np.empty((len(elements), 6, 6))
    regimes = [regime_of(one) for one in elements]
    for regime in Regime:
        chosen = [k for k, one in enumerate(regimes) if one is regime]
        if chosen:
            rows, ages = errors[regime], age_days[chosen]
            some = [elements[k] for k in chosen]
            found[chosen] = _covariances(some, axis_errors_km(rows, ages), rows, ages)
    return found


def _covariances(
    elements: Sequence[ElementSet], axes_km: Floats, rows: Sequence[ErrorAt], age_days: Floats
) -> Floats:
    radial, in_track, cross_track = axes_km.T
    n = 2 * pi * np.array([one.mean_motion_rev_day for one in elements]) / SECONDS_PER_DAY
    drift = _growth_km_day(rows, age_days) / SECONDS_PER_DAY / (1.5 * n)
    # Neither may be the whole of an error or nothing, or one number would tell two of the state.
    a = np.clip(drift, 0.01 * radial, 0.9 * radial)
    c = np.sqrt(radial**2 - a**2)
    s = np.clip(c, 0.001 * in_track, 0.45 * in_track)
    along = np.sqrt(in_track**2 - 4 * s**2)
    # Rows: the state over what each of c, s, l, a, w, q gives it; velocities over n.
    state = np.array(
        [
            [-1, 0, 0, 1, 0, 0],
            [0, 2, 1, 0, 0, 0],
            [0, 0, 0, 0, 1, 0],
            [0, -1, -1, 0, 0, 0],
            [1, 0, 0, -1 / 2, 0, 0],
            [0, 0, 0, 0, 0, 1],
        ]
    )
    spread = state * np.stack([c, s, along, a, cross_track, cross_track], axis=-1)[:, np.newaxis]
    spread[:, 3:] *= n[:, np.newaxis, np.newaxis]
    covariances: Floats = spread @ spread.transpose(0, 2, 1)
    return covariances


def _growth_km_day(rows: Sequence[ErrorAt], age_days: Floats) -> Floats:
    """Return how fast the in-track error grows between the rows around ages; 0 of one row."""
    if len(rows) < 2:
        return np.zeros(len(age_days))
    ages = np.array([row.age_days for row in rows])
    in_track_km = axis_errors_km(rows, ages)[:, 1]
    k = np.clip(np.searchsorted(ages, np.abs(age_days)), 1, len(ages) - 1)
    growth: Floats = np.maximum(in_track_km[k] - in_track_km[k - 1], 0.0) / (ages[k] - ages[k - 1])
    return growth
