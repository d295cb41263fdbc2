"""The door: what comes out is within what the partner may have, and comes from one solution."""

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from approaches import ASSET, NOW, approach, described, releases, solution
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.model import Kind
from sda.times import format_utc, parse_utc
from sharing.errors import ReleaseError
from sharing.markings import Classification, Marking, parse, roll_up
from sharing.policy import Action, Attributes, Context, Decision, Engine, load_engine
from sharing.registry import Detail, Partner, PartnerKind, Registry
from sharing.release import (
    FACTS,
    FAILED,
    SUPERSEDED,
    Decided,
    Release,
    Rendition,
    Showing,
    Solution,
    release,
    solution_of,
)

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


# Only the door makes releases.


def test_nothing_but_the_door_makes_a_release(registry: Registry, engine: Engine) -> None:
    (made,) = releases("per", [solution(registry, "public", 50)], registry, engine)
    values = {field.name: getattr(made, field.name) for field in fields(Release)}
    with pytest.raises(ReleaseError, match="door"):
        Release(**values)
    with pytest.raises(ReleaseError, match="door"):
        Release(**values, door=object())
    with pytest.raises((ReleaseError, ValueError)):
        replace(made, partner="aus")
    assert copy.copy(made) == made


# One event, three partners.


@pytest.fixture
def one_event(registry: Registry) -> list[Solution]:
    return [
        solution(registry, "public", 50.01, 9.0),
        solution(registry, "commercial", 50.02, 0.9),
        solution(registry, "trilateral", 50.0, 0.06),
    ]


def values(made: Release) -> dict[str, object]:
    return {fact.name: fact.value for fact in made.facts}


def test_golden_australia_has_the_trilateral_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("aus", one_event, registry, engine)
    assert made.rendition == Rendition.FULL
    assert made.banner == "SECRET//REL TO USA, AUS, GBR"
    assert made.portion == "(S//REL TO USA, AUS, GBR)"
    assert (made.solution, made.contact) == ("trilateral", "sensor-release-desk")
    assert made.valid_until == NOW + timedelta(hours=26)
    assert values(made) == {
        "norad_id_1": 5,
        "name_1": "OBJECT 5",
        "norad_id_2": 6,
        "name_2": "OBJECT 6",
        "tca": "2026-11-25T14:00:00.000000Z",
        "miss_distance": 0.06,
        "relative_speed": 11.2,
        "radial": 0.1,
        "in_track": -0.2,
        "cross_track": 0.3,
        "max_probability": 2e-5,
        "age_1": 0.5,
        "age_2": 0.7,
        "n_minima": 1,
        "sources": "public trilateral",
    }
    assert {fact.name: fact.unit for fact in made.facts if fact.unit} == {
        "miss_distance": "km",
        "relative_speed": "km/s",
        "radial": "km",
        "in_track": "km",
        "cross_track": "km",
        "age_1": "d",
        "age_2": "d",
    }


def test_golden_france_has_the_commercial_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("fra", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.FULL, "UNCLASSIFIED")
    assert made.solution == "commercial"
    assert values(made)["miss_distance"] == 0.9
    assert values(made)["tca"] == "2026-11-25T14:01:12.000000Z"


