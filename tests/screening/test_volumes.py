"""Volumes are chosen by orbit, hold what lies in them, and bound where it can be."""

import shutil
from dataclasses import replace
from datetime import timedelta
from math import hypot, pi
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbits import START, element_set, through

from sda.configuration import read_toml
from sda.errors import ConfigError
from sda.frames import ric_axes, to_ric
from sda.jobs import Detection, detect
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig, Sweep
from sda.screening.rows import concatenated
from sda.screening.volumes import (
    Volume,
    half_widths,
    in_volume,
    radial_pads,
    volume_of,
    within,
)
from sda.store import Archive, Ingestion, open_store
from sda.times import julian_grid

CONFIG_FILE = Path(__file__).parents[2] / "config/screening.toml"
CONFIG = read_toml(CONFIG_FILE, ScreeningConfig)
RISK = read_toml(CONFIG_FILE.with_name("risk.toml"), RiskConfig)

one_centimetre_km = 1e-5
rounding_km = 1e-9


def _at_height(perigee_km, apogee_km):
    axis_km = 6378.135 + (perigee_km + apogee_km) / 2
    return element_set(
        1,
        mean_motion_rev_day=(398600.8 / axis_km**3) ** 0.5 * 86400 / (2 * pi),
        eccentricity=(apogee_km - perigee_km) / (2 * axis_km),
    )


@pytest.mark.parametrize(
    ("perigee_km", "apogee_km", "volume"),
    [
        (415, 422, Volume("LEO1", 0.4, 44.0, 51.0)),
        (499, 900, Volume("LEO1", 0.4, 44.0, 51.0)),
        (501, 560, Volume("LEO2", 0.4, 25.0, 25.0)),
        (751, 800, Volume("LEO3", 0.4, 12.0, 12.0)),
        (1201, 1210, Volume("LEO4", 0.4, 2.0, 2.0)),
        (2010, 2015, Volume("LEO4", 0.4, 2.0, 2.0)),
        (20_180, 20_190, Volume("MEO", 2.2, 17.0, 21.0)),
        (35_780, 35_790, Volume("GEO", 12.0, 364.0, 30.0)),
        (600, 39_700, Volume("HEO", 40.0, 77.0, 107.0)),
        (60_000, 70_000, Volume("OTHER", 40.0, 364.0, 107.0)),
    ],
)
def test_the_volume_goes_by_regime_and_in_low_orbit_by_perigee(perigee_km, apogee_km, volume):
    assert volume_of(_at_height(perigee_km, apogee_km), CONFIG) == volume


def test_the_reach_is_the_distance_of_the_corners():
    assert Volume("LEO1", 0.4, 44.0, 51.0).reach_km == hypot(0.4, 44.0, 51.0)
    assert half_widths([_at_height(415, 422)], CONFIG).tolist() == [[0.4, 44.0, 51.0]]
    assert half_widths([], CONFIG).shape == (0, 3)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('regime = "OTHER"', 'regime = "OTHER"\nperigee_up_to_km = 9.0', "OTHER needs a last row"),
        ("perigee_up_to_km = 750.0", "perigee_up_to_km = 400.0", "LEO must rise"),
        ("perigee_up_to_km = 750.0", "", "LEO must rise"),
        ("radial_km = 2.2", "radial_km = 0.0", "radial_km"),
    ],
)
def test_a_table_that_leaves_an_orbit_without_its_volume_is_refused(tmp_path, old, new, words):
    shutil.copy(CONFIG_FILE.with_name("covariance.toml"), tmp_path)
    path = tmp_path / "screening.toml"
    path.write_text(CONFIG_FILE.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=words):
        read_toml(path, ScreeningConfig)


def test_faces_belong_to_the_box_on_either_side_and_nan_to_none():
    box_km = np.array([0.4, 44.0, 51.0])
    corners_km = box_km * np.array([[1, 1, 1], [-1, 1, -1], [-1, -1, -1], [0, 0, 0]])
    assert within(corners_km, box_km).all()
    assert not within(corners_km[:3] * 1.0001, box_km).any()
    assert not within(np.array([0.41, 0.0, 0.0]), box_km)
    assert not within(np.full(3, np.nan), box_km)
    assert not within(np.zeros(3), np.full(3, -1.0))


