"""Errors by age, and the error of a distance between two objects."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from sda.configuration import packaged, read_toml
from sda.errors import ConfigError
from sda.orbit import Regime
from sda.risk import (
    CovarianceConfig,
    ElementErrors,
    ErrorAt,
    ErrorOrigin,
    axis_errors_km,
    dilution_km,
    max_probability,
    range_sigma_km,
)
from sda.rpo.config import RpoConfig

CONFIG = read_toml(packaged("config") / "covariance.toml", CovarianceConfig)
ROWS = tuple(
    ErrorAt(age_days=age, radial_m=m, in_track_m=10 * m, cross_track_m=2 * m)
    for age, m in ((1, 100), (3, 300))
)
TABLE, MEASURED = ErrorOrigin.TABLE, ErrorOrigin.MEASURED

errors = st.tuples(*[st.floats(0.01, 5)] * 3).map(np.array)
misses = st.tuples(*[st.floats(-500, 500)] * 3).map(np.array)


def test_errors_grow_with_age_between_the_rows_and_not_beyond():
    assert axis_errors_km(ROWS, 2.0) == pytest.approx([0.2, 2.0, 0.4])
    assert axis_errors_km(ROWS, -2.0) == pytest.approx([0.2, 2.0, 0.4])
    assert axis_errors_km(ROWS, 0.0) == pytest.approx([0.1, 1.0, 0.2])
    assert axis_errors_km(ROWS, 9.0) == pytest.approx([0.3, 3.0, 0.6])


@given(st.lists(st.floats(-20, 20), max_size=6))
def test_ages_at_once_give_what_each_gives_alone(ages):
    together = axis_errors_km(ROWS, np.array(ages))
    assert together.shape == (len(ages), 3)
    for age_days, alone in zip(ages, together, strict=True):
        assert (axis_errors_km(ROWS, age_days) == alone).all()


@given(
    range_km=st.floats(0, 500), direction=st.integers(0, 2),
    errors=st.tuples(*[st.floats(0.01, 5)] * 3),
)  # fmt: skip
def test_the_error_of_a_range_is_along_it_when_far_and_all_of_it_when_close(
    range_km, direction, errors
):
    miss_km, errors_km = np.zeros(3), np.array(errors)
    miss_km[direction] = range_km
    sigma_km = range_sigma_km(miss_km, errors_km, miss_km, errors_km)
    along_km, all_km = 2**0.5 * errors_km[direction], (2 * errors_km @ errors_km) ** 0.5
    assert along_km * (1 - 1e-12) <= sigma_km <= all_km * (1 + 1e-12)
    if range_km == 0:
        assert sigma_km == pytest.approx(all_km)
    if range_km > 100:
        assert sigma_km == pytest.approx(along_km, abs=all_km**2 / range_km)


@given(st.lists(st.tuples(misses, errors, misses, errors), min_size=1, max_size=5))
def test_ranges_at_once_give_what_each_gives_alone(cases):
    together = range_sigma_km(*(np.array(column) for column in zip(*cases, strict=True)))
    assert together == pytest.approx([float(range_sigma_km(*case)) for case in cases])


@given(misses, errors, misses, errors)
def test_the_error_of_a_range_does_not_depend_on_who_is_first(one, one_km, two, two_km):
    assume(min(np.linalg.norm(one), np.linalg.norm(two)) > 1e-3)
    two = two * np.linalg.norm(one) / np.linalg.norm(two)
    sigma_km = float(range_sigma_km(one, one_km, two, two_km))
    assert range_sigma_km(two, two_km, one, one_km) == pytest.approx(sigma_km, rel=1e-6)


@pytest.mark.parametrize(
    ("age_days", "origin"),
    [
        (0.2, MEASURED), (1.0, MEASURED), (-1.0, MEASURED), (1.01, TABLE), (3.0, TABLE),
        (4.0, TABLE), (7.0, MEASURED), (30.0, MEASURED),
    ],
)  # fmt: skip
def test_an_error_counts_as_measured_where_all_that_it_rests_on_is(age_days, origin):
    last = ErrorAt(age_days=7, radial_m=500, in_track_m=5000, cross_track_m=1000)
    known = ElementErrors((*ROWS, last), (MEASURED, TABLE, MEASURED))
    errors_km, found = known.at(age_days)
    assert found is origin
    assert (errors_km == axis_errors_km(known.rows, age_days)).all()


def test_the_probability_is_greatest_at_the_dilution():
    # Foster's integral to first order in the body's size, major axis along the miss.
    miss_m, radius_m, aspect = 1000.0, 10.0, 3.0
    at_m = float(dilution_km(miss_m / 1000, aspect)) * 1000
    assert at_m == pytest.approx(235.70, abs=0.005)

    def probability(sigma_m: float) -> float:
        share = radius_m**2 / (2 * aspect * sigma_m**2)
        return share * np.exp(-((miss_m / (aspect * sigma_m)) ** 2) / 2)

    assert probability(at_m) == pytest.approx(float(max_probability(1.0, radius_m, aspect)))
    assert probability(at_m) > max(probability(0.99 * at_m), probability(1.01 * at_m))


def test_a_table_that_leaves_out_a_regime_or_falls_back_in_age_is_refused():
    table = CONFIG.model_dump()
    rows = dict(table["error"])
    del rows[Regime.MEO]
    with pytest.raises(ValidationError, match="MEO has no rows"):
        CovarianceConfig.model_validate(table | {"error": rows})
    rows = table["error"] | {Regime.GEO: table["error"][Regime.GEO][::-1]}
    with pytest.raises(ValidationError, match="age_days of GEO must rise"):
        CovarianceConfig.model_validate(table | {"error": rows})


def test_in_the_packaged_table_no_error_falls_with_age():
    for rows in CONFIG.error.values():
        assert (np.diff([row.axes_m for row in rows], axis=0) >= 0).all()


def test_what_is_wrong_in_the_file_is_said_of_the_file_whoever_reads_it(tmp_path):
    for name in ("rpo.toml", "covariance.toml"):
        text = (packaged("config") / name).read_text()
        (tmp_path / name).write_text(text.replace("min_pairs = 15", "min_pairs = 0"))
    with pytest.raises(ConfigError, match=r"covariance\.toml: measuring\.min_pairs: .*greater"):
        read_toml(tmp_path / "rpo.toml", RpoConfig)


def test_a_configuration_of_before_this_file_is_told_what_is_missing(tmp_path):
    (tmp_path / "rpo.toml").write_text((packaged("config") / "rpo.toml").read_text())
    with pytest.raises(ConfigError, match=r"covariance\.toml is missing: restore it or start"):
        read_toml(tmp_path / "rpo.toml", RpoConfig)
