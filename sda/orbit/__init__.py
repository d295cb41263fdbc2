"""Propagate orbits and describe them: SGP4, regimes, relative motion."""

from sda.orbit.bands import radial_bands
from sda.orbit.propagation import UNBOUND, Propagator, Unusable, reason_of
from sda.orbit.regimes import Regime, regime_of
from sda.orbit.relative import (
    RelativeElements,
    hill_state,
    plane_angle_rad,
    relative_elements,
    separation_bound_km,
)

__all__ = [
    "UNBOUND",
    "Propagator",
    "Regime",
    "RelativeElements",
    "Unusable",
    "hill_state",
    "plane_angle_rad",
    "radial_bands",
    "reason_of",
    "regime_of",
    "relative_elements",
    "separation_bound_km",
]
