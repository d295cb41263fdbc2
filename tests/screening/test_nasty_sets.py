"""Orbits made to trip the fast search: whatever they are, it agrees with the exhaustive one."""

from dataclasses import replace
from datetime import timedelta
from math import acos, asin, degrees, nan, pi

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from orbits import START, element_set, through
from sweeps import CONFIG, assert_equal, assert_same, population, ring

from sda.errors import ScreeningError
from sda.model import Kind
from sda.screening import exhaustive, screen

some = settings(max_examples=15, deadline=None, derandomize=True)

HALF_AN_HOUR_H = 0.5
THRESHOLDS_KM = st.sampled_from([0.001, 1.0, 5.0, 50.0, 300.0, 1000.0])
LONGITUDES_RAD = st.floats(0.0, 2 * pi)
DELAYS_S = st.floats(0.0, 1800.0)
OFFSETS_KM = st.sampled_from([-20.0, -1.0, -0.01, 0.0, 0.005, 0.4, 3.0, 30.0])
LOWEST_PERIGEE_KM = 6500.0
LATENESS_S = st.sampled_from([-30.0, -0.5, 0.0, 0.0, 0.01, 2.0])


@st.composite
def crossing_sets(draw, *, radius_km, latitudes_rad, eccentricities=(0.0, 0.001)):
    """Return two to five sets of orbits through one point at nearly one time.

    Eccentric ones climb or fall there as steeply as a perigee above the ground lets them.
    """
    latitude_rad, longitude_rad = draw(latitudes_rad), draw(LONGITUDES_RAD)
    radius_km, delay_s = draw(radius_km), draw(DELAYS_S)
    sets = []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        eccentricity = draw(st.sampled_from(eccentricities))
        inclination_rad = draw(st.floats(abs(latitude_rad), pi - abs(latitude_rad)))
        sets.append(
            through(
                number,
                latitude_rad=latitude_rad,
                longitude_rad=longitude_rad,
                radius_km=radius_km + draw(OFFSETS_KM),
                inclination_rad=max(inclination_rad, 1e-6),
                eccentricity=eccentricity,
                anomaly_rad=draw(st.floats(-1.0, 1.0)) * _widest_rad(radius_km, eccentricity),
                southward=draw(st.booleans()),
                after_s=delay_s + draw(LATENESS_S),
            )
        )
    return sets


def _check(elements, threshold_km, hours=HALF_AN_HOUR_H):
    screening = assert_same(elements, hours, threshold_km, workers=1)
    assume(screening.approaches)


@some
@given(
    crossing_sets(radius_km=st.floats(6600.0, 9000.0), latitudes_rad=st.floats(-1.4, 1.4)),
    THRESHOLDS_KM,
)
def test_low_orbits_that_cross(elements, threshold_km):
    _check(elements, threshold_km)


@some
@given(
    crossing_sets(
        radius_km=st.floats(6600.0, 9500.0),
        latitudes_rad=st.floats(-1.0, 1.0),
        eccentricities=(0.0, 0.3, 0.6, 0.72, 0.83),
    ),
    THRESHOLDS_KM,
)
def test_eccentric_orbits_whose_perigee_passes_through_low_ones(elements, threshold_km):
    _check(elements, threshold_km)


@some
@given(
    crossing_sets(
        radius_km=st.sampled_from([9000.0, 9990.0, 10_000.0, 10_001.0, 10_020.0, 11_500.0]),
        latitudes_rad=st.floats(-1.4, 1.4),
        eccentricities=(0.0, 0.01, 0.09, 0.11, 0.3, 0.5),
    ),
    THRESHOLDS_KM,
)
def test_orbits_at_the_split_of_the_two_regions(elements, threshold_km):
    _check(elements, threshold_km)


@some
@given(
    crossing_sets(
        radius_km=st.floats(6700.0, 7600.0),
        latitudes_rad=st.one_of(st.floats(1.5, pi / 2), st.floats(-pi / 2, -1.5)),
        eccentricities=(0.0, 0.02),
    ),
    THRESHOLDS_KM,
)
def test_polar_orbits_that_cross_at_a_pole(elements, threshold_km):
    _check(elements, threshold_km)


@some
@given(
    crossing_sets(radius_km=st.floats(26_000.0, 45_000.0), latitudes_rad=st.floats(-1.0, 1.0),
                  eccentricities=(0.0, 0.02, 0.2, 0.7)),
    THRESHOLDS_KM,
)  # fmt: skip
def test_high_orbits_that_cross(elements, threshold_km):
    _check(elements, threshold_km)


