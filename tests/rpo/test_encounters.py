"""Encounters: known pairs, the laws of a pair's day, and sets that are of no use."""

import json
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import atan2, cos, degrees, radians
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from proximity import CONFIG, DAY, DECAYING, GEO, HEO, LEO, NOON, beside
from pydantic import ValidationError

from sda.elements import read_text
from sda.errors import ElementError
from sda.orbit import Propagator, Regime
from sda.rpo.encounters.day import encounter, encounters
from sda.rpo.encounters.nearness import NearConfig, limits_of
from sda.screening.refinement import Spans, fit, widened

HOUR = timedelta(hours=1)
MORNING, EVENING = DAY, DAY + 24 * HOUR

digits_of_the_case_km = 1e-6
one_metre_km = 1e-3
one_millimetre_km = 1e-6
ten_milliseconds_s = 0.01

anomaly_deg = st.floats(-0.5, 0.5)
tilt_deg = st.floats(-0.2, 0.2)
motion_rev_day = st.floats(-0.003, 0.003)


def _day_of(one, two):
    return encounter(one, two, MORNING, EVENING, CONFIG)


def _seconds(utc):
    return (utc - DAY).total_seconds()


def _cases(shared):
    for case in json.loads((shared / "rpo/cases.json").read_text())["computed"]:
        if all(line for lines in case["tle"] for line in lines):
            sets = [
                read_text(f"{one[:68]}\n{two[:68]}\n", "cases.json").elements[0]
                for one, two in case["tle"]
            ]
            start = datetime(2000, 1, 1, 12, tzinfo=UTC)
            yield case, sets, start + timedelta(days=case["window_start_jd"] - 2451545.0)


def test_known_pairs_have_the_known_minima(shared):
    """The cases took the range rate from SGP4's velocities, which are not those of its positions.

    So in geostationary orbit, where a minimum is flat, theirs lie seconds to minutes beside the
    least range, and up to 2 m above it; in low orbit milliseconds.
    """
    checked = 0
    for case, sets, start in _cases(shared):
        found = encounter(*sets, start, start + 24 * HOUR, CONFIG)
        high = "GEO" in case["label"] or "Luch" in case["label"]
        for theirs in case["minima"]:
            when = start + timedelta(seconds=theirs["t_s"])
            ours = min(found.approaches, key=lambda one: abs(one.utc - when))
            assert ours.range_km <= theirs["range_km"] + digits_of_the_case_km
            apart_km = 2.5 * one_metre_km if high else digits_of_the_case_km
            assert ours.range_km == pytest.approx(theirs["range_km"], abs=apart_km)
            if not high:
                assert abs((ours.utc - when).total_seconds()) < ten_milliseconds_s
        if "range_min_km" in case:
            assert found.min_range_km <= case["range_min_km"] + 1e-4  # printed to four digits
            # Sampled, theirs may miss the top.
            assert found.max_range_km >= case["range_max_km"] - 1e-4
            assert found.max_range_km == pytest.approx(case["range_max_km"], rel=1e-3)
        checked += 1
    assert checked == 7


def test_tianhui_2_keeps_its_formation_all_day(shared):
    case, sets, start = next(_cases(shared))
    found = encounter(*sets, start, start + 24 * HOUR, CONFIG)
    assert len(found.approaches) == case["n_minima"] == 15
    assert found.dwell_s == 86400
    assert (found.near_from, found.near_to) == (start, start + 24 * HOUR)
    assert found.min_range_km == pytest.approx(0.0822, abs=1e-4)
    assert found.sigma_km > found.min_range_km  # not told apart by element sets
    assert found.min_hill_speed_km_s < 0.001


