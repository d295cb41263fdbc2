"""The enumeration: which cases are told apart, and that every kind of fact is among them."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from small import BEGIN, DAY, END, LATER, PARTNERS, SCHEMA, SOURCES, asset, permit, small

from sda.configuration import packaged
from sharing.markings import Classification, parse
from sharing.policy import Engine, read_engine
from sharing.policy.classes import (
    GROUPS,
    FactClass,
    PartnerClass,
    cases,
    fact_classes,
    partner_classes,
    unvaried,
)
from sharing.policy.language import Language
from sharing.policy.vocabulary import Attributes
from sharing.registry import OwnerOffice, Registry, load_registry

REGISTRY = small()
KOR = PARTNERS[1]
PLAIN = Attributes(
    group="timing",
    level=0,
    unrestricted=True,
    audience=frozenset(),
    shown=frozenset(),
    controls=frozenset(),
    owners=frozenset(),
    sources=frozenset(),
    closed=frozenset(),
    open=True,
    licensed=frozenset(),
    passing_on=False,
    protected=False,
    exact_under=frozenset(),
    equities=frozenset(),
)


def spoken(*attributes: str, **more: object) -> Language:
    """Return a language that compares all its attributes with one another."""
    names = frozenset(attributes)
    linked = frozenset({names})
    return Language(attributes=names, linked=linked, **more)  # type: ignore[arg-type]


def fact(**changes: object) -> FactClass:
    made = replace(PLAIN, **changes)  # type: ignore[arg-type]
    return FactClass(made, asdict(made))


def who(**asked: object) -> PartnerClass:
    return PartnerClass(KOR, DAY, asked)


def told_apart(language: Language, one: FactClass, other: FactClass, **asked: object) -> bool:
    given = who(**asked)
    return len(list(cases([given], [one, other], language))) == 2


def test_values_of_attributes_that_nobody_asks_about_are_not_told_apart() -> None:
    pair = fact(group="timing"), fact(group="geometry")
    assert told_apart(spoken("group"), *pair)
    assert not told_apart(spoken("open"), *pair)


def test_what_is_asked_of_a_partner_tells_its_cases_apart() -> None:
    whos = who(kind="nation"), who(kind="coalition")
    assert len(list(cases(whos, [fact()], spoken("kind")))) == 2
    assert len(list(cases(whos, [fact()], spoken("open")))) == 1


def test_numbers_are_told_apart_by_their_order_among_partner_fact_and_policies() -> None:
    language = spoken("level", "clearance")
    assert not told_apart(language, fact(level=2), fact(level=3), clearance=1)
    assert told_apart(language, fact(level=1), fact(level=2), clearance=1)
    assert told_apart(language, fact(level=0), fact(level=1), clearance=1)
    named = spoken("level", "clearance", numbers=frozenset({3}))
    assert told_apart(named, fact(level=2), fact(level=3), clearance=1)
    assert not told_apart(named, fact(level=4), fact(level=5), clearance=1)
    computed = spoken("level", "clearance", has_arithmetic=True)
    assert told_apart(computed, fact(level=4), fact(level=5), clearance=1)


def test_truth_values_are_no_numbers() -> None:
    assert told_apart(spoken("open", "level"), fact(open=True), fact(open=False))


def test_elements_are_told_apart_by_the_sets_that_they_lie_in() -> None:
    a, b, both = (frozenset(names) for names in ("a", "b", "ab"))
    language = spoken("sources", "codes")
    assert not told_apart(language, fact(sources=a), fact(sources=b), codes=[])
    assert told_apart(language, fact(sources=a), fact(sources=b), codes=["a"])
    assert told_apart(language, fact(sources=a), fact(sources=frozenset()), codes=[])
    # How many elements lie alike decides nothing.
    assert not told_apart(language, fact(sources=a), fact(sources=both), codes=[])
    two = spoken("sources", "closed")
    assert told_apart(two, fact(sources=a, closed=a), fact(sources=a, closed=b))
    # Sets that nothing compares say nothing of one another.
    apart = replace(language, linked=frozenset())
    assert not told_apart(apart, fact(sources=a), fact(sources=b), codes=["a"])
    assert told_apart(apart, fact(sources=a), fact(sources=frozenset()), codes=[])
    named = spoken("sources", "codes", words=frozenset({"a"}))
    assert told_apart(named, fact(sources=a), fact(sources=b), codes=[])


def test_a_set_of_the_partner_is_none_of_the_fact() -> None:
    language = spoken("codes", "sources")
    found = cases([who(codes=["a"]), who(codes=[])], [fact(sources=frozenset({"a"}))], language)
    assert len(list(found)) == 2
    one = fact(sources=frozenset({"a"}))
    other = fact()
    assert len(list(cases([who(codes=[]), who(codes=["a"])], [one, other], language))) == 4


def test_of_an_enclosing_set_only_what_it_has_in_common_counts() -> None:
    a, b = frozenset("a"), frozenset("b")
    language = spoken("exact_under", "closed", enclosing=frozenset({"exact_under"}))
    assert not told_apart(language, fact(exact_under=a), fact(exact_under=frozenset()))
    assert told_apart(language, fact(exact_under=a, closed=a), fact(exact_under=b, closed=a))
    elsewhere = replace(language, words=frozenset({"z"}))
    assert not told_apart(elsewhere, fact(exact_under=a), fact(exact_under=frozenset()))
    named = replace(language, words=frozenset({"a"}))
    assert told_apart(named, fact(exact_under=a), fact(exact_under=b))


def test_an_element_of_an_enclosing_set_that_policies_name_counts_on_either_side() -> None:
    enclosing = frozenset({"exact_sources"})
    language = spoken("exact_sources", enclosing=enclosing, words=frozenset({"a"}))
    whos = who(exact_sources=["a"]), who(exact_sources=[])
    assert len(list(cases(whos, [fact()], language))) == 2
    assert len(list(cases(whos, [fact()], replace(language, words=frozenset())))) == 1


def test_a_partner_that_policies_name_is_a_class_of_its_own() -> None:
    other = replace(KOR, id="fra")
    whos = [PartnerClass(one, DAY, {}) for one in (KOR, other)]
    assert len(list(cases(whos, [fact()], Language()))) == 1
    assert len(list(cases(whos, [fact()], Language(words=frozenset({"kor"}))))) == 2


def engine(registry: Registry = REGISTRY, condition: str = "true") -> Engine:
    return Engine(SCHEMA, permit(condition), registry)


def test_partners_stand_on_each_day_on_which_what_they_have_changes_the_earliest_first() -> None:
    found = partner_classes(engine(), REGISTRY)
    assert [(one.partner.id, one.day) for one in found] == [
        ("aus", BEGIN),
        ("kor", BEGIN),
        ("per", BEGIN),
        ("duo", BEGIN),
        ("aus", date(2026, 6, 1)),
        ("aus", END),
        ("kor", END),
        ("duo", END),
    ]
    for one in found:
        assert one.asked == engine().principal(one.partner, one.day)


def test_partners_that_have_the_same_are_two_classes() -> None:
    twins = {id: replace(PARTNERS[2], id=id) for id in ("per", "ury")}
    registry = replace(REGISTRY, partners=twins, agreements={})
    assert {one.partner.id for one in partner_classes(engine(registry), registry)} == {"per", "ury"}


def test_a_review_ends_an_agreement_too_and_without_agreements_there_is_one_day() -> None:
    fine = replace(REGISTRY.agreements["fine"], review=DAY, parties=("aus",))
    reviewed = replace(REGISTRY, agreements={"fine": fine})
    partners = {"aus": replace(PARTNERS[0], agreements=("fine",))}
    reviewed = replace(reviewed, partners=partners)
    assert [one.day for one in partner_classes(engine(reviewed), reviewed)] == [BEGIN, DAY]
    bare = replace(REGISTRY, agreements={}, partners={"per": PARTNERS[2]})
    assert [one.day for one in partner_classes(engine(bare), bare)] == [date.min]
    late = replace(fine, effective=DAY, review=LATER, expires=DAY + timedelta(days=1))
    begins = replace(reviewed, agreements={"fine": late})
    days = [one.day for one in partner_classes(engine(begins), begins)]
    assert days == [DAY, DAY + timedelta(days=1)]


def test_every_combination_of_sources_that_can_be_told_apart_is_among_the_facts() -> None:
    found = {one.attributes.sources for one in fact_classes(engine(), REGISTRY)}
    names = sorted(REGISTRY.sources)
    assert found == {
        frozenset(),
        *(frozenset({one}) for one in names),
        *(frozenset(two) for two in combinations(names, 2)),
        frozenset(names),
    }


def test_of_sources_that_nothing_tells_apart_one_stands_for_all_unless_a_policy_names_it() -> None:
    twin = replace(REGISTRY.sources["radar"], id="twin", name="twin")
    late = replace(REGISTRY.agreements["late"], sources=("radar", "twin"))
    some = {id: REGISTRY.sources[id] for id in ("public", "radar")}
    registry = replace(
        small(()),
        sources={**some, "twin": twin},
        agreements={**REGISTRY.agreements, "late": late},
    )

    def sources(registry: Registry, condition: str = "true") -> set[str]:
        found = fact_classes(engine(registry, condition), registry)
        return {name for one in found for name in one.attributes.sources}

    assert sources(registry) == {"public", "radar"}
    assert "twin" in sources(registry, 'resource.sources.contains("twin")')
    for changed in (
        replace(twin, marking=parse("C//NF")),
        replace(twin, licensees=("per",)),
        replace(twin, passing_on=True),
        replace(twin, kind=SOURCES[0].kind),
    ):
        assert "twin" in sources(replace(registry, sources={**registry.sources, "twin": changed}))
    assert "twin" in sources(replace(registry, agreements=REGISTRY.agreements))


def test_one_or_two_sources_have_no_set_of_all_beside() -> None:
    for count, sets in ((0, 1), (1, 2), (2, 4), (3, 8)):
        some = {one.id: one for one in SOURCES[:count]}
        registry = replace(small(()), sources=some, agreements={}, partners={})
        found = fact_classes(engine(registry), registry)
        assert len({one.attributes.sources for one in found}) == sets


def test_facts_touch_no_asset_each_kind_of_one_and_every_two() -> None:
    registry = small((asset(1, "fine"), asset(2), asset(3, "fine"), asset(4, "fine", "rough")))
    found = {
        (one.attributes.protected, one.attributes.exact_under)
        for one in fact_classes(engine(registry), registry)
    }
    assert found == {
        (False, frozenset()),
        (True, frozenset({"fine"})),
        (True, frozenset()),
        (True, frozenset({"fine", "rough"})),
    }


def test_assets_of_other_nations_are_another_kind() -> None:
    registry = small((asset(1, "fine", nations=("KOR",)), asset(2, "fine")), SOURCES[2:3])
    found = {one.attributes.equities for one in fact_classes(engine(registry), registry)}
    assert found == {frozenset(), frozenset({"KOR"})}
    protected = {
        one.attributes.equities
        for one in fact_classes(engine(registry), registry)
        if one.attributes.protected
    }
    assert protected == found


def test_what_two_assets_have_in_common_is_a_class_of_its_own() -> None:
    registry = small((asset(1, "fine", "rough"), asset(2, "rough", "late")), SOURCES[2:3])
    found = {one.attributes.exact_under for one in fact_classes(engine(registry), registry)}
    assert frozenset({"rough"}) in found


def test_of_the_groups_those_that_policies_name_and_one_other_are_among_the_facts() -> None:
    registry = small((), SOURCES[2:3])

    def groups(condition: str) -> set[str]:
        found = fact_classes(engine(registry, condition), registry)
        return {one.attributes.group for one in found}

    assert groups("true") == {"identity"}
    assert groups('resource.group == "identity"') == {"identity", "timing"}
    assert groups('resource.group == "provenance"') == {"identity", "provenance"}
    assert groups('resource.group like "g*"') == {*GROUPS}
    every = " || ".join(f'resource.group == "{name}"' for name in GROUPS)
    assert groups(every) == {*GROUPS}


@pytest.fixture(scope="module")
def whats() -> tuple[FactClass, ...]:
    return fact_classes(engine(), REGISTRY)


def test_messages_have_every_level_and_reach_nobody_everybody_or_all_but_one(
    whats: tuple[FactClass, ...],
) -> None:
    of_public = [one.attributes for one in whats if one.attributes.sources == {"public"}]
    plain = [one for one in of_public if not one.controls and not one.protected]
    found = {(one.level, one.audience) for one in plain if not one.unrestricted}
    nobody, everybody = frozenset({"USA"}), frozenset({"USA", "AUS", "KOR", "PER"})
    all_but_one = everybody - {"AUS"}
    for level in (0, 2, 3, 4):
        for audience in (nobody, everybody, all_but_one):
            assert (level, audience) in found
    assert len(found) == 12
    assert any(one.unrestricted for one in plain)


def test_foreign_restricted_counts_as_confidential_foreign_information(
    whats: tuple[FactClass, ...],
) -> None:
    foreign = [one.attributes for one in whats if "FGI" in one.attributes.controls]
    of_public = {one.level for one in foreign if one.sources == {"public"}}
    assert of_public == {int(Classification.C)}


def test_every_further_control_stands_on_data_of_the_most_shared_source_alone(
    whats: tuple[FactClass, ...],
) -> None:
    foreign = {"FGI", "UNASKED"}
    bearing = [one.attributes for one in whats if one.attributes.controls - foreign]
    assert {one.sources for one in bearing} == {frozenset({"firm"})}
    assert not any(one.protected for one in bearing)
    everybody = ("AUS", "KOR", "USA")
    found = {(*sorted(one.controls), one.level, *sorted(one.audience)) for one in bearing}
    assert found == {
        *((name, 3, *everybody) for name in ("RSEN", "IMCON", "PROPIN", "DSEN", "FISA", "ORCON")),
        *((name, 3, *everybody) for name in ("SCI", "CUI", "NON-IC", "HANDLING")),
        ("EXEMPT_FROM_ICD501_DISCOVERY", 3, *everybody),
        ("CUI", 0, *everybody),
        # ORCON-USGOV without ORCON breaks a rule; LES NOFORN has NOFORN in it.
        ("ILLEGAL", "ORCON", 3, *everybody),
        ("NON-IC", 3, "USA"),
        ("DISPLAY ONLY", 3, "USA"),
    }
    (shown,) = (one.shown for one in bearing if "DISPLAY ONLY" in one.controls)
    assert shown == {"AUS", "KOR"}
    owned = [one.attributes for one in whats if "FGI" in one.attributes.controls]
    assert {one.sources for one in owned if one.level == 3 and "KOR" in one.audience} == {
        frozenset({"firm"})
    }


def _owned(registry: Registry, condition: str = "true") -> set[tuple[frozenset[str], bool]]:
    """Return the foreign owners of secret facts, and whether one cannot be asked."""
    found = fact_classes(engine(registry, condition), registry)
    return {
        (one.attributes.owners, "UNASKED" in one.attributes.controls)
        for one in found
        if one.attributes.level == 3
        and one.attributes.owners
        and one.attributes.sources == {"firm"}
    }


def test_foreign_owners_can_be_asked_or_not_or_are_concealed() -> None:
    nobody, concealed = frozenset({"NOBODY"}), frozenset({"FGI"})
    assert _owned(REGISTRY) == {(nobody, True), (concealed, True)}
    owners = (OwnerOffice("GBR", "asset-desk"), OwnerOffice("NATO", "duty-desk"))
    registry = replace(REGISTRY, rules=replace(REGISTRY.rules, owner_offices=owners))
    some = {(frozenset({"GBR"}), False), (nobody | {"GBR"}, True)}
    assert _owned(registry) == {(nobody, True), (concealed, True), *some}
    assert frozenset({"NATO"}) in {
        who for who, _ in _owned(registry, 'resource.owners.contains("GBR")')
    }
    # An owner that a policy names stands for nobody else.
    assert _owned(registry, 'resource.owners.contains("NATO")') == {
        (nobody, True),
        (concealed, True),
        (frozenset({"NATO"}), False),
        (frozenset({"GBR"}), False),
        (frozenset({"GBR", "NATO"}), False),
        (nobody | {"GBR", "NATO"}, True),
    }


def test_licences_count_for_how_widely_a_source_is_shared() -> None:
    registry = small((), (SOURCES[4], SOURCES[0]))
    registry = replace(registry, agreements={"fine": registry.agreements["fine"]})
    found = fact_classes(engine(registry), registry)
    bearing = {one.attributes.sources for one in found if "ORCON" in one.attributes.controls}
    assert bearing == {frozenset({"firm"})}


def test_without_partners_there_is_nobody_to_release_a_control_to() -> None:
    registry = replace(REGISTRY, partners={}, agreements={})
    found = fact_classes(engine(registry), registry)
    controls = {control for one in found for control in one.attributes.controls}
    assert controls == {"FGI", "UNASKED"}


def test_what_no_class_varies_and_policies_ask_about_is_named() -> None:
    language = spoken("level", "open", "group")
    same = [fact(level=1), fact(level=2)]
    assert unvaried(same, language) == {"open", "group"}
    assert unvaried(same, spoken("level", "passing_on")) == {"passing_on"}
    assert unvaried([fact()], spoken("level")) == {"level"}
    assert unvaried([], language) == frozenset()


def test_what_is_left_to_a_disclosure_official_is_a_class_of_the_packaged_configuration() -> None:
    registry = load_registry(packaged("config"))
    found = fact_classes(read_engine(packaged("config"), registry), registry)
    left = {one.attributes.audience for one in found if one.attributes.controls == {"RELIDO"}}
    assert frozenset({"USA"}) in left
    assert any("AUS" in audience for audience in left)
