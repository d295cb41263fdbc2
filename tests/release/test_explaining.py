"""Counterfactuals hold: what they name releases more, nothing smaller does, and nothing is lost."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

import pytest
from approaches import ASSET, NOW, SOURCES, approach, described, told
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sda.configuration import packaged
from sda.model import Kind
from sharing.policy import Band, Engine
from sharing.policy.counterfactual import ChangeKind, applied
from sharing.policy.invariants import read_invariants
from sharing.registry import Registry
from sharing.release import FAILED, Approval, Rendition, Showing, solution_of
from sharing.release.door import release
from sharing.release.explaining import (
    Explanation,
    Later,
    Outcome,
    explain,
    supposed,
    world_of,
)

OTHER_ASSET = 330109
PARTNERS = ["aus", "gbr", "fra", "nzl", "ita", "kor", "per", "nato", "ood"]
MESSAGE_MARKINGS = [
    "",
    "",
    "SECRET//REL TO USA, AUS, GBR",
    "CONFIDENTIAL//NOFORN",
    "SECRET//ORCON/REL TO USA, AUS, GBR, FRA",
]


def explained(
    registry: Registry,
    engine: Engine,
    partner: str,
    source: str,
    hours: float,
    pair: tuple[int, int] = (5, 6),
) -> Explanation:
    made = approach(hours, pair=pair)
    return explain(partner, source, SOURCES[source], made, registry, engine, NOW)


def kinds(explanation: Explanation) -> list[list[tuple[str, str]]]:
    return [
        [(change.kind.value, change.subject) for change in one.changes]
        for one in explanation.counterfactuals
    ]


LADDER = (None, Rendition.CONTACT, Rendition.TEAR_LINE, Rendition.NOTICE, Rendition.FULL)
FINENESS = (Showing.WITHHOLD, Showing.SEE_COARSE, Showing.SEE)


@pytest.mark.parametrize("one", range(len(LADDER)))
@pytest.mark.parametrize("other", range(len(LADDER)))
def test_a_rung_shows_those_below_it(one: int, other: int) -> None:
    higher, lower = (Outcome(LADDER[rung], (), frozenset()) for rung in (one, other))
    assert higher.shows(lower) is (one >= other)


@pytest.mark.parametrize("one", range(len(FINENESS)))
@pytest.mark.parametrize("other", range(len(FINENESS)))
def test_an_outcome_shows_another_where_each_fact_is_as_fine(one: int, other: int) -> None:
    same = ("tca", Showing.SEE)
    finer, coarser = (
        Outcome(Rendition.NOTICE, (same, ("radial", FINENESS[how])), frozenset())
        for how in (one, other)
    )
    assert finer.shows(coarser) is (one >= other)
    # What an outcome does not speak of it withholds.
    bare = Outcome(Rendition.NOTICE, (same,), frozenset())
    assert bare.shows(coarser) is (other == 0)
    assert coarser.shows(bare)


def test_an_outcome_covers_what_it_shows_from_all_of_the_sources() -> None:
    facts = (("tca", Showing.SEE),)
    one = Outcome(Rendition.NOTICE, facts, frozenset({"public"}))
    both = replace(one, sources=frozenset({"public", "commercial"}))
    assert one.covers(one)
    assert both.covers(one)
    assert not one.covers(both)
    assert not replace(both, rendition=Rendition.CONTACT).covers(one)


@settings(max_examples=25, deadline=None)
@given(described, st.sampled_from(PARTNERS), st.sampled_from(MESSAGE_MARKINGS))
def test_a_counterfactual_releases_more_and_no_smaller_set_of_its_changes_as_much(
    registry: Registry, engine: Engine, given: tuple, partner: str, marking: str
) -> None:
    source, hours, miss_km, pair, kind = given
    made = told(approach(hours, miss_km, pair, kind), marking)
    explanation = explain(partner, source, SOURCES[source], made, registry, engine, NOW)
    world = world_of(partner, SOURCES[source], made, registry, NOW)
    for one in explanation.counterfactuals:
        # Decide anew in a world in which the changes are made, with an engine of its own.
        changed = applied(world, one.changes)
        after = supposed(changed, source, made, engine, NOW)
        assert after == one.outcome
        assert after.shows(explanation.outcome)
        assert not explanation.outcome.shows(after)
        for size in range(len(one.changes)):
            for fewer in combinations(one.changes, size):
                less = supposed(applied(world, fewer), source, made, engine, NOW)
                assert not less.covers(after)


@settings(max_examples=40, deadline=None)
@given(described, st.sampled_from(PARTNERS))
def test_an_explanation_tells_what_the_door_does(
    registry: Registry, engine: Engine, given: tuple, partner: str
) -> None:
    source, hours, miss_km, pair, kind = given
    made = approach(hours, miss_km, pair, kind)
    explanation = explain(partner, source, SOURCES[source], made, registry, engine, NOW)
    solution = solution_of(source, SOURCES[source], made, registry)
    (decided,) = release(registry.partners[partner], [solution], registry, engine, NOW)
    rendition = decided.release.rendition if decided.release else None
    assert explanation.outcome.rendition == rendition
    assert explanation.banner == (decided.release.banner if decided.release else None)
    assert [(fact.name, fact.decision, fact.text) for fact in explanation.facts] == [
        (reason.fact, reason.decision, reason.text) for reason in decided.reasons
    ]


@settings(max_examples=25, deadline=None)
@given(described, st.sampled_from(PARTNERS), st.sampled_from([0, 12]))
@example(("commercial", 100.2, 0.42, (5, 6), Kind.CROSSING), "kor", 0)
@example(("commercial", 72.2, 0.42, (5, 6), Kind.CROSSING), "kor", 12)
def test_what_time_alone_will_change_is_what_an_explanation_says_then(
    registry: Registry, engine: Engine, given: tuple, partner: str, minutes: int
) -> None:
    source, hours, miss_km, pair, kind = given
    made, at = approach(hours, miss_km, pair, kind), NOW + timedelta(minutes=minutes)
    about = (partner, source, SOURCES[source], made, registry, engine)
    now = explain(*about, at, at_most=0)
    assert now.counterfactuals == ()
    expected, last = [], now.outcome
    for left_h, band in ((72, Band.FROM_72H), (24, Band.UNDER_24H)):
        since = made.tca - timedelta(hours=left_h)
        if since > at:
            then = explain(*about, since, at_most=0).outcome
            # Nor has it changed by the end of the interval of the grid.
            grid = timedelta(minutes=registry.rules.time_grid_min)
            assert explain(*about, since + grid, at_most=0).outcome == then
            if then != last:
                expected.append(Later(since, band, then))
            last = then
    assert now.later == tuple(expected)


def test_an_agreement_and_an_approval_that_lapse_are_told_on_the_day_and_at_the_hour(
    registry: Registry, engine: Engine
) -> None:
    until = NOW + timedelta(hours=5)
    licence = registry.agreements["commercial-licence"]
    ending = replace(licence, expires=(NOW + timedelta(days=2)).date())
    known = {**registry.agreements, ending.id: ending}
    changed = replace(registry, agreements=known)
    marking = "SECRET//ORCON/REL TO USA, FRA"
    made = replace(approach(50), marking=marking)
    solution = solution_of("commercial", SOURCES["commercial"], made, changed)
    (plain,) = release(changed.partners["fra"], [solution], changed, engine.supposing(changed), NOW)
    (held,) = plain.held
    approval = Approval(
        "case", "commercial", (5, 6), made.kind, made.tca, "fra", held.classes, until, held.offices
    )
    about = ("fra", "commercial", SOURCES["commercial"], made, changed, engine.supposing(changed))
    found = explain(*about, NOW, at_most=0, approvals=[approval])
    assert [one.since for one in found.later] == [until]
    plain = explain(*about[:3], approach(50), *about[4:], NOW, at_most=0)
    midnight = datetime.combine(ending.expires, time(), UTC)
    assert [one.since for one in plain.later][:1] == [midnight]


def test_what_takes_three_changes_is_not_told_to_those_who_ask_for_no_number(
    registry: Registry, engine: Engine
) -> None:
    found = explained(registry, engine, "per", "trilateral", 50)
    assert [len(one.changes) for one in found.counterfactuals] == [1]


def test_what_takes_three_changes_is_told_to_those_who_ask_for_three(
    registry: Registry, engine: Engine
) -> None:
    about = ("per", "trilateral", SOURCES["trilateral"], approach(50), registry, engine, NOW)
    found = explain(*about, at_most=3)
    assert sorted(len(one.changes) for one in found.counterfactuals) == [1, 3, 3]


def test_bands_that_have_begun_are_not_told_as_still_to_come(
    registry: Registry, engine: Engine
) -> None:
    def told(hours: float) -> list[Band]:
        later = explained(registry, engine, "kor", "commercial", hours).later
        return [one.band for one in later]

    assert told(100) == [Band.FROM_72H, Band.UNDER_24H]
    assert told(50) == [Band.UNDER_24H]
    assert told(10) == []


def test_a_sensor_s_values_need_the_agreement_and_the_marking(
    registry: Registry, engine: Engine
) -> None:
    found = explained(registry, engine, "fra", "trilateral", 50)
    assert [("join-agreement", "trilateral-sensor"), ("challenge-audience", "trilateral")] in kinds(
        found
    )
    (whole,) = (
        one
        for one in found.counterfactuals
        if {change.kind for change in one.changes}
        == {ChangeKind.JOIN_AGREEMENT, ChangeKind.CHALLENGE_AUDIENCE}
        and one.changes[0].subject == "trilateral-sensor"
    )
    assert whole.outcome.rendition is Rendition.FULL
    offices = [change.office for change in whole.changes]
    assert offices == [
        "Trilateral steering group",
        "Sensor data release desk (Release office, counter 1)",
    ]


def test_invariants_that_changes_would_violate_are_named_with_them(
    registry: Registry, engine: Engine
) -> None:
    source, invariants = "trilateral", read_invariants(packaged("config"))
    asked = ("fra", source, SOURCES[source], approach(90), registry, engine, NOW)
    found = explain(*asked, invariants=invariants).counterfactuals
    assert [(len(one.changes), [id for id, _ in one.invariants]) for one in found] == [
        (1, []),
        (2, ["trilateral-stays-trilateral"]),
    ]
    assert [one.invariants for one in explain(*asked).counterfactuals] == [(), ()]


def test_the_marking_path_names_what_bears_each_marking(registry: Registry, engine: Engine) -> None:
    (*_, fact) = explained(registry, engine, "gbr", "trilateral", 50).facts
    assert fact.path == (
        ("source public", "UNCLASSIFIED"),
        ("source trilateral", "SECRET//REL TO USA, AUS, GBR"),
    )
    assert fact.marking == "(S//REL TO USA, AUS, GBR)"
    made = told(approach(50), "C//REL TO USA, NATO\nS//REL TO USA, AUS, GBR")
    (*_, fact) = explain("gbr", "x", ("public",), made, registry, engine, NOW).facts
    assert fact.path == (
        ("source public", "UNCLASSIFIED"),
        ("message", "CONFIDENTIAL//REL TO USA, NATO"),
        ("message", "SECRET//REL TO USA, AUS, GBR"),
    )
    assert fact.marking == "(S//REL TO USA, GBR)"


def test_what_waits_for_a_review_is_freed_by_its_approval_by_the_asset_s_desk(
    registry: Registry, engine: Engine
) -> None:
    found = explained(registry, engine, "fra", "commercial", 100, (5, ASSET))
    assert found.outcome.rendition is not Rendition.FULL
    approvals = [
        one
        for one in found.counterfactuals
        if [change.kind for change in one.changes] == [ChangeKind.APPROVE_REVIEW]
    ]
    assert [one.outcome.rendition for one in approvals] == [Rendition.TEAR_LINE]
    assert approvals[0].changes[0].office.startswith("Asset protection desk")
    # The review lapses with the band, and time alone does the same.
    assert [later.band for later in found.later] == [Band.FROM_72H]


def test_an_approval_in_force_counts_in_what_is_explained(
    registry: Registry, engine: Engine
) -> None:
    made = told(approach(50), "CONFIDENTIAL//ORCON/REL TO USA, NZL")
    solution = solution_of("cdm-commercial", ("commercial",), made, registry)
    (waiting,) = release(registry.partners["nzl"], [solution], registry, engine, NOW)
    (held,) = waiting.held
    approval = Approval(
        case_id="case",
        solution=solution.name,
        pair=solution.pair,
        kind=solution.kind,
        tca=solution.tca,
        partner="nzl",
        classes=held.classes,
        until=NOW + timedelta(hours=2),
        offices=held.offices,
    )
    about = ("nzl", "cdm-commercial", ("commercial",), made, registry, engine, NOW)
    joined, review = ("join-agreement", "commercial-licence"), ("approve-review", "nzl")
    waits = explain(*about)
    assert waits.outcome.rendition is None
    assert kinds(waits) == [[review], [review, joined]]
    approved = explain(*about, approvals=[approval])
    assert approved.outcome.rendition is Rendition.TEAR_LINE
    # With the approval the agreement alone releases something.
    assert kinds(approved) == [[joined], [review, joined]]
    assert all(one.outcome.shows(approved.outcome) for one in approved.counterfactuals)


def test_a_review_is_asked_of_every_office_that_it_waits_for(
    registry: Registry, engine: Engine
) -> None:
    made = told(approach(100, pair=(5, ASSET)), "SECRET//ORCON/REL TO USA, FRA")
    found = explain("fra", "cdm-commercial", ("commercial",), made, registry, engine, NOW)
    reviews = {
        change.office
        for one in found.counterfactuals
        for change in one.changes
        if change.kind is ChangeKind.APPROVE_REVIEW
    }
    (offices,) = reviews
    assert [office.split(" desk")[0] for office in offices.split("; ")] == [
        "Asset protection",
        "Commercial data",
    ]


def test_consent_is_asked_of_the_offices_of_all_owners(registry: Registry, engine: Engine) -> None:
    """Also together with an agreement, or with a list, that has to come first."""
    german = "German liaison officer (Release office, counter 6)"
    british = "British liaison officer (Release office, counter 7)"
    desk = "Commercial data desk (Licensing office, counter 3)"

    def reviews(partner: str, marking: str) -> list[tuple[list[str], str | None, list[str]]]:
        made = told(approach(50), marking)
        found = explain(partner, "cdm-commercial", ("commercial",), made, registry, engine, NOW)
        return [
            (
                [str(change.kind) for change in one.changes],
                one.outcome.rendition,
                sorted(change.office for change in one.changes if change.kind == "approve-review"),
            )
            for one in found.counterfactuals
        ]

    joint = "; ".join((british, desk, german))
    listed = "S//FGI DEU GBR//REL TO USA, DEU, FRA, GBR"
    (alone,) = reviews("fra", listed)
    assert (alone[0], alone[1]) == (["approve-review"], Rendition.FULL)
    assert sorted(alone[2][0].split("; ")) == sorted(joint.split("; "))
    # Neither policy nor list lets it wait for a review yet.
    for partner, marking in (
        ("gbr", "S//FGI DEU GBR//REL TO USA, DEU, FRA"),
        ("fra", "S//FGI DEU GBR"),
    ):
        found = reviews(partner, marking)
        assert found
        for kinds, _, offices in found:
            assert {"approve-review", "challenge-audience"} <= {*kinds}
            assert sorted(offices[0].split("; ")) == sorted(joint.split("; "))
    # Nobody can be asked: no approval is offered.
    for marking in ("S//FGI//REL TO USA, FRA", "S//FGI DEU FRA//REL TO USA, FRA"):
        assert reviews("fra", marking) == []


def test_the_list_of_a_foreign_owner_is_challenged_with_its_office_too(
    registry: Registry, engine: Engine
) -> None:
    made = told(approach(50), "//DEU S//REL TO USA, DEU")
    found = explain("fra", "cdm-commercial", ("commercial",), made, registry, engine, NOW)
    offices = {
        change.office
        for one in found.counterfactuals
        for change in one.changes
        if change.kind is ChangeKind.CHALLENGE_AUDIENCE
    }
    assert offices == {
        "Commercial data desk (Licensing office, counter 3); "
        "German liaison officer (Release office, counter 6)"
    }


def test_the_nations_with_a_stake_are_named_with_the_offices_that_answer_for_them(
    registry: Registry, engine: Engine
) -> None:
    found = explained(registry, engine, "fra", "commercial", 50, (5, ASSET))
    assert [(one.nation, one.stake.value, office) for one, office in found.equities] == [
        ("USA", "owner", "Asset protection desk (Release office, counter 2)"),
        ("JPN", "host", "Partner liaison desk (Release office, counter 4)"),
    ]
    assert explained(registry, engine, "fra", "commercial", 50).equities == ()


def test_joining_the_agreement_of_an_equity_holder_is_among_the_changes(
    registry: Registry, engine: Engine
) -> None:
    (equity, *_) = registry.assets[ASSET].equities
    carrying = replace(registry.assets[ASSET], equities=(replace(equity, nation="BRA"),))
    changed = replace(registry, assets={**registry.assets, ASSET: carrying})
    found = explained(changed, engine.supposing(changed), "gbr", "trilateral", 50, (5, ASSET))
    assert found.outcome.rendition is not Rendition.FULL
    assert [("join-agreement", "ssa-bilateral-b")] in kinds(found)


def test_what_is_under_orcon_is_freed_by_its_originator(registry: Registry, engine: Engine) -> None:
    made = told(approach(50), "SECRET//ORCON/REL TO USA, FRA")
    found = explain("fra", "cdm-commercial", ("commercial",), made, registry, engine, NOW)
    assert found.outcome.rendition is None
    (one,) = found.counterfactuals
    assert [change.kind for change in one.changes] == [ChangeKind.APPROVE_REVIEW]
    assert one.changes[0].office.startswith("Commercial data desk")
    assert one.outcome.rendition is Rendition.FULL


def test_a_licence_and_an_agreement_release_exact_values_together(
    registry: Registry, engine: Engine
) -> None:
    found = explained(registry, engine, "kor", "commercial", 50)
    assert [("join-agreement", "commercial-licence"), ("licence", "commercial")] in kinds(found)
    # Of an agreement on coarse values, what has a coarse form is gained, and no more is.
    (coarse,) = (
        one.gained
        for one in found.counterfactuals
        if [change.subject for change in one.changes] == ["olympic-defender", "commercial"]
    )
    assert {how for _, how in coarse} == {Showing.SEE_COARSE}
    assert [fact for fact, _ in coarse] == [
        *("norad_id_1", "name_1", "norad_id_2", "name_2"),
        *("tca", "miss_distance", "relative_speed", "max_probability"),
    ]


def test_an_agreement_that_lapsed_is_renewed(registry: Registry, engine: Engine) -> None:
    lapsed = replace(registry.agreements["trilateral-sensor"], expires=NOW.date())
    later = replace(registry, agreements={**registry.agreements, lapsed.id: lapsed})
    found = explained(later, engine.supposing(later), "gbr", "trilateral", 50)
    assert found.outcome.rendition is None
    assert [("renew-agreement", "trilateral-sensor")] in kinds(found)


def test_whoever_has_everything_is_told_of_no_change(registry: Registry, engine: Engine) -> None:
    found = explained(registry, engine, "per", "public", 50)
    assert found.outcome.rendition is Rendition.FULL
    assert found.counterfactuals == ()
    assert all(fact.decision is Showing.SEE for fact in found.facts)


def test_leaving_a_source_out_counts_unless_the_rest_is_a_solution_already(
    registry: Registry, engine: Engine
) -> None:
    made, sources = approach(50), SOURCES["trilateral"]
    alone = explain("fra", "trilateral", sources, made, registry, engine, NOW)
    assert [("leave-out", "trilateral")] in kinds(alone)
    beside = explain("fra", "trilateral", sources, made, registry, engine, NOW, [("public",)])
    assert [("leave-out", "trilateral")] not in kinds(beside)
    # Another solution of the same sources takes nothing away.
    twin = explain("fra", "trilateral", sources, made, registry, engine, NOW, [sources])
    assert kinds(twin) == kinds(alone)


def test_no_rung_is_gained_by_leaving_out_a_fact_that_is_shown_coarsely(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    rough = '@id("rough") @title("Rough") @authority("a") @review("2030-06-30")\n'
    rough += 'forbid (principal, action == Action::"see", resource) '
    rough += 'when { resource.group == "probability" };\n'
    found = explained(registry, Engine(schema, policies + rough, registry), "per", "public", 50)
    assert ("max_probability", Showing.SEE_COARSE) in found.outcome.facts
    assert found.outcome.rendition is Rendition.NOTICE
    assert found.counterfactuals == ()


def test_the_one_fact_that_keeps_a_solution_from_a_higher_rung_can_be_left_out(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    head = '@id("{0}") @title("{0}") @authority("a") @review("2030-06-30")\n'
    close = 'forbid (principal, action in [Action::"see", Action::"see_coarse"], resource) '
    sources = head.format("no-sources") + close + 'when { resource.group == "provenance" };\n'
    chance = head.format("no-chance") + close + 'when { resource.group == "probability" };\n'
    without = Engine(schema, policies + sources, registry)
    found = explained(registry, without, "per", "public", 50)
    assert found.outcome.rendition is Rendition.NOTICE
    assert kinds(found) == [[("leave-fact-out", "sources")]]
    (one,) = found.counterfactuals
    assert one.outcome.rendition is Rendition.FULL
    assert "sources" not in dict(one.outcome.facts)
    assert one.changes[0].office.startswith("Space safety duty officer")
    # Where two facts are kept back, leaving one out helps nobody, and both are not left out.
    none = Engine(schema, policies + sources + chance, registry)
    assert kinds(explained(registry, none, "per", "public", 50)) == []
    # Nor is one left out beside another change, though that would release more.
    made = told(approach(50), "CONFIDENTIAL//NOFORN")
    beside = explain("gbr", "cdm-public", ("public",), made, registry, without, NOW)
    assert kinds(beside) == [[("challenge-audience", "message")]]


@pytest.mark.parametrize(
    "marking", ["CONFIDENTIAL//NOFORN", "CONFIDENTIAL//NOFORN\nSECRET//REL TO USA, AUS"]
)
def test_a_message_is_freed_by_another_audience_in_every_marking_of_it(
    registry: Registry, engine: Engine, marking: str
) -> None:
    made = told(approach(50), marking)
    found = explain("gbr", "cdm-public", ("public",), made, registry, engine, NOW)
    assert found.outcome.rendition is None
    assert kinds(found) == [[("challenge-audience", "message")]]
    assert found.counterfactuals[0].outcome.rendition is Rendition.FULL


@pytest.mark.parametrize(
    ("actions", "rendition"),
    [('action in [Action::"see", Action::"see_coarse"]', Rendition.CONTACT), ("action", None)],
)
def test_where_no_fact_is_shown_the_decision_on_none_takes_effect(
    registry: Registry, engine: Engine, actions: str, rendition: Rendition | None
) -> None:
    schema, policies = engine.texts
    timeless = '@id("no-time") @title("No time") @authority("a") @review("2030-06-30")\n'
    timeless += f'forbid (principal, {actions}, resource) when {{ resource.group == "timing" }};\n'
    found = explained(registry, Engine(schema, policies + timeless, registry), "per", "public", 50)
    assert found.outcome.rendition is rendition
    assert ("miss_distance", Showing.SEE) in [(one.name, one.decision) for one in found.facts]
    assert {showing for _, showing in found.outcome.facts} == {Showing.WITHHOLD}
    # What decided is named by id and title.
    assert [one.policies for one in found.facts if one.name == "tca"] == [(("no-time", "No time"),)]


def test_a_decision_that_failed_withholds_and_is_named_by_its_error_not_as_a_policy(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    failing = '@id("fails") @title("Fails") @authority("a") @review("2030-06-30")\n'
    failing += "forbid (principal, action, resource) when "
    failing += "{ 9223372036854775807 + principal.clearance + 1 > 0 };\n"
    found = explained(registry, Engine(schema, policies + failing, registry), "per", "public", 50)
    assert found.outcome.rendition is None
    for fact in found.facts:
        assert fact.decision is Showing.WITHHOLD
        assert "overflow" in fact.text
        assert FAILED not in [id for id, _ in fact.policies]


@pytest.mark.parametrize("pair", [(5, 6), (5, ASSET), (ASSET, 999999), (ASSET, OTHER_ASSET)])
def test_a_world_holds_the_protected_objects_of_the_pair(
    registry: Registry, pair: tuple[int, int]
) -> None:
    world = world_of("fra", SOURCES["commercial"], approach(50, pair=pair), registry, NOW)
    assert [one.norad_id for one in world.assets] == [
        number for number in pair if number in (ASSET, OTHER_ASSET)
    ]


def test_a_marking_that_cannot_be_read_is_named_and_supposes_nothing(
    registry: Registry, engine: Engine
) -> None:
    made = told(approach(50), "SECRET//SAR-BUTTERED POPCORN")
    found = explain("gbr", "cdm-public", ("public",), made, registry, engine, NOW)
    assert "cannot be read" in found.fault
    assert found.outcome.rendition is None
    assert (found.facts, found.counterfactuals) == ((), ())


@pytest.mark.parametrize("partner", ["fra", "per"])
def test_supposing_leaves_the_engine_as_it_was(
    registry: Registry, engine: Engine, partner: str
) -> None:
    before = engine.digest, explained(registry, engine, partner, "commercial", 50).outcome
    lapsed = replace(registry.agreements["commercial-licence"], expires=NOW.date())
    other = replace(registry, agreements={**registry.agreements, lapsed.id: lapsed})
    assert engine.supposing(other).digest != engine.digest
    explained(other, engine.supposing(other), partner, "commercial", 50)
    assert (engine.digest, explained(registry, engine, partner, "commercial", 50).outcome) == before
