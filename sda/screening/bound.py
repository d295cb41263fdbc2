"""Bound how far a pair that meets can seem apart: why the fast search loses none.

Time is cut into steps of length 2h. At the middle of a step each object has a position r and a
velocity v = dr/dt, both from an interpolant of SGP4's positions (`knots`). A pair *meets* in a
step if it is within the reach D at some time of it. x is the relative position, tau the time from
the middle, tau0 that of the meeting, mu / R^2 the pull of a point mass.

1. **Acceleration.** SGP4's path accelerates as the point mass would, up to `OTHER_PULL` = 0.004
   of that at the region's floor: J2 is at most 3 J2 (Re / R)^2 = 0.0032, Sun, Moon and drag are
   below 1e-4 for a fresh set. It is measured at every knot of every object (`knots`); paths that
   leave the allowance, as those of old sets with much drag do, are rough. Between two objects the
   point mass pulls apart by at most G |x|, G = 2 mu / R^3 at the least radius on the line between
   them, so |x''| <= G |x| + 2 delta, delta = 0.004 mu / R_floor^2.
2. **Own relative velocity.** Between the middle and the meeting let the relative speed be at most
   u. Then |x| <= D + u h there, and u <= |dv| + h (G (D + u h) + 2 delta), which gives
   u <= (|dv| + h (G D + 2 delta)) / (1 - G h^2).
3. **Linear test.** Taylor with remainder, seen from the meeting, where |x| <= D + u w at a time w
   before it: |dr + dv tau0| <= D + integral_0^h w (G (D + u w) + 2 delta) dw
   = D + G (D h^2 / 2 + u h^3 / 3) + delta h^2. A pair that meets therefore has
   min over |tau| <= h of |dr + dv tau| <= offset + slope |dv|: `Bound.linear`.
4. **Radius.** R'' = v_t^2 / R - mu / R^2 within delta. Along the step the angular momentum R v_t
   changes by less than R delta h, and |d(R'')/dR| <= 3 v_t^2 / R^2 + 2 mu / R^3 <= 6 g (one term
   outweighs the other; v_t^2 < 2 mu / R), g = mu / R^3. With s the most that R departs from its
   value in the middle, |R''| <= |R''_0| + 6 g s + 3 delta and s <= |R'| h + |R''| h^2 / 2, so
   s <= (|R'| h + (|R''_0| + 3 delta) h^2 / 2) / (1 - 3 g h^2). The radii of a pair that meets
   differ by at most D then, so the intervals R -+ (s + D / 2) overlap.
5. **Angle.** The angular rate is v_t / R at the middle, and at most (v_t / R) (1.001 + 2.5 s / R)
   in the step while s <= R / 10. Where that is at most `rate_rad_s`, the direction moves by less
   than h rate; a pair that meets is then within 2 h rate + 2 asin(D / 2 R_min) in direction. The
   few faster objects look further, by their own angle.
6. **Slack.** Each position is off by the interpolation (`knots` certifies at most
   `INTERPOLATION_KM`), by the propagator that filled the knots
   (`PROPAGATOR_KM`) and by 32-bit rounding, the last two times the interpolant's Lebesgue
   constant; each velocity by that times `_DERIVATIVE` / (distance of the knots).
7. **Slow pairs.** In an interval of range at most D the relative speed changes by at most
   2 sqrt(D a), a = G D + 2 delta >= |x''|: over a time T <= 2 sqrt(D / a) by a T at most, and a
   longer interval has |x'| <= 2 sqrt(D a) throughout (Landau's inequality). SGP4's own velocity,
   by which slow is defined, is up to `_VELOCITY_KM_S` off the derivative of its position. So an
   interval with a slow minimum stays below `Bound.slow_km_s` in all its steps and goes whole to
   `sda.screening.proximity`. Above it the squared range is convex over the step, since
   |dv|^2 > G d^2 + 2 delta d for all d <= D + 2 h |dv|: at most one minimum a step, which
   Newton's method finds.

Two regions part space at `SPLIT_KM`: below it orbits are fast and the step is short; above it a
step of four times the length does. A pair meets in the lower region if the lower of the two is
below the split then (so both are below split + D), else in the upper one.
"""

from dataclasses import dataclass
from math import asin, pi, sqrt
from typing import Final

from sda.constants import EARTH_RADIUS_KM, MU_KM3_S2

