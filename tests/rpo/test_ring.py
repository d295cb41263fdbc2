"""Longitude, drift and the pull of the Earth's equator, against published figures and SGP4."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.model import ElementSet
from sda.orbit import Propagator
from sda.orbit.inspection import skyfield_time, sub_points_deg
from sda.rpo.ring.motion import gmst_rad, ring_states, wrapped_rad
from sda.times import add_seconds

EPOCH = datetime(2025, 3, 20, 6, tzinfo=UTC)
STILL_REV_DAY = 1.0027  # near the rate of an object that keeps its slot

STATIONARY = ElementSet(
    norad_id=1, name="STILL", object_id="", epoch=EPOCH, mean_motion_rev_day=STILL_REV_DAY,
    eccentricity=0.0002, inclination_deg=0.05, ra_of_asc_node_deg=80.0, arg_of_pericenter_deg=120.0,
    mean_anomaly_deg=40.0, bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0, classification="U", ephemeris_type=0, element_set_no=1,
    rev_at_epoch=1, source="test",
)  # fmt: skip

orbits = st.builds(
    replace,
    st.just(STATIONARY),
    mean_motion_rev_day=st.floats(0.98, 1.02),
    eccentricity=st.floats(1e-5, 0.02),
    inclination_deg=st.floats(0.001, 15.0),
    ra_of_asc_node_deg=st.floats(0.0, 359.9),
    arg_of_pericenter_deg=st.floats(0.0, 359.9),
    mean_anomaly_deg=st.floats(0.0, 359.9),
)


def at_longitude(longitude_deg: float, mean_motion_rev_day: float = STILL_REV_DAY) -> ElementSet:
    there_deg = np.degrees(ring_states([STATIONARY]).longitude_rad[0])
    return replace(
        STATIONARY,
        mean_motion_rev_day=mean_motion_rev_day,
        mean_anomaly_deg=(STATIONARY.mean_anomaly_deg + longitude_deg - there_deg) % 360,
    )


def sgp4_longitude_rad(propagator: Propagator, days: float) -> float:
    """SGP4's mean longitude, with all that it adds up but the periodic terms."""
    record = propagator.record(0)
    fraction = record.jdsatepochF + days
    assert record.sgp4(record.jdsatepoch, fraction)[0] == 0
    gmst = gmst_rad(np.array([record.jdsatepoch - 2451545.0 + fraction]))[0]
    return record.Om + record.om + record.mm - gmst


def test_sidereal_time_is_that_of_sgp4():
    record = Propagator([STATIONARY]).record(0)
    days = record.jdsatepoch - 2451545.0 + record.jdsatepochF
    assert gmst_rad(np.array([days]))[0] == pytest.approx(record.gsto, abs=1e-9)


def test_mean_longitude_is_the_daily_mean_of_the_sub_satellite_point():
    inclined = replace(at_longitude(60.0), inclination_deg=5.0, eccentricity=0.01)
    sidereal_day_s = 86164.0905
    times = [add_seconds(EPOCH, (k / 96 - 0.5) * sidereal_day_s) for k in range(96)]
    under_deg = sub_points_deg(inclined, skyfield_time(times))[:, 1]
    assert np.ptp(under_deg) > 2  # its daily swing by eccentricity
    lunisolar_deg = 0.03  # SGP4's periodic terms, which no mean element holds
    assert np.mean(under_deg) == pytest.approx(60.0, abs=lunisolar_deg)


@given(orbits)
def test_drift_is_that_of_sgp4(element_set: ElementSet):
    propagator = Propagator([element_set])
    before, after = (sgp4_longitude_rad(propagator, days) for days in (-0.5, 0.5))
    drift_deg_day = np.degrees(ring_states([element_set]).drift_rad_day[0])
    told_deg_day = np.degrees(wrapped_rad(np.array([after - before]))[0])
    assert drift_deg_day == pytest.approx(told_deg_day, abs=3e-4)


def test_a_kilometre_of_semi_major_axis_drifts_by_0_01284_deg_a_day():
    higher = STILL_REV_DAY * (1 - 1.5 * 1.0 / 42165.0)
    both = [STATIONARY, replace(STATIONARY, mean_motion_rev_day=higher)]
    low, high = ring_states(both).drift_rad_day
    assert np.degrees(low - high) == pytest.approx(0.01284, abs=1e-5)


@pytest.mark.parametrize(
    ("longitude_deg", "soop_deg_day2"),
    [
        # Soop, Handbook of Geostationary Orbits, table 2; east is positive.
        (-150, 1.63e-3), (-120, 0.71e-3), (-105, -0.01e-3), (-90, -0.68e-3), (-60, -1.42e-3),
        (-30, -0.90e-3), (30, 1.77e-3), (60, 1.01e-3), (75, 0.0), (90, -1.05e-3),
        (105, -1.79e-3), (120, -1.99e-3), (135, -1.59e-3), (150, -0.77e-3),
    ],
)  # fmt: skip
def test_the_pull_is_that_of_soops_table(longitude_deg: float, soop_deg_day2: float):
    states = ring_states([at_longitude(longitude_deg)])
    day = np.array([1.0])
    pull = (states.carried(day)[1] - states.carried(-day)[1])[0] / 2
    left_out = 6e-5  # J42, J44 and above
    assert np.degrees(pull) == pytest.approx(soop_deg_day2, abs=left_out)


@given(element_set=orbits, days=st.floats(-120, 120))
def test_carried_agrees_with_sgp4_over_months(element_set: ElementSet, days: float):
    longitude_rad, _ = ring_states([element_set]).carried(np.array([days]))
    told_rad = sgp4_longitude_rad(Propagator([element_set]), days)
    apart_deg = np.degrees(np.abs(wrapped_rad(longitude_rad - told_rad))[0])
    assert apart_deg < 0.03 + 4e-4 * abs(days)


@given(element_set=orbits, days=st.floats(1, 700))
def test_carried_keeps_the_energy_and_comes_back(element_set: ElementSet, days: float):
    states = ring_states([element_set])
    longitude_rad, drift_rad_day = states.carried(np.array([days]))
    later = replace(
        states, days=states.days, longitude_rad=longitude_rad, drift_rad_day=drift_rad_day
    )
    scale = np.abs(states.energy_rad2_day2) + 1e-6
    assert (np.abs(later.energy_rad2_day2 - states.energy_rad2_day2) < 1e-3 * scale).all()
    back_rad, _ = later.carried(np.array([-days]))
    np.testing.assert_allclose(back_rad, states.longitude_rad, atol=1e-3)


def test_a_dead_object_near_75_e_librates_and_one_in_the_graveyard_does_not():
    swings, passes = ring_states([at_longitude(60.0), at_longitude(60.0, 0.995)]).librates
    assert swings
    assert not passes


def test_a_librator_returns_to_its_turning_point_after_its_period():
    # J22 alone gives 818 days; J31 and J33 add to its slope at 75 E (Soop 1994, table 2).
    states = ring_states([at_longitude(60.0)])
    still = replace(states, drift_rad_day=np.zeros(1))
    days = np.arange(10.0, 1200.0, 10.0)
    longitude_rad, _ = still[np.zeros(len(days), np.intp)].carried(days)
    assert np.degrees(longitude_rad.max()) == pytest.approx(90, abs=4)
    back = days[300 // 10 + np.argmin(longitude_rad[300 // 10 :])]
    assert 730 < back < 790


def test_no_sets_give_no_states():
    states = ring_states([])
    assert len(states) == 0
    assert [len(one) for one in states.carried(np.zeros(0))] == [0, 0]
    assert len(states.librates) == 0
