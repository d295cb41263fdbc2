"""Relative orbital elements: known cases, and the laws that they obey."""

import json
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from math import cos, degrees, pi, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.elements import read_text
from sda.errors import ElementError
from sda.model import ElementSet
from sda.orbit import (
    Propagator,
    RelativeElements,
    hill_state,
    plane_angle_rad,
    relative_elements,
    separation_bound_km,
)
from sda.orbit.relative import hill_speed_km_s
from sda.times import julian_grid

EPOCH = datetime(2025, 8, 8, 12, tzinfo=UTC)
RADIUS_KM = 6878.0
LEO = ElementSet(
    norad_id=1, name="INVENTED 1", object_id="", epoch=EPOCH, mean_motion_rev_day=15.2,
    eccentricity=0.001, inclination_deg=53.0, ra_of_asc_node_deg=40.0, arg_of_pericenter_deg=90.0,
    mean_anomaly_deg=10.0, bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0, classification="U", ephemeris_type=0, element_set_no=1,
    rev_at_epoch=1, source="test",
)  # fmt: skip
GEO = replace(LEO, mean_motion_rev_day=1.0027, inclination_deg=0.03, eccentricity=0.0002)

small = st.floats(-0.05, 0.05)
angle_deg = st.floats(0, 360)

one_millimetre_km = 1e-6
digits_of_the_case_km = 1e-4
published_deg = st.floats(0.0, 179.0).map(lambda inclination_deg: round(inclination_deg, 8))
"""No message has more digits, and SGP4 takes no inclination of 1e-313."""


@given(
    inclination_deg=published_deg, node_deg=angle_deg, perigee_deg=angle_deg,
    anomaly_deg=angle_deg, hours=st.floats(-48, 48), geostationary=st.booleans(),
)  # fmt: skip
def test_a_set_has_no_elements_relative_to_itself(
    inclination_deg, node_deg, perigee_deg, anomaly_deg, hours, geostationary
):
    one = replace(
        GEO if geostationary else LEO, inclination_deg=inclination_deg, ra_of_asc_node_deg=node_deg,
        arg_of_pericenter_deg=perigee_deg, mean_anomaly_deg=anomaly_deg,
    )  # fmt: skip
    at = EPOCH + timedelta(hours=hours)
    assert astuple(relative_elements(one, one, at)) == pytest.approx([0] * 6, abs=1e-9)
    assert plane_angle_rad(one, one, at) == 0.0


@given(da=small, di=small, dnode=small, danomaly=small, de=st.floats(-5e-5, 5e-5))
def test_swapping_the_objects_turns_the_signs_in_first_order(da, di, dnode, danomaly, de):
    two = replace(
        LEO, mean_motion_rev_day=15.2 + da / 10, inclination_deg=53.0 + di,
        ra_of_asc_node_deg=40.0 + dnode, mean_anomaly_deg=10.0 + danomaly, eccentricity=0.001 + de,
    )  # fmt: skip
    there = np.array(astuple(relative_elements(LEO, two, EPOCH)))
    back = np.array(astuple(relative_elements(two, LEO, EPOCH)))
    # What is left is the product of two differences, over the radius.
    second_order_km = 4 * (there @ there) / RADIUS_KM + one_millimetre_km
    np.testing.assert_allclose(there, -back, rtol=0, atol=second_order_km)
    assert plane_angle_rad(LEO, two, EPOCH) == plane_angle_rad(two, LEO, EPOCH)


@given(di=small, dnode=small, danomaly=small)
def test_they_are_the_differences_of_d_amico_in_first_order(di, dnode, danomaly):
    two = replace(
        LEO, inclination_deg=53.0 + di, ra_of_asc_node_deg=40.0 + dnode,
        mean_anomaly_deg=10.0 + danomaly,
    )  # fmt: skip
    relative = relative_elements(LEO, two, EPOCH)
    a_km = 6884.3  # at 15.2 revolutions a day
    i_rad = radians(53.0)
    expected_km = a_km * np.radians([danomaly + cos(i_rad) * dnode, di, sin(i_rad) * dnode])
    found_km = np.array([relative.dlambda_km, relative.dix_km, relative.diy_km])
    off_km = 0.001 * np.abs(expected_km) + 4 * (expected_km @ expected_km) / a_km
    assert (np.abs(found_km - expected_km) < off_km + one_millimetre_km).all()


@given(node_deg=angle_deg, perigee_deg=angle_deg, turn_deg=angle_deg, e=st.floats(0, 4e-4))
def test_at_the_equator_only_the_sum_of_the_angles_counts(node_deg, perigee_deg, turn_deg, e):
    """Published sets share it out between node, perigee and anomaly as the noise has it."""
    one = replace(
        GEO, inclination_deg=0.0, eccentricity=e, ra_of_asc_node_deg=node_deg,
        arg_of_pericenter_deg=perigee_deg,
    )  # fmt: skip
    two = replace(
        one, ra_of_asc_node_deg=(node_deg + turn_deg) % 360,
        arg_of_pericenter_deg=(perigee_deg - turn_deg) % 360,
    )  # fmt: skip
    assert astuple(relative_elements(one, two, EPOCH)) == pytest.approx([0] * 6, abs=1e-6)


