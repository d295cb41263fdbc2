from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from math import degrees

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec

from sda.elements import read_text
from sda.model import ElementSet
from sda.orbit import UNBOUND, Propagator, reason_of
from sda.times import julian

one_millimetre_km = 1e-6
one_micrometre_per_second_km_s = 1e-9
VERIFICATION = files("sgp4")


def _verification_lines():
    lines = (VERIFICATION / "SGP4-VER.TLE").read_text().splitlines()
    return [(one, lines[k + 1]) for k, one in enumerate(lines) if one.startswith("1 ")]


def _element_set(one: str, two: str) -> ElementSet:
    # The file's trailing start, stop and step are no part of the set, nor are its checksums sound.
    (element_set,) = read_text(f"{one[:68]}\n{two[:68]}\n", "SGP4-VER.TLE", "test").elements
    return element_set


def _expected():
    """Return minutes, position and velocity per satellite, in the order of the file."""
    tables = []
    for line in (VERIFICATION / "tcppver.out").read_text().splitlines():
        if line.endswith("xx"):
            tables.append([])
        else:
            tables[-1].append([float(field) for field in line.split()[:7]])
    return [np.array(table) for table in tables]


CASES = list(zip(_verification_lines(), _expected(), strict=True))


def _at_minutes(propagator, minutes):
    jd, fr = julian(propagator.elements[0].epoch)
    index = np.zeros(len(minutes), np.intp)
    whole, part = np.divmod(np.asarray(minutes) / 1440, 1.0)
    return propagator.at(index, jd + whole, fr + part)


@pytest.mark.parametrize(("lines", "table"), CASES, ids=[c[0][0][2:7] for c in CASES])
def test_states_agree_with_the_published_verification_set(lines, table):
    propagator = Propagator([_element_set(*lines)])
    if not propagator.elements:
        assert lines[0][2:7] == "33334"  # mean motion 1e-5 rev/day, meant to fail
        return
    error, r_km, v_km_s = _at_minutes(propagator, table[:, 0])
    # For this set the file repeats a line at which the reference itself gave no state.
    given = error == 0
    assert given.all() or lines[0][2:7] == "33334"
    assert np.abs(r_km - table[:, 1:4])[given].max() < one_millimetre_km
    assert np.abs(v_km_s - table[:, 4:7])[given].max() < 2 * one_micrometre_per_second_km_s


@pytest.mark.parametrize("lines", [c[0] for c in CASES], ids=[c[0][0][2:7] for c in CASES])
def test_states_are_those_of_the_published_lines_to_the_last_bit(lines):
    propagator = Propagator([_element_set(*lines)])
    theirs = Satrec.twoline2rv(lines[0], lines[1], WGS72)
    jd, fr = theirs.jdsatepoch + np.arange(-1.0, 3.0), theirs.jdsatepochF + np.linspace(0, 0.9, 4)
    for _ in propagator.elements:
        error, r_km, v_km_s = propagator.at(np.zeros(4, np.intp), jd, fr)
        their_error, their_r_km, their_v_km_s = theirs.sgp4_array(jd, fr)
        np.testing.assert_array_equal(error[error != UNBOUND], their_error[error != UNBOUND])
        np.testing.assert_array_equal(r_km[error == 0], their_r_km[error == 0])
        np.testing.assert_array_equal(v_km_s[error == 0], their_v_km_s[error == 0])


@pytest.mark.parametrize(
    ("norad_id", "minutes", "code"),
    [("28872", 60.0, 6), ("29141", 430.0, 6), ("33333", 30.0, 4)],
)
def test_failing_satellites_of_the_verification_set_give_their_code_and_no_state(
    norad_id, minutes, code
):
    lines = next(lines for lines in _verification_lines() if lines[0][2:7] == norad_id)
    error, r_km, v_km_s = _at_minutes(Propagator([_element_set(*lines)]), [minutes])
    assert error[0] == code
    assert np.isnan(r_km).all()
    assert np.isnan(v_km_s).all()
    assert f"error {code}" in reason_of(code)


def test_a_decayed_object_that_sgp4_gives_107834_km_s_without_an_error_has_no_state():
    lines = next(lines for lines in _verification_lines() if lines[0][2:7] == "29141")
    error, r_km, _ = _at_minutes(Propagator([_element_set(*lines)]), [1377.0])
    assert Satrec.twoline2rv(*lines, WGS72).sgp4_tsince(1377.0)[0] == 0
    assert error[0] == UNBOUND
    assert np.isnan(r_km).all()


@pytest.fixture
def vanguard():
    return _element_set(*_verification_lines()[0])


def test_grid_and_individual_times_give_the_same_states():
    elements = [_element_set(*lines) for lines, _ in CASES[:6]]
    propagator = Propagator(elements)
    jd, fr = julian(datetime(2006, 6, 26, tzinfo=UTC))
    jds, frs = np.full(5, jd), fr + np.arange(5) / 7
    error, r_km, v_km_s = propagator.grid(jds, frs)
    shuffled = np.random.default_rng(1).permutation(30)
    index, when = shuffled // 5, shuffled % 5
    error_at, r_at_km, v_at_km_s = propagator.at(index, jds[when], frs[when])
    np.testing.assert_array_equal(error_at, error[index, when])
    np.testing.assert_array_equal(r_at_km, r_km[index, when])
    np.testing.assert_array_equal(v_at_km_s, v_km_s[index, when])


def test_catalogue_numbers_of_nine_digits_are_propagated(vanguard):
    propagator = Propagator([vanguard, replace(vanguard, norad_id=799501299)])
    assert [e.norad_id for e in propagator.elements] == [5, 799501299]
    _, r_km, _ = propagator.grid(*(np.array([part]) for part in julian(vanguard.epoch)))
    np.testing.assert_array_equal(r_km[0], r_km[1])


def test_a_set_that_is_no_orbit_is_set_aside_with_its_reason(vanguard):
    hyperbolic = replace(vanguard, norad_id=6, eccentricity=1.2)
    # SGP4 reports no error for this set, at 1.3 times escape speed.
    nonsense = replace(
        vanguard,
        norad_id=7,
        epoch=datetime(2023, 12, 3, tzinfo=UTC),
        arg_of_pericenter_deg=degrees(1.0),
        ra_of_asc_node_deg=degrees(2.0),
        mean_anomaly_deg=degrees(6.245101096328193),
        mean_motion_rev_day=2.6645575459117206,
        eccentricity=0.9875872976347047,
        inclination_deg=89.53090349387892,
        bstar_per_earth_radius=-2.233399056065264e-05,
        mean_motion_dot_rev_day2=0.0,
    )
    propagator = Propagator([hyperbolic, vanguard, nonsense])
    assert propagator.elements == (vanguard,)
    assert [u.element_set for u in propagator.unusable] == [hyperbolic, nonsense]
    assert "eccentricity" in propagator.unusable[0].reason
    assert propagator.unusable[1].reason == reason_of(UNBOUND)
