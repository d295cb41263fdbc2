from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.risk.disagreement import Geometry, disagreement

TCA = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE = Geometry(
    TCA,
    np.array([0.1, 0.5, 0.2]),
    np.array([0.0, -7.0, 7.0]),
    np.diag(np.square([0.1, 0.5, 0.1])),
)


def test_a_solution_agrees_with_itself():
    found = disagreement(ONE, ONE)
    assert (found.sigmas, found.difference_km, found.tca_difference_s) == (0.0, 0.0, 0.0)


def test_it_counts_in_deviations_of_both_and_names_the_axis():
    other = replace(ONE, miss_ric_km=ONE.miss_ric_km + np.array([0.1, 0.0, 0.5]))
    found = disagreement(ONE, other)
    both = np.sqrt(2)
    assert found.radial_sigmas == pytest.approx(1 / both)
    assert found.cross_track_sigmas == pytest.approx(5 / both)
    assert found.most == "cross-track"
    assert found.sigmas == pytest.approx(np.sqrt(26) / both)


@given(seconds=st.floats(-30, 30))
def test_one_path_told_at_two_times_agrees(seconds):
    later = TCA + timedelta(seconds=seconds)
    exact_s = (later - TCA).total_seconds()
    moved = replace(ONE, tca=later, miss_ric_km=ONE.miss_ric_km + ONE.velocity_ric_km_s * exact_s)
    assert disagreement(ONE, moved).difference_km == pytest.approx(0.0, abs=1e-9)


def test_a_difference_of_time_counts_by_the_way_it_stands_for():
    late = replace(ONE, tca=TCA + timedelta(seconds=1))
    found = disagreement(ONE, late)
    assert found.difference_km == pytest.approx(7 * np.sqrt(2))
    assert found.in_track_sigmas == pytest.approx(7 / (0.5 * np.sqrt(2)))


def test_it_is_symmetric_and_better_orbits_contradict_sooner():
    other = replace(ONE, miss_ric_km=np.array([0.4, -0.2, 0.0]), tca=TCA + timedelta(seconds=0.01))
    assert disagreement(ONE, other).sigmas == pytest.approx(disagreement(other, ONE).sigmas)
    sharper = replace(other, covariance_km2=other.covariance_km2 / 100)
    assert disagreement(ONE, sharper).sigmas > disagreement(ONE, other).sigmas


def test_an_error_that_is_not_told_does_not_contradict():
    silent = replace(ONE, covariance_km2=np.zeros((3, 3)))
    assert disagreement(silent, silent).sigmas == 0.0
