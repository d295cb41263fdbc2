"""Ground tracks and positions agree with Skyfield on the lines, and with a hand calculation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from sgp4.api import Satrec
from skyfield.api import EarthSatellite, load, wgs84

from sda.errors import ElementError, TimeError
from sda.model import ElementSet
from sda.orbit.inspection import (
    Site,
    earth_axes,
    gcrs_km,
    itrf_km,
    passes,
    skyfield_time,
    sub_points_deg,
)
from sda.times import julian

TWO_CENTIMETRES_DEG = 2e-7  # the epoch is kept to the microsecond: 8 mm along the orbit
UT1_DEG = 0.9 / 240  # the hand calculation takes UTC for UT1: at most 0.9 s of rotation
MILLIMETRE_KM = 1e-6

WGS84_A_KM = 6378.137
WGS84_E2 = (2 - 1 / 298.257223563) / 298.257223563


def after(element_set: ElementSet, hours: float = 24.0, count: int = 289) -> list[datetime]:
    step = timedelta(hours=hours) / (count - 1)
    return [element_set.epoch + k * step for k in range(count)]


def gmst1982_deg(jd: float, fr: float) -> float:
    """Vallado 2013, equation 3-47, with UTC for UT1."""
    t = (jd - 2451545.0 + fr) / 36525
    seconds = 67310.54841 + (876600 * 3600 + 8640184.812866) * t + 0.093104 * t**2 - 6.2e-6 * t**3
    return seconds / 240 % 360


def by_hand_deg(lines: tuple[str, str], time: datetime) -> tuple[float, float]:
    """TEME longitude less sidereal time; geodetic latitude by iteration (Vallado, algorithm 12)."""
    jd, fr = julian(time)
    error, (x, y, z), _ = Satrec.twoline2rv(*lines).sgp4(jd, fr)
    assert error == 0
    rho = np.hypot(x, y)
    latitude = np.arctan2(z, rho)
    for _ in range(20):
        normal = WGS84_A_KM / np.sqrt(1 - WGS84_E2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(z + normal * WGS84_E2 * np.sin(latitude), rho)
    longitude_deg = np.degrees(np.arctan2(y, x)) - gmst1982_deg(jd, fr)
    return float(np.degrees(latitude)), float((longitude_deg + 180) % 360 - 180)


@pytest.mark.parametrize("name", ["low", "polar", "molniya"])
def test_sub_points_are_those_of_skyfield_from_the_published_lines(
    name: str, request: pytest.FixtureRequest, lines_of: Callable[[int], tuple[str, str]]
):
    element_set = request.getfixturevalue(name)
    time = skyfield_time(after(element_set))
    direct = EarthSatellite(*lines_of(element_set.norad_id), ts=load.timescale(builtin=True))
    expected = wgs84.subpoint(direct.at(time))
    points_deg = sub_points_deg(element_set, time)
    assert points_deg.shape == (289, 2)
    turn = (points_deg[:, 1] - expected.longitude.degrees + 180) % 360 - 180
    assert np.abs(points_deg[:, 0] - expected.latitude.degrees).max() < TWO_CENTIMETRES_DEG
    assert np.abs(turn * np.cos(np.radians(points_deg[:, 0]))).max() < TWO_CENTIMETRES_DEG


@pytest.mark.parametrize("name", ["low", "polar", "molniya"])
def test_sub_points_are_those_computed_by_hand_up_to_ut1(
    name: str, request: pytest.FixtureRequest, lines_of: Callable[[int], tuple[str, str]]
):
    element_set = request.getfixturevalue(name)
    times = after(element_set, count=25)
    points_deg = sub_points_deg(element_set, skyfield_time(times))
    by_hand = np.array([by_hand_deg(lines_of(element_set.norad_id), time) for time in times])
    turn = (points_deg[:, 1] - by_hand[:, 1] + 180) % 360 - 180
    assert np.abs(points_deg[:, 0] - by_hand[:, 0]).max() < 1e-4
    assert np.abs(turn).max() < UT1_DEG


def test_gcrs_and_itrf_differ_by_the_axes_of_the_earth(molniya: ElementSet):
    time = skyfield_time(after(molniya))
    axes = earth_axes(time)
    fixed_km, inertial_km = itrf_km(molniya, time), gcrs_km(molniya, time)
    assert np.abs(np.einsum("nij,nj->ni", axes, inertial_km) - fixed_km).max() < MILLIMETRE_KM
    assert np.abs(axes @ axes.transpose(0, 2, 1) - np.eye(3)).max() < 1e-12


def test_passes_are_when_the_object_stands_above_the_elevation(low: ElementSet):
    site = Site("somewhere", 52.0, 5.0)
    start, end = low.epoch, low.epoch + timedelta(hours=24)
    found = passes(low, site, start, end, min_elevation_deg=10.0)
    assert len(found) >= 3
    times = after(low, count=24 * 360 + 1)
    phi, lam = np.radians([site.latitude_deg, site.longitude_deg])
    up = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    normal_km = WGS84_A_KM / np.sqrt(1 - WGS84_E2 * np.sin(phi) ** 2)
    place_km = normal_km * up * [1, 1, 1 - WGS84_E2]
    sight_km = itrf_km(low, skyfield_time(times)) - place_km
    elevation_deg = np.degrees(np.arcsin(sight_km @ up / np.linalg.norm(sight_km, axis=1)))
    second = timedelta(seconds=1)
    inside = np.zeros(len(times), bool)
    for one in found:
        assert one.rise is not None
        assert one.set is not None
        assert one.rise < one.culmination < one.set
        rows = [one.rise - second < t < one.set + second for t in times]
        assert elevation_deg[rows].max() == pytest.approx(one.max_elevation_deg, abs=0.5)
        inside |= rows
    assert elevation_deg[inside].min() > 9.9
    assert elevation_deg[~inside].max() < 10.0


def test_a_pass_cut_by_the_window_has_an_open_end(low: ElementSet):
    site = Site("somewhere", 52.0, 5.0)
    whole = passes(low, site, low.epoch, low.epoch + timedelta(hours=24))[0]
    assert whole.set is not None
    middle = whole.culmination - timedelta(seconds=30)
    (cut,) = passes(low, site, middle, whole.set + timedelta(minutes=1))
    assert cut.rise is None
    (cut,) = passes(low, site, middle, whole.culmination + timedelta(seconds=30))
    assert cut.set is None
    assert cut.max_elevation_deg == pytest.approx(whole.max_elevation_deg, abs=1e-2)


def test_a_naive_time_is_refused():
    with pytest.raises(TimeError, match="no zone"):
        skyfield_time([datetime(2026, 1, 1)])


def test_a_set_that_sgp4_cannot_start_from_is_refused_by_number(low: ElementSet):
    sunk = replace(low, mean_motion_rev_day=18.5)
    with pytest.raises(ElementError, match="object 6251 cannot be propagated"):
        gcrs_km(sunk, skyfield_time([low.epoch]))
