"""The covariance of a state: what it must be, and that orbits drawn from it behave."""

from dataclasses import replace
from datetime import UTC, datetime
from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.configuration import packaged, read_toml
from sda.constants import MU_KM3_S2
from sda.model import ElementSet
from sda.orbit import regime_of
from sda.risk import (
    CovarianceConfig,
    ElementErrors,
    ErrorAt,
    ErrorOrigin,
    covariance_ric,
    covariances_ric,
)

CONFIG = read_toml(packaged("config") / "covariance.toml", CovarianceConfig)
LEO = ElementSet(
    norad_id=100, name="INVENTED", object_id="", epoch=datetime(2025, 8, 8, tzinfo=UTC),
    mean_motion_rev_day=15.2, eccentricity=0.001, inclination_deg=53.0, ra_of_asc_node_deg=40.0,
    arg_of_pericenter_deg=90.0, mean_anomaly_deg=10.0, bstar_per_earth_radius=0.0,
    mean_motion_dot_rev_day2=0.0, mean_motion_ddot_rev_day3=0.0, classification="U",
    ephemeris_type=0, element_set_no=1, rev_at_epoch=1, source="test",
)  # fmt: skip
GEO = replace(LEO, mean_motion_rev_day=1.0027, inclination_deg=0.03, eccentricity=0.0002)

sizes_m = st.floats(0.1, 1e5)
rows = st.lists(st.tuples(sizes_m, sizes_m, sizes_m), min_size=1, max_size=3)


def _errors(sizes: list[tuple[float, float, float]]) -> ElementErrors:
    made = tuple(
        ErrorAt(age_days=k + 1, radial_m=r, in_track_m=i, cross_track_m=c)
        for k, (r, i, c) in enumerate(sizes)
    )
    return ElementErrors(made, (ErrorOrigin.TABLE,) * len(made))


def _table(element_set: ElementSet) -> ElementErrors:
    table = CONFIG.error[regime_of(element_set)]
    return ElementErrors(table, (ErrorOrigin.TABLE,) * len(table))


@given(rows, st.floats(-10, 10), st.sampled_from([LEO, GEO]))
def test_it_is_positive_definite_and_its_positions_are_the_errors(sizes, age_days, element_set):
    errors = _errors(sizes)
    covariance = covariance_ric(element_set, age_days, errors)
    sigma = np.sqrt(np.diag(covariance))
    assert (covariance == covariance.T).all()
    correlation = covariance / np.outer(sigma, sigma)
    assert np.linalg.eigvalsh(correlation).min() > 1e-8
    expected_km, _ = errors.at(age_days)
    assert sigma[:3] == pytest.approx(expected_km)
    assert covariance[:3, :3] == pytest.approx(np.diag(expected_km**2), rel=1e-9, abs=1e-12)


@given(rows, st.floats(0, 10), st.sampled_from([LEO, GEO]))
def test_it_stays_positive_definite_when_it_is_written_with_seven_digits(sizes, age_days, one):
    # Seven digits of m^2 are what messages hold; rows that differ by 10^5 are beyond them.
    sizes = [(r, min(max(i, r / 10), 1000 * r), c) for r, i, c in sizes]
    covariance = covariance_ric(one, age_days, _errors(sizes))
    written = np.vectorize(lambda value: float(f"{value:.7e}"))(covariance)
    scale = np.sqrt(np.diag(written))
    assert np.linalg.eigvalsh(written / np.outer(scale, scale)).min() > 0


