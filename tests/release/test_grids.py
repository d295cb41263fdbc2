"""Grids are fixed: cells meet without a gap, and no value is in two of them."""

from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.registry import Registry
from sharing.release.grids import coarse_value


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
