"""Keep positions at knots and interpolate them: an object's path in a few numbers.

Knots are H seconds apart, counted from the window's start. Between knots m and m + 1 a path is
the polynomial of degree 7 through the positions at knots m - 3 to m + 4; its derivative is the
velocity. (SGP4's own velocity is not the derivative of its position, see `refinement`, so it is
never used.)

How good it is, is not assumed: the error is |r^(8)| |Pi| / 8!, at most 1.068e-3 H^8 |r^(8)| in
the middle interval (Pi = (105 / 16)^2 H^8 at its centre), and H^8 r^(8) shows in the eighth
difference of nine knots, which is its mean with a B-spline as the weight. A harmonic w of the
orbit is damped in it by (sin(wH / 2) / (wH / 2))^8, by less than half up to the fourth harmonic
(n H <= 0.36); so twice the largest eighth difference around bounds it: 32 km are 70 m, which is
`INTERPOLATION_KM`. Where SGP4's deep-space part jumps by J, some eighth difference is 35 J at
least and the interpolant is off by J, so sets that may jump are held to 2.5 km. It jumps where
the inclination passes 0.2 rad, at which Lyddane's form of the periodics begins.

The same nine knots give the acceleration (central differences of order 8), which the bound
allows to differ from the point mass's by so much only. Every object is looked at all along, at
every second knot (of two neighbours, both see 35 J):
an object that exceeds a limit anywhere in a block (a jump, a decay, a failure, a propagator that
strays, an old set with much drag) is *rough* and is followed in small steps with SGP4 itself
(`sda.screening.rough`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet
from sda.screening.bound import HIGH, INTERPOLATION_KM, LOW, SPLIT_KM
from sda.screening.compiled import compiled, compiled_sums

__all__ = [
    "AFTER",
    "BEFORE",
    "SPACINGS_S",
    "Knots",
    "is_rough",
    "may_jump",
    "pack",
    "sort_groups",
    "weights",
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

BEFORE: Final = 4
"""Knots wanted before a block's first interval: three for the polynomial, one for the check."""
AFTER: Final = 5
"""Knots wanted after the knot at which a block's last interval begins."""

SPACINGS_S: Final = (300.0, 150.0, 1200.0)
"""Distances of knots: near-circular low orbits, eccentric ones, near-circular high ones."""

_MIDDLE: Final = (105 / 16) ** 2 / factorial(8)
_SMOOTH_LIMIT_KM: Final = INTERPOLATION_KM / (2 * _MIDDLE)
_JUMPY_LIMIT_KM: Final = 35 * INTERPOLATION_KM
_JUMP_DEG: Final = float(np.degrees(0.2))
_DRIFT_DEG: Final = 1.5
"""What periodics and weeks do to an inclination, at most: 0.5 deg and 0.1 deg."""
_ECCENTRIC: Final = 0.1
_DEEP_SPACE_REV_DAY: Final = 6.3
_SLOW_REV_DAY: Final = 3.9
_GROUND_KM: Final = 6378.135 + 60.0
"""Below this at a knot SGP4 may fail between knots: a path dips 25 km at most in 150 s."""


@dataclass(frozen=True, slots=True)
class Knots:
    """Positions of a group of objects, `(n_knot, 3, n)` float32, TEME, km.

    Row 0 is knot number `first`, at `first * spacing_s` seconds after the window's start;
    `members` `(n,)` index the propagator's elements.
    """

    r_km: Singles
    first: int
    spacing_s: float
    members: Indices
    jumps: Mask
    """Which of them may jump."""


