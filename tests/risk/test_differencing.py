"""Errors that are measured on an object's own history, and when the table holds instead."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.configuration import packaged, read_toml
from sda.elements import read_files
from sda.model import ElementSet
from sda.orbit import Propagator, Regime, regime_of
from sda.risk import CovarianceConfig, ElementErrors, ErrorOrigin, Measured, errors_of
from sda.risk.differencing import differences_km, measured_errors

CONFIG = read_toml(packaged("config") / "covariance.toml", CovarianceConfig)
TABLE = CONFIG.error[Regime.LEO]
T0 = datetime(2025, 8, 8, tzinfo=UTC)
A_KM = 7077.0
COS_I = np.cos(np.radians(66.0))
FIRST = ElementSet(
    norad_id=100, name="INVENTED", object_id="", epoch=T0, mean_motion_rev_day=14.58,
    eccentricity=0.001, inclination_deg=66.0, ra_of_asc_node_deg=40.0, arg_of_pericenter_deg=90.0,
    mean_anomaly_deg=10.0, bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0, classification="U", ephemeris_type=0, element_set_no=1,
    rev_at_epoch=1, source="test",
)  # fmt: skip


def followed(days: int, every_days: float = 1.0) -> list[ElementSet]:
    """Return sets of one orbit, as SGP4's own secular rates carry it."""
    satrec = Propagator([FIRST]).record(0)
    sets = []
    for k in range(round(days / every_days)):
        day, min_ = k * every_days, k * every_days * 1440
        epoch = T0 + timedelta(days=day)
        sets.append(
            replace(
                FIRST,
                epoch=epoch,
                ra_of_asc_node_deg=(40.0 + np.degrees(satrec.nodedot) * min_) % 360,
                arg_of_pericenter_deg=(90.0 + np.degrees(satrec.argpdot) * min_) % 360,
                mean_anomaly_deg=(10.0 + np.degrees(satrec.mdot) * min_) % 360,
            )
        )
    return sets


def scattered(
    sets: list[ElementSet], seed: int, along_km: float, plane_km: float
) -> list[ElementSet]:
    """Return sets that are wrong along the orbit and by a turn of it about the pole."""
    made = np.random.default_rng(seed)
    along_deg = np.degrees(made.normal(0, along_km / A_KM, len(sets)))
    node_deg = np.degrees(made.normal(0, plane_km / A_KM, len(sets)))
    return [
        replace(
            one,
            mean_anomaly_deg=(one.mean_anomaly_deg + along - COS_I * node) % 360,
            ra_of_asc_node_deg=(one.ra_of_asc_node_deg + node) % 360,
        )
        for one, along, node in zip(sets, along_deg, node_deg, strict=True)
    ]


SETS = followed(180)


def _measured(sets: list[ElementSet]) -> dict[float, Measured]:
    return measured_errors(sets, TABLE, CONFIG.measuring)


def test_sets_of_one_orbit_agree_to_metres_so_that_what_is_added_is_what_is_measured():
    propagator = Propagator(SETS)
    later = np.arange(7, len(SETS))
    assert np.abs(differences_km(propagator, later - 7, later)).max() < 0.02


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), along_km=st.floats(0.3, 3.0))
def test_an_error_along_the_orbit_is_measured_as_what_it_is(seed, along_km):
    found = _measured(scattered(SETS, seed, along_km, plane_km=0.0))
    assert set(found) == {1.0, 3.0, 7.0}
    for row in found.values():
        # The later set is as wrong as the earlier one.
        assert row.in_track_m == pytest.approx(2**0.5 * 1000 * along_km, rel=0.4)
        assert row.radial_m < 0.1 * row.in_track_m
        assert row.cross_track_m < 0.1 * row.in_track_m


def test_an_error_of_the_node_is_cross_track():
    for row in _measured(scattered(SETS, 1, along_km=0.0, plane_km=2.0)).values():
        assert row.cross_track_m > 100 * max(row.in_track_m, row.radial_m)


def test_who_is_always_ahead_of_its_sets_is_wrong_by_that_much():
    # A mean motion that each set has wrong by the same: no scatter, and all bias.
    slow = [replace(one, mean_motion_rev_day=one.mean_motion_rev_day - 1e-5) for one in SETS]
    found = _measured(slow)
    for age_days, row in found.items():
        behind_m = age_days * 1e-5 * 2 * np.pi * A_KM * 1000
        assert row.in_track_m == pytest.approx(1.4826 * behind_m, rel=0.05)


def test_only_spans_that_do_not_overlap_count_as_many():
    found = _measured(scattered(SETS, 2, 1.0, 0.5))
    assert found[1.0].n == 179
    assert found[7.0].n == 25
    half = _measured(scattered(SETS[:90], 2, 1.0, 0.5))
    assert set(half) == {1.0, 3.0}


def test_the_same_fit_issued_again_within_minutes_adds_nothing():
    sets = scattered(SETS, 3, 1.0, 0.5)
    again = [replace(one, epoch=one.epoch - timedelta(minutes=5)) for one in sets]
    assert _measured(sets + again) == _measured(sets)


def test_a_set_is_not_compared_with_itself():
    fresh = (TABLE[0].model_copy(update={"age_days": 0.0}), *TABLE)
    assert set(measured_errors(SETS, fresh, CONFIG.measuring)) == {1.0, 3.0, 7.0}


def test_order_does_not_matter_and_too_few_sets_say_nothing():
    sets = scattered(SETS, 4, 1.0, 0.5)
    assert _measured(sets[::-1]) == _measured(sets)
    for count in (0, 1, 2, 14):
        assert _measured(sets[:count]) == {}