def _widest_rad(radius_km, eccentricity):
    """Return the true anomaly at a radius of the orbit whose perigee is as low as may be."""
    if eccentricity == 0:
        return 0.0
    cosine = (LOWEST_PERIGEE_KM * (1 + eccentricity) / radius_km - 1) / eccentricity
    return acos(max(-1.0, min(1.0, cosine)))


@pytest.mark.parametrize(
    ("radius_km", "eccentricity", "step_s"),
    [
        (6600.0, 0.0, 60.0),
        (7200.0, 0.0, 60.0),
        (9800.0, 0.0, 60.0),
        (6700.0, 0.6, 60.0),
        (7500.0, 0.6, 60.0),
        (9000.0, 0.75, 60.0),
        (9_998.0, 0.0, 60.0),
        (10_000.0, 0.0, 240.0),
        (10_100.0, 0.0, 240.0),
        (10_500.0, 0.6, 240.0),
        (20_000.0, 0.7, 240.0),
        (42_164.0, 0.0, 240.0),
    ],
)
def test_pairs_that_meet_head_on_where_two_steps_meet(radius_km, eccentricity, step_s):
    """Nothing is further apart in the middle of a step: all over the sky, climbing and falling."""
    rng = np.random.default_rng(int(radius_km))
    elements = []
    for number in range(1, 400, 2):
        latitude_rad = asin(rng.uniform(-1, 1))
        if number % 3 == 0:  # near a pole bins of longitude are narrow
            latitude_rad = rng.choice([-1, 1]) * (pi / 2 - rng.uniform(1e-3, 0.15))
        inclination_rad = rng.uniform(abs(latitude_rad), pi - abs(latitude_rad))
        common = {"latitude_rad": latitude_rad, "longitude_rad": rng.uniform(0, 2 * pi)}
        common["after_s"] = step_s * rng.integers(3, 7) + rng.choice([-0.2, 0.0, 0.2])
        anomaly_rad = _widest_rad(radius_km, eccentricity) * rng.choice([-1.0, 1.0])
        elements += [
            through(
                number,
                radius_km=radius_km,
                inclination_rad=inclination_rad,
                eccentricity=eccentricity,
                anomaly_rad=anomaly_rad,
                **common,
            ),
            through(
                number + 1,
                radius_km=radius_km + rng.choice([-4.9, 0.1, 4.9]),
                inclination_rad=pi - inclination_rad,
                eccentricity=rng.choice([0.0, eccentricity]),
                anomaly_rad=-anomaly_rad * 0.99,
                southward=True,
                **common,
            ),
        ]
    screening = assert_same(elements, 10 * step_s / 3600, 25.0)
    assert len(screening.approaches) > 60


@some
@given(st.data(), THRESHOLDS_KM)
def test_neighbours_on_the_stationary_ring_and_in_its_graveyard(data, threshold_km):
    """A fifth of a radian is where the positions of SGP4's deep-space part jump."""
    place_deg = data.draw(st.floats(0.0, 360.0))
    height_km = data.draw(st.sampled_from([35_786.0, 36_086.0]))
    tilts_rad = st.sampled_from([1e-5, 1e-3, 0.05, 0.1995, 0.2, 0.2005])
    elements = []
    for number in range(1, data.draw(st.integers(2, 6)) + 1):
        perigee_km = height_km + data.draw(st.floats(-10.0, 10.0))
        node_deg = data.draw(st.floats(0.0, 360.0))
        offset_deg = data.draw(st.sampled_from([-0.05, 0.0, 0.0, 0.01, 0.3]))
        elements.append(
            ring(
                number, perigee_km, perigee_km + data.draw(st.floats(0.0, 30.0)),
                inclination_deg=degrees(data.draw(tilts_rad)),
                ra_of_asc_node_deg=node_deg,
                arg_of_pericenter_deg=0.0,
                mean_anomaly_deg=(place_deg - node_deg + offset_deg) % 360.0,
            )
        )  # fmt: skip
    _check(elements, threshold_km, hours=1.0)


