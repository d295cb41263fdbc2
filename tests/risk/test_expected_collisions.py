import json

import numpy as np
import pytest
from encounters import TCA, made, of_alfano
from test_probability_2d import of

from sda.errors import RiskError
from sda.orbit.equinoctial import propagated, to_state
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.risk.expected_collisions import expected_collisions
from sda.risk.overlap import bodies_of

one_in_a_thousand = 1e-3
five_in_a_thousand = 5e-3


@pytest.mark.parametrize("radius_km", [0.005, 0.05, 0.4])
def test_a_short_encounter_has_the_2d_probability(radius_km):
    conjunction = made(sigmas_km=(0.1, 0.4, 0.1))
    found = expected_collisions(conjunction, radius_km)
    assert found.fault == ""
    assert found.number == pytest.approx(of(conjunction, radius_km), rel=five_in_a_thousand)
    assert -1 < found.first_s < 0 < found.last_s < 1
    assert not found.ongoing


def test_errors_far_smaller_than_the_radius_are_no_matter():
    conjunction = made((0.0, 0.004, 0.0), sigmas_km=(2e-5, 0.3, 0.2))
    found = expected_collisions(conjunction, 0.01)
    assert found.number == pytest.approx(of(conjunction, 0.01), rel=one_in_a_thousand)


def slow() -> Conjunction:
    """Return a pair that passes at 0.2 m/s, with errors as large as its miss."""
    r1, v1 = np.array([42164.0, 0.0, 0.0]), np.array([0.0, 3.0747, 0.0])
    r2 = r1 + np.array([0.03, 0.05, 0.04])
    v2 = v1 + np.array([1e-4, -2e-5, 1.5e-4])
    covariance = np.diag(np.square([0.03, 0.05, 0.03, 2e-6, 2e-6, 2e-6]))
    states = (State(r, v, turned_from_ric(covariance, r, v)) for r, v in ((r1, v1), (r2, v2)))
    return Conjunction(TCA, *states)


def test_a_slow_encounter_has_the_share_of_samples_that_touch():
    """Monte Carlo over the same two-body motion, 20,000 samples of both orbits."""
    conjunction, radius_km = slow(), 0.02
    found = expected_collisions(conjunction, radius_km)
    bodies = bodies_of(conjunction)
    rng = np.random.default_rng(11)
    drawn = [
        rng.multivariate_normal(mean, covariance, 20_000, method="eigh")
        for mean, covariance in zip(bodies.elements, bodies.covariance, strict=True)
    ]
    times_s = np.linspace(found.first_s, found.last_s, 400)
    least = np.full(20_000, np.inf)
    start = np.zeros(20_000, np.bool_)
    for k, time_s in enumerate(times_s):
        states = [to_state(propagated(one, np.full(20_000, time_s))) for one in drawn]
        range_km = np.linalg.norm(states[1][:, :3] - states[0][:, :3], axis=1)
        if k == 0:
            start = range_km < radius_km
        least = np.minimum(least, range_km)
    share = float(((least < radius_km) & ~start).mean())
    three_sigma = 3 * np.sqrt(share * (1 - share) / 20_000)
    assert share > 0.03
    # An entry is counted, not an object: a few samples touch twice.
    assert found.number == pytest.approx(share, abs=three_sigma + 0.02 * share)


def test_the_order_of_the_objects_and_the_axes_do_not_matter():
    conjunction = slow()
    known = expected_collisions(conjunction, 0.02).number
    swapped = Conjunction(TCA, conjunction.object_2, conjunction.object_1)
    assert expected_collisions(swapped, 0.02).number == pytest.approx(known, rel=1e-3)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    both = np.kron(np.eye(2), turn)
    turned = Conjunction(
        TCA,
        *(
            State(turn @ one.r_km, turn @ one.v_km_s, both @ one.covariance @ both.T)
            for one in (conjunction.object_1, conjunction.object_2)
        ),
    )
    assert expected_collisions(turned, 0.02).number == pytest.approx(known, rel=1e-3)


def test_far_apart_is_no_collision():
    conjunction = made((0.0, 900.0, 0.0), sigmas_km=(0.01, 0.01, 0.01))
    found = expected_collisions(conjunction, 0.01)
    assert (found.number, found.fault) == (0.0, "")


def test_states_that_are_no_orbit_and_radii_that_are_none_are_refused():
    conjunction = made()
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(RiskError, match="radius"):
            expected_collisions(conjunction, bad)
    gone = State(conjunction.object_2.r_km, np.array([0.0, 0.0, 20.0]), np.eye(6))
    with pytest.raises(RiskError, match="bound orbit"):
        expected_collisions(Conjunction(TCA, conjunction.object_1, gone), 0.01)


def test_alfanos_cases_over_his_spans(shared):
    """Nasa's Nc of all eight to 0.5 %; Alfano's 1e8 samples where nothing touched before."""
    cases = json.loads((shared / "pc/vectors.json").read_text())["alfano2009"]
    for case in cases:
        span_s = float(case["half_span_s"])
        found = expected_collisions(of_alfano(case), case["HBR_m"] / 1000, (-span_s, span_s))
        assert found.number == pytest.approx(case["CARA_Nc3D_Hall"], rel=0.005), case["case"]
        if not found.ongoing:
            assert found.number == pytest.approx(case["Pc_MC_1e8"], rel=0.02), case["case"]


def test_a_rate_that_is_not_smooth_is_no_answer_and_no_guess():
    conjunction = slow()
    found = expected_collisions(conjunction, 0.02, most_pieces=10)
    assert np.isnan(found.number)
    assert "not smooth" in found.fault
    assert expected_collisions(conjunction, 0.02).fault == ""
