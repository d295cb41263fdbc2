"""A watch list is read as written, and what it leaves out of a search cannot come near."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbits import START, element_set

from sda.configuration import read_toml
from sda.errors import CatalogueError, ScreeningError
from sda.orbit import Propagator
from sda.screening import ScreeningConfig, screen
from sda.screening.watchlist import divide, narrowed, reachable, read_watch_list
from sda.times import julian_grid

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("25544", (25544,)),
        ("25544,48274", (25544, 48274)),
        (" 25544 , 48274,25544,", (25544, 48274)),
        ("A0001,Z9999,799501299", (100_001, 339_999, 799_501_299)),
        ("00005", (5,)),
    ],
)
def test_numbers_are_read_in_their_order_each_once(text, numbers):
    assert read_watch_list(text) == numbers


def test_a_file_may_hold_lines_commas_blanks_comments_and_alpha_5(tmp_path):
    path = tmp_path / "primaries.txt"
    path.write_text("\ufeff# ours\r\n25544 # station\r\n\r\n48274, 5\tT0001\n 799501299")
    assert read_watch_list(str(path)) == (25544, 48274, 5, 270_001, 799_501_299)


@pytest.mark.parametrize("bad", ["0", "-5", "1000000000", "I0001", "A001", "2554x", "25.5", "٢٥"])
def test_what_is_no_number_is_shown_with_its_line(tmp_path, bad):
    path = tmp_path / "primaries.txt"
    path.write_text(f"25544\n48274, {bad}\n")
    with pytest.raises(ScreeningError, match=r"primaries\.txt, line 2: ") as caught:
        read_watch_list(str(path))
    assert repr(bad) in str(caught.value)
    with pytest.raises(ScreeningError, match="no file") as caught:
        read_watch_list(f"25544,{bad}")
    assert repr(bad) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["primaries.txt", "2025-primaries.txt", "x" * 5000, "a\0b"])
def test_a_file_that_is_not_there_is_named(missing):
    with pytest.raises(ScreeningError, match="no file") as caught:
        read_watch_list(missing)
    assert len(str(caught.value)) < 300


def test_a_file_that_holds_no_number_or_no_text_is_refused(tmp_path):
    path = tmp_path / "primaries.txt"
    path.write_text("# none yet\n")
    with pytest.raises(ScreeningError, match="no catalogue number"):
        read_watch_list(str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScreeningError, match="is not text"):
        read_watch_list(str(path))
    with pytest.raises(ScreeningError, match="no catalogue number"):
        read_watch_list("")


def test_numbers_without_an_element_set_are_returned_to_be_named():
    elements = [element_set(5), element_set(7)]
    assert divide((9, 7, 8), elements) == (frozenset({7}), (9, 8))
    with pytest.raises(CatalogueError, match="9, 8"):
        divide((9, 8), elements)


def _ring(norad_id, perigee_km, apogee_km, **changes):
    """Return a set whose mean orbit has these heights."""
    low_km, high_km = perigee_km + 6378.135, apogee_km + 6378.135
    axis_km = (low_km + high_km) / 2
    return element_set(
        norad_id,
        mean_motion_rev_day=(398600.8 / axis_km**3) ** 0.5 * 86400 / (2 * np.pi),
        eccentricity=(high_km - low_km) / (2 * axis_km),
        **changes,
    )


def test_shells_that_are_further_apart_than_the_reach_are_left_out():
    elements = [
        _ring(1, 500, 510),
        _ring(2, 560, 570),
        _ring(3, 1200, 1210),
        _ring(4, 300, 35_000),
        _ring(5, 35_700, 35_800),
        _ring(6, 400, 35_700),
    ]
    propagator = Propagator(elements)

    def met(primaries, reach_km):
        is_primary = np.isin(np.arange(1, 7), primaries)
        found = reachable(propagator, is_primary, START, 24 * HOUR_S, reach_km)
        return (np.flatnonzero(found) + 1).tolist()

    assert met([1], 5.0) == [1, 4, 6]
    assert met([1], 100.0) == [1, 2, 4, 6]
    assert met([5], 5.0) == [5, 6]
    assert met([1, 5], 5.0) == [1, 4, 5, 6]
    assert met([4], 1000.0) == [1, 2, 3, 4, 5, 6]
    # Each primary's own reach counts, and nobody else's.
    own_km = np.array([100.0, 0.0, 0.0, 0.0, 5.0, np.inf])
    assert met([1, 5], own_km) == [1, 2, 4, 5, 6]
    assert met([3, 5], own_km) == [3, 4, 5, 6]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_comes_within_reach_of_a_primary_is_never_left_out(data):
    perigees_km = st.floats(300.0, 1500.0)
    lifts_km = st.sampled_from([0.0, 20.0, 300.0, 35_000.0])
    angles_deg = st.floats(0.0, 360.0)
    elements = []
    for number in range(1, 7):
        perigee_km = data.draw(perigees_km)
        elements.append(
            _ring(
                number, perigee_km, perigee_km + data.draw(lifts_km),
                inclination_deg=data.draw(st.floats(0.0, 180.0)),
                ra_of_asc_node_deg=data.draw(angles_deg),
                mean_anomaly_deg=data.draw(angles_deg),
                epoch=START + timedelta(days=data.draw(st.floats(-5.0, 5.0))),
                bstar_per_earth_radius=data.draw(st.sampled_from([0.0, 1e-4, 5e-3])),
            )
        )  # fmt: skip
    propagator = Propagator(elements)
    is_primary = np.array(data.draw(st.lists(st.booleans(), min_size=6, max_size=6)))
    is_primary = is_primary[: len(propagator)]
    reach_km = data.draw(st.sampled_from([5.0, 100.0, 1000.0]))
    met = reachable(propagator, is_primary, START, 6 * HOUR_S, reach_km)
    _, r_km, _ = propagator.grid(*julian_grid(START, np.linspace(0, 6 * HOUR_S, 400)))
    for primary in np.flatnonzero(is_primary):
        range_km = np.linalg.norm(r_km - r_km[primary], axis=2)
        near = np.fmin.reduce(range_km, axis=1) <= reach_km
        assert not (near & ~met).any()


def test_a_narrowed_catalogue_gives_the_same_rows_and_names_what_cannot_be_propagated():
    heights_km = [(500, 560), (505, 550), (520, 590), (760, 800), (530, 640), (1200, 1210)]
    elements = [
        _ring(10 * k + member, *heights, inclination_deg=50.0 + 30 * member)
        for k, heights in enumerate(heights_km, 1)
        for member in range(4)
    ]
    elements.append(element_set(99, eccentricity=0.9))
    some = frozenset({10, 33})
    narrow = narrowed(elements, some, START, 6.0, 100.0)
    assert {one.norad_id for one in elements} - {one.norad_id for one in narrow} == {
        *range(40, 44), *range(60, 64)
    }  # fmt: skip
    config = read_toml(Path(__file__).parents[2] / "config/screening.toml", ScreeningConfig)
    whole, part = (
        screen(sets, START, 6.0, 100.0, config, primaries=some, workers=1)
        for sets in (elements, narrow)
    )
    assert part.approaches == whole.approaches != ()
    assert [one.element_set.norad_id for one in part.unusable] == [99]


def test_without_primaries_nothing_is_reached():
    propagator = Propagator([element_set(1), element_set(2)])
    assert not reachable(propagator, np.zeros(2, np.bool_), START, HOUR_S, 1e9).any()
