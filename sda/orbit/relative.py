"""Describe the motion of one object as seen from another.

The Hill frame turns with object 1, axes radial, in-track, cross-track. Two satellites that
follow each other 200 km apart differ by 230 m/s in inertial velocity and by centimetres per
second here: only this figure says whether somebody manoeuvres close.

Relative orbital elements say the same of whole orbits: what differs lastingly, and what swings
within a revolution. They are taken from SGP4's own mean elements at one time, which hold drag and
the secular rates of J2, of the Moon and of the Sun, and no periodic terms.
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM
from sda.errors import ElementError
from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit.propagation import Propagator, reason_of
from sda.times import format_utc, julian

__all__ = [
    "RelativeElements",
    "hill_speed_km_s",
    "hill_state",
    "mean_elements",
    "plane_angle_rad",
    "plane_angles_rad",
    "relative_elements",
    "relative_elements_km",
    "separation_bound_km",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_NEAR_EQUATORIAL_RAD: Final = np.radians(20.0)
"""Below it the node says little. Planes left alone in GEO swing between 0 and 15 degrees in 53
years; the limit lies above, so that an object keeps its axes for life."""


@dataclass(frozen=True, slots=True)
class RelativeElements:
    """Quasi-nonsingular relative orbital elements, object 2 minus object 1, km.

    All are scaled by object 1's mean semi-major axis (D'Amico 2010, eq. 2.2): one is about the
    distance that it alone makes. The eccentricity and inclination vectors lie in object 1's plane,
    x towards its ascending node; where its inclination is below 20 degrees x is turned back by
    the node's right ascension, for a node near the equator is nowhere.
    """

    da_km: float
    """Difference of the mean semi-major axes; the pair drifts by -1.5 n da."""
    dlambda_km: float
    """Difference of the mean arguments of latitude, and cos i times that of the nodes."""
    dex_km: float
    dey_km: float
    dix_km: float
    """Along x: the difference of the inclinations, in the frame of the node."""
    diy_km: float
    """Along y: sin i times the difference of the nodes, in the frame of the node."""


def hill_state(
    r1_km: Floats, v1_km_s: Floats, r2_km: Floats, v2_km_s: Floats
) -> tuple[Floats, Floats]:
    """Return position and velocity of object 2 relative to object 1 in object 1's Hill frame.

    All arrays are `(..., 3)`; states in one inertial frame, km and km/s; results in RIC axes.
    The frame turns at omega = r x v / r^2, so v_hill = dv - omega x dr (Clohessy and Wiltshire
    1960; Vallado 2013, section 6.8).
    """
    v_hill_km_s = _hill_velocity(r1_km, v1_km_s, r2_km, v2_km_s)
    return to_ric(r2_km - r1_km, r1_km, v1_km_s), to_ric(v_hill_km_s, r1_km, v1_km_s)


def hill_speed_km_s(r1_km: Floats, v1_km_s: Floats, r2_km: Floats, v2_km_s: Floats) -> Floats:
    """Return the speed `(...,)` of object 2 in object 1's Hill frame: `hill_state` without axes.

    All arrays are `(..., 3)`; states in one inertial frame, km and km/s.
    """
    velocity = _hill_velocity(r1_km, v1_km_s, r2_km, v2_km_s)
    speed: Floats = np.sqrt(np.einsum("...i,...i->...", velocity, velocity))
    return speed


def _hill_velocity(r1_km: Floats, v1_km_s: Floats, r2_km: Floats, v2_km_s: Floats) -> Floats:
    """Return the velocity of object 2 in object 1's Hill frame, in the axes of the states."""
    radius2 = np.einsum("...i,...i->...", r1_km, r1_km)[..., np.newaxis]
    omega = np.cross(r1_km, v1_km_s) / radius2
    velocity: Floats = v2_km_s - v1_km_s - np.cross(omega, r2_km - r1_km)
    return velocity


def mean_elements(propagator: Propagator, index: Indices, jd: Floats, fr: Floats) -> Floats:
    """Return SGP4's mean elements of one object each at individual times.

    Takes object indices and split UTC Julian dates `(m,)`; returns `(m, 6)`: semi-major axis
    (Brouwer's, km), eccentricity, inclination, right ascension of the node, argument of perigee
    and mean anomaly (rad). Rows are NaN where SGP4 gives an error.
    """
    rows: list[tuple[float, ...]] = []
    for k, day, part in zip(index.tolist(), jd.tolist(), fr.tolist(), strict=True):
        record = propagator.record(k)
        if record.sgp4(day, part)[0]:
            rows.append((np.nan,) * 6)
        else:
            a_km = record.am * EARTH_RADIUS_KM
            rows.append((a_km, record.em, record.im, record.Om, record.om, record.mm))
    return np.array(rows, np.float64).reshape(-1, 6)


