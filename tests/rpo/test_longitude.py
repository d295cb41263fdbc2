"""Stays, moves and conduct of objects in the ring, made and real."""

import csv
import gzip
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_orbits import CONFIG, after, burned, kept, left_alone, set_at

from sda.elements import read_text
from sda.errors import ElementError
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.ring.drift import drift_changes
from sda.rpo.ring.longitude import Conduct, LongitudeHistory, apart_deg, longitude_history
from sda.rpo.ring.motion import ring_states
from sda.rpo.ring.slots import are_slot_mates, owners

MONTHS = [28.0 * k for k in range(1, 13)]
M_S_PER_DEG_DAY = 2.839  # 1 km of semi-major axis: 0.01284 deg a day, or a burn of 0.0365 m/s


def followed(*sets: ElementSet) -> LongitudeHistory:
    return longitude_history(sets, CONFIG)


@settings(max_examples=30, deadline=None)
@given(longitude_deg=st.floats(-180, 179), drift_deg_day=st.floats(-4, 4))
def test_an_object_left_alone_never_seems_to_burn(longitude_deg: float, drift_deg_day: float):
    history = followed(*left_alone(set_at(0, longitude_deg, drift_deg_day), MONTHS))
    assert not history.unnatural_changes
    assert not history.held_stations
    assert not history.moves
    assert history.conduct in (Conduct.LIBRATING, Conduct.DRIFTING, Conduct.UNKNOWN)


@settings(max_examples=30, deadline=None)
@given(
    longitude_deg=st.floats(-180, 179),
    days=st.floats(5, 30),
    burns=st.lists(st.tuples(st.floats(0, 1), st.floats(-0.3, 0.3)), min_size=1, max_size=3),
)
def test_the_least_burns_never_exceed_those_made(
    longitude_deg: float, days: float, burns: list[tuple[float, float]]
):
    first = set_at(0, longitude_deg, 0.1)
    made = sorted((share * days, change) for share, change in burns)
    history = followed(first, burned(first, made, days))
    (change,) = history.changes
    truth_m_s = M_S_PER_DEG_DAY * sum(abs(one) for _, one in made)
    other_pull_m_s = 0.05  # a burn leads to where the pull is another
    assert change.delta_v_m_s <= truth_m_s * 1.02 + other_pull_m_s


@settings(max_examples=30, deadline=None)
@given(longitude_deg=st.floats(-180, 179), share=st.floats(0, 1), change=st.floats(0.1, 1))
def test_one_burn_between_sets_a_month_apart_is_found_with_its_size(
    longitude_deg: float, share: float, change: float
):
    first = set_at(0, longitude_deg, -0.3)
    (found,) = followed(first, burned(first, [(28 * share, change)], 28)).unnatural_changes
    assert found.drift_deg_day == pytest.approx(change, abs=0.03)
    assert found.delta_v_m_s == pytest.approx(M_S_PER_DEG_DAY * change, rel=0.15)


def test_a_way_there_and_a_stop_show_by_the_longitude_alone():
    first = set_at(0, 62.0, 0.0)
    (found,) = followed(first, burned(first, [(2, 1.0), (22, -1.0)], 28)).unnatural_changes
    assert abs(found.drift_deg_day) < 0.05
    assert found.displaced_deg == pytest.approx(20, abs=0.7)
    assert 0.6 * 2 * M_S_PER_DEG_DAY < found.delta_v_m_s < 2 * M_S_PER_DEG_DAY


@pytest.mark.parametrize("step_days", [0.5, 7.0, 28.0])
def test_who_holds_a_slot_is_kept_whether_sets_are_dense_or_months_apart(step_days: float):
    history = followed(*kept(19.2, np.arange(0, 170, step_days).tolist()))
    (stay,) = history.held_stations
    assert stay.longitude_deg == pytest.approx(19.2, abs=0.05)
    assert (stay.start, stay.end) == (history.sets[0].epoch, history.sets[-1].epoch)
    assert history.conduct is Conduct.KEPT
    assert not history.moves


def test_who_holds_a_slot_in_an_inclined_orbit_is_kept_by_what_its_burns_undo():
    history = followed(*kept(-30.0, [0, *MONTHS], inclination_deg=6.0))
    assert history.conduct is Conduct.KEPT
    assert not history.is_passive


def test_a_librator_at_its_turning_point_has_not_arrived():
    turning = followed(*left_alone(set_at(0, 30.0, 0.0), [10.0, 20.0, 150.0]))
    assert [one.is_held for one in turning.stations] == [False]
    assert turning.conduct is Conduct.LIBRATING
    assert turning.is_passive
    assert turning.roamed() == 0


def test_an_object_in_the_graveyard_drifts():
    history = followed(*left_alone(set_at(0, 30.0, -3.6), [20.0, 50.0, 95.0]))
    assert history.conduct is Conduct.DRIFTING


