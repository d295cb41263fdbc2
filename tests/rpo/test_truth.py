"""What was found is held against the truth as the truth file says."""

from datetime import timedelta

from made_events import DAY, OPENED, event

from sda.rpo.model import EventClass, Verdict
from sda.rpo.truth import TrueEvent, figures, found_as, true_events


def _true(kind=EventClass.LOITER, first=11, second=22, days=(0, 3)):
    return TrueEvent("T", kind, (first, second), OPENED + days[0] * DAY, OPENED + days[1] * DAY)


def _figures(truths, events):
    return {one.event_class: one for one in figures(truths, events)}


def test_a_true_event_is_found_by_its_pair_at_its_time_only():
    found = event(range(3))
    assert found_as(_true(), [found]) is found
    assert found_as(_true(second=23), [found]) is None
    later = (found.end - OPENED) / timedelta(days=1) + 1
    assert found_as(_true(days=(later, later + 1)), [found]) is None


def test_who_finds_all_is_always_right():
    found = event(range(3))
    one = _figures([_true(found.event_class)], [found])[found.event_class]
    assert (one.recall, one.precision) == (1.0, 1.0)


def test_a_wrong_class_costs_recall_of_the_true_and_precision_of_the_told():
    found = event(range(3))
    wrong = next(kind for kind in EventClass if kind is not found.event_class)
    told = _figures([_true(wrong)], [found])
    assert told[wrong].recall == 0.0
    assert told[found.event_class].precision == 0.0


def test_a_false_alarm_costs_precision_unless_its_verdict_is_none():
    alarm = event(range(3), event_class=EventClass.LOITER, verdict=Verdict.POSSIBLE)
    assert _figures([], [alarm])[EventClass.LOITER].precision == 0.0
    quiet = event(range(3), event_class=EventClass.LOITER, verdict=Verdict.NONE)
    assert _figures([], [quiet]) == {}


def test_a_fast_passage_need_not_be_found():
    assert _figures([_true(EventClass.CHANCE)], [])[EventClass.CHANCE].recall == 1.0
    assert _figures([_true(EventClass.LOITER)], [])[EventClass.LOITER].recall == 0.0


def test_truth_that_public_sets_do_not_show_or_that_lies_ahead_is_left_out():
    def line(number, first, day):
        start = f"2026-10-{day:02}T00:00:00Z"
        return {
            "event_id": number,
            "class": "loiter",
            "norad_ids": [22, first],
            "start_utc": start,
            "end_utc": start,
        }

    document = {
        "only_trilateral": [99],
        "events": [line("A", 11, 2), line("B", 99, 2), line("C", 11, 20)],
    }
    (one,) = true_events(document, OPENED + 10 * DAY)
    assert (one.event_id, one.norad_ids) == ("A", (11, 22))
