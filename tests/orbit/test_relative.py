import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sda.constants import MU_KM3_S2
from sda.orbit import hill_state

_RADIUS_KM = 6878.0
_SPEED_KM_S = (MU_KM3_S2 / _RADIUS_KM) ** 0.5


def _circular(angle_rad):
    r_km = _RADIUS_KM * np.array([np.cos(angle_rad), np.sin(angle_rad), 0.0])
    v_km_s = _SPEED_KM_S * np.array([-np.sin(angle_rad), np.cos(angle_rad), 0.0])
    return r_km, v_km_s


@given(angle_rad=st.floats(0, 6), apart_rad=st.floats(-3, 3))
def test_two_on_one_circle_stand_still_in_the_hill_frame(angle_rad, apart_rad):
    one, two = _circular(angle_rad), _circular(angle_rad + apart_rad)
    _, v_hill_km_s = hill_state(*one, *two)
    np.testing.assert_allclose(v_hill_km_s, 0.0, atol=1e-12)


def test_a_trailing_formation_200_km_apart_has_226_m_s_of_inertial_speed_and_none_here():
    one, two = _circular(1.0), _circular(1.0 - 204.0 / _RADIUS_KM)
    r_hill_km, v_hill_km_s = hill_state(*one, *two)
    assert 225 < 1000 * np.linalg.norm(two[1] - one[1]) < 228
    assert 1000 * np.linalg.norm(v_hill_km_s) < 1e-6
    assert r_hill_km[1] < -203  # behind, in the in-track axis


def test_the_frame_turns_a_position_as_it_turns_with_the_orbit():
    r1_km, v1_km_s = _circular(0.3)
    up_km = r1_km * (1 + 1 / _RADIUS_KM)
    r_hill_km, v_hill_km_s = hill_state(r1_km, v1_km_s, up_km, v1_km_s)
    np.testing.assert_allclose(r_hill_km, [1, 0, 0], atol=1e-12)
    # Same inertial velocity, 1 km higher: it falls back at the frame's rate of turn.
    np.testing.assert_allclose(v_hill_km_s, [0, -_SPEED_KM_S / _RADIUS_KM, 0], atol=1e-12)
