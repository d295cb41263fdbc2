"""Contradictions: found by either side, told to whom policy lets have them, and to nobody else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from approaches import ASSET, NOW, approach, releases, solution, told, values

from sharing.errors import ReleaseError
from sharing.markings import parse
from sharing.policy import Action, Attributes, Band, Context, Decision, Engine
from sharing.registry import Partner, Registry
from sharing.release import (
    DISAGREEMENT,
    FAILED,
    Approval,
    Contradiction,
    Showing,
    Solution,
    release,
    solution_of,
)
from sharing.release.contradictions import Against, Question, answer_to
from sharing.release.door import Door


@pytest.fixture
def event(registry: Registry) -> list[Solution]:
    return [solution(registry, "public", 50, 9.0), solution(registry, "cdm-commercial", 50, 0.9)]


def test_a_contradiction_is_found_from_either_side(registry: Registry) -> None:
    a, b, c, d = (solution(registry, "public", 50) for _ in range(4))
    one, other = Contradiction(a, b, 5.0, "radial"), Contradiction(c, a, 6.0, "radial")
    against = Against([one, other])
    assert against.between(a, b) is against.between(b, a) is one
    assert against.between(a, c) is against.between(c, a) is other
    for some in ((b, c), (a, d), (d, a), (a, a)):
        assert against.between(*some) is None
    for each in (a, b, c):
        assert against.touches([d, each])
    # Equal to one that is contradicted, it is another all the same.
    assert not against.touches([d])
    assert not against.touches([])
    assert not Against([]).touches([a])
    assert Against([]).between(a, b) is None


class Closed(Engine):
    """An engine by which France may have no quality of several sources, and nobody else less."""

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        answers = super().decide_all(partner, attributes, asked)
        if partner.id == "fra" and attributes.group == "quality" and len(attributes.sources) > 1:
            return tuple(Decision(False, ("by-law",), ()) for _ in answers)
        return answers


@pytest.mark.parametrize("names", [("fra", "deu"), ("deu", "fra")])
def test_who_gets_the_same_of_both_sides_still_may_not_be_told_the_same(
    registry: Registry, engine: Engine, event: list[Solution], names: tuple[str, ...]
) -> None:
    closed = Closed(*engine.texts, registry)
    against = [Contradiction(event[0], event[1], 5.23, "in-track")]
    partners = [registry.partners[name] for name in names]
    together = Door(registry, closed, NOW).release(partners, event, against)
    made = {name: decided[0].release for name, decided in together.items()}
    assert made["fra"] is not None
    assert made["deu"] is not None
    assert DISAGREEMENT not in values(made["fra"])
    assert values(made["deu"])[DISAGREEMENT] == "public: 5.2 sigma, most of it in-track"
    (reason,) = (one for one in together["fra"][0].reasons if one.fact == DISAGREEMENT)
    assert (reason.decision, reason.policies) == (Showing.WITHHOLD, ("by-law",))
    for name, decided in together.items():
        plain = release(registry.partners[name], event, registry, closed, NOW)
        assert decided[0].reasons[:-1] == plain[0].reasons


def test_it_rests_on_the_sources_of_all_that_it_names(
    registry: Registry, engine: Engine, event: list[Solution]
) -> None:
    against = [Contradiction(event[0], event[1], 5.23, "in-track")]
    (made,) = releases("fra", event, registry, engine, against)
    (plain,) = releases("fra", event, registry, engine)
    assert made.sources == ("commercial", "public")
    assert plain.sources == ("commercial",)
    (fact,) = (fact for fact in made.facts if fact.name == DISAGREEMENT)
    assert (fact.unit, fact.portion) == ("", "(U)")
    assert made.facts[-1] is fact


def test_lists_that_only_the_register_brings_together_are_brought_together(
    registry: Registry, engine: Engine
) -> None:
    """What NATO may have and what Germany alone may have make something for Germany."""
    event = [
        solution_of(f"cdm-{source}", (source,), told(approach(50), marking), registry)
        for source, marking in (
            ("commercial", "S//REL TO USA, NATO"),
            ("public", "C//REL TO USA, DEU"),
        )
    ]
    against = [Contradiction(event[0], event[1], 6.0, "radial")]
    (made,) = releases("deu", event, registry, engine, against)
    assert made.banner == "SECRET//REL TO USA, DEU"
    (fact,) = (fact for fact in made.facts if fact.name == DISAGREEMENT)
    assert fact.portion == "(S//REL TO USA, DEU)"


def test_it_is_told_of_what_is_shown_alone(registry: Registry, engine: Engine) -> None:
    """Two that are superseded may contradict each other: that is nobody's."""
    event = [solution(registry, name, 50) for name in ("cdm-commercial", "public", "commercial")]
    against = [Contradiction(event[1], event[2], 9.0, "radial")]
    (made,) = releases("fra", event, registry, engine, against)
    assert made.solution == "cdm-commercial"
    assert DISAGREEMENT not in values(made)


