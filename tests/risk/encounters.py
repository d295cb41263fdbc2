"""Conjunctions to weigh: made ones, and the published ones beside the project."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from sda.risk.conjunction import Conjunction, State, turned_from_ric

TCA = datetime(2026, 11, 23, 12, tzinfo=UTC)
RTN = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
M2_PER_KM2 = 1e6


def made(
    miss_ric_km: tuple[float, float, float] = (0.1, 0.5, 0.2),
    speed_km_s: float = 10.0,
    sigmas_km: tuple[float, float, float] = (0.1, 0.4, 0.1),
    velocity_sigma_km_s: float = 1e-6,
) -> Conjunction:
    """Return two objects in low orbit that cross at a speed, with equal errors along R, I, C."""
    r1, v1 = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0])
    angle = 2 * np.arcsin(speed_km_s / 2 / 7.5)
    v2 = 7.5 * np.array([0.0, np.cos(angle), np.sin(angle)])
    # Across the relative velocity, so that TCA is where it is said to be.
    miss = np.array(miss_ric_km)
    along = (v2 - v1) / np.linalg.norm(v2 - v1)
    r2 = r1 + miss - along * (along @ miss)
    covariance = np.diag([*np.square(sigmas_km), *[velocity_sigma_km_s**2] * 3])
    states = (State(r, v, turned_from_ric(covariance, r, v)) for r, v in ((r1, v1), (r2, v2)))
    return Conjunction(TCA, *states)


def of_nasa(case: dict[str, Any]) -> Conjunction:
    """Return a case of `cara_cdm`: states and position covariances, in RTN and m^2."""
    states = []
    for number in "12":
        state = np.array(case[f"x{number}_km"])
        covariance = np.zeros((6, 6))
        covariance[:3, :3] = np.array(case[f"Crtn{number}_m2"]) / M2_PER_KM2
        r_km, v_km_s = state[:3], state[3:]
        states.append(State(r_km, v_km_s, turned_from_ric(covariance, r_km, v_km_s)))
    return Conjunction(TCA, *states)


def of_alfano(case: dict[str, Any]) -> Conjunction:
    """Return a case of `alfano2009`: inertial, metres."""
    states = (
        State(
            np.array(case[f"r{number}_m"]) / 1000.0,
            np.array(case[f"v{number}_mps"]) / 1000.0,
            np.array(case[f"C{number}"]) / M2_PER_KM2,
        )
        for number in "12"
    )
    return Conjunction(TCA, *states)