def test_planes_tilted_to_opposite_sides_of_the_equator_are_told_apart():
    one = replace(GEO, ra_of_asc_node_deg=0.0, arg_of_pericenter_deg=0.0, mean_anomaly_deg=0.0)
    two = replace(one, ra_of_asc_node_deg=180.0, mean_anomaly_deg=180.0)
    relative = relative_elements(one, two, EPOCH)
    assert abs(relative.dlambda_km) < one_millimetre_km
    assert relative.dix_km == pytest.approx(-2 * 42165 * radians(0.03), rel=1e-4)
    assert degrees(plane_angle_rad(one, two, EPOCH)) == pytest.approx(0.06, rel=1e-9)


@pytest.mark.parametrize("mean_motion_rev_day", [15.1995, 15.2005, 15.201])
def test_a_pair_drifts_by_its_difference_in_semi_major_axis(mean_motion_rev_day):
    two = replace(LEO, mean_motion_rev_day=mean_motion_rev_day)
    before = relative_elements(LEO, two, EPOCH)
    after = relative_elements(LEO, two, EPOCH + timedelta(days=1))
    drift_km = after.dlambda_km - before.dlambda_km
    # J2's share of the drift, -3.5 da/a times its rates, is below a hundredth in low orbit.
    assert drift_km == pytest.approx(-1.5 * 2 * pi * 15.2 * before.da_km, rel=0.01)
    jd, fr = julian_grid(EPOCH, [86400.0])
    _, r_km, v_km_s = Propagator([LEO, two]).grid(jd, fr)
    ric_km, _ = hill_state(r_km[0, 0], v_km_s[0, 0], r_km[1, 0], v_km_s[1, 0])
    # Eccentricity moves the objects to and fro by 2 e, of the range.
    assert ric_km[1] == pytest.approx(after.dlambda_km, rel=0.005)


@given(x=st.floats(-1, 1), y=st.floats(-1, 1), ix=st.floats(-1, 1), iy=st.floats(-1, 1))
def test_the_separation_bound_is_the_least_distance_across_the_track(x, y, ix, iy):
    bound_km = separation_bound_km(RelativeElements(0.0, 5.0, x, y, ix, iy))
    u = np.linspace(0, 2 * pi, 20001)
    radial_km = -(x * np.cos(u) + y * np.sin(u))
    cross_km = ix * np.sin(u) - iy * np.cos(u)
    assert bound_km == pytest.approx(np.hypot(radial_km, cross_km).min(), abs=3e-4)


def test_the_separation_bound_of_a_helix_is_that_of_tandem_x():
    relative = RelativeElements(-0.0, -0.0207, -0.0052, 0.2505, 0.0, 0.2502)
    assert separation_bound_km(relative) == pytest.approx(0.2478, abs=digits_of_the_case_km)
    assert separation_bound_km(RelativeElements(0, 9, 0, 0, 0, 0)) == 0.0


def test_a_set_without_a_state_is_refused_in_one_line():
    decaying = replace(LEO, mean_motion_rev_day=16.5, bstar_per_earth_radius=0.5)
    with pytest.raises(ElementError, match="object 1 has no state at 2025-08-18T"):
        relative_elements(LEO, decaying, EPOCH + timedelta(days=10))
    with pytest.raises(ElementError, match="object 1 cannot be propagated"):
        plane_angle_rad(LEO, replace(LEO, eccentricity=0.9), EPOCH)


def test_known_pairs_have_the_known_elements(shared):
    """The cases hold the first order of the angles: the rest is below two thousandths of it."""
    cases = json.loads((shared / "rpo/cases.json").read_text())["computed"]
    checked = 0
    for case in cases:
        if "a_roe_km" not in case or not all(line for lines in case["tle"] for line in lines):
            continue
        one, two = (
            read_text(f"{first[:68]}\n{second[:68]}\n", "cases.json").elements[0]
            for first, second in case["tle"]
        )
        start = datetime(2000, 1, 1, 12, tzinfo=UTC)
        start += timedelta(days=case["window_start_jd"] - 2451545.0)
        found = astuple(relative_elements(one, two, start))
        largest_km = max(abs(value) for value in case["a_roe_km"])
        second_order_km = 0.002 * largest_km
        assert found == pytest.approx(
            case["a_roe_km"], abs=second_order_km + digits_of_the_case_km
        ), case["label"]
        checked += 1
    assert checked == 6


def test_the_speed_in_the_hill_frame_needs_no_axes():
    jd, fr = julian_grid(EPOCH, np.arange(0, 6000.0, 600.0))
    _, r_km, v_km_s = Propagator([LEO, replace(LEO, inclination_deg=53.2)]).grid(jd, fr)
    states = r_km[0], v_km_s[0], r_km[1], v_km_s[1]
    _, v_hill_km_s = hill_state(*states)
    expected = np.linalg.norm(v_hill_km_s, axis=1)
    np.testing.assert_allclose(hill_speed_km_s(*states), expected, rtol=1e-12)
