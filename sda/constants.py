"""Physical constants, each with its unit in its name and its source.

SGP4 is defined on WGS-72 (Hoots and Roehrich 1980, Spacetrack Report 3; Vallado et al.
2006, AIAA 2006-6753), so everything that reasons about mean elements uses WGS-72 too.
"""

from typing import Final

__all__ = [
    "EARTH_RADIUS_KM",
    "GEO_RADIUS_KM",
    "J2",
    "MU_EGM96_KM3_S2",
    "MU_KM3_S2",
    "SECONDS_PER_DAY",
    "SIDEREAL_DAY_S",
]

MU_KM3_S2: Final = 398600.8
"""Gravitational parameter of the Earth, WGS-72."""

MU_EGM96_KM3_S2: Final = 398600.4418
"""Gravitational parameter of the Earth, EGM-96: for states that are not SGP4's."""

EARTH_RADIUS_KM: Final = 6378.135
"""Equatorial radius of the Earth, WGS-72."""

J2: Final = 0.001082616
"""Second zonal harmonic, unnormalised, WGS-72."""

SECONDS_PER_DAY: Final = 86400.0

SIDEREAL_DAY_S: Final = 86164.0905
"""Mean sidereal day (IAU 1982 rotation rate)."""

GEO_RADIUS_KM: Final = 42164.2
"""Radius at which a Keplerian orbit takes one sidereal day."""
