"""What could not be read, and what an element set must satisfy to be used at all."""

from dataclasses import dataclass
from math import isfinite

from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["Reject", "checked"]

MAX_NORAD_ID = 999_999_999
"""Catalogue numbers have at most nine digits (CCSDS 502.0-B-3, NORAD_CAT_ID)."""

_SGP4_TYPES = {0, 2, 3}
"""Published sets say 0; Spacetrack Report 3 numbers SGP4 as 2 and SDP4 as 3."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be read, with what was expected in its place."""

    file: str
    line: int
    """Line at which the record starts, from 1."""
    reason: str
    expected: str
    text: str
    """The offending text, shortened."""


def checked(elements: ElementSet) -> ElementSet:
    """Return the element set if SGP4 may be given it.

    Raises ElementError that names the field at fault.
    """
    if elements.ephemeris_type == 4:
        raise ElementError("EPHEMERIS_TYPE 4 is SGP4-XP, which SGP4 would get silently wrong")
    if elements.ephemeris_type not in _SGP4_TYPES:
        raise ElementError(f"EPHEMERIS_TYPE {elements.ephemeris_type} is not SGP4")
    if not 0 < elements.norad_id <= MAX_NORAD_ID:
        raise ElementError(f"catalogue number {elements.norad_id} is not within 1 to 999999999")
    if not 0.0 <= elements.eccentricity < 1.0:
        raise ElementError(f"eccentricity {elements.eccentricity} is not within 0 to 1")
    if not 0.0 < elements.mean_motion_rev_day < 20.0:
        raise ElementError(
            f"mean motion {elements.mean_motion_rev_day} is not within 0 to 20 rev/d"
        )
    if not 0.0 <= elements.inclination_deg <= 180.0:
        raise ElementError(f"inclination {elements.inclination_deg} is not within 0 to 180 deg")
    rest = (
        elements.ra_of_asc_node_deg
        + elements.arg_of_pericenter_deg
        + elements.mean_anomaly_deg
        + elements.bstar_per_earth_radius
        + elements.mean_motion_dot_rev_day2
        + elements.mean_motion_ddot_rev_day3
    )
    if not isfinite(rest):
        raise ElementError("an angle, BSTAR or a mean motion derivative is not a number")
    return elements
