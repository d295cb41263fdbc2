"""Read from an element set how large its orbit is, and how fast it decays."""

from math import pi

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet

__all__ = ["axis_km", "decay_km_day"]


def axis_km(one: ElementSet) -> float:
    """Return the mean semi-major axis by Kepler's third law from the published mean motion."""
    n_rad_s = one.mean_motion_rev_day * 2 * pi / SECONDS_PER_DAY
    return float((MU_KM3_S2 / n_rad_s**2) ** (1 / 3))


def decay_km_day(one: ElementSet) -> float:
    """Return how fast the semi-major axis changes: -2/3 a n' / n; a set holds half of n'."""
    rate_rev_day2 = 2 * one.mean_motion_dot_rev_day2
    return -2 / 3 * axis_km(one) * rate_rev_day2 / one.mean_motion_rev_day
