"""Messages at the door: their own marking holds, and a contradiction is told to who sees both."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from approaches import ASSET, NOW, approach, releases, solution, told, values

from sharing.markings import parse
from sharing.policy import Action, Attributes, Context, Decision, Engine
from sharing.registry import Partner, Registry
from sharing.release import (
    DISAGREEMENT,
    FAILED,
    Contradiction,
    Rendition,
    Showing,
    Solution,
    release,
    solution_of,
)

CONFIG = Path(__file__).parents[2] / "config"
EVERYBODY = ("aus", "deu", "fra", "nzl", "kor", "per", "nato", "ood")


def marked(registry: Registry, marking: str, source: str = "commercial") -> Solution:
    made = told(approach(50, 0.9), marking)
    return solution_of(f"cdm-{source}", (source,), made, registry)


# Markings.


def test_each_fact_of_a_message_carries_its_own_marking_beside_its_sources(
    registry: Registry,
) -> None:
    one = marked(registry, "SECRET//REL TO USA, DEU")
    assert {fact.marking for fact in one.facts} == {parse("S//REL TO USA, DEU")}
    one = marked(registry, "SECRET//REL TO USA, DEU\nCONFIDENTIAL//REL TO USA, DEU, FRA")
    assert {fact.marking for fact in one.facts} == {parse("S//REL TO USA, DEU")}
    one = marked(registry, "UNCLASSIFIED", "trilateral")
    assert {fact.marking for fact in one.facts} == {registry.sources["trilateral"].marking}


@pytest.mark.parametrize(
    ("marking", "readers"),
    [
        ("", {"aus", "deu", "fra", "nzl", "kor", "nato", "ood"}),
        ("SECRET//REL TO USA, DEU", {"deu"}),
        ("SECRET//NOFORN", set()),
        ("TOP SECRET//REL TO USA, DEU", set()),
    ],
)
def test_a_message_reaches_those_alone_whom_its_marking_admits(
    registry: Registry, engine: Engine, marking: str, readers: set[str]
) -> None:
    one = marked(registry, marking)
    assert {name for name in EVERYBODY if releases(name, [one], registry, engine)} == readers


@pytest.mark.parametrize("marking", ["SECRT", "SECRET//SAR-BP", " ", "SECRET\nnonsense"])
def test_a_marking_that_cannot_be_read_withholds_from_everybody_and_is_counted(
    registry: Registry, engine: Engine, marking: str
) -> None:
    broken, public = marked(registry, marking), solution(registry, "public", 50)
    assert broken.facts == ()
    for name in EVERYBODY:
        decided = release(registry.partners[name], [broken, public], registry, engine, NOW)
        assert [one.release.solution for one in decided if one.release] == ["public"]
        failed = [reason for one in decided for reason in one.reasons if FAILED in reason.policies]
        assert len(failed) == 1
        assert "the marking of its message cannot be read" in failed[0].text
        assert releases(name, [broken, public], registry, engine) == releases(
            name, [public], registry, engine
        )


def test_a_message_that_states_its_errors_goes_before_element_sets_of_the_same_worth(
    registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, name, 50) for name in ("commercial", "cdm-commercial")]
    (made,) = releases("fra", both, registry, engine)
    assert (made.solution, values(made)["probability"]) == ("cdm-commercial", 3e-6)
    assert values(made)["probability_method"] == "FOSTER-1992"
    (made,) = releases("nzl", both, registry, engine)
    assert made.rendition == Rendition.TEAR_LINE
    assert values(made)["probability"] == "<1e-05"
    assert "probability_method" not in values(made)


# Contradictions.


@pytest.fixture
def event(registry: Registry) -> list[Solution]:
    return [solution(registry, "public", 50.01, 9.0), solution(registry, "cdm-commercial", 50, 0.9)]


def test_who_sees_both_exactly_is_told_and_nobody_else(
    event: list[Solution], registry: Registry, engine: Engine
) -> None:
    against = [Contradiction(event[0], event[1], 5.23, "in-track")]
    told_to = {}
    for name in EVERYBODY:
        (made,) = releases(name, event, registry, engine, against)
        if DISAGREEMENT in values(made):
            told_to[name] = values(made)[DISAGREEMENT]
        else:
            assert made == releases(name, event, registry, engine)[0]
    assert told_to == dict.fromkeys(("deu", "fra"), "public: 5.2 sigma, most of it in-track")


def test_it_carries_the_markings_of_both_sides(registry: Registry, engine: Engine) -> None:
    event = [
        solution(registry, "commercial", 50),
        solution_of(
            "cdm-public",
            ("public",),
            told(approach(50), "SECRET//REL TO USA, DEU"),
            registry,
        ),
    ]
    against = [Contradiction(event[0], event[1], 6.0, "radial")]
    # Deemed marked above its open source, it needs an agreement, which covers the public one.
    (made,) = releases("deu", event, registry, engine, against)
    assert (made.solution, made.rendition) == ("commercial", Rendition.FULL)
    portions = {fact.name: fact.portion for fact in made.facts}
    assert portions.pop(DISAGREEMENT) == "(S//REL TO USA, DEU)"
    assert set(portions.values()) == {"(U)"}
    assert made.banner == "SECRET//REL TO USA, DEU"
    (other,) = releases("fra", event, registry, engine, against)
    assert DISAGREEMENT not in values(other)
    assert other.banner == "UNCLASSIFIED"


def test_contradictions_with_several_are_one_fact(registry: Registry, engine: Engine) -> None:
    event = [solution(registry, name, 50) for name in ("cdm-commercial", "public", "commercial")]
    against = [
        Contradiction(event[0], event[1], 8.0, "radial"),
        Contradiction(event[2], event[0], 12.04, "in-track"),
        Contradiction(event[1], event[2], 99.0, "in-track"),
    ]
    (made,) = releases("fra", event, registry, engine, against)
    assert values(made)[DISAGREEMENT] == (
        "commercial: 12.0 sigma, most of it in-track; public: 8.0 sigma, most of it radial"
    )


def test_about_a_protected_asset_nothing_is_told(registry: Registry, engine: Engine) -> None:
    event = [solution(registry, name, 50, pair=(5, ASSET)) for name in ("cdm-commercial", "public")]
    against = [Contradiction(event[0], event[1], 8.0, "radial")]
    for name in EVERYBODY:
        assert releases(name, event, registry, engine, against) == releases(
            name, event, registry, engine
        )


class Odd(Engine):
    """An engine that forbids a decision about quality, or loses its mind over it."""

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        if attributes.group == "quality" and len(attributes.sources) > 1:
            if self.raises:
                raise RuntimeError("out of order")
            return tuple(Decision(False, ("by-law",), ()) for _ in asked)
        return super().decide_all(partner, attributes, asked)

    raises = False


@pytest.mark.parametrize("raises", [False, True])
def test_the_policy_decides_on_it_and_a_failure_withholds_it_alone(
    event: list[Solution], registry: Registry, engine: Engine, raises: bool
) -> None:
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    texts = [path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar"))]
    odd = Odd(schema, "\n".join(texts), registry)
    odd.raises = raises
    against = [Contradiction(event[0], event[1], 5.23, "in-track")]
    decided = release(registry.partners["fra"], event, registry, odd, NOW, against)
    (made,) = (one for one in decided if one.release)
    assert made.release == releases("fra", event, registry, engine)[0]
    (reason,) = (one for one in made.reasons if one.fact == DISAGREEMENT)
    assert reason.decision is Showing.WITHHOLD
    assert (FAILED in reason.policies) is raises


def test_a_contradiction_of_two_events_is_told_in_neither(
    registry: Registry, engine: Engine
) -> None:
    event = [solution(registry, "public", 50), solution(registry, "cdm-commercial", 53)]
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    made = releases("fra", event, registry, engine, against)
    assert len(made) == 2
    assert not any(DISAGREEMENT in values(one) for one in made)


def test_it_lapses_with_either_side(registry: Registry, engine: Engine) -> None:
    event = [solution(registry, "public", 49.9), solution(registry, "cdm-commercial", 50)]
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    (plain,) = releases("fra", event, registry, engine)
    (made,) = releases("fra", event, registry, engine, against)
    assert (plain.valid_until, made.valid_until) == (
        NOW + timedelta(hours=26),
        NOW + timedelta(hours=26) - timedelta(minutes=10),
    )
