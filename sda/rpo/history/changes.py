"""Say what it would take to get from one element set's orbit to another's.

Mean elements move by themselves: J2 turns the node and the pericentre, Sun and Moon tilt high
orbits, drag lowers low ones. What is left is a change of velocity, and `delta_v` bounds it from
below, so that no real manoeuvre looks dearer than it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import radians
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM, GEO_RADIUS_KM, J2, MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet

__all__ = ["Changes", "MeanElements", "delta_v"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_NODE_RATE_SHARE: Final = 0.02
"""How well the mean rate of the node between two sets is known: a and i move in between."""
_TILT_RAD: Final = radians(0.02)
"""Scatter of the plane of an element set on its own, beyond the p99 of quiet satellites."""
_LUNISOLAR_RAD_DAY: Final = radians(0.005)
"""Tilt of the plane at the geostationary radius by Sun and Moon: 0.85 deg/year, and as much again
for the season. It grows with the period, and with the square of the eccentricity."""
_DRAG_PERIGEE_KM: Final = 1000.0
"""Height below which the loss of an orbit's energy may be drag; light debris falls from there."""
_PHASE_RAD: Final = 0.03
_PHASE_MIN_DAYS: Final = 0.25
_PHASE_SLOW_RAD_DAY: Final = 4 * np.pi
"""Of faster objects, sets closer in time than this tell nothing of the phase: scatter is all."""
_TRANSFER_ECCENTRICITY: Final = 0.2