def test_a_history_too_short_tells_nothing_of_an_inclined_object():
    assert followed(set_at(0, 30.0, 0.0)).conduct is Conduct.UNKNOWN
    assert followed(*left_alone(set_at(0, 30.0, -3.6), [5.0, 10.0])).conduct is Conduct.UNKNOWN
    level = set_at(0, 30.0, 0.0, inclination_deg=0.05)
    assert followed(level).conduct is Conduct.KEPT


def test_who_stands_for_long_where_the_pull_is_nil_cannot_be_told():
    stable_deg = 75.33
    history = followed(*left_alone(set_at(0, stable_deg, 0.0), MONTHS))
    assert np.ptp(history.unwrapped_deg) < 0.1
    assert history.conduct is Conduct.UNKNOWN
    assert not history.is_passive


def relocation(from_deg: float, rate_deg_day: float) -> tuple[ElementSet, ...]:
    """A stay of 60 days, 30 days of drift, and a stay of 60 days."""
    under_way = [set_at(60 + k, from_deg + rate_deg_day * k, rate_deg_day) for k in (5, 15, 25)]
    there = from_deg + 30 * rate_deg_day
    return (
        *kept(from_deg, [0, 20, 40, 60], inclination_deg=3),
        *under_way,
        *kept(there, [90, 110, 130, 150], inclination_deg=3),
    )


@pytest.mark.parametrize(("from_deg", "rate"), [(60.0, 0.5), (170.0, 1.0), (-170.0, -1.0)])
def test_a_relocation_is_two_stations_and_the_move_between_them(from_deg: float, rate: float):
    history = followed(*relocation(from_deg, rate))
    one, two = history.held_stations
    assert apart_deg(one.longitude_deg, two.longitude_deg) == pytest.approx(30 * rate, abs=0.1)
    (move,) = history.moves
    assert (move.start, move.end) == (one.end, two.start)
    assert move.moved_deg == pytest.approx(30 * rate, abs=0.1)
    assert move.rate_deg_day == pytest.approx(rate, abs=0.01)
    assert history.roamed() == 2
    assert history.conduct is Conduct.KEPT
    assert history.moved_deg(after(30), after(120)) == pytest.approx(30 * rate, abs=0.2)
    assert history.moved_deg(after(-300), after(120)) is None


def test_who_is_on_its_way_relocates_and_its_move_has_no_end():
    history = followed(*relocation(60.0, 0.5)[:6])
    assert history.conduct is Conduct.RELOCATING
    assert [(one.end, round(one.from_deg)) for one in history.moves] == [(None, 60)]
    assert history.moves[0].to_deg == pytest.approx(67.5, abs=0.01)


def test_who_was_seen_alive_may_coast_for_months_and_is_retired_after_a_year():
    leaving = set_at(10, 60.0, 0.6, inclination_deg=1.0)
    stay = kept(60.0, [0, 5, 10], inclination_deg=1.0)[:2]
    coasting = [burned(leaving, [], days) for days in (30, 60, 90, 120)]
    assert followed(*stay, leaving, *coasting).conduct is Conduct.RELOCATING
    later = [burned(leaving, [], days) for days in (150, 220, 290, 370)]
    assert followed(*stay, leaving, *coasting, *later).is_passive


def test_who_comes_back_roamed_to_two_places_not_three():
    out, back = relocation(60.0, 0.5), relocation(75.0, -0.5)
    later = tuple(replace(one, epoch=one.epoch + timedelta(days=200)) for one in back)
    turned = [
        set_at(
            (one.epoch - after(0)) / timedelta(days=1),
            float(np.degrees(ring_states([before]).longitude_rad[0])),
            float(np.degrees(ring_states([before]).drift_rad_day[0])),
        )
        for one, before in zip(later, back, strict=True)
    ]
    history = followed(*out, *turned)
    assert len(history.held_stations) >= 2
    assert history.roamed() == 2


def test_a_hole_in_the_archive_does_not_cut_a_stay():
    history = followed(*kept(-18.1, [0, 20, 40, 130, 150], inclination_deg=1))
    assert len(history.stations) == 1


def test_a_stop_seen_once_between_two_ways_is_a_station():
    history = followed(
        *kept(60.0, [0, 20], inclination_deg=1), set_at(60, 45.0, 0.0), *kept(20.0, [100, 120])
    )
    assert [round(one.longitude_deg) for one in history.held_stations] == [60, 45, 20]


def test_one_wrong_set_does_not_bring_a_dead_object_to_life():
    sets = list(left_alone(set_at(0, 30.0, -1.0), MONTHS))
    wrong = set_at(28.0 * 4, 10.0, -0.5)
    history = followed(*sets[:4], wrong, *sets[5:])
    assert history.strays == (4,)
    assert history.is_passive
    assert not history.held_stations


def test_slot_mates_shared_their_slot_for_all_that_is_known():
    days = [0.0, 30, 60, 90, 120, 150]
    resident, mate = followed(*kept(19.2, days)), followed(*kept(19.1, days, norad_id=2))
    visitor = followed(*(replace(one, norad_id=3) for one in relocation(4.2, 0.5)))
    assert visitor.stations[-1].longitude_deg == pytest.approx(19.2, abs=0.1)
    assert are_slot_mates(resident, mate)
    assert not are_slot_mates(resident, visitor)
    assert not are_slot_mates(resident, followed(*kept(20.0, days, norad_id=4)))


