"""No state that SGP4 gives lies outside its object's band, and the bands are narrow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.constants import EARTH_RADIUS_KM, SECONDS_PER_DAY
from sda.elements import newest, read_files, read_text
from sda.model import ElementSet
from sda.orbit import Propagator, radial_bands
from sda.times import julian_grid

CATALOGUE = Path(__file__).parents[2] / "../shared/data/catalogs/full-2025-08-08.3le.gz"
NOON = datetime(2025, 8, 8, 12, tzinfo=UTC)
WEEK_S = 7 * SECONDS_PER_DAY

needs_catalogue = pytest.mark.skipif(not CATALOGUE.is_file(), reason=f"{CATALOGUE} is not here")


def _orbit(**changes):
    return ElementSet(
        norad_id=1, name="INVENTED", object_id="", classification="U", ephemeris_type=0,
        element_set_no=1, rev_at_epoch=1, source="test", mean_motion_dot_rev_day2=0.0,
        mean_motion_ddot_rev_day3=0.0,
        **{
            "epoch": NOON, "mean_motion_rev_day": 15.2, "eccentricity": 0.001,
            "inclination_deg": 53.0, "ra_of_asc_node_deg": 40.0, "arg_of_pericenter_deg": 90.0,
            "mean_anomaly_deg": 10.0, "bstar_per_earth_radius": 1e-5,
        } | changes,
    )  # fmt: skip


def _radii(propagator, start, length_s, n_times):
    """Return least and greatest radius `(n,)` of the states that SGP4 gives without an error."""
    low_km, high_km = np.full(len(propagator), np.inf), np.full(len(propagator), -np.inf)
    # Steps that share no period with any orbit.
    times_s = np.sort(np.random.default_rng(7).uniform(0.0, length_s, n_times))
    for some_s in np.array_split(times_s, max(1, n_times * len(propagator) // 500_000)):
        _, r_km, _ = propagator.grid(*julian_grid(start, some_s))
        radius_km = np.linalg.norm(r_km, axis=2)
        low_km = np.fmin(low_km, np.fmin.reduce(radius_km, axis=1))
        high_km = np.fmax(high_km, np.fmax.reduce(radius_km, axis=1))
    return low_km, high_km


def _assert_inside(propagator, start, length_s, n_times):
    low_km, high_km = radial_bands(propagator, start, length_s)
    least_km, greatest_km = _radii(propagator, start, length_s, n_times)
    assert (low_km <= least_km).all()
    assert (greatest_km <= high_km).all()
    return least_km - low_km, high_km - greatest_km


def test_every_state_of_the_verification_set_lies_in_its_band():
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    text = "\n".join(line[:68] for line in lines if line[:2] in ("1 ", "2 "))
    for one in read_text(text, "SGP4-VER.TLE", "test").elements:
        for days in (-10, 0, 3):
            _assert_inside(Propagator([one]), one.epoch + timedelta(days=days), WEEK_S, 2000)


@settings(max_examples=150, deadline=None)
@given(
    perigee_km=st.floats(150.0, 40_000.0),
    eccentricity=st.floats(0.0, 0.95),
    inclination_deg=st.floats(0.0, 180.0),
    argument_deg=st.floats(0.0, 360.0),
    anomaly_deg=st.floats(0.0, 360.0),
    node_deg=st.floats(0.0, 360.0),
    bstar=st.floats(-1e-3, 1e-2),
    age_days=st.floats(-10.0, 30.0),
    hours=st.floats(0.5, 240.0),
)
def test_every_state_of_any_orbit_lies_in_its_band(
    perigee_km, eccentricity, inclination_deg, argument_deg, anomaly_deg, node_deg, bstar,
    age_days, hours,
):  # fmt: skip
    axis_km = (EARTH_RADIUS_KM + perigee_km) / (1 - eccentricity)
    one = _orbit(
        mean_motion_rev_day=(398600.8 / axis_km**3) ** 0.5 * SECONDS_PER_DAY / (2 * np.pi),
        eccentricity=eccentricity,
        inclination_deg=inclination_deg,
        arg_of_pericenter_deg=argument_deg,
        mean_anomaly_deg=anomaly_deg,
        ra_of_asc_node_deg=node_deg,
        bstar_per_earth_radius=bstar,
        epoch=NOON - timedelta(days=age_days),
    )
    _assert_inside(Propagator([one]), NOON, hours * 3600, 500)


@needs_catalogue
def test_every_state_of_a_week_of_the_catalogue_lies_in_its_band_and_the_bands_are_narrow():
    elements = newest(read_files([CATALOGUE]).elements)
    deep = [e for e in elements if e.mean_motion_rev_day < 6.4]
    low = [e for e in elements if e.mean_motion_rev_day > 16.0 or e.bstar_per_earth_radius > 5e-3]
    some = newest((*elements[::25], *deep[::4], *low))
    assert len(some) > 2000
    propagator = Propagator(some)
    below_km, above_km = _assert_inside(propagator, NOON, WEEK_S, 1200)
    near = np.array([e.mean_motion_rev_day > 6.4 for e in propagator.elements])
    judged = np.isfinite(above_km)
    assert judged.mean() > 0.95
    assert np.median(below_km[near & judged]) < 40.0
    assert np.median((below_km + above_km)[~near & judged]) < 80.0


def test_the_band_of_a_quiet_low_orbit_is_its_short_period_terms_and_little_more():
    propagator = Propagator([_orbit(bstar_per_earth_radius=0.0)])
    below_km, above_km = _assert_inside(propagator, NOON, SECONDS_PER_DAY, 5000)
    one_kilometre = 1.0
    assert below_km < one_kilometre
    # The apogee's direction is fixed for a day, cos 2u is not 1 there.
    assert above_km < 10 * one_kilometre


@pytest.mark.parametrize("eccentricity", [0.0, 0.6])
def test_an_object_that_decays_within_the_window_cannot_be_judged(eccentricity):
    lasting = _orbit(eccentricity=eccentricity, mean_motion_rev_day=4.0)
    decaying = replace(_orbit(), mean_motion_rev_day=16.4, bstar_per_earth_radius=1e-2)
    propagator = Propagator([lasting, decaying])
    error, _, _ = propagator.grid(*julian_grid(NOON, [0.0, WEEK_S]))
    assert error.tolist() == [[0, 0], [0, error[1, 1]]]
    assert error[1, 1]
    low_km, high_km = radial_bands(propagator, NOON, WEEK_S)
    assert (low_km[1], high_km[1]) == (0.0, np.inf)
    assert low_km[0] > 0.0
    assert np.isfinite(high_km[0])


def test_no_objects_have_no_bands():
    low_km, high_km = radial_bands(Propagator([]), NOON, WEEK_S)
    assert len(low_km) == len(high_km) == 0