def sort_groups(elements: tuple[ElementSet, ...], reach_km: float) -> tuple[Indices, ...]:
    """Part objects by the distance of knots that suits them, in the order of `SPACINGS_S`.

    First near-circular orbits that stay well below the split of the regions, last near-circular
    ones that stay well above it, all others between.
    """
    motion = np.array([e.mean_motion_rev_day for e in elements], np.float64)
    eccentricity = np.array([e.eccentricity for e in elements], np.float64)
    axis_km = np.cbrt(MU_KM3_S2 / (motion * 2 * pi / SECONDS_PER_DAY) ** 2)
    round_ = eccentricity < _ECCENTRIC
    low = round_ & (motion > _DEEP_SPACE_REV_DAY) & (axis_km * (1 + eccentricity) < SPLIT_KM - 500)
    slow = round_ & (motion < _SLOW_REV_DAY)
    slow &= axis_km * (1 - eccentricity) > SPLIT_KM + reach_km + 1000
    return np.flatnonzero(low), np.flatnonzero(~low & ~slow), np.flatnonzero(slow)


def may_jump(elements: Sequence[ElementSet]) -> Mask:
    """Return which sets are of deep space and near the inclination at which SGP4 jumps."""
    motion = np.array([e.mean_motion_rev_day for e in elements], np.float64)
    inclination = np.array([e.inclination_deg for e in elements], np.float64)
    near: Mask = np.abs(inclination - _JUMP_DEG) < _DRIFT_DEG
    return near & (motion < _DEEP_SPACE_REV_DAY + 0.3)


@compiled_sums
def pack(r_km: Floats, packed_km: Singles, at: int) -> None:  # pragma: no cover
    """Copy positions `(n_time, n, 3)` float64 into rows `at` and following of packed knots."""
    for k in range(r_km.shape[0]):
        for i in range(r_km.shape[1]):
            packed_km[at + k, 0, i] = np.float32(r_km[k, i, 0])
            packed_km[at + k, 1, i] = np.float32(r_km[k, i, 1])
            packed_km[at + k, 2, i] = np.float32(r_km[k, i, 2])


def is_rough(knots: Knots, reach_km: float) -> Mask:
    """Return which members `(n,)` the interpolant or the regions' assumptions do not hold for."""
    limit_km = np.where(knots.jumps, _JUMPY_LIMIT_KM, _SMOOTH_LIMIT_KM)
    pulls = LOW.other_pull_km_s2, HIGH.other_pull_km_s2
    worst_km2, low_km2, high_km2, excess2 = _extremes(
        knots.r_km, knots.spacing_s, np.array(pulls, np.float32), HIGH.floor_km
    )
    rough = ~(worst_km2 <= limit_km**2) | ~(low_km2 >= _GROUND_KM**2) | ~(excess2 <= 1)
    if knots.spacing_s == SPACINGS_S[0]:
        rough |= ~(high_km2 <= (SPLIT_KM - 200) ** 2)
    if knots.spacing_s == SPACINGS_S[2]:
        rough |= ~(low_km2 >= (SPLIT_KM + reach_km + 500) ** 2)
    return rough


@compiled_sums
def _extremes(
    r_km: Singles, spacing_s: float, pulls_km_s2: Singles, border_km: float
) -> tuple[Singles, Singles, Singles, Singles]:  # pragma: no cover
    """Return extremes over all knots, `(n,)` each.

    The largest squared eighth difference, the least and the largest squared radius, and the
    largest square of what accelerates beside the point mass's pull, relative to what is allowed
    (below a radius, and above it).
    """
    n = r_km.shape[2]
    worst, high, excess = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    low = np.full(n, np.float32(np.inf))
    size = 1024  # columns whose rows stay in the second-level cache
    radii2, pulls = np.empty(size, np.float32), np.empty(size, np.float32)
    sums, others = np.empty(size, np.float32), np.empty(size, np.float32)
    border2 = np.float32(border_km**2)
    below, above = 1 / pulls_km_s2[0] ** 2, 1 / pulls_km_s2[1] ** 2
    mu = np.float32(MU_KM3_S2)
    for begin in range(0, n, size):
        m = min(n - begin, size)
        for k in range(r_km.shape[0]):
            radii2[:m] = np.float32(0.0)
            for c in range(3):
                row = r_km[k, c][begin : begin + m]
                for i in range(m):
                    radii2[i] += row[i] * row[i]
            for i in range(m):
                low[begin + i] = min(low[begin + i], radii2[i])
                high[begin + i] = max(high[begin + i], radii2[i])
                pulls[i] = mu / (radii2[i] * np.sqrt(radii2[i]))
            if k < 4 or k >= r_km.shape[0] - 4 or k % 2:
                continue
            sums[:m] = np.float32(0.0)
            others[:m] = np.float32(0.0)
            for c in range(3):
                _add_eighth(r_km, k, c, begin, sums[:m])
                _add_other(r_km, k, c, begin, spacing_s, pulls[:m], others[:m])
            for i in range(m):
                # A failure stays one: no later number may take the place of NaN.
                sum2 = sums[i] if sums[i] == sums[i] else np.float32(np.inf)
                worst[begin + i] = max(worst[begin + i], sum2)
                share = others[i] * (below if radii2[i] < border2 else above)
                excess[begin + i] = max(excess[begin + i], share)
    return worst, low, high, excess