def test_sets_of_another_object_are_left_out_and_too_many_leave_no_measure():
    sets = scattered(SETS, 5, 1.0, 0.5)
    other = [
        replace(one, mean_anomaly_deg=(one.mean_anomaly_deg + 90) % 360) if k % 16 == 0 else one
        for k, one in enumerate(sets)
    ]
    clean, mixed = _measured(sets), _measured(other)
    for age_days, row in mixed.items():
        assert row.axes_m == pytest.approx(clean[age_days].axes_m, rel=0.2)
    half = [other[k] if k % 2 else replace(one, inclination_deg=30) for k, one in enumerate(sets)]
    assert 1.0 not in _measured(half)


def test_a_burn_a_month_hardly_shows_and_a_burn_a_week_is_an_error_at_a_week():
    def burning(every: int) -> list[ElementSet]:
        """Return sets that jump ahead by 20 km, as after a burn that no set foretells."""
        return [
            replace(one, mean_anomaly_deg=(one.mean_anomaly_deg + 0.162 * (k // every)) % 360)
            for k, one in enumerate(scattered(SETS, 6, 0.3, 0.3))
        ]

    quiet, rare, weekly = (_measured(burning(every)) for every in (1000, 30, 7))
    assert rare[1.0].in_track_m < 1.2 * quiet[1.0].in_track_m
    assert rare[7.0].in_track_m < 2.0 * quiet[7.0].in_track_m
    assert weekly[1.0].in_track_m < 2.0 * quiet[1.0].in_track_m
    assert weekly[7.0].in_track_m == pytest.approx(1.4826 * 20_000, rel=0.1)


def test_what_was_measured_goes_before_the_table_and_no_error_falls_with_age():
    sets = scattered(SETS[:90], 7, 2.0, 0.5)
    found = errors_of(sets[-1], sets, CONFIG)
    assert found.origins == (ErrorOrigin.MEASURED, ErrorOrigin.MEASURED, ErrorOrigin.TABLE)
    assert [row.age_days for row in found.rows] == [1.0, 3.0, 7.0]
    sizes_m = np.array([row.axes_m for row in found.rows])
    assert (np.diff(sizes_m, axis=0) >= 0).all()
    # Ten times worse than the table at a day, and so at a week.
    measured = zip(found.rows[:2], TABLE[:2], strict=True)
    worse = max(own.in_track_m / row.in_track_m for own, row in measured)
    assert found.rows[2].in_track_m == pytest.approx(worse * TABLE[2].in_track_m)


def test_who_is_better_than_the_table_at_a_week_is_so_at_a_day():
    weekly = scattered(followed(180, 7.0)[:20], 8, 0.01, 0.01)
    found = errors_of(weekly[-1], weekly, CONFIG)
    assert found.origins == (ErrorOrigin.TABLE, ErrorOrigin.TABLE, ErrorOrigin.MEASURED)
    assert found.rows[0].in_track_m <= found.rows[2].in_track_m < TABLE[0].in_track_m


def test_without_a_history_the_table_holds():
    found = errors_of(FIRST, [], CONFIG)
    assert found == ElementErrors(TABLE, (ErrorOrigin.TABLE,) * 3)


def test_what_becomes_known_after_a_set_changes_nothing():
    sets = scattered(SETS, 9, 1.0, 0.5)
    assert errors_of(sets[100], sets, CONFIG) == errors_of(sets[100], sets[:101], CONFIG)


@pytest.mark.parametrize("name", ["Sentinel-3A", "Fengyun-2F"])
def test_real_sets_are_as_wrong_as_an_independent_comparison_says(shared, name):
    """In-track at 1, 3 and 7 days within a factor of four.

    That one looked at one phase of the orbit, took the scatter about the median and left out spans
    with a manoeuvre.
    """
    told = json.loads((shared / "pc" / "tle-error.json").read_text())["measured_here"]["rows"]
    expected = [row[3] for row in told if row[0].startswith(name)]
    track = read_files([shared / "manoeuvres" / f"{name}.tle.gz"]).elements
    found = measured_errors(track, CONFIG.error[regime_of(track[0])], CONFIG.measuring)
    for row, expected_m in zip(found.values(), expected, strict=True):
        assert expected_m / 4 < row.in_track_m < 4 * expected_m


def test_errors_that_real_sets_foretell_cover_what_becomes_of_them(shared):
    """Sentinel-3A's last three months, by errors from before them."""
    track = sorted(
        read_files([shared / "manoeuvres" / "Sentinel-3A.tle.gz"]).elements,
        key=lambda one: one.epoch,
    )
    propagator = Propagator(track)
    cut = np.searchsorted(
        [one.epoch.timestamp() for one in track],
        (track[-1].epoch - timedelta(days=90)).timestamp(),
    )
    found = errors_of(track[cut], track, CONFIG)
    assert set(found.origins) == {ErrorOrigin.MEASURED}
    later = np.arange(cut + 1, len(track))
    day = [(track[k].epoch - track[k - 1].epoch) / timedelta(days=1) for k in later]
    later = later[(np.array(day) > 0.75) & (np.array(day) < 1.25)]
    apart_km = np.abs(differences_km(propagator, later - 1, later)).reshape(-1, 3)
    sigma_km, _ = found.at(1.0)
    assert (np.mean(apart_km <= sigma_km, axis=0) > 0.6).all()
    assert (np.mean(apart_km <= 2 * sigma_km, axis=0) > 0.9).all()
