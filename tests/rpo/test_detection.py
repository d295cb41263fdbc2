"""The search: the exercise's operations are found, traps are not, and order changes nothing."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import pytest
from burning import BEGIN, HIGH, LOW, history
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import CONFIG
from searching import FLAGGED, of_pair, renamed, searched

from sda.configuration import packaged
from sda.elements import read_files
from sda.orbit import Regime
from sda.rpo import detection
from sda.rpo.context.declared import read_declared
from sda.rpo.detection import Remembered
from sda.rpo.model import Verdict

DAY = timedelta(days=1)
SCENARIO = packaged("tle_samples") / "scenario"
TRUTH = json.loads((SCENARIO / "truth.json").read_text(encoding="utf-8"))
START = datetime(2026, 10, 1, tzinfo=UTC)
DECLARED = read_declared(packaged("config"))
CAST = {
    330001, 330011, 330012, 330013, 330002, 330014, 330003, 330015, 330004, 330021, 330022,
    330031, 330032, 330033, 330034, 330035, 330036, 330041, 330042, 330051, 330053,
    900200001, 900300001, 900300002,
}  # fmt: skip
"""At least two of each operation and trap."""
EVENTS = {
    one["event_id"]: one
    for one in TRUTH["events"]
    if {*one["norad_ids"]} <= CAST and one["class"] != "chance"
}
OPERATIONS = [
    "GEO-INSPECTOR-A", "GEO-INSPECTOR-B", "GEO-INSPECTOR-C", "GEO-REFUELLING", "GEO-SERVICING",
    "LEO-RELEASE",
]  # fmt: skip
WATCHED = [*OPERATIONS, "GEO-ROAMER-BOX-1", "GEO-ROAMER-BOX-2", "LEO-SHADOW"]
RIGHTLY_NEAR = ["GEO-BOX-12", "LEO-HELIX", "LEO-TRAIN-12", "LEO-STATION-CARGO"]
TRAPS = ["GEO-DRIFT-BY", "LEO-SLOW-CHANCE", "GEO-ROAMER-FUEL", "GEO-ROAMER-TANKER"]


@pytest.fixture(scope="module")
def sets():
    return tuple(one for one in read_files([SCENARIO / "public"]).elements if one.norad_id in CAST)


@pytest.fixture(scope="module")
def month(sets):
    return searched(sets, START, 30, DECLARED, everything=True)


@pytest.fixture(scope="module")
def few(sets):
    """An inspector with two targets, and a release: a search of a second."""
    return [one for one in sets if one.norad_id in {330001, 330012, 330013, 330033, 330034}]


def truth_of(name, found):
    true = EVENTS[name]
    (event,) = of_pair(found, *true["norad_ids"])
    return true, event


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_of_the_exercise_is_flagged(month, name):
    _, event = truth_of(name, month)
    assert event.verdict in FLAGGED, event.score


@pytest.mark.parametrize("name", [*WATCHED, *RIGHTLY_NEAR])
def test_an_event_of_the_exercise_is_told_when_it_was_and_how_near(month, name):
    true, event = truth_of(name, month)
    begin, end = (datetime.fromisoformat(true[key]) for key in ("start_utc", "end_utc"))
    assert event.start < end
    assert event.end > begin
    # Three sets a day: what lies between them is missed by their error.
    assert event.min_range_km < true["min_range_km"] + 3 * event.episodes[0].nearest.sigma_km + 5
    assert event.verdict is not Verdict.NONE or name in RIGHTLY_NEAR
    assert event.regime == name[:3]


@pytest.mark.parametrize("name", [n for n in WATCHED + RIGHTLY_NEAR if n != "GEO-INSPECTOR-A"])
def test_an_event_of_the_exercise_has_its_class(month, name):
    true, event = truth_of(name, month)
    assert event.event_class == true["class"]


@pytest.mark.parametrize(
    "name", ["GEO-INSPECTOR-B", "GEO-INSPECTOR-C", "GEO-REFUELLING", "GEO-SERVICING",
             "GEO-ROAMER-BOX-1", "LEO-STATION-CARGO"]
)  # fmt: skip
def test_who_came_is_named(month, name):
    true, event = truth_of(name, month)
    assert event.actor_norad_id == true["actor_norad_id"]


@pytest.mark.parametrize(
    "name",
    [
        "GEO-DRIFT-BY",
        "GEO-BOX-12",
        "LEO-TRAIN-12",
    ],
)
def test_nobody_is_named_who_did_nothing(month, name):
    true, event = truth_of(name, month)
    assert true["actor_norad_id"] is None
    assert event.actor_norad_id is None


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_not_flagged(month, name):
    _, event = truth_of(name, month)
    assert event.verdict not in FLAGGED, event.score


@pytest.mark.parametrize("name", RIGHTLY_NEAR)
def test_who_is_near_by_right_is_no_event(month, name):
    _, event = truth_of(name, month)
    assert event.verdict is Verdict.NONE


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_announced_is_declared_and_nothing_else(month, name):
    true, event = truth_of(name, month)
    assert bool(event.declared) == true["declared"]


def test_nothing_is_flagged_that_did_not_happen(month):
    true = {tuple(sorted(one["norad_ids"])) for one in EVENTS.values()}
    others = [e for e in month.events if (e.norad_id_1, e.norad_id_2) not in true]
    assert [one for one in others if one.verdict in FLAGGED] == []


def test_each_pair_is_an_event_once_under_a_name_of_its_own(month):
    names = [one.event_id for one in month.events]
    assert len(names) == len({*names})
    pairs = [(one.norad_id_1, one.norad_id_2) for one in month.events]
    assert len(pairs) == len({*pairs})
    assert all(one < other for one, other in pairs)
    scores = [one.score.points for one in month.events]
    assert scores == sorted(scores, reverse=True)
    assert len(month.days) == 30
    assert month.n_objects == len(CAST)


def test_an_event_is_whole(month):
    for one in month.events:
        days = [day for episode in one.episodes for day in episode.encounters]
        assert one.event_id == f"{one.norad_id_1}-{one.norad_id_2}-{one.start:%Y%m%d}"
        assert one.start < one.end
        assert one.start <= one.min_range_utc <= one.end
        assert one.min_range_km == min(day.min_range_km for day in days) >= 0
        assert not isnan(one.min_hill_speed_km_s)
        assert all(day.is_near for day in days)
        assert [day.utc for day in one.trend] == [day.end for day in days]
        assert max(day.points for day in one.trend) == one.score.points
        assert one.actor_norad_id in (None, one.norad_id_1, one.norad_id_2)


@pytest.mark.parametrize(("first", "days"), [(9, 8), (19, 1)])
def test_an_event_keeps_its_name_in_whatever_window_it_is_seen(sets, month, first, days):
    openings = {one.event_id: one.start for one in month.events}
    chosen = {330001, 330012, 330013, 330002, 330014, 330035, 330036}
    cast = [one for one in sets if one.norad_id in chosen]
    found = searched(cast, START + first * DAY, days, DECLARED)
    assert found.events
    for one in found.events:
        assert openings.get(one.event_id) == one.start


def test_order_and_repetition_of_sets_change_nothing(few):
    plain = searched(few, START + 8 * DAY, 6)
    assert {one.verdict for one in plain.events} & {*FLAGGED}
    mixed = random.Random(5).sample(few, len(few)) + few[::3]
    assert searched(mixed, START + 8 * DAY, 6) == plain


def test_processes_find_the_same(few, monkeypatch):
    plain = searched(few, START + 8 * DAY, 3)
    monkeypatch.setattr(detection, "_MUCH", 0)
    assert searched(few, START + 8 * DAY, 3, workers=2) == plain


def test_progress_rises_to_one(few):
    told = []
    searched(few, START + 8 * DAY, 2, told=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_which_of_two_numbers_is_lower_changes_nothing_but_their_order(few):
    other = {330001: 340005, 330012: 340004, 330013: 340003, 330033: 340002, 330034: 340001}
    back = {new: old for old, new in other.items()}
    plain = searched(few, START + 8 * DAY, 10)
    turned = searched(
        [replace(one, norad_id=other[one.norad_id]) for one in few], START + 8 * DAY, 10
    )
    assert len(plain.events) == len(turned.events) > 1
    for one in turned.events:
        (same,) = of_pair(plain, back[one.norad_id_1], back[one.norad_id_2])
        assert (same.event_class, same.verdict) == (one.event_class, one.verdict)
        assert same.score.points == one.score.points
        assert back.get(one.actor_norad_id) == same.actor_norad_id
        assert same.min_range_km == pytest.approx(one.min_range_km, abs=1e-6)
        assert same.start == pytest.approx(one.start, abs=timedelta(seconds=1))


@pytest.mark.parametrize("days", [10, 18])
def test_sets_long_after_the_window_change_nothing(few, days):
    until = [one for one in few if one.epoch < START + (days + 1) * DAY]
    assert searched(few, START, days).events == searched(until, START, days).events


def test_a_longer_past_changes_no_verdict_of_a_stay(few):
    """With the past an arrival is seen, without it the pair might have been there for ever."""
    whole = searched(few, START + 20 * DAY, 3)
    blind = searched([one for one in few if one.epoch > START + 19 * DAY], START + 20 * DAY, 3)
    (known,), (unknown,) = (of_pair(found, 330001, 330013) for found in (whole, blind))
    assert unknown.score.points < known.score.points
    assert unknown.actor_norad_id is None


def test_an_event_of_an_earlier_run_is_followed_though_nobody_is_near(few):
    start = START + 26 * DAY
    assert of_pair(searched(few, start, 3), 330001, 330012) == []
    began = START + 8 * DAY
    memory = Remembered("330001-330012-x", 330001, 330012, began, began + 4 * DAY, True)
    found = searched(few, start, 3, remembered=[memory])
    assert found.n_pairs == searched(few, start, 3).n_pairs + 1


def test_what_is_remembered_of_unknown_objects_is_passed_over(few):
    memory = Remembered("5-6-20260101", 5, 6, START, START, True)
    assert searched(few, START, 1, remembered=[memory]) == searched(few, START, 1)


# ------------------------------------------------------------------------------- bad input


def test_an_object_that_appears_at_the_end_of_a_part_day_is_borne(few):
    assert searched(few, START + 7 * DAY, 0.1).days


def test_a_remembered_object_that_has_only_later_sets_is_borne():
    early = history(LOW, days=3)
    late = renamed((one for one in history(LOW, days=20) if one.epoch > BEGIN + 10 * DAY), 7)
    memory = Remembered("7-91001-20190301", 7, 91001, BEGIN, BEGIN + DAY, True)
    assert searched((*early, *late), BEGIN + DAY, 1, remembered=[memory]).events == ()


@pytest.mark.parametrize("sets", [(), (LOW,), (HIGH,), (LOW, HIGH)])
def test_too_little_is_no_event(sets):
    found = searched(sets, BEGIN, 2)
    assert (found.events, found.n_pairs) == ((), 0)
    assert len(found.days) == (2 if len(sets) == 2 else 0)


def test_days_on_which_nothing_is_known_are_not_evaluated():
    one = history(LOW, days=40)
    sparse = tuple(s for s in one if not BEGIN + 8 * DAY < s.epoch < BEGIN + 30 * DAY)
    pair = (*sparse, *renamed(sparse, 92000, mean_anomaly_deg=sparse[0].mean_anomaly_deg))
    found = searched(pair, BEGIN, 35)
    assert len(found.days) < 20
    assert searched(pair, BEGIN + 15 * DAY, 5).days == ()
    assert searched(pair, BEGIN + 500 * DAY, 5).days == ()


@pytest.mark.parametrize("base", [LOW, HIGH])
def test_one_orbit_under_two_numbers_is_one_object_twice(base):
    one = history(base, days=12)
    (event,) = searched((*one, *renamed(one, 95000)), BEGIN + 6 * DAY, 4).events
    assert event.event_class == "merged"
    assert event.min_range_km == 0.0
    assert not event.resolvable
    assert event.verdict is not Verdict.PROBABLE
    assert event.actor_norad_id is None


@pytest.mark.parametrize("noise_m", [0.0, 3.0])
def test_a_number_that_carries_anothers_orbit_for_months_makes_no_event(noise_m):
    stage = replace(
        LOW, norad_id=91060, name="STAGE R/B", inclination_deg=82.0, mean_motion_rev_day=14.0
    )
    sensor = history(replace(LOW, norad_id=91061, object_id="2017-050A"), days=150, step_days=5)
    wrong = history(
        replace(LOW, norad_id=91060, name="STAGE R/B"), days=150, step_days=5, seed=3,
        axis_sigma_m=noise_m,
    )  # fmt: skip
    sets = (
        *history(stage, days=50, step_days=10),
        *sensor,
        *(one for one in wrong if one.epoch > BEGIN + 60 * DAY),
    )
    found = searched(sets, BEGIN + 90 * DAY, 50)
    assert [one for one in found.events if one.verdict is not Verdict.NONE] == []


GARBAGE = st.builds(
    lambda motion, bend, tilt, node, drag, days, number: replace(
        LOW, norad_id=number, mean_motion_rev_day=motion, eccentricity=bend, inclination_deg=tilt,
        ra_of_asc_node_deg=node, bstar_per_earth_radius=drag, epoch=BEGIN + days * DAY,
    ),
    st.sampled_from([1e-3, 0.02, 0.5, 1.0, 2.0, 11.25, 14.0, 16.4, 17.5]),
    st.sampled_from([0.0, 1e-7, 0.1, 0.25, 0.7, 0.97, 0.9999999]),
    st.sampled_from([0.0, 1e-9, 0.05, 63.4, 90.0, 98.0, 180.0]),
    st.sampled_from([0.0, 120.0, 359.9999]),
    st.sampled_from([0.0, 1e-4, 0.99, -0.5]),
    st.sampled_from([-2000.0, -1.0, 0.0, 0.5, 1.0, 2.0, 9.0, 20000.0]),
    st.integers(1, 6),
)  # fmt: skip


@given(st.lists(GARBAGE, min_size=2, max_size=25))
@settings(max_examples=25, deadline=None)
def test_whatever_the_sets_say_a_search_ends(sets):
    found = searched((*sets, LOW), BEGIN, 2, everything=True)
    for one in found.events:
        assert one.min_range_km >= 0
        assert not isnan(one.score.points)
        assert one.verdict in Verdict


HEO = replace(
    LOW, norad_id=91010, mean_motion_rev_day=2.006, inclination_deg=63.4, eccentricity=0.7,
    bstar_per_earth_radius=0.0,
)  # fmt: skip
MEO = replace(HEO, norad_id=91011, mean_motion_rev_day=2.0056, inclination_deg=55.0,
              eccentricity=0.005)  # fmt: skip


@pytest.mark.parametrize(("base", "regime"), [(HEO, Regime.HEO), (MEO, Regime.MEO)])
def test_pairs_of_other_regimes_are_told_by_their_regime(base, regime):
    near = replace(base, norad_id=92010, mean_anomaly_deg=base.mean_anomaly_deg + 0.02)
    sets = (*history(base, days=10), *history(near, days=10))
    (event,) = searched(sets, BEGIN + 6 * DAY, 2).events
    assert event.regime is regime
    assert event.event_class != "co-location"
    assert event.verdict not in FLAGGED
    assert event.score.points <= CONFIG.gates.no_activity


def test_a_transfer_to_the_belt_is_borne_and_told_as_what_it_is_there():
    transfer = replace(
        HIGH, norad_id=91050, mean_motion_rev_day=2.27, eccentricity=0.73, inclination_deg=6.0
    )
    there = (one for one in history(HIGH, days=24) if one.epoch > BEGIN + 12 * DAY)
    target = replace(HIGH, norad_id=91051, mean_anomaly_deg=HIGH.mean_anomaly_deg + 0.05)
    sets = (
        *history(transfer, days=10),
        *renamed(there, 91050),
        *history(target, days=24),
    )
    found = searched(sets, BEGIN, 22)
    (event,) = found.events
    assert event.regime is Regime.GEO
    assert event.start > BEGIN + 9 * DAY