@compiled_sums
def _add_eighth(
    r_km: Singles, k: int, c: int, begin: int, sums: Singles
) -> None:  # pragma: no cover
    """Add the squares of the eighth differences about knot k, columns from `begin` on."""
    n = len(sums)
    r0, r1 = r_km[k - 4, c][begin : begin + n], r_km[k - 3, c][begin : begin + n]
    r2, r3 = r_km[k - 2, c][begin : begin + n], r_km[k - 1, c][begin : begin + n]
    r4 = r_km[k, c][begin : begin + n]
    r5, r6 = r_km[k + 1, c][begin : begin + n], r_km[k + 2, c][begin : begin + n]
    r7, r8 = r_km[k + 3, c][begin : begin + n], r_km[k + 4, c][begin : begin + n]
    w1, w2, w3, w4 = np.float32(-8), np.float32(28), np.float32(-56), np.float32(70)
    for i in range(n):
        eighth = (r0[i] + r8[i]) + w1 * (r1[i] + r7[i]) + w2 * (r2[i] + r6[i])
        eighth += w3 * (r3[i] + r5[i]) + w4 * r4[i]
        sums[i] += eighth * eighth


@compiled_sums
def _add_other(
    r_km: Singles, k: int, c: int, begin: int, spacing_s: float, pulls: Singles, sums: Singles
) -> None:  # pragma: no cover
    """Add the squares of the accelerations about knot k that are not the point mass's."""
    n = len(sums)
    r0, r1 = r_km[k - 4, c][begin : begin + n], r_km[k - 3, c][begin : begin + n]
    r2, r3 = r_km[k - 2, c][begin : begin + n], r_km[k - 1, c][begin : begin + n]
    r4 = r_km[k, c][begin : begin + n]
    r5, r6 = r_km[k + 1, c][begin : begin + n], r_km[k + 2, c][begin : begin + n]
    r7, r8 = r_km[k + 3, c][begin : begin + n], r_km[k + 4, c][begin : begin + n]
    per_s2 = 1 / spacing_s**2
    w0, w1 = np.float32(-per_s2 / 560), np.float32(8 * per_s2 / 315)
    w2, w3 = np.float32(-per_s2 / 5), np.float32(8 * per_s2 / 5)
    for i in range(n):
        # Differences from the middle keep the digits that the sum of positions would lose.
        m = r4[i]
        other = w0 * ((r0[i] - m) + (r8[i] - m)) + w1 * ((r1[i] - m) + (r7[i] - m))
        other += w2 * ((r2[i] - m) + (r6[i] - m)) + w3 * ((r3[i] - m) + (r5[i] - m))
        other += m * pulls[i]
        sums[i] += other * other


@compiled
def weights(u: float, value: Floats, slope: Floats) -> None:  # pragma: no cover
    """Fill Lagrange's weights of nodes -3 to 4 at u, and their derivatives, `(8,)` each."""
    for j in range(8):
        product, rate = 1.0, 0.0
        for i in range(8):
            if i != j:
                factor = 1.0 / (j - i)
                rate = (rate * (u - (i - 3)) + product) * factor
                product *= (u - (i - 3)) * factor
        value[j] = product
        slope[j] = rate