def test_golden_new_zealand_has_the_commercial_solution_on_the_grids(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("nzl", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.TEAR_LINE, "UNCLASSIFIED")
    assert made.tca == NOW + timedelta(hours=50)
    assert values(made) == {
        "norad_id_1": 5,
        "name_1": "OBJECT 5",
        "norad_id_2": 6,
        "name_2": "OBJECT 6",
        "tca": "2026-11-25T14:00:00.000000Z",
        "miss_distance": "<1",
        "relative_speed": "<15",
        "max_probability": "<0.0001",
    }


def test_golden_peru_without_any_agreement_has_the_open_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("per", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.FULL, "UNCLASSIFIED")
    assert (made.solution, made.contact) == ("public", "catalogue-desk")
    assert values(made)["miss_distance"] == 9.0


def test_golden_korea_is_told_whom_to_ask_and_no_more(registry: Registry, engine: Engine) -> None:
    (made,) = releases("kor", [solution(registry, "commercial", 50, 0.9)], registry, engine)
    assert (made.rendition, made.kind) == (Rendition.CONTACT, "undisclosed")
    assert made.contact == "commercial-data-desk"
    assert made.tca == parse_utc("2026-11-25T00:00:00Z")
    assert values(made) == {
        "norad_id_1": 5,
        "norad_id_2": 6,
        "tca": "2026-11-25T00:00:00.000000Z",
    }


def test_an_asset_makes_marked_values_coarse_and_leaves_open_ones_alone(
    registry: Registry, engine: Engine
) -> None:
    event = [solution(registry, name, 50, pair=(5, ASSET)) for name in ("public", "commercial")]
    (made,) = releases("fra", event, registry, engine)
    assert made.rendition == Rendition.TEAR_LINE
    (made,) = releases("per", event, registry, engine)
    assert made.rendition == Rendition.FULL


def test_marked_values_about_an_asset_wait_for_a_review_until_72_hours_before_tca(
    registry: Registry, engine: Engine
) -> None:
    early = [solution(registry, "commercial", 100, pair=(5, ASSET))]
    decided = release(registry.partners["nzl"], early, registry, engine, NOW)
    assert "review" in decided[0].reasons[0].text
    (made,) = releases("nzl", early, registry, engine)
    assert made.rendition == Rendition.CONTACT
    later = release(registry.partners["nzl"], early, registry, engine, NOW + timedelta(hours=29))
    assert later[0].release is not None
    assert later[0].release.rendition == Rendition.TEAR_LINE


# Laws of one release.


@law
@given(described_lists, some_partner)
def test_the_banner_is_the_roll_up_of_the_facts_and_within_what_the_partner_may_hold(
    registry: Registry, engine: Engine, given: list, name: str
) -> None:
    partner = registry.partners[name]
    solutions = [solution(registry, *one) for one in given]
    for made in releases(name, solutions, registry, engine):
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
        solutions.append(solution_of(source, ("public", source), one, registry))
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


# More restriction never shows more.


def with_partner(registry: Registry, partner: Partner) -> tuple[Registry, Engine]:
    partners = MappingProxyType({**registry.partners, partner.id: partner})
    narrower = replace(registry, partners=partners)
    return narrower, load_engine(CONFIG, narrower)


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
    st.sampled_from(["C", "S//REL TO USA, AUS", "U//REL TO USA, FRA, NZL", "TS//NF", "S"]),
)
def test_a_source_marked_higher_never_shows_more(
    registry: Registry, engine: Engine, given: tuple, name: str, marking: str
) -> None:
    source = given[0]
    raised: Marking = roll_up((registry.sources[source].marking, parse(marking)), registry.register)
    sources = {**registry.sources, source: replace(registry.sources[source], marking=raised)}
    narrow = replace(registry, sources=MappingProxyType(sources))
    before = solution(registry, *given)
    partner = registry.partners[name]
    wide = showings(release(partner, [before], registry, engine, NOW))
    # Facts made before the marking was raised count as raised, too.
    for one in (before, solution(narrow, *given)):
        after = showings(release(partner, [one], narrow, load_engine(CONFIG, narrow), NOW))
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
        if kind.betrays and fact in decisions:
            assert ORDER.index(decisions[fact]) <= ORDER.index(decisions[kind.betrays])


# What goes wrong is withheld and counted.


class Failing(Engine):
    """An engine that loses its mind over one group of facts."""

    def decide(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        if attributes.group == self.lost:
            raise RuntimeError("out of order")
        return super().decide(partner, attributes, action, context)

    lost = "geometry"


def failing(registry: Registry, lost: str) -> Failing:
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    texts = [path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar"))]
    engine = Failing(schema, "\n".join(texts), registry)
    engine.lost = lost
    return engine


def test_a_decision_that_fails_withholds_its_fact_and_is_counted(registry: Registry) -> None:
    one = [solution(registry, "public", 50)]
    (decided,) = release(
        registry.partners["per"], one, registry, failing(registry, "geometry"), NOW
    )
    assert decided.release is not None
    assert decided.release.rendition == Rendition.TEAR_LINE
    assert not {"miss_distance", "radial", "relative_speed"} & values(decided.release).keys()
    # What would give the lost distance away goes with it.
    assert "max_probability" not in values(decided.release)
    failures = [reason.fact for reason in decided.reasons if FAILED in reason.policies]
    assert failures == ["miss_distance", "relative_speed", "radial", "in_track", "cross_track"]


def test_a_failure_on_identity_withholds_the_whole_and_is_counted(registry: Registry) -> None:
    one = [solution(registry, "public", 50)]
    engine = failing(registry, "identity")
    (decided,) = release(registry.partners["per"], one, registry, engine, NOW)
    assert decided.release is None
    assert any(FAILED in reason.policies for reason in decided.reasons)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, pair=()),
        lambda one: replace(one, tca=None),
        lambda one: replace(one, tca=one.tca.replace(tzinfo=None)),
        lambda one: replace(one, facts=()),
        lambda one: replace(one, facts=tuple(replace(x, sources=("nowhere",)) for x in one.facts)),
        lambda one: replace(one, facts=tuple(replace(x, sources=()) for x in one.facts)),
    ],
)
def test_a_broken_solution_is_withheld_and_hurts_no_other(
    registry: Registry, engine: Engine, change: Callable[[Solution], Solution]
) -> None:
    good = solution(registry, "public", 50, pair=(7, 8))
    broken = change(solution(registry, "public", 50))
    decided = release(registry.partners["per"], [broken, good], registry, engine, NOW)
    assert [one.release.objects for one in decided if one.release] == [(7, 8)]
    assert len(decided) == 2