__all__ = [
    "HIGH",
    "INTERPOLATION_KM",
    "LOW",
    "OTHER_PULL",
    "PROPAGATOR_KM",
    "SPLIT_KM",
    "Bound",
    "Region",
]

OTHER_PULL: Final = 0.004
"""All of SGP4's acceleration that is not the point mass's, relative to it."""
INTERPOLATION_KM: Final = 0.07
PROPAGATOR_KM: Final = 0.01
SPLIT_KM: Final = 10_000.0

_DIP: Final = 0.99
"""The line between two objects that are within 1000 km dips below both, by less than this."""
_LEBESGUE: Final = 1.5
"""Sum of the weights' moduli, eight points, middle interval: at most 1.49."""
_DERIVATIVE: Final = 4.0
"""The same sum for the derivative's weights: at most 2.7 per distance of the knots."""
_ROUNDING: Final = 16 * 2.0**-24
"""Eight products and sums of 32-bit numbers, relative to the largest."""
_VELOCITY_KM_S: Final = 0.07
_ANGLE_RAD: Final = 2e-4
"""Error of the polynomials that give latitude and longitude, 1e-5, and of rounding."""


@dataclass(frozen=True, slots=True)
class Region:
    """A shell of space and the step with which it is searched.

    `floor_km` is the least radius that an object has in a step in which it comes into the region.
    """

    step_s: float
    floor_km: float
    rate_rad_s: float
    """Angular rate that few objects of the region exceed."""
    knot_s: float
    """Shortest distance of the knots of objects in the region."""
    is_low: bool

    @property
    def other_pull_km_s2(self) -> float:
        """Return what an object of the region may accelerate by beside the point mass's pull."""
        return OTHER_PULL * MU_KM3_S2 / (_DIP * self.floor_km) ** 2


# An orbit's rate at 6,530 km; an object falls by less than 2,450 km in 240 s (10.2 km/s).
LOW: Final = Region(60.0, EARTH_RADIUS_KM - 30.0, 1.2e-3, 150.0, True)
HIGH: Final = Region(240.0, SPLIT_KM - 2500.0, 6.5e-4, 150.0, False)


@dataclass(frozen=True, slots=True)
class Bound:
    """The numbers of the bound for one region and reach; the module derives them."""

    half_s: float
    other_pull_km_s2: float
    """delta of 1."""
    radial_gain: float
    """1 / (1 - 3 g h^2)."""
    linear_offset_km: float
    linear_slope_s: float
    angle_rad: float
    slow_km_s: float
    position_km: float
    """Error of one interpolated position."""
    radius_km: float
    """Error of a radius in a step, that of the rate included."""

    @classmethod
    def of(cls, region: Region, reach_km: float, slow_km_s: float, farthest_km: float) -> "Bound":
        """Derive the numbers for a reach, the speed below which a minimum is slow, and a radius."""
        h = region.step_s / 2
        nearest_km = _DIP * region.floor_km
        g = MU_KM3_S2 / nearest_km**3
        gradient = 2 * g
        delta = region.other_pull_km_s2
        position_km = INTERPOLATION_KM + _LEBESGUE * (PROPAGATOR_KM + _ROUNDING * farthest_km)
        velocity_km_s = _DERIVATIVE * position_km / region.knot_s
        contraction = 1 - gradient * h**2
        cubic = gradient * h**3 / 3 / contraction
        drift_km_s = h * (gradient * reach_km + 2 * delta)
        change_km_s = 2 * sqrt(reach_km * drift_km_s / h) + 2 * drift_km_s + 4 * velocity_km_s
        lowest_km = EARTH_RADIUS_KM - 30.0 if region.is_low else SPLIT_KM
        return cls(
            half_s=h,
            other_pull_km_s2=delta,
            radial_gain=1 / (1 - 3 * g * h**2),
            linear_offset_km=reach_km
            + gradient * reach_km * h**2 / 2
            + delta * h**2
            + cubic * (drift_km_s + 2 * velocity_km_s)
            + 2 * (position_km + velocity_km_s * h),
            linear_slope_s=cubic,
            angle_rad=2 * h * region.rate_rad_s
            + (2 * asin(reach_km / (2 * lowest_km)) if reach_km < lowest_km else pi)
            + _ANGLE_RAD,
            slow_km_s=slow_km_s + 2 * _VELOCITY_KM_S + change_km_s,
            position_km=position_km,
            radius_km=1.1 * (position_km + velocity_km_s * h),
        )
