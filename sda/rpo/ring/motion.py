"""How objects move along the geostationary ring, seen from the turning Earth.

The *mean longitude* of an orbit is node + perigee + mean anomaly - GMST: where a near-circular
orbit stands over the ground when its daily figure of eight, or its daily oscillation by
eccentricity, is averaged out. In the ring it changes slowly: by the *drift*, one km of semi-major
axis for 0.0128 deg a day, and the drift by the pull of the Earth's elliptic equator.

    lambda'  = n + J2 and J4 rates of M, perigee and node + Sun and Moon - rate of GMST
    lambda'' = d1 sin(lambda - p1) + d2 sin 2(lambda - p2) + d3 sin 3(lambda - p3)

The second line is SGP4's own resonance of synchronous orbits (Hujsak 1979, Spacetrack Report 1;
Hoots and Roehrich 1980, section 10; the constants as in Vallado et al. 2006, `dsinit`), with the
terms J31, J22 and J33. Its greatest term has the well-known 0.00168 deg/day^2 (Soop 1994, table 2).
J2 and J4 rates are SGP4's; its mean motion is freed of Kozai's J2 term first. Sun and Moon shift
the longitude by about -0.006 deg/day: the average of each one's tide over both revolutions,

    R = m n3^2 a^2 (3 cos^2 J - 1) / 8,   m = 1 of the Sun, 1 / 82.3 of the Moon,

put into Lagrange's equation for M + perigee + node. J is the angle between the planes; that of the
Moon swings about the ecliptic in 18.6 years. All agrees with SGP4's own sums to 0.0002 deg/day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM, J2, MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet
from sda.times import julian

__all__ = ["RingStates", "gmst_rad", "ring_states", "wrapped_rad"]

Floats = NDArray[np.float64]

_J4: Final = -0.00000165597
"""Fourth zonal harmonic, WGS-72, as in SGP4."""
_Q22: Final = 1.7891679e-6
_Q31: Final = 2.1460748e-6
_Q33: Final = 2.2123015e-7
_PHASE_1_RAD: Final = 0.13130908
_PHASE_2_RAD: Final = 2.8843198
_PHASE_3_RAD: Final = 0.37448087
_OBLIQUITY_RAD: Final = float(np.radians(23.4393))
_MOON_TILT_RAD: Final = float(np.radians(5.145))
_MOON_NODE_RAD: Final = (2.18244, -9.2422029e-4)
"""On the ecliptic, at 2000-01-01 12:00 and per day (Meeus 1998, eq. 47.7)."""
_SUN_RAD2_DAY2: Final = (2 * np.pi / 365.25636) ** 2
_MOON_RAD2_DAY2: Final = (2 * np.pi / 27.321662) ** 2 / 82.3005678
"""n3^2 times the share of the Moon in the mass of Earth and Moon."""
_EARTH_RAD_DAY: Final = 2 * np.pi * 1.00273790935
"""Rate of GMST (IAU 1982)."""
_RING_RAD: Final = np.radians(np.arange(360.0))
_STEP_DAYS: Final = 15.0
_STEP_RAD: Final = np.radians(24.0)
"""Steps over which sin 3 lambda is smooth enough for Runge and Kutta's fourth order."""


def gmst_rad(days_since_2000: Floats) -> Floats:
    """Return Greenwich mean sidereal time, IAU 1982, of days `(n,)` since 2000-01-01 12:00 UT1.

    As TEME has it (Vallado 2013, eq. 3-47). UTC may be given: UT1 differs by less than 0.9 s,
    0.004 deg, for all objects alike.
    """
    centuries = days_since_2000 / 36525.0
    seconds = (
        67310.54841
        + (876600 * 3600 + 8640184.812866) * centuries
        + 0.093104 * centuries**2
        - 6.2e-6 * centuries**3
    )
    return np.radians(seconds / 240.0) % (2 * np.pi)


def wrapped_rad(angle_rad: Floats) -> Floats:
    """Return angles of any shape brought to -pi up to pi."""
    turned: Floats = (angle_rad + np.pi) % (2 * np.pi) - np.pi
    return turned