def test_a_value_that_its_grid_cannot_place_is_withheld(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "commercial", 50, float("nan"))
    (decided,) = release(registry.partners["nzl"], [one], registry, engine, NOW)
    assert decided.release is None
    assert decided.reasons[0].policies == (FAILED,)


def test_a_naive_now_releases_nothing(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "public", 50)
    naive = NOW.replace(tzinfo=None)
    (decided,) = release(registry.partners["aus"], [one], registry, engine, naive)
    assert decided.release is None
    assert decided.reasons[0].policies == (FAILED,)


def test_a_partner_that_is_not_in_the_registry_gets_nothing(
    registry: Registry, engine: Engine
) -> None:
    stranger = replace(registry.partners["aus"], id="xxx")
    (decided,) = release(stranger, [solution(registry, "public", 50)], registry, engine, NOW)
    assert decided.release is None


def test_an_empty_policy_set_releases_nothing(registry: Registry) -> None:
    engine = Engine((CONFIG / "policy/schema.cedarschema").read_text(), "", registry)
    for name in registry.partners:
        assert not releases(name, [solution(registry, "public", 50)], registry, engine)


def test_a_policy_too_wide_is_stopped_by_the_second_check_of_the_banner(registry: Registry) -> None:
    wide = '@id("x") @title("t") @authority("a") @review("2099-01-01")'
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    engine = Engine(schema, wide + "permit (principal, action, resource);", registry)
    one = solution(registry, "trilateral", 50)
    assert releases("aus", [one], registry, engine)
    assert not releases("fra", [one], registry, engine)
    assert not releases("per", [one], registry, engine)


# Which solutions are one event.


def test_two_crossings_of_one_solution_are_two_events(registry: Registry, engine: Engine) -> None:
    near = [solution(registry, "public", 50), solution(registry, "public", 50.1)]
    assert len(releases("per", near, registry, engine)) == 2


@pytest.mark.parametrize(
    ("minutes", "kind", "events"),
    [
        (9, Kind.CROSSING, 1),
        (12, Kind.CROSSING, 2),
        (300, Kind.PROXIMITY, 1),
        (400, Kind.PROXIMITY, 2),
    ],
)
def test_solutions_are_one_event_within_the_tolerance_of_its_kind(
    registry: Registry, engine: Engine, minutes: float, kind: Kind, events: int
) -> None:
    both = [
        solution(registry, "public", 50, kind=kind),
        solution(registry, "commercial", 50 + minutes / 60, kind=kind),
    ]
    assert len(releases("fra", both, registry, engine)) == events


def test_what_a_better_solution_supersedes_is_told_to_the_releaser(
    registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, "public", 50), solution(registry, "trilateral", 50)]
    decided = release(registry.partners["aus"], both, registry, engine, NOW)
    assert [one.release is not None for one in decided] == [True, False]
    assert decided[1].reasons[0].policies == (SUPERSEDED,)


def test_contacts_of_one_day_are_one(registry: Registry, engine: Engine) -> None:
    busy = [solution(registry, "commercial", 50 + number) for number in range(4)]
    assert len(releases("kor", busy, registry, engine)) == 1


# Facts.


def test_each_fact_carries_the_roll_up_of_its_sources(registry: Registry) -> None:
    one = solution(registry, "trilateral", 50, kind=Kind.PROXIMITY)
    assert {fact.marking for fact in one.facts} == {registry.sources["trilateral"].marking}
    assert [fact.name for fact in one.facts] == [*FACTS, "sources"]
    assert one.tca == NOW + timedelta(hours=50)
    assert next(fact for fact in one.facts if fact.name == "tca").value == format_utc(one.tca)


def test_a_source_that_no_file_declares_cannot_be_marked(registry: Registry) -> None:
    with pytest.raises(ReleaseError, match=r"config/sources/nowhere\.toml"):
        solution_of("x", ("public", "nowhere"), approach(50), registry)
    with pytest.raises(ReleaseError, match="no source"):
        solution_of("x", (), approach(50), registry)
