"""Element sets of objects in the geostationary ring, made to stand and drift as wanted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from sda.model import ElementSet
from sda.rpo.ring.config import ArrivalConfig, LongitudeConfig, NatureConfig
from sda.rpo.ring.motion import ring_states

START = datetime(2025, 1, 1, tzinfo=UTC)
INCLINED_DEG = 3.0

CONFIG = LongitudeConfig(
    band_deg=0.3, still_deg_day=0.08, min_stay_days=3, max_gap_days=100, kept_inclination_deg=0.1,
    coasting_days=90, retired_days=365, live_burn_m_s=0.1, roam_days=1100, slot_deg=0.2,
    nature=NatureConfig(
        baseline_days=3, longitude_deg=0.03, longitude_deg_day=0.002, drift_deg_day=0.005,
        burn_m_s=0.02,
    ),
    arrivals=ArrivalConfig(
        min_drift_deg_day=0.02, max_drift_deg_day=3, max_age_days=15, max_days=366, step_days=1,
        sigma_deg=0.02, sigma_deg_day=0.001,
    ),
)  # fmt: skip


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def set_at(
    days: float,
    longitude_deg: float,
    drift_deg_day: float,
    *,
    norad_id: int = 1,
    inclination_deg: float = INCLINED_DEG,
) -> ElementSet:
    """A set whose epoch is some days after START."""
    made = ElementSet(
        norad_id=norad_id, name=f"OBJECT {norad_id}", object_id="", epoch=after(days),
        mean_motion_rev_day=1.0027, eccentricity=0.0002, inclination_deg=inclination_deg,
        ra_of_asc_node_deg=80.0, arg_of_pericenter_deg=120.0, mean_anomaly_deg=40.0,
        bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0, mean_motion_ddot_rev_day3=0.0,
        classification="U", ephemeris_type=0, element_set_no=1, rev_at_epoch=1, source="test",
    )  # fmt: skip
    for _ in range(3):
        states = ring_states([made])
        off_deg = longitude_deg - np.degrees(states.longitude_rad[0])
        off_deg_day = drift_deg_day - np.degrees(states.drift_rad_day[0])
        made = replace(
            made,
            mean_anomaly_deg=(made.mean_anomaly_deg + off_deg) % 360,
            mean_motion_rev_day=made.mean_motion_rev_day + off_deg_day / 360,
        )
    return made


def left_alone(first: ElementSet, days: Sequence[float]) -> tuple[ElementSet, ...]:
    """The set, and what nature makes of it some days later each."""
    return (first, *(burned(first, [], later) for later in days))


def burned(first: ElementSet, burns: Sequence[tuple[float, float]], days: float) -> ElementSet:
    """What a set has become some days later, by nature and burns `(days, deg/day)`, in order."""
    states, at = ring_states([first]), 0.0
    for when, change_deg_day in [*burns, (days, 0.0)]:
        longitude_rad, drift_rad_day = states.carried(np.array([when - at]))
        states = replace(
            states,
            longitude_rad=longitude_rad,
            drift_rad_day=drift_rad_day + np.radians(change_deg_day),
        )
        at = when
    return set_at(
        (first.epoch - START) / timedelta(days=1) + days,
        float(np.degrees(states.longitude_rad[0])),
        float(np.degrees(states.drift_rad_day[0])),
        norad_id=first.norad_id,
        inclination_deg=first.inclination_deg,
    )


def kept(
    longitude_deg: float, days: Sequence[float], *, norad_id: int = 1, inclination_deg: float = 0.05
) -> tuple[ElementSet, ...]:
    """Sets of an object that holds a slot: still, and never far from its middle."""
    return tuple(
        set_at(
            day,
            longitude_deg + 0.03 * (-1) ** k,
            0.01 * (-1) ** (k // 2),
            norad_id=norad_id,
            inclination_deg=inclination_deg,
        )
        for k, day in enumerate(days)
    )
