"""Passages of slots that are predicted, and for whom."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_orbits import CONFIG, after, kept, left_alone, set_at

from sda.errors import TimeError
from sda.rpo.ring.arrivals import Arrival, arrivals
from sda.rpo.ring.longitude import LongitudeHistory, longitude_history

NOW = after(40)
FORECAST = CONFIG.arrivals


def slot(longitude_deg: float, norad_id: int = 100) -> LongitudeHistory:
    return longitude_history(kept(longitude_deg, [0, 20, 40], norad_id=norad_id), CONFIG)


def mover(longitude_deg: float, drift_deg_day: float) -> LongitudeHistory:
    """An object that burned before NOW and drifts."""
    came = set_at(10, longitude_deg, 0.0)
    return longitude_history((came, set_at(40, longitude_deg, drift_deg_day)), CONFIG)


def predicted(
    *histories: LongitudeHistory, days: float = 60, everyone: bool = False
) -> tuple[Arrival, ...]:
    return arrivals(histories, NOW, days, FORECAST, everyone=everyone)


def test_an_arrival_comes_when_way_and_drift_say_so():
    # Where the pull is weak, ten degrees at half a degree a day.
    (one,) = predicted(slot(-100.0), mover(-110.0, 0.5))
    assert (one.norad_id, one.slot_norad_id) == (1, 100)
    assert one.to_go_deg == pytest.approx(10, abs=0.05)
    assert (one.utc - NOW) / timedelta(days=1) == pytest.approx(20, abs=0.6)
    assert one.drift_deg_day == pytest.approx(0.5, abs=0.02)
    assert one.above_km == pytest.approx(-0.5 / 0.01284, abs=2)
    assert 0 < one.sigma_days < 0.5


@settings(max_examples=30, deadline=None)
@given(longitude_deg=st.floats(-180, 179), drift_deg_day=st.floats(0.3, 2.9), west=st.booleans())
def test_at_the_time_of_an_arrival_the_object_is_at_the_slot(
    longitude_deg: float, drift_deg_day: float, west: bool
):
    going = mover(longitude_deg, -drift_deg_day if west else drift_deg_day)
    slots = [slot(float(deg), 100 + deg) for deg in range(-175, 180, 25)]
    found = predicted(going, *slots)
    assert len(found) >= 0
    for one in found:
        days = np.array([(one.utc - NOW) / timedelta(days=1)])
        longitude_rad, drift_rad_day = going.states[-1:].carried(days)
        off_deg = (np.degrees(longitude_rad[0]) - one.longitude_deg + 180) % 360 - 180
        assert abs(off_deg) < 0.01
        assert one.drift_deg_day == pytest.approx(np.degrees(drift_rad_day[0]), abs=1e-3)
        assert np.sign(one.to_go_deg) == (-1 if west else 1)
    assert all(a.utc <= b.utc for a, b in pairwise(found))


def test_each_round_passes_a_slot_again():
    going = mover(0.0, 2.9)
    times = [one.utc for one in predicted(going, slot(10.0), days=300)]
    assert len(times) == 3
    assert 110 < (times[1] - times[0]) / timedelta(days=1) < 140


def test_who_turns_back_before_a_slot_does_not_arrive_there():
    # From 60 E past 75 E, where the pull turns round, to some 90 E.
    found = predicted(mover(60.0, 0.09), slot(85.0), slot(100.0, 101), days=366)
    assert [one.slot_norad_id for one in found] == [100]


def passive() -> LongitudeHistory:
    first = replace(set_at(-100, -110.0, 0.5), name="DEAD")
    sets = left_alone(first, [50.0, 100.0, 140.0])
    return longitude_history(sets, CONFIG)


def test_the_dead_and_the_fast_are_left_out_unless_everyone_is_asked_for():
    dead, fast = passive(), mover(-130.0, -5.0)
    piece = mover(-110.0, 0.5)
    named = replace(piece, sets=tuple(replace(one, name="TITAN 3C DEB") for one in piece.sets))
    ahead_deg = float(dead.longitude_deg) + 5
    for one, place in ((dead, slot(ahead_deg)), (fast, slot(-140.0)), (named, slot(-105.0))):
        assert predicted(one, place) == ()
        assert len(predicted(one, place, everyone=True)) == 1


def test_the_kept_the_still_and_the_stale_do_not_arrive():
    stale = longitude_history((set_at(0, -110.0, 0.0), set_at(20, -110.0, 0.5)), CONFIG)
    for one in (slot(-101.0, 7), mover(-110.0, 0.01), stale):
        assert predicted(one, slot(-100.0), everyone=True) == ()


def test_nobody_arrives_at_a_slot_that_is_left():
    left = longitude_history((*kept(-100.0, [0, 10]), set_at(40, -95.0, 0.5)), CONFIG)
    assert {one.slot_norad_id for one in predicted(mover(-110.0, 0.5), left)} == set()


@pytest.mark.parametrize("days", [0.0, -1.0, 400.0, float("nan")])
def test_a_time_that_cannot_be_predicted_is_refused(days: float):
    with pytest.raises(TimeError, match="cannot predict"):
        predicted(slot(1.0), days=days)


def test_a_naive_time_is_refused():
    with pytest.raises(TimeError, match="no zone"):
        arrivals((), datetime(2025, 1, 1), 10, FORECAST)


def test_nobody_is_no_error():
    assert predicted() == ()
    assert predicted(mover(0.0, 1.0)) == ()