components = st.floats(-1.0, 1.0)
widths_km = st.floats(0.01, 400.0)


@settings(max_examples=300)
@given(
    direction=st.tuples(components, components, components).filter(lambda v: hypot(*v) > 0.1),
    velocity=st.tuples(components, components, components).filter(lambda v: hypot(*v) > 0.1),
    radius_km=st.floats(6500.0, 300_000.0),
    below_km=st.floats(0.0, 6000.0),
    box_km=st.tuples(widths_km, widths_km, widths_km),
    place=st.tuples(components, components, components),
)
def test_a_point_in_the_box_never_exceeds_the_radial_bound(
    direction, velocity, radius_km, below_km, box_km, place
):
    r1_km = np.array(direction) / hypot(*direction) * radius_km
    v1_km_s = np.array(velocity)
    if np.linalg.norm(np.cross(r1_km, v1_km_s)) < 1e-3 * radius_km:
        return
    box_km = np.array(box_km)
    r2_km = r1_km + ric_axes(r1_km, v1_km_s).T @ (box_km * np.array(place))
    assert within(to_ric(r2_km - r1_km, r1_km, v1_km_s), box_km * (1 + 1e-9) + rounding_km)
    (pad_km,) = radial_pads(box_km[np.newaxis], np.array([radius_km - below_km]))
    lift_km = np.linalg.norm(r2_km) - np.linalg.norm(r1_km)
    assert -box_km[0] - rounding_km <= lift_km <= pad_km + rounding_km


def test_the_radial_bound_is_reached_at_the_outer_corners_and_never_exceeds_the_reach():
    boxes_km = np.array([[0.4, 44.0, 51.0], [12.0, 364.0, 30.0], [40.0, 77.0, 107.0]])
    low_km = np.array([6778.0, 42_100.0, 0.0])
    pad_km = radial_pads(boxes_km, low_km)
    corners_km = np.linalg.norm(boxes_km + np.array([[1.0, 0, 0]]) * low_km[:, np.newaxis], axis=1)
    np.testing.assert_allclose(pad_km, corners_km - low_km, atol=rounding_km)
    assert pad_km[0] == pytest.approx(0.7347, abs=1e-4)
    assert pad_km[1] == pytest.approx(13.58, abs=1e-2)
    # An object that cannot be judged may be anywhere: all that is left is the reach.
    assert pad_km[2] == pytest.approx(hypot(40.0, 77.0, 107.0))


def _rows(elements, threshold_km, hours=1.0):
    sweep = Sweep(elements, START, hours, threshold_km, CONFIG, workers=1)
    blocks = list(sweep.blocks())
    return sweep.propagator, concatenated([*blocks, sweep.lingering()])


def _kept(elements, half_km, is_primary, threshold_km=60.0, hours=1.0):
    propagator, rows = _rows(elements, threshold_km, hours)
    half_km = np.array(half_km, np.float64)
    kept = in_volume(rows, propagator, START, half_km, np.array(is_primary))
    return propagator, rows, kept


def _crossing_pair():
    """Return two orbits whose planes are 90 degrees apart, and a miss along one's track."""
    eastward = through(
        1, latitude_rad=0.0, longitude_rad=1.0, radius_km=7000.0, inclination_rad=1e-3
    )
    # It passes where the other one is 2.6 s, or 20 km, later.
    northward = through(
        2, latitude_rad=0.0, longitude_rad=1.0, radius_km=7000.0, inclination_rad=pi / 2,
        after_s=902.6,
    )  # fmt: skip
    return eastward, northward


def test_each_volume_lies_in_its_own_objects_axes():
    pair = _crossing_pair()
    propagator, rows, _ = _kept(pair, np.ones((2, 3)), [True, True])
    assert len(rows) == 1
    states = [propagator.at(np.array([k]), *julian_grid(START, rows.tca_s)) for k in (0, 1)]
    (_, r1_km, v1_km_s), (_, r2_km, v2_km_s) = states
    seen_km = to_ric(r2_km - r1_km, r1_km, v1_km_s), to_ric(r1_km - r2_km, r2_km, v2_km_s)
    np.testing.assert_allclose(seen_km[0], rows.miss_ric_km, atol=one_centimetre_km)
    # What lies across one's track lies along the other's, but for the sign.
    assert abs(seen_km[0][0, 1]) == pytest.approx(abs(seen_km[1][0, 2]), abs=0.2)
    # Just as large as the miss in the axes of one, and too small in those of the other.
    for k in (0, 1):
        box_km = np.abs(seen_km[k][0]) + one_centimetre_km
        both_km = np.stack([box_km, box_km])
        assert in_volume(rows, propagator, START, both_km, np.array([k == 0, k == 1])).all()
        tight_km = both_km - 2 * one_centimetre_km
        assert not in_volume(rows, propagator, START, tight_km, np.array([k == 0, k == 1])).any()


