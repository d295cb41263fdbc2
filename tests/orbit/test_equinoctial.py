import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.constants import MU_EGM96_KM3_S2
from sda.orbit.equinoctial import from_state, jacobian, propagated, to_state

nine_digits = 1e-9

orbits = st.tuples(
    st.floats(6700, 45000),
    st.floats(0, 0.85),
    st.floats(0, 3.0),
    st.floats(0, 6.28),
    st.floats(0, 6.28),
    st.floats(-3.1, 3.1),
)


def elements_of(axis_km, eccentricity, inclination, node, argument, anomaly):
    longitude = node + argument
    half = np.tan(inclination / 2)
    return np.array(
        [
            np.sqrt(MU_EGM96_KM3_S2 / axis_km**3),
            eccentricity * np.cos(longitude),
            eccentricity * np.sin(longitude),
            half * np.sin(node),
            half * np.cos(node),
            longitude + anomaly,
        ]
    )


@given(orbit=orbits)
def test_states_and_elements_say_the_same(orbit):
    state = to_state(elements_of(*orbit))
    again = to_state(from_state(state[:3], state[3:]))
    assert again == pytest.approx(state, rel=nine_digits, abs=1e-7)
    # Energy and momentum are those of the classical elements.
    axis_km, eccentricity, inclination = orbit[:3]
    energy = state[3:] @ state[3:] / 2 - MU_EGM96_KM3_S2 / np.linalg.norm(state[:3])
    assert energy == pytest.approx(-MU_EGM96_KM3_S2 / (2 * axis_km), rel=nine_digits)
    momentum = np.cross(state[:3], state[3:])
    size = np.sqrt(MU_EGM96_KM3_S2 * axis_km * (1 - eccentricity**2))
    assert np.linalg.norm(momentum) == pytest.approx(size, rel=nine_digits)
    assert momentum[2] == pytest.approx(size * np.cos(inclination), abs=1e-6 * size)


@given(orbit=orbits)
def test_a_revolution_leads_back(orbit):
    elements = elements_of(*orbit)
    period_s = 2 * np.pi / elements[0]
    after = to_state(propagated(elements, np.array(period_s)))
    assert after == pytest.approx(to_state(elements), rel=1e-7, abs=1e-5)


@given(orbit=orbits, seconds=st.floats(-40000, 40000), element=st.integers(0, 5))
def test_derivatives_are_those_of_small_differences(orbit, seconds, element):
    elements, after_s = elements_of(*orbit), np.array([seconds])
    _, by_element = jacobian(propagated(elements[np.newaxis], after_s), after_s)
    step = 1e-6 * (elements[0] if element == 0 else 1.0)
    moved = [elements.copy(), elements.copy()]
    moved[0][element] += step
    moved[1][element] -= step
    ahead, behind = (to_state(propagated(one, np.array(seconds))) for one in moved)
    numeric = (ahead - behind) / (2 * step)
    scale = np.abs(by_element[0]).max(axis=1) + np.abs(numeric).max()
    assert np.abs(by_element[0][:, element] - numeric).max() < 1e-4 * scale.max()


def test_an_orbit_that_is_not_bound_has_no_elements():
    assert np.isnan(from_state(np.array([7000.0, 0, 0]), np.array([0, 12.0, 0]))).any()
