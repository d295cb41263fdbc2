"""What the exhaustive search's bound rests on, measured; and its recall on real objects."""

from datetime import UTC, datetime
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from dense_scan import Pair
from scipy.spatial import cKDTree

from sda.configuration import read_toml
from sda.constants import MU_KM3_S2
from sda.elements import newest, read_files, read_text
from sda.model import Kind
from sda.orbit import Propagator
from sda.screening import ScreeningConfig, exhaustive
from sda.times import julian, julian_grid

ROOT = Path(__file__).parents[2]
CONFIG = read_toml(ROOT / "config/screening.toml", ScreeningConfig)
CATALOGUE = ROOT / "../shared/data/catalogs/full-2025-08-08.3le.gz"
NOON = datetime(2025, 8, 8, 12, tzinfo=UTC)

one_millisecond_s = 1e-3
one_metre_km = 1e-3
ACCELERATION_MARGIN = 1.01

needs_catalogue = pytest.mark.skipif(not CATALOGUE.is_file(), reason=f"{CATALOGUE} is not here")


def _verification_sets():
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    text = "\n".join(line[:68] for line in lines if line[:2] in ("1 ", "2 "))
    return read_text(text, "SGP4-VER.TLE", "test").elements


@pytest.fixture(scope="module")
def catalogue():
    return newest(read_files([CATALOGUE]).elements)


def _assert_acceleration_is_bounded(elements, start, hours):
    propagator = Propagator(elements)
    step_s = 10.0
    for hour in hours:
        times_s = hour * 3600 + np.arange(7) * step_s
        error, r_km, _ = propagator.grid(*julian_grid(start, times_s))
        r_km = r_km[~error.any(axis=1)]
        pull = (r_km[:, :-2] - 2 * r_km[:, 1:-1] + r_km[:, 2:]) / step_s**2
        low_km = np.linalg.norm(r_km, axis=2).min(axis=1, keepdims=True)
        ratio = np.linalg.norm(pull, axis=2) / (MU_KM3_S2 / low_km**2)
        assert len(ratio) > 0
        assert ratio.max() < ACCELERATION_MARGIN


def test_paths_of_the_verification_set_accelerate_no_more_than_the_bound_assumes():
    sets = [e for e in _verification_sets() if e.epoch.year == 2006 and e.norad_id != 29141]
    _assert_acceleration_is_bounded(sets, datetime(2006, 6, 25, tzinfo=UTC), np.arange(0, 24, 0.1))


@needs_catalogue
def test_paths_of_a_real_catalogue_accelerate_no_more_than_the_bound_assumes(catalogue):
    _assert_acceleration_is_bounded(catalogue[::7], NOON, np.arange(0, 12, 0.7))


def test_pairs_of_the_verification_set_are_found_as_a_dense_scan_finds_them():
    start, hours, threshold_km = datetime(2006, 6, 25, tzinfo=UTC), 3.0, 4000.0
    sets = [e for e in _verification_sets() if abs((e.epoch - start).days) < 10]
    screening = exhaustive(sets, start, hours, threshold_km, CONFIG)
    gone = {u.element_set.norad_id for u in screening.unusable}
    compared = 0
    for one, two in combinations(sorted(sets, key=lambda e: e.norad_id), 2):
        if {one.norad_id, two.norad_id} & gone:
            continue
        dips = Pair(one, two, start).dips(hours * 3600, threshold_km)
        rows = [
            a for a in screening.approaches
            if (a.norad_id_1, a.norad_id_2) == (one.norad_id, two.norad_id)
            and a.kind is Kind.CROSSING
        ]  # fmt: skip
        assert len(rows) == len(dips)
        for row, dip in zip(rows, dips, strict=True):
            assert abs((row.tca - dip.utc).total_seconds()) < one_millisecond_s
            assert row.miss_km == pytest.approx(dip.range_km, abs=one_metre_km)
        compared += len(dips)
    assert compared > 10


@needs_catalogue
def test_nothing_is_missed_among_real_objects_of_one_shell(catalogue):
    """Trees each second, radius from the fastest closing speed in low orbit, 16.5 km/s."""
    shell = [e for e in catalogue if 14.9 < e.mean_motion_rev_day < 15.0][:500]
    hours, threshold_km, fastest_km_s = 0.25, 10.0, 16.5
    screening = exhaustive(shell, NOON, hours, threshold_km, CONFIG)
    gone = {u.element_set.norad_id for u in screening.unusable}
    shell = sorted((e for e in shell if e.norad_id not in gone), key=lambda e: e.norad_id)
    times_s = np.arange(0.0, hours * 3600 + 1)
    _, r_km, _ = Propagator(shell).grid(*julian_grid(NOON, times_s))
    near = set()
    for k in range(len(times_s)):
        near |= cKDTree(r_km[:, k]).query_pairs(threshold_km + fastest_km_s / 2)
    expected = [
        (shell[i].norad_id, shell[j].norad_id, dip)
        for i, j in sorted(near)
        for dip in Pair(shell[i], shell[j], NOON).dips(hours * 3600, threshold_km)
    ]
    found = sorted(
        (a.norad_id_1, a.norad_id_2, m.utc, m.range_km)
        for a in screening.approaches
        if a.kind in (Kind.CROSSING, Kind.PROXIMITY)
        for m in a.minima
    )
    assert len(found) == len(expected) > 5
    for (one, two, utc, range_km), (id_1, id_2, dip) in zip(found, expected, strict=True):
        assert (one, two) == (id_1, id_2)
        assert range_km == pytest.approx(dip.range_km, abs=one_metre_km)
        flat_s = 1e-8 * dip.range_km / dip.speed_km_s**2
        assert abs((utc - dip.utc).total_seconds()) < one_millisecond_s + flat_s


@needs_catalogue
def test_a_jump_of_sgp4_at_an_inclination_of_a_fifth_of_a_radian_is_within_its_allowance(catalogue):
    """Object 20205 jumps by kilometres between two steps: the second difference shows it."""
    propagator = Propagator([e for e in catalogue if e.norad_id == 20205])
    jd, fr = julian(NOON)
    days = np.arange(0, 14, 10 / 86400)
    index = np.zeros(len(days), np.intp)
    _, r_km, _ = propagator.at(index, np.full(len(days), jd), fr + days)
    middle_days = days[:-2] + 5 / 86400
    _, middle_km, _ = propagator.at(index[:-2], np.full(len(middle_days), jd), fr + middle_days)
    sagitta_km = np.linalg.norm(middle_km - (r_km[:-2] + r_km[1:-1]) / 2, axis=1)
    bend_km = np.linalg.norm(r_km[:-2] - 2 * r_km[1:-1] + r_km[2:], axis=1)
    pull_km = ACCELERATION_MARGIN * MU_KM3_S2 / np.linalg.norm(r_km[:-2], axis=1) ** 2 * 100
    assert (sagitta_km <= pull_km / 8 + bend_km + pull_km).all()
    assert (sagitta_km > pull_km / 8).any()