@settings(max_examples=25, deadline=None)
@example(  # two turns half a minute and 15 mm apart
    orbit=LEO, danomaly=0.37448087, di=-0.05322092077227472, dnode=0.166015625,
    motion=0.001993838544416901, de=9.93416391176053e-05,
)  # fmt: skip
@given(
    orbit=st.sampled_from([LEO, GEO, HEO]), danomaly=anomaly_deg, di=tilt_deg, dnode=tilt_deg,
    motion=motion_rev_day, de=st.floats(-2e-4, 2e-4),
)  # fmt: skip
def test_minima_are_those_of_the_screening(orbit, danomaly, di, dnode, motion, de):
    """Its refinement follows each pair by itself, at six times as many states."""
    if orbit is not LEO:
        motion /= 15
    two = beside(
        orbit, mean_anomaly_deg=danomaly, inclination_deg=di, ra_of_asc_node_deg=dnode,
        mean_motion_rev_day=motion, eccentricity=de,
    )  # fmt: skip
    everywhere = NearConfig(step_s=120, near_km=1e5, apart_km=1e5, dwell_km=50, dwell_m_s=20)
    limits = {
        regime: everywhere.model_copy(update={"step_s": near.step_s})
        for regime, near in CONFIG.encounters.items()
    }
    found = encounter(
        orbit, two, MORNING, EVENING, CONFIG.model_copy(update={"encounters": limits})
    )
    propagator = Propagator([orbit, two])
    whole = Spans(np.array([0]), np.array([1]), np.array([0.0]), np.array([86400.0]))
    course = fit(propagator, DAY, widened(propagator.elements, whole))
    piece, tau, is_minimum = course.turns()
    time_s, range_km = course.time_s(piece, tau), course.range_km(piece, tau)
    in_time = np.argsort(time_s)
    time_s, range_km, is_minimum = time_s[in_time], range_km[in_time], is_minimum[in_time]
    # A ripple of less than a metre to the turn before or after is no minimum that counts.
    rise_km = np.pad(np.abs(np.diff(range_km)), 1, constant_values=np.inf)[: len(range_km) + 1]
    is_ripple = np.minimum(rise_km[:-1], rise_km[1:]) < one_metre_km
    counts = is_minimum & ~is_ripple & (time_s > 1) & (time_s < 86399)
    for minimum_s, minimum_km in zip(time_s[counts], range_km[counts], strict=True):
        nearest = min(found.approaches, key=lambda one: abs(_seconds(one.utc) - minimum_s))
        assert nearest.range_km == pytest.approx(minimum_km, abs=one_metre_km)
    assert found.min_range_km <= range_km.min(initial=np.inf) + one_millimetre_km


@settings(max_examples=20, deadline=None)
@given(danomaly=anomaly_deg, di=tilt_deg, motion=motion_rev_day)
def test_the_order_of_a_pair_does_not_matter(danomaly, di, motion):
    two = beside(
        LEO, mean_anomaly_deg=danomaly, inclination_deg=di, mean_motion_rev_day=motion
    )  # fmt: skip
    assert repr(_day_of(LEO, two)) == repr(_day_of(two, LEO))  # NaN equals NaN
    assert _day_of(two, LEO).pair == (100, 200)


def test_the_order_and_the_company_of_pairs_do_not_matter():
    sets = [
        beside(orbit, norad_id=300 + 10 * n + k, mean_anomaly_deg=0.1 * k, inclination_deg=0.02 * k)
        for n, orbit in enumerate([LEO, GEO, HEO])
        for k in range(6)
    ]
    pairs = list(pairwise(sets))
    expected = encounters(pairs, DAY, CONFIG)
    shuffled = Random(1).sample(pairs, len(pairs))
    assert repr(encounters(shuffled, DAY, CONFIG)) == repr(expected)
    assert [one.pair for one in expected] == sorted(one.pair for one in expected)
    alone = [encounter(*pair, MORNING, EVENING, CONFIG) for pair in pairs]
    assert repr(tuple(alone)) == repr(expected)


@settings(max_examples=20, deadline=None)
@given(danomaly=anomaly_deg, di=tilt_deg, motion=motion_rev_day, cut_s=st.floats(600, 85000))
def test_two_parts_of_a_day_make_the_whole(danomaly, di, motion, cut_s):
    two = beside(
        LEO, mean_anomaly_deg=danomaly, inclination_deg=di, mean_motion_rev_day=motion
    )  # fmt: skip
    cut = DAY + timedelta(seconds=round(cut_s))
    whole = _day_of(LEO, two)
    parts = [encounter(LEO, two, a, b, CONFIG) for a, b in pairwise((MORNING, cut, EVENING))]
    assert parts[0].end == parts[1].start == cut
    least_km = min(part.min_range_km for part in parts)
    assert whole.min_range_km == pytest.approx(least_km, abs=one_millimetre_km)
    greatest_km = max(part.max_range_km for part in parts)
    assert whole.max_range_km == pytest.approx(greatest_km, abs=one_metre_km)
    # Dwell is read on lines between samples: the cut bends one of them.
    half_a_step_s = CONFIG.encounters[Regime.LEO].step_s / 2
    assert whole.dwell_s == pytest.approx(sum(part.dwell_s for part in parts), abs=half_a_step_s)


def test_a_set_counts_from_a_day_before_its_epoch_to_its_age_limit():
    old = replace(LEO, epoch=DAY - 66 * HOUR)
    fresh = beside(LEO, mean_anomaly_deg=0.1, epoch=DAY + 30 * HOUR)
    assert _day_of(old, beside(old, mean_anomaly_deg=0.1)).end == DAY + 6 * HOUR
    assert _day_of(fresh, beside(fresh, 201, mean_anomaly_deg=0.1)).start == DAY + 6 * HOUR
    assert _day_of(old, fresh) is None
    stale = replace(LEO, epoch=DAY - 73 * HOUR)
    assert _day_of(stale, beside(stale, mean_anomaly_deg=0.1)) is None
    assert encounters([(stale, fresh), (old, fresh)], DAY, CONFIG) == ()
    found = _day_of(old, beside(LEO, mean_anomaly_deg=0.1))
    assert all(found.start <= one.utc <= found.end for one in found.approaches)
    assert found.start <= found.min_range_utc <= found.end


