"""One orbit in SGP4's mean elements, and relative orbital elements between two of them.

Relative orbital elements are D'Amico's (2010, eq. 2.2): relative semi-major axis, relative
mean longitude, relative eccentricity vector, relative inclination vector, here all six times
the semi-major axis, so in km. The vectors are taken from the orbit normals and the
eccentricity vectors in the chief's nodal frame, so nothing is singular at the equator.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import atan2, cos, hypot, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sgp4.api import WGS72, Satrec

from sda.constants import EARTH_RADIUS_KM, J2, MU_KM3_S2

START = datetime(2026, 10, 1, tzinfo=UTC)
START_JD = 2461314.5
DAYS = 30.0
TAU = 2 * pi

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Orbit:
    """SGP4 mean elements at an epoch; the mean motion is Kozai's, as in a TLE."""

    epoch_d: float
    n_rad_min: float
    e: float
    i: float
    node: float
    argp: float
    m: float
    bstar: float = 0.0

    @property
    def a_km(self) -> float:
        """Return the semi-major axis of the Kozai mean motion."""
        return float((MU_KM3_S2 / (self.n_rad_min / 60) ** 2) ** (1 / 3))


def orbit(
    a_km: float,
    e: float,
    i: float,
    node: float,
    argp: float,
    m: float,
    *,
    epoch_d: float = 0.0,
    bstar: float = 0.0,
) -> Orbit:
    """Return an orbit from a semi-major axis in km."""
    return Orbit(epoch_d, 60 * sqrt(MU_KM3_S2 / a_km**3), e, i, node, argp, m, bstar)


def utc(time_d: float) -> datetime:
    """Return the UTC time of a day count, to the microsecond."""
    return START + timedelta(microseconds=round(time_d * 86400e6))


def satrec(o: Orbit) -> Satrec:
    """Return SGP4's record of an orbit."""
    sat = Satrec()
    epoch_1950_d = START_JD - 2433281.5 + o.epoch_d
    sat.sgp4init(
        WGS72, "i", 1, epoch_1950_d, o.bstar, 0.0, 0.0,
        o.e, o.argp, o.i, o.m % TAU, o.n_rad_min, o.node % TAU,
    )  # fmt: skip
    return sat


def states(o: Orbit, times_d: ArrayLike) -> tuple[Floats, Floats]:
    """Return TEME positions and velocities `(n, 3)` in km and km/s at times `(n,)`."""
    times = np.asarray(times_d, np.float64)
    whole = np.floor(times)
    error, r_km, v_km_s = satrec(o).sgp4_array(START_JD + whole, times - whole)
    if error.any():
        raise ValueError(f"SGP4 error {error.max()} for {o}")
    return r_km, v_km_s


def _kozai(n_brouwer: float, e: float, i: float) -> float:
    """Return the Kozai mean motion of SGP4's own (Hoots and Roehrich 1980, section 6)."""
    n = n_brouwer
    xke = 60 * sqrt(MU_KM3_S2 / EARTH_RADIUS_KM**3)
    d = 0.75 * J2 * (3 * cos(i) ** 2 - 1) / (1 - e * e) ** 1.5
    for _ in range(4):
        d1 = d / (xke / n) ** (4 / 3)
        a = (xke / n) ** (2 / 3) * (1 - d1 * (1 / 3 + d1 * (1 + d1 * 134 / 81)))
        n = n_brouwer * (1 + d / (a * a))
    return n


def at(o: Orbit, time_d: float) -> Orbit:
    """Return the orbit with its mean elements carried to another epoch by SGP4 itself.

    The record keeps the elements after the secular, drag, resonance and lunisolar secular
    terms and before the periodic ones, which is what a later element set would contain.
    """
    if time_d == o.epoch_d:
        return o
    sat = satrec(o)
    error, _, _ = sat.sgp4_tsince((time_d - o.epoch_d) * 1440)
    if error:
        raise ValueError(f"SGP4 error {error} for {o}")
    n = _kozai(sat.nm, sat.em, sat.im)
    return Orbit(time_d, n, sat.em, sat.im, sat.Om, sat.om, sat.mm, o.bstar)


def _wrap(angle: float) -> float:
    return (angle + pi) % TAU - pi


def _normal(o: Orbit) -> Floats:
    return np.array([sin(o.i) * sin(o.node), -sin(o.i) * cos(o.node), cos(o.i)])


def _nodal_axes(o: Orbit) -> Floats:
    x = np.array([cos(o.node), sin(o.node), 0.0])
    z = _normal(o)
    return np.array([x, np.cross(z, x), z])


