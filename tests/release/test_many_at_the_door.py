"""Partners decided together get, word for word, what each of them gets alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest
from approaches import ASSET, NOW, approach, described, solution, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.policy import Action, Attributes, Context, Decision, Engine
from sharing.registry import Agreement, Detail, Partner, Registry
from sharing.release import (
    FAILED,
    SUPERSEDED,
    Approval,
    Contradiction,
    Decided,
    Rendition,
    Solution,
    release,
    solution_of,
)
from sharing.release.door import Door
from sharing.release.timing import Timing

CONFIG = Path(__file__).parents[2] / "config"
PARTNERS = ["aus", "fra", "deu", "nzl", "kor", "pol", "per", "ury"]


def words(decided: Sequence[Decided]) -> list[tuple[object, ...]]:
    """Return outcomes as values: what is held is compared by what it says."""
    return [
        (
            one.release,
            one.reasons,
            [(id(held.solution), held.classes, held.waiting, held.offices) for held in one.held],
        )
        for one in decided
    ]


def approvals_of(decided: Sequence[Decided], partner: str) -> list[Approval]:
    """Return approvals of all that is held."""
    return [
        Approval(
            case_id="case",
            solution=held.solution.name,
            pair=held.solution.pair,
            kind=held.solution.kind,
            tca=held.solution.tca,
            partner=partner,
            classes=held.classes,
            until=NOW + timedelta(hours=3),
            offices=held.offices,
        )
        for one in decided
        for held in one.held
    ]


@settings(max_examples=12, deadline=None)
@given(st.lists(described, max_size=8), st.randoms(use_true_random=False), st.booleans())
def test_partners_together_get_what_each_gets_alone(
    registry: Registry, engine: Engine, given: list, random: Random, is_approved: bool
) -> None:
    solutions = [solution(registry, *one) for one in given]
    against = [
        Contradiction(one, other, random.uniform(4, 40), "radial")
        for one, other in combinations(solutions, 2)
        if one.pair == other.pair and one.name != other.name and random.random() < 0.5
    ]
    everybody = [registry.partners[name] for name in PARTNERS]
    random.shuffle(everybody)
    approvals: list[Approval] = []
    if is_approved:
        waiting = release(registry.partners["fra"], solutions, registry, engine, NOW)
        approvals = approvals_of(waiting, random.choice(["", "fra", "nzl"]))
    door = Door(registry, engine, NOW, approvals)
    together = door.release(everybody, solutions, against)
    assert list(together) == [partner.id for partner in everybody]
    for partner in everybody:
        alone = release(partner, solutions, registry, engine, NOW, against, approvals)
        assert words(together[partner.id]) == words(alone)


def test_in_parts_a_door_decides_as_it_does_in_one(registry: Registry, engine: Engine) -> None:
    """A second part is not mistaken for the first, by those alike in the first alone."""
    near = [solution(registry, "public", 50)]
    marked = [solution(registry, "commercial", 50, pair=(7, 8))]
    two = [registry.partners[name] for name in ("per", "fra")]
    door = Door(registry, engine, NOW)
    for part in (near, marked, near):
        together = door.release(two, part)
        for partner in two:
            assert together[partner.id] == release(partner, part, registry, engine, NOW)
    assert door.release((), near) == {}


def test_who_may_know_the_same_shares_one_tuple(registry: Registry, engine: Engine) -> None:
    solutions = [
        solution(registry, "commercial", 50),
        solution(registry, "public", 51, pair=(7, 8)),
        solution(registry, "cdm-public", 51, pair=(7, 8)),
    ]
    door = Door(registry, engine, NOW)
    together = door.release([registry.partners[name] for name in PARTNERS], solutions)
    for one, other in (("fra", "deu"), ("kor", "pol"), ("per", "ury")):
        assert together[one] is together[other]
    assert together["fra"] is not together["kor"]


@pytest.mark.parametrize("names", [("kor", "pol"), ("pol", "kor")])
@pytest.mark.parametrize("beside", [(), ("public",), ("public", "commercial")])
def test_who_gets_the_same_of_one_pair_may_get_less_of_another(
    registry: Registry, engine: Engine, names: tuple[str, str], beside: tuple[str, ...]
) -> None:
    """Pairs alike in some of their solutions are not alike in what is marked beside these."""
    marked = told(approach(50, 0.3, (7, 8)), "C//REL TO USA, KOR")
    solutions = [
        solution(registry, "cdm-public", 50),
        *(solution(registry, name, 50) for name in beside),
        *(solution(registry, name, 50, pair=(7, 8)) for name in beside),
        solution_of("cdm-public", ("public",), marked, registry),
    ]
    for some in (solutions, solutions[::-1]):
        together = Door(registry, engine, NOW).release(
            [registry.partners[name] for name in names], some
        )
        for name in names:
            alone = release(registry.partners[name], some, registry, engine, NOW)
            assert words(together[name]) == words(alone)
            banners = {one.release.banner for one in together[name] if one.release}
            assert ("CONFIDENTIAL//REL TO USA, KOR" in banners) is (name == "kor")
            assert name == "kor" or banners == {"UNCLASSIFIED"}


@pytest.mark.parametrize("names", [("fra", "deu"), ("deu", "fra")])
def test_an_approval_for_one_is_none_for_who_is_alike_without_it(
    registry: Registry, engine: Engine, names: tuple[str, str]
) -> None:
    waiting = [solution(registry, "commercial", 100, pair=(5, ASSET))]
    bare = release(registry.partners["fra"], waiting, registry, engine, NOW)
    door = Door(registry, engine, NOW, approvals_of(bare, "fra"))
    together = door.release([registry.partners[name] for name in names], waiting)
    rungs = {name: one.release.rendition for name, (one,) in together.items() if one.release}
    assert rungs == {"fra": Rendition.TEAR_LINE, "deu": Rendition.CONTACT}


# What fails for one partner is nobody else's.


class Losing(Engine):
    """An engine that loses its mind over one partner: over its existence, or over all."""

    def decide(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        if partner.id == "kor":
            raise RuntimeError("out of order")
        return super().decide(partner, attributes, action, context)


@pytest.fixture(scope="module")
def losing(registry: Registry) -> Engine:
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    texts = [path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar"))]
    return Losing(schema, "\n".join(texts), registry)


@pytest.mark.parametrize("names", [*permutations(["kor", "pol", "swe"])])
def test_a_decision_that_fails_for_one_fails_for_no_other(
    registry: Registry, engine: Engine, losing: Engine, names: tuple[str, ...]
) -> None:
    both = [solution(registry, "commercial", 50), solution(registry, "public", 50, pair=(7, 8))]
    three = [registry.partners[name] for name in names]
    together = Door(registry, losing, NOW).release(three, both)
    for partner in three:
        assert words(together[partner.id]) == words(release(partner, both, registry, losing, NOW))
    (shown, lost) = together["kor"]
    assert shown.release is not None
    assert shown.release.objects == (7, 8)
    assert [(reason.fact, reason.policies) for reason in lost.reasons] == [("*", (FAILED,))]
    for name in ("pol", "swe"):
        assert together[name] == release(registry.partners[name], both, registry, engine, NOW)


def test_a_partner_whose_agreements_are_unknown_gets_nothing_and_hurts_no_other(
    registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, "public", 50), solution(registry, "public", 50, pair=(7, 8))]
    lost = replace(registry.partners["per"], id="lost", agreements=("nowhere",))
    per = registry.partners["per"]
    for some in ((lost, per), (per, lost)):
        together = Door(registry, engine, NOW).release(some, both)
        assert len(together["lost"]) == 2
        for one in together["lost"]:
            assert one.release is None
            assert [reason.policies for reason in one.reasons] == [(FAILED,)]
        assert together["per"] == release(per, both, registry, engine, NOW)


def test_what_is_approved_for_one_partner_is_not_released_to_its_like_with_another_approval(
    registry: Registry, engine: Engine
) -> None:
    fra = registry.partners["fra"]
    twin = replace(fra, id="twin")
    firm = registry.sources["commercial"]
    firm = replace(firm, licensees=(*firm.licensees, "twin"))
    registry = replace(
        registry,
        sources={**registry.sources, firm.id: firm},
        partners={**registry.partners, twin.id: twin},
    )
    engine = engine.supposing(registry)
    waiting = [solution(registry, "commercial", 100, pair=(one, ASSET)) for one in (5, 7)]
    decided = release(fra, waiting, registry, engine, NOW)
    first, second = approvals_of(decided, "fra")
    approvals = [first, replace(second, partner="twin")]
    both = Door(registry, engine, NOW, approvals).release([fra, twin], waiting)
    for partner, approval in zip((fra, twin), approvals, strict=True):
        alone = release(partner, waiting, registry, engine, NOW, (), approvals)
        assert words(both[partner.id]) == words(alone)
        shown = [one.release for one in both[partner.id] if one.release]
        assert [one.objects for one in shown if one.rendition != Rendition.CONTACT] == [
            approval.pair
        ]


def test_contradictions_that_cannot_be_read_withhold_everything_from_everybody(
    registry: Registry, engine: Engine
) -> None:
    def broken() -> Iterator[Contradiction]:
        raise RuntimeError("out of order")
        yield

    some = [registry.partners[name] for name in PARTNERS]
    solutions = [solution(registry, "public", hours) for hours in (50, 60)]
    made = Door(registry, engine, NOW).release(some, solutions, broken())
    assert list(made) == PARTNERS
    for decided in made.values():
        assert [one.release for one in decided] == [None, None]
        assert [one.reasons[0].policies for one in decided] == [(FAILED,), (FAILED,)]


class Worn(Timing):
    """Cannot tell when a decision on one time changes."""

    def next_change(self, tca: datetime, is_contact: bool) -> datetime:
        if tca == NOW + timedelta(hours=50) and not is_contact:
            raise RuntimeError("out of order")
        return super().next_change(tca, is_contact)


def test_where_the_best_cannot_be_released_the_next_is(registry: Registry, engine: Engine) -> None:
    event = [
        solution(registry, "commercial", 50.2),
        solution(registry, "trilateral", 50),
        solution(registry, "public", 50.02),
    ]
    aus = registry.partners["aus"]
    (best, *_) = Door(registry, engine, NOW).release([aus], event)["aus"]
    assert best.release is not None
    assert best.release.solution == "trilateral"
    door = Door(registry, engine, NOW)
    door.timing = Worn(registry.rules, NOW)
    made, *others = door.release([aus], event)["aus"]
    assert made.release is not None
    assert made.release.solution == "commercial"
    reasons = [reason.policies for one in others for reason in one.reasons]
    assert sorted(reasons) == [(FAILED,), (SUPERSEDED,)]


def test_a_solution_that_cannot_be_placed_is_counted_for_everybody(
    registry: Registry, engine: Engine
) -> None:
    good = solution(registry, "public", 50)
    broken = replace(solution(registry, "public", 50, pair=(7, 8)), fault="no marking")
    two = [registry.partners["per"], registry.partners["fra"]]
    together = Door(registry, engine, NOW).release(two, [broken, good])
    for partner in two:
        shown, lost = together[partner.id]
        assert shown.release is not None
        assert shown.release.objects == (5, 6)
        assert (lost.release, lost.reasons[0].policies) == (None, (FAILED,))
        assert "no marking" in lost.reasons[0].text


# Agreements that lapse at different times.

DAYS = [date(2026, 11, 24), date(2026, 11, 25), date(2027, 6, 1)]


def with_agreements(registry: Registry, days: Sequence[date]) -> tuple[Registry, list[Partner]]:
    """Return a registry with a partner for each day, with an agreement that lapses then."""
    agreements = {
        f"until-{number}": Agreement(
            id=f"until-{number}",
            title="t",
            authority="a",
            parties=(f"p{number}",),
            sources=(),
            detail=Detail.EXACT,
            effective=date(2020, 1, 1),
            expires=date(2031, 1, 1),
            review=day,
        )
        for number, day in enumerate(days)
    }
    partners = [
        replace(registry.partners["per"], id=f"p{number}", agreements=(f"until-{number}",))
        for number in range(len(days))
    ]
    wider = replace(
        registry,
        agreements=MappingProxyType({**registry.agreements, **agreements}),
        partners=MappingProxyType({**registry.partners, **{one.id: one for one in partners}}),
    )
    return wider, partners


@pytest.mark.parametrize("order", [*permutations(range(3))])
@pytest.mark.parametrize("names", [("public",), ("public", "cdm-public")])
def test_each_gets_the_lapse_of_its_own_agreements(
    registry: Registry, engine: Engine, order: tuple[int, ...], names: tuple[str, ...]
) -> None:
    """Who gets the same otherwise still reads until when its own decision holds."""
    wider, partners = with_agreements(registry, DAYS)
    supposed = engine.supposing(wider)
    solutions = [solution(wider, name, 100) for name in names]
    door = Door(wider, supposed, NOW)
    together = door.release([partners[number] for number in order], solutions)
    until = {
        name: made[0].release.valid_until for name, made in together.items() if made[0].release
    }
    midnight = NOW.replace(hour=0)
    assert until == {
        "p0": midnight + timedelta(days=1),
        "p1": NOW + timedelta(hours=28),
        "p2": NOW + timedelta(hours=28),
    }
    # What lapses after the next change of all decisions tells nobody apart.
    assert together["p1"] is together["p2"] is not together["p0"]
    # After all that time may change, when an agreement lapses changes nothing.
    late = [solution(wider, name, -200) for name in names]
    after = Door(wider, supposed, NOW).release([partners[number] for number in order], late)
    for number in range(3):
        assert words(after[f"p{number}"]) == words(
            release(partners[number], late, wider, supposed, NOW)
        )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("pair", [(5, 6), (7, 8)])
def test_what_changes_late_lapses_with_the_agreements_that_lapse_before(
    registry: Registry, engine: Engine, order: tuple[int, int], pair: tuple[int, int]
) -> None:
    """Of one pair or of several alike, whichever changes first."""
    wider, partners = with_agreements(registry, DAYS[1:])
    supposed = engine.supposing(wider)
    both = [solution(wider, "public", 100), solution(wider, "public", 200, pair=pair)]
    for some in (both, both[::-1]):
        together = Door(wider, supposed, NOW).release([partners[one] for one in order], some)
        until = {
            name: [one.release.valid_until for one in made if one.release]
            for name, made in together.items()
        }
        first = NOW + timedelta(hours=28)
        assert until == {
            "p0": [first, NOW.replace(hour=0) + timedelta(days=2)],
            "p1": [first, NOW + timedelta(hours=128)],
        }


def test_whose_agreements_lapse_alike_share_one_tuple_however_soon(
    registry: Registry, engine: Engine
) -> None:
    wider, partners = with_agreements(registry, [DAYS[0], DAYS[0]])
    door = Door(wider, engine.supposing(wider), NOW)
    together = door.release(partners, [solution(wider, "public", 100)])
    assert together["p0"] is together["p1"]


def test_protected_objects_are_those_of_the_pair_in_its_order(
    registry: Registry, engine: Engine
) -> None:
    door = Door(registry, engine, NOW)
    assets = registry.assets
    other = next(number for number in assets if number != ASSET)
    assert door.layout.touched((5, 6)) == ()
    assert door.layout.touched((5, ASSET)) == door.layout.touched((ASSET, 5)) == (assets[ASSET],)
    assert door.layout.touched((ASSET, other)) == (assets[ASSET], assets[other])


def test_a_plan_is_made_once_for_all_who_get_the_same(registry: Registry, engine: Engine) -> None:
    door = Door(registry, engine, NOW)
    of = door.layout.place(solution(registry, "public", 50)).of
    assert door.layout.place(solution(registry, "public", 50.1, 3.0, (7, 8))).of is of
    others: list[Solution] = [
        solution(registry, "public", 10),
        solution(registry, "commercial", 50),
        solution(registry, "public", 50, pair=(5, ASSET)),
    ]
    assert all(door.layout.place(one).of is not of for one in others)


def test_of_a_pair_that_fails_as_a_whole_each_solution_is_withheld_and_no_other(
    registry: Registry, engine: Engine
) -> None:
    broken = replace(registry, rules=replace(registry.rules, same_event_min=None))
    both = [solution(registry, "public", 50), solution(registry, "commercial", 50)]
    other = solution(registry, "public", 50, pair=(7, 8))
    made, *silent = release(registry.partners["fra"], [*both, other], broken, engine, NOW)
    assert made.release is not None
    assert made.release.objects == (7, 8)
    assert [reason.policies for one in silent for reason in one.reasons] == [(FAILED,), (FAILED,)]
