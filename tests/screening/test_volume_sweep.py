"""Screening by volumes gives what a search at full reach gives when it is filtered afterwards."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from math import hypot
from pathlib import Path

import numpy as np
import pytest
from orbits import START, element_set

from sda.configuration import read_toml
from sda.constants import EARTH_RADIUS_KM, MU_KM3_S2, SECONDS_PER_DAY
from sda.elements import newest, read_files
from sda.model import Kind
from sda.orbit import Regime, regime_of
from sda.screening import KINDS, ScreeningConfig, Sweep, VolumeSweep
from sda.screening.rows import concatenated
from sda.screening.volumes import half_widths, in_volume, volume_of
from sda.times import julian_grid

CONFIG = read_toml(Path(__file__).parents[2] / "config/screening.toml", ScreeningConfig)
CROSSING = KINDS.index(Kind.CROSSING)
CORNER_KM = hypot(0.7, 30.0, 40.0)
HOURS = 3.0
ORBITS = {
    Regime.LEO: (15.25, 0.002),
    Regime.HEO: (2.3, 0.7),
    Regime.GEO: (1.0027, 0.001),
}


def of_one_reach():
    """Return a configuration whose boxes, of three shapes, have their corners equally far.

    The border of the two lowest rows goes through the middle of the low families of `crowd`.
    """
    motion, eccentricity = ORBITS[Regime.LEO]
    middle = element_set(1, mean_motion_rev_day=motion, eccentricity=eccentricity + 5e-4)
    shapes = cycle([(0.7, 30.0, 40.0), (0.7, 40.0, 30.0), (30.0, 0.7, 40.0)])
    names = ("radial_km", "in_track_km", "cross_track_km")
    volumes = tuple(
        row.model_copy(update=dict(zip(names, shape, strict=True)))
        for row, shape in zip(CONFIG.volumes, shapes, strict=False)
    )
    lowest = volumes[0].model_copy(update={"perigee_up_to_km": _mean_perigee_km(middle)})
    return CONFIG.model_copy(update={"volumes": (lowest, *volumes[1:])})


def crowd(seed):
    """Return families of sets in two planes, whose members stay together or meet at the nodes.

    Eccentricities differ by up to a thousandth within a family, so members rise and fall by some
    km beside each other, in and out of flat boxes. The last set repeats the first.
    """
    random = np.random.default_rng(seed)
    elements = []
    for family in range(12):
        motion, eccentricity = ORBITS[random.choice(list(ORBITS), p=(0.7, 0.15, 0.15))]
        inclination_deg = random.uniform(20, 80) if motion > 2 else random.uniform(0, 5)
        node_deg, argument_deg = random.uniform(0, 360, 2)
        elements += [
            element_set(
                100 * family + member + 1,
                mean_motion_rev_day=motion,
                eccentricity=eccentricity + random.uniform(0, 1e-3),
                inclination_deg=inclination_deg + 20 * (member % 2),
                ra_of_asc_node_deg=node_deg + random.normal(0, 0.05),
                arg_of_pericenter_deg=argument_deg,
                mean_anomaly_deg=random.choice((10.0, 130.0)) + random.normal(0, 0.15),
            )
            for member in range(10)
        ]
    return [*elements, replace(elements[0], norad_id=99_000)]


def plain(elements, reach_km, start=START, hours=HOURS, **options):
    sweep = Sweep(elements, start, hours, reach_km, CONFIG, workers=1, **options)
    return sweep.propagator, concatenated([*sweep.blocks(), sweep.lingering()])


def by_volumes(elements, config, start=START, hours=HOURS, primaries=None):
    sweep = VolumeSweep(elements, start, hours, config, primaries=primaries, workers=1)
    return sweep, concatenated([*sweep.blocks(), sweep.lingering()])


def lying_in(config, propagator, rows, is_primary, start=START):
    """Return the rows of a search that lie in the volume of a primary, as values."""
    half_km = half_widths(propagator.elements, config)
    kept = in_volume(rows, propagator, start, half_km, np.array(is_primary, np.bool_))
    return Counter(rows[np.flatnonzero(kept)].approaches(propagator.elements, start))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_boxes_of_one_reach_give_the_rows_of_one_search_that_lie_in_them(seed):
    elements, config = crowd(seed), of_one_reach()
    propagator, rows = plain(elements, CORNER_KM)
    expected = lying_in(config, propagator, rows, np.ones(len(elements)))
    sweep, found = by_volumes(elements, config)
    assert len(sweep.volumes) == 4
    assert Counter(found.approaches(propagator.elements, START)) == expected
    assert {one.kind for one in expected} >= set(Kind) - {Kind.EDGE}
    # The boxes are not all that the ball holds, and a search of heights alone gives less than it.
    assert len(found) < len(rows)
    _, level = plain(elements, CORNER_KM, radial_km=0.8)
    assert np.sum(level.kind == CROSSING) < np.sum(rows.kind == CROSSING)


@pytest.mark.parametrize("seed", [5, 6])
def test_the_boxes_of_primaries_alone_count(seed):
    elements, config = crowd(seed), of_one_reach()
    some = frozenset(one.norad_id for one in elements[::3])
    propagator, rows = plain(elements, CORNER_KM)
    expected = lying_in(config, propagator, rows, [e.norad_id in some for e in propagator.elements])
    _, found = by_volumes(elements, config, primaries=some)
    assert Counter(found.approaches(propagator.elements, START)) == expected
    assert expected


def test_crossings_that_a_search_of_heights_leaves_out_differ_in_height():
    elements = crowd(7)
    propagator, rows = plain(elements, CORNER_KM)
    _, level = plain(elements, CORNER_KM, radial_km=5.0)
    all_ = Counter(rows.approaches(propagator.elements, START))
    found = Counter(level.approaches(propagator.elements, START))
    left_out = all_ - found
    assert not found - all_
    assert {one.kind for one in left_out} >= {Kind.CROSSING}
    by_id = {one.norad_id: k for k, one in enumerate(propagator.elements)}
    for one in left_out:
        if one.kind is Kind.CROSSING:
            pair = np.array([by_id[one.norad_id_1], by_id[one.norad_id_2]])
            assert _radii_differ_km(propagator, pair, one.tca) > 5.0


def test_a_pair_that_lingers_high_and_passes_fast_low_has_each_row_once():
    # Planes 3.2 degrees apart cross at apogee with 0.08 km/s, at perigee with 0.56 km/s.
    orbit = {"mean_motion_rev_day": 2.006, "eccentricity": 0.74, "arg_of_pericenter_deg": 0.0}
    one = element_set(1, inclination_deg=50.0, mean_anomaly_deg=170.0, **orbit)
    other = replace(one, norad_id=2, inclination_deg=53.2, mean_anomaly_deg=170.001)
    box = {"radial_km": 3.0, "in_track_km": 30.0, "cross_track_km": 30.0}
    volumes = tuple(row.model_copy(update=box) for row in CONFIG.volumes)
    config = CONFIG.model_copy(update={"volumes": volumes})
    propagator, rows = plain([one, other], volume_of(one, config).reach_km, hours=7.0)
    expected = lying_in(config, propagator, rows, [True, True])
    assert sorted(one.kind for one in expected) == [Kind.CROSSING, Kind.PROXIMITY]
    _, found = by_volumes([one, other], config, hours=7.0)
    assert Counter(found.approaches(propagator.elements, START)) == expected


def test_a_pair_of_two_volumes_is_one_row_with_the_interval_of_the_wider():
    # Perigees on either side of the border of two rows of the table, at 500 km.
    low = element_set(1, mean_motion_rev_day=15.2, eccentricity=0.00110)
    high = replace(low, norad_id=2, eccentricity=0.00090, mean_anomaly_deg=10.05)
    boundary_km = _mean_perigee_km(low, high)
    rows = tuple(
        row.model_copy(update={"perigee_up_to_km": boundary_km}) if row.name == "LEO1" else row
        for row in CONFIG.volumes
    )
    config = CONFIG.model_copy(update={"volumes": rows})
    assert [volume_of(one, config).name for one in (low, high)] == ["LEO1", "LEO2"]
    sweep, found = by_volumes([low, high], config)
    _, wide = plain([low, high], sweep.volumes[0].reach_km)
    assert [volume.name for volume in sweep.volumes] == ["LEO1", "LEO2"]
    assert found.approaches((low, high), START) == wide.approaches((low, high), START)
    assert len(found) == 1
    assert found.kind[0] == KINDS.index(Kind.PROXIMITY)
    _, other_way = by_volumes([low, high], config, primaries=frozenset({2}))
    assert len(other_way) == 1


def test_real_objects_in_the_published_boxes(shared):
    start = datetime(2025, 8, 8, 12, tzinfo=UTC)
    everything = newest(read_files([shared / "catalogs/full-2025-08-08.3le.gz"]).elements)
    elements = [
        one for k, one in enumerate(everything) if k % 9 == 0 or regime_of(one) is Regime.GEO
    ]
    hours = 1.0
    sweep, found = by_volumes(elements, CONFIG, start, hours)
    propagator = sweep.propagator
    expected: Counter = Counter()
    for volume in sweep.volumes:
        searched, rows = plain(elements, volume.reach_km, start, hours)
        assert searched.elements == propagator.elements
        own = [volume_of(one, CONFIG) == volume for one in propagator.elements]
        expected |= lying_in(CONFIG, propagator, rows, own, start)
    got = Counter(found.approaches(propagator.elements, start))
    # Of an episode in two volumes the wider's is kept, and each volume has its own interval.
    crossings = {one for one in expected if one.kind is Kind.CROSSING}
    assert {one for one in got if one.kind is Kind.CROSSING} == crossings
    assert not got - expected
    assert {_pair(one) for one in expected} == {_pair(one) for one in got}
    assert len(crossings) > 20
    assert len({one.kind for one in got}) > 2


def _pair(one):
    return one.norad_id_1, one.norad_id_2, one.kind


def _radii_differ_km(propagator, pair, time):
    jd, fr = julian_grid(time, np.zeros(2))
    _, r_km, _ = propagator.at(pair, jd, fr)
    return abs(np.diff(np.linalg.norm(r_km, axis=1))[0])


def _mean_perigee_km(*elements):
    """Return the mean of the mean perigees' heights."""
    motion = np.array([one.mean_motion_rev_day for one in elements]) * 2 * np.pi / SECONDS_PER_DAY
    eccentricity = np.array([one.eccentricity for one in elements])
    perigee_km = np.cbrt(MU_KM3_S2 / motion**2) * (1 - eccentricity) - EARTH_RADIUS_KM
    return float(perigee_km.mean())
