"""Sort orbits into regimes by their mean elements.

| regime | eccentricity | mean motion (rev/day) | inclination | source |
|---|---|---|---|---|
| HEO | >= 0.25 | any | any | Space-Track, basic definitions |
| LEO | < 0.25 | > 11.25 (period under 128 min) | any | Space-Track, basic definitions |
| GEO | < 0.2 | 0.9 to 1.1 | < 70 deg | ESA, Classification of Geosynchronous Objects |
| MEO | < 0.25 | between LEO and GEO: above 1.1, up to 11.25 | any | |
| OTHER | | everything else | | |

ESA's wide belt is used for GEO, not Space-Track's 0.99 to 1.01, because inspectors and servicers
work in the graveyard and drift orbits on either side of the protected ring.
"""

from enum import StrEnum

from sda.model import ElementSet

__all__ = ["Regime", "regime_of"]

_HEO_MIN_ECCENTRICITY = 0.25
_LEO_MIN_MEAN_MOTION_REV_DAY = 11.25
_GEO_MEAN_MOTION_REV_DAY = (0.9, 1.1)
_GEO_MAX_ECCENTRICITY = 0.2
_GEO_MAX_INCLINATION_DEG = 70.0


class Regime(StrEnum):
    """Where an orbit lies."""

    LEO = "LEO"
    MEO = "MEO"
    GEO = "GEO"
    HEO = "HEO"
    OTHER = "OTHER"


def regime_of(element_set: ElementSet) -> Regime:
    """Return the regime of an element set's mean orbit; the module's table holds the limits."""
    mean_motion = element_set.mean_motion_rev_day
    eccentricity = element_set.eccentricity
    low, high = _GEO_MEAN_MOTION_REV_DAY
    if eccentricity >= _HEO_MIN_ECCENTRICITY:
        return Regime.HEO
    if mean_motion > _LEO_MIN_MEAN_MOTION_REV_DAY:
        return Regime.LEO
    if mean_motion > high:
        return Regime.MEO
    if (
        mean_motion >= low
        and eccentricity < _GEO_MAX_ECCENTRICITY
        and element_set.inclination_deg < _GEO_MAX_INCLINATION_DEG
    ):
        return Regime.GEO
    return Regime.OTHER
