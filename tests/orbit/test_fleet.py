"""Positions of many objects at once are SGP4's, whoever works them out."""

import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sda.elements import newest, read_files, read_text
from sda.orbit import Propagator
from sda.orbit.fleet import STRAY_KM, fleets
from sda.times import julian_grid

CATALOGUE = Path(__file__).parents[2] / "../shared/data/catalogs/full-2025-03-03.3le.gz"
IN_2006 = datetime(2006, 6, 25, tzinfo=UTC)
DAY_S = 86_400.0

needs_astroz = pytest.mark.skipif(find_spec("astroz") is None, reason="astroz is not installed")


def _verification_sets():
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    text = "\n".join(line[:68] for line in lines if line[:2] in ("1 ", "2 "))
    return newest(read_text(text, "SGP4-VER.TLE", "test").elements)


@pytest.fixture(scope="module")
def verification():
    return Propagator(_verification_sets())


def _reference_km(propagator, fleet, start, times_s):
    _, r_km, _ = propagator.grid_of(fleet.members, *julian_grid(start, times_s))
    return r_km.transpose(1, 0, 2)


def _halves(propagator):
    everyone = np.arange(len(propagator))
    return everyone[::2], everyone[1::2]


def test_each_object_is_in_the_fleet_of_its_group_once(verification):
    groups = _halves(verification)
    for fleet, group in zip(fleets(verification, groups, IN_2006, 0.0, DAY_S), groups, strict=True):
        assert sorted(fleet.members.tolist()) == group.tolist()


def test_without_astroz_positions_are_the_references_to_the_last_bit(verification, monkeypatch):
    monkeypatch.setitem(sys.modules, "astroz", None)  # as if it were not installed
    times_s = np.arange(-3600.0, DAY_S, 1234.5)
    (fleet,) = fleets(verification, [np.arange(len(verification))], IN_2006, 0.0, DAY_S)
    expected_km = _reference_km(verification, fleet, IN_2006, times_s)
    known = np.isfinite(expected_km)
    assert known.any()
    assert (fleet.positions(IN_2006, times_s)[known] == expected_km[known]).all()


@needs_astroz
def test_positions_stray_no_further_than_they_may_at_the_checks(verification):
    """The sets' epochs span decades: half of them are gone, and SGP4 follows no more."""
    everyone = np.arange(len(verification))
    for start in (IN_2006, datetime(1992, 9, 20, tzinfo=UTC)):
        (fleet,) = fleets(verification, [everyone], start, 0.0, DAY_S)
        ends_s = np.array([0.0, DAY_S])
        expected_km = _reference_km(verification, fleet, start, ends_s)
        off_km = np.abs(fleet.positions(start, ends_s) - expected_km)
        known = np.isfinite(expected_km)
        assert known.any()
        assert (off_km[known] <= STRAY_KM).all()


@needs_astroz
@pytest.mark.skipif(not CATALOGUE.is_file(), reason=f"{CATALOGUE} is not here")
def test_between_the_checks_real_objects_stray_no_further_than_the_bound_allows():
    from sda.screening.bound import PROPAGATOR_KM

    catalogue = newest(read_files([CATALOGUE]).elements)
    propagator = Propagator(catalogue[::6])
    start = datetime(2025, 3, 3, tzinfo=UTC) + timedelta(days=1)
    length_s = 7 * DAY_S
    groups = _halves(propagator)
    times_s = np.linspace(0.0, length_s, 43) + 17.0
    for fleet in fleets(propagator, groups, start, 0.0, length_s):
        expected_km = _reference_km(propagator, fleet, start, times_s)
        got_km = fleet.positions(start, times_s)
        lasting = np.isfinite(expected_km).all(axis=(0, 2))
        # What decays is gone from the search's smooth paths before astroz and SGP4 part.
        lasting &= (np.linalg.norm(expected_km, axis=2) > 6438.0).all(axis=0)
        off_km = np.linalg.norm((got_km - expected_km)[:, lasting], axis=2)
        assert lasting.sum() > 1000
        assert off_km.max() <= PROPAGATOR_KM