def test_docked_objects_are_at_range_zero_throughout():
    found = _day_of(LEO, beside(LEO))
    assert (found.min_range_km, found.max_range_km, found.min_hill_speed_km_s) == (0, 0, 0)
    assert found.approaches == ()
    assert found.min_range_utc == found.near_from == MORNING
    assert found.near_to == EVENING
    assert found.dwell_s == 86400
    assert found.sigma_km > 0
    assert astuple(found.relative) == pytest.approx([0] * 6, abs=1e-9)
    assert found.plane_rad == 0


def test_a_formation_at_the_limit_does_not_flicker():
    """It swings between 97 and 125 km about every revolution, and is near at 100."""
    two = beside(LEO, mean_anomaly_deg=-0.925, eccentricity=0.001)
    found = _day_of(LEO, two)
    assert found.min_range_km < 100 < 110 < found.max_range_km < 150
    assert found.near_from < MORNING + 2 * HOUR
    assert found.near_to == EVENING
    assert len(found.approaches) >= 14
    assert found.dwell_s == 0


def test_a_pair_that_stays_away_is_not_near():
    found = _day_of(LEO, beside(LEO, mean_anomaly_deg=3.0))
    assert not found.is_near
    assert (found.near_from, found.near_to, found.approaches, found.dwell_s) == (None, None, (), 0)
    assert np.isnan(found.min_hill_speed_km_s)
    assert 300 < found.min_range_km < 400


def test_fast_passages_between_two_samples_are_seen():
    """Two circles with nodes a quarter turn apart meet at their northernmost common point.

    The periodic terms of J2 move one up and the other down there, by kilometres.
    """
    i_rad = radians(53.0)
    sets = [
        replace(
            LEO, norad_id=100 + k, epoch=NOON + timedelta(seconds=50), eccentricity=0.0,
            arg_of_pericenter_deg=0.0, ra_of_asc_node_deg=10.0 + 90 * k,
            mean_anomaly_deg=degrees(atan2(1.0, (-1.0, 1.0)[k] * cos(i_rad))),
        )
        for k in range(2)
    ]  # fmt: skip
    found = _day_of(*sets)
    passage = min(found.approaches, key=lambda one: abs(one.utc - sets[0].epoch))
    assert abs((passage.utc - sets[0].epoch).total_seconds()) < 2
    assert passage.range_km < 10
    assert passage.hill_speed_km_s > 5
    assert len(found.approaches) >= 15  # one a revolution
    assert found.near_from < found.approaches[0].utc
    assert found.near_to > found.approaches[-1].utc
    assert found.dwell_s == 0


def test_a_decaying_object_ends_the_encounter():
    found = _day_of(DECAYING, beside(DECAYING, mean_anomaly_deg=0.2))
    assert MORNING < found.end < EVENING
    assert np.isfinite([found.min_range_km, found.max_range_km, found.sigma_km]).all()
    assert np.isfinite(astuple(found.relative)).all()
    assert encounter(DECAYING, beside(DECAYING), EVENING, EVENING + HOUR, CONFIG) is None


def test_sets_that_sgp4_cannot_start_from_are_left_out():
    broken = beside(LEO, eccentricity=0.9)
    assert _day_of(LEO, broken) is None
    (found,) = encounters([(LEO, broken), (LEO, beside(LEO, 300))], DAY, CONFIG)
    assert found.pair == (100, 300)
    assert encounters([], DAY, CONFIG) == ()


def test_two_sets_of_one_object_are_refused():
    with pytest.raises(ElementError, match="not object 100 twice"):
        _day_of(LEO, replace(LEO, epoch=NOON - HOUR))


def test_the_wider_limits_hold_for_pairs_of_two_regimes():
    limits = limits_of(Regime.LEO, Regime.HEO, CONFIG.encounters)
    assert limits == limits_of(Regime.HEO, Regime.LEO, CONFIG.encounters)
    assert limits.near_km == CONFIG.encounters[Regime.HEO].near_km
    assert limits.step_s == CONFIG.encounters[Regime.HEO].step_s
    assert limits_of(Regime.LEO, Regime.LEO, CONFIG.encounters).near_km == 100


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(ValidationError, match="apart_km must not be below near_km"):
        NearConfig(step_s=60, near_km=100, apart_km=99, dwell_km=50, dwell_m_s=20)
    table = {regime: near.model_dump() for regime, near in CONFIG.encounters.items()}
    del table[Regime.MEO]
    with pytest.raises(ValidationError, match="MEO is missing"):
        type(CONFIG)(
            max_age_days={}, candidates=CONFIG.candidates, encounters=table,
            covariance=CONFIG.covariance,
        )  # fmt: skip
