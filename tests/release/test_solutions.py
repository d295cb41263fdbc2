"""Solutions: shapes are shared by what decisions depend on, and values go with their names."""

from dataclasses import replace

import pytest
from approaches import approach, solution

from sharing.markings import parse
from sharing.registry import Registry
from sharing.release import Rendition, Showing
from sharing.release.facts import solution_of
from sharing.release.projection import Shown, View, project
from sharing.release.solutions import Fact, shape_of

FACT = Fact("miss_distance", 0.5, "km", parse("U"), ("public",))


def test_a_shape_is_one_object_for_all_that_differ_in_values_alone() -> None:
    shape = shape_of([FACT])
    assert shape_of([replace(FACT, value=0.7)]) is shape
    for other in (
        replace(FACT, name="radial"),
        replace(FACT, unit="m"),
        replace(FACT, marking=parse("S")),
        replace(FACT, sources=("commercial",)),
    ):
        assert shape_of([other]) is not shape
    assert shape_of([FACT, FACT]) is not shape


def test_approaches_alike_share_a_shape(registry: Registry) -> None:
    one = solution(registry, "public", 50)
    assert solution(registry, "public", 60, 3.0, (7, 8)).shape is one.shape
    assert solution(registry, "commercial", 50).shape is not one.shape
    by_name = solution_of("other", ("public",), approach(50), registry)
    assert by_name.shape is one.shape


def test_a_solution_restricted_to_facts_keeps_their_values(registry: Registry) -> None:
    one = solution(registry, "public", 50)
    less = one.restricted_to({"miss_distance", "name_2", "no_such_fact"})
    assert [(fact.name, fact.value, fact.unit) for fact in less.facts] == [
        ("name_2", "OBJECT 6", ""),
        ("miss_distance", 0.42, "km"),
    ]
    assert (less.pair, less.tca, less.sources) == (one.pair, one.tca, one.sources)
    assert one.restricted_to({fact.name for fact in one.facts}) == one
    assert one.restricted_to(()).facts == ()


def test_values_that_do_not_fit_the_shape_are_no_facts(registry: Registry) -> None:
    one = solution(registry, "public", 50)
    for values in (one.values[1:], (*one.values, 1)):
        with pytest.raises(ValueError, match="zip"):
            _ = replace(one, values=values).facts


def test_what_was_projected_of_a_solution_is_neither_part_of_it_nor_passed_on(
    registry: Registry,
) -> None:
    one, other = (solution(registry, "public", 50) for _ in range(2))
    shown = Shown(0, "norad_id_1", Showing.SEE, "(U)")
    view = View(Rendition.TEAR_LINE, (shown,), registry.rules)
    assert [fact.value for fact in project(one, view)] == [5]
    assert one == other
    assert repr(one) == repr(other)
    assert one.fault == ""
    moved = replace(one, values=(7, *one.values[1:]))
    assert [fact.value for fact in project(moved, view)] == [7]