@some
@given(st.data(), THRESHOLDS_KM)
def test_coplanar_sets_that_follow_meet_or_match_each_other(data, threshold_km):
    """Near-identical sets, trains, counter-rotating ones at one height, and equatorial ones."""
    inclination_deg = data.draw(st.sampled_from([0.001, 53.0, 90.0, 98.0]))
    anomaly_deg = data.draw(st.floats(0.0, 360.0))
    base = ring(1, 550.0, 552.0, inclination_deg=inclination_deg, mean_anomaly_deg=anomaly_deg)
    elements = [base]
    for number in range(2, data.draw(st.integers(2, 6)) + 1):
        shift_deg = data.draw(st.sampled_from([0.0, 1e-5, 1e-4, 0.003, 0.05]))
        other = replace(base, norad_id=number, mean_anomaly_deg=(anomaly_deg + shift_deg) % 360.0)
        way = data.draw(st.sampled_from(["same", "same", "slower", "against", "aged"]))
        if way == "slower":
            other = replace(other, mean_motion_rev_day=base.mean_motion_rev_day - 1e-3)
        if way == "against":
            node_deg = (base.ra_of_asc_node_deg + 180.0) % 360.0
            other = replace(
                other, inclination_deg=180.0 - inclination_deg, ra_of_asc_node_deg=node_deg
            )
        if way == "aged":
            other = replace(other, epoch=START - timedelta(days=1.7), eccentricity=0.0012)
        elements.append(other)
    _check(elements, threshold_km)


@some
@given(
    crossing_sets(radius_km=st.floats(6530.0, 6700.0), latitudes_rad=st.floats(-1.0, 1.0)),
    st.lists(st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.2]), min_size=5, max_size=5),
    st.sampled_from([5.0, 300.0, 1000.0]),
    st.sampled_from([0.0, 3.0, 20.0]),
)
def test_decaying_objects_take_part_until_sgp4_gives_them_up(
    elements, drags, threshold_km, age_days
):
    elements = [
        replace(e, bstar_per_earth_radius=drag, epoch=e.epoch - timedelta(days=age_days))
        for e, drag in zip(elements, drags, strict=False)
    ]
    complete = exhaustive(elements, START, HALF_AN_HOUR_H, threshold_km, CONFIG)
    assert_equal(screen(elements, START, HALF_AN_HOUR_H, threshold_km, CONFIG), complete)


def test_an_object_that_sgp4_gives_up_within_the_window_has_rows_until_then_and_a_moment():
    def crossing(norad_id, **changes):
        one = through(
            norad_id,
            latitude_rad=0.3,
            longitude_rad=1.0,
            radius_km=6540.0,
            after_s=600.0,
            **changes,
        )
        return replace(one, bstar_per_earth_radius=0.2 if norad_id == 1 else 0.0)

    elements = [crossing(1, inclination_rad=1.0), crossing(2, inclination_rad=2.0)]
    screening = assert_same(elements, 2.0, 30.0)
    (gone,) = screening.unusable
    assert gone.element_set.norad_id == 1
    assert gone.since is not None
    assert START < gone.since < screening.end
    assert screening.approaches
    assert all(row.tca <= gone.since for row in screening.approaches)


@some
@given(st.integers(0, 1000), st.sampled_from([-40.0, -7.0, 7.0, 40.0]), st.integers(1, 2000))
def test_old_sets_in_windows_of_any_length(seed, age_days, length_ms):
    """Windows of milliseconds to minutes, begun at any microsecond; the end is no round time."""
    elements = [replace(e, epoch=e.epoch + timedelta(days=age_days)) for e in population(60, seed)]
    start = START + timedelta(microseconds=123_457 * seed)
    assert_same(elements, length_ms**2 / 3.6e6, 300.0, start=start)


def test_a_pair_that_is_near_at_the_end_of_any_window_has_an_edge():
    one = through(1, latitude_rad=0.3, longitude_rad=1.0, radius_km=7000.0, inclination_rad=1.0)
    two = through(2, latitude_rad=0.3, longitude_rad=1.0, radius_km=7001.0, inclination_rad=2.0)
    for length_ms in range(899_600, 899_700):  # the passage is at 900 s
        for search in (exhaustive, screen):
            (row,) = search([one, two], START, length_ms / 3.6e6, 20.0, CONFIG).approaches
            assert row.kind is Kind.EDGE


def test_the_moment_at_which_sgp4_gives_up_is_the_same_in_both_searches_in_any_window():
    sinking = [
        element_set(
            k, mean_motion_rev_day=15.9, bstar_per_earth_radius=1.0, mean_anomaly_deg=10.0 * k
        )
        for k in range(1, 4)
    ]
    for hours in (3 / 7, 0.501, 0.77):
        screening = assert_same(sinking, hours, 300.0)
        assert screening.unusable


