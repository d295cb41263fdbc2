"""Laws of the door: nothing hidden leaves a trace, and more restriction never shows more."""

from copy import copy
from dataclasses import fields, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest
from approaches import ASSET, NOW, SOURCES, approach, described, releases, solution, told, values
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.model import Kind
from sharing.feeds.bodies import Writer
from sharing.markings import Classification, Marking, parse, roll_up
from sharing.policy import Action, Band, Context, Engine, attributes_of, band_at, read_engine
from sharing.registry import Detail, Partner, PartnerKind, Registry
from sharing.release import (
    DISAGREEMENT,
    FACTS,
    Contradiction,
    Decided,
    Release,
    Rendition,
    Showing,
    Solution,
    release,
    solution_of,
)
from sharing.release.facts import group_of
from sharing.release.grids import time_on_grid

CONFIG = Path(__file__).parents[2] / "config"
PARTNERS = ["aus", "gbr", "fra", "nzl", "ita", "kor", "per", "nato", "ood"]
ORDER = [Showing.WITHHOLD, Showing.SEE_COARSE, Showing.SEE]

described_lists = st.lists(described, max_size=8)
some_partner = st.sampled_from(PARTNERS)
law = settings(max_examples=60, deadline=None)


def showings(decided: tuple[Decided, ...]) -> dict[str, Showing]:
    """Return what a single solution shows, fact by fact."""
    (one,) = decided
    return {reason.fact: reason.decision for reason in one.reasons}


def contradictions(solutions: list[Solution], random: Random) -> list[Contradiction]:
    """Return contradictions of some pairs of solutions that may be of one event."""
    return [
        Contradiction(one, other, random.uniform(4, 40), random.choice(["radial", "in-track"]))
        for one, other in combinations(solutions, 2)
        if one.pair == other.pair and one.name != other.name and random.random() < 0.7
    ]


near = st.tuples(
    st.sampled_from(sorted(SOURCES)),
    st.floats(49.9, 50.05),
    st.floats(0, 40),
    st.sampled_from([(5, 6), (5, ASSET)]),
    st.sampled_from([Kind.CROSSING, Kind.PROXIMITY]),
)
"""Arguments of `solution` that make solutions of one event more often than not."""


# Laws of one release.


@law
@given(described_lists, some_partner)
def test_the_banner_is_the_roll_up_of_the_facts_and_within_what_the_partner_may_hold(
    registry: Registry, engine: Engine, given: list, name: str
) -> None:
    partner = registry.partners[name]
    solutions = [solution(registry, *one) for one in given]
    against = contradictions(solutions, Random(len(given)))
    for made in releases(name, solutions, registry, engine, against):
        whole = roll_up((parse(fact.portion) for fact in made.facts), registry.register)
        assert (made.banner, made.portion) == (whole.banner, whole.portion)
        assert whole.classification <= partner.clearance
        readers = registry.register.atoms(whole.releasable_to or ())
        assert whole.is_unrestricted or readers >= {*partner.codes}


@law
@given(described_lists, some_partner)
def test_facts_of_two_solutions_are_never_mixed(
    registry: Registry, engine: Engine, given: list, name: str
) -> None:
    """Give each solution a miss distance of its own and look for it in what comes out."""
    solutions = []
    for number, (source, hours, _, pair, kind) in enumerate(given):
        one = approach(hours, 100 + number, pair, kind)
        one = replace(one, name_1=f"{number}", name_2=f"{number}", radial_km=float(number))
        solutions.append(solution_of(source, SOURCES[source], one, registry))
    for made in releases(name, solutions, registry, engine):
        shown = values(made)
        if made.rendition == Rendition.CONTACT:
            continue
        number = int(str(shown["name_1"]))
        origin = solutions[number]
        assert shown["name_2"] == f"{number}"
        assert made.solution == origin.name
        assert shown.get("radial", number) == number
        assert shown.get("miss_distance", 100 + number) in (100 + number, ">=25")
        exact = {fact.name: fact.value for fact in origin.facts}
        if made.rendition == Rendition.FULL:
            assert shown == exact


@law
@given(described_lists, some_partner)
def test_each_solution_is_accounted_for_once(
    registry: Registry, engine: Engine, given: list, name: str
) -> None:
    solutions = [solution(registry, *one) for one in given]
    decided = release(registry.partners[name], solutions, registry, engine, NOW)
    assert len(decided) == len(solutions)
    assert all(one.reasons for one in decided)


