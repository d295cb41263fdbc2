"""The exhaustive screening finds what plain dense sampling finds, for every shape of pair."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from math import pi, radians
from pathlib import Path

import numpy as np
import pytest
from dense_scan import Pair
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from orbits import START, element_set, through

from sda.configuration import read_toml
from sda.model import Kind
from sda.screening import ScreeningConfig, exhaustive

CONFIG = read_toml(Path(__file__).parents[2] / "config/screening.toml", ScreeningConfig)

one_millisecond_s = 1e-3
one_metre_km = 1e-3
WINDOW_H = 0.5

few = settings(max_examples=25, deadline=None, derandomize=True)


def assert_same(one, two, threshold_km):
    """Compare all rows of a pair with the dips of its range; return the rows."""
    length_s = WINDOW_H * 3600
    screening = exhaustive([two, one], START, WINDOW_H, threshold_km, CONFIG)
    assert not screening.unusable
    pair = Pair(one, two, START)
    times_s, range_km = pair.sampled_km(length_s)
    assume(abs(range_km.max() - CONFIG.coincident_km) > 1e-6)
    if range_km.max() < CONFIG.coincident_km:
        assert [a.kind for a in screening.approaches] == [Kind.COINCIDENT]
        return screening.approaches
    dips = pair.dips(length_s, threshold_km)
    # A dip within a millimetre of the threshold, at the slow limit or within rounding of an end
    # of the window may fall on either side.
    assume(all(abs(dip.range_km - threshold_km) > 1e-6 for dip in pair.dips(length_s, np.inf)))
    ends = (START, START + timedelta(hours=WINDOW_H))
    assume(all(abs((dip.utc - end).total_seconds()) > 0.01 for dip in dips for end in ends))
    assume(all(abs(dip.speed_km_s - CONFIG.slow_km_s) > 1e-6 for dip in dips))
    fast = [dip for dip in dips if dip.speed_km_s >= CONFIG.slow_km_s]
    slow = [dip for dip in dips if dip.speed_km_s < CONFIG.slow_km_s]
    rows = {kind: [a for a in screening.approaches if a.kind is kind] for kind in Kind}
    _assert_minima([m for a in rows[Kind.CROSSING] for m in a.minima], fast)
    _assert_minima([m for a in rows[Kind.PROXIMITY] for m in a.minima], slow)
    for row in rows[Kind.PROXIMITY]:
        when = START + np.array([timedelta(seconds=s) for s in times_s])
        inside = (when >= row.episode_start) & (when <= row.episode_end)
        lows_km = [d.range_km for d in dips if row.episode_start <= d.utc <= row.episode_end]
        lows_km += [range_km[end] for end in (0, -1) if inside[end]]
        assert row.miss_km == pytest.approx(min(lows_km), abs=one_metre_km)
        assert (range_km[inside] <= threshold_km + one_metre_km).all()
        before = when == row.episode_start - timedelta(seconds=1)
        assert not before.any() or range_km[before] > threshold_km
    for row in rows[Kind.EDGE]:
        assert row.tca in (START, screening.end)
        assert row.miss_km <= threshold_km
    _assert_ends_are_reported(screening, range_km <= threshold_km, fast)
    return screening.approaches


def _assert_ends_are_reported(screening, within, fast):
    """Whoever is within the threshold at an end of the window has a row that says so."""
    if within.all():
        assert screening.approaches
        return
    for end, inwards in ((screening.start, within), (screening.end, within[::-1])):
        touched_s = int(np.argmin(inwards))
        crossings = [d for d in fast if abs((d.utc - end).total_seconds()) <= touched_s]
        rows = [
            row
            for row in screening.approaches
            if row.tca == end or end in (row.episode_start, row.episode_end)
        ]
        assert touched_s == 0 or rows or crossings
        assert touched_s > 0 or not rows


def _assert_minima(found, expected):
    assert len(found) == len(expected)
    for ours, theirs in zip(sorted(found, key=lambda m: m.utc), expected, strict=True):
        assert ours.range_km == pytest.approx(theirs.range_km, abs=one_metre_km)
        # The range of a slow pair is flat: SGP4's own rounding, 1e-9 km, moves its minimum.
        flat_s = 1e-8 * theirs.range_km / theirs.speed_km_s**2
        apart_s = abs((ours.utc - theirs.utc).total_seconds())
        assert apart_s < one_millisecond_s + flat_s


points = st.fixed_dictionaries(
    {
        "latitude_rad": st.floats(-0.8, 0.8),
        "longitude_rad": st.floats(0, 2 * pi),
        "after_s": st.floats(5, 1795),
    }
)
inclinations = st.floats(0.85, pi - 0.85)
heights = st.floats(6800, 7600)
offsets = st.floats(-8, 8)


@few
@given(points, heights, offsets, inclinations, inclinations, st.booleans())
def test_crossing_low_orbits(point, radius_km, up_km, inc1, inc2, southward):
    one = through(101, **point, radius_km=radius_km, inclination_rad=inc1)
    two = through(
        102, **point, radius_km=radius_km + up_km, inclination_rad=inc2, southward=southward
    )
    assert_same(one, two, 40.0)


@few
@given(points, heights, offsets, inclinations)
def test_counter_rotating_orbits_in_one_plane(point, radius_km, up_km, inc):
    one = through(101, **point, radius_km=radius_km, inclination_rad=inc)
    two = through(
        102, **point, radius_km=radius_km + up_km, inclination_rad=pi - inc, southward=True
    )
    rows = assert_same(one, two, 40.0)
    assert rows


@few
@given(points, heights, offsets, inclinations, st.floats(0.3, 0.75), st.floats(-1.0, 1.0))
def test_perigees_of_eccentric_orbits(point, radius_km, up_km, inc, eccentricity, anomaly):
    one = through(101, **point, radius_km=radius_km, inclination_rad=pi - inc)
    radius_km += max(up_km, 0.0)
    two = through(
        102, **point, radius_km=radius_km, inclination_rad=inc, eccentricity=eccentricity,
        anomaly_rad=anomaly * 0.3,
    )  # fmt: skip
    assert_same(one, two, 60.0)


@few
@given(
    st.floats(-0.3, 0.3), st.floats(-0.002, 0.002), st.floats(-1e-3, 1e-3), st.floats(-0.02, 0.02)
)
def test_coplanar_neighbours(anomaly_deg, mean_motion, eccentricity, inclination_deg):
    one = element_set(101)
    two = element_set(
        102,
        mean_anomaly_deg=10.0 + anomaly_deg,
        mean_motion_rev_day=15.2 + mean_motion,
        eccentricity=0.001 + eccentricity,
        inclination_deg=53.0 + inclination_deg,
    )
    assert_same(one, two, 25.0)


@few
@given(st.floats(-0.05, 0.05), st.floats(-1e-4, 1e-4), st.floats(0, 3e-4), st.floats(1e-3, 0.05))
def test_geostationary_neighbours(anomaly_deg, mean_motion, eccentricity, inclination_deg):
    base = {"mean_motion_rev_day": 1.0027, "eccentricity": 2e-4, "inclination_deg": 0.03}
    one = element_set(101, **base)
    two = element_set(
        102,
        mean_anomaly_deg=10.0 + anomaly_deg,
        mean_motion_rev_day=1.0027 + mean_motion,
        eccentricity=eccentricity,
        inclination_deg=inclination_deg,
    )
    assert_same(one, two, 30.0)


@few
@given(st.floats(-1e-3, 1e-3), st.floats(-1e-6, 1e-6))
def test_near_identical_sets(anomaly_deg, mean_motion):
    one = element_set(101)
    two = element_set(
        102, mean_anomaly_deg=10.0 + anomaly_deg, mean_motion_rev_day=15.2 + mean_motion
    )
    _, range_km = Pair(one, two, START).sampled_km(WINDOW_H * 3600)
    assume(abs(range_km.max() - CONFIG.coincident_km) > 1e-4)
    (row,) = exhaustive([one, two], START, WINDOW_H, 5.0, CONFIG).approaches
    assert (row.kind is Kind.COINCIDENT) == (range_km.max() < CONFIG.coincident_km)
    expected = range_km[0] if row.kind is Kind.COINCIDENT else range_km.min()
    assert row.miss_km == pytest.approx(expected, abs=one_metre_km)


def test_a_shell_of_objects_all_against_all():
    rng = np.random.default_rng(20250808)
    elements = [
        element_set(
            200 + k,
            inclination_deg=float(rng.uniform(52, 54)),
            ra_of_asc_node_deg=float(rng.uniform(0, 20)),
            mean_anomaly_deg=float(rng.uniform(0, 20)),
            mean_motion_rev_day=15.2 + float(rng.normal(0, 0.002)),
        )
        for k in range(40)
    ]
    found = exhaustive(elements, START, WINDOW_H, 150.0, CONFIG).approaches
    for one, two in combinations(elements, 2):
        dips = Pair(one, two, START).dips(WINDOW_H * 3600, 150.0)
        rows = [a for a in found if (a.norad_id_1, a.norad_id_2) == (one.norad_id, two.norad_id)]
        _assert_minima([m for a in rows for m in a.minima], dips)
    assert len(found) > 20


@pytest.mark.parametrize("step_s", [3.0, 7.3, 20.0])
def test_rows_do_not_depend_on_the_step_of_the_search(step_s):
    elements = [element_set(100 + k, mean_anomaly_deg=10 + 0.1 * k) for k in range(30)]
    elements += [
        replace(e, norad_id=e.norad_id + 100, inclination_deg=127.0 - 0.1 * k)
        for k, e in enumerate(elements)
    ]
    usual = exhaustive(elements, START, WINDOW_H, 60.0, CONFIG).approaches
    config = CONFIG.model_copy(update={"step_s": step_s})
    other = exhaustive(elements, START, WINDOW_H, 60.0, config).approaches
    assert len(usual) > 100
    for one, two in zip(usual, other, strict=True):
        assert (one.norad_id_1, one.norad_id_2, one.kind) == (
            two.norad_id_1,
            two.norad_id_2,
            two.kind,
        )
        assert len(one.minima) == len(two.minima)
        assert one.miss_km == pytest.approx(two.miss_km, abs=one_metre_km)
        assert abs((one.tca - two.tca).total_seconds()) < 2 * one_millisecond_s


def test_the_order_of_the_elements_does_not_matter():
    elements = [element_set(100 + k, mean_anomaly_deg=10 + 0.01 * k) for k in range(6)]
    elements += [replace(e, norad_id=e.norad_id + 100, inclination_deg=127.0) for e in elements]
    forth = exhaustive(elements, START, WINDOW_H, 30.0, CONFIG)
    back = exhaustive(elements[::-1], START, WINDOW_H, 30.0, CONFIG)
    assert forth == back
    assert len(forth.approaches) > 12


def test_primaries_keep_exactly_the_pairs_that_hold_one():
    elements = [element_set(100 + k, mean_anomaly_deg=10 + 0.01 * k) for k in range(8)]
    elements.append(through(150, latitude_rad=0.2, longitude_rad=1.0, radius_km=7000.0,
        inclination_rad=radians(60), eccentricity=0.7))  # fmt: skip
    whole = exhaustive(elements, START, WINDOW_H, 30.0, CONFIG)
    some = exhaustive(elements, START, WINDOW_H, 30.0, CONFIG, primaries=frozenset({103, 150, 9}))
    kept = [a for a in whole.approaches if {a.norad_id_1, a.norad_id_2} & {103, 150}]
    assert some.approaches == tuple(kept)
    assert 0 < len(kept) < len(whole.approaches)
