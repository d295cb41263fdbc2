"""Neighbours: no slow pair is missed, whatever the order, and bad sets do no harm."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proximity import CONFIG, DAY, DECAYING, GEO, HEO, LEO, NOON, beside
from pydantic import ValidationError
from scipy.spatial.distance import cdist

from sda.elements import newest, read_files
from sda.orbit import Propagator, Regime, hill_state, regime_of
from sda.rpo.encounters.day import encounters
from sda.rpo.encounters.neighbours import CandidatesConfig, neighbours
from sda.times import julian_grid

HOUR = timedelta(hours=1)
NIGHT = DAY + 24 * HOUR


def _slow_pairs(elements, start, length_s):
    """Return by brute force, each minute, who is within near_km and slow for half a step about it.

    SGP4's velocity is not the derivative of its position, by some thousandths between neighbours.
    """
    elements = sorted(elements, key=lambda one: one.norad_id)
    times_s = np.arange(0.0, length_s + 1, 60.0)
    _, r_km, v_km_s = Propagator(elements).grid(*julian_grid(start, times_s))
    around = np.ones(int(CONFIG.candidates.step_s / 60) + 1)
    regimes = [regime_of(one) for one in elements]
    least_km = np.min([cdist(at_km, at_km) for at_km in r_km.swapaxes(0, 1)], axis=0)
    must = set()
    for i, j in zip(*np.nonzero(np.triu(least_km <= 200, k=1)), strict=True):
        wide = max(regimes[i], regimes[j], key=lambda regime: CONFIG.encounters[regime].near_km)
        d_km, v_hill_km_s = hill_state(r_km[i], v_km_s[i], r_km[j], v_km_s[j])
        near = np.linalg.norm(d_km, axis=1) <= CONFIG.encounters[wide].near_km
        slow_km_s = 0.995 * CONFIG.candidates.slow_m_s[wide] / 1000
        fast = np.linalg.norm(v_hill_km_s, axis=1) >= slow_km_s
        if (near & (np.convolve(fast, around, mode="same") < 0.5)).any():
            must.add((elements[i].norad_id, elements[j].norad_id))
    return must


def _numbers(found):
    return {one.pair for one in found}


def test_no_slow_pair_of_a_real_catalogue_is_missed(shared):
    """300 objects, launched together in low orbit or held in the belt, each minute of 6 hours."""
    catalogue = newest(read_files([shared / "catalogs/full-2025-08-08.3le.gz"]).elements)
    start, length_s = DAY, 6 * 3600.0
    launched = [one for one in catalogue if one.norad_id > 63000]
    belt = [
        one for one in catalogue if regime_of(one) is Regime.GEO and one.inclination_deg < 0.1
    ]  # fmt: skip
    some = launched[:150] + belt[:150]
    found = neighbours(some, start, start + timedelta(seconds=length_s), CONFIG)
    must = _slow_pairs(some, start, length_s)
    assert len(must) > 20
    assert must <= _numbers(found)
    # What is found beside them was near at a sample, or slow for less long.
    assert len(found) < 3 * len(must)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_slow_pair_of_a_crowd_is_missed(seed):
    """Objects scattered about three orbits, some hundred km and m/s wide."""
    random = Random(seed)
    crowd = [
        beside(
            orbit, norad_id=1000 * (n + 1) + k, mean_anomaly_deg=random.gauss(0, scale),
            inclination_deg=abs(random.gauss(0, scale / 4)),
            ra_of_asc_node_deg=random.gauss(0, scale / 4),
            mean_motion_rev_day=orbit.mean_motion_rev_day * random.gauss(0, 1e-4),
        )
        for n, (orbit, scale) in enumerate([(LEO, 1.0), (GEO, 0.3), (HEO, 0.3)])
        for k in range(8)
    ]  # fmt: skip
    found = neighbours(crowd, DAY, DAY + 4 * HOUR, CONFIG)
    assert _slow_pairs(crowd, DAY, 4 * 3600.0) <= _numbers(found)
    assert [one.pair for one in found] == sorted(_numbers(found))
    assert all(one.set_1.norad_id < one.set_2.norad_id for one in found)
    shuffled = random.sample(crowd, len(crowd))
    assert neighbours(shuffled, DAY, DAY + 4 * HOUR, CONFIG) == found


def test_a_low_orbit_meets_a_high_one_by_the_wider_limits():
    """150 km apart: too far for two low orbits, near for a pair of which one is not low."""
    low = replace(LEO, mean_motion_rev_day=11.26, eccentricity=0.0)
    assert neighbours([low, beside(low, mean_anomaly_deg=1.0)], DAY, NIGHT, CONFIG) == ()
    high = beside(low, mean_anomaly_deg=1.0, mean_motion_rev_day=-0.02)
    assert (regime_of(low), regime_of(high)) == (Regime.LEO, Regime.MEO)
    (found,) = neighbours([high, low], NOON - HOUR / 2, NOON + HOUR / 2, CONFIG)
    assert found.pair == (100, 200)


def test_every_sample_of_a_formation_counts_and_its_encounter_is_near():
    two = beside(LEO, mean_anomaly_deg=0.1)
    (found,) = neighbours([two, LEO], DAY, NIGHT, CONFIG)
    assert found.n_samples == 86400 / CONFIG.candidates.step_s + 1
    (encounter,) = encounters([(found.set_1, found.set_2)], DAY, CONFIG)
    assert encounter.is_near
    assert encounter.pair == found.pair == (100, 200)


def test_docked_objects_and_stacks_of_one_orbit_are_all_pairs():
    stack = [beside(LEO, norad_id=300 + k) for k in range(12)]
    assert len(neighbours(stack, DAY, NIGHT, CONFIG)) == 12 * 11 / 2


def test_a_set_counts_only_within_its_age_limits():
    old = replace(LEO, epoch=DAY - 66 * HOUR)
    (found,) = neighbours([old, beside(old, mean_anomaly_deg=0.1)], DAY, NIGHT, CONFIG)
    assert found.n_samples == 6 * 3600 / CONFIG.candidates.step_s + 1
    stale = replace(LEO, epoch=DAY - 73 * HOUR)
    assert neighbours([stale, beside(stale, mean_anomaly_deg=0.1)], DAY, NIGHT, CONFIG) == ()


def test_bad_sets_make_no_pairs_and_do_no_harm():
    good = [LEO, beside(LEO, mean_anomaly_deg=0.1)]
    broken = [beside(LEO, 300, eccentricity=0.9), beside(LEO, 301, mean_motion_rev_day=5.0)]
    decaying = [replace(DECAYING, norad_id=400), beside(DECAYING, 401, mean_anomaly_deg=0.2)]
    found = neighbours([*good, *broken, *decaying], DAY, NIGHT, CONFIG)
    assert [one.pair for one in found] == [(100, 200), (400, 401)]
    assert 0 < found[1].n_samples < found[0].n_samples
    assert neighbours([LEO, replace(LEO, epoch=NOON - HOUR)], DAY, NIGHT, CONFIG) == ()
    assert neighbours([], DAY, NIGHT, CONFIG) == neighbours([LEO], DAY, NIGHT, CONFIG) == ()
    assert neighbours(good, NIGHT, DAY, CONFIG) == ()


def test_numbers_that_make_no_sense_are_refused():
    slow_m_s = dict(CONFIG.candidates.slow_m_s)
    with pytest.raises(ValidationError, match="MEO needs a speed above 0"):
        CandidatesConfig(step_s=600, slow_m_s={**slow_m_s, Regime.MEO: 0.0})
    with pytest.raises(ValidationError, match="less than or equal to 1800"):
        CandidatesConfig(step_s=3600, slow_m_s=slow_m_s)


def test_the_same_pairs_are_found_without_astroz(monkeypatch):
    crowd = [
        beside(orbit, norad_id=1000 * n + k, mean_anomaly_deg=0.1 * k, inclination_deg=0.02 * k)
        for n, orbit in enumerate([LEO, GEO, HEO], start=1)
        for k in range(8)
    ]
    expected = neighbours(crowd, DAY, DAY + 3 * HOUR, CONFIG)
    assert {one.pair[0] // 1000 for one in expected} == {1, 2, 3}
    monkeypatch.setattr("sda.orbit.fleet.find_spec", lambda name: None)
    assert neighbours(crowd, DAY, DAY + 3 * HOUR, CONFIG) == expected