@law
@given(described_lists, some_partner)
def test_what_is_hidden_leaves_no_trace(
    registry: Registry, engine: Engine, given: list, name: str
) -> None:
    """Run twice, with and without the solutions of which the partner may see nothing."""
    solutions = [solution(registry, *one) for one in given]
    visible = [one for one in solutions if releases(name, [one], registry, engine)]
    with_hidden = releases(name, solutions, registry, engine)
    assert with_hidden == releases(name, visible, registry, engine)


@settings(max_examples=150, deadline=None)
@given(st.lists(near, max_size=5), some_partner, st.integers(0, 999))
def test_a_contradiction_with_what_is_hidden_or_coarse_leaves_no_trace(
    registry: Registry, engine: Engine, given: list, name: str, seed: int
) -> None:
    """Take away what the partner does not see exactly, and its contradictions with it."""
    solutions = [solution(registry, *one) for one in given]
    against = contradictions(solutions, Random(seed))
    exact = {
        id(one)
        for one in solutions
        for alone in releases(name, [one], registry, engine)
        if {"miss_distance", "radial", "tca", "sources"} <= values(alone).keys()
        and not isinstance(values(alone)["miss_distance"], str)
        and alone.tca == one.tca
    }
    seen = [one for one in solutions if releases(name, [one], registry, engine)]
    known = [each for each in against if {id(each.one), id(each.other)} <= exact]
    with_all = releases(name, solutions, registry, engine, against)
    assert with_all == releases(name, seen, registry, engine, known)
    # Other figures of what is hidden change nothing either.
    other = [
        each if each in known else Contradiction(each.one, each.other, 99.0, "cross-track")
        for each in against
    ]
    assert with_all == releases(name, solutions, registry, engine, other)


@law
@given(st.lists(near, min_size=2, max_size=5), some_partner, st.integers(0, 999))
def test_a_contradiction_adds_one_fact_and_changes_no_other(
    registry: Registry, engine: Engine, given: list, name: str, seed: int
) -> None:
    solutions = [solution(registry, *one) for one in given]
    against = contradictions(solutions, Random(seed))
    for plain, made in zip(
        releases(name, solutions, registry, engine),
        releases(name, solutions, registry, engine, against),
        strict=True,
    ):
        assert tuple(fact for fact in made.facts if fact.name != DISAGREEMENT) == plain.facts
        assert made.valid_until <= plain.valid_until
        if made.facts == plain.facts:
            assert made == plain


@law
@given(described_lists, st.lists(described, min_size=1, max_size=4))
def test_what_a_coalition_may_not_see_leaves_no_trace_in_its_view(
    registry: Registry, engine: Engine, given: list, hidden: list
) -> None:
    seen = [solution(registry, *one) for one in given]
    secret = [solution(registry, "trilateral", *one[1:]) for one in hidden]
    for name in ("nato", "ood", "fra"):
        plain = [one for one in seen if one.name != "trilateral"]
        assert releases(name, [*secret, *plain], registry, engine) == releases(
            name, plain, registry, engine
        )


