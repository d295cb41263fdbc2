"""Follow the range of many pairs from states at shared, even times.

A day of thousands of slow pairs asks for few states of each object, shared by all its pairs. The
screening's refinement, which proves that no minimum is lost, asks for six times as many, and for
each pair anew.

The relative position is interpolated by the polynomial through the four samples on either side.
Its error is at most a (w h)^8 (1/2 3/2 5/2 7/2)^2 / 8! = 1.1e-3 a (w h)^8 in the middle, with a the
amplitude and w the rate of what is sampled: at h = 120 s in low orbit (w = 0.0012 rad/s, a = 100
km) below 1e-8 km, of short-period terms at three times the rate (a = 1 km) below 1e-6 km, and
below 1e-5 km of objects that pass each other at 15 km/s. The range is that of positions: SGP4's
velocity is not their derivative (metres per second off).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

__all__ = ["PAD", "Turns", "turns"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

PAD: Final = 4
"""Samples that interpolation needs beyond either end of what is followed."""

_NODES: Final = np.arange(1 - PAD, PAD + 1.0)
_TO_POWERS: Final = np.linalg.inv(np.vander(_NODES, increasing=True))
_CENTRAL: Final = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
"""Sixth-order first derivative, weights of the samples ahead; those behind have the other sign."""
_TOLERANCE: Final = 1e-9  # of a step


@dataclass(frozen=True, slots=True)
class Turns:
    """Stationary points of the range of pairs, `(m,)`, sorted by pair and time."""

    pair: Indices
    time_s: Floats
    range_km: Floats
    is_minimum: NDArray[np.bool_]


def turns(offset_km: Floats, first_s: float, step_s: float) -> Turns:
    """Return where the range of pairs turns.

    Takes object 2 minus object 1 `(n_pair, n_time, 3)` at even times, the first at `first_s`. What
    lies in the first and last PAD - 1 steps, or within PAD samples of a NaN, is left out. A pair
    at one place throughout has no turns.
    """
    inner = slice(PAD - 1, offset_km.shape[1] - PAD + 1)
    n = offset_km.shape[1]
    slope = np.zeros((offset_km.shape[0], inner.stop - inner.start, 3))
    for ahead, weight in _CENTRAL.items():
        slope += weight * (
            offset_km[:, inner.start + ahead : inner.stop + ahead]
            - offset_km[:, inner.start - ahead : n - PAD + 1 - ahead]
        )
    rate = np.einsum("pti,pti->pt", offset_km[:, inner], slope)
    falls, rises = rate < 0, rate > 0
    # Where the rate is zero on the sample the turn belongs to the step before it.
    lowest, highest = falls[:, :-1] & (rate[:, 1:] >= 0), rises[:, :-1] & (rate[:, 1:] <= 0)
    pair, left = np.nonzero(lowest | highest)
    is_minimum = lowest[pair, left]
    left += PAD - 1
    around = offset_km[pair[:, np.newaxis], left[:, np.newaxis] + np.arange(1 - PAD, PAD + 1)]
    known = np.isfinite(around).all(axis=(1, 2))
    pair, left, is_minimum = pair[known], left[known], is_minimum[known]
    powers = np.einsum("pn,mni->mpi", _TO_POWERS, around[known])
    share = _turning_share(powers)
    range_km = np.sqrt(np.einsum("mi,mi->m", *[_at(powers, share)] * 2))
    return Turns(pair, first_s + (left + share) * step_s, range_km, is_minimum)


def _at(powers: Floats, share: Floats) -> Floats:
    """Return polynomials `(m, 2 PAD, 3)` at shares of a step `(m,)`."""
    value: Floats = powers[:, -1]
    for power in range(powers.shape[1] - 2, -1, -1):
        value = value * share[:, np.newaxis] + powers[:, power]
    return value


def _turning_share(powers: Floats) -> Floats:
    """Return the share of the step `(m,)`, 0 to 1, at which the range of polynomials turns."""
    m, n, _ = powers.shape
    if m == 0:
        return np.empty(0)
    slopes = powers[:, 1:] * np.arange(1.0, n)[:, np.newaxis]

    def rate(share: Floats, row: Indices) -> Floats:
        product: Floats = np.einsum("mi,mi->m", _at(powers[row], share), _at(slopes[row], share))
        return product

    found = find_root(
        rate, (np.zeros(m), np.ones(m)), args=(np.arange(m),),
        tolerances={"xatol": _TOLERANCE, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
    )  # fmt: skip
    # The rate on the samples is of lower order: where the two differ in sign, it turns on one.
    nearer = np.abs(rate(np.zeros(m), np.arange(m))) > np.abs(rate(np.ones(m), np.arange(m)))
    return np.where(found.success, found.x, nearer.astype(np.float64))