@dataclass(frozen=True, slots=True, eq=False)
class RingStates:
    """Where `n` element sets stand in the ring, how they move, and what pulls them.

    All arrays are `(n,)` but `pull_rad_day2` `(n, 3)`: the amplitudes d1, d2, d3.
    """

    days: Floats
    """Epochs, days since 2000-01-01 12:00 UTC."""
    longitude_rad: Floats
    """East, -pi up to pi."""
    drift_rad_day: Floats
    """Positive to the east."""
    inclination_rad: Floats
    pull_rad_day2: Floats

    def __len__(self) -> int:
        return len(self.days)

    def __getitem__(self, index: NDArray[np.intp] | slice) -> "RingStates":
        return RingStates(
            self.days[index],
            self.longitude_rad[index],
            self.drift_rad_day[index],
            self.inclination_rad[index],
            self.pull_rad_day2[index],
        )

    def carried(self, days: Floats) -> tuple[Floats, Floats]:
        """Return longitude and drift `(n,)` after times `(n,)`, days, if nobody manoeuvres.

        The longitude runs on from the given one, past pi. Negative times go back.
        """
        longitude, drift = self.longitude_rad.copy(), self.drift_rad_day.copy()
        if not len(longitude):
            return longitude, drift
        span = np.abs(days).max()
        turn = np.abs(days * drift).max()
        count = max(1, int(np.ceil(max(span / _STEP_DAYS, turn / _STEP_RAD))))
        step = days / count
        for _ in range(count):
            k1, l1 = drift, self._pulled(longitude)
            k2, l2 = drift + step / 2 * l1, self._pulled(longitude + step / 2 * k1)
            k3, l3 = drift + step / 2 * l2, self._pulled(longitude + step / 2 * k2)
            k4, l4 = drift + step * l3, self._pulled(longitude + step * k3)
            longitude = longitude + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            drift = drift + step / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
        return longitude, drift

    @property
    def librates(self) -> NDArray[np.bool_]:
        """Whether `(n,)` they swing about a stable point, 75 E or 105 W, if nobody manoeuvres.

        They do if lambda'^2 / 2 + W, which the pull keeps, is below the highest ridge of its
        potential W, near 162 E: nothing less gets round the ring.
        """
        ridge = self._potential(np.broadcast_to(_RING_RAD[:, np.newaxis], (360, len(self)))).max(0)
        below: NDArray[np.bool_] = self.energy_rad2_day2 < ridge
        return below

    @property
    def energy_rad2_day2(self) -> Floats:
        """Return lambda'^2 / 2 + W `(n,)`, which nothing but a manoeuvre changes."""
        energy: Floats = self.drift_rad_day**2 / 2 + self._potential(self.longitude_rad)
        return energy

    def _potential(self, longitude_rad: Floats) -> Floats:
        """Return W `(..., n)`, whose falling slope is the pull, at longitudes `(..., n)`."""
        d1, d2, d3 = self.pull_rad_day2.T
        potential: Floats = (
            d1 * np.cos(longitude_rad - _PHASE_1_RAD)
            + d2 / 2 * np.cos(2 * (longitude_rad - _PHASE_2_RAD))
            + d3 / 3 * np.cos(3 * (longitude_rad - _PHASE_3_RAD))
        )
        return potential

    def _pulled(self, longitude_rad: Floats) -> Floats:
        """Return lambda'' `(n,)`, rad/day^2, at longitudes `(n,)`."""
        d1, d2, d3 = self.pull_rad_day2.T
        pulled: Floats = (
            d1 * np.sin(longitude_rad - _PHASE_1_RAD)
            + d2 * np.sin(2 * (longitude_rad - _PHASE_2_RAD))
            + d3 * np.sin(3 * (longitude_rad - _PHASE_3_RAD))
        )
        return pulled


def ring_states(elements: Sequence[ElementSet]) -> RingStates:
    """Return the states in the ring of element sets, each at its epoch.

    Meant for sets of the regime GEO; of others the longitude is true and the drift large.
    """
    table = np.array(
        [
            (
                one.mean_motion_rev_day,
                one.eccentricity,
                one.inclination_deg,
                one.ra_of_asc_node_deg,
                one.arg_of_pericenter_deg,
                one.mean_anomaly_deg,
            )
            for one in elements
        ],
        np.float64,
    ).reshape(-1, 6)
    parts = np.array([julian(one.epoch) for one in elements], np.float64).reshape(-1, 2)
    days = (parts[:, 0] - 2451545.0) + parts[:, 1]
    e = table[:, 1]
    inclination, node, perigee, anomaly = np.radians(table[:, 2:]).T
    motion = _unkozai(table[:, 0] * 2 * np.pi, e, inclination)
    rate = motion + _zonal(motion, e, inclination) + _tidal(days, motion, inclination, node)
    return RingStates(
        days,
        wrapped_rad(node + perigee + anomaly - gmst_rad(days)),
        rate - _EARTH_RAD_DAY,
        inclination,
        _amplitudes(motion, e, inclination),
    )


def _axis(motion_rad_day: Floats) -> Floats:
    """Return the semi-major axis `(n,)` in Earth radii."""
    axis: Floats = np.cbrt(MU_KM3_S2 / (motion_rad_day / SECONDS_PER_DAY) ** 2) / EARTH_RADIUS_KM
    return axis


