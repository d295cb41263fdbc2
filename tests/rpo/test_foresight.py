"""Where a pair would have drifted: SGP4 alone is no surprise, a burn of centimetres a second is."""

from dataclasses import replace
from math import pi

import pytest
from burning import BEGIN, LOW, _shifted
from drifting import DAY, alone, beside, on_day
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_cases import CONFIG, after, course, low, related

from sda.rpo.judgement.foresight import is_jump, surprise
from sda.rpo.judgement.orbits import axis_km, decay_km_day

FORESIGHT = CONFIG.foresight
ORBITS = st.builds(
    lambda motion, drag, tilt_deg, bend: replace(
        LOW,
        mean_motion_rev_day=motion,
        bstar_per_earth_radius=10**drag,
        inclination_deg=tilt_deg,
        eccentricity=bend,
    ),
    st.floats(13.5, 15.4),
    st.floats(-6, -3.3),
    st.floats(30, 99),
    st.floats(1e-4, 5e-3),
)


@given(
    ORBITS, st.floats(-1000, 1000), st.floats(-6, -3.3), st.floats(-0.2, 0.2), st.integers(5, 60)
)
@settings(max_examples=40, deadline=None)
def test_two_that_nothing_but_sgp4_moves_are_no_surprise(first, da_m, drag, along_deg, days):
    pair = beside(da_m, 10**drag, along_deg, first=first)
    off = surprise(on_day(*pair, 0), on_day(*pair, days), FORESIGHT)
    assert not off.is_one(FORESIGHT)
    assert off.along_km < FORESIGHT.along_km / 3 + off.sigma_km
    back = pair[::-1]
    back = (replace(back[0], norad_id=1), replace(back[1], norad_id=2))
    assert not surprise(on_day(*back, 0), on_day(*back, days), FORESIGHT).is_one(FORESIGHT)


@given(ORBITS, st.floats(10, 120))
@settings(max_examples=30, deadline=None)
def test_drag_alone_raises_nobody(first, days):
    until = BEGIN + days * DAY
    fallen = course((alone(first, BEGIN), alone(first, until)))
    assert abs(fallen.raised_km(BEGIN, until)) < CONFIG.limits.steered_da_km / 4


@given(
    ORBITS.map(lambda one: replace(one, bstar_per_earth_radius=3e-6)),
    st.floats(0.05, 0.5),
    st.sampled_from([-1, 1]),
    st.floats(-200, 200),
    st.integers(6, 40),
)
@example(LOW, 0.05, 1, 0.0, 6)
@example(LOW, 0.05, -1, 0.0, 40)
@settings(max_examples=30, deadline=None)
def test_a_burn_of_five_centimetres_a_second_is_a_surprise(first, burn_m_s, way, da_m, days):
    one, two = beside(da_m, 3e-6, 0.1, first=first)
    drifting = alone(two, BEGIN + DAY)
    a_km = axis_km(drifting)
    # Gauss: da = 2 a dv / v along the track of a circular orbit.
    rise_m = way * 2 * a_km * burn_m_s / (398600.8 / a_km) ** 0.5
    after = surprise(on_day(one, two, 0), on_day(one, _shifted(drifting, rise_m), days), FORESIGHT)
    assert after.is_one(FORESIGHT)


@given(
    st.floats(-2, 2), st.floats(-300, 300), st.floats(0, 60), st.floats(0, 30), st.floats(0.1, 3)
)
def test_more_room_for_errors_makes_no_new_surprises(da_km, along_km, days, more, factor):
    earlier, later = low(50), related(low(50 + days), da_km=da_km, dlambda_km=along_km)
    wider = FORESIGHT.model_copy(
        update={"sigmas": FORESIGHT.sigmas * (1 + factor), "along_km": FORESIGHT.along_km + more}
    )
    off = surprise(earlier, later, FORESIGHT)
    assert off.is_one(FORESIGHT) or not off.is_one(wider)
    vaguer = surprise(earlier, later, FORESIGHT.model_copy(update={"da_km": 0.05}))
    assert vaguer.sigma_km >= off.sigma_km
    assert vaguer.along_km == off.along_km


@pytest.mark.parametrize("turns", [-1, 1, 2])
def test_a_whole_turn_is_no_distance(turns):
    earlier, later = low(50), low(60)
    round_km = 2 * 3.141592653589793 * axis_km(earlier.set_1)
    moved = related(later, dlambda_km=later.relative.dlambda_km + turns * round_km)
    assert surprise(earlier, moved, FORESIGHT).along_km == pytest.approx(
        surprise(earlier, later, FORESIGHT).along_km, abs=1e-6
    )


def test_the_axis_is_keplers_and_decay_is_a_fall():
    # Vallado 2013, section 1.3: a geostationary satellite is at 42,164 km.
    belt = replace(LOW, mean_motion_rev_day=1.00273791)
    assert axis_km(belt) == pytest.approx(42164.2, abs=0.5)
    assert decay_km_day(replace(LOW, mean_motion_dot_rev_day2=1e-4)) < 0
    assert decay_km_day(replace(LOW, mean_motion_dot_rev_day2=0.0)) == 0
    fallen = alone(LOW, BEGIN + DAY)
    later = alone(LOW, BEGIN + 3 * DAY)
    assert 2 * decay_km_day(fallen) == pytest.approx(axis_km(later) - axis_km(fallen), rel=0.01)


@given(st.floats(-2, 2), st.floats(-90, 90))
def test_a_day_of_drift_is_no_jump(da_km, off_km):
    """Whatever the drift, and as much again as a burn might add in a day."""
    one = related(low(113), da_km=da_km)
    n_rad_day = 2 * pi * one.set_1.mean_motion_rev_day
    drift_km = -1.5 * n_rad_day * da_km
    other = related(low(114), da_km=da_km, dlambda_km=one.relative.dlambda_km + drift_km + off_km)
    assert not is_jump(one, other, CONFIG.foresight)


@pytest.mark.parametrize("off_km", [-5000.0, -300.0, 300.0, 5000.0])
def test_to_be_far_away_a_day_later_is_a_jump(off_km):
    one = low(113)
    other = related(low(114), dlambda_km=one.relative.dlambda_km + off_km)
    assert is_jump(one, other, CONFIG.foresight)
    assert not is_jump(one, replace(other, start=after(120), end=after(121)), CONFIG.foresight)
    assert not is_jump(other, one, CONFIG.foresight)
