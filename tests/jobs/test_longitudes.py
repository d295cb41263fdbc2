"""Where in the belt a close approach happens, against Skyfield's own geometry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sda.jobs.longitudes import with_longitudes
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit.inspection import skyfield_time, sub_points_deg

EPOCH = datetime(2026, 11, 1, 12, tzinfo=UTC)
UT1_IS_UTC_DEG = 0.005
"""UT1 taken for UTC, 0.9 s at most, and polar motion left out."""


def element_set(norad_id: int, mean_anomaly_deg: float, mean_motion: float = 1.0027) -> ElementSet:
    return ElementSet(
        norad_id=norad_id,
        name=f"OBJECT {norad_id}",
        object_id="",
        epoch=EPOCH,
        mean_motion_rev_day=mean_motion,
        eccentricity=0.0003,
        inclination_deg=4.0,
        ra_of_asc_node_deg=80.0,
        arg_of_pericenter_deg=10.0,
        mean_anomaly_deg=mean_anomaly_deg,
        bstar_per_earth_radius=0.0,
        mean_motion_dot_rev_day2=0.0,
        mean_motion_ddot_rev_day3=0.0,
        classification="U",
        ephemeris_type=0,
        element_set_no=1,
        rev_at_epoch=1,
        source="public",
    )


def approach(first: int, second: int, hours: float) -> CloseApproach:
    return CloseApproach(
        norad_id_1=first,
        name_1="",
        norad_id_2=second,
        name_2="",
        kind=Kind.CROSSING,
        tca=EPOCH + timedelta(hours=hours),
        miss_km=1.0,
        relative_speed_km_s=1.0,
        radial_km=1.0,
        in_track_km=0.0,
        cross_track_km=0.0,
        age_days_1=None,
        age_days_2=None,
        episode_start=None,
        episode_end=None,
        minima=(),
        max_probability=None,
    )


@pytest.mark.parametrize("mean_anomaly_deg", range(0, 360, 45))
def test_a_longitude_is_that_below_object_1_at_tca(mean_anomaly_deg: float) -> None:
    one = element_set(11, mean_anomaly_deg)
    two = replace(one, norad_id=12, inclination_deg=4.1)
    found = [approach(11, 12, hours) for hours in (0.0, 7.5, 31.25)]
    told = with_longitudes(found, [one, two])
    assert [replace(each, longitude_deg=None) for each in told] == found
    expected = sub_points_deg(one, skyfield_time([each.tca for each in found]))[:, 1]
    for each, longitude_deg in zip(told, expected, strict=True):
        assert each.longitude_deg is not None
        assert -180 <= each.longitude_deg < 180
        apart = (each.longitude_deg - longitude_deg + 180) % 360 - 180
        assert abs(apart) < UT1_IS_UTC_DEG


def test_only_a_pair_with_an_object_in_the_belt_has_a_longitude() -> None:
    low, other = element_set(1, 0.0, 15.0), element_set(2, 90.0, 15.1)
    belt = element_set(3, 180.0)
    found = [approach(1, 2, 1.0), approach(1, 3, 1.0), approach(2, 3, 2.0)]
    told = with_longitudes(found, [low, other, belt])
    assert [each.longitude_deg is None for each in told] == [True, False, False]
    assert with_longitudes(found[:1], [low, other]) == (found[0],)
