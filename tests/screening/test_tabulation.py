"""Rows are printed by the column exactly as they would be value by value."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import copysign, inf, nan, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orbits import START, element_set

from sda.model import Kind
from sda.outputs.texts import JSONL, KeptText
from sda.screening import ROW_ORDER, Rows, Tabulation
from sda.screening.rows import KINDS
from sda.screening.tabulation import rounded
from sda.times import add_seconds, format_utc

ELEMENTS = tuple(
    replace(element_set(number, epoch=START + timedelta(days=age, microseconds=number)), name=name)
    for number, age, name in (
        (5, -4000.123456, 'VANGUARD 1, "OLD"'),
        (25544, -0.4, "ISS (ZARYA)"),
        (270449, 2.0, ""),
        (999_999_999, -1e-6, "ÉTOILE 7"),
    )
)
WEEK_S = 7 * 86400.0

seconds = st.floats(0, WEEK_S).map(lambda time_s: round(time_s, 6))
lengths_km = st.floats(0, 1e4)
minima = st.lists(st.tuples(seconds, lengths_km, st.floats(0, 20)), max_size=3)
rows = st.tuples(
    st.sampled_from([(0, 1), (0, 3), (1, 2), (2, 3)]),
    st.sampled_from(range(len(KINDS))),
    seconds,
    lengths_km,
    st.floats(0, 20),
    st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    st.just((nan, nan)) | st.tuples(*[st.floats(0, WEEK_S)] * 2),
    st.just(nan) | st.floats(0, 1),
    lengths_km,
    st.just(nan) | lengths_km,
    minima,
)


def _rows(drawn) -> Rows:
    if not drawn:
        return Rows.none()
    (pair, kind, tca_s, miss_km, speed_km_s, ric_km, interval_s, probability, sigma_km, dilution,
     lows) = zip(*drawn, strict=True)  # fmt: skip
    first, second = np.array(pair, np.intp).T
    listed = [low for several in lows for low in several]
    return Rows(
        first, second, np.array(kind, np.uint8), np.array(tca_s), np.array(miss_km),
        np.array(speed_km_s), np.array(ric_km), np.array(interval_s), np.array(probability),
        np.array(sigma_km), np.array(dilution),
        np.cumsum([len(several) for several in lows]), np.array(listed).reshape(-1, 3),
    )  # fmt: skip


def _printed(approach):
    """Return a row as the contract has it, one value after the other."""
    return {
        "norad_id_1": approach.norad_id_1,
        "name_1": approach.name_1,
        "norad_id_2": approach.norad_id_2,
        "name_2": approach.name_2,
        "kind": approach.kind.value,
        "tca_utc": format_utc(approach.tca),
        "miss_km": round(approach.miss_km, 6),
        "relative_speed_km_s": round(approach.relative_speed_km_s, 6),
        "radial_km": round(approach.radial_km, 6),
        "in_track_km": round(approach.in_track_km, 6),
        "cross_track_km": round(approach.cross_track_km, 6),
        "age_days_1": round(approach.age_days_1, 6),
        "age_days_2": round(approach.age_days_2, 6),
        "episode_start_utc": format_utc(approach.episode_start) if approach.episode_start else None,
        "episode_end_utc": format_utc(approach.episode_end) if approach.episode_end else None,
        "n_minima": len(approach.minima),
        "max_probability": approach.max_probability,
        "sigma_km": round(approach.sigma_km, 6),
        "resolvable": approach.miss_km > approach.sigma_km and approach.kind is not Kind.COINCIDENT,
        "dilution_km": None if approach.dilution_km is None else round(approach.dilution_km, 6),
        "minima": [
            {
                "utc": format_utc(minimum.utc),
                "range_km": round(minimum.range_km, 6),
                "relative_speed_km_s": round(minimum.relative_speed_km_s, 6),
            }
            for minimum in approach.minima
        ],
    }


def _lines(table):
    kept = KeptText(file := io.BytesIO(), JSONL)
    kept.add(table)
    return file.getvalue().splitlines()


@given(st.lists(rows, max_size=5), st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_columns_hold_what_each_row_would_be_printed_as(drawn, start):
    found, start = _rows(drawn), start.replace(tzinfo=UTC)
    printed = [json.loads(line) for line in _lines(Tabulation(ELEMENTS, start).table(found))]
    expected = [_printed(approach) for approach in found.approaches(ELEMENTS, start)]
    assert printed == expected
    assert all(list(row) == list(other) for row, other in zip(printed, expected, strict=True))


@given(
    st.floats(0, 1e8) | st.integers(0, 10**14).map(lambda half: (half + 0.5) / 1e6),
    st.datetimes(datetime(1957, 1, 1), datetime(2100, 1, 1)),
)
def test_times_are_those_of_add_seconds_to_the_microsecond(time_s, start):
    start = start.replace(tzinfo=UTC)
    found = replace(_rows([((0, 1), 0, 0.0, 0, 0, (0, 0, 0), (nan, nan), 0, 0, 0, [])]),
                    tca_s=np.array([time_s]))  # fmt: skip
    (time,) = Tabulation(ELEMENTS, start).table(found)["tca_utc"].tolist()
    assert time.replace(tzinfo=UTC) == add_seconds(start, time_s)


@given(st.sampled_from([-inf, 0, inf]), st.integers(-(10**12), 10**12), st.booleans())
def test_numbers_are_rounded_by_their_value_also_beside_a_half(towards, millionths, half):
    value = (millionths + 0.5 * half) / 1e6
    value = nextafter(value, towards) if towards else value
    assert _bits(rounded(np.array([value]))[0]) == _bits(round(value, 6))


@given(st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda x: abs(x) < 1e15))
def test_numbers_of_every_size_are_rounded_by_their_value(value):
    assert _bits(rounded(np.array([value]))[0]) == _bits(round(value, 6))


def _bits(value):
    return float(value), copysign(1, value)


def test_a_time_without_a_fraction_has_six_decimals_all_the_same():
    found = _rows([((0, 1), 0, 60.0, 1.0, 1.0, (1.0, 0, 0), (nan, nan), nan, 0, nan, [])])
    (line,) = _lines(Tabulation(ELEMENTS, START).table(found))
    row = json.loads(line)
    assert row["tca_utc"] == "2025-08-08T12:01:00.000000Z"
    assert (row["episode_start_utc"], row["max_probability"]) == (None, None)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_own_word(kind):
    found = _rows(
        [((0, 1), KINDS.index(kind), 0.0, 1.0, 1.0, (1.0, 0, 0), (nan, nan), 0.5, 0, 0, [])]
    )
    (line,) = _lines(Tabulation(ELEMENTS, START).table(found))
    assert json.loads(line)["kind"] == kind.value


@given(st.lists(rows, min_size=1, max_size=8))
def test_the_columns_of_the_order_sort_as_the_rows_do(drawn):
    found = _rows(drawn)
    table = Tabulation(ELEMENTS, START).table(found)
    keys = [getattr(table[name], "code", table[name]) for name in ROW_ORDER]
    assert np.lexsort(keys[::-1]).tolist() == found.order().tolist()