@pytest.mark.parametrize("element_set", [LEO, GEO], ids=["LEO", "GEO"])
@pytest.mark.parametrize("age_days", [1.0, 3.0, 7.0])
def test_orbits_drawn_from_it_stay_as_near_as_they_are_for_a_revolution(element_set, age_days):
    """On circular two-body orbits, which is what the assumption says; by Hill's equations.

    Positions without the velocities that belong to them would leave by ten times the error.
    """
    errors = _table(element_set)
    covariance = covariance_ric(element_set, age_days, errors)
    n = 2 * pi * element_set.mean_motion_rev_day / 86400
    for share in (0.25, 0.5, 1.0):
        moved = _hill(n, share * 2 * pi / n)
        later = np.sqrt(np.diag(moved @ covariance @ moved.T))
        now = np.sqrt(np.diag(covariance))
        assert later[0] < 2.0 * now[0] + 0.001
        assert now[1] / 2 < later[1] < 2.5 * now[1]
        assert later[2] == pytest.approx(now[2])
    drift_km = 3 * pi * np.sqrt(_period_error_km2(covariance, n))
    growth_km = _growth_km_day(errors, age_days) / element_set.mean_motion_rev_day
    assert drift_km == pytest.approx(growth_km, rel=1.0)


def test_an_object_ahead_falls_and_one_above_is_slow():
    n = 2 * pi * LEO.mean_motion_rev_day / 86400
    covariance = covariance_ric(LEO, 1.0, _table(LEO))
    sigma = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sigma, sigma)
    assert correlation[1, 3] < -0.9
    assert correlation[0, 4] < -0.99
    assert sigma[4] == pytest.approx(n * sigma[0], rel=0.01)
    assert sigma[5] == pytest.approx(n * sigma[2])
    assert 0.5 * n * sigma[1] < sigma[3] <= n * sigma[1]


def test_two_body_motion_confirms_which_velocity_keeps_the_period():
    """A radial error of x with -n x of in-track velocity leaves the semi-major axis as it was."""
    a_km = 7000.0
    n = np.sqrt(MU_KM3_S2 / a_km**3)
    x_km = 0.5
    r_km, v_km_s = a_km + x_km, n * a_km - n * x_km
    energy = v_km_s**2 / 2 - MU_KM3_S2 / r_km
    assert -MU_KM3_S2 / (2 * energy) == pytest.approx(a_km, abs=1e-4)


def _hill(n: float, t: float) -> np.ndarray:
    """Return how inertial states `(6,)` along the axes of their time move on (Clohessy, Wiltshire).

    The velocity against the turning axes is the inertial one less omega x r.
    """
    s, c = np.sin(n * t), np.cos(n * t)
    turning = np.array(
        [
            [4 - 3 * c, 0, 0, s / n, 2 * (1 - c) / n, 0],
            [6 * (s - n * t), 1, 0, -2 * (1 - c) / n, (4 * s - 3 * n * t) / n, 0],
            [0, 0, c, 0, 0, s / n],
            [3 * n * s, 0, 0, c, 2 * s, 0],
            [-6 * n * (1 - c), 0, 0, -2 * s, 4 * c - 3, 0],
            [0, 0, -n * s, 0, 0, c],
        ]
    )
    to_turning = np.eye(6)
    to_turning[3, 1], to_turning[4, 0] = n, -n
    return np.linalg.inv(to_turning) @ turning @ to_turning


def _period_error_km2(covariance: np.ndarray, n: float) -> float:
    """Return the variance of the semi-major axis: 2 (x + v_in_track / n)."""
    row = np.array([2, 0, 0, 0, 2 / n, 0])
    return float(row @ covariance @ row)


def _growth_km_day(errors: ElementErrors, age_days: float) -> float:
    low, high = (1.0, 3.0) if age_days <= 3 else (3.0, 7.0)
    return float(errors.at(high)[0][1] - errors.at(low)[0][1]) / (high - low)


def test_many_covariances_are_each_that_of_its_set_and_age() -> None:
    sets = [LEO, GEO, replace(LEO, eccentricity=0.7, mean_motion_rev_day=2.0), LEO, GEO]
    ages = np.array([0.2, -1.5, 4.0, 30.0, 7.0])
    together = covariances_ric(sets, ages, CONFIG.error)
    for k, (one, age) in enumerate(zip(sets, ages.tolist(), strict=True)):
        alone = covariance_ric(one, age, _table(one))
        np.testing.assert_allclose(together[k], alone, rtol=1e-12, atol=1e-30)
        assert np.linalg.eigvalsh(together[k]).min() > 0