@pytest.mark.parametrize("threshold_km", [1e-3, 300.0, 1000.0, 5000.0])
def test_small_and_large_thresholds(threshold_km):
    screening = assert_same(population(100, 1), HALF_AN_HOUR_H, threshold_km)
    assert threshold_km < 1 or len(screening.approaches) > 20


def test_more_candidates_than_the_search_holds_at_first():
    screening = assert_same(population(420, 2), 0.15, 4000.0)
    assert len(screening.approaches) > 5_000


@pytest.mark.parametrize(("coincident_km", "slow_km_s"), [(2.0, 0.1), (60.0, 2.0), (0.001, 1e-4)])
def test_other_numbers_of_judgement(coincident_km, slow_km_s):
    config = CONFIG.model_copy(update={"coincident_km": coincident_km, "slow_km_s": slow_km_s})
    base = ring(900, 546.0, 547.0)
    near = replace(base, norad_id=901, mean_anomaly_deg=base.mean_anomaly_deg + 0.01)
    screening = assert_same([*population(150, 3), base, near], HALF_AN_HOUR_H, 20.0, config=config)
    kinds = {a.kind for a in screening.approaches if a.norad_id_1 == 900}
    assert (Kind.COINCIDENT in kinds) == (coincident_km > 1.5)


def test_no_object_one_object_and_none_that_can_be_followed():
    for elements in (
        [],
        [element_set(1)],
        [element_set(1, eccentricity=0.9), element_set(2, eccentricity=0.9)],
    ):
        screening = assert_same(elements, HALF_AN_HOUR_H, 5.0)
        assert screening.approaches == ()
        assert screening.n_objects == len(elements)


def test_identical_sets_are_one_coincident_row_and_gone_ones_none():
    twins = [element_set(1), element_set(2)]
    (row,) = assert_same(twins, HALF_AN_HOUR_H, 5.0).approaches
    assert row.kind is Kind.COINCIDENT
    sunk = [replace(e, bstar_per_earth_radius=0.1, mean_motion_rev_day=16.3,
                    epoch=START - timedelta(days=30)) for e in twins]  # fmt: skip
    screening = assert_same(sunk, HALF_AN_HOUR_H, 5.0)
    assert screening.approaches == ()
    assert len(screening.unusable) == 2


@pytest.mark.parametrize("field", ["eccentricity", "mean_motion_rev_day", "bstar_per_earth_radius",
                                   "inclination_deg", "mean_anomaly_deg"])  # fmt: skip
def test_a_set_that_is_not_a_number_is_unusable_and_harms_nobody(field):
    bad = replace(element_set(999), **{field: nan})
    sound = population(40, 4)
    screening = assert_same([*sound, bad], HALF_AN_HOUR_H, 100.0)
    assert [u.element_set.norad_id for u in screening.unusable] == [999]
    assert screening.approaches == screen(sound, START, HALF_AN_HOUR_H, 100.0, CONFIG).approaches


@pytest.mark.parametrize(("motion", "eccentricity", "drag"), [
    (5000.0, 0.001, 0.0), (1e-6, 0.001, 0.0), (15.0, 0.99, 0.0), (15.0, 0.001, 50.0),
    (15.0, 0.001, -50.0), (17.5, 0.001, 0.0), (0.001, 0.9, 0.0), (1e-12, 0.0, 1e3),
])  # fmt: skip
def test_sets_that_describe_no_orbit_do_no_harm(motion, eccentricity, drag):
    bad = element_set(999, mean_motion_rev_day=motion, eccentricity=eccentricity,
                      bstar_per_earth_radius=drag)  # fmt: skip
    assert_same([*population(40, 5), bad], HALF_AN_HOUR_H, 100.0)


@pytest.mark.parametrize(
    ("hours", "threshold_km"), [(0.0, 5.0), (-1.0, 5.0), (nan, 5.0), (1.0, 0.0), (1.0, nan)]
)
def test_a_window_or_threshold_that_is_not_positive_is_refused(hours, threshold_km):
    with pytest.raises(ScreeningError, match="must be a positive number"):
        screen([element_set(1)], START, hours, threshold_km, CONFIG)


def test_two_sets_of_one_object_are_refused():
    with pytest.raises(ScreeningError, match="two element sets"):
        screen([element_set(1), element_set(1)], START, 1.0, 5.0, CONFIG)
