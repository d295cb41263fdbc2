"""Each figure shows the right values, says its units, and needs nothing from outside."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar
from sgp4.api import Satrec

from sda.constants import EARTH_RADIUS_KM
from sda.errors import CatalogueError, TearlineError
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit import Propagator
from sda.plots import element_history, ground_track, neighbours, orbit_globe, range_history
from sda.plots.ground_track import broken_at_date_line
from sda.times import julian_grid

TEN_METRES_KM = 0.01
GEODETIC_DEG = 0.2  # geodetic latitude exceeds geocentric by up to 0.19 degrees
MICROSECOND_KM = 2e-5  # at 15 km/s


def steps_of(low: ElementSet) -> list[ElementSet]:
    """Ten days of one object, raised by a burn after the fifth; the node runs over 0 degrees."""
    return [
        replace(
            low,
            epoch=low.epoch + timedelta(days=k),
            mean_motion_rev_day=15.5 if k < 5 else 15.4,
            ra_of_asc_node_deg=(12 - 5 * k) % 360,
        )
        for k in range(10)
    ]


def approach(
    first: int, second: int, kind: Kind, tca: datetime, miss_km: float = 1.0
) -> CloseApproach:
    ends = (tca - timedelta(hours=1), tca + timedelta(hours=2)) if kind is Kind.PROXIMITY else None
    start, end = ends or (None, None)
    return CloseApproach(
        first, f"<a href='x'>{first}</a>", second, f"<a href='x'>{second}</a>", kind, tca, miss_km,
        0.01, miss_km, 0.0, 0.0, 0.1, 0.1, start, end, (), None,
    )  # fmt: skip


def company(low: ElementSet) -> list[CloseApproach]:
    hour = timedelta(hours=1)
    return [
        approach(5, low.norad_id, Kind.CROSSING, low.epoch + hour, 3.0),
        approach(5, low.norad_id, Kind.CROSSING, low.epoch + 2 * hour, 0.4),
        approach(low.norad_id, 9880, Kind.PROXIMITY, low.epoch + 5 * hour, 2.0),
        approach(5, 9880, Kind.CROSSING, low.epoch + hour),
    ]


@pytest.fixture
def every_figure(low: ElementSet, polar: ElementSet) -> dict[str, go.Figure]:
    return {
        "element_history": element_history(steps_of(low)),
        "ground_track": ground_track([low, polar], low.epoch, 3),
        "orbit_globe": orbit_globe([low, polar], low.epoch),
        "range_history": range_history(low, polar, low.epoch, 3, threshold_km=50),
        "neighbours": neighbours(low, company(low), threshold_km=5),
    }


def test_no_figure_refers_to_anything_outside_it(every_figure: dict[str, go.Figure]):
    for figure in every_figure.values():
        text = figure.to_json()
        assert "http" not in text
        assert "topojson" not in text
        drawn = json.loads(text)
        kinds = {trace["type"] for trace in drawn["data"]}
        assert kinds <= {"scatter", "scatter3d", "surface"}
        assert not {"geo", "map", "mapbox", "images"} & drawn["layout"].keys()


def test_every_axis_says_its_unit_and_time_is_utc(every_figure: dict[str, go.Figure]):
    dimensionless = {"Eccentricity"}
    for figure in every_figure.values():
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        axes += [getattr(scene, f"{n}axis") for scene in figure.select_scenes() for n in "xyz"]
        titles = {axis.title.text for axis in axes} - {None} - dimensionless
        assert len(titles) >= 2
        assert all(title.endswith(")") for title in titles), titles


def test_exercise_is_said_when_asked_and_only_then(low: ElementSet):
    for wanted in (True, False):
        figures = (
            element_history([low], exercise=wanted),
            ground_track([low], low.epoch, 1, exercise=wanted),
            orbit_globe([low], low.epoch, exercise=wanted),
            range_history(low, replace(low, norad_id=2), low.epoch, 1, exercise=wanted),
            neighbours(low, [], threshold_km=5, exercise=wanted),
        )
        assert all(("EXERCISE" in figure.to_json()) is wanted for figure in figures)


def test_names_from_outside_cannot_bring_links_into_a_figure(low: ElementSet):
    bad = replace(low, name='<a href="x">ISS</a>')
    figures = (
        element_history([bad]),
        ground_track([bad], low.epoch, 1),
        orbit_globe([bad], low.epoch),
        range_history(bad, replace(bad, norad_id=2), low.epoch, 1),
        neighbours(bad, company(low), threshold_km=5),
    )
    for figure in figures:
        assert "<a " not in json.dumps(figure.to_plotly_json(), default=str)


def test_element_history_shows_the_burn_as_the_only_step(low: ElementSet):
    history = steps_of(low)
    traces = {t.name: t for t in element_history(history[::-1]).data}
    assert list(traces) == ["apogee", "perigee", "eccentricity", "inclination", "RAAN"]
    assert list(traces["apogee"].x) == [e.epoch for e in history]
    assert traces["apogee"].line.shape == "hv"
    steps_km = np.diff(traces["perigee"].y)
    assert np.flatnonzero(np.abs(steps_km) > TEN_METRES_KM).tolist() == [4]
    assert np.abs(np.diff(traces["RAAN"].y) + 5).max() < 1e-9


def test_element_history_heights_are_near_those_sgp4_derives(molniya: ElementSet):
    record = Propagator([molniya]).record(0)
    traces = {t.name: t for t in element_history([molniya]).data}
    kozai_km = 10.0  # SGP4 takes J2 out of the mean motion first
    assert traces["perigee"].y[0] == pytest.approx(record.altp * EARTH_RADIUS_KM, abs=kozai_km)
    assert traces["apogee"].y[0] == pytest.approx(record.alta * EARTH_RADIUS_KM, abs=kozai_km)


def test_element_history_refuses_none_and_a_mixture(low: ElementSet, polar: ElementSet):
    for sets in ([], [low, polar]):
        with pytest.raises(CatalogueError, match="one object"):
            element_history(sets)


@pytest.mark.parametrize("name", ["low", "polar", "molniya"])
def test_ground_track_reaches_the_inclination_and_no_further(
    name: str, request: pytest.FixtureRequest
):
    element_set = request.getfixturevalue(name)
    track, start = ground_track([element_set], element_set.epoch, 24).data
    inclination = element_set.inclination_deg
    highest = min(inclination, 180 - inclination)
    assert np.nanmax(np.abs(track.y)) <= highest + GEODETIC_DEG
    assert np.nanmax(np.abs(track.y)) > highest - GEODETIC_DEG
    assert (start.x[0], start.y[0]) == (track.x[0], track.y[0])


@pytest.mark.parametrize("name", ["low", "polar", "molniya"])
def test_ground_track_never_draws_across_the_map(name: str, request: pytest.FixtureRequest):
    element_set = request.getfixturevalue(name)
    track = ground_track([element_set], element_set.epoch, 24).data[0]
    breaks = np.isnan(track.x)
    assert breaks.any()
    assert np.nanmax(np.abs(np.diff(track.x))) <= 180.0
    assert len(track.customdata) == len(track.x)
    at = np.flatnonzero(breaks)
    assert set(np.abs(track.x[at - 1])) | set(np.abs(track.x[at + 1])) == {180.0}
    assert (track.y[at - 1] == track.y[at + 1]).all()


@given(
    arrays(np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(-1, 1)).map(
        lambda unit: unit * [90.0, 180.0]
    )
)
def test_a_broken_track_keeps_its_points_and_has_no_long_segment(points_deg: np.ndarray):
    line_deg, rows = broken_at_date_line(points_deg)
    jumps = np.abs(np.diff(line_deg[:, 1]))
    assert not (jumps > 180.0).any()
    assert (np.diff(rows) >= 0).all()
    own = np.flatnonzero(np.diff(rows, prepend=-1) > 0)
    assert np.array_equal(line_deg[own], points_deg)
    assert len(line_deg) == len(points_deg) + 3 * (np.abs(np.diff(points_deg[:, 1])) > 180).sum()


def test_globe_draws_one_closed_revolution_round_a_sphere_of_our_own(
    molniya: ElementSet, lines_of: Callable[[int], tuple[str, str]]
):
    two_km = 2.0  # the path is drawn in steps of a minute
    ball, lines, path, start = orbit_globe([molniya], molniya.epoch).data
    radius_km = np.sqrt(ball.x**2 + ball.y**2 + ball.z**2)
    assert np.abs(radius_km - EARTH_RADIUS_KM).max() < TEN_METRES_KM
    lifted_km = np.sqrt(lines.x**2 + lines.y**2 + lines.z**2)
    assert np.nanmax(np.abs(lifted_km / EARTH_RADIUS_KM - 1.003)) < 1e-9
    distance_km = np.sqrt(path.x**2 + path.y**2 + path.z**2)
    revolution_min = np.linspace(0, 1440 / molniya.mean_motion_rev_day, 20_001)
    published = Satrec.twoline2rv(*lines_of(molniya.norad_id))
    _, r_km, _ = published.sgp4_array(
        np.full_like(revolution_min, published.jdsatepoch),
        published.jdsatepochF + revolution_min / 1440,
    )
    radius_km = np.linalg.norm(r_km, axis=1)
    assert distance_km.min() == pytest.approx(radius_km.min(), abs=two_km)
    assert distance_km.max() == pytest.approx(radius_km.max(), abs=two_km)
    ends_km = np.array([[c[0], c[-1]] for c in (path.x, path.y, path.z)])
    assert np.linalg.norm(ends_km[:, 1] - ends_km[:, 0]) < 0.02 * distance_km.max()
    assert (start.x[0], start.y[0], start.z[0]) == tuple(ends_km[:, 0])


def test_range_history_marks_each_minimum_where_an_optimiser_finds_it(
    low: ElementSet, polar: ElementSet
):
    other = replace(polar, epoch=low.epoch)
    propagator = Propagator([low, other])
    start = low.epoch

    def range_km(offset_s: float) -> float:
        _, r_km, _ = propagator.grid(*julian_grid(start, [offset_s]))
        return float(np.linalg.norm(r_km[1, 0] - r_km[0, 0]))

    curve, minima, threshold = range_history(low, other, start, 6, threshold_km=50).data
    assert set(threshold.y) == {50}
    found_s = [(t - start) / timedelta(seconds=1) for t in minima.x]
    grid_s = np.arange(0, 6 * 3600 + 1, 10.0)
    grid_km = np.array([range_km(s) for s in grid_s])
    low_rows = [k for k in range(1, len(grid_s) - 1) if grid_km[k] == grid_km[k - 1 : k + 2].min()]
    assert len(found_s) == len(low_rows) >= 5
    for offset_s, least_km, row in zip(found_s, minima.y, low_rows, strict=True):
        bounds = (grid_s[row] - 10, grid_s[row] + 10)
        best = minimize_scalar(range_km, bounds=bounds, method="bounded", options={"xatol": 1e-6})
        assert least_km == pytest.approx(best.fun, abs=MICROSECOND_KM)
        assert offset_s == pytest.approx(best.x, abs=1e-2)
    assert set(minima.y) <= set(curve.y)
    assert all(one <= two for one, two in pairwise(curve.x))


def test_range_history_of_a_pair_that_drifts_apart_says_that_there_is_no_minimum(low: ElementSet):
    ahead = replace(low, norad_id=2, mean_motion_rev_day=low.mean_motion_rev_day + 0.01)
    figure = range_history(low, ahead, low.epoch + timedelta(minutes=20), 0.2)
    assert "no minimum" in figure.layout.title.subtitle.text
    assert len(figure.data[1].x) == 0


def test_neighbours_shows_the_objects_own_approaches_by_kind(low: ElementSet):
    crossing, bars, proximity = neighbours(low, company(low), threshold_km=5).data
    assert list(crossing.y) == [3.0, 0.4]
    assert list(proximity.y) == [2.0]
    assert list(bars.x) == [
        low.epoch + timedelta(hours=4), low.epoch + timedelta(hours=7), None,
    ]  # fmt: skip
    assert "(9880)" in proximity.text[0]
    assert "10.0 m/s" in proximity.text[0]
    assert all("(5)" in text for text in crossing.text)


def test_neighbours_counts_approaches_and_objects(low: ElementSet):
    subtitle = neighbours(low, company(low), threshold_km=5).layout.title.subtitle.text
    assert subtitle == "3 close approaches by 2 objects within 5 km"


@pytest.mark.parametrize(("hours", "step_s"), [(0, 30), (-1, 30), (1, 0), (1e6, 1)])
def test_a_window_that_cannot_be_drawn_is_refused(low: ElementSet, hours: float, step_s: float):
    with pytest.raises(TearlineError, match="cannot draw"):
        ground_track([low], low.epoch, hours, step_s=step_s)
