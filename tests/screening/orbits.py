"""Make element sets of invented objects for the tests."""

from datetime import UTC, datetime, timedelta
from math import asin, atan2, cos, degrees, pi, sin, sqrt

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet

START = datetime(2025, 8, 8, 12, tzinfo=UTC)


def element_set(norad_id: int, **changes: float | datetime) -> ElementSet:
    """Return a set of a near-circular low orbit, with the given fields changed."""
    fields = {
        "epoch": START,
        "mean_motion_rev_day": 15.2,
        "eccentricity": 0.001,
        "inclination_deg": 53.0,
        "ra_of_asc_node_deg": 40.0,
        "arg_of_pericenter_deg": 90.0,
        "mean_anomaly_deg": 10.0,
        "bstar_per_earth_radius": 1e-5,
        **changes,
    }
    return ElementSet(
        norad_id=norad_id, name=f"INVENTED {norad_id}", object_id="", classification="U",
        mean_motion_dot_rev_day2=0.0, mean_motion_ddot_rev_day3=0.0, ephemeris_type=0,
        element_set_no=1, rev_at_epoch=1, source="test", **fields,
    )  # fmt: skip


def through(
    norad_id: int,
    *,
    latitude_rad: float,
    longitude_rad: float,
    radius_km: float,
    inclination_rad: float,
    eccentricity: float = 0.0,
    anomaly_rad: float = 0.0,
    southward: bool = False,
    after_s: float = 900.0,
) -> ElementSet:
    """Return the set of an orbit whose mean elements pass a point `after_s` after START.

    The point is a direction (declination, right ascension) and a radius; the inclination must
    reach the declination. `anomaly_rad` is the true anomaly there.
    """
    argument = asin(max(-1.0, min(1.0, sin(latitude_rad) / sin(inclination_rad))))
    if southward:
        argument = pi - argument
    node = longitude_rad - atan2(cos(inclination_rad) * sin(argument), cos(argument))
    semi_major_km = radius_km * (1 + eccentricity * cos(anomaly_rad)) / (1 - eccentricity**2)
    eccentric = 2 * atan2(
        sqrt(1 - eccentricity) * sin(anomaly_rad / 2), sqrt(1 + eccentricity) * cos(anomaly_rad / 2)
    )
    mean_motion_rad_s = sqrt(MU_KM3_S2 / semi_major_km**3)
    return element_set(
        norad_id,
        epoch=START + timedelta(seconds=after_s),
        mean_motion_rev_day=mean_motion_rad_s * SECONDS_PER_DAY / (2 * pi),
        eccentricity=eccentricity,
        inclination_deg=degrees(inclination_rad),
        ra_of_asc_node_deg=degrees(node) % 360.0,
        arg_of_pericenter_deg=degrees(argument - anomaly_rad) % 360.0,
        mean_anomaly_deg=degrees(eccentric - eccentricity * sin(eccentric)) % 360.0,
        bstar_per_earth_radius=0.0,
    )