def test_a_secondarys_volume_counts_for_nothing():
    wide_km, narrow_km = [40.0, 400.0, 400.0], [0.001, 0.001, 0.001]
    for half_km, is_primary, expected in (
        ([wide_km, narrow_km], [True, True], True),
        ([narrow_km, wide_km], [True, True], True),
        ([wide_km, narrow_km], [True, False], True),
        ([wide_km, narrow_km], [False, True], False),
        ([narrow_km, wide_km], [True, False], False),
        ([narrow_km, wide_km], [False, True], True),
    ):
        _, rows, kept = _kept(_crossing_pair(), half_km, is_primary)
        assert kept.tolist() == [expected] * len(rows), (half_km, is_primary)
        assert len(rows) == 1


def test_an_episode_is_kept_where_it_enters_the_box_at_another_time_than_its_tca():
    leader = element_set(1, eccentricity=0.001)
    follower = replace(leader, norad_id=2, mean_anomaly_deg=10.1, eccentricity=0.0013)
    propagator, rows, _ = _kept([leader, follower], np.ones((2, 3)), [True, True], hours=3.0)
    assert np.isfinite(rows.interval_s).all()
    assert len(rows) == 1
    times_s = np.linspace(*rows.interval_s[0], 2000)
    index = np.zeros(len(times_s), np.intp)
    _, r1_km, v1_km_s = propagator.at(index, *julian_grid(START, times_s))
    _, r2_km, _ = propagator.at(index + 1, *julian_grid(START, times_s))
    seen_km = np.abs(to_ric(r2_km - r1_km, r1_km, v1_km_s))
    # Nearest, it is out of a box that is flatter than its height there, and long enough for all.
    flat_km = np.array([abs(rows.miss_ric_km[0, 0]) * 0.5, 100.0, 100.0])
    assert not within(rows.miss_ric_km[0], flat_km)
    assert within(seen_km, flat_km).any()
    both_km = np.stack([flat_km, flat_km])
    assert in_volume(rows, propagator, START, both_km, np.array([True, False])).all()
    # A box that it is never in keeps nothing.
    short_km = np.array([100.0, seen_km[:, 1].min() * 0.5, 100.0])
    never_km = np.stack([short_km, short_km])
    assert not in_volume(rows, propagator, START, never_km, np.array([True, True])).any()


def test_no_rows_have_nothing_in_a_volume():
    apart = [element_set(1), element_set(2, mean_anomaly_deg=90.0)]
    propagator, rows, kept = _kept(apart, np.ones((2, 3)), [True, True], threshold_km=1.0)
    assert len(rows) == len(kept) == 0
    assert len(propagator) == 2


def test_volumes_do_not_name_another_run_of_a_job_that_does_not_use_them(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path}/archive.db")
    elements = [element_set(1), element_set(2, mean_anomaly_deg=10.01)]
    Archive(engine).add(elements, Ingestion("file", "0" * 64, "test", START, ()))
    detection = Detection(START + timedelta(hours=1), 1.0, 50.0, ("test",), ())
    first, *others = CONFIG.volumes
    wider = CONFIG.model_copy(
        update={"volumes": (first.model_copy(update={"radial_km": 9.0}), *others)}
    )
    slower = CONFIG.model_copy(update={"slow_km_s": 0.05})
    runs = [
        detect(engine, detection, config, RISK, timedelta(days=1), START)
        for config in (CONFIG, wider, slower)
    ]
    assert runs[0].n_approaches == {"public": 1}
    assert runs[0].run.run_id == runs[1].run.run_id != runs[2].run.run_id
