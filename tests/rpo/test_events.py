"""Days become events: what closes one, what names it, what it keeps."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_cases import APART, CONFIG, away, high, level, low, slot
from ring_orbits import START, after

from sda.rpo.context.declared import Declared, DeclaredKind
from sda.rpo.judgement.events import Pair, event_id_of, events_of
from sda.rpo.model import EventClass, Verdict

DAY = timedelta(days=1)
CLOSES = CONFIG.closes_after_days
NEAR, OFF = "n", "a"
"""A near day, a day apart; any other letter is a day that could not be evaluated."""


def pair(days, hosts=None, make=low, ties=APART):
    courses = (level(1), level(2)) if make is low else (slot(1), slot(2))
    return Pair(tuple(days), courses, ties, hosts or {})


def told(text, step_days=1, make=low):
    """Return the days of a pair by letters."""
    return [
        make(k * step_days) if letter == NEAR else away(make(k * step_days), 500.0)
        for k, letter in enumerate(text)
        if letter in (NEAR, OFF)
    ]


def events(days, start=START, declared=(), **changes):
    return list(events_of(pair(days, **changes), start, CONFIG, declared))


def grouped(text, step_days):
    """Say it again, in another way: the places of the near days of each event."""
    groups = []
    for k, letter in enumerate(text):
        if letter != NEAR:
            continue
        if groups:
            last = groups[-1][-1]
            seen_apart = OFF in text[last:k]
            if not (seen_apart and (k - last) * step_days > CLOSES):
                groups[-1].append(k)
                continue
        groups.append([k])
    return groups


TEXTS = st.text("naa??", min_size=1, max_size=30)


@given(TEXTS, st.sampled_from([1, 7, 30]))
@example("n" + "a" * 60 + "n", 1)
@example("n" + "a" * 59 + "n", 1)
@example("n" + "?" * 300 + "n", 1)
@example("na" + "?" * 300 + "n", 1)
def test_an_event_closes_when_a_pair_was_seen_apart_for_long(text, step_days):
    found = events(told(text, step_days))
    expected = grouped(text, step_days)
    assert [one.event_id for one in found] == [
        event_id_of(1, 2, after(days[0] * step_days)) for days in expected
    ]
    for one, days in zip(found, expected, strict=True):
        near = [day for episode in one.episodes for day in episode.encounters]
        assert [day.start for day in near] == [after(k * step_days) for k in days]
        assert len(one.trend) == len(days)
        assert (one.start, one.end) == (near[0].near_from, near[-1].near_to)
        assert one.min_range_km == min(day.min_range_km for day in near)
        assert one.dwell_s == sum(day.dwell_s for day in near)
        last, rest = days[-1], text[days[-1] :]
        gone = OFF in rest and (max(k for k, x in enumerate(text) if x in "na") - last)
        assert one.is_open is not (gone and gone * step_days > CLOSES)


@given(TEXTS, st.integers(0, 29), st.sampled_from([1, 7, 30]))
def test_an_event_has_the_same_name_from_whatever_time_it_is_asked_for(text, later, step_days):
    days = told(text, step_days)
    all_of_them = events(days)
    since = after(later * step_days) + DAY / 2
    asked = events(days, since)
    assert asked == [one for one in all_of_them if one.episodes[-1].encounters[-1].end >= since]


@given(TEXTS, st.integers(0, 29))
def test_more_days_never_change_the_name_of_what_was_open(text, cut):
    first, whole = events(told(text[:cut])), events(told(text))
    names = {one.event_id for one in whole}
    assert {one.event_id for one in first} <= names
    for one in first:
        (same,) = [other for other in whole if other.event_id == one.event_id]
        assert same.start == one.start
        assert same.end >= one.end
        assert same.min_range_km <= one.min_range_km


@given(TEXTS)
def test_no_day_is_in_two_events_nor_lost(text):
    near = [
        day.start
        for one in events(told(text))
        for episode in one.episodes
        for day in episode.encounters
    ]
    assert near == [after(k) for k, letter in enumerate(text) if letter == NEAR]


@given(TEXTS)
def test_episodes_are_days_on_end(text):
    for one in events(told(text)):
        for episode in one.episodes:
            days = episode.encounters
            assert all(b.start == a.end for a, b in pairwise(days))
        for a, b in pairwise(one.episodes):
            assert b.encounters[0].start > a.encounters[-1].end


def test_an_event_counts_as_what_it_was_on_its_strongest_day():
    days = [low(0, 90.0, dwell_s=0.0), low(1, 3.0), low(2, 90.0, dwell_s=0.0)]
    (one,) = events(days)
    assert one.score.points == max(day.points for day in one.trend) == one.trend[1].points
    assert one.event_class is one.trend[1].event_class
    assert one.verdict is one.trend[1].verdict
    assert [day.min_range_km for day in one.trend] == [90.0, 3.0, 90.0]
    assert one.min_range_utc == days[1].min_range_utc


@pytest.mark.parametrize(("sigma_km", "resolvable"), [(2.9, True), (3.0, False), (9.0, False)])
def test_a_least_range_within_its_own_error_is_not_resolved(sigma_km, resolvable):
    days = [low(0, 20.0, sigma_km=1.0), low(1, 3.0, sigma_km=sigma_km)]
    (one,) = events(days)
    assert one.resolvable is resolvable


def declared(kind, start=-10, end=None):
    return Declared(
        "case-1", "Case", kind, (1, 2), False, after(start), None if end is None else after(end),
        "somebody", "invented", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "event_class", "explained"),
    [
        (DeclaredKind.SERVICING, EventClass.SERVICING, False),
        (DeclaredKind.REFUELLING, EventClass.SERVICING, False),
        (DeclaredKind.DOCKING, EventClass.SERVICING, False),
        (DeclaredKind.DEBRIS_REMOVAL, EventClass.SERVICING, False),
        (DeclaredKind.VISITING, EventClass.VISITING, True),
        (DeclaredKind.FORMATION, EventClass.FORMATION, True),
        (DeclaredKind.CO_LOCATION, EventClass.CO_LOCATION, True),
    ],
)
@pytest.mark.parametrize("make", [low, high])
def test_what_is_declared_is_named_for_what_it_is(kind, event_class, explained, make):
    days = told("nnnn", make=make)
    (one,) = events(days, declared=[declared(kind)], make=make)
    assert one.declared == "case-1"
    assert one.event_class is event_class
    assert all(day.event_class is event_class for day in one.trend)
    if explained:
        assert one.verdict is Verdict.NONE
    (plain,) = events(days, make=make)
    assert one.score.points <= plain.score.points
    assert plain.declared == ""


def test_what_is_over_or_not_begun_is_not_declared():
    days = told("nnnn")
    for operation in (declared(DeclaredKind.FORMATION, 4), declared(DeclaredKind.FORMATION, -9, 0)):
        (one,) = events(days, declared=[operation])
        assert one.declared == ""
        assert one.verdict is not Verdict.NONE


def test_visitors_of_one_station_are_visiting_and_of_two_are_not():
    days = told("nnn")
    one_host = {date(2025, 1, 1) + k * DAY: {1: 9, 2: 9} for k in range(3)}
    two_hosts = {day: {1: 9, 2: 8} for day in one_host}
    (visit,) = events(days, hosts=one_host)
    assert (visit.event_class, visit.verdict) == (EventClass.VISITING, Verdict.NONE)
    (meeting,) = events(days, hosts=two_hosts)
    assert meeting.event_class is not EventClass.VISITING


def test_a_constellation_explains_its_pairs():
    (one,) = events(told("nnn"), ties=replace(APART, constellation="ABC"))
    assert one.verdict is Verdict.NONE
    assert one.score.gate == "constellation ABC"


@pytest.mark.parametrize("make", [low, high])
def test_one_day_is_an_event_and_none_is_none(make):
    assert events([]) == []
    assert events([away(make(0))]) == []
    (one,) = events([make(3)])
    assert one.event_id == "1-2-20250104"
    assert one.is_open
