"""Hold two objects at their closest approach, with the errors of both."""

from dataclasses import dataclass
from datetime import datetime
from math import inf, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_EGM96_KM3_S2
from sda.errors import RiskError
from sda.frames import ric_axes

__all__ = ["Conjunction", "State", "clipped", "turned_from_ric"]

Floats = NDArray[np.float64]

_SYMMETRY: Final = 1e-9
"""Relative difference up to which a matrix counts as symmetric."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One object at a time, in an inertial frame."""

    r_km: Floats
    """`(3,)`"""
    v_km_s: Floats
    """`(3,)`"""
    covariance: Floats
    """`(6, 6)`, km^2, km^2/s and km^2/s^2, in the frame of the state."""

    @property
    def period_s(self) -> float:
        """Return the two-body period, infinite where the orbit is not bound."""
        energy = float(self.v_km_s @ self.v_km_s) / 2
        energy -= MU_EGM96_KM3_S2 / float(np.linalg.norm(self.r_km))
        return inf if energy >= 0 else 2 * pi * MU_EGM96_KM3_S2 / (-2 * energy) ** 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Conjunction:
    """Two objects near their closest approach, both in one inertial frame.

    The errors of the two are taken as independent of each other, as in all Pc from messages.
    """

    tca: datetime
    object_1: State
    object_2: State

    @property
    def miss_vector_km(self) -> Floats:
        """Return object 2 minus object 1, `(3,)`."""
        return self.object_2.r_km - self.object_1.r_km

    @property
    def velocity_km_s(self) -> Floats:
        """Return the velocity of object 2 minus that of object 1, `(3,)`."""
        return self.object_2.v_km_s - self.object_1.v_km_s

    @property
    def miss_km(self) -> float:
        """Return the range of the two states."""
        return float(np.linalg.norm(self.miss_vector_km))

    @property
    def relative_speed_km_s(self) -> float:
        """Return the relative speed of the two states."""
        return float(np.linalg.norm(self.velocity_km_s))

    @property
    def position_covariance_km2(self) -> Floats:
        """Return the covariance of the miss vector, `(3, 3)`."""
        return (self.object_1.covariance + self.object_2.covariance)[:3, :3]


def turned_from_ric(covariance_ric: Floats, r_km: Floats, v_km_s: Floats) -> Floats:
    """Return a covariance `(6, 6)` given in the RIC axes of a state in the frame of the state.

    The axes are those of the state's own position and velocity, and stand still: the velocity part
    is that of the inertial velocity along them (CCSDS 508.0-B-1, "RTN").

    Raises RiskError for a matrix that is not symmetric.
    """
    scale = np.sqrt(np.abs(np.diagonal(covariance_ric)))
    excess = np.abs(covariance_ric - covariance_ric.T) > _SYMMETRY * np.outer(scale, scale)
    if excess.any():
        raise RiskError("the covariance is not symmetric: fill both halves alike")
    turn = np.zeros((6, 6))
    turn[:3, :3] = turn[3:, 3:] = ric_axes(r_km, v_km_s).T
    turned: Floats = turn @ covariance_ric @ turn.T
    return (turned + turned.T) / 2


def clipped(matrix: Floats, least: float) -> tuple[Floats, bool]:
    """Return a symmetric matrix `(n, n)` with no eigenvalue below a least one, and whether any was.

    Eigenvalue clipping (Hall, Hejduk and Johnson 2017, AAS 17-567): of all repairs that they tried
    it changes a covariance least.
    """
    values, vectors = np.linalg.eigh(matrix)
    if float(values[0]) >= least:
        return matrix, False
    repaired: Floats = (vectors * np.maximum(values, least)) @ vectors.T
    return (repaired + repaired.T) / 2, True
