"""Which solutions are one event for a partner, and which of them it is shown."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from approaches import NOW, approach, releases, solution, told, values

from sda.model import Kind
from sharing.policy import Engine
from sharing.registry import Registry
from sharing.release import (
    SUPERSEDED,
    Marker,
    Rendition,
    Showing,
    Solution,
    release,
    solution_of,
)

TINY = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


def public(
    registry: Registry,
    name: str,
    later: timedelta = timedelta(0),
    kind: Kind = Kind.CROSSING,
    source: str = "public",
    **changes: object,
) -> Solution:
    made = approach(50, kind=kind)
    changed = replace(made, **{"tca": made.tca + later, **changes})  # type: ignore[arg-type]
    return solution_of(name, (source,), changed, registry)


def shown(partner: str, solutions: list[Solution], registry: Registry, engine: Engine) -> list[str]:
    return [one.solution for one in releases(partner, solutions, registry, engine)]


@pytest.mark.parametrize(
    ("kind", "other", "minutes"),
    [
        (Kind.CROSSING, Kind.CROSSING, 10),
        (Kind.CROSSING, Kind.PROXIMITY, 360),
        (Kind.PROXIMITY, Kind.CROSSING, 360),
        (Kind.PROXIMITY, Kind.PROXIMITY, 360),
        (Kind.EDGE, Kind.EDGE, 360),
    ],
)
def test_exact_times_are_one_event_up_to_the_tolerance_and_with_it(
    registry: Registry, engine: Engine, kind: Kind, other: Kind, minutes: int
) -> None:
    for later, events in ((minutes * MINUTE, 1), (minutes * MINUTE + TINY, 2)):
        both = [public(registry, "a", kind=kind), public(registry, "b", later, other)]
        for some in (both, both[::-1]):
            assert len(releases("per", some, registry, engine)) == events


@pytest.mark.parametrize(("hours", "events"), [(20 / 60, 1), (30 / 60, 2)])
def test_where_one_time_is_coarse_the_tolerance_is_wider_by_its_grid(
    registry: Registry, engine: Engine, hours: float, events: int
) -> None:
    """New Zealand has public times exactly, and commercial ones on the grid of ten minutes."""
    for one, other in ((50, 50 + hours), (50 + hours, 50)):
        both = [solution(registry, "public", one), solution(registry, "commercial", other)]
        assert len(releases("nzl", both, registry, engine)) == events


@pytest.mark.parametrize(("apart", "left_km"), [(4, 1.0), (0, 2.0)])
def test_an_approach_joins_the_nearest_event_and_of_two_as_near_the_first(
    registry: Registry, engine: Engine, apart: int, left_km: float
) -> None:
    """The first by what the partner sees of them, whatever the order that they come in."""
    some = [
        public(registry, "a", miss_km=1.0),
        public(registry, "a", apart * MINUTE, miss_km=2.0),
        public(registry, "z", 8 * MINUTE, miss_km=3.0),
    ]
    for order in permutations(some):
        made = releases("per", list(order), registry, engine)
        # `z` is shown instead of the one that it joined.
        assert [values(one)["miss_distance"] for one in made] == [left_km, 3.0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Each joins what came before it in time, whatever it is called.
        ([("c", 0, "crossing"), ("b", 8, "crossing"), ("a", 16, "crossing")], ["c", "a"]),
        # Of two at one time the first by name decides what is near.
        ([("a", 0, "proximity"), ("b", 0, "crossing"), ("c", 60, "crossing")], ["c"]),
    ],
)
def test_events_grow_by_time_then_by_name(
    registry: Registry, engine: Engine, given: list[tuple[str, int, str]], expected: list[str]
) -> None:
    some = [public(registry, name, later * MINUTE, Kind(kind)) for name, later, kind in given]
    for order in permutations(some):
        assert shown("per", list(order), registry, engine) == expected


def test_ties_are_broken_by_what_is_seen_and_only_ties(registry: Registry, engine: Engine) -> None:
    """Objects named otherwise do not make the later one the first."""
    some = [
        public(registry, "a", name_1="Z", miss_km=1.0),
        public(registry, "a", name_1="Z", miss_km=2.0),
        public(registry, "b", 8 * MINUTE, miss_km=3.0),
        public(registry, "c", 16 * MINUTE, miss_km=4.0),
    ]
    for order in permutations(some):
        made = releases("per", list(order), registry, engine)
        assert [values(one)["miss_distance"] for one in made] == [2.0, 3.0, 4.0]
    for changes in ({"miss_km": 2.0}, {"kind": Kind.EDGE}):
        one, other = public(registry, "a"), public(registry, "a", **changes)
        assert len(releases("per", [one, other], registry, engine)) == 2
        assert releases("per", [one, other], registry, engine) == releases(
            "per", [other, one], registry, engine
        )


def test_no_event_holds_two_approaches_of_one_solution(registry: Registry, engine: Engine) -> None:
    some = [public(registry, "a"), public(registry, "b"), public(registry, "a", TINY)]
    for order in permutations(some):
        assert len(releases("per", list(order), registry, engine)) == 2


def test_pairs_are_never_one_event(registry: Registry, engine: Engine) -> None:
    one, other = approach(50), approach(50, pair=(7, 8))
    some = [solution_of("a", ("public",), each, registry) for each in (one, other)]
    assert len(releases("per", some, registry, engine)) == 2


# Which one is shown.


def test_of_two_alike_the_one_named_last_is_shown(registry: Registry, engine: Engine) -> None:
    both = [public(registry, "a"), public(registry, "b")]
    assert shown("per", both, registry, engine) == ["b"]
    assert shown("per", both[::-1], registry, engine) == ["b"]


def test_of_sources_of_one_worth_the_higher_rung_goes_first(
    registry: Registry, engine: Engine
) -> None:
    """Even where it does not bear the lower one out."""
    whole = public(registry, "a", relative_speed_km_s=9.0)
    other = public(registry, "z")
    lower = other.restricted_to({fact.name for fact in other.facts} - {"miss_distance"})
    assert releases("per", [lower], registry, engine)[0].rendition == Rendition.TEAR_LINE
    assert shown("per", [whole, lower], registry, engine) == ["a"]


def test_of_two_on_one_rung_the_one_that_states_its_errors_goes_first(
    registry: Registry, engine: Engine
) -> None:
    errors = solution_of("a", ("public",), told(approach(50)), registry)
    assert shown("per", [errors, public(registry, "b")], registry, engine) == ["a"]


def test_a_better_source_goes_first_even_on_a_lower_rung(
    registry: Registry, engine: Engine
) -> None:
    marked = public(registry, "a", miss_km=0.5, source="commercial")
    exact = public(registry, "b", miss_km=9.0)
    (made,) = releases("nzl", [exact, marked], registry, engine)
    assert (made.solution, values(made)["miss_distance"]) == ("a", "<1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"miss_km": 0.7}, "b"),
        ({"miss_km": 1.0}, "a"),
        ({"relative_speed_km_s": 14.9}, "b"),
        ({"relative_speed_km_s": 9.0}, "a"),
        ({"name_2": "OTHER"}, "a"),
        ({"max_probability": None}, "a"),
        ({"max_probability": -1.0}, "a"),
    ],
)
def test_an_open_one_goes_first_where_it_implies_all_that_the_better_source_shows(
    registry: Registry, engine: Engine, changes: dict[str, object], expected: str
) -> None:
    marked = public(registry, "a", source="commercial")
    exact = public(registry, "b", **changes)
    for some in ([exact, marked], [marked, exact]):
        assert shown("nzl", some, registry, engine) == [expected]


def test_of_several_that_bear_it_out_the_best_goes_first_and_each_is_accounted_for(
    registry: Registry, engine: Engine
) -> None:
    marked = public(registry, "m", source="commercial")
    open_ones = [public(registry, name, miss_km=miss) for name, miss in (("a", 0.6), ("b", 0.5))]
    other = public(registry, "z", miss_km=9.0)
    for some in permutations([marked, *open_ones, other]):
        decided = release(registry.partners["nzl"], some, registry, engine, NOW)
        (made,) = (one.release for one in decided if one.release)
        assert (made.solution, values(made)["miss_distance"]) == ("b", 0.5)
        superseded = [one.reasons[0].text.split(":")[0] for one in decided if not one.release]
        assert sorted(superseded) == ["a", "m", "z"]


@pytest.mark.parametrize(
    ("changes", "expected"), [({}, "b"), ({"radial_km": 0.5}, "a"), ({"miss_km": 0.5}, "a")]
)
def test_values_that_are_shown_exactly_have_to_be_the_same_but_for_the_sources(
    registry: Registry, engine: Engine, changes: dict[str, object], expected: str
) -> None:
    """Where nobody may have the quality of what is closed, all else of it is exact."""
    schema, policies = engine.texts
    forbid = (
        '@id("quality") @title("t") @authority("a") @review("2030-06-30")\n'
        'forbid (principal, action == Action::"see", resource) '
        'when { resource.group == "quality" && !resource.open };\n'
    )
    narrow = Engine(schema, policies + forbid, registry)
    marked = public(registry, "a", source="commercial")
    assert releases("fra", [marked], registry, narrow)[0].rendition == Rendition.NOTICE
    exact = public(registry, "b", **changes)
    assert shown("fra", [exact, marked], registry, narrow) == [expected]


# Contacts.


def test_a_contact_joins_what_is_shown_of_its_day(registry: Registry, engine: Engine) -> None:
    """Korea may see what is public and know of what is commercial; the day is UTC's."""
    day = NOW.replace(hour=0) + timedelta(days=2)
    for hour, events in ((0, 1), (13, 1), (23.99, 1), (-0.01, 2), (24, 2)):
        shown_at = (day - NOW) / timedelta(hours=1) + hour
        both = [solution(registry, "commercial", 50), solution(registry, "public", shown_at)]
        for some in (both, both[::-1]):
            made = releases("kor", some, registry, engine)
            assert len(made) == events
            assert {one.rendition for one in made} >= {Rendition.FULL}
            assert any(one.rendition == Rendition.CONTACT for one in made) is (events == 2)


