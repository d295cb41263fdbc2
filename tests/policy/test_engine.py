"""The engine: deny by default, forbid wins, and an error is a denial."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sharing.errors import PolicyError
from sharing.markings import parse
from sharing.policy import (
    Action,
    Band,
    Context,
    Decision,
    Engine,
    attributes_of,
    load_engine,
)
from sharing.registry import Equity, Registry, Stake, load_registry

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = (CONFIG / "policy/schema.cedarschema").read_text()
DAY = date(2026, 11, 23)
TRILATERAL = "SECRET//REL TO USA, AUS, GBR"

ANNOTATIONS = '@id("{id}") @title("t") @authority("a") @review("{review}")\n'


def permit_all(review: str = "2099-01-01") -> str:
    return (
        ANNOTATIONS.format(id="permit-all", review=review) + "permit (principal, action, resource);"
    )


def forbid(condition: str, id: str = "no") -> str:
    head = ANNOTATIONS.format(id=id, review="2020-01-01")
    return head + f"forbid (principal, action, resource) when {{ {condition} }};"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(CONFIG)


@pytest.fixture(scope="module")
def engine(registry: Registry) -> Engine:
    return load_engine(CONFIG, registry)


def ask(
    engine: Engine,
    registry: Registry,
    partner: str,
    *sources: str,
    action: Action = Action.SEE,
    band: Band = Band.FROM_72H,
    day: date = DAY,
    asset: bool = False,
    group: str = "geometry",
    marking: str = "U",
) -> Decision:
    assets = tuple(registry.assets.values())[:1] if asset else ()
    attributes, _ = attributes_of(group, parse(marking), sources, assets, registry)
    return engine.decide(registry.partners[partner], attributes, action, Context(band, day))


def test_without_policies_nobody_sees_anything(registry: Registry) -> None:
    engine = Engine(SCHEMA, "", registry)
    for partner in registry.partners:
        for action in Action:
            assert not ask(engine, registry, partner, "public", action=action).allowed


def test_a_forbid_wins_over_every_permit(registry: Registry) -> None:
    assert ask(Engine(SCHEMA, permit_all(), registry), registry, "aus", "public").allowed
    engine = Engine(SCHEMA, permit_all() + forbid("resource.open"), registry)
    answer = ask(engine, registry, "aus", "public")
    assert not answer.allowed
    assert answer.policies == ("no",)


def test_a_policy_that_errors_denies_although_cedar_says_allow(registry: Registry) -> None:
    overflow = forbid("9223372036854775807 + principal.clearance > 0")
    engine = Engine(SCHEMA, permit_all() + overflow, registry)
    answer = ask(engine, registry, "aus", "public")
    assert not answer.allowed
    assert answer.errors
    assert ask(engine, registry, "per", "public").errors == (), "U is 0 and overflows nothing"


def test_a_permit_past_its_review_no_longer_counts_and_a_forbid_still_does(
    registry: Registry,
) -> None:
    engine = Engine(SCHEMA, permit_all("2026-11-23"), registry)
    assert ask(engine, registry, "aus", "public", day=date(2026, 11, 22)).allowed
    lapsed = ask(engine, registry, "aus", "public")
    assert not lapsed.allowed
    assert "review" in lapsed.errors[0]
    assert not ask(
        Engine(SCHEMA, permit_all() + forbid("true"), registry), registry, "aus", "public"
    ).allowed


@pytest.mark.parametrize(
    ("policies", "named"),
    [
        (forbid("resource.opne"), "opne"),
        (forbid('context.hours == "1"'), "hours"),
        ("permit (principal, action, resource)", "config/policy"),
        (permit_all().replace("@authority", "@author"), "authority"),
        (permit_all().replace("2099-01-01", "later"), "2030-06-30"),
        (permit_all() + permit_all(), "twice"),
        (
            permit_all().replace("permit (principal,", "permit (principal == ?principal,"),
            "template",
        ),
    ],
)
def test_policies_that_do_not_validate_serve_nothing(
    registry: Registry, policies: str, named: str
) -> None:
    with pytest.raises(PolicyError, match=named) as caught:
        Engine(SCHEMA, policies, registry)
    assert "\n" not in str(caught.value)


def test_an_absent_policy_folder_serves_nothing(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(PolicyError, match="cannot read"):
        load_engine(tmp_path, registry)


def test_an_unknown_partner_is_denied_open_data(engine: Engine, registry: Registry) -> None:
    stranger = replace(registry.partners["aus"], id="xxx")
    attributes, _ = attributes_of("identity", parse("U"), ("public",), (), registry)
    answer = engine.decide(stranger, attributes, Action.SEE, Context(Band.PAST, DAY))
    assert not answer.allowed
    assert answer.errors


def test_a_partner_altered_after_loading_is_denied(engine: Engine, registry: Registry) -> None:
    altered = replace(registry.partners["per"], agreements=("trilateral-sensor",))
    attributes, _ = attributes_of("identity", parse("U"), ("public",), (), registry)
    assert not engine.decide(altered, attributes, Action.SEE, Context(Band.PAST, DAY)).allowed


def test_an_unknown_source_cannot_be_classed(registry: Registry) -> None:
    with pytest.raises(PolicyError, match="nowhere"):
        attributes_of("identity", parse("U"), ("public", "nowhere"), (), registry)


@pytest.mark.parametrize(
    ("partner", "source", "exact", "coarse"),
    [
        ("aus", "trilateral", True, True),
        ("gbr", "trilateral", True, True),
        ("can", "trilateral", False, False),
        ("fra", "trilateral", False, False),
        ("ood", "trilateral", False, False),
        ("fra", "commercial", True, True),
        ("aus", "commercial", False, True),
        ("ood", "commercial", False, True),
        ("ita", "commercial", False, True),
        ("kor", "commercial", False, False),
        ("per", "commercial", False, False),
        ("nato", "commercial", False, False),
        ("per", "public", True, True),
        ("nato", "public", True, True),
    ],
)
def test_who_sees_what_by_the_sample_policies(
    engine: Engine, registry: Registry, partner: str, source: str, exact: bool, coarse: bool
) -> None:
    sources = {"public", source}
    assert ask(engine, registry, partner, *sources).allowed is exact
    assert ask(engine, registry, partner, *sources, action=Action.SEE_COARSE).allowed is coarse


WITHHELD = [
    ("S//SI//REL TO USA, AUS", "sci"),
    ("TS//SI-G ABCD/TK//REL TO USA, AUS", "sci"),
    ("TS//BOHEMIA//FGI NATO//REL TO USA, AUS", "sci"),
    ("S//FGI//REL TO USA, AUS", "foreign-unasked"),
    ("//FGI S//REL TO USA, AUS", "foreign-unasked"),
    ("S//FGI FRA//REL TO USA, AUS", "foreign-unasked"),
    ("S//FGI DEU FRA//REL TO USA, AUS", "foreign-unasked"),
    ("//FRA S//REL TO USA, AUS", "foreign-unasked"),
    ("//JOINT S AUS FRA USA//REL TO USA, AUS, FRA", "foreign-unasked"),
    ("U//FGI DEU", "marking-audience"),
    ("S//FGI DEU", "marking-audience"),
    ("//DEU S//REL TO USA, GBR", "marking-audience"),
    ("//NU", "marking-audience"),
    ("S//RELIDO", "relido"),
    ("U//RELIDO", "relido"),
    ("S//DISPLAY ONLY AUS", "display-only"),
    ("U//REL TO USA, NZL/DISPLAY ONLY AUS", "display-only"),
    ("S//REL TO USA, AUS//LIMDIS", "non-ic"),
    ("U//SBU", "non-ic"),
    ("U//LES-NF", "non-ic"),
    ("S//REL TO USA, AUS//ACCM-TEA LEAF", "non-ic"),
    ("CUI", "cui"),
    ("CUI//PRVCY//REL TO USA, AUS", "cui"),
    ("S//CUI//SP-AIV//REL TO USA, AUS", "cui"),
    ("U//REL TO USA, AUS/DL_ONLY", "cui"),
    ("S//RS/REL TO USA, AUS", "further-control"),
    ("S//IMC/REL TO USA, AUS", "further-control"),
    ("S//PR/REL TO USA, AUS", "further-control"),
    ("S//REL TO USA, AUS/DSEN", "further-control"),
    ("S//REL TO USA, AUS/FISA", "further-control"),
    ("S//REL TO USA, AUS/RAWFISA", "further-control"),
    ("U//FOUO", "further-control"),
]
"""Markings that stand against a release to Australia, whatever their list, each with its policy."""


@pytest.mark.parametrize(("marking", "policy"), WITHHELD)
def test_a_control_beside_the_list_withholds_and_is_named(
    engine: Engine, registry: Registry, marking: str, policy: str
) -> None:
    for action in Action:
        for band in Band:
            answer = ask(
                engine, registry, "aus", "public", marking=marking, action=action, band=band
            )
            assert not answer.allowed
            assert policy in answer.policies


@pytest.mark.parametrize(
    ("marking", "policy"),
    [
        ("S//OC/REL TO USA, AUS", "orcon"),
        ("U//OC", "orcon"),
        ("S//OC-USGOV/REL TO USA, AUS", "orcon"),
        ("S//FGI DEU//OC/REL TO USA, AUS", "orcon"),
        ("S//FGI DEU//OC/REL TO USA, AUS", "foreign-information"),
        ("S//FGI DEU//REL TO USA, AUS", "foreign-information"),
        ("S//FGI DEU GBR NATO//REL TO USA, AUS", "foreign-information"),
        ("S//FGI//REL TO USA, AUS", "foreign-information"),
        ("U//FGI DEU", "foreign-information"),
        ("//DEU S//REL TO USA, AUS", "foreign-information"),
        ("//NS//REL TO USA, AUS", "foreign-information"),
        ("//NU", "foreign-information"),
        ("//JOINT S AUS USA//REL TO USA, AUS", "foreign-information"),
    ],
)
def test_nothing_that_needs_consent_goes_on_unreviewed_or_is_known_to_be_there(
    engine: Engine, registry: Registry, marking: str, policy: str
) -> None:
    for action in (Action.KNOW_EXISTS, Action.RELEASE_UNREVIEWED):
        for band in Band:
            answer = ask(
                engine, registry, "aus", "public", marking=marking, action=action, band=band
            )
            assert not answer.allowed
            assert policy in answer.policies


@pytest.mark.parametrize(
    "marking",
    [
        "S//REL TO USA, AUS",
        "S//REL TO USA, AUS/RELIDO",
        "S//USA/AUS EYES ONLY",
        "S//REL TO USA, AUS/DISPLAY ONLY AFG",
        "S//REL TO USA, FVEY",
    ],
)
def test_what_leaves_the_list_as_it_is_withholds_nothing(
    engine: Engine, registry: Registry, marking: str
) -> None:
    assert ask(engine, registry, "aus", "public", marking=marking).allowed


@pytest.mark.parametrize("control", ["ILLEGAL", "A CONTROL OF TOMORROW"])
def test_a_control_that_no_policy_knows_withholds(
    engine: Engine, registry: Registry, control: str
) -> None:
    attributes, _ = attributes_of("identity", parse("U"), ("public",), (), registry)
    strange = replace(attributes, controls=frozenset({control}))
    answer = engine.decide(registry.partners["aus"], strange, Action.SEE, Context(Band.PAST, DAY))
    assert not answer.allowed
    assert answer.policies == ("further-control",)


def _carrying(registry: Registry, *nations: str) -> Registry:
    """Return a registry in which the first asset carries payloads of these nations too."""
    (number, asset), *others = registry.assets.items()
    payloads = tuple(Equity(nation, Stake.PAYLOAD, asset.office) for nation in nations)
    changed = replace(asset, equities=(*asset.equities, *payloads))
    return replace(registry, assets={number: changed, **dict(others)})


def test_a_hosted_payload_is_exact_only_for_who_agreed_with_each_holder_of_an_equity(
    engine: Engine, registry: Registry
) -> None:
    """Prove it with a nation that is party of another agreement than the partner is."""
    for nations, allowed in (((), True), (("JPN", "USA"), True), (("BRA",), False)):
        carrying = _carrying(registry, *nations)
        deciding = engine.supposing(carrying)
        asked = {"asset": True, "action": Action.SEE}
        answer = ask(deciding, carrying, "aus", "trilateral", marking=TRILATERAL, **asked)
        assert answer.allowed is allowed, nations
        assert allowed or answer.policies == ("equity-holders",)
        coarse = {"asset": True, "action": Action.SEE_COARSE}
        assert ask(deciding, carrying, "aus", "trilateral", marking=TRILATERAL, **coarse).allowed
        # What anybody can compute is never coarsened, and an asset without a stake is as before.
        assert ask(deciding, carrying, "per", "public", **asked).allowed
        assert ask(deciding, carrying, "aus", "trilateral", marking=TRILATERAL).allowed


def test_a_holder_of_an_equity_still_needs_the_agreement_that_covers_the_asset(
    engine: Engine, registry: Registry
) -> None:
    answer = ask(engine, registry, "jpn", "commercial", asset=True)
    assert answer.policies == ("protected-asset",)


def test_a_coalition_has_agreed_with_no_more_nations_than_each_of_its_members(
    engine: Engine, registry: Registry
) -> None:
    for coalition in registry.partners.values():
        for member in registry.partners.values():
            if {*member.codes} < {*coalition.codes}:
                agreed = [{*engine.principal(one, DAY)["agreed"]} for one in (coalition, member)]
                assert agreed[0] <= agreed[1]


def test_every_sample_policy_decides_something(engine: Engine, registry: Registry) -> None:
    """Prove that no policy that ships is dead: each is a reason of some answer."""
    reasons = {"unknown-origin"}  # the loader and solution_of refuse what it guards against
    for partner in ("aus", "kor", "per", "ita"):
        for source in ("public", "trilateral", "commercial"):
            for action in Action:
                for band in Band:
                    for asset in (False, True):
                        answer = ask(
                            engine,
                            registry,
                            partner,
                            source,
                            action=action,
                            band=band,
                            asset=asset,
                            group="provenance",
                        )
                        reasons |= {*answer.policies}
    for marking, policy in WITHHELD:
        answer = ask(engine, registry, "aus", "public", marking=marking)
        reasons |= {*answer.policies} & {policy}
    for marking, policy in (
        ("S//OC/REL TO USA, AUS", "orcon"),
        ("S//FGI DEU//REL TO USA, AUS", "foreign-information"),
    ):
        unreviewed = Action.RELEASE_UNREVIEWED
        answer = ask(engine, registry, "aus", "public", marking=marking, action=unreviewed)
        assert answer.policies == (policy,)
        reasons.add(policy)
    assert reasons == engine.policies.keys()


def test_a_fact_without_sources_is_denied_although_every_set_contains_the_empty_one(
    engine: Engine, registry: Registry
) -> None:
    assert not ask(engine, registry, "aus").allowed


def test_a_fact_marked_above_its_open_sources_is_not_open(
    engine: Engine, registry: Registry
) -> None:
    assert not ask(engine, registry, "per", "public", marking="S//NF").allowed
    assert not ask(engine, registry, "aus", "public", marking="S//NF").allowed
    assert not ask(engine, registry, "per", "public", marking="U//REL TO USA, PER").allowed
    assert ask(engine, registry, "aus", "public", marking="S//REL TO USA, AUS").allowed


def test_the_safety_override_fires_in_the_last_day_for_parties_of_an_agreement(
    engine: Engine, registry: Registry
) -> None:
    for partner, expected in (("kor", True), ("nato", True), ("per", False)):
        for band in Band:
            answer = ask(
                engine, registry, partner, "commercial", action=Action.SEE_COARSE, band=band
            )
            assert answer.allowed is (expected and band is Band.UNDER_24H)


def test_a_protected_asset_keeps_marked_values_coarse_and_open_ones_open(
    engine: Engine, registry: Registry
) -> None:
    assert not ask(engine, registry, "fra", "commercial", asset=True).allowed
    assert ask(engine, registry, "fra", "commercial", asset=True, action=Action.SEE_COARSE).allowed
    assert ask(engine, registry, "fra", "public", asset=True).allowed
    assert ask(engine, registry, "aus", "trilateral", asset=True).allowed


def test_an_agreement_that_lapses_closes_what_it_opened(engine: Engine, registry: Registry) -> None:
    last = registry.agreements["commercial-licence"].expires
    assert ask(engine, registry, "fra", "commercial", day=last - timedelta(days=1)).allowed
    assert not ask(engine, registry, "fra", "commercial", day=last).allowed


def test_the_digest_changes_with_schema_policies_and_register(registry: Registry) -> None:
    digest = Engine(SCHEMA, permit_all(), registry).digest
    assert digest == Engine(SCHEMA, permit_all(), registry).digest
    assert digest != Engine(SCHEMA + "\n", permit_all(), registry).digest
    assert digest != Engine(SCHEMA, permit_all() + forbid("false"), registry).digest
    newer = replace(registry, register=replace(registry.register, edition=date(2027, 1, 1)))
    assert digest != Engine(SCHEMA, permit_all(), newer).digest
