"""Events keep their names from run to run, open, change and close, and survive what kills a run."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from made_events import DAY, OPENED, event
from sqlalchemy import text

import sda.store
from sda.rpo.documents import document
from sda.rpo.model import EventClass, Score, Trend, Verdict
from sda.store import Events, EventStatus, Saved, Telling, open_store

GAP = timedelta(days=10)
SCORE = Score(65.5, (), "")
fresh = count()


@pytest.fixture
def engine(database_url):
    engine = open_store(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def kept(engine):
    return Events(engine)


def at(day, back=30, solution="public"):
    """Return what a run at the end of a day tells, with a window of one day."""
    now = OPENED + (day + 1) * DAY
    return Telling(now, solution, ("a", "b"), now - DAY, now - back * DAY, GAP)


def everything(engine):
    with engine.connect() as connection:
        return [
            sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))))
            for table in ("events", "event_trend")
        ]


def test_an_event_comes_back_as_it_was_told(kept):
    told = event([0, 1])
    assert kept.save(at(1), [told]) == Saved(opened=1, changed=0, closed=0, open=1)
    found = kept.get(told.event_id)
    assert (found.status, found.verdict, found.score) == (EventStatus.OPEN, told.verdict, 65.5)
    assert (found.opened, found.last_seen, found.sources) == (told.start, told.end, ("a", "b"))
    assert found.trend == told.trend
    shown = found.as_document()
    assert {name: shown[name] for name in document(told)} == document(told)
    assert kept.get(told.event_id, "marked") is kept.get("1-2-20200101") is None


def test_a_repeated_run_changes_nothing(engine, kept):
    told = [event([0, 1]), event([1], second=33, verdict=Verdict.WATCH)]
    first = kept.save(at(1), told)
    before = everything(engine)
    assert kept.save(at(1), told) == first
    assert everything(engine) == before


def test_an_event_goes_on_changes_and_closes_under_one_name(kept):
    told = event([0])
    kept.save(at(0), [told])
    assert kept.save(at(1), [event([0, 1])]).changed == 0
    assert kept.get(told.event_id).status is EventStatus.OPEN
    servicing = event([0, 1, 2], event_class=EventClass.SERVICING)
    assert kept.save(at(2), [servicing]).changed == 1
    changed = kept.get(told.event_id)
    assert (changed.status, changed.changed) == (EventStatus.CHANGED, at(2).at)
    over = replace(servicing, is_open=False)
    assert kept.save(at(20), [over]) == Saved(opened=0, changed=0, closed=1, open=0)
    closed = kept.get(told.event_id)
    assert (closed.status, closed.closed) == (EventStatus.CLOSED, at(20).at)
    assert closed.document["status"] == "closed"
    again = event([0, 1, 2, 21], event_class=EventClass.SERVICING)
    kept.save(at(21), [again])
    assert kept.get(told.event_id).status is EventStatus.CHANGED
    assert [one.event_id for one in kept.listed()] == [told.event_id]


def test_what_is_never_more_than_none_is_not_kept_and_what_becomes_none_is(kept):
    none = event([0], verdict=Verdict.NONE)
    assert kept.save(at(0), [none]).open == 0
    kept.save(at(1), [event([0, 1])])
    kept.save(at(2), [event([0, 1, 2], verdict=Verdict.NONE)])
    (found,) = kept.listed()
    assert (found.verdict, found.status) == (Verdict.NONE, EventStatus.CHANGED)


def test_more_history_moves_the_opening_and_not_the_name(kept):
    kept.save(at(20), [event([15, 16, 20])])
    kept.save(at(21), [event([8, 15, 16, 20, 21])])
    (found,) = kept.listed()
    assert (found.event_id, found.opened) == (event([15]).event_id, event([8]).start)


def test_what_the_look_back_no_longer_reaches_is_remembered(kept):
    ranges_km = {0: 1.0}
    kept.save(at(20, back=30), [event(range(21), ranges_km=ranges_km)])
    kept.save(at(21, back=5), [event(range(17, 22))])
    (found,) = kept.listed()
    whole = document(event(range(22), ranges_km=ranges_km))
    for name in ("event_id", "start_utc", "min_range_km", "min_range_utc", "dwell_hours"):
        assert found.document[name] == whole[name]
    assert len(found.document["episodes"][0]["minima"]) == len(found.trend) == 22


def test_an_event_counts_as_what_it_was_on_its_strongest_day_however_long_ago(kept):
    kept.save(at(20), [event(range(21))])
    calm = {"score": replace(SCORE, points=30.0), "verdict": Verdict.WATCH, "actor_norad_id": None}
    days = [Trend(OPENED + (k + 1) * DAY, 10.0, 30.0, EventClass.LOITER, Verdict.WATCH)
            for k in range(17, 22)]  # fmt: skip
    kept.save(at(21, back=5), [event(range(17, 22), trend=tuple(days), **calm)])
    (found,) = kept.listed()
    assert (found.score, found.verdict, found.status) == (65.5, Verdict.PROBABLE, EventStatus.OPEN)
    assert (found.document["verdict"], found.document["actor_norad_id"]) == ("probable", 11)
    assert found.document["evidence"] == document(event([0]))["evidence"]
    kept.save(at(22, back=30), [event(range(23), trend=tuple(days), **calm)])
    (found,) = kept.listed()
    assert (found.score, found.verdict) == (30.0, Verdict.WATCH)


def test_a_day_that_goes_on_from_run_to_run_is_one_day_of_the_trend(kept):
    morning = replace(event([0, 1]).trend[1], utc=OPENED + 1.2 * DAY)
    told = event([0, 1])
    early = replace(at(1), at=OPENED + 1.2 * DAY, start=OPENED + 0.2 * DAY)
    kept.save(early, [replace(told, trend=(told.trend[0], morning))])
    assert kept.get(told.event_id).trend[-1] == morning
    kept.save(at(1), [told])
    assert kept.get(told.event_id).trend == told.trend


def test_an_event_that_nothing_is_heard_of_closes_after_its_time(kept):
    kept.save(at(0), [event([0])])
    assert kept.save(at(9), []).open == 1
    assert kept.save(at(11), []) == Saved(opened=0, changed=0, closed=1, open=0)
    assert kept.save(at(11), []).closed == 1
    assert kept.save(at(12), []).closed == 0


def test_of_two_events_that_prove_to_be_one_the_later_name_closes(kept):
    first, second = event([0]), event([12])
    kept.save(at(12), [first, second])
    kept.save(at(13), [event([0, 5, 12, 13])])
    assert kept.get(first.event_id).status is EventStatus.OPEN
    assert kept.get(second.event_id).status is EventStatus.CLOSED


def test_a_run_of_an_earlier_time_leaves_what_is_known_later(engine, kept):
    kept.save(at(5), [event(range(6))])
    before = everything(engine)
    kept.save(at(3), [event(range(4), event_class=EventClass.SHADOW)])
    assert everything(engine) == before
    kept.save(at(3), [event([3], second=44)])
    assert len(kept.listed()) == 2


def test_days_before_the_window_stay_as_they_were_told(kept):
    kept.save(at(1), [event([0, 1])])
    less = Trend(OPENED + DAY, 99.0, 1.0, EventClass.CHANCE, Verdict.NONE)
    later = event([0, 1, 2])
    kept.save(at(2), [replace(later, trend=(less, *later.trend[1:]))])
    assert kept.get(later.event_id).trend == later.trend
    anew = replace(later, trend=(*later.trend[:2], replace(later.trend[2], points=12.0)))
    kept.save(at(2), [anew])
    assert kept.get(later.event_id).trend == anew.trend


def test_solutions_have_events_of_their_own(kept):
    kept.save(at(0), [event([0])])
    kept.save(at(0, solution="marked"), [event([0], verdict=Verdict.WATCH)])
    assert [one.solution for one in kept.listed()] == ["marked", "public"]
    assert kept.counts() == {"marked": {"watch": 1}, "public": {"probable": 1}}
    assert kept.save(at(30), []).closed == 1
    assert kept.counts() == {"marked": {"watch": 1}}


def test_events_are_listed_by_score_and_chosen_by_status_and_verdict(kept):
    low = event([0], second=33, score=replace(SCORE, points=25.0), verdict=Verdict.WATCH)
    over = event([0], second=44, score=replace(SCORE, points=70.0), is_open=False)
    kept.save(at(0), [low, event([0]), over])
    assert [one.score for one in kept.listed()] == [70.0, 65.5, 25.0]
    assert [one.score for one in kept.listed(status=EventStatus.OPEN)] == [65.5, 25.0]
    assert [one.score for one in kept.listed(verdicts=[Verdict.WATCH])] == [25.0]
    assert [one.score for one in kept.listed(solution="public", limit=1)] == [70.0]


def test_a_run_remembers_what_runs_before_it_told_and_nothing_later(kept):
    told = event([0, 1])
    kept.save(at(1), [told])
    assert kept.remembered(at(1).at) == ()
    (one,) = kept.remembered(at(2).at)
    assert (one.event_id, one.norad_id_1, one.norad_id_2) == (told.event_id, 11, 22)
    assert (one.start, one.end, one.is_open) == (told.start, told.end, True)
    kept.save(at(4), [replace(event([0, 1, 4]), is_open=False)])
    (early,) = kept.remembered(at(3).at)
    assert (early.is_open, early.end) == (True, at(3).at)
    (repeated,) = kept.remembered(at(4).at)
    assert repeated.is_open
    assert kept.remembered(at(5).at) == ()
    (closed,) = kept.remembered(at(5).at, closes_after=GAP)
    assert not closed.is_open


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=st.sets(st.integers(0, 20), min_size=1, max_size=12), data=st.data())
def test_runs_day_by_day_tell_one_name_for_as_long_as_no_gap_closes_it(kept, days, data):
    days = sorted(days)
    assume(all(b - a <= GAP.days for a, b in pairwise(days)))
    solution = f"solution{next(fresh)}"
    for n in range(1, len(days) + 1):
        seen = event(days[data.draw(st.integers(0, n - 1)) : n])
        kept.save(at(days[n - 1], solution=solution), [seen])
    (found,) = kept.listed(solution)
    assert found.status is EventStatus.OPEN


CHILD = """
import sys, time
from sqlalchemy import event as listening
from sda.store import Events, open_store
from made_events import event
from test_kept_events import at
engine = open_store(sys.argv[1])
def halt(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO event_trend"):
        print("half", flush=True)
        time.sleep(600)
listening.listen(engine, "after_cursor_execute", halt)
Events(engine).save(at(1), [event([0, 1]), event([1], second=33)])
"""


def test_a_killed_run_leaves_what_was_and_the_next_completes_it(database_url, engine, kept):
    kept.save(at(0), [event([0])])
    before = everything(engine)
    tests = Path(__file__).parent
    paths = [str(tests), str(tests.parent), str(Path(sda.store.__file__).parents[2])]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, database_url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert everything(engine) == before
    kept.save(at(1), [event([0, 1]), event([1], second=33)])
    assert len(kept.listed(status=EventStatus.OPEN)) == 2
