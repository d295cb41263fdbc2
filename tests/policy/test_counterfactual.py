"""What could be changed, by whom, and what the world is once it is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import DAY, LATER, asset, small

from sharing.errors import MarkingError
from sharing.markings import Classification, Marking, parse
from sharing.policy.counterfactual import (
    Change,
    ChangeKind,
    World,
    applied,
    possible_changes,
    smallest,
)
from sharing.registry import Detail, OwnerOffice, Registry

REGISTRY = small()


def world(
    partner: str,
    *sources: str,
    message: tuple[str, ...] = (),
    reviewed: bool = True,
    registry: Registry = REGISTRY,
) -> World:
    markings = tuple(parse(text) for text in message)
    return World(partner, registry, sources, markings, (), (), (), DAY, reviewed)


def told(world: World, *kinds: ChangeKind) -> list[tuple[str, str, str]]:
    """Return kind, subject and office of the changes of some kinds, in their order."""
    return [
        (str(one.kind), one.subject, one.office)
        for one in possible_changes(world)
        if one.kind in kinds
    ]


def change(world: World, kind: ChangeKind, subject: str) -> World:
    (one,) = (one for one in possible_changes(world) if (one.kind, one.subject) == (kind, subject))
    return applied(world, [one])


def test_a_review_is_approved_by_the_desks_of_assets_else_of_sources_each_named_once() -> None:
    assert told(world("kor", "sensor"), ChangeKind.APPROVE_REVIEW) == []
    open_review = world("kor", "firm", "sensor", "firm", reviewed=False)
    assert told(open_review, ChangeKind.APPROVE_REVIEW) == [
        ("approve-review", "kor", "firm-desk role (line 0); sensor-desk role (line 4)")
    ]
    guarded = replace(open_review, assets=(asset(7), asset(8)))
    assert told(guarded, ChangeKind.APPROVE_REVIEW) == [
        ("approve-review", "kor", "asset-desk role (line 5)")
    ]
    assert change(guarded, ChangeKind.APPROVE_REVIEW, "kor") == replace(guarded, reviewed=True)


def test_nothing_counts_as_approved_unless_it_is_said() -> None:
    said = world("kor", "firm", reviewed=False)
    unsaid = World("kor", REGISTRY, ("firm",), (), (), (), (), DAY)
    assert unsaid == said
    assert told(unsaid, ChangeKind.APPROVE_REVIEW) != []


def test_where_offices_hold_it_their_approval_is_asked_for() -> None:
    held = replace(
        world("kor", "sensor", reviewed=False), assets=(asset(7),), holders=("duty-desk",)
    )
    assert told(held, ChangeKind.APPROVE_REVIEW) == [
        ("approve-review", "kor", "duty-desk role (line 6)")
    ]


def test_foreign_owners_are_asked_with_the_sources_and_the_assets() -> None:
    owners = (OwnerOffice("GBR", "duty-desk"), OwnerOffice("NATO", "radar-desk"))
    registry = replace(REGISTRY, rules=replace(REGISTRY.rules, owner_offices=owners))
    british, radar = "duty-desk role (line 6)", "radar-desk role (line 3)"
    for message, named in (
        (("//GBR S//REL TO USA, KOR",), [british]),
        (("S//FGI GBR NATO//REL TO USA, KOR",), [british, radar]),
        (("//NS//REL TO USA, KOR", "//GBR S//REL TO USA, KOR"), [british, radar]),
        # Nobody stands for Australia.
        (("S//FGI AUS//REL TO USA, KOR",), []),
    ):
        given = world("kor", "sensor", message=message, reviewed=False, registry=registry)
        ((_, _, office),) = told(given, ChangeKind.APPROVE_REVIEW)
        assert office.split("; ") == [*named, "sensor-desk role (line 4)"]
    # What is a source's own counts as what a message says.
    sensor = replace(registry.sources["sensor"], marking=parse("//GBR S//REL TO USA, KOR"))
    owned = replace(registry, sources={**registry.sources, "sensor": sensor})
    given = world("kor", "sensor", reviewed=False, registry=owned)
    ((_, _, office),) = told(given, ChangeKind.APPROVE_REVIEW)
    assert office.split("; ") == [british, "sensor-desk role (line 4)"]
    given = replace(given, registry=registry)
    guarded = replace(given, message=(parse("S//FGI GBR"),), assets=(asset(7),))
    ((_, _, office),) = told(guarded, ChangeKind.APPROVE_REVIEW)
    assert office.split("; ") == [
        "asset-desk role (line 5)",
        british,
        "sensor-desk role (line 4)",
    ]
    challenged = world("per", "sensor", message=("//GBR C//REL TO USA, KOR",), registry=registry)
    assert ("challenge-audience", "message", f"sensor-desk role (line 4); {british}") in told(
        challenged, ChangeKind.CHALLENGE_AUDIENCE
    )


def test_each_fact_may_be_left_out_by_the_desk_of_last_resort() -> None:
    leave = ChangeKind.LEAVE_FACT_OUT
    given = replace(world("kor", "sensor"), facts=("tca", "radial"))
    desk = "duty-desk role (line 6)"
    assert told(given, leave) == [("leave-fact-out", name, desk) for name in ("tca", "radial")]
    assert change(given, leave, "tca") == replace(given, facts=("radial",))
    assert told(world("kor", "sensor"), leave) == []


def test_agreements_are_joined_and_those_not_in_force_renewed_by_their_authority() -> None:
    join, renew = ChangeKind.JOIN_AGREEMENT, ChangeKind.RENEW_AGREEMENT
    assert told(world("aus", "sensor"), join, renew) == [
        ("join-agreement", "rough", "rough board"),
        ("renew-agreement", "late", "late board"),
    ]
    assert told(world("duo", "sensor"), join, renew) == [
        ("join-agreement", "fine", "fine board"),
        ("join-agreement", "late", "late board"),
        ("renew-agreement", "late", "late board"),
    ]


def test_whoever_joins_an_agreement_keeps_those_it_has() -> None:
    joined = change(world("kor", "radar"), ChangeKind.JOIN_AGREEMENT, "late")
    assert joined.registry.partners["kor"].agreements == ("fine", "late", "rough")
    assert joined.registry.partners["aus"] == REGISTRY.partners["aus"]
    assert joined.registry.agreements == REGISTRY.agreements


def test_a_renewed_agreement_is_in_force_on_the_day_whatever_it_lacked() -> None:
    late = REGISTRY.agreements["late"]
    day, tomorrow = DAY, DAY + timedelta(days=1)
    for changed, expected in (
        (late, replace(late, expires=tomorrow)),
        (replace(late, review=date(2026, 2, 1), expires=LATER), replace(late, expires=LATER)),
        (replace(late, effective=LATER, expires=LATER), replace(late, effective=day)),
    ):
        agreements = {**REGISTRY.agreements, "late": changed}
        before = world("aus", "radar", registry=replace(REGISTRY, agreements=agreements))
        after = change(before, ChangeKind.RENEW_AGREEMENT, "late").registry.agreements
        assert after["late"].in_force(DAY)
        assert after["late"].effective == min(changed.effective, expected.effective)
        assert after["late"].expires == max(changed.expires, tomorrow)
        assert after["late"].review == max(changed.review, tomorrow)
        assert after["fine"] == agreements["fine"]


def test_a_licence_is_had_from_the_desk_of_a_commercial_source() -> None:
    licence = ChangeKind.LICENCE
    assert told(world("kor", "firm", "other-firm", "sensor"), licence) == [
        ("licence", "firm", "firm-desk role (line 0)")
    ]
    assert told(world("aus", "firm", "other-firm"), licence) == []
    licensed = change(world("kor", "firm"), licence, "firm").registry.sources
    assert licensed["firm"].licensees == ("aus", "kor")
    assert licensed["other-firm"] == REGISTRY.sources["other-firm"]


def test_a_marking_is_challenged_where_another_would_let_the_partner_in() -> None:
    audience, level = ChangeKind.CHALLENGE_AUDIENCE, ChangeKind.CHALLENGE_LEVEL
    given = world("kor", "sensor", "public", message=("S//NF", "C//NF", "U"))
    desks = "sensor-desk role (line 4); public-desk role (line 2)"
    assert told(given, audience, level) == [
        ("challenge-audience", "sensor", "sensor-desk role (line 4)"),
        ("challenge-level", "sensor", "sensor-desk role (line 4)"),
        ("challenge-audience", "message", desks),
        ("challenge-level", "message", desks),
    ]
    # Whoever is on the list and may hold the level has nothing to challenge.
    assert told(world("aus", "sensor"), audience, level) == []


def test_a_challenged_audience_names_the_partner_s_countries_too() -> None:
    kind = ChangeKind.CHALLENGE_AUDIENCE
    given = world("kor", "sensor", "radar", message=("S//NF", "C//OC/REL TO USA, AUS", "U"))
    source = change(given, kind, "sensor")
    assert source.registry.sources["sensor"].marking == parse("S//REL TO USA, AUS, KOR")
    assert source.registry.sources["radar"].marking == parse("S//NF")
    assert source.message == given.message
    noforn = change(given, kind, "radar").registry.sources["radar"].marking
    assert noforn == parse("S//REL TO USA, KOR")
    message = change(given, kind, "message")
    assert message.message == (
        parse("S//REL TO USA, KOR"),
        parse("C//OC/REL TO USA, AUS, KOR"),
        parse("U"),
    )
    assert message.registry == REGISTRY


def test_a_list_that_holds_the_partner_by_a_tetragraph_is_not_challenged() -> None:
    given = world("duo", "public", message=("C//REL TO USA, DUOS",))
    assert told(given, ChangeKind.CHALLENGE_AUDIENCE) == []
    half = world("duo", "public", message=("C//REL TO USA, AUS",))
    changed = change(half, ChangeKind.CHALLENGE_AUDIENCE, "message")
    assert changed.message == (parse("C//REL TO USA, AUS, KOR"),)


def test_a_challenged_level_is_one_that_the_partner_may_hold() -> None:
    given = world("kor", "sensor", message=("TS//NF", "U"))
    changed = change(given, ChangeKind.CHALLENGE_LEVEL, "message")
    assert [one.classification for one in changed.message] == [
        Classification.C,
        Classification.U,
    ]
    changed = change(given, ChangeKind.CHALLENGE_LEVEL, "sensor")
    assert changed.registry.sources["sensor"].marking == parse("C//REL TO USA, AUS")


def test_challenged_controls_go_and_what_says_to_whom_stays() -> None:
    kind = ChangeKind.CHALLENGE_CONTROLS
    marked = ("U//FOUO", "C//OC/REL TO USA, KOR//LES", "CUI//LEI", "S//SI//NF", "U//LES-NF")
    given = world("kor", "sensor", message=marked)
    assert told(given, kind) == [("challenge-controls", "message", "sensor-desk role (line 4)")]
    freed = ("U", "C//OC/REL TO USA, KOR", "U", "S//SI//NF", "U")
    assert change(given, kind, "message").message == tuple(map(parse, freed))
    assert told(world("kor", "sensor", message=("S//NF", "S//RELIDO", "U")), kind) == []


def test_a_marking_that_has_no_such_form_is_not_offered() -> None:
    """Who may hold foreign RESTRICTED cannot have a US document made of it: no such level."""
    restricted = replace(REGISTRY.partners["kor"], clearance=Classification.R)
    registry = replace(REGISTRY, partners={**REGISTRY.partners, "kor": restricted})
    given = world("kor", "sensor", message=("S//REL TO USA, KOR",), registry=registry)
    assert told(given, ChangeKind.CHALLENGE_LEVEL) == []
    assert told(given, ChangeKind.CHALLENGE_AUDIENCE) == [
        ("challenge-audience", "sensor", "sensor-desk role (line 4)")
    ]


def test_a_source_is_left_out_where_others_stay_and_it_is_no_base() -> None:
    leave = ChangeKind.LEAVE_OUT
    assert told(world("kor", "sensor"), leave) == []
    assert len(told(world("kor", "public", "sensor"), leave)) == 1
    given = world("kor", "public", "sensor", "radar")
    desk = "duty-desk role (line 6)"
    assert told(given, leave) == [("leave-out", "sensor", desk), ("leave-out", "radar", desk)]
    assert change(given, leave, "sensor").sources == ("public", "radar")


def test_a_partner_s_own_standing_is_raised_by_the_desk_of_last_resort() -> None:
    detail, clearance = ChangeKind.RAISE_DETAIL, ChangeKind.RAISE_CLEARANCE
    desk = "duty-desk role (line 6)"
    assert told(world("kor", "firm"), detail, clearance) == [("raise-detail", "kor", desk)]
    assert told(world("aus", "sensor"), detail, clearance) == []
    given = world("aus", "public", "sensor", message=("TS//NF", "U"))
    assert told(given, detail, clearance) == [("raise-clearance", "aus", desk)]
    raised = change(given, clearance, "aus").registry.partners
    assert raised["aus"].clearance is Classification.TS
    assert raised["kor"] == REGISTRY.partners["kor"]
    low = world("kor", "sensor")
    assert change(low, clearance, "kor").registry.partners["kor"].clearance is Classification.S
    exact = change(world("kor", "firm"), detail, "kor").registry.partners["kor"]
    assert exact == replace(REGISTRY.partners["kor"], detail=Detail.EXACT)


def test_a_coalition_is_raised_as_far_as_all_its_members_are() -> None:
    """A registry in which it stands above one of them is not loaded, so nobody could do that."""
    kinds = ChangeKind.RAISE_DETAIL, ChangeKind.RAISE_CLEARANCE
    desk = "duty-desk role (line 6)"
    detail, clearance = ((str(kind), "duo", desk) for kind in kinds)
    for fine, level, expected in (
        (Detail.COARSE, Classification.C, []),
        (Detail.EXACT, Classification.C, [detail]),
        (Detail.COARSE, Classification.S, [clearance]),
        (Detail.EXACT, Classification.S, [detail, clearance]),
    ):
        duo = replace(REGISTRY.partners["duo"], detail=Detail.COARSE)
        kor = replace(REGISTRY.partners["kor"], detail=fine, clearance=level)
        registry = replace(REGISTRY, partners={**REGISTRY.partners, "duo": duo, "kor": kor})
        assert told(world("duo", "sensor", registry=registry), *kinds) == expected


def test_a_clearance_is_never_lowered() -> None:
    lowering = Change(ChangeKind.RAISE_CLEARANCE, "aus", "desk", "")
    after = applied(world("aus", "public"), [lowering]).registry.partners["aus"]
    assert after.clearance is Classification.S


def test_changes_are_made_one_after_the_other() -> None:
    given = world("kor", "sensor", reviewed=False)
    both = [
        one
        for one in possible_changes(given)
        if one.kind in (ChangeKind.APPROVE_REVIEW, ChangeKind.RAISE_DETAIL)
    ]
    after = applied(given, both)
    assert after.reviewed
    assert after.registry.partners["kor"].detail is Detail.EXACT
    assert applied(given, []) == given


def test_a_challenge_to_a_form_that_a_marking_cannot_have_is_refused() -> None:
    restricted = replace(REGISTRY.partners["kor"], clearance=Classification.R)
    registry = replace(REGISTRY, partners={**REGISTRY.partners, "kor": restricted})
    wish = Change(ChangeKind.CHALLENGE_LEVEL, "message", "desk", "")
    given = world("kor", "sensor", registry=registry)
    with pytest.raises(MarkingError, match="no US level"):
        applied(replace(given, message=(Marking(Classification.S),)), [wish])


NAMES = "abcd"
CHANGES = [Change(ChangeKind.LICENCE, name, "", "") for name in NAMES]


def found(
    gains: dict[str, set[str]], at_most: int | None = None
) -> list[tuple[str, frozenset[str]]]:
    """Return the smallest sets, where a set of changes gains what stands under its subsets."""

    def outcome_of(chosen: tuple[Change, ...]) -> frozenset[str] | None:
        made = {one.subject for one in chosen}
        return frozenset().union(*(gains[k] for k in gains if {*k} <= made)) or None

    limit = {} if at_most is None else {"at_most": at_most}
    answers = smallest(CHANGES, outcome_of, lambda one, other: one >= other, **limit)
    return [("".join(one.subject for one in chosen), gained) for chosen, gained in answers]


def test_the_smallest_sets_are_those_that_no_smaller_one_covers() -> None:
    assert found({"a": {"x"}}) == [("a", {"x"})]
    assert found({"a": {"x"}, "b": {"x"}, "ab": {"y"}}) == [
        ("a", {"x"}),
        ("b", {"x"}),
        ("ab", {"x", "y"}),
    ]
    assert found({"cd": {"x"}}) == [("cd", {"x"})]
    assert found({}) == []


def test_sets_of_one_size_do_not_cover_one_another_and_none_is_larger_than_asked() -> None:
    assert found({"a": {"x", "y"}, "b": {"x"}}) == [("a", {"x", "y"}), ("b", {"x"})]
    assert found({"abc": {"x"}}) == []
    assert found({"abc": {"x"}}, at_most=3) == [("abc", {"x"})]
    assert found({"ab": {"x"}}, at_most=1) == []


subsets = st.sets(st.sampled_from(NAMES), min_size=1, max_size=2).map(sorted).map("".join)


@given(st.dictionaries(subsets, st.sets(st.sampled_from("xyz"), min_size=1)))
def test_what_any_set_gains_some_smallest_set_of_no_more_changes_gains(
    gains: dict[str, set[str]],
) -> None:
    answers = found(gains)
    for one, gained in gains.items():
        assert any(len(chosen) <= len(one) and reached >= gained for chosen, reached in answers)
    for chosen, gained in answers:
        assert not any(len(less) < len(chosen) and more >= gained for less, more in answers)
