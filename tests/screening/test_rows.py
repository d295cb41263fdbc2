"""The rules that turn a pair's range into rows, each on an invented pair."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from dense_scan import Pair
from orbits import START, element_set, through

from sda.configuration import read_toml
from sda.elements import read_text
from sda.errors import ConfigError, ScreeningError
from sda.model import Kind
from sda.screening import ScreeningConfig, exhaustive

CONFIG_FILE = Path(__file__).parents[2] / "config/screening.toml"
CONFIG = read_toml(CONFIG_FILE, ScreeningConfig)

one_metre_km = 1e-3

ONE = element_set(101)
CROSSING = [
    through(102 + k, latitude_rad=0.4, longitude_rad=1.0, radius_km=7000.0 + 2 * k,
            inclination_rad=inclination, southward=bool(k), after_s=900.0)
    for k, inclination in enumerate((1.0, 1.6))
]  # fmt: skip


def _screen(*elements, hours=1.0, threshold_km=10.0, start=START, config=CONFIG):
    return exhaustive(elements, start, hours, threshold_km, config)


def test_a_fast_minimum_is_a_crossing():
    (row,) = _screen(*CROSSING).approaches
    assert row.kind is Kind.CROSSING
    assert row.relative_speed_km_s > 1
    assert (row.episode_start, row.episode_end) == (None, None)
    (minimum,) = row.minima
    assert (minimum.utc, minimum.range_km) == (row.tca, row.miss_km)
    ric_km = (row.radial_km, row.in_track_km, row.cross_track_km)
    assert np.linalg.norm(ric_km) == pytest.approx(row.miss_km)
    assert row.age_days_1 == pytest.approx((row.tca - CROSSING[0].epoch) / timedelta(days=1))
    assert 0 < row.max_probability < 1


def test_a_pair_that_never_parts_is_one_episode_with_all_minima():
    two = element_set(102, eccentricity=0.0012, inclination_deg=53.01)
    hours = 6.0
    (row,) = _screen(ONE, two, hours=hours, threshold_km=30.0).approaches
    dips = Pair(ONE, two, START).dips(hours * 3600, 30.0)
    assert row.kind is Kind.PROXIMITY
    assert (row.episode_start, row.episode_end) == (START, START + timedelta(hours=hours))
    assert len(row.minima) == len(dips) > 5
    assert row.miss_km == min(m.range_km for m in row.minima)
    assert row.tca in [m.utc for m in row.minima]


def test_an_episode_ends_where_the_range_leaves_the_threshold_and_another_begins():
    two = element_set(102, eccentricity=0.0018, inclination_deg=53.02)
    pair = Pair(ONE, two, START)
    _, range_km = pair.sampled_km(6 * 3600)
    threshold_km = float(range_km.min() + range_km.max()) / 2
    rows = _screen(ONE, two, hours=6.0, threshold_km=threshold_km).approaches
    within = np.diff((range_km <= threshold_km).astype(int), prepend=0, append=0)
    assert len(rows) == (within == 1).sum() > 3
    episodes = [row for row in rows if row.kind is Kind.PROXIMITY]
    assert len(episodes) >= len(rows) - 2  # the window may cut the first and the last
    for row in episodes:
        for end in (row.episode_start, row.episode_end):
            if START < end < START + timedelta(hours=6):
                at_s = (end - START).total_seconds()
                assert pair.range_km(at_s) == pytest.approx(threshold_km, abs=1e-5)
        assert row.episode_start <= row.tca <= row.episode_end


def test_the_least_range_of_an_episode_may_lie_at_the_end_of_the_window():
    closing = element_set(
        102, mean_anomaly_deg=10.2, mean_motion_rev_day=15.1985, eccentricity=0.0012
    )
    dips = Pair(ONE, closing, START).dips(6 * 3600, 30.0)
    # End the window on the way down to the last and lowest minimum.
    end = dips[-1].utc - timedelta(seconds=60)
    hours = (end - START) / timedelta(hours=1)
    (row,) = _screen(ONE, closing, hours=hours, threshold_km=30.0).approaches
    assert row.kind is Kind.PROXIMITY
    assert row.miss_km < min(m.range_km for m in row.minima)
    assert abs(row.tca - end) <= timedelta(microseconds=1)


def test_one_object_under_two_numbers_is_coincident():
    (row,) = _screen(ONE, replace(ONE, norad_id=102)).approaches
    assert row.kind is Kind.COINCIDENT
    assert (row.tca, row.episode_start, row.episode_end) == (
        START, START, START + timedelta(hours=1),
    )  # fmt: skip
    assert row.miss_km == 0
    assert row.max_probability is None
    assert row.minima == ()


def test_coincident_needs_the_whole_window():
    drifting = replace(ONE, norad_id=102, mean_motion_rev_day=ONE.mean_motion_rev_day + 1e-4)
    times_s, range_km = Pair(ONE, drifting, START).sampled_km(4 * 3600)
    assert range_km[0] < CONFIG.coincident_km < range_km[-1]
    apart_s = times_s[np.argmax(range_km >= CONFIG.coincident_km)]
    (short,) = _screen(ONE, drifting, hours=(apart_s - 5) / 3600).approaches
    (long,) = _screen(ONE, drifting, hours=(apart_s + 5) / 3600).approaches
    assert short.kind is Kind.COINCIDENT
    assert long.kind is not Kind.COINCIDENT


def test_a_coincident_pair_is_found_below_a_threshold_smaller_than_itself():
    near = replace(ONE, norad_id=102, mean_anomaly_deg=ONE.mean_anomaly_deg + 4e-4)
    _, range_km = Pair(ONE, near, START).sampled_km(3600)
    threshold_km = float(range_km.min() + range_km.max()) / 2
    assert range_km.max() < CONFIG.coincident_km
    (row,) = _screen(ONE, near, threshold_km=threshold_km).approaches
    assert row.kind is Kind.COINCIDENT
    assert _screen(ONE, near, threshold_km=float(range_km.min()) / 2).approaches == ()


@pytest.mark.parametrize("before", [True, False])
def test_a_window_that_cuts_an_encounter_off_has_an_edge_row(before):
    (whole,) = _screen(*CROSSING).approaches
    cut = whole.tca + timedelta(seconds=-0.2 if before else 0.2)
    start, hours = (START, (cut - START) / timedelta(hours=1)) if before else (cut, 0.5)
    (row,) = _screen(*CROSSING, start=start, hours=hours).approaches
    assert row.kind is Kind.EDGE
    assert abs(row.tca - cut) <= timedelta(microseconds=1)
    expected_km = np.hypot(whole.miss_km, 0.2 * whole.relative_speed_km_s)
    assert row.miss_km == pytest.approx(expected_km, abs=one_metre_km)
    assert row.minima == ()
    assert (row.episode_start, row.episode_end) == (None, None)


def test_a_minimum_inside_leaves_no_edge_row():
    (whole,) = _screen(*CROSSING).approaches
    start = whole.tca - timedelta(seconds=0.2)
    (row,) = _screen(*CROSSING, start=start, hours=0.4 / 3600).approaches
    assert row.kind is Kind.CROSSING


def _suborbital():
    """Return object 28872 of the SGP4 verification set, which SGP4 gives up after 51 minutes."""
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("1 28872"))
    (element_set,) = read_text(
        f"{lines[at][:68]}\n{lines[at + 1][:68]}\n", "SGP4-VER", "test"
    ).elements
    return element_set


def test_an_object_takes_part_until_sgp4_fails_and_is_reported():
    falling = _suborbital()
    beside = replace(
        falling, norad_id=50001, mean_anomaly_deg=falling.mean_anomaly_deg + 0.02,
        inclination_deg=falling.inclination_deg + 0.001,
    )  # fmt: skip
    screening = _screen(falling, beside, start=falling.epoch, hours=2.0)
    assert [u.element_set.norad_id for u in screening.unusable] == [28872, 50001]
    assert all("decayed" in u.reason for u in screening.unusable)
    first = min(u.since for u in screening.unusable)
    assert timedelta(minutes=51) < first - falling.epoch < timedelta(minutes=52)
    pair = Pair(falling, beside, falling.epoch)
    good_s = (first - falling.epoch).total_seconds()
    assert np.isfinite(pair.range_km(good_s))
    assert np.isfinite(pair.sampled_km(good_s)[1]).all()
    (row,) = screening.approaches
    last = row.episode_end or row.tca
    assert last == first


def test_a_crossing_in_the_last_seconds_of_an_object_is_found_and_one_after_is_not():
    falling = _suborbital()
    screening = _screen(falling, start=falling.epoch, hours=2.0)
    (failed,) = screening.unusable
    crossed = []
    for offset_s in (-4.0, 4.0):
        meeting = failed.since + timedelta(seconds=offset_s)
        # Its neighbour passes the place where it is, or would have been, at that time.
        visitor = _through_track(falling, meeting)
        rows = _screen(falling, visitor, start=falling.epoch, hours=2.0, threshold_km=60.0)
        crossed.append([a for a in rows.approaches if abs(a.tca - meeting) < timedelta(seconds=8)])
    assert len(crossed[0]) == 1
    assert crossed[0][0].tca < failed.since
    assert crossed[1] == [] or all(a.tca <= failed.since for a in crossed[1])


def _through_track(falling, meeting: datetime):
    """Return an orbit through the place of an object, taken some seconds before it fails."""
    before = meeting - timedelta(seconds=30)
    pair = Pair(falling, replace(falling, norad_id=2), before)
    (r_km, v_km_s), _ = pair._states(0.0)
    r_km = r_km + 30.0 * v_km_s - 0.5 * 900.0 * 398600.8 * r_km / np.linalg.norm(r_km) ** 3
    radius_km = float(np.linalg.norm(r_km))
    return through(
        60001, latitude_rad=float(np.arcsin(r_km[2] / radius_km)),
        longitude_rad=float(np.arctan2(r_km[1], r_km[0])), radius_km=radius_km + 25.0,
        inclination_rad=1.45, after_s=(meeting - START).total_seconds(),
    )  # fmt: skip


def test_an_unusable_set_is_reported_and_the_others_screened():
    bad = replace(ONE, norad_id=99, eccentricity=1.5)
    screening = _screen(bad, *CROSSING)
    assert len(screening.approaches) == 1
    assert screening.n_objects == 3
    ((unusable),) = screening.unusable
    assert (unusable.element_set, unusable.since) == (bad, None)
    assert "eccentricity" in unusable.reason


@pytest.mark.parametrize(
    ("hours", "threshold_km"),
    [(0, 5), (-1, 5), (nan, 5), (inf, 5), (1, 0), (1, -5), (1, nan), (1, inf), (1e-12, 5)],
)
def test_a_window_or_threshold_that_is_not_positive_is_refused(hours, threshold_km):
    with pytest.raises(ScreeningError):
        _screen(*CROSSING, hours=hours, threshold_km=threshold_km)


def test_two_sets_of_one_object_are_refused_by_number():
    with pytest.raises(ScreeningError, match="101"):
        _screen(ONE, replace(ONE, name="again"))


@pytest.mark.parametrize("elements", [[], [ONE]])
def test_nothing_to_compare_gives_no_rows(elements):
    assert _screen(*elements).approaches == ()


def test_progress_rises_to_one():
    told = []
    exhaustive(CROSSING, START, 0.25, 5.0, CONFIG, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_rows_are_sorted_by_time_and_numbers():
    twin = replace(ONE, norad_id=104)
    approaches = _screen(ONE, twin, *CROSSING[:1], CROSSING[1]).approaches
    keys = [(a.tca, a.norad_id_1, a.norad_id_2) for a in approaches]
    assert keys == sorted(keys)
    assert all(a.norad_id_1 < a.norad_id_2 for a in approaches)


def test_a_misspelt_key_of_the_configuration_is_named(tmp_path):
    shutil.copy(CONFIG_FILE.with_name("covariance.toml"), tmp_path)
    path = tmp_path / "screening.toml"
    path.write_text(CONFIG_FILE.read_text().replace("slow_km_s", "slow_kms"))
    with pytest.raises(ConfigError, match="slow_km"):
        read_toml(path, ScreeningConfig)


def test_coincident_lies_below_the_closest_formation_in_public_sets():
    tandem_x_least_range_km = 0.2466
    assert CONFIG.coincident_km < tandem_x_least_range_km
