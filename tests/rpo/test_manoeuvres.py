"""Manoeuvres are found where they are, with their size and kind, and nowhere else."""

import importlib.util
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from burning import BEGIN, HIGH, LOW, Burn, history
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.configuration import packaged
from sda.rpo.manoeuvres.finding import (
    Manoeuvre,
    ManoeuvreKind,
    Purpose,
    find_manoeuvres,
    manoeuvre_config,
)
from sda.rpo.manoeuvres.steps import find_steps

CONFIG = manoeuvre_config(packaged("config"))
ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared/data/manoeuvres"
LOW_SIGMA_M, HIGH_SIGMA_M = 0.3, 20.0
A_FIFTH = 0.2


def detections(track) -> list[Manoeuvre]:
    return [one for one in find_manoeuvres(track, CONFIG) if one.confidence >= 0.5]


def brackets(one: Manoeuvre, day: float, slack_days: float = 1.0) -> bool:
    true, slack = BEGIN + timedelta(days=day), timedelta(days=slack_days)
    return one.start - slack <= true <= one.end + slack


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("first", "sigma_m"), [(LOW, LOW_SIGMA_M), (HIGH, HIGH_SIGMA_M)])
def test_a_satellite_that_does_not_burn_has_no_manoeuvre(first, sigma_m, seed):
    assert detections(history(first, axis_sigma_m=sigma_m, seed=seed)) == []


@pytest.mark.parametrize(
    ("first", "sigma_m", "axis_m", "delta_v_m_s"),
    [(LOW, LOW_SIGMA_M, 8.0, 0.0042), (LOW, LOW_SIGMA_M, -30.0, 0.0156),
     (HIGH, HIGH_SIGMA_M, -4500.0, 0.164)],
)  # fmt: skip
def test_a_burn_along_the_track_is_found_with_its_time_and_size(
    first, sigma_m, axis_m, delta_v_m_s
):
    (one,) = detections(history(first, {100.3: Burn(axis_m=axis_m)}, axis_sigma_m=sigma_m))
    assert brackets(one, 100.3, slack_days=0.0)
    assert one.end - one.start < timedelta(days=5)
    assert one.kind is ManoeuvreKind.IN_PLANE
    assert one.semi_major_change_km == pytest.approx(axis_m / 1e3, rel=A_FIFTH)
    assert one.delta_v_m_s == pytest.approx(delta_v_m_s, rel=A_FIFTH)
    assert one.purpose is Purpose.STATION_KEEPING


@pytest.mark.parametrize(
    ("first", "sigma_m", "tilt_deg", "delta_v_m_s"),
    [(LOW, LOW_SIGMA_M, 0.02, 2.61), (HIGH, HIGH_SIGMA_M, -0.4, 21.5)],
)
def test_a_burn_across_the_track_is_told_from_one_along_it(first, sigma_m, tilt_deg, delta_v_m_s):
    track = history(first, {100.3: Burn(inclination_deg=tilt_deg)}, axis_sigma_m=sigma_m)
    (one,) = detections(track)
    assert brackets(one, 100.3, slack_days=0.0)
    assert one.kind is ManoeuvreKind.OUT_OF_PLANE
    assert one.plane_change_deg == pytest.approx(abs(tilt_deg), rel=A_FIFTH)
    assert one.delta_v_m_s == pytest.approx(delta_v_m_s, rel=A_FIFTH)


def test_a_burn_that_does_both_is_both():
    burn = Burn(axis_m=200.0, inclination_deg=0.02)
    (one,) = detections(history(LOW, {100.3: burn}, axis_sigma_m=LOW_SIGMA_M))
    assert one.kind is ManoeuvreKind.BOTH


@pytest.mark.parametrize(("first", "axis_m"), [(LOW, 12_000.0), (HIGH, 30_000.0)])
def test_leaving_for_good_is_a_relocation(first, axis_m):
    track = history(first, {100.3: Burn(axis_m=axis_m)}, axis_sigma_m=1.0)
    (one,) = detections(track)
    assert one.purpose is Purpose.RELOCATION


def test_burns_of_regular_upkeep_are_all_found():
    days = [30.2, 65.2, 100.2, 135.2, 170.2]
    found = detections(
        history(LOW, dict.fromkeys(days, Burn(axis_m=15.0)), axis_sigma_m=LOW_SIGMA_M)
    )
    assert len(found) == len(days)
    assert all(brackets(one, day) for one, day in zip(found, days, strict=True))
    assert {one.purpose for one in found} == {Purpose.STATION_KEEPING}


def test_a_campaign_of_daily_burns_is_one_manoeuvre():
    burns = {100.2 + k: Burn(axis_m=40.0) for k in range(4)}
    (one,) = detections(history(LOW, burns, axis_sigma_m=LOW_SIGMA_M))
    assert all(brackets(one, day) for day in burns)
    assert one.semi_major_change_km == pytest.approx(0.160, rel=A_FIFTH)


