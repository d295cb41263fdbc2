"""Plans: what is shown of a shape, on which rung, under which marking, and what it is worth."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from approaches import ASSET, NOW, approach, releases, solution, told, values

from sharing.errors import ReleaseError
from sharing.markings import parse
from sharing.policy import Action, Attributes, Band, Context, Decision, Engine
from sharing.registry import Asset, OwnerOffice, Partner, Registry
from sharing.release import (
    FACTS,
    FAILED,
    OF_APPROACHES,
    Approval,
    Rendition,
    Showing,
    Solution,
    release,
    solution_of,
)
from sharing.release.projection import (
    APPROVED,
    Plan,
    decide_fact,
    plan_of,
    project,
    require_within,
)
from sharing.release.solutions import shape_of

CONTEXT = Context(Band.FROM_72H, NOW.date())
HEAD = '@id("narrower") @title("Narrower") @authority("a") @review("2030-06-30")\n'


def plan(
    partner: str,
    one: Solution,
    registry: Registry,
    engine: Engine,
    assets: Sequence[Asset] = (),
    context: Context = CONTEXT,
) -> Plan:
    return plan_of(
        registry.partners[partner], one.shape, assets, registry, engine, context, context
    )


def narrowed(engine: Engine, registry: Registry, action: str, groups: str) -> Engine:
    """Return policies that forbid an action on groups of facts beside all others."""
    schema, policies = engine.texts
    forbid = (
        f'forbid (principal, action == Action::"{action}", resource) '
        f"when {{ [{groups}].contains(resource.group) }};\n"
    )
    return Engine(schema, policies + HEAD + forbid, registry)


def test_rungs_and_showings_are_said_by_these_words() -> None:
    """Feeds, ledgers and cases for review hold them."""
    assert [str(rung) for rung in Rendition] == ["full", "notice", "tear-line", "contact"]
    assert [str(showing) for showing in Showing] == ["see", "see_coarse", "withhold"]
    assert (APPROVED, FAILED) == ("approved", "decision-failed")


@pytest.mark.parametrize(
    ("partner", "name", "rendition", "exact_tca", "exact_geometry", "rank", "contact"),
    [
        ("aus", "trilateral", Rendition.FULL, True, True, 2, "sensor-release-desk"),
        ("fra", "commercial", Rendition.FULL, True, True, 1, "commercial-data-desk"),
        ("nzl", "commercial", Rendition.TEAR_LINE, False, False, 1, "commercial-data-desk"),
        ("kor", "commercial", Rendition.CONTACT, False, False, 1, "commercial-data-desk"),
        ("per", "public", Rendition.FULL, True, True, 0, "catalogue-desk"),
    ],
)
def test_a_plan_says_what_is_shown_and_what_it_is_worth(
    registry: Registry,
    engine: Engine,
    partner: str,
    name: str,
    rendition: Rendition,
    exact_tca: bool,
    exact_geometry: bool,
    rank: int,
    contact: str,
) -> None:
    made = plan(partner, solution(registry, name, 50), registry, engine)
    assert made.view is not None
    assert made.view.rendition is rendition
    assert (made.exact_tca, made.exact_geometry) == (exact_tca, exact_geometry)
    assert (made.rank, made.contact) == (rank, contact)
    heads = {
        reason.decision: reason.text.split(":")[0]
        for reason in made.reasons
        if "would give" not in reason.text and "has no" not in reason.text
    }
    words = {
        Showing.SEE: "exact",
        Showing.SEE_COARSE: "coarse",
        Showing.WITHHOLD: "withheld",
    }
    assert heads.items() <= words.items()
    assert made.marking is not None
    assert (made.banner, made.portion) == (made.marking.banner, f"{made.marking.portion}")


def test_a_plan_of_nothing_says_nothing(registry: Registry, engine: Engine) -> None:
    schema, _ = engine.texts
    made = plan("per", solution(registry, "commercial", 50), registry, engine)
    assert (made.view, made.marking, made.banner, made.portion) == (None, None, "", "")
    assert (made.exact_tca, made.exact_geometry, made.omitted) == (False, False, ())
    assert (made.review, made.offices) == (frozenset(), frozenset())
    assert {reason.decision for reason in made.reasons} == {Showing.WITHHOLD}
    assert {reason.text.split(": ")[0] for reason in made.reasons} == {"withheld"}
    bare = plan("per", solution(registry, "public", 50), registry, Engine(schema, "", registry))
    assert {reason.text for reason in bare.reasons} == {"withheld: no permit applies"}


def test_plans_that_show_the_same_share_a_view(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "commercial", 50)
    fra, deu, nzl = (plan(name, one, registry, engine) for name in ("fra", "deu", "nzl"))
    assert fra.view is deu.view
    assert fra.view is not nzl.view


def test_views_of_another_rung_or_of_other_grids_are_others(
    registry: Registry, engine: Engine
) -> None:
    """Pair and coarse time are all of this tear line, and what a contact says."""
    one = solution(registry, "commercial", 50.5)
    bare = one.restricted_to({"norad_id_1", "norad_id_2", "tca"})
    hourly = replace(registry, rules=replace(registry.rules, time_grid_min=60))
    for name, rules, rendition, time in (
        ("nzl", registry, Rendition.TEAR_LINE, "2026-11-25T14:30:00.000000Z"),
        ("nzl", hourly, Rendition.TEAR_LINE, "2026-11-25T14:00:00.000000Z"),
        ("kor", registry, Rendition.CONTACT, "2026-11-25T00:00:00.000000Z"),
    ):
        view = plan(name, bare, rules, engine.supposing(rules)).view
        assert view is not None
        assert view.rendition is rendition
        facts = project(bare, view)
        assert [(fact.name, fact.value) for fact in facts] == [
            ("norad_id_1", 5),
            ("norad_id_2", 6),
            ("tca", time),
        ]
        assert project(bare, view) is facts


def test_the_office_is_that_of_the_best_source_behind_it(
    registry: Registry, engine: Engine
) -> None:
    """Of two alike, that of the source which is not the public base of all."""
    made = approach(50)
    for sources, contact, rank in (
        (("public", "commercial", "trilateral"), "sensor-release-desk", 2),
        (("public", "commercial"), "commercial-data-desk", 1),
        (("public",), registry.sources["public"].office, 0),
    ):
        one = solution_of("x", sources, made, registry)
        known = plan("per", one, registry, engine)
        assert (known.contact, known.rank) == (contact, rank)
    other = replace(registry.sources["public"], id="z-other", base=False, office="other-desk")
    wider = replace(registry, sources=MappingProxyType({**registry.sources, "z-other": other}))
    for sources in (("z-other", "public"), ("public", "z-other")):
        one = solution_of("x", sources, made, wider)
        assert plan("per", one, wider, engine.supposing(wider)).contact == "other-desk"


def test_without_a_known_source_the_duty_office_is_named(
    registry: Registry, engine: Engine
) -> None:
    one = solution(registry, "public", 50).restricted_to({"miss_distance"})
    fewer = replace(registry, sources=MappingProxyType({}))
    known = plan("per", one, fewer, engine.supposing(fewer))
    assert (known.contact, known.rank, known.view) == (registry.rules.default_office, 0, None)
    assert {reason.policies for reason in known.reasons} == {(FAILED,)}


# Rungs.


@pytest.mark.parametrize(
    ("action", "groups", "rendition", "shown"),
    [
        ("see", '"quality"', Rendition.NOTICE, True),
        ("see", '"probability"', Rendition.NOTICE, True),
        ("see", '"provenance"', Rendition.NOTICE, False),
        ("see", '"geometry"', Rendition.TEAR_LINE, False),
        ("see", '"timing"', Rendition.TEAR_LINE, False),
        ("see", '"identity"', Rendition.TEAR_LINE, False),
    ],
)
def test_each_rung_needs_its_facts_exact(
    registry: Registry,
    engine: Engine,
    action: str,
    groups: str,
    rendition: Rendition,
    shown: bool,
) -> None:
    narrow = narrowed(engine, registry, action, groups)
    made = plan("per", solution(registry, "public", 50), registry, narrow)
    assert made.view is not None
    assert made.view.rendition is rendition
    assert made.exact_geometry is shown


def test_who_sees_pair_and_time_alone_has_a_tear_line_and_who_sees_less_a_contact(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    one = [solution(registry, "public", 50)]
    for hidden, rendition in (
        ('["geometry", "probability", "quality", "provenance"]', Rendition.TEAR_LINE),
        ('["timing"]', Rendition.CONTACT),
        ('["identity"]', Rendition.CONTACT),
    ):
        forbid = (
            'forbid (principal, action in [Action::"see", Action::"see_coarse"], resource) '
            f"when {{ {hidden}.contains(resource.group) }};\n"
        )
        narrow = Engine(schema, policies + HEAD + forbid, registry)
        (made,) = releases("per", one, registry, narrow)
        assert made.rendition == rendition
        if rendition is Rendition.TEAR_LINE:
            assert values(made).keys() == {
                *("norad_id_1", "name_1", "norad_id_2", "name_2"),
                "tca",
            }


def test_a_contact_needs_that_pair_and_time_are_all_there_and_may_be_known(
    registry: Registry, engine: Engine
) -> None:
    one = solution(registry, "commercial", 50)
    assert plan("kor", one, registry, engine).view is not None
    for name in ("norad_id_1", "norad_id_2", "tca"):
        less = one.restricted_to({fact.name for fact in one.facts} - {name})
        with pytest.raises((KeyError, AssertionError)):
            assert plan("kor", less, registry, engine).view is not None
    for group in ("identity", "timing"):
        narrow = narrowed(engine, registry, "know_exists", f'"{group}"')
        assert plan("kor", one, registry, narrow).view is None
    narrow = narrowed(engine, registry, "know_exists", '"geometry"')
    assert plan("kor", one, registry, narrow).view is not None


def test_without_its_distance_a_solution_cannot_be_told_from_another(
    registry: Registry, engine: Engine
) -> None:
    one = solution(registry, "public", 50)
    less = one.restricted_to({"norad_id_1", "norad_id_2", "tca", "relative_speed", "sources"})
    made = plan("per", less, registry, engine)
    assert {reason.decision for reason in made.reasons} == {Showing.SEE}
    assert made.view is not None
    assert (made.view.rendition, made.exact_geometry) == (Rendition.TEAR_LINE, False)


def test_pair_time_and_distance_exact_are_a_notice(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "public", 50)
    less = one.restricted_to(
        {"norad_id_1", "norad_id_2", "tca", "miss_distance", "max_probability"}
    )
    made = plan("per", less, registry, narrowed(engine, registry, "see", '"probability"'))
    assert made.view is not None
    assert made.view.rendition is Rendition.NOTICE


def test_a_notice_says_what_it_leaves_out(registry: Registry, engine: Engine) -> None:
    schema, policies = engine.texts
    forbid = (
        'forbid (principal, action in [Action::"see", Action::"see_coarse"], resource) '
        'when { resource.group == "provenance" };\n'
    )
    narrow = Engine(schema, policies + HEAD + forbid, registry)
    made = plan("per", solution(registry, "public", 50), registry, narrow)
    assert made.view is not None
    assert (made.view.rendition, made.omitted) == (Rendition.NOTICE, ("sources",))
    # Where the values are coarse, what is left out may be named, too.
    assert plan("per", solution(registry, "public", 50), registry, engine).omitted == ()


def test_what_waits_is_withheld_even_where_coarse_values_are_forbidden(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    forbid = (
        'forbid (principal, action in [Action::"see_coarse", Action::"release_unreviewed"], '
        "resource);\n"
    )
    held = Engine(schema, policies + HEAD + forbid, registry)
    made = plan("per", solution(registry, "public", 50), registry, held)
    assert {reason.decision for reason in made.reasons} == {Showing.WITHHOLD}
    assert len(made.review) == 6


def test_the_banner_is_rolled_up_by_the_register(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "commercial", 50)
    shape = shape_of(
        replace(fact, marking=parse(f"S//REL TO USA, {'NATO' if fact.name == 'tca' else 'DEU'}"))
        for fact in one.facts
    )
    deu = registry.partners["deu"]
    made = plan_of(deu, shape, (), registry, engine, CONTEXT, CONTEXT)
    assert made.banner == "SECRET//REL TO USA, DEU"


# Secrets.


def decisions(made: Plan) -> dict[str, Showing]:
    return {reason.fact: reason.decision for reason in made.reasons}


def test_what_gives_a_coarse_value_away_becomes_coarse_or_goes(
    registry: Registry, engine: Engine
) -> None:
    one = solution_of(
        "public",
        ("public",),
        replace(
            approach(50, pair=(5, ASSET)),
            probability=1e-6,
            probability_method="HALL-2021",
            episode_start=approach(49).tca,
            episode_end=approach(51).tca,
        ),
        registry,
    )
    by_distance = {"max_probability", "probability", "sigma", "resolvable", "dilution"}
    by_time = {"age_1", "age_2", "sigma", "covariance_1", "covariance_2"}
    for groups, coarse, gone, betraying in (
        (
            '"geometry"',
            {"miss_distance", "relative_speed", "longitude", "max_probability", "probability"},
            {
                *("radial", "in_track", "cross_track"),
                *("probability_method", "sigma", "resolvable", "dilution"),
                *("state_1", "state_2", "covariance_1", "covariance_2"),
            },
            {*by_distance, "probability_method", "covariance_1", "covariance_2"},
        ),
        (
            '"timing"',
            {"tca", "episode_start", "episode_end", "longitude"},
            {*by_time, "state_1", "state_2"},
            {*by_time, "longitude", "state_1", "state_2"},
        ),
        ('"identity"', {"norad_id_1", "name_1", "norad_id_2", "name_2"}, set(), set()),
        (
            '"probability"',
            {"max_probability", "probability"},
            {"covariance_1", "covariance_2"},
            {"covariance_1", "covariance_2"},
        ),
    ):
        made = plan("per", one, registry, narrowed(engine, registry, "see", groups))
        known = decisions(made)
        assert {fact for fact in known if known[fact] is Showing.SEE_COARSE} == coarse
        assert {fact for fact in known if known[fact] is Showing.WITHHOLD} == gone
        assert known.keys() == {*OF_APPROACHES, "sources"}
        lowered = {reason.fact for reason in made.reasons if "would give" in reason.text}
        assert lowered == betraying
        for reason in made.reasons:
            if reason.fact in lowered:
                kind = FACTS[reason.fact]
                secret = next(
                    fact
                    for fact in (*kind.betrays, *kind.betrays_if_there)
                    if known[fact] is not Showing.SEE
                )
                assert reason.text == (
                    f"{reason.decision.value}: the exact value would give {secret} away"
                )
    # What is coarse by itself is not made so.
    both = plan("per", one, registry, narrowed(engine, registry, "see", '"geometry", "timing"'))
    (longitude,) = (reason for reason in both.reasons if reason.fact == "longitude")
    assert longitude.text.startswith("coarse: ")
    without_grids = replace(registry, rules=replace(registry.rules, grids=()))
    narrow = narrowed(engine, registry, "see", '"geometry"').supposing(without_grids)
    known = decisions(plan("per", one, without_grids, narrow))
    assert known["miss_distance"] is known["max_probability"] is Showing.WITHHOLD
    assert known["longitude"] is Showing.SEE_COARSE


@pytest.mark.parametrize("groups", ['"geometry"', '"quality"', '"timing"', '"probability"'])
def test_nothing_says_whether_an_approach_has_states(
    registry: Registry, engine: Engine, groups: str
) -> None:
    """Only near ones have them, so to know of them would tell a miss that is withheld."""
    near = replace(approach(50, pair=(5, ASSET)), probability=1e-6)
    bare = replace(near, state_1=None, state_2=None, covariance_1=None, covariance_2=None)
    narrow = narrowed(engine, registry, "see", groups)
    with_states, without = (
        plan("per", solution_of("public", ("public",), one, registry), registry, narrow)
        for one in (near, bare)
    )
    states = {"state_1", "state_2", "covariance_1", "covariance_2"}
    shown = {fact.name for fact in with_states.view.shown} if with_states.view else set()
    assert not states <= shown
    assert with_states.omitted == without.omitted
    assert with_states.omitted or groups == '"probability"'
    assert not states & {*with_states.omitted}
    assert with_states.view.rendition is without.view.rendition
    assert with_states.banner == without.banner


def test_a_covariance_needs_no_probability_that_there_is_not(
    registry: Registry, engine: Engine
) -> None:
    one = solution_of("public", ("public",), approach(50), registry)
    known = decisions(plan("per", one, registry, engine))
    assert known["covariance_1"] is known["state_2"] is Showing.SEE
    assert "probability" not in known
    assert "longitude" not in known


def test_what_is_withheld_is_given_away_by_nothing_coarse(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    forbid = (
        'forbid (principal, action in [Action::"see", Action::"see_coarse"], resource) '
        'when { ["geometry"].contains(resource.group) };\n'
        + HEAD.replace("narrower", "coarse")
        + 'forbid (principal, action == Action::"see", resource) '
        'when { resource.group == "probability" };\n'
    )
    narrow = Engine(schema, policies + HEAD + forbid, registry)
    known = decisions(plan("per", solution(registry, "cdm-public", 50), registry, narrow))
    shown = {fact for fact, showing in known.items() if showing is not Showing.WITHHOLD}
    assert shown == {
        *("norad_id_1", "name_1", "norad_id_2", "name_2", "tca"),
        *("n_minima", "sources"),
    }


def test_a_secret_that_is_absent_counts_as_withheld(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "public", 50)
    less = one.restricted_to({fact.name for fact in one.facts} - {"miss_distance"})
    known = decisions(plan("per", less, registry, engine))
    assert known["radial"] is known["max_probability"] is Showing.WITHHOLD
    assert known["age_1"] is known["relative_speed"] is Showing.SEE


# What goes wrong.


class Odd(Engine):
    """An engine whose answers on one action, and one group, are errors or exceptions."""

    action = Action.SEE
    group = "quality"
    raises = False

    def _odd(self, attributes: Attributes, action: Action) -> bool:
        return action is self.action and attributes.group == self.group

    def decide(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        if self._odd(attributes, action) and self.raises:
            raise RuntimeError("out of order")
        return super().decide(partner, attributes, action, context)

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        answers = super().decide_all(partner, attributes, asked)
        return tuple(
            Decision(False, ("open-data",), ("it broke",))
            if self._odd(attributes, action)
            else answer
            for (action, _), answer in zip(asked, answers, strict=True)
        )


def odd(engine: Engine, registry: Registry, **how: object) -> Odd:
    made = Odd(*engine.texts, registry)
    for name, value in how.items():
        setattr(made, name, value)
    return made


def test_an_error_of_the_review_is_held_for_nobody(registry: Registry, engine: Engine) -> None:
    broken = odd(engine, registry, action=Action.RELEASE_UNREVIEWED)
    made = plan("per", solution(registry, "public", 50), registry, broken)
    assert made.review == frozenset()
    for reason in made.reasons:
        if reason.fact in ("age_1", "n_minima"):
            assert reason.decision is Showing.WITHHOLD
            assert reason.policies == ("open-data", FAILED)
            assert reason.text == (
                "waits for a review: Anybody may have what follows from open data alone; it broke"
            )
            assert (reason.review, reason.offices) == (None, frozenset())


def test_errors_of_an_answer_stand_in_its_reason(registry: Registry, engine: Engine) -> None:
    broken = odd(engine, registry, action=Action.SEE, group="provenance")
    made = plan("per", solution(registry, "public", 50), registry, broken)
    (sources,) = (reason for reason in made.reasons if reason.fact == "sources")
    assert (sources.decision, sources.policies) == (Showing.WITHHOLD, ("open-data", FAILED))
    assert sources.text.startswith("has no coarse form: ")


def test_a_fact_of_which_it_fails_whether_it_may_be_known_is_not_named(
    registry: Registry, engine: Engine
) -> None:
    whole = plan("nzl", solution(registry, "commercial", 50), registry, engine)
    broken = odd(engine, registry, action=Action.KNOW_EXISTS, raises=True)
    made = plan("nzl", solution(registry, "commercial", 50), registry, broken)
    assert whole.omitted[:4] == ("radial", "in_track", "cross_track", "age_1")
    assert made.omitted == ("radial", "in_track", "cross_track", "sources")


def test_a_decision_by_itself_is_that_of_the_plan(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "commercial", 50)
    made = {reason.fact: reason for reason in plan("nzl", one, registry, engine).reasons}
    nzl = registry.partners["nzl"]
    for name in ("tca", "miss_distance", "sources"):
        fact = next(fact for fact in one.facts if fact.name == name)
        reason, effective = decide_fact(
            nzl, name, fact.marking, fact.sources, (), registry, engine, CONTEXT
        )
        assert reason == made[name]
        assert effective == fact.marking
    reason, effective = decide_fact(
        nzl, "tca", parse("U"), ("nowhere",), (), registry, engine, CONTEXT
    )
    assert (reason.decision, reason.policies, effective) == (Showing.WITHHOLD, (FAILED,), None)


# By consent.

DESK = "sensor-release-desk"


@pytest.mark.parametrize(
    ("marking", "offices", "rolled"),
    [
        ("SECRET//OC/REL TO USA, AUS", {DESK}, "OC/REL TO USA, AUS"),
        ("//DEU S//REL TO USA, AUS", {DESK, "liaison-deu"}, "FGI DEU//REL TO USA, AUS"),
        ("//NS//REL TO USA, AUS", {DESK, "liaison-nato"}, "FGI NATO//REL TO USA, AUS"),
        ("//JOINT S AUS USA//REL TO USA, AUS", {DESK, "liaison-aus"}, "FGI AUS//REL TO USA, AUS"),
        (
            "S//FGI DEU GBR//OC/REL TO USA, AUS",
            {DESK, "liaison-deu", "liaison-gbr"},
            "FGI DEU GBR//OC/REL TO USA, AUS",
        ),
    ],
)
def test_what_all_who_have_to_consented_to_passes_with_its_marking(
    registry: Registry, engine: Engine, marking: str, offices: set[str], rolled: str
) -> None:
    made = told(approach(50), marking)
    one = solution_of("cdm-trilateral", ("trilateral",), made, registry)
    aus = registry.partners["aus"]
    (bare,) = release(aus, [one], registry, engine, NOW)
    assert bare.release is None
    (held,) = bare.held
    assert held.offices == offices
    whole = parse(f"S//{rolled}")

    def approved(groups: set[str], by: Iterable[str] = offices) -> Approval:
        return Approval(
            case_id="case",
            solution=one.name,
            pair=one.pair,
            kind=one.kind,
            tca=one.tca,
            partner="aus",
            classes=frozenset(each for each in held.classes if each.group in groups),
            until=NOW.replace(hour=20),
            offices=frozenset(by),
        )

    everything = {each.group for each in held.classes}
    for groups, rendition in (
        (everything, Rendition.FULL),
        ({"identity", "timing"}, Rendition.TEAR_LINE),
    ):
        (some,) = release(aus, [one], registry, engine, NOW, approvals=[approved(groups)])
        assert some.release is not None
        assert some.release.rendition == rendition
        assert some.release.banner == whole.banner
        assert {fact.portion for fact in some.release.facts} == {f"(S//{rolled})"}
    short = [approved(everything, offices - {missing}) for missing in offices]
    for insufficient in (approved({"timing"}), *short):
        (none,) = release(aus, [one], registry, engine, NOW, approvals=[insufficient])
        assert none.release is None


@pytest.mark.parametrize(
    "marking",
    [
        "S//FGI//REL TO USA, AUS",
        "S//FGI FRA//REL TO USA, AUS",
        "S//FGI DEU FRA//REL TO USA, AUS",
        "S//FGI DEU",
        "//DEU S//REL TO USA, GBR",
        "//JOINT S FRA USA//REL TO USA, AUS, FRA",
        "S//SI//FGI DEU//REL TO USA, AUS",
        # Not by the list of the source, either.
        "U//FGI DEU",
        "//NU",
        "//DEU U",
    ],
)
def test_what_nobody_can_consent_to_waits_for_nothing(
    registry: Registry, engine: Engine, marking: str
) -> None:
    """A concealed owner, one without an office, no list, another control."""
    one = solution_of("cdm-trilateral", ("trilateral",), told(approach(50), marking), registry)
    (none,) = release(registry.partners["aus"], [one], registry, engine, NOW)
    assert (none.release, none.held) == (None, ())


def test_consent_is_of_the_owners_that_the_marking_named_then(
    registry: Registry, engine: Engine
) -> None:
    """Another owner, or another office that stands for one, has not been asked."""
    aus = registry.partners["aus"]

    def asked(marking: str) -> Solution:
        return solution_of("cdm-trilateral", ("trilateral",), told(approach(50), marking), registry)

    german = asked("//DEU S//REL TO USA, AUS")
    (bare,) = release(aus, [german], registry, engine, NOW)
    (held,) = bare.held
    everybody = held.offices | {"liaison-gbr", "liaison-aus"}
    given = Approval(
        case_id="case",
        solution=german.name,
        pair=german.pair,
        kind=german.kind,
        tca=german.tca,
        partner="",
        classes=held.classes,
        until=NOW.replace(hour=20),
        offices=everybody,
    )
    (some,) = release(aus, [german], registry, engine, NOW, approvals=[given])
    assert some.release is not None
    for other in ("//GBR S//REL TO USA, AUS", "S//FGI DEU GBR//REL TO USA, AUS"):
        (none,) = release(aus, [asked(other)], registry, engine, NOW, approvals=[given])
        assert none.release is None
    owners = (OwnerOffice("DEU", "duty-officer"),)
    moved = replace(registry, rules=replace(registry.rules, owner_offices=owners))
    (none,) = release(aus, [german], moved, engine.supposing(moved), NOW, approvals=[given])
    assert none.release is None
    (waits,) = none.held
    assert waits.offices == {DESK, "duty-officer"}


def test_owners_are_asked_whatever_a_policy_says(registry: Registry, engine: Engine) -> None:
    """The second check of the banner counts for whom an approval speaks."""
    schema, policies = engine.texts
    forgetful = Engine(schema, policies.replace('@approver("owner")\n', ""), registry)
    aus = registry.partners["aus"]
    made = told(approach(50), "//DEU S//REL TO USA, AUS")
    one = solution_of("cdm-trilateral", ("trilateral",), made, registry)
    held = plan_of(aus, one.shape, (), registry, forgetful, CONTEXT, CONTEXT)
    assert held.offices == {DESK}
    with pytest.raises(ReleaseError, match="a policy is too wide"):
        plan_of(aus, one.shape, (), registry, forgetful, CONTEXT, CONTEXT, held.review)
    # Nor is a review of whom nobody stands for any: nothing is held that could be approved.
    start = policies.index('@id("foreign-unasked")')
    end = policies.index("@id(", start + 1)
    open_to = Engine(schema, policies[:start] + policies[end:], registry)
    for marking in ("S//FGI//REL TO USA, AUS", "S//FGI DEU FRA//REL TO USA, AUS"):
        one = solution_of("cdm-trilateral", ("trilateral",), told(approach(50), marking), registry)
        none = plan_of(aus, one.shape, (), registry, open_to, CONTEXT, CONTEXT)
        assert (none.view, none.review, none.offices) == (None, frozenset(), frozenset())


def test_a_part_that_is_of_a_foreign_owner_makes_the_whole_fgi(
    registry: Registry, engine: Engine
) -> None:
    made = told(approach(50), "//DEU S//REL TO USA, AUS")
    one = solution_of("cdm-trilateral", ("trilateral",), made, registry)
    aus = registry.partners["aus"]
    classes = plan_of(aus, one.shape, (), registry, engine, CONTEXT, CONTEXT).review
    ours = shape_of(
        fact if fact.name in ("tca", "norad_id_1") else replace(fact, marking=parse("U"))
        for fact in one.facts
    )
    shown = plan_of(aus, ours, (), registry, engine, CONTEXT, CONTEXT, classes)
    assert shown.banner == "SECRET//FGI DEU//REL TO USA, AUS"
    assert {reason.review is None for reason in shown.reasons} == {True, False}
    assert shown.view is not None
    portions = {fact.portion for fact in shown.view.shown}
    assert portions == {"(S//REL TO USA, AUS, GBR)", "(S//FGI DEU//REL TO USA, AUS)"}
    # Without its review the part is withheld, and what is left is not marked with it.
    (waiting,) = (
        reason
        for reason in plan_of(aus, ours, (), registry, engine, CONTEXT, CONTEXT).reasons
        if reason.fact == "tca"
    )
    assert waiting.decision is Showing.WITHHOLD


def test_what_is_under_orcon_needs_an_approval_of_its_own(
    registry: Registry, engine: Engine
) -> None:
    """Where a policy forgets to hold some of it, the second check of the banner stops the whole."""
    schema, policies = engine.texts
    held = 'resource.controls.contains("ORCON")'
    forgetful = Engine(
        schema, policies.replace(held, f'{held} && resource.group == "identity"'), registry
    )
    made = told(approach(50), "SECRET//OC/REL TO USA, AUS")
    one = solution_of("cdm-trilateral", ("trilateral",), made, registry)
    aus = registry.partners["aus"]
    classes = plan_of(aus, one.shape, (), registry, engine, CONTEXT, CONTEXT).review
    with pytest.raises(ReleaseError, match="a policy is too wide"):
        plan_of(aus, one.shape, (), registry, forgetful, CONTEXT, CONTEXT, classes)
    # Nor may a contact be told of it, whatever a policy says.
    known = 'action in [Action::"know_exists", Action::"release_unreviewed"]'
    assert known in policies
    talkative = Engine(
        schema, policies.replace(known, 'action == Action::"release_unreviewed"'), registry
    )
    with pytest.raises(ReleaseError, match="a policy is too wide"):
        plan_of(aus, one.shape, (), registry, talkative, CONTEXT, CONTEXT)
    # What is not under it needs none.
    free = shape_of(
        fact if fact.name in ("tca", "norad_id_1") else replace(fact, marking=parse("U"))
        for fact in one.facts
    )
    shown = plan_of(aus, free, (), registry, engine, CONTEXT, CONTEXT, classes)
    assert shown.banner == "SECRET//ORCON/REL TO USA, AUS"
    assert {reason.review is None for reason in shown.reasons} == {True, False}


@pytest.mark.parametrize(
    ("marking", "partner", "passes"),
    [
        ("U", "per", True),
        ("U//REL TO USA, PER", "per", True),
        ("U//REL TO USA, FRA", "per", False),
        ("C//REL TO USA, PER", "per", False),
        ("S//REL TO USA, FRA", "fra", True),
        ("TS//REL TO USA, FRA", "fra", False),
        ("S//REL TO USA, NATO", "fra", True),
        ("S//REL TO USA, FRA", "nato", False),
        ("S//NF", "aus", False),
        ("S", "aus", False),
        ("S//RELIDO/REL TO USA, AUS", "aus", True),
        ("S//USA/AUS EYES ONLY", "aus", True),
        ("S//REL TO USA, AUS/DISPLAY ONLY FRA", "aus", True),
        ("S//REL TO USA, AUS/DISPLAY ONLY FRA", "fra", False),
    ],
)
def test_a_banner_is_within_what_a_partner_may_hold(
    registry: Registry, marking: str, partner: str, passes: bool
) -> None:
    if passes:
        require_within(parse(marking), registry.partners[partner], registry)
        return
    with pytest.raises(ReleaseError, match=f"is not for {partner}: a policy is too wide"):
        require_within(parse(marking), registry.partners[partner], registry)
