"""An approval counts for whom, for which approach, and until when."""

from dataclasses import replace
from datetime import timedelta

import pytest
from approaches import NOW, solution

from sda.model import Kind
from sharing.registry import Registry
from sharing.release.approvals import Approval, Approvals, is_one_event

MINUTE = timedelta(minutes=1)
TINY = timedelta(microseconds=1)
TCA = NOW + timedelta(hours=50)
FOR_ALL = Approval(
    case_id="case",
    solution="public",
    pair=(5, 6),
    kind=Kind.CROSSING,
    tca=TCA,
    partner="",
    classes=frozenset(),
    until=NOW + timedelta(hours=1),
    offices=frozenset(),
    apart=frozenset({"per"}),
)
FOR_ONE = replace(FOR_ALL, partner="aus", apart=frozenset())


def test_an_approval_counts_for_its_partner_else_for_all_but_those_apart() -> None:
    assert [FOR_ONE.counts_for(name, NOW) for name in ("aus", "per", "")] == [True, False, False]
    assert [FOR_ALL.counts_for(name, NOW) for name in ("aus", "kor", "per")] == [True, True, False]


def test_an_approval_counts_up_to_its_end_and_not_on_it() -> None:
    for one in (FOR_ALL, FOR_ONE):
        assert one.counts_for("aus", one.until - TINY)
        assert not one.counts_for("aus", one.until)


@pytest.mark.parametrize(
    ("kind", "other", "is_fast"),
    [
        (Kind.CROSSING, Kind.CROSSING, True),
        (Kind.CROSSING, Kind.EDGE, True),
        (Kind.EDGE, Kind.EDGE, True),
        (Kind.PROXIMITY, Kind.PROXIMITY, False),
        (Kind.PROXIMITY, Kind.COINCIDENT, False),
        (Kind.COINCIDENT, Kind.COINCIDENT, False),
    ],
)
def test_approaches_alike_are_one_within_the_tolerance_of_fast_or_slow_ones(
    registry: Registry, kind: Kind, other: Kind, is_fast: bool
) -> None:
    rules = replace(registry.rules, same_event_min=5, same_episode_min=60)
    within = timedelta(minutes=5 if is_fast else 60)
    for sign in (1, -1):
        for later, expected in ((within, True), (within + TINY, False)):
            assert is_one_event(kind, TCA, other, TCA + sign * later, rules) is expected
            assert is_one_event(other, TCA + sign * later, kind, TCA, rules) is expected


def test_a_fast_and_a_slow_approach_are_never_one(registry: Registry) -> None:
    for fast in (Kind.CROSSING, Kind.EDGE):
        for slow in (Kind.PROXIMITY, Kind.COINCIDENT):
            assert not is_one_event(fast, TCA, slow, TCA, registry.rules)
            assert not is_one_event(slow, TCA, fast, TCA, registry.rules)


def test_the_approvals_of_a_solution_are_those_of_its_name_pair_and_approach(
    registry: Registry,
) -> None:
    given = [
        FOR_ALL,
        replace(FOR_ONE, case_id="mine"),
        replace(FOR_ALL, case_id="other", solution="commercial"),
        replace(FOR_ALL, case_id="pair", pair=(7, 8)),
        replace(FOR_ALL, case_id="late", tca=TCA + timedelta(days=1)),
        replace(FOR_ALL, case_id="slow", kind=Kind.PROXIMITY),
        replace(FOR_ALL, case_id="over", until=NOW),
        replace(FOR_ONE, case_id="theirs", partner="kor"),
    ]
    found = Approvals(given, "aus", NOW, registry.rules)
    one = solution(registry, "public", 50)
    assert [each.case_id for each in found.of(one)] == ["case", "mine"]
    assert [each.case_id for each in found.of(solution(registry, "commercial", 50))] == ["other"]
    assert found.of(solution(registry, "trilateral", 50)) == ()
    assert list(Approvals([], "aus", NOW, registry.rules).of(one)) == []
