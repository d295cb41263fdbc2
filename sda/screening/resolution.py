"""Say how wrong the distances of a screening may be, by the errors of both element sets."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.orbit import Regime, regime_of
from sda.orbit.propagation import Propagator
from sda.risk import Errors, axis_errors_km, range_sigma_km

__all__ = ["along_sigma_km", "miss_sigma_km"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def miss_sigma_km(
    propagator: Propagator,
    start: datetime,
    pair: tuple[Indices, Indices],
    tca_s: Floats,
    miss_km: tuple[Floats, Floats],
    errors: Errors,
) -> Floats:
    """Return the 1-sigma errors `(m,)` of distances between pairs.

    Takes the propagator's elements that make the pairs `(m,)`, seconds after the start `(m,)`, and
    the miss vectors `(m, 3)` in the axes of object 1 and of object 2. An element set's errors are
    those of its regime at its age then.
    """
    of_each = [_errors_km(propagator, start, index, tca_s, errors) for index in pair]
    return range_sigma_km(miss_km[0], of_each[0], miss_km[1], of_each[1])


def along_sigma_km(
    propagator: Propagator,
    start: datetime,
    pair: tuple[Indices, Indices],
    time_s: Floats,
    unit: tuple[Floats, Floats],
    errors: Errors,
) -> Floats:
    """Return the 1-sigma errors `(m,)` of pairs' relative positions along given directions.

    Takes unit vectors `(m, 3)` in the axes of object 1 and of object 2, all else as
    `miss_sigma_km` does.
    """
    variance_km2 = np.zeros(len(time_s))
    for index, direction in zip(pair, unit, strict=True):
        errors_km = _errors_km(propagator, start, index, time_s, errors)
        variance_km2 += np.square(direction * errors_km).sum(axis=-1)
    sigma_km: Floats = np.sqrt(variance_km2)
    return sigma_km


def _errors_km(
    propagator: Propagator, start: datetime, index: Indices, tca_s: Floats, errors: Errors
) -> Floats:
    """Return radial, in-track and cross-track errors `(m, 3)` of elements at their times."""
    unique, place = np.unique(index, return_inverse=True)
    elements = [propagator.elements[k] for k in unique.tolist()]
    epoch_s = np.array([(one.epoch - start).total_seconds() for one in elements])
    regimes = list(Regime)
    regime = np.array([regimes.index(regime_of(one)) for one in elements], np.intp)[place]
    age_days = (tca_s - epoch_s[place]) / SECONDS_PER_DAY
    errors_km = np.empty((len(index), 3))
    for k in np.unique(regime).tolist():
        rows = regime == k
        errors_km[rows] = axis_errors_km(errors[regimes[k]], age_days[rows])
    return errors_km
