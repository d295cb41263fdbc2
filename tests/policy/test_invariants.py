"""Invariants: the shipped policies keep them, and a mutated policy is found before it releases."""

from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.errors import PolicyError
from sharing.markings import US, Classification, Marking
from sharing.policy import Action, Band, Context, Engine, attributes_of, load_engine, read_engine
from sharing.policy.classes import GROUPS, Case, FactClass, cases, fact_classes, partner_classes
from sharing.policy.invariants import read_invariants, violations
from sharing.registry import Registry, load_registry
from sharing.release import FACTS

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(CONFIG)


@pytest.fixture(scope="module")
def engine(registry: Registry) -> Engine:
    return load_engine(CONFIG, registry)


@pytest.fixture(scope="module")
def enumerated(registry: Registry, engine: Engine) -> dict[object, Case]:
    whos, whats = partner_classes(engine, registry), fact_classes(engine, registry)
    return {case.key: case for case in cases(whos, whats, engine.language)}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(copytree(CONFIG, tmp_path / "config"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_groups_are_those_of_the_facts() -> None:
    assert {*GROUPS} == {kind.group for kind in FACTS.values()} | {"provenance"}


MUTATIONS = [
    (
        "20-forbids.cedar",
        "resource.audience.containsAll(principal.codes)",
        "resource.audience.containsAny(principal.codes)",
        "within-the-audience",
    ),
    (
        "20-forbids.cedar",
        "principal.clearance < resource.level",
        "principal.clearance < 1 && resource.level > 0",
        "within-the-clearance",
    ),
    (
        "20-forbids.cedar",
        "unless { principal.licences.containsAll(resource.licensed) };",
        'unless { principal.licences.containsAll(resource.licensed) || context.band == "past" };',
        "exact-to-licensees",
    ),
    (
        "10-permits.cedar",
        "when { principal.exact_sources.containsAll(resource.closed) };",
        "when { principal.coarse_sources.containsAll(resource.closed) };",
        "exact-under-an-agreement",
    ),
    (
        "20-forbids.cedar",
        'resource.group == "provenance" && !resource.open',
        'resource.group == "provenance" && !resource.open && resource.level > 0',
        "provenance-to-exact-parties",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("ORCON")',
        'resource.controls.contains("ORCON") && resource.level > 3',
        "orcon-by-consent",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("FGI")',
        'resource.controls.contains("FGI") && resource.controls.contains("UNASKED")',
        "foreign-by-consent",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("UNASKED")',
        'resource.controls.contains("UNASKED") && resource.owners.contains("FGI")',
        "further-controls-stay",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("UNASKED")',
        'resource.controls.contains("UNASKED") && !resource.owners.contains("FGI")',
        "further-controls-stay",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("UNASKED")',
        'resource.controls.contains("UNASKED") && !resource.owners.contains("DEU")',
        "further-controls-stay",
    ),
    (
        "20-forbids.cedar",
        'resource.controls.contains("FGI")',
        'resource.controls.contains("FGI") && !resource.owners.contains("NATO")',
        "foreign-by-consent",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "violated"), MUTATIONS)
def test_a_policy_that_violates_an_invariant_refuses_to_load(
    config: Path, file: str, old: str, new: str, violated: str
) -> None:
    change(config / "policy" / file, old, new)
    # Otherwise whoever has the agreement has the licence too, and nothing could go wrong.
    change(config / "sources/commercial.toml", '"jpn", ', "")
    registry = load_registry(config)
    engine = read_engine(config, registry)
    found = list(violations(engine, registry, read_invariants(config)))
    assert violated in {one.invariant.id for one in found}
    for one in found:
        # What is told is true: asked again, by itself, the policies allow it.
        who, context = one.case.who, Context(one.band, one.case.who.day)
        assert engine.decide(who.partner, one.case.what.attributes, one.action, context).allowed
    with pytest.raises(PolicyError, match="policy check") as caught:
        load_engine(config, registry)
    assert "\n" not in str(caught.value)


def test_without_the_forbid_a_hosted_payload_would_go_exact_past_its_owner(config: Path) -> None:
    change(config / "assets/leo-primary-09.toml", '["JPN"]', '["BRA"]')
    change(config / "assets/leo-primary-09.toml", "JPN =", "BRA =")
    load_engine(config, load_registry(config))
    change(
        config / "policy/20-forbids.cedar",
        "principal.agreed.containsAll(resource.equities)",
        "principal.agreed.containsAny(resource.equities) || resource.protected",
    )
    with pytest.raises(PolicyError, match=r"exact-with-every-equity-holder.* could see"):
        load_engine(config, load_registry(config))


def test_an_agreement_that_brings_in_a_third_party_violates_what_is_said_of_the_sensor(
    config: Path,
) -> None:
    change(config / "agreements/trilateral-sensor.toml", '"gbr"]', '"gbr", "nzl"]')
    change(config / "sources/trilateral.toml", "AUS, GBR", "AUS, GBR, NZL")
    with pytest.raises(PolicyError, match=r"trilateral-stays-trilateral.*nzl could"):
        load_engine(config, load_registry(config))


US_LEVELS = [level for level in Classification if level is not Classification.R]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_fact_that_can_be_made_is_of_a_class_that_was_enumerated(
    registry: Registry, engine: Engine, enumerated: dict[object, Case], data: st.DataObject
) -> None:
    sources = data.draw(st.sets(st.sampled_from(sorted(registry.sources)), min_size=1, max_size=2))
    who = data.draw(st.sampled_from(partner_classes(engine, registry)))
    level = data.draw(st.sampled_from(US_LEVELS))
    codes = {US, *who.partner.codes}
    marking = data.draw(
        st.sampled_from(
            [
                Marking(Classification.U),
                Marking(level, ("NF",)),
                Marking(level, ("REL",), (*codes,)),
                Marking(level, ("REL",), (US, "XYZ")),
            ]
        )
    )
    assets = tuple(registry.assets.values())[: data.draw(st.integers(0, 2))]
    group = data.draw(st.sampled_from(["identity", "provenance"]))
    attributes, _ = attributes_of(group, marking, sources, assets, registry)
    (case,) = cases([who], [FactClass(attributes, asdict(attributes))], engine.language)
    assert case.key in enumerated
    twin = enumerated[case.key]
    for action, band in product(Action, Band):
        own = decided(engine, case, action, band)
        other = decided(engine, twin, action, band)
        # A twin's day is no later, so no fewer permits count for it.
        assert other >= own
        assert other == own or twin.who.day < who.day


def decided(engine: Engine, case: Case, action: Action, band: Band) -> bool:
    context = Context(band, case.who.day)
    return engine.decide(case.who.partner, case.what.attributes, action, context).allowed


def test_groups_that_no_policy_names_are_decided_alike(
    engine: Engine, enumerated: dict[object, Case]
) -> None:
    for case in list(enumerated.values())[::40]:
        if case.what.attributes.group == "provenance":
            continue
        for group, action in product(GROUPS[:-1], Action):
            attributes = replace(case.what.attributes, group=group)
            other = replace(case, what=replace(case.what, attributes=attributes))
            assert decided(engine, other, action, Band.UNDER_24H) == decided(
                engine, case, action, Band.UNDER_24H
            )


def test_the_proof_is_of_policies_and_registry_together(config: Path) -> None:
    change(config / "sources/commercial.toml", '"jpn", ', "")
    load_engine(config, load_registry(config))


def test_sets_that_no_policy_compares_are_no_reason_to_tell_facts_apart(
    engine: Engine, registry: Registry
) -> None:
    families = [{*family} for family in engine.language.families()]
    for together in ({"agreed", "equities"}, {"audience", "codes", "shown"}, {"controls"}):
        assert together in families
    compared = Engine(
        engine.texts[0],
        '@id("i") @title("t") @authority("a") @review("2030-01-01") permit (principal, action, '
        "resource) when { !resource.open && (if resource.protected then resource.equities else "
        "resource.sources).containsAll(principal.codes) || "
        "resource.audience == principal.agreed };",
        registry,
    ).language
    assert {frozenset(family) for family in compared.families()} == {
        frozenset({"open"}),
        frozenset({"protected", "equities", "sources", "codes"}),
        frozenset({"audience", "agreed"}),
    }