def _unkozai(kozai_rad_day: Floats, e: Floats, inclination: Floats) -> Floats:
    """Return Brouwer's mean motion from Kozai's (Hoots and Roehrich 1980, section 6)."""
    a1 = _axis(kozai_rad_day)
    k = 0.75 * J2 * (3 * np.cos(inclination) ** 2 - 1) / (1 - e**2) ** 1.5
    d1 = k / a1**2
    a0 = a1 * (1 - d1 * (1 / 3 + d1 * (1 + 134 / 81 * d1)))
    unkozai: Floats = kozai_rad_day / (1 + k / a0**2)
    return unkozai


def _zonal(motion: Floats, e: Floats, inclination: Floats) -> Floats:
    """Return the sum of the rates of M, perigee and node by J2 and J4, rad/day, as in SGP4."""
    cos = np.cos(inclination)
    cos2, cos4 = cos**2, cos**4
    beta2 = 1 - e**2
    semi_latus2 = (_axis(motion) * beta2) ** 2
    t1 = 1.5 * J2 / semi_latus2 * motion
    t2 = 0.5 * t1 * J2 / semi_latus2
    t3 = -0.46875 * _J4 / semi_latus2**2 * motion
    root = np.sqrt(beta2)
    anomaly = 0.5 * t1 * root * (3 * cos2 - 1)
    anomaly += 0.0625 * t2 * root * (13 - 78 * cos2 + 137 * cos4)
    perigee = -0.5 * t1 * (1 - 5 * cos2) + 0.0625 * t2 * (7 - 114 * cos2 + 395 * cos4)
    perigee += t3 * (3 - 36 * cos2 + 49 * cos4)
    node = -t1 * cos + (0.5 * t2 * (4 - 19 * cos2) + 2 * t3 * (3 - 7 * cos2)) * cos
    total: Floats = anomaly + perigee + node
    return total


def _tidal(days: Floats, motion: Floats, inclination: Floats, node: Floats) -> Floats:
    """Return the rate of M + perigee + node by Sun and Moon, rad/day; see the module."""
    sin, cos = np.sin(inclination), np.cos(inclination)
    pole = np.array([sin * np.sin(node), -sin * np.cos(node), cos])
    tilting = np.array([cos * np.sin(node), -cos * np.cos(node), -sin])
    start, per_day = _MOON_NODE_RAD
    rate = np.zeros_like(motion)
    for strength, tilt in ((_SUN_RAD2_DAY2, 0.0), (_MOON_RAD2_DAY2, _MOON_TILT_RAD)):
        other = _ecliptic_pole(tilt, start + per_day * days)
        cos_between = (pole * other).sum(axis=0)
        by_inclination = (tilting * other).sum(axis=0)
        rate += strength * (
            -0.5 * (3 * cos_between**2 - 1)
            + 0.75 * np.tan(inclination / 2) * cos_between * by_inclination
        )
    return rate / motion


def _ecliptic_pole(tilt_rad: float, node_rad: Floats) -> Floats:
    """Return the pole `(3, n)`, equatorial axes, of planes tilted to the ecliptic."""
    x = np.sin(tilt_rad) * np.sin(node_rad)
    y = -np.sin(tilt_rad) * np.cos(node_rad)
    z = np.full_like(node_rad, np.cos(tilt_rad))
    sin, cos = np.sin(_OBLIQUITY_RAD), np.cos(_OBLIQUITY_RAD)
    return np.array([x, y * cos - z * sin, y * sin + z * cos])


def _amplitudes(motion: Floats, e: Floats, inclination: Floats) -> Floats:
    """Return d1, d2, d3 `(n, 3)`, rad/day^2, as in SGP4's `dsinit` for one revolution a day."""
    cos = np.cos(inclination)
    inverse_axis = 1 / _axis(motion)
    e2 = e**2
    base = 3 * motion**2 * inverse_axis**2
    f220, f330 = 0.75 * (1 + cos) ** 2, 1.875 * (1 + cos) ** 3
    f311 = 0.9375 * np.sin(inclination) ** 2 * (1 + 3 * cos) - 0.75 * (1 + cos)
    g200, g310 = 1 + e2 * (-2.5 + 0.8125 * e2), 1 + 2 * e2
    g300 = 1 + e2 * (-6 + 6.60937 * e2)
    return np.column_stack(
        [
            base * f311 * g310 * _Q31 * inverse_axis,
            2 * base * f220 * g200 * _Q22,
            3 * base * f330 * g300 * _Q33 * inverse_axis,
        ]
    )