def test_those_that_it_names_stand_in_the_order_of_their_names(
    registry: Registry, engine: Engine
) -> None:
    shown = solution(registry, "cdm-commercial", 50)
    others = [solution_of(name, ("public",), approach(50), registry) for name in "abc"]
    against = [
        Contradiction(shown, other, sigmas, "radial")
        for other, sigmas in zip(others, (5.0, 9.0, 7.0), strict=True)
    ]
    (made,) = releases("fra", [shown, *others], registry, engine, against)
    assert values(made)[DISAGREEMENT] == (
        "a: 5.0 sigma, most of it radial; b: 9.0 sigma, most of it radial; "
        "c: 7.0 sigma, most of it radial"
    )


@pytest.mark.parametrize("closed", ["resource.open", "!resource.open"])
def test_whichever_side_is_coarse_it_is_not_told_though_policy_would_let_it(
    registry: Registry, engine: Engine, event: list[Solution], closed: str
) -> None:
    schema, policies = engine.texts
    forbid = (
        '@id("coarse") @title("t") @authority("a") @review("2030-06-30")\n'
        'forbid (principal, action == Action::"see", resource) '
        f'when {{ resource.group == "geometry" && {closed} }};\n'
    )
    narrow = Engine(schema, policies + forbid, registry)
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    (made,) = releases("fra", event, registry, narrow, against)
    assert made.solution == "cdm-commercial"
    assert made == releases("fra", event, registry, narrow)[0]


def test_who_sees_one_side_coarse_is_not_told(registry: Registry, engine: Engine) -> None:
    event = [solution(registry, "public", 50, 9.0), solution(registry, "commercial", 50)]
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    for name in ("nzl", "kor", "per"):
        assert releases(name, event, registry, engine, against) == releases(
            name, event, registry, engine
        )
    assert DISAGREEMENT in values(releases("fra", event, registry, engine, against)[0])


def test_it_raises_the_banner_of_the_whole_or_is_withheld(
    registry: Registry, engine: Engine
) -> None:
    event = [
        solution(registry, "commercial", 50),
        solution_of("cdm-public", ("public",), told(approach(50), "C//REL TO USA, DEU"), registry),
    ]
    against = [Contradiction(event[0], event[1], 6.0, "radial")]
    (made,) = releases("deu", event, registry, engine, against)
    assert made.banner == "CONFIDENTIAL//REL TO USA, DEU"
    assert made.portion == "(C//REL TO USA, DEU)"
    low = replace(registry.partners["deu"], clearance=parse("U").classification)
    lower = replace(registry, partners={**registry.partners, "deu": low})
    (plain,) = releases("deu", event, lower, engine.supposing(lower), against)
    assert (plain.banner, DISAGREEMENT in values(plain)) == ("UNCLASSIFIED", False)


def test_of_a_protected_object_it_goes_where_exact_values_of_it_do(
    registry: Registry, engine: Engine
) -> None:
    """Britain is party of the agreement that exact values about it may go under."""
    event = [solution(registry, name, 50, pair=(5, ASSET)) for name in ("trilateral", "public")]
    against = [Contradiction(event[0], event[1], 8.0, "radial")]
    (made,) = releases("gbr", event, registry, engine, against)
    assert values(made)[DISAGREEMENT] == "public: 8.0 sigma, most of it radial"
    assert made.banner == "SECRET//REL TO USA, AUS, GBR"
    for name in ("fra", "per"):
        assert releases(name, event, registry, engine, against) == releases(
            name, event, registry, engine
        )


class Wide(Engine):
    """An engine by which anybody may have the quality of several sources."""

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        if attributes.group == "quality" and len(attributes.sources) > 1:
            return tuple(Decision(True, ("wide",), ()) for _ in asked)
        return super().decide_all(partner, attributes, asked)


