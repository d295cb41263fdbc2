"""Propagate orbits and describe them: SGP4, regimes, relative motion."""

from sda.orbit.bands import radial_bands
from sda.orbit.propagation import UNBOUND, Propagator, Unusable, reason_of
from sda.orbit.regimes import Regime, regime_of
from sda.orbit.relative import hill_state

__all__ = [
    "UNBOUND",
    "Propagator",
    "Regime",
    "Unusable",
    "hill_state",
    "radial_bands",
    "reason_of",
    "regime_of",
]