def test_a_newer_word_of_a_source_replaces_its_older_one_where_both_are_seen(
    registry: Registry, engine: Engine
) -> None:
    """And where the newer one is hidden the older one stands, as if there were no newer."""
    marker = Marker(registry)

    def word(age: tuple[int, int], miss_km: float, marking: str = "", hours: float = 50):
        made = replace(told(approach(hours, miss_km)), marking=marking)
        return marker.solution("cdm-commercial", ("commercial",), made, age)

    older, newer = word((0, 1), 1.0), word((0, 0), 2.0)
    hidden = word((0, 0), 2.0, "SECRET//REL TO USA, DEU")
    earlier, much_later = word((1, 0), 3.0), word((0, 2), 4.0, hours=60)
    for order in permutations([older, newer, earlier, much_later]):
        made = releases("fra", list(order), registry, engine)
        assert [values(one)["miss_distance"] for one in made] == [2.0, 4.0]
    for order in permutations([older, hidden, earlier]):
        assert releases("fra", list(order), registry, engine) == releases(
            "fra", [older], registry, engine
        )
        (made,) = releases("deu", list(order), registry, engine)
        assert values(made)["miss_distance"] == 2.0


def test_two_approaches_that_are_as_new_are_two_events(registry: Registry, engine: Engine) -> None:
    both = [public(registry, "a"), public(registry, "a", 5 * MINUTE)]
    assert len(releases("per", both, registry, engine)) == 2