def test_confidence_grows_with_the_burn():
    sizes = [3.0, 6.0, 12.0, 50.0]
    tracks = (history(LOW, {100.3: Burn(axis_m=m)}, axis_sigma_m=LOW_SIGMA_M) for m in sizes)
    found = [
        max((one.confidence for one in find_manoeuvres(track, CONFIG)), default=0.0)
        for track in tracks
    ]
    assert found == sorted(found)
    assert found[-1] > 0.95


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_and_repetition_change_nothing(seed):
    track = history(LOW, {40.3: Burn(axis_m=20.0)}, days=80.0, axis_sigma_m=LOW_SIGMA_M)
    random = np.random.default_rng(seed)
    shuffled = [track[k] for k in random.permutation(len(track))]
    again = [shuffled[k] for k in random.integers(0, len(track), 20)]
    assert find_manoeuvres([*shuffled, *again], CONFIG) == find_manoeuvres(track, CONFIG)


def test_a_set_that_jumps_out_is_no_manoeuvre_and_hides_none():
    track = list(history(LOW, {100.3: Burn(axis_m=20.0)}, axis_sigma_m=LOW_SIGMA_M))
    for k in (30, 60, 61, 150):
        track[k] = replace(
            track[k], mean_motion_rev_day=track[k].mean_motion_rev_day - 2e-4, inclination_deg=98.7
        )
    (one,) = detections(track)
    assert brackets(one, 100.3)


def test_two_weeks_of_dense_sets_tell_of_a_burn_and_of_none():
    thick = {"days": 14.0, "step_days": 0.3, "axis_sigma_m": 2.0}
    (one,) = detections(history(LOW, {7.1: Burn(axis_m=400.0)}, **thick))
    assert brackets(one, 7.1)
    assert detections(history(LOW, **thick)) == []


def test_the_last_set_alone_confirms_nothing():
    track = history(LOW, {100.3: Burn(axis_m=300.0)}, axis_sigma_m=LOW_SIGMA_M)
    k = next(k for k, one in enumerate(track) if one.epoch > BEGIN + timedelta(days=100.3))
    assert detections(track[: k + 1]) == []
    assert len(detections(track[: k + 3])) == 1


def test_of_sparse_sets_and_of_gaps_nothing_is_guessed():
    burns = {95.0: Burn(axis_m=300.0)}
    assert find_manoeuvres(history(LOW, burns, days=700.0, step_days=30.0), CONFIG) == ()
    track = history(LOW, burns, axis_sigma_m=LOW_SIGMA_M)
    gap = [one for one in track if not 85 < (one.epoch - BEGIN).days < 105]
    assert detections(gap) == []


def test_few_or_bad_sets_are_no_error():
    track = history(LOW, days=10.0)
    for n in range(5):
        assert find_manoeuvres(track[:n], CONFIG) == ()
    for bad in (
        replace(LOW, eccentricity=0.99),
        replace(LOW, mean_motion_rev_day=17.5),
        replace(LOW, mean_motion_rev_day=0.2),
        replace(LOW, epoch=BEGIN + timedelta(days=20_000)),
    ):
        assert find_manoeuvres((bad,), CONFIG) == ()
        find_manoeuvres((*track, bad), CONFIG)
    find_manoeuvres((replace(LOW, inclination_deg=0.0),) * 3 + track, CONFIG)


@pytest.mark.parametrize("metres_a_day", [0.05, 1.0, 10.0, 100.0])
def test_drag_that_swings_with_the_sun_and_its_storms_is_no_manoeuvre(metres_a_day):
    random = np.random.default_rng(3)
    days = np.cumsum(random.uniform(0.5, 1.5, 500))
    hours = np.arange(0.0, days[-1] + 1, 1 / 24)
    rate = metres_a_day * (1 + 0.5 * np.sin(2 * np.pi * hours / 27))
    for storm in np.arange(40.0, days[-1], 70.0):
        rate *= 1 + 3 * np.exp(-np.abs(hours - storm))
    levels = -np.interp(days, hours, np.cumsum(rate) / 24) + 0.2 * random.standard_normal(500)
    limits, drag = CONFIG.near_earth.semi_major_m, CONFIG.drag
    steps = find_steps(days, levels, limits, max_gap_days=9.9, drag=drag)
    assert [one for one in steps if one.strength >= 1] == []


def test_a_creeping_fit_is_followed_to_its_onset():
    random = np.random.default_rng(1)
    days = np.arange(300.0)
    levels = -0.05 * days + 10.0 * np.clip((days - 150) / 8, 0, 1)
    limits = CONFIG.near_earth.semi_major_m
    noisy = levels + 0.1 * random.standard_normal(300)
    steps = find_steps(days, noisy, limits, max_gap_days=9.9)
    (one,) = (step for step in steps if step.strength >= 1)
    assert abs(one.first - 150) <= 2
    assert abs(one.last - 158) <= 2
    assert one.size == pytest.approx(10.0, rel=0.1)


def test_operators_times_are_met():
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    spec = importlib.util.spec_from_file_location("scoring", ROOT / "benchmarks/manoeuvres.py")
    scoring = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["scoring"] = scoring
    spec.loader.exec_module(scoring)
    total = scoring.Score(0, 0, 0, 0, 0)
    for satellite in scoring.satellites(SHARED):
        found = find_manoeuvres(satellite.track, CONFIG)
        total += scoring.score(satellite, found)
        assert all(one.end - one.start <= scoring.MAX_BRACKET for one in found)
        assert scoring.cover(satellite, found) <= scoring.MAX_COVER
    assert total.f1 >= 0.87
