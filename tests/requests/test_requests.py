"""A request is kept once, counted for its partner alone, and closed alike whatever came of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from desks import NOW, SECRET
from hypothesis import given
from hypothesis import strategies as st

from sharing.errors import RequestError, ReviewError
from sharing.feeds import read_page
from sharing.feeds.identity import Subject
from sharing.ids import id_of
from sharing.registry import RequestRules
from sharing.requests import (
    Request,
    State,
    Urgency,
    Wish,
    answer_request,
    ask,
    cases_for,
    read_request,
    read_requests,
    standing_requests,
)
from sharing.requests.request import closing_time
from sharing.review import Case
from sharing.schema import open_sharing

HOUR = timedelta(hours=1)
STEP = 12 * HOUR
RULES = RequestRules("", open_at_most=3)
OFFICE = "sensor-release-desk"


@pytest.fixture
def database(database_url, desk):
    engine = open_sharing(database_url)
    desk.publish(engine, {"public": [desk.approach(100 + n, 40 + n) for n in range(5)]})
    yield engine
    engine.dispose()


def items_of(database, partner):
    return [one.item_id for one in read_page(database, partner).items]


def make(database, item, partner="aus", key=None, now=NOW, reason="why", **changed):
    wish = Wish(partner, item, reason, key=key, **changed)
    return ask(database, wish, OFFICE, RULES, SECRET, now)


def refused(database, item, **changed):
    with pytest.raises(RequestError) as caught:
        make(database, item, **changed)
    return caught.value.code


def test_a_request_is_kept_as_it_was_asked_and_read_by_its_partner_alone(database):
    (item, *_) = items_of(database, "aus")
    made = make(database, item, wanted=("radial", "sigma"), urgency=Urgency.URGENT)
    assert read_request(database, "aus", made.request_id) == (made, 1)
    assert (made.n, made.revision, made.opened) == (1, 1, NOW)
    assert made.closes == made.expires == NOW + 40 * HOUR  # its closest approach
    assert read_request(database, "bra", made.request_id) is None
    assert read_requests(database, "bra", None, 10) == ((), False)
    assert read_request(database, "aus", "none") is None
    assert id_of(made.request_id) is not None


def test_ids_count_nothing_of_others(database):
    first, second, *_ = items_of(database, "bra")
    alone = make(database, first, "bra").request_id
    for item in items_of(database, "aus")[:3]:
        assert make(database, item, "aus").request_id != alone
    next_one = make(database, second, "bra")
    assert (next_one.n, next_one.request_id == alone) == (2, False)
    other = ask(database, Wish("deu", items_of(database, "deu")[0], "x"), "a", RULES, SECRET, NOW)
    assert (other.n, other.request_id == alone) == (1, False)


def test_a_retry_makes_no_second_request_and_a_key_stands_for_one(database):
    first, second, *_ = items_of(database, "aus")
    made = make(database, first, key="k")
    assert make(database, first, key="k", now=NOW + HOUR) == made
    assert refused(database, first, key="k", reason="other") == "key"
    assert refused(database, second, key="k") == "key"
    of_bra = make(database, items_of(database, "bra")[0], "bra", key="k")
    assert of_bra.request_id != made.request_id
    done = answer_request(database, made.request_id, OFFICE, {OFFICE}, "t", STEP, NOW + HOUR)
    assert make(database, first, key="k", now=NOW + 50 * HOUR) == done
    assert len(read_requests(database, "aus", None, 10)[0]) == 1


def test_retries_at_one_time_make_one_request(database):
    item = items_of(database, "aus")[0]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: make(database, item, key="k"), range(8)))
    assert len(set(made)) == 1
    assert len(read_requests(database, "aus", None, 10)[0]) == 1


def test_what_is_refused_is_refused_for_what_the_partner_knows(database, desk):
    first, second, third, fourth, *_ = items_of(database, "aus")
    theirs = items_of(database, "bra")[0]
    assert refused(database, "none") == refused(database, theirs) == "unknown"
    for item in (first, second, third):
        make(database, item)
    assert refused(database, first) == "asked"
    assert refused(database, fourth) == "many"
    make(database, theirs, "bra")
    assert refused(database, fourth, now=NOW + 50 * HOUR) == "over"
    desk.publish(database, {"public": []}, "run 2", 1)
    assert refused(database, items_of(database, "deu")[0], partner="deu") == "over"


def test_an_answer_that_is_not_yet_shown_frees_no_place(database):
    first, second, third, fourth, *_ = items_of(database, "aus")
    made = make(database, first)
    for item in (second, third):
        make(database, item)
    answer_request(database, made.request_id, OFFICE, {OFFICE}, "t", STEP, NOW + HOUR)
    assert refused(database, fourth, now=NOW + 2 * HOUR) == "many"
    assert refused(database, first, now=NOW + 2 * HOUR) == "asked"
    assert make(database, fourth, now=NOW + STEP).n == 4


def test_a_request_lasts_until_its_item_is_over_or_for_some_days(database, desk):
    rules = RequestRules("", expires_after_days=1)
    near, far = items_of(database, "aus")[0], items_of(database, "aus")[4]
    made = ask(database, Wish("aus", far, "x"), OFFICE, rules, SECRET, NOW)
    assert made.expires == NOW + 24 * HOUR
    late = ask(database, Wish("aus", near, "x"), OFFICE, rules, SECRET, NOW + 39 * HOUR)
    assert late.expires == NOW + 40 * HOUR
    assert made.state(NOW + 23 * HOUR) is State.OPEN
    assert made.state(NOW + 24 * HOUR) is State.EXPIRED
    assert made.is_closed(NOW + 24 * HOUR)


def test_the_list_goes_from_the_newest_and_nothing_comes_twice(database):
    made = [make(database, item) for item in items_of(database, "aus")[:3]]
    first, more = read_requests(database, "aus", None, 2)
    assert [one.n for one, _ in first] == [3, 2]
    assert more
    assert read_requests(database, "aus", 2, 2) == (((made[0], 1),), False)


def test_an_office_answers_once_and_for_its_own_alone(database):
    made = make(database, items_of(database, "aus")[0])
    with pytest.raises(ReviewError, match="is for a and b, not for c"):
        answer_request(database, made.request_id, "c", {"b", "a"}, "t", STEP, NOW)
    with pytest.raises(ReviewError, match="no request 'x'"):
        answer_request(database, "x", OFFICE, {OFFICE}, "t", STEP, NOW)
    done = answer_request(database, made.request_id, OFFICE, {OFFICE}, "t", STEP, NOW + HOUR)
    assert (done.answered_by, done.answer, done.state(NOW)) == (OFFICE, "t", State.ANSWERED)
    assert done.closes == NOW + STEP
    with pytest.raises(ReviewError, match="answered since 2026-11-01T13:00"):
        answer_request(database, made.request_id, OFFICE, {OFFICE}, "t", STEP, NOW + HOUR)
    other = make(database, items_of(database, "aus")[1])
    with pytest.raises(ReviewError, match="expired since"):
        answer_request(database, other.request_id, OFFICE, {OFFICE}, "t", STEP, other.expires)


def test_a_new_revision_of_the_item_shows_beside_the_request(database, desk):
    item = items_of(database, "aus")[0]
    made = make(database, item)
    changed = [desk.approach(100, 40, miss_km=1.0)]
    changed += [desk.approach(100 + n, 40 + n) for n in range(1, 5)]
    desk.publish(database, {"public": changed}, "run 2", 1)
    assert read_request(database, "aus", made.request_id) == (made, 2)
    (listed,) = standing_requests(database)
    assert (listed.request, listed.revision, listed.status) == (made, 2, "active")
    assert listed.subject.pair == (100, 90000)


minutes = st.integers(0, 7 * 24 * 60).map(lambda n: timedelta(minutes=n))


def request(expires: timedelta = 100 * HOUR) -> Request:
    end = NOW + expires
    return Request("aus", 1, "id", "item", 1, NOW, end, end, "why", (), Urgency.ROUTINE, OFFICE)


@given(minutes, minutes, minutes, st.integers(1, 48))
def test_the_time_an_office_took_shows_in_whole_steps_alone(took, other, expires, step_hours):
    asked, step = request(expires), timedelta(hours=step_hours)
    shown = closing_time(asked, NOW + took, step)
    assert shown <= asked.expires
    if shown < asked.expires:
        assert (shown - NOW) % step == timedelta(0)
        assert NOW + took <= shown <= NOW + took + step
    if -(-took // step) == -(-other // step):
        assert closing_time(asked, NOW + other, step) == shown


def test_the_cases_of_a_request_are_those_of_its_event_that_its_partner_waits_in(desk):
    def case(name: str, hours: float, waiting: tuple[str, ...], pair=(5, 6), kind="crossing"):
        tca = NOW + hours * HOUR
        return Case(name, "s", pair, kind, tca, NOW, tca, frozenset(), ("a",), waiting)

    day = Subject("undisclosed", (5, 6), NOW, (NOW, NOW + 24 * HOUR))
    known = [
        case("in it", 10, ("aus",)),
        case("at its edge", 24 + 20 / 60, ("aus", "bra")),
        case("beyond", 24 + 21 / 60, ("aus",)),
        case("before", -1, ("aus",)),
        case("before and slow", -6, ("aus",), kind="proximity"),
        case("of others", 10, ("bra",)),
        case("elsewhere", 10, ("aus",), pair=(5, 7)),
    ]
    found = cases_for(request(), day, known, desk.registry.rules)
    assert [one.case_id for one in found] == ["in it", "at its edge", "before and slow"]
