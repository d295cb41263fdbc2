"""Whoever is named can answer, and is the right one among those who can."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.configuration import packaged
from sda.errors import TimeError
from sharing.contacts import Passed, Reason, check_contacts, is_open, office_for, reason_against
from sharing.registry import (
    ContactRules,
    Hours,
    Office,
    Registry,
    Topic,
    load_registry,
    read_hours,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()
PACKAGED = load_registry(packaged("config"))
DEFAULT = PACKAGED.rules.default_office
ALWAYS, NEVER_NOW = "24 hours, every day", "01:00 to 02:00 UTC, every day"


def office(id: str, *alternates: str, **changed: object) -> Office:
    values: dict[str, object] = {
        "id": id,
        "role": id,
        "channel": id,
        "topics": (),
        "hours": ALWAYS,
        "languages": ("English",),
        "alternates": alternates,
        "last_verified": TODAY,
    }
    return Office(**(values | changed))  # type: ignore[arg-type]


def registry(*offices: Office, **rules: object) -> Registry:
    return replace(
        PACKAGED,
        offices={one.id: one for one in offices},
        contacts=replace(ContactRules(), **rules),
    )


def out(one: Office) -> Office:
    return replace(one, filled=False)


def old(one: Office, days: int = 181) -> Office:
    return replace(one, last_verified=TODAY - timedelta(days=days))


NAMES = (DEFAULT, "a", "b", "c", "d")
some_offices = st.tuples(
    *(
        st.builds(
            office,
            st.just(name),
            filled=st.booleans(),
            last_verified=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
            hours=st.sampled_from((ALWAYS, NEVER_NOW, "by arrangement")),
            topics=st.lists(st.sampled_from(("x", "y")), unique=True).map(tuple),
        )
        for name in NAMES
    )
)
some_alternates = st.lists(
    st.lists(st.sampled_from((*NAMES, "nobody")), unique=True),
    min_size=len(NAMES),
    max_size=len(NAMES),
)


def reachable(known: Registry, starts: set[str]) -> set[str]:
    found: set[str] = set()
    while starts - found:
        found |= starts
        starts = {
            other for name in found & {*known.offices} for other in known.offices[name].alternates
        }
    return found


@given(
    some_offices,
    some_alternates,
    st.sampled_from(("", "x", "y", "z")),
    st.sampled_from(("", *NAMES, "nobody")),
    st.booleans(),
)
def test_never_an_unfilled_or_stale_office_while_any_other_can_be_reached(
    offices, alternates, topic, named, urgent
):
    known = registry(
        *(
            replace(one, alternates=tuple(some))
            for one, some in zip(offices, alternates, strict=True)
        )
    )
    found = office_for(known, NOW, topic, named, urgent)

    def fit(name):
        return reason_against(known, name, TODAY) is None

    has_it = named in known.offices and topic in known.offices[named].topics
    if has_it or not topic:
        starts = {named or DEFAULT}
    else:
        starts = {one.id for one in offices if topic in one.topics}
    near = [name for name in reachable(known, starts) if fit(name)]
    last = [name for name in reachable(known, {DEFAULT}) if fit(name)]
    assert found.last_resort is (not near)
    assert found.office.id in (near or last or [DEFAULT])
    assert found.office.id not in {one.id for one in found.alternates}
    assert all(fit(one.id) for one in found.alternates)
    for passed in found.instead_of:
        assert passed.office != found.office.id
        if passed.reason is Reason.NOT_OPEN:
            assert urgent
            assert not is_open(known.offices[passed.office], NOW)
        else:
            assert passed.reason is reason_against(known, passed.office, TODAY)
    if urgent and any(is_open(known.offices[name], NOW) for name in near):
        assert is_open(found.office, NOW)


def test_alternates_are_followed_breadth_first_and_said_in_whose_place():
    known = registry(
        out(office("a", "b", "c")), old(office("b", "d")), office("c"), office("d"), office(DEFAULT)
    )
    found = office_for(known, NOW, named="a")
    assert found.office.id == "c"
    assert found.instead_of == (Passed("a", Reason.UNFILLED), Passed("b", Reason.STALE))
    assert [one.id for one in found.alternates] == ["d"]
    assert not found.last_resort


def test_an_office_counts_until_the_limit_and_not_a_day_longer():
    known = registry(old(office("a"), 180), old(office("b"), 181))
    assert reason_against(known, "a", TODAY) is None
    assert reason_against(known, "b", TODAY) is Reason.STALE


def test_where_nobody_is_left_the_office_of_last_resort_answers_and_it_is_said():
    known = registry(
        out(office("a", "b")), old(office("b", "a")), office(DEFAULT, "c"), office("c")
    )
    found = office_for(known, NOW, named="a")
    assert (found.office.id, found.last_resort) == (DEFAULT, True)
    assert [one.office for one in found.instead_of] == ["a", "b"]
    nobody = registry(out(office("a")), out(office(DEFAULT)))
    found = office_for(nobody, NOW, named="a")
    assert (found.office.id, found.last_resort, found.alternates) == (DEFAULT, True, ())


def test_an_office_that_no_file_declares_any_more_is_passed_over():
    found = office_for(registry(office(DEFAULT)), NOW, named="abolished")
    assert found.office.id == DEFAULT
    assert found.instead_of == (Passed("abolished", Reason.GONE),)


def test_of_a_topic_those_come_first_that_list_it_first():
    known = registry(
        office(DEFAULT),
        office("a", topics=("y", "x")),
        office("b", topics=("x",)),
        office("c", topics=("x", "y")),
    )
    found = office_for(known, NOW, "x")
    assert [found.office.id, *(one.id for one in found.alternates)] == ["b", "c", "a"]


def test_the_office_of_an_item_answers_about_a_topic_that_it_has_and_no_other():
    known = registry(office(DEFAULT), office("a", topics=("y",)), office("b", topics=("x", "y")))
    assert office_for(known, NOW, "y", "b").office.id == "b"
    assert office_for(known, NOW, "y", "a").office.id == "a"
    assert office_for(known, NOW, "x", "a").office.id == "b"
    assert office_for(known, NOW, "z", "a").last_resort


def test_what_is_urgent_goes_to_who_is_open_now():
    known = registry(
        office("a", "b", "c", hours=NEVER_NOW),
        office("b", hours="ask"),
        office("c"),
        office(DEFAULT),
    )
    assert office_for(known, NOW, named="a").office.id == "a"
    found = office_for(known, NOW, named="a", urgent=True)
    assert found.office.id == "c"
    assert {one.reason for one in found.instead_of} == {Reason.NOT_OPEN}
    closed = registry(office("a", hours=NEVER_NOW), office(DEFAULT))
    assert office_for(closed, NOW, named="a", urgent=True).office.id == "a"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("24 hours, every day", Hours(0, 1440, True)),
        ("24 hours, working days", Hours(0, 1440, False)),
        ("07:00 to 19:00 UTC, working days", Hours(420, 1140, False)),
        ("19:30 to 07:00 UTC, every day", Hours(1170, 420, True)),
        ("07:00 to 07:00 UTC, every day", None),
        ("24:00 to 07:00 UTC, every day", None),
        ("07:00 to 19:00, working days", None),
        ("07:00 to 19:00 UTC, working days, by arrangement", None),
        ("", None),
    ],
)
def test_hours_are_read_in_two_forms_and_no_other(text, read):
    assert read_hours(text) == read


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_hours_begin_and_end_at_the_minute_and_a_night_belongs_to_the_day_it_began():
    day, night = Hours(420, 1140, False), Hours(1200, 360, False)
    assert [day.is_open(at(25, h, m)) for h, m in ((6, 59), (7, 0), (18, 59), (19, 0))] == [
        False,
        True,
        True,
        False,
    ]
    assert not day.is_open(at(28, 12))  # a Saturday
    assert night.is_open(at(27, 23))
    assert night.is_open(at(28, 5, 59))
    assert not night.is_open(at(28, 6))
    assert not night.is_open(at(28, 23))
    assert not night.is_open(at(30, 5))  # Monday, before its own night
    assert Hours(0, 1440, True).is_open(at(28, 0))
    with pytest.raises(TimeError):
        day.is_open(datetime(2026, 11, 25, 12))


def kinds(known: Registry, day: date = TODAY, soon: int = 30) -> list[tuple[str, str, bool]]:
    found = check_contacts(known, day, timedelta(days=soon))
    return [(one.kind, one.subject, one.is_wrong) for one in found]


def test_what_ships_is_without_fault_while_it_is_fresh():
    day = date(2026, 11, 1)
    assert kinds(PACKAGED, day) == []
    late = {kind for kind, _, _ in kinds(PACKAGED, date(2027, 6, 1))}
    assert late == {"stale", "no-alternate", "unreachable"}
    soon = kinds(PACKAGED, date(2027, 2, 10))
    assert {(kind, wrong) for kind, _, wrong in soon} == {("soon-stale", False)}


def test_what_is_wrong_with_offices_is_found_and_comes_first():
    topics = (Topic("x", "x"), Topic("y", "y"), Topic("z", "z"))
    known = registry(
        out(office("a", DEFAULT, topics=("x",))),
        old(office("b", DEFAULT)),
        office("c", "a", topics=("y",), hours="mornings"),
        office("d", "c", last_verified=TODAY + timedelta(days=1)),
        office(DEFAULT, "a"),
        topics=topics,
    )
    assert kinds(known) == [
        ("unfilled", "a", True),
        ("stale", "b", True),
        ("not-yet", "d", True),
        ("no-alternate", DEFAULT, True),
        ("uncovered", "z", True),
        ("hours", "c", False),
    ]
    dead = registry(out(office("a", topics=("x",))), office(DEFAULT, "a"), topics=topics[:1])
    assert ("unreachable", "x", True) in kinds(dead)
    assert ("no-topics", "contacts", False) in kinds(registry(office(DEFAULT)))