def test_owners_of_a_slot_are_told_the_oldest_first():
    resident = followed(*kept(19.2, [0, 30, 60, 90, 120, 150]))
    visitor = followed(*(replace(one, norad_id=3) for one in relocation(4.2, 0.5)))
    assert [number for number, _ in owners([visitor, resident], 19.2, after(120))] == [1, 3]
    assert [number for number, _ in owners([visitor, resident], 19.2, after(50))] == [1]
    assert [number for number, _ in owners([visitor, resident], 4.2, after(50))] == [3]


def test_sets_of_other_orbits_are_left_out_and_none_is_refused():
    (first, *rest) = kept(19.2, [0, 30, 60])
    low = replace(first, mean_motion_rev_day=15.5)
    assert followed(low, *rest).sets == tuple(rest)
    with pytest.raises(ElementError, match="geostationary"):
        followed(low)


def test_changes_cover_the_history_and_start_where_the_last_ended():
    sets = kept(19.2, np.arange(0, 40, 0.7).tolist())
    changes, _ = drift_changes(tuple(one.epoch for one in sets), ring_states(sets), CONFIG.nature)
    assert changes[0].start == sets[0].epoch
    assert changes[-1].end == sets[-1].epoch
    assert all(one.end == two.start for one, two in pairwise(changes))
    assert all(one.end - one.start >= timedelta(days=3) for one in changes)


def by_object(elements: tuple[ElementSet, ...]) -> dict[int, tuple[ElementSet, ...]]:
    found: dict[int, dict[datetime, ElementSet]] = {}
    for one in elements:
        if regime_of(one) is Regime.GEO:
            found.setdefault(one.norad_id, {})[one.epoch] = one
    return {n: tuple(sets[epoch] for epoch in sorted(sets)) for n, sets in found.items()}


def test_luch_held_a_station_where_each_published_stay_says(shared: Path):
    table = gzip.decompress((shared / "rpo/element-sets.csv.gz").read_bytes()).decode()
    lines = [f"{row['line1']}\n{row['line2']}\n" for row in csv.DictReader(io.StringIO(table))]
    tracks = by_object(read_text("".join(lines), "element-sets.csv").elements)
    events = csv.DictReader(io.StringIO((shared / "rpo/events.csv").read_text()))
    stays = [
        one
        for one in events
        if one["chaser_norad"] in ("40258", "55841")
        and one["kind"] == "co-location"
        and one["visible_in_local_data"] == "yes"
        and int(one["target_norad"]) in tracks
    ]
    assert len(stays) >= 8
    for stay in stays:
        start, end = _first(stay["start_utc"]), _last(stay["end_utc"])
        met_deg = _longitude_deg(tracks[int(stay["target_norad"])], start, end)
        there = [
            one
            for one in longitude_history(tracks[int(stay["chaser_norad"])], CONFIG).held_stations
            if one.start <= end and one.end >= start
            and abs(apart_deg(one.longitude_deg, met_deg)) < CONFIG.band_deg
        ]  # fmt: skip
        assert there, stay["event"]


def test_spent_stages_in_the_ring_are_left_alone_and_level_payloads_are_not(shared: Path):
    lines: list[str] = []
    for file in sorted((shared / "catalogs").glob("*.3le.gz"))[::2]:
        text = gzip.decompress(file.read_bytes()).decode().splitlines()
        for name, one, two in zip(text[::3], text[1::3], text[2::3], strict=True):
            if 0.9 < float(two[52:63]) < 1.1 and (" R/B" in name or float(two[8:16]) < 0.05):
                lines += (name, one, two)
    tracks = by_object(read_text("\n".join(lines), "catalogs").elements)
    stages, payloads = [], []
    for track in tracks.values():
        if len(track) == 4:
            history = longitude_history(track, CONFIG)
            (stages if " R/B" in track[0].name else payloads).append(history)
    assert len(stages) > 150
    assert len(payloads) > 150
    assert sum(one.is_passive for one in stages) > 0.98 * len(stages)
    assert not any(one.is_passive for one in payloads)
    assert sum(one.conduct is Conduct.KEPT for one in payloads) > 0.95 * len(payloads)


def _first(text: str) -> datetime:
    year, month, day, *_ = [int(part) for part in f"{text}-01-01".split("-")]
    return datetime(year, month, day, tzinfo=UTC)


def _last(text: str) -> datetime:
    return _first(text) + timedelta(days=31 if text.count("-") == 1 else 1)


def _longitude_deg(track: tuple[ElementSet, ...], start: datetime, end: datetime) -> float:
    middle = start + (end - start) / 2
    nearest = min(track, key=lambda one: abs(one.epoch - middle))
    return float(np.degrees(ring_states([nearest]).longitude_rad[0]))
