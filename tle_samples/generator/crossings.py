"""Plain conjunctions, designed: two strangers meet once, fast, at a known time and distance."""

from math import cos, radians, sin

import numpy as np

from sda.constants import EARTH_RADIUS_KM

from .event import Event
from .mean import TAU, Orbit, fitted, orbit
from .track import Track, coasting

FIRST_PRIMARY = 330101
FIRST_SECONDARY = 900100001
DEMO_D = 19.0

TIMES_D = (
    2.3, 5.7, 8.1, 11.4, 14.6, 17.9, 24.2, 27.5,
    *(DEMO_D + (0.6 + 1.75 * k) / 24 for k in range(13)),
)  # fmt: skip
"""Eight over the month, thirteen within the demo's day."""

FAMILIES = (
    # name, altitude km, inclination deg
    ("SSO", 610.0, 97.8),
    ("LEO", 545.0, 53.2),
    ("SSO", 805.0, 98.7),
    ("LEO", 1195.0, 87.9),
    ("SSO", 705.0, 98.2),
)


def meeting(
    primary: Track, time_d: float, miss_km: float, turn_rad: float, speed_factor: float,
    clock_rad: float, bstar: float,
) -> Orbit:  # fmt: skip
    """Return the orbit that passes a primary at a time and miss distance.

    Its velocity there is the primary's, turned about the vertical and scaled; the miss vector
    is perpendicular to the relative velocity, so the time is that of closest approach.
    """
    (r,), (v,) = primary.states([time_d])
    up = r / np.linalg.norm(r)
    along = v - (v @ up) * up
    turned = along * cos(turn_rad) + np.cross(up, along) * sin(turn_rad) + (v @ up) * up
    relative = speed_factor * turned - v
    first = np.cross(relative, up)
    first /= np.linalg.norm(first)
    second = np.cross(relative, first) / np.linalg.norm(relative)
    miss = miss_km * (cos(clock_rad) * first + sin(clock_rad) * second)
    return fitted(r + miss, speed_factor * turned, time_d, bstar=bstar)


def crossings(rng: np.random.Generator) -> tuple[list[Track], list[Event]]:
    """Return the pairs and their events, the secondaries after the primaries."""
    primaries, secondaries, events = [], [], []
    for k, time_d in enumerate(TIMES_D):
        family, altitude_km, i_deg = FAMILIES[k % len(FAMILIES)]
        node, argp, m = rng.uniform(0, TAU, 3)
        a_km = EARTH_RADIUS_KM + altitude_km + rng.normal(0, 8)
        o = orbit(a_km, 1.1e-3, radians(i_deg), node, argp, m, bstar=4e-5)
        name = f"EXERCISE {family} PRIMARY-{k + 1:02d}"
        primary = Track(FIRST_PRIMARY + k, name, f"2019-{901 + k}A", "LEO", coasting(o))
        met = meeting(
            primary, time_d, rng.uniform(0.15, 0.9), radians(rng.uniform(40, 320)),
            rng.uniform(1.0005, 1.004), rng.uniform(0, TAU), rng.uniform(2e-5, 1.5e-4),
        )  # fmt: skip
        name = f"EXERCISE DEB-X {k + 1:02d}"
        secondary = Track(FIRST_SECONDARY + k, name, f"2007-{901 + k}B", "LEO", coasting(met))
        primaries.append(primary)
        secondaries.append(secondary)
        ids = (primary.norad_id, secondary.norad_id)
        events.append(
            Event(f"CROSSING-{k + 1:02d}", "chance", ids, None, time_d - 0.01, time_d + 0.01,
                  False, "designed conjunction, fast, miss below 1 km")
        )  # fmt: skip
    return primaries + secondaries, events
