"""Each row says how wrong its distance may be: as one by one, from both objects' own axes."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbits import START, element_set, through

from sda.configuration import read_toml
from sda.frames import to_ric
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit import Propagator, Regime, regime_of
from sda.risk import ErrorAt, axis_errors_km, range_sigma_km
from sda.screening import ScreeningConfig, exhaustive, screen
from sda.times import julian

CONFIG = read_toml(Path(__file__).parents[2] / "config/screening.toml", ScreeningConfig)

one_micrometre_km = 1e-9

ONE = element_set(101)
NEAR = element_set(102, eccentricity=0.0012, inclination_deg=53.01)
COINCIDENT = replace(ONE, norad_id=103)
CROSSING = [
    through(104 + k, latitude_rad=0.4, longitude_rad=1.0, radius_km=7000.0 + 2 * k,
            inclination_rad=inclination, southward=bool(k), after_s=900.0)
    for k, inclination in enumerate((1.0, 1.6))
]  # fmt: skip


def _sigma_km(row: CloseApproach, sets: dict[int, ElementSet], config: ScreeningConfig) -> float:
    """Return the error of a row's distance, from SGP4's states at its time."""
    pair = sets[row.norad_id_1], sets[row.norad_id_2]
    jd, fr = julian(row.tca)
    _, r_km, v_km_s = Propagator(pair).grid(np.array([jd]), np.array([fr]))
    miss_km = to_ric(r_km[1, 0] - r_km[0, 0], r_km[:, 0], v_km_s[:, 0])
    errors_km = [
        axis_errors_km(config.covariance.error[regime_of(one)], age_days)
        for one, age_days in zip(pair, (row.age_days_1, row.age_days_2), strict=True)
    ]
    return float(range_sigma_km(miss_km[0], errors_km[0], miss_km[1], errors_km[1]))


@settings(max_examples=20, deadline=None)
@given(ages=st.tuples(*[st.floats(-6, 9)] * 2), threshold_km=st.sampled_from([5.0, 60.0]))
def test_the_error_of_each_kind_of_row_is_that_of_both_sets_at_their_ages(ages, threshold_km):
    elements = []
    for made in (ONE, NEAR, COINCIDENT, *CROSSING):
        # The later the epoch, the further along: the same orbit by an older or a younger set.
        days = ages[made.norad_id % 2]
        turned = made.mean_anomaly_deg - 360 * made.mean_motion_rev_day * days
        epoch = made.epoch - timedelta(days=days)
        elements.append(replace(made, epoch=epoch, mean_anomaly_deg=turned % 360))
    sets = {one.norad_id: one for one in elements}
    for row in screen(elements, START, 1.0, threshold_km, CONFIG).approaches:
        assert row.sigma_km == pytest.approx(_sigma_km(row, sets, CONFIG), abs=one_micrometre_km)
        if row.kind is not Kind.COINCIDENT:
            assert row.resolvable is (row.miss_km > row.sigma_km)


def test_a_distance_is_resolvable_when_it_exceeds_its_error():
    (row,) = exhaustive(CROSSING, START, 1.0, 10.0, CONFIG).approaches
    assert row.resolvable is (row.miss_km > row.sigma_km)
    for metres, resolvable in ((1.0, True), (100_000.0, False)):
        rows = (ErrorAt(age_days=1, radial_m=metres, in_track_m=metres, cross_track_m=metres),)
        covariance = CONFIG.covariance.model_copy(update={"error": dict.fromkeys(Regime, rows)})
        config = CONFIG.model_copy(update={"covariance": covariance})
        (row,) = exhaustive(CROSSING, START, 1.0, 10.0, config).approaches
        assert row.resolvable is resolvable
        # Alike in all directions: the same along the miss, whatever its direction.
        if resolvable:
            assert row.sigma_km == pytest.approx(sqrt(2) * metres / 1000, rel=1e-3)


def test_the_dilution_is_the_error_at_which_the_probability_is_greatest():
    (row,) = exhaustive(CROSSING, START, 1.0, 10.0, CONFIG).approaches
    aspect = CONFIG.probability.aspect_ratio
    assert row.dilution_km == pytest.approx(row.miss_km / (sqrt(2) * aspect))


def test_a_coincident_pair_is_never_resolvable_and_has_its_error_all_the_same():
    (twin,) = exhaustive([ONE, COINCIDENT], START, 1.0, 10.0, CONFIG).approaches
    # By half the limit apart, and known to a metre: still two numbers for one place.
    beside = replace(ONE, norad_id=103, mean_anomaly_deg=ONE.mean_anomaly_deg + 0.0004)
    rows = (ErrorAt(age_days=1, radial_m=1, in_track_m=1, cross_track_m=1),)
    covariance = CONFIG.covariance.model_copy(update={"error": dict.fromkeys(Regime, rows)})
    config = CONFIG.model_copy(update={"covariance": covariance})
    (near,) = exhaustive([ONE, beside], START, 1.0, 10.0, config).approaches
    for row in (twin, near):
        assert row.kind is Kind.COINCIDENT
        assert row.resolvable is False
        assert row.dilution_km is row.max_probability is None
    assert near.miss_km > near.sigma_km > 0
    assert twin.sigma_km == pytest.approx(_sigma_km(twin, {101: ONE, 103: COINCIDENT}, CONFIG))