def offset(chief: Orbit, roe_km: ArrayLike) -> Orbit:
    """Return the orbit that stands at relative orbital elements `(6,)` km from a chief.

    Order: da, dlambda, de_x, de_y, di_x, di_y, each times the chief's semi-major axis.
    """
    da, dl, dex, dey, dix, diy = (float(v) for v in np.asarray(roe_km) / chief.a_km)
    h = np.array([diy, -dix, sqrt(1 - dix * dix - diy * diy)]) @ _nodal_axes(chief)
    i, node = atan2(hypot(h[0], h[1]), h[2]), atan2(h[0], -h[1])
    shift = _wrap(node - chief.node) * cos(chief.i)
    ex = chief.e * cos(chief.argp) + dex
    ey = chief.e * sin(chief.argp) + dey
    argp = atan2(ey, ex)
    m = chief.m + chief.argp + dl - argp
    n = chief.n_rad_min * (1 + da) ** -1.5
    return Orbit(chief.epoch_d, n, hypot(ex, ey), i, node, argp - shift, m, chief.bstar)


def relative(chief: Orbit, deputy: Orbit) -> Floats:
    """Return the relative orbital elements `(6,)` km of a deputy; the inverse of `offset`."""
    x, y, _ = _nodal_axes(chief) @ _normal(deputy)
    shift = _wrap(deputy.node - chief.node) * cos(chief.i)
    argp = deputy.argp + shift
    dl = _wrap(deputy.m + argp - chief.m - chief.argp)
    dex = deputy.e * cos(argp) - chief.e * cos(chief.argp)
    dey = deputy.e * sin(argp) - chief.e * sin(chief.argp)
    da = (deputy.n_rad_min / chief.n_rad_min) ** (-2 / 3) - 1
    return chief.a_km * np.array([da, dl, dex, dey, -y, x])


def kicked(o: Orbit, dv_ric_m_s: ArrayLike) -> Orbit:
    """Return a near-circular orbit after an impulse (R, I, C) in m/s: Gauss' equations.

    D'Amico 2010, eq. 2.38, at the mean argument of latitude.
    """
    r, t, c = (float(v) / (1e3 * o.a_km * o.n_rad_min / 60) for v in np.asarray(dv_ric_m_s))
    u = o.m + o.argp
    roe = [2 * t, -2 * r, sin(u) * r + 2 * cos(u) * t, -cos(u) * r + 2 * sin(u) * t,
           cos(u) * c, sin(u) * c]  # fmt: skip
    return offset(o, o.a_km * np.array(roe))


def keplerian(r_km: Floats, v_km_s: Floats, epoch_d: float) -> Orbit:
    """Return the osculating elements of a state `(3,)` (Vallado 2013, algorithm 9)."""
    r = float(np.linalg.norm(r_km))
    h = np.cross(r_km, v_km_s)
    e_vec = np.cross(v_km_s, h) / MU_KM3_S2 - r_km / r
    e = float(np.linalg.norm(e_vec))
    a = 1 / (2 / r - float(v_km_s @ v_km_s) / MU_KM3_S2)
    i, node = atan2(hypot(h[0], h[1]), h[2]), atan2(h[0], -h[1])
    x = np.array([cos(node), sin(node), 0.0])
    y = np.cross(h / np.linalg.norm(h), x)
    argp = atan2(e_vec @ y, e_vec @ x)
    nu = atan2(r_km @ y, r_km @ x) - argp
    ecc = atan2(sqrt(1 - e * e) * sin(nu), e + cos(nu))
    return orbit(a, e, i, node, argp, ecc - e * sin(ecc), epoch_d=epoch_d)


def fitted(r_km: Floats, v_km_s: Floats, epoch_d: float, *, bstar: float = 0.0) -> Orbit:
    """Return the mean elements whose SGP4 state at an epoch is the given one, to 1 mm.

    Raises ValueError when the corrections do not converge.
    """
    goal = keplerian(r_km, v_km_s, epoch_d)
    o = replace(goal, bstar=bstar)
    for _ in range(40):
        r, v = states(o, [epoch_d])
        if np.linalg.norm(r[0] - r_km) < 1e-6:
            return o
        o = offset(o, relative(keplerian(r[0], v[0], epoch_d), goal))
    raise ValueError(f"no mean elements found for the state {r_km} {v_km_s}")


def longitude(o: Orbit) -> float:
    """Return the mean geographic longitude of a near-equatorial orbit at its epoch, rad."""
    return _wrap(o.node + o.argp + o.m - satrec(o).gsto)


def geostationary(
    longitude_deg: float, *, e: float = 2e-4, i_deg: float = 0.3, node: float = 1.5,
    argp: float = 0.0,
) -> Orbit:  # fmt: skip
    """Return a geostationary orbit that is back at its longitude at the end of the window.

    So the window lies between two east-west station-keeping burns: the pull of the Earth's
    ellipticity bends the longitude by 0.2 deg at most. The inclination is not smaller because
    SGP4 turns its lunisolar terms with the node: at 0.05 deg a burn across the track of 2 m/s
    would move the state by kilometres, at 0.3 deg it obeys Gauss to half a per cent.
    """
    o = orbit(42165.8, e, np.radians(i_deg), node, argp, 0.0)
    m = np.radians(longitude_deg) - longitude(o)
    o = replace(o, m=m % TAU)
    for _ in range(4):
        drift = _wrap(longitude(at(o, DAYS)) - longitude(o)) / (DAYS * 1440)
        o = replace(o, n_rad_min=o.n_rad_min - drift)
    return o