def test_ages_tell_words_of_one_source_apart_and_no_others(
    registry: Registry, engine: Engine
) -> None:
    """Another source's newer word replaces nothing, nor does one that is as new."""
    marker = Marker(registry)
    older = marker.solution("cdm-commercial", ("commercial",), told(approach(50, 1.0)), (0, 1))
    other = marker.solution("cdm-public", ("public",), told(approach(50, 2.0)), (0, 0))
    (made,) = releases("fra", [older, other], registry, engine)
    assert made.solution == "cdm-commercial"
    both = [public(registry, "a"), public(registry, "a", 5 * MINUTE)]
    late = replace(public(registry, "a"), age=(1, 0))
    assert len(releases("per", [*both, late], registry, engine)) == 2


def test_what_a_newer_word_replaces_is_told_of(registry: Registry, engine: Engine) -> None:
    newer = public(registry, "a")
    older = replace(newer, age=(1, 0))
    made, other = release(registry.partners["per"], [older, newer], registry, engine, NOW)
    assert made.release is not None
    (reason,) = other.reasons
    assert (reason.fact, reason.decision) == ("*", Showing.WITHHOLD)
    assert (reason.policies, reason.text) == (
        (SUPERSEDED,),
        "a: a newer one of the same event is shown instead",
    )
