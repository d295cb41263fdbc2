"""Propagate element sets with SGP4: the only place in the house that calls it.

The reference is python-sgp4's compiled copy of Vallado's code (AIAA 2006-6753), WGS-72,
operation mode "improved". Identity is never read from a `Satrec`: catalogue numbers have up to
nine digits, SGP4's Alpha-5 field ends at 339999, so each record carries a dummy number and its
place in the sequence is its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import pi, radians, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, SatrecArray

from sda.constants import MU_KM3_S2
from sda.model import ElementSet
from sda.times import julian

__all__ = ["UNBOUND", "Propagator", "Unusable", "orbit", "reason_of"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Indices = NDArray[np.intp]

UNBOUND: Final = 7
"""Error code, beside SGP4's own 1 to 6, of a state no orbit has: faster than escape.

SGP4 does not notice: object 29141 of its own verification set leaves at 107,834 km/s, without an
error, a day after its epoch.
"""
_GREATEST_ENERGY = 1.05 * 2 * MU_KM3_S2
"""Of v^2 r: escape's, and a margin; SGP4's osculating energy scatters by J2, under 1 %."""
_SGP4_EPOCH_JD = 2433281.5  # 1949-12-31, from which sgp4init counts days
_DUMMY_NUMBER = 1
_RAD_MIN_PER_REV_DAY = 2 * pi / 1440


@dataclass(frozen=True, slots=True)
class Unusable:
    """An element set that SGP4 cannot start from, and why."""

    element_set: ElementSet
    reason: str


def orbit(element_set: ElementSet) -> tuple[datetime, *tuple[float, ...]]:
    """Return what SGP4's states depend on: sets that share it are at one place at all times."""
    return (
        element_set.epoch,
        element_set.mean_motion_rev_day,
        element_set.eccentricity,
        element_set.inclination_deg,
        element_set.ra_of_asc_node_deg,
        element_set.arg_of_pericenter_deg,
        element_set.mean_anomaly_deg,
        element_set.bstar_per_earth_radius,
    )


def reason_of(code: int) -> str:
    """Return in words why SGP4 gave no state."""
    if code == UNBOUND:
        return "the state is faster than escape speed: the element set is not an orbit"
    return f"SGP4 error {code}: {SGP4_ERRORS[code]}"


class Propagator:
    """SGP4 over a sequence of element sets.

    `elements` are those it can start from, in the order given; every index below counts in
    them. `unusable` are the others. States are TEME, km and km/s; where `error` is not 0 the
    rows of the state are NaN.
    """

    __slots__ = ("_array", "_satrecs", "elements", "unusable")

    def __init__(self, elements: Sequence[ElementSet]) -> None:
        usable: list[ElementSet] = []
        unusable: list[Unusable] = []
        satrecs: list[Satrec] = []
        for element_set in elements:
            satrec = _satrec(element_set)
            code = _code_at_epoch(satrec)
            if code:
                unusable.append(Unusable(element_set, reason_of(code)))
            else:
                usable.append(element_set)
                satrecs.append(satrec)
        self.elements: tuple[ElementSet, ...] = tuple(usable)
        self.unusable: tuple[Unusable, ...] = tuple(unusable)
        self._satrecs = satrecs
        self._array: SatrecArray | None = None  # a copy of all records, made when asked for

    def __len__(self) -> int:
        return len(self.elements)

    def __reduce__(self) -> tuple[type["Propagator"], tuple[tuple[ElementSet, ...]]]:
        """Travel to other processes as element sets, for SGP4's records cannot."""
        return Propagator, ((*self.elements, *(one.element_set for one in self.unusable)),)

    def record(self, index: int) -> Satrec:
        """Return SGP4's record of one object, for libraries that take it; its number is a dummy."""
        return self._satrecs[index]

    def grid(self, jd: Floats, fr: Floats) -> tuple[Codes, Floats, Floats]:
        """Return the states of all objects at shared times.

        Takes split UTC Julian dates `(n_time,)`; returns error `(n_sat, n_time)`, position
        and velocity `(n_sat, n_time, 3)` float64.
        """
        if self._array is None:
            self._array = SatrecArray(self._satrecs)
        return _checked(*self._array.sgp4(jd, fr))

    def grid_of(self, index: Indices, jd: Floats, fr: Floats) -> tuple[Codes, Floats, Floats]:
        """Return the states of some objects `(n,)` at shared times, as `grid` does."""
        return _checked(*SatrecArray([self._satrecs[i] for i in index]).sgp4(jd, fr))

    def at(self, index: Indices, jd: Floats, fr: Floats) -> tuple[Codes, Floats, Floats]:
        """Return the state of one object each at individual times.

        Takes object indices and split UTC Julian dates `(m,)`; returns error `(m,)`, position
        and velocity `(m, 3)` float64.
        """
        order = np.argsort(index, kind="stable")
        sorted_, jd, fr = index[order], jd[order], fr[order]
        n = len(index)
        error, r_km, v_km_s = np.empty(n, np.uint8), np.empty((n, 3)), np.empty((n, 3))
        begins = np.flatnonzero(np.diff(sorted_, prepend=-1))
        for begin, end in pairwise([*begins.tolist(), n]):
            satrec = self._satrecs[sorted_[begin]]
            error[begin:end], r_km[begin:end], v_km_s[begin:end] = satrec.sgp4_array(
                jd[begin:end], fr[begin:end]
            )
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return _checked(error[back], r_km[back], v_km_s[back])


def _satrec(element_set: ElementSet) -> Satrec:
    """Return SGP4's record of an element set.

    sgp4init takes its epoch as one float, good to 0.3 microseconds or 2 mm; the split epoch
    is put in afterwards, so the state agrees with that of the published lines to the last bit.
    """
    jd, fr = julian(element_set.epoch)
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        _DUMMY_NUMBER,
        jd + fr - _SGP4_EPOCH_JD,
        element_set.bstar_per_earth_radius,
        element_set.mean_motion_dot_rev_day2 * _RAD_MIN_PER_REV_DAY / 1440,
        element_set.mean_motion_ddot_rev_day3 * _RAD_MIN_PER_REV_DAY / 1440**2,
        element_set.eccentricity,
        radians(element_set.arg_of_pericenter_deg),
        radians(element_set.inclination_deg),
        radians(element_set.mean_anomaly_deg),
        element_set.mean_motion_rev_day / (1440 / (2 * pi)),
        radians(element_set.ra_of_asc_node_deg),
    )
    satrec.jdsatepoch, satrec.jdsatepochF = jd, fr
    return satrec


def _code_at_epoch(satrec: Satrec) -> int:
    if satrec.error:
        return int(satrec.error)
    error, (x, y, z), (vx, vy, vz) = satrec.sgp4(satrec.jdsatepoch, satrec.jdsatepochF)
    # As `_checked`, without the cost of an array for each object.
    bound = (vx * vx + vy * vy + vz * vz) * sqrt(x * x + y * y + z * z) < _GREATEST_ENERGY
    return int(error) if error or bound else UNBOUND


def _checked(error: Codes, r_km: Floats, v_km_s: Floats) -> tuple[Codes, Floats, Floats]:
    """Mark states faster than escape, and blank every state that has an error."""
    speed2 = np.einsum("...i,...i->...", v_km_s, v_km_s)
    radius = np.sqrt(np.einsum("...i,...i->...", r_km, r_km))
    error[(error == 0) & ~(speed2 * radius < _GREATEST_ENERGY)] = UNBOUND
    failed = error != 0
    if failed.any():
        r_km[failed] = np.nan
        v_km_s[failed] = np.nan
    return error, r_km, v_km_s