@dataclass(frozen=True, slots=True)
class MeanElements:
    """The mean elements of sets in columns `(n,)`: days, km, rad, rad/day."""

    norad_id: NDArray[np.int64]
    epoch_days: Floats
    """Days since 1970-01-01, UTC."""
    motion_rad_day: Floats
    eccentricity: Floats
    inclination_rad: Floats
    node_rad: Floats
    pericenter_rad: Floats
    anomaly_rad: Floats
    axis_km: Floats
    perigee_km: Floats
    """Least geocentric radius, as all radii here."""
    apogee_km: Floats
    node_rate_rad_day: Floats
    """By J2 (Vallado 2013, eq. 9-37)."""
    pericenter_rate_rad_day: Floats
    """By J2 (Vallado 2013, eq. 9-39)."""

    @classmethod
    def of(cls, elements: Sequence[ElementSet]) -> Self:
        """Return the columns of a sequence of sets."""
        numbers = np.array([e.norad_id for e in elements], np.int64)
        epochs = np.array([e.epoch.timestamp() for e in elements]) / SECONDS_PER_DAY
        motion = np.array([e.mean_motion_rev_day for e in elements]) * 2 * np.pi
        ecc = np.array([e.eccentricity for e in elements])
        angles = np.radians(
            np.array(
                [
                    (
                        e.inclination_deg,
                        e.ra_of_asc_node_deg,
                        e.arg_of_pericenter_deg,
                        e.mean_anomaly_deg,
                    )
                    for e in elements
                ]
            ).reshape(-1, 4)
        ).T
        inc, node, pericenter, anomaly = angles
        axis = np.cbrt(MU_KM3_S2) * (motion / SECONDS_PER_DAY) ** (-2 / 3)
        with np.errstate(over="ignore", divide="ignore"):  # of what is no orbit
            rate = 1.5 * J2 * motion * (EARTH_RADIUS_KM / (axis * (1 - ecc**2))) ** 2
        return cls(
            numbers,
            epochs,
            motion,
            ecc,
            inc,
            node,
            pericenter,
            anomaly,
            axis,
            axis * (1 - ecc),
            axis * (1 + ecc),
            -rate * np.cos(inc),
            rate * (2 - 2.5 * np.sin(inc) ** 2),
        )

    def at(self, places: Indices) -> Self:
        """Return the columns of some of the sets."""
        return type(self)(*(getattr(self, field.name)[places] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What lies between pairs of sets, each `(m,)`."""

    days: Floats
    """From the earlier epoch to the later."""
    plane_km_s: Floats
    """To turn the plane, where the orbit is slowest."""
    energy_km_s: Floats
    """To change the semi-major axis alone."""
    phase_km_s: Floats
    """To be where the second set is along the orbit: out of step and back into it."""
    total_km_s: Floats
    """Plane, perigee and apogee together."""
    is_transfer: Bools
    """Whether the later orbit goes higher from a transfer orbit, or from low perigee into one."""


def delta_v(of: MeanElements, first: Indices, second: Indices) -> Changes:
    """Return a lower bound of what it takes from earlier sets' orbits `(m,)` to later ones'.

    Perigee and apogee are changed by two burns, each at the other, in the cheaper order; the plane
    is turned at the higher apogee, together with the burn there. The node is where J2 takes it,
    at a rate between those of the two orbits. A loss of energy with a low perigee costs nothing.
    """
    days = of.epoch_days[second] - of.epoch_days[first]
    rp1, rp2 = of.perigee_km[first], of.perigee_km[second]
    ra1, ra2 = of.apogee_km[first], of.apogee_km[second]
    slowest = np.minimum(_speed(ra1, rp1, ra1), _speed(ra2, rp2, ra2))
    plane = 2 * slowest * np.sin(_tilt(of, first, second, days) / 2)

    up = np.abs(_speed(rp1, rp1, ra2) - _speed(rp1, rp1, ra1))
    then = np.abs(_speed(ra2, rp2, ra2) - _speed(ra2, rp1, ra2))
    round_first = np.abs(_speed(ra1, rp2, ra1) - _speed(ra1, rp1, ra1))
    last = np.abs(_speed(rp2, rp2, ra2) - _speed(rp2, rp2, ra1))
    shape = np.minimum(up + then, round_first + last)
    total = np.minimum(up + np.hypot(then, plane), last + np.hypot(round_first, plane))

    a1, a2 = of.axis_km[first], of.axis_km[second]
    dragged = (a2 < a1) & (np.maximum(rp1, rp2) < EARTH_RADIUS_KM + _DRAG_PERIGEE_KM)
    circular = np.sqrt(MU_KM3_S2 / np.maximum(a1, a2))
    energy = np.where(dragged, 0.0, circular * np.abs(a2 - a1) / (a1 + a2))
    shape = np.where(dragged, 0.0, shape)
    total = np.where(dragged, plane, total)

    transfer = of.eccentricity[first] > _TRANSFER_ECCENTRICITY
    transfer &= rp2 > rp1
    low = rp1 < EARTH_RADIUS_KM + _DRAG_PERIGEE_KM
    transfer |= low & (of.eccentricity[second] > _TRANSFER_ECCENTRICITY)
    transfer &= a2 > 0.9 * a1
    return Changes(days, plane, energy, _phase(of, first, second, days, slowest), total, transfer)


def _speed(radius_km: Floats, one_km: Floats, other_km: Floats) -> Floats:
    """Return the speed at a radius of the orbit between two apsides, in either order, km/s."""
    return np.sqrt(np.maximum(MU_KM3_S2 * (2 / radius_km - 2 / (one_km + other_km)), 0.0))


def _tilt(of: MeanElements, first: Indices, second: Indices, days: Floats) -> Floats:
    """Return the angle between the planes beyond what nature turns them by, rad."""
    rate1, rate2 = of.node_rate_rad_day[first], of.node_rate_rad_day[second]
    mean_rate = (rate1 + rate2) / 2
    off = np.abs(_wrapped(of.node_rad[second] - of.node_rad[first] - days * mean_rate))
    known = days * (0.55 * np.abs(rate2 - rate1) + _NODE_RATE_SHARE * np.abs(mean_rate))
    off = np.maximum(off - known, 0.0)
    i1, i2 = of.inclination_rad[first], of.inclination_rad[second]
    # The haversine keeps small angles, which the cosine of their sum would round away.
    half = np.sin((i2 - i1) / 2) ** 2 + np.sin(i1) * np.sin(i2) * np.sin(off / 2) ** 2
    tilt = 2 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    axis = np.maximum(of.axis_km[first], of.axis_km[second])
    ecc = np.maximum(of.eccentricity[first], of.eccentricity[second])
    nature = _LUNISOLAR_RAD_DAY * days * (axis / GEO_RADIUS_KM) ** 1.5 * (1 + 4 * ecc**2)
    unexplained: Floats = np.maximum(tilt - nature - _TILT_RAD, 0.0)
    return unexplained


def _phase(
    of: MeanElements, first: Indices, second: Indices, days: Floats, speed_km_s: Floats
) -> Floats:
    """Return what it takes to be so far ahead or behind along the orbit, km/s.

    A change of the semi-major axis da shifts the phase by -1.5 n da/a a unit of time and costs
    v/2 da/a, at the start and again at the end.
    """
    cosine = np.cos((of.inclination_rad[first] + of.inclination_rad[second]) / 2)
    rate1, rate2 = (
        of.motion_rad_day[k] + of.pericenter_rate_rad_day[k] + cosine * of.node_rate_rad_day[k]
        for k in (first, second)
    )
    at1, at2 = (of.pericenter_rad[k] + of.anomaly_rad[k] for k in (first, second))
    # The node counts by cos i, so that it may turn as it likes in an equatorial plane.
    moved = at2 - at1 + cosine * _wrapped(of.node_rad[second] - of.node_rad[first])
    mean_rate = (rate1 + rate2) / 2
    off = np.abs(_wrapped(moved - days * mean_rate))
    known = days * (0.6 * np.abs(rate2 - rate1) + 1e-5 * mean_rate) + _PHASE_RAD
    told = (days >= _PHASE_MIN_DAYS) | (mean_rate < _PHASE_SLOW_RAD_DAY)
    excess = np.where(told, np.maximum(off - known, 0.0), 0.0)
    return 2 / 3 * speed_km_s * excess / np.maximum(days * mean_rate, 1.0)


def _wrapped(angle_rad: Floats) -> Floats:
    """Return angles between -pi and pi."""
    wrapped: Floats = (angle_rad + np.pi) % (2 * np.pi) - np.pi
    return wrapped