def test_what_is_stopped_past_the_policies_is_withheld_alone_and_counted(
    registry: Registry, engine: Engine
) -> None:
    """Under ORCON that was consented to for one side, and not for what both contradict by."""
    marked = told(approach(50), "S//OC/REL TO USA, AUS")
    event = [
        solution_of("cdm-trilateral", ("trilateral",), marked, registry),
        solution(registry, "public", 50),
    ]
    wide, aus = Wide(*engine.texts, registry), registry.partners["aus"]
    held = [one for each in release(aus, event, registry, wide, NOW) for one in each.held]
    approvals = [
        Approval(
            case_id="case",
            solution=one.solution.name,
            pair=one.solution.pair,
            kind=one.solution.kind,
            tca=one.solution.tca,
            partner="aus",
            classes=one.classes,
            until=NOW.replace(hour=20),
            offices=one.offices,
        )
        for one in held
    ]
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    plain, _ = release(aus, event, registry, wide, NOW, (), approvals)
    made, _ = release(aus, event, registry, wide, NOW, against, approvals)
    assert made.release == plain.release
    assert made.release is not None
    assert made.release.banner == "SECRET//ORCON/REL TO USA, AUS"
    assert made.reasons[:-1] == plain.reasons
    assert (made.reasons[-1].fact, made.reasons[-1].policies) == (DISAGREEMENT, (FAILED,))


# Answers by themselves.


def question(marking: str, sources: tuple[str, ...], whole: str = "U") -> Question:
    context = Context(Band.FROM_72H, NOW.date())
    return Question(parse(marking), sources, (), context, frozenset(), parse(whole))


def test_the_whole_is_rolled_up_by_the_register(registry: Registry, engine: Engine) -> None:
    """Of what NATO may have and Germany alone may have, Germany may have the whole."""
    asked = question("C//REL TO USA, DEU", ("commercial",), "S//REL TO USA, NATO")
    answer = answer_to(asked, registry.partners["deu"], registry, engine)
    assert answer.reason.decision is Showing.SEE
    assert answer.portion == parse("C//REL TO USA, DEU")
    assert answer.whole == parse("S//REL TO USA, DEU")


def test_what_is_withheld_has_no_marking(registry: Registry, engine: Engine) -> None:
    for asked in (
        question("C//REL TO USA, DEU", ("commercial",)),
        question("U", ("nowhere",)),
        question("U", ("trilateral",)),
    ):
        answer = answer_to(asked, registry.partners["fra"], registry, engine)
        assert answer.reason.decision is Showing.WITHHOLD
        assert (answer.portion, answer.whole) == (None, None)


def test_a_policy_too_wide_is_stopped_here_too(registry: Registry, engine: Engine) -> None:
    schema, _ = engine.texts
    wide = '@id("x") @title("t") @authority("a") @review("2099-01-01")'
    permissive = Engine(schema, wide + "permit (principal, action, resource);", registry)
    asked = question("C//REL TO USA, DEU", ("commercial",))
    answer = answer_to(asked, registry.partners["deu"], registry, permissive)
    assert answer.whole == parse("C//REL TO USA, DEU")
    with pytest.raises(ReleaseError, match="a policy is too wide"):
        answer_to(asked, registry.partners["fra"], registry, permissive)
    # What nobody consented to is stopped, too.
    for marking in ("S//OC/REL TO USA, DEU", "S//FGI DEU//REL TO USA, DEU"):
        unasked = question(marking, ("commercial",))
        with pytest.raises(ReleaseError, match="a policy is too wide"):
            answer_to(unasked, registry.partners["deu"], registry, permissive)


@pytest.mark.parametrize("marking", ["S//OC/REL TO USA, AUS", "S//FGI DEU GBR//REL TO USA, AUS"])
def test_what_needs_consent_passes_once_it_was_given(
    registry: Registry, engine: Engine, marking: str
) -> None:
    asked = question(marking, ("trilateral",))
    aus = registry.partners["aus"]
    held = answer_to(asked, aus, registry, engine)
    assert held.reason.decision is Showing.WITHHOLD
    assert held.reason.review is not None
    approved = replace(asked, approved=frozenset({held.reason.review}))
    answer = answer_to(approved, aus, registry, engine)
    assert answer.whole == answer.portion == parse(marking)
    # An approval that was not the owners' lets nothing of theirs pass.
    schema, policies = engine.texts
    forgetful = Engine(schema, policies.replace('@approver("owner")\n', ""), registry)
    if "FGI" in marking:
        with pytest.raises(ReleaseError, match="a policy is too wide"):
            answer_to(approved, aus, registry, forgetful)