def relative_elements_km(mean_1: Floats, mean_2: Floats) -> Floats:
    """Return relative orbital elements `(..., 6)`, km, in the order of `RelativeElements`.

    Takes mean elements `(..., 6)` as `mean_elements` gives them. Angles are those on the sphere,
    not their first order (D'Amico 2010, eq. 2.2): the orbits meet at arguments of latitude theta1
    and theta2, and longitudes and perigees of orbit 2 are carried over by the difference of the
    two, by Napier's analogy in the triangle of the equator and both planes

        tan((theta1 - theta2) / 2) = tan(dnode / 2) cos((i1 + i2) / 2) / cos((i2 - i1) / 2),

    cos i times dnode in first order. So nothing is singular at the equator, and two sets whose
    nodes are half a turn apart there still differ by little.
    """
    a1, e1, i1, node1, perigee1, anomaly1 = np.moveaxis(mean_1, -1, 0)
    a2, e2, i2, node2, perigee2, anomaly2 = np.moveaxis(mean_2, -1, 0)
    dnode = _wrapped(node2 - node1)
    carried = 2 * np.arctan2(
        np.cos((i1 + i2) / 2) * np.sin(dnode / 2), np.cos((i2 - i1) / 2) * np.cos(dnode / 2)
    )
    dlambda = _wrapped(perigee2 + anomaly2 - perigee1 - anomaly1 + carried)
    dex = e2 * np.cos(perigee2 + carried) - e1 * np.cos(perigee1)
    dey = e2 * np.sin(perigee2 + carried) - e1 * np.sin(perigee1)
    dix = np.sin(i2) * np.cos(i1) * np.cos(dnode) - np.cos(i2) * np.sin(i1)
    diy = np.sin(i2) * np.sin(dnode)
    back = np.where(i1 < _NEAR_EQUATORIAL_RAD, node1, 0.0)
    dex, dey = _turned(dex, dey, back)
    dix, diy = _turned(dix, diy, back)
    return np.stack([a2 - a1, a1 * dlambda, a1 * dex, a1 * dey, a1 * dix, a1 * diy], axis=-1)


def plane_angles_rad(mean_1: Floats, mean_2: Floats) -> Floats:
    """Return the angle `(...,)` between the planes of mean elements `(..., 6)`."""
    i1, i2 = mean_1[..., 2], mean_2[..., 2]
    half_di, half_dnode = (i2 - i1) / 2, (mean_2[..., 3] - mean_1[..., 3]) / 2
    # The haversine of the angle, which keeps its digits where the angle is small.
    haversine = np.sin(half_di) ** 2 + np.sin(i1) * np.sin(i2) * np.sin(half_dnode) ** 2
    angle: Floats = 2 * np.arcsin(np.sqrt(np.clip(haversine, 0.0, 1.0)))
    return angle


def relative_elements(set_1: ElementSet, set_2: ElementSet, at: datetime) -> RelativeElements:
    """Return the relative orbital elements of two sets, both carried to one time.

    Raises ElementError when SGP4 has no state of one of them at that time.
    """
    mean_1, mean_2 = _both(set_1, set_2, at)
    return RelativeElements(*relative_elements_km(mean_1, mean_2).tolist())


def plane_angle_rad(set_1: ElementSet, set_2: ElementSet, at: datetime) -> float:
    """Return the angle between two sets' mean orbital planes, both carried to one time.

    Raises ElementError when SGP4 has no state of one of them at that time.
    """
    return float(plane_angles_rad(*_both(set_1, set_2, at)))


def separation_bound_km(relative: RelativeElements) -> float:
    """Return the least distance across the track that two orbits leave each other.

    Of a stable formation (da = 0), whatever the in-track distance (D'Amico 2010, eq. 2.40):

        sqrt2 |de . di| / sqrt(de^2 + di^2 + |de + di| |de - di|)

    It is a figure of the mean elements: SGP4's own least range may fall short by a hundredth.
    """
    _, _, *vectors = astuple(relative)
    de_km, di_km = np.array(vectors[:2]), np.array(vectors[2:])
    size2 = de_km @ de_km + di_km @ di_km
    size2 += np.linalg.norm(de_km + di_km) * np.linalg.norm(de_km - di_km)
    if size2 == 0:
        return 0.0
    return float(np.sqrt(2) * abs(de_km @ di_km) / np.sqrt(size2))


def _both(set_1: ElementSet, set_2: ElementSet, at: datetime) -> tuple[Floats, Floats]:
    """Return the mean elements `(6,)` of two sets at a time. Raises ElementError."""
    propagator = Propagator([set_1, set_2])
    for unusable in propagator.unusable:
        raise ElementError(
            f"object {unusable.element_set.norad_id} cannot be propagated, take another set: "
            f"{unusable.reason}"
        )
    jd, fr = np.array([julian(at), julian(at)]).T
    mean = mean_elements(propagator, np.arange(2), jd, fr)
    for k in np.flatnonzero(np.isnan(mean[:, 0])).tolist():
        raise ElementError(
            f"object {propagator.elements[k].norad_id} has no state at {format_utc(at)}, take a "
            f"time nearer to its epoch: {reason_of(propagator.record(k).error)}"
        )
    return mean[0], mean[1]


def _wrapped(angle_rad: Floats) -> Floats:
    """Return angles between -pi and pi."""
    wrapped: Floats = np.remainder(angle_rad + np.pi, 2 * np.pi) - np.pi
    return wrapped


def _turned(x: Floats, y: Floats, angle_rad: Floats) -> tuple[Floats, Floats]:
    """Return the components of vectors in axes that are turned back by an angle."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return x * cosine - y * sine, x * sine + y * cosine
