from pathlib import Path

import numpy as np
import pytest
from encounters import TCA, made
from test_expected_collisions import slow
from test_probability_2d import of

from sda.configuration import packaged, read_toml
from sda.errors import RiskError
from sda.risk.assessment import METHOD_2D, METHOD_3D, assessed
from sda.risk.config import RiskConfig
from sda.risk.conjunction import Conjunction, State, clipped, turned_from_ric

CONFIG = read_toml(Path(packaged("config")) / "risk.toml", RiskConfig)


def test_a_short_straight_encounter_has_the_2d_probability():
    conjunction = made()
    found = assessed(conjunction, 0.01, CONFIG.validity)
    assert (found.method, found.valid_2d, found.invalid_2d_reason) == (METHOD_2D, True, "")
    assert found.probability == of(conjunction, 0.01)
    assert found.max_probability >= found.probability
    assert found.warnings == ()


def test_a_slow_one_has_the_3d_probability_and_says_why():
    found = assessed(slow(), 0.02, CONFIG.validity)
    assert (found.method, found.valid_2d) == (METHOD_3D, False)
    assert found.invalid_2d_reason.startswith("extended: the encounter takes")
    assert found.probability == found.probability_3d
    assert found.max_probability >= found.probability
    assert found.invalid_reason == ""


def test_objects_that_do_not_move_against_each_other_have_no_2d_probability():
    conjunction = slow()
    other = State(
        conjunction.object_1.r_km + np.array([0.0, 0.0, 0.1]),
        conjunction.object_1.v_km_s,
        conjunction.object_2.covariance,
    )
    found = assessed(Conjunction(TCA, conjunction.object_1, other), 0.02, CONFIG.validity)
    assert found.method == METHOD_3D
    assert "do not move against each other" in found.invalid_2d_reason


def test_covariances_of_zero_say_nothing():
    conjunction = made(sigmas_km=(0, 0, 0), velocity_sigma_km_s=0)
    found = assessed(conjunction, 0.01, CONFIG.validity)
    assert (found.probability, found.method, found.max_probability) == (None, None, None)
    assert "zero" in found.invalid_reason


def test_a_covariance_that_is_none_is_repaired_and_said_so():
    conjunction = made()
    covariance = conjunction.object_2.covariance.copy()
    covariance[0, 1] = covariance[1, 0] = 5 * np.sqrt(covariance[0, 0] * covariance[1, 1])
    broken = State(conjunction.object_2.r_km, conjunction.object_2.v_km_s, covariance)
    found = assessed(Conjunction(TCA, conjunction.object_1, broken), 0.01, CONFIG.validity)
    assert found.probability > 0
    assert any("object 2 is not positive definite" in said for said in found.warnings)


def test_clipping_leaves_a_covariance_alone_and_raises_what_is_below():
    good = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert clipped(good, 0.0)[0] is good
    repaired, changed = clipped(np.array([[1.0, 2.0], [2.0, 1.0]]), 1e-3)
    assert changed
    assert np.linalg.eigvalsh(repaired) == pytest.approx([1e-3, 3.0])


def test_a_covariance_turns_with_its_state_and_must_be_symmetric():
    r_km, v_km_s = np.array([0.0, 7000.0, 0.0]), np.array([-7.5, 0.0, 0.0])
    turned = turned_from_ric(np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), r_km, v_km_s)
    assert np.diagonal(turned) == pytest.approx([2.0, 1.0, 3.0, 5.0, 4.0, 6.0])
    lopsided = np.eye(6)
    lopsided[0, 1] = 0.5
    with pytest.raises(RiskError, match="not symmetric"):
        turned_from_ric(lopsided, r_km, v_km_s)


def test_of_an_orbit_that_is_not_bound_it_says_so_instead_of_failing():
    conjunction = made()
    other = conjunction.object_2
    gone = State(other.r_km, 1.6 * other.v_km_s, other.covariance)
    found = assessed(Conjunction(TCA, conjunction.object_1, gone), 0.01, CONFIG.validity)
    assert (found.probability, found.max_probability) == (None, None)
    assert "orbit of object 2 is not bound" in found.invalid_reason


def test_errors_so_unequal_that_rounding_hides_the_least_give_no_probability():
    rounded = made((0.1, 0.0, 0.0), sigmas_km=(0.01, 1e6, 0.01))
    found = assessed(rounded, 0.01, CONFIG.validity)
    assert found.probability is None
    assert "lost in rounding" in found.invalid_reason
    sharp = made((0.1, 0.0, 0.0), sigmas_km=(1e-6, 30.0, 1e-6))
    assert assessed(sharp, 0.01, CONFIG.validity).probability == 0.0


@pytest.mark.parametrize("radius_km", [0.0, -1.0, np.nan, 1e297])
def test_a_radius_of_no_body_is_refused(radius_km):
    with pytest.raises(RiskError, match="of no bodies"):
        assessed(made(), radius_km, CONFIG.validity)


@pytest.mark.parametrize("sigma_km", [1e3, 1e6])
def test_errors_larger_than_the_orbit_leave_no_orbit_and_no_traceback(sigma_km):
    conjunction = made(speed_km_s=0.01)
    states = []
    for state in (conjunction.object_1, conjunction.object_2):
        sigmas = np.array([sigma_km] * 3 + [sigma_km * 1e-3] * 3)
        states.append(State(state.r_km, state.v_km_s, np.outer(sigmas, sigmas)))
    found = assessed(Conjunction(TCA, *states), 0.01, CONFIG.validity)
    assert found.probability_3d is None
    assert found.invalid_reason or "no 3-D probability" in " ".join(found.warnings)


def test_of_nothing_but_cross_terms_something_is_said_and_no_warning_of_numpy():
    covariance = np.zeros((6, 6))
    covariance[0, 3] = covariance[3, 0] = 1.0
    r_km, v_km_s = np.array([3000.0, 5000.0, 4000.0]), np.array([-5.5, 0.0, 5.0])
    one = State(r_km, v_km_s, turned_from_ric(covariance, r_km, v_km_s))
    for apart_km in (1e-5, 0.01, 0.3, 30.0):
        other = State(r_km + apart_km, v_km_s, one.covariance)
        found = assessed(Conjunction(TCA, one, other), 0.01, CONFIG.validity)
        assert any("not positive definite" in said for said in found.warnings)
        assert found.probability is not None or found.invalid_reason


def test_positions_without_velocities_are_judged_by_the_encounter_alone():
    found = assessed(made(velocity_sigma_km_s=0.0), 0.01, CONFIG.validity)
    assert (found.method, found.probability_3d) == (METHOD_2D, None)
    assert any("no part of the velocity" in said for said in found.warnings)
    still = slow()
    states = []
    for one in (still.object_1, still.object_2):
        covariance = one.covariance.copy()
        covariance[3:] = covariance[:, 3:] = 0.0
        states.append(State(one.r_km, one.v_km_s, covariance))
    found = assessed(Conjunction(TCA, *states), 0.02, CONFIG.validity)
    assert found.probability is None
    assert "extended" in found.invalid_reason
    assert "no part of the velocity" in found.invalid_reason
