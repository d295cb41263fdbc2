"""An event keeps its name, however much history a run knows."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from made_events import DAY, event

from sda.rpo.identity import Known, identified

GAP = timedelta(days=10)


def known(days, first=11, second=22):
    one = event(days, first=first, second=second)
    return Known(one.event_id, first, second, one.start, one.end)


def names(events):
    return [one.event_id for one in events]


def test_an_event_that_opens_earlier_or_later_than_it_was_known_to_keeps_name_and_opening():
    old = known([20, 21])
    (earlier,) = identified([event([5, 6, 20, 21])], [old], GAP)
    assert (earlier.event_id, earlier.start) == (old.event_id, event([5]).start)
    (later,) = identified([event([22, 23])], [old], GAP)
    assert (later.event_id, later.start) == (old.event_id, old.start)


def test_another_pair_and_a_time_too_far_away_are_other_events():
    others = [event([20], second=23), event([35])]
    assert identified(others, [known([20, 21])], GAP) == tuple(others)


def test_two_that_prove_to_be_one_go_by_the_name_of_the_first():
    old = [known([30]), known([1])]
    (one,) = identified([event([1, 10, 20, 30])], old, GAP)
    assert one.event_id == old[1].event_id


def test_one_that_proves_to_be_two_gives_its_name_once():
    old = known([1, 2])
    both = identified([event([14]), event([3])], [old], timedelta(days=20))
    assert names(both) == [event([14]).event_id, old.event_id]


def test_a_name_that_detection_already_gave_is_kept():
    old = [known([1]), known([15])]
    (one,) = identified([event([15, 16])], old, timedelta(days=20))
    assert one.event_id == old[1].event_id


@given(st.lists(st.sets(st.integers(0, 60), min_size=1, max_size=5), max_size=4))
def test_naming_again_changes_nothing_and_no_name_is_given_twice(spells):
    told = [event(sorted(days), second=22 + k % 2) for k, days in enumerate(spells)]
    old = [Known(f"old-{k}", 11, 22 + k % 2, e.start + DAY, e.end) for k, e in enumerate(told[:2])]
    once = identified(told, old, GAP)
    assert len({one.event_id for one in once} & {one.event_id for one in old}) == len(
        [one for one in once if one.event_id.startswith("old")]
    )
    again = [
        Known(one.event_id, one.norad_id_1, one.norad_id_2, one.start, one.end) for one in once
    ]
    if len(set(names(once))) == len(once):
        assert identified(once, again, GAP) == once
