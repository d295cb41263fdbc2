"""Grids are fixed: cells meet without a gap, and no value is in two of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.registry import Registry
from sharing.release.facts import FACTS
from sharing.release.grids import coarse_from, coarse_value, has_coarse_form, time_on_grid


def cell(longitude_deg: float, registry: Registry) -> tuple[int, int]:
    text = str(coarse_value("longitude", longitude_deg, registry.rules))
    west, east = text.split(" to ")
    return int(west), int(east)


@given(st.floats(-180, 180))
def test_a_longitude_lies_in_its_cell_and_in_no_other(registry: Registry, value: float) -> None:
    width = registry.rules.longitude_grid_deg
    west, east = cell(value, registry)
    assert east - west == width
    assert west % width == 0
    assert -180 <= west < 180
    wrapped = -180.0 if value == 180 else value
    assert west <= wrapped < east


@pytest.mark.parametrize(
    ("longitude_deg", "expected"),
    [
        (130.0, (130, 140)),
        (nextafter(130.0, 0), (120, 130)),
        (0.0, (0, 10)),
        (-0.0, (0, 10)),
        (nextafter(0.0, -1), (-10, 0)),
        (nextafter(180.0, 0), (170, 180)),
        (180.0, (-180, -170)),
        (-180.0, (-180, -170)),
    ],
)
def test_an_edge_belongs_to_the_cell_east_of_it_and_180_is_minus_180(
    registry: Registry, longitude_deg: float, expected: tuple[int, int]
) -> None:
    assert cell(longitude_deg, registry) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 180.1, -180.1, True, "20", None])
def test_what_is_no_longitude_has_no_cell(registry: Registry, value: object) -> None:
    with pytest.raises(ValueError, match="no place on its grid"):
        coarse_value("longitude", value, registry.rules)  # type: ignore[arg-type]


times = st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(times, st.sampled_from([1, 10, 60, 1440]))
def test_a_time_lies_in_the_interval_of_its_grid(time: datetime, grid_min: int) -> None:
    """Grids begin at midnight, so the longest of them is the UTC day."""
    start = time_on_grid(time, grid_min)
    length = timedelta(minutes=grid_min)
    assert start <= time < start + length
    assert (start - start.replace(hour=0, minute=0, second=0, microsecond=0)) % length == (
        timedelta(0)
    )
    assert time_on_grid(start, grid_min) == start
    assert time_on_grid(start + length, grid_min) == start + length


@pytest.mark.parametrize(
    ("fact", "value", "coarse"),
    [
        ("miss_distance", 0.0, "<1"),
        ("miss_distance", nextafter(1.0, 0), "<1"),
        ("miss_distance", 1, "<5"),
        ("miss_distance", nextafter(25.0, 0), "<25"),
        ("miss_distance", 25.0, ">=25"),
        ("miss_distance", float("inf"), ">=25"),
        ("relative_speed", 0.05, "<0.1"),
        ("relative_speed", 15.0, ">=15"),
        ("max_probability", 1e-7, "<1e-06"),
        ("probability", 1.0, ">=0.01"),
        ("longitude", 130, "130 to 140"),
        ("name_1", "OBJECT 5", "OBJECT 5"),
        ("norad_id_1", 5, 5),
        ("tca", "2026-11-25T14:09:59.999999Z", "2026-11-25T14:00:00.000000Z"),
        ("episode_start", "2026-11-25T14:10:00.000000Z", "2026-11-25T14:10:00.000000Z"),
    ],
)
def test_a_value_is_said_by_the_edge_above_it(
    registry: Registry, fact: str, value: float | str, coarse: float | str
) -> None:
    assert coarse_value(fact, value, registry.rules) == coarse


@pytest.mark.parametrize("value", [float("nan"), -0.1, True, False, "20", None])
def test_what_is_no_distance_has_no_place(registry: Registry, value: object) -> None:
    with pytest.raises(ValueError, match=r"miss_distance .* has no place on its grid"):
        coarse_value("miss_distance", value, registry.rules)  # type: ignore[arg-type]


def test_what_has_no_grid_has_no_coarse_form(registry: Registry) -> None:
    coarse = {fact for fact in (*FACTS, "sources") if has_coarse_form(fact, registry.rules)}
    always = {
        *("norad_id_1", "name_1", "norad_id_2", "name_2"),
        *("tca", "episode_start", "episode_end", "longitude"),
        *("regime", "operation_class", "verdict", "declared", "actor"),
    }
    assert coarse == always | {"miss_distance", "relative_speed", "max_probability", "probability"}
    one = replace(registry.rules, grids=registry.rules.grids[:1])
    assert {fact for fact in FACTS if has_coarse_form(fact, one)} == always | {one.grids[0].fact}
    bare = replace(registry.rules, grids=())
    assert {fact for fact in FACTS if has_coarse_form(fact, bare)} == always


@pytest.mark.parametrize(
    ("fact", "value"), [("radial", 0.1), ("age_1", 0.5), ("tca", None), ("tca", 5.0), ("tca", "x")]
)
def test_what_has_no_grid_or_is_no_time_has_no_place(
    registry: Registry, fact: str, value: float | str | None
) -> None:
    with pytest.raises(ValueError, match=r"has no place on its grid|x"):
        coarse_value(fact, value, registry.rules)


@pytest.mark.parametrize(
    ("least", "cells"),
    [
        (0.0, ("<1", "<5", "<25", ">=25")),
        (nextafter(0.0, 1), ("<5", "<25", ">=25")),
        (1.0, ("<5", "<25", ">=25")),
        (24.0, (">=25",)),
        (25.0, (">=25",)),
        (nextafter(25.0, 26), ()),
    ],
)
def test_the_cells_from_a_number_on_hold_nothing_that_is_less(
    registry: Registry, least: float, cells: tuple[str, ...]
) -> None:
    assert coarse_from("miss_distance", least, registry.rules) == cells


def test_what_has_no_grid_has_no_cells(registry: Registry) -> None:
    assert coarse_from("n_minima", 0.0, registry.rules) == ()
    for grid in registry.rules.grids:
        first = coarse_from(grid.fact, 0.0, registry.rules)[0]
        assert first == f"<{grid.edges[0]:g}"


def test_intervals_that_do_not_divide_a_day_are_counted_from_the_year_2000_on() -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    assert time_on_grid(start + timedelta(minutes=8), 7) == start + timedelta(minutes=7)
