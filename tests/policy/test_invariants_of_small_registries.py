"""Invariants over a small registry: in which bands they are tried, and what is remembered."""

from dataclasses import replace

import pytest
from small import DAY, SCHEMA, permit, small

from sharing.markings import parse
from sharing.policy import Action, Band, Engine, attributes_of
from sharing.policy.invariants import Condition, Invariant, broken, violations
from sharing.registry import Registry

NEVER = (Condition("fact.level", "at_least", 9),)
OPEN = Invariant("open", "t", (Action.SEE,), (), (Condition("fact.open", "equals", True),))


def violated(
    policies: str, registry: Registry, *invariants: Invariant
) -> list[tuple[str, str, Band]]:
    """Return invariant, partner and band of what is found."""
    engine = Engine(SCHEMA, policies, registry)
    return [
        (one.invariant.id, one.case.who.partner.id, one.band)
        for one in violations(engine, registry, invariants)
    ]


@pytest.mark.parametrize(
    ("condition", "bands"),
    [
        ("true", {Band.OVER_72H}),
        ('context.band like "under*"', {Band.UNDER_24H}),
        ('context.band like "p*"', {Band.PAST}),
        ('context.band == "past"', {Band.PAST}),
        ('context.band != "over-72h"', {Band.FROM_72H, Band.UNDER_24H, Band.PAST}),
        ('context.band != "over-72h" && context.band != "past"', {Band.FROM_72H, Band.UNDER_24H}),
    ],
)
def test_a_violation_in_any_band_is_found(condition: str, bands: set[Band]) -> None:
    """Of the bands that no policy names one stands for all."""
    ((_, _, band),) = violated(permit(f"!resource.open && {condition}"), small(()), OPEN)
    assert band in bands


def test_what_one_partner_may_do_with_some_classes_breaks_invariants_in_any_band() -> None:
    """In the order in which they stand; what it may not do, and other classes, break none."""
    registry = small(())
    late = Invariant("late", "t", (Action.SEE,), (Condition("band", "equals", "past"),), NEVER)
    coarse = Invariant("coarse", "t", (Action.SEE_COARSE,), (), NEVER)
    named = permit('principal == Partner::"aus" && context.band == "past"')
    engine = Engine(SCHEMA, named, registry)
    marking = registry.sources["sensor"].marking
    closed, _ = attributes_of("timing", marking, ("sensor",), (), registry)
    open_fact, _ = attributes_of("timing", parse("U"), ("public",), (), registry)
    both = late, OPEN, coarse
    for partner, classes, expected in (
        ("aus", (closed, open_fact), ("late", "open", "coarse")),
        ("aus", (open_fact,), ("late", "coarse")),
        ("aus", (), ()),
        ("kor", (closed,), ()),
    ):
        found = broken(engine, registry.partners[partner], classes, DAY, both)
        assert tuple(one.id for one in found) == expected


def test_what_keeps_every_invariant_violates_none_however_often_it_is_asked() -> None:
    for _ in range(2):
        assert violated(permit("resource.open"), small(()), OPEN) == []


def test_a_class_that_was_passed_by_once_its_invariant_was_violated_is_found_elsewhere() -> None:
    """Only what violates nothing at all is remembered as such."""
    named = 'principal == Partner::"aus" || principal == Partner::"kor"'
    policies = permit(f"!resource.open && ({named})")
    whole = small(())
    ((_, first, _),) = violated(policies, whole, OPEN)
    assert first == "aus"
    without = replace(
        whole, partners={id: one for id, one in whole.partners.items() if id != first}
    )
    agreements = {
        id: replace(one, parties=tuple(name for name in one.parties if name != first))
        for id, one in whole.agreements.items()
    }
    without = replace(without, agreements=agreements)
    assert [name for _, name, _ in violated(policies, without, OPEN)] == ["kor"]


def test_of_several_invariants_each_that_is_violated_is_told_once() -> None:
    level = Invariant("level", "t", (Action.SEE,), (), (Condition("fact.level", "at_most", 4),))
    kind = Invariant("kind", "t", (Action.SEE,), (), (Condition("partner.kind", "equals", "x"),))
    found = violated(permit("true"), small(()), OPEN, level, kind)
    assert sorted(name for name, _, _ in found) == ["kind", "open"]
