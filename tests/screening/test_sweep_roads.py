"""The answer of the fast search does not depend on the road to it."""

import sys
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbits import START
from sweeps import CONFIG, assert_equal, needs_catalogues, population, real_sets, ring

from sda.model import Kind
from sda.screening import Sweep, exhaustive, screen
from sda.times import julian_grid

HOURS = 2.2
THRESHOLD_KM = 25.0
ONE_BLOCK_S = 3840.0
"""A multiple of every length that a block may have."""


@pytest.fixture(scope="module")
def elements():
    one, two = ring(998, 545.0, 546.0), ring(999, 545.2, 546.0)
    return (*population(300, 7), one, two)


@pytest.fixture(scope="module")
def complete(elements):
    return exhaustive(elements, START, HOURS, THRESHOLD_KM, CONFIG)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("block_s", [960.0, 1920.0, 1e6])
def test_workers_and_blocks_change_nothing(elements, complete, workers, block_s):
    fast = screen(elements, START, HOURS, THRESHOLD_KM, CONFIG, workers=workers, block_s=block_s)
    assert_equal(fast, complete)
    assert Counter(a.kind for a in fast.approaches)[Kind.CROSSING] > 50


def test_the_reference_alone_gives_what_astroz_gives(elements, complete, monkeypatch):
    monkeypatch.setitem(sys.modules, "astroz", None)  # as if it were not installed
    assert_equal(screen(elements, START, HOURS, THRESHOLD_KM, CONFIG), complete)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_sets_changes_nothing(elements, complete, random):
    shuffled = random.sample(elements, len(elements))
    assert_equal(screen(shuffled, START, HOURS, THRESHOLD_KM, CONFIG), complete)


@pytest.mark.parametrize("count", [0, 1, 5, 64, 65, 150, 302])
def test_primaries_give_the_rows_of_the_full_run_that_hold_one(elements, complete, count):
    numbers = np.random.default_rng(count).permutation([e.norad_id for e in elements])
    primaries = frozenset(numbers[:count].tolist())
    fast = screen(elements, START, HOURS, THRESHOLD_KM, CONFIG, primaries=primaries)
    assert fast.approaches == tuple(
        a for a in complete.approaches if {a.norad_id_1, a.norad_id_2} & primaries
    )


def test_a_primary_that_is_not_there_has_no_rows(elements):
    fast = screen(elements, START, HOURS, THRESHOLD_KM, CONFIG, primaries=frozenset({123456}))
    assert fast.approaches == ()


@pytest.mark.parametrize("radial_km", [0.05, 1.0, 10.0])
def test_crossings_at_nearly_one_radius_are_all_found_where_the_others_may_be_left_out(
    elements, complete, radial_km
):
    sweep = Sweep(elements, START, HOURS, THRESHOLD_KM, CONFIG, radial_km=radial_km)
    blocks = list(sweep.blocks())
    everyone = sweep.propagator.elements
    found = {a for rows in (*blocks, sweep.lingering()) for a in rows.approaches(everyone, START)}
    assert found <= set(complete.approaches)
    places = {e.norad_id: k for k, e in enumerate(everyone)}
    wanted = 0
    for row in complete.approaches:
        pair = np.array([places[row.norad_id_1], places[row.norad_id_2]])
        when_s = np.full(2, (row.tca - START).total_seconds())
        _, r_km, _ = sweep.propagator.at(pair, *julian_grid(START, when_s))
        if row.kind is not Kind.CROSSING or abs(np.diff(np.linalg.norm(r_km, axis=1))) <= radial_km:
            assert row in found
            wanted += 1
    assert wanted > 0


@pytest.mark.parametrize("offset_s", [-0.4, -0.1, -1e-6, 0.0, 1e-6, 0.1, 0.4])
def test_a_passage_at_the_seam_of_two_blocks_is_one_row(elements, complete, offset_s):
    by_number = {e.norad_id: e for e in elements}
    crossings = [a for a in complete.approaches if a.kind is Kind.CROSSING]
    for row in crossings[:: len(crossings) // 3]:
        pair = [by_number[row.norad_id_1], by_number[row.norad_id_2]]
        start = row.tca - timedelta(seconds=ONE_BLOCK_S + offset_s)
        window = start, 2 * ONE_BLOCK_S / 3600, THRESHOLD_KM, CONFIG
        assert_equal(screen(pair, *window, workers=1, block_s=960.0), exhaustive(pair, *window))


def test_blocks_come_in_order_of_time_and_progress_ends_at_one(elements, complete):
    told = []
    sweep = Sweep(elements, START, HOURS, THRESHOLD_KM, CONFIG, workers=2, block_s=960.0)
    blocks = list(sweep.blocks(told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(blocks) > 1
    tca_s = np.concatenate([rows.tca_s for rows in blocks])
    assert (np.diff(tca_s) >= 0).all()
    lingering = sweep.lingering()
    assert len(tca_s) + len(lingering) == len(complete.approaches)
    assert sweep.unusable() == complete.unusable
    rows = [*(a for rows in blocks for a in rows.approaches(sweep.propagator.elements, START)),
            *lingering.approaches(sweep.propagator.elements, START)]  # fmt: skip
    assert set(rows) == set(complete.approaches)


def test_a_window_in_two_halves_gives_the_crossings_of_the_whole(elements, complete):
    """An independent view of the same passages: times to a microsecond, ranges to a micrometre."""
    half_h = HOURS / 2
    halves = [
        screen(elements, START + timedelta(hours=k * half_h), half_h, THRESHOLD_KM, CONFIG)
        for k in range(2)
    ]

    def crossings(approaches):
        return sorted(
            (a.norad_id_1, a.norad_id_2, a.tca, a.miss_km)
            for a in approaches
            if a.kind is Kind.CROSSING
        )

    parts = crossings(a for half in halves for a in half.approaches)
    whole = crossings(complete.approaches)
    assert len(parts) == len(whole)
    for (*pair, tca, miss_km), (*expected, tca_w, miss_w_km) in zip(parts, whole, strict=True):
        assert pair == expected
        assert abs((tca - tca_w).total_seconds()) < 1e-4
        assert miss_km == pytest.approx(miss_w_km, abs=1e-6)


@needs_catalogues
def test_the_roads_agree_on_a_real_catalogue(monkeypatch):
    catalogue = real_sets("full-2025-07-07.3le.gz")[::3]
    window = START.replace(month=7), 2.2, 6.0, CONFIG
    default = screen(catalogue, *window)
    assert len(default.approaches) > 100
    assert_equal(screen(catalogue, *window, workers=3, block_s=960.0), default)
    monkeypatch.setitem(sys.modules, "astroz", None)
    assert_equal(screen(catalogue, *window, workers=1), default)
    tca = [a.tca for a in default.approaches]
    assert all(one <= two for one, two in pairwise(tca))