@law
@given(described_lists, some_partner, st.randoms())
def test_the_order_of_solutions_does_not_matter(
    registry: Registry, engine: Engine, given: list, name: str, random: object
) -> None:
    solutions = [solution(registry, *one) for one in given]
    shuffled = list(solutions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert releases(name, shuffled, registry, engine) == releases(name, solutions, registry, engine)


@law
@given(described, some_partner)
def test_what_is_said_to_be_valid_does_not_change_before(
    registry: Registry, engine: Engine, given: tuple, name: str
) -> None:
    one = [solution(registry, *given)]
    partner = registry.partners[name]
    for made in releases(name, one, registry, engine):
        assert made.valid_until > NOW
        last = made.valid_until - timedelta(microseconds=1)
        (later,) = (x.release for x in release(partner, one, registry, engine, last))
        assert later is not None
        assert replace_valid(later) == replace_valid(made)


def replace_valid(made: Release) -> dict[str, object]:
    return {
        field.name: getattr(made, field.name)
        for field in fields(Release)
        if field.name != "valid_until"
    }


@law
@given(described, st.sampled_from(["nzl", "ita", "kor", "ood", "nato"]))
def test_a_coarse_release_says_nothing_finer_than_its_grids(
    registry: Registry, engine: Engine, given: tuple, name: str
) -> None:
    """Move an approach within its interval: nothing that comes out may move with it."""
    (_, hours, _, pair, kind) = given
    start = round(hours * 6) / 6  # a multiple of the ten minutes of the time grid
    made = [
        releases(
            name,
            [solution(registry, "commercial", start + late, 2.0, pair, kind)],
            registry,
            engine,
        )
        for late in (0.001, 0.159)
    ]
    if kind is Kind.CROSSING:
        assert made[0] == made[1]
    else:
        assert [one.tca for one in made[0]] == [one.tca for one in made[1]]


def bodies(made: list[Release]) -> list[bytes]:
    return [Writer().body_of(one)[1] for one in made]


@law
@given(described, some_partner)
def test_what_is_said_to_be_left_out_is_withheld_and_may_be_known(
    registry: Registry, engine: Engine, given: tuple, name: str
) -> None:
    one = solution(registry, *given)
    markings = {fact.name: (fact.marking, fact.sources) for fact in one.facts}
    assets = [registry.assets[number] for number in one.pair if number in registry.assets]
    start = time_on_grid(one.tca, registry.rules.time_grid_min)
    over = start + timedelta(minutes=registry.rules.time_grid_min) <= NOW
    band = Band.PAST if over else min(band_at(NOW, start), Band.UNDER_24H, key=[*Band].index)
    for made in releases(name, [one], registry, engine):
        assert set(made.omitted) <= markings.keys() - values(made).keys()
        assert not made.omitted or made.rendition in (Rendition.NOTICE, Rendition.TEAR_LINE)
        for fact in made.omitted:
            what, _ = attributes_of(group_of(fact), *markings[fact], assets, registry)
            context = Context(band, NOW.date())
            assert engine.decide(registry.partners[name], what, Action.KNOW_EXISTS, context).allowed


_HEAD = '@id("hidden") @title("t") @authority("a") @review("2030-06-30")\n'
_QUALITY = {
    "age_days_1": None,
    "age_days_2": None,
    "probability_method": None,
    "sigma_km": None,
    "resolvable": None,
    "dilution_km": None,
}


@pytest.fixture(scope="module")
def without_quality(registry: Registry, engine: Engine) -> Engine:
    """Policies by which nobody may know of the quality of a value."""
    schema, policies = engine.texts
    hidden = _HEAD + 'forbid (principal, action, resource) when { resource.group == "quality" };'
    return Engine(schema, policies + hidden, registry)


@pytest.fixture(scope="module")
def without_existence(registry: Registry, engine: Engine) -> Engine:
    """Policies by which nobody may know of what is withheld."""
    schema, policies = engine.texts
    hidden = _HEAD + 'forbid (principal, action == Action::"know_exists", resource);'
    return Engine(schema, policies + hidden, registry)


@law
@given(described, some_partner)
def test_who_may_not_know_of_facts_reads_the_same_whether_they_are_there_or_not(
    registry: Registry, without_quality: Engine, given: tuple, name: str
) -> None:
    """With and without facts that nobody may know of, byte for byte."""
    source, *rest = given
    made = told(approach(*rest)) if source[:4] == "cdm-" else approach(*rest)
    read = [
        bodies(
            releases(
                name,
                [solution_of(source, SOURCES[source], one, registry)],
                registry,
                without_quality,
            )
        )
        for one in (made, replace(made, **_QUALITY))
    ]
    assert read[0] == read[1]


@law
@given(described_lists, some_partner)
def test_who_may_know_of_nothing_withheld_reads_as_if_it_were_not(
    registry: Registry, engine: Engine, without_existence: Engine, given: list, name: str
) -> None:
    solutions = [solution(registry, *one) for one in given]
    read = bodies(releases(name, solutions, registry, without_existence))
    assert not any(b"omitted" in body for body in read)
    # What others read beside is the list alone.
    shown = [one for one in releases(name, solutions, registry, engine) if _is_shown(one)]
    assert read == bodies([copied(one, omitted=()) for one in shown])


def _is_shown(made: Release) -> bool:
    return made.rendition is not Rendition.CONTACT


def copied(made: Release, **changed: object) -> Release:
    """Return a release that says something else, as none can be made but for a test."""
    other = copy(made)
    for name, value in changed.items():
        object.__setattr__(other, name, value)
    return other


# More restriction never shows more.


def with_partner(registry: Registry, partner: Partner) -> tuple[Registry, Engine]:
    partners = MappingProxyType({**registry.partners, partner.id: partner})
    narrower = replace(registry, partners=partners)
    return narrower, read_engine(CONFIG, narrower)


@settings(max_examples=40, deadline=None)
@given(described, some_partner, st.data())
def test_a_partner_with_less_never_sees_more(
    registry: Registry, engine: Engine, given: tuple, name: str, data: st.DataObject
) -> None:
    partner = registry.partners[name]
    dropped = data.draw(st.sets(st.sampled_from([*partner.agreements, "-"])))
    lower = replace(
        partner,
        clearance=data.draw(st.sampled_from(list(Classification)[: partner.clearance + 1])),
        detail=data.draw(st.sampled_from([Detail.COARSE, partner.detail])),
        agreements=tuple(one for one in partner.agreements if one not in dropped),
    )
    one = [solution(registry, *given)]
    narrow, narrow_engine = with_partner(registry, lower)
    before = showings(release(partner, one, registry, engine, NOW))
    after = showings(release(lower, one, narrow, narrow_engine, NOW))
    for fact in before:
        assert ORDER.index(after[fact]) <= ORDER.index(before[fact]), fact
    rungs = [
        [*Rendition].index(made.rendition) if (made := decided[0].release) else 9
        for decided in (
            release(partner, one, registry, engine, NOW),
            release(lower, one, narrow, narrow_engine, NOW),
        )
    ]
    assert rungs[1] >= rungs[0]


@settings(max_examples=40, deadline=None)
@given(
    described,
    some_partner,
    st.sampled_from(
        [
            *(
                "C",
                "S//REL TO USA, AUS",
                "U//REL TO USA, FRA, NZL",
                "TS//NF",
                "S",
                "U//FOUO",
                "CUI",
            ),
            *(
                "S//OC/REL TO USA, AUS",
                "TS//SI//REL TO USA, AUS, GBR",
                "//NU",
                "U//DISPLAY ONLY FRA",
            ),
        ]
    ),
)
def test_a_source_marked_higher_never_shows_more(
    registry: Registry, engine: Engine, given: tuple, name: str, marking: str
) -> None:
    source = SOURCES[given[0]][-1]
    raised: Marking = roll_up((registry.sources[source].marking, parse(marking)), registry.register)
    sources = {**registry.sources, source: replace(registry.sources[source], marking=raised)}
    narrow = replace(registry, sources=MappingProxyType(sources))
    before = solution(registry, *given)
    partner = registry.partners[name]
    wide = showings(release(partner, [before], registry, engine, NOW))
    # Facts made before the marking was raised count as raised, too.
    for one in (before, solution(narrow, *given)):
        after = showings(release(partner, [one], narrow, read_engine(CONFIG, narrow), NOW))
        for fact in wide:
            assert ORDER.index(after[fact]) <= ORDER.index(wide[fact]), fact


@settings(max_examples=30, deadline=None)
@given(described)
def test_a_coalition_sees_no_more_than_every_member(
    registry: Registry, engine: Engine, given: tuple
) -> None:
    one = [solution(registry, *given)]
    for coalition in registry.partners.values():
        if coalition.kind is not PartnerKind.COALITION:
            continue
        view = showings(release(coalition, one, registry, engine, NOW))
        for member in registry.partners.values():
            if {*member.codes} < {*coalition.codes}:
                own = showings(release(member, one, registry, engine, NOW))
                for fact in view:
                    assert ORDER.index(view[fact]) <= ORDER.index(own[fact]), (fact, member.id)


@law
@given(described, some_partner)
def test_no_exact_fact_gives_a_coarse_one_away(
    registry: Registry, engine: Engine, given: tuple, name: str
) -> None:
    one = [solution(registry, *given)]
    decisions = showings(release(registry.partners[name], one, registry, engine, NOW))
    for fact, kind in FACTS.items():
        for secret in kind.betrays if fact in decisions else ():
            assert ORDER.index(decisions[fact]) <= ORDER.index(decisions[secret])
        for secret in {*kind.betrays_if_there} & decisions.keys() if fact in decisions else ():
            assert ORDER.index(decisions[fact]) <= ORDER.index(decisions[secret])
