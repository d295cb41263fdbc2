"""What policies may ask: of a partner on a day, and of a fact by its marking and its sources."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from small import BEGIN, DAY, END, PARTNERS, SOURCES, asset, small

from sda.configuration import packaged
from sharing.errors import PolicyError
from sharing.markings import Classification, Marking, parse
from sharing.policy.vocabulary import Attributes, Band, attributes_of, band_at, principal_of
from sharing.registry import Detail, OwnerOffice

REGISTRY = small()
AUS, KOR, PER, DUO = PARTNERS


def of(marking: str, *sources: str) -> Attributes:
    return attributes_of("timing", parse(marking), sources, (), REGISTRY)[0]


def test_a_partner_has_what_its_agreements_in_force_share() -> None:
    assert principal_of(KOR, REGISTRY, DAY) == {
        "kind": "nation",
        "clearance": 2,
        "codes": ["KOR"],
        "agreements": ["fine", "rough"],
        "exact_sources": [],
        "coarse_sources": ["firm", "other-firm", "sensor"],
        "licences": ["other-firm"],
        "agreed": ["AUS", "KOR"],
    }
    assert principal_of(DUO, REGISTRY, DAY) == {
        "kind": "coalition",
        "clearance": 2,
        "codes": ["AUS", "KOR"],
        "agreements": ["rough"],
        "exact_sources": [],
        "coarse_sources": ["firm", "other-firm"],
        "licences": [],
        "agreed": ["AUS", "KOR"],
    }
    assert principal_of(PER, REGISTRY, DAY)["agreements"] == []


def test_exact_values_need_an_exact_agreement_and_an_exact_partner() -> None:
    assert principal_of(AUS, REGISTRY, DAY)["exact_sources"] == ["firm", "sensor"]
    rough = replace(AUS, agreements=("rough",))
    assert principal_of(rough, REGISTRY, DAY)["exact_sources"] == []
    coarse = replace(AUS, detail=Detail.COARSE)
    assert principal_of(coarse, REGISTRY, DAY)["exact_sources"] == []
    assert principal_of(coarse, REGISTRY, DAY)["coarse_sources"] == ["firm", "sensor"]


def test_an_agreement_counts_from_its_first_day_until_it_ends() -> None:
    one = timedelta(days=1)
    for day, expected in ((BEGIN - one, []), (BEGIN, ["fine", "late"]), (END, [])):
        assert principal_of(AUS, REGISTRY, day)["agreements"] == expected
    assert principal_of(AUS, REGISTRY, END - one)["agreements"] == ["fine"]


def test_open_data_is_open_while_its_marking_is_plain() -> None:
    nothing = frozenset[str]()
    assert of("U", "public") == Attributes(
        group="timing",
        level=0,
        unrestricted=True,
        audience=frozenset({"USA"}),
        shown=nothing,
        controls=nothing,
        owners=nothing,
        sources=frozenset({"public"}),
        closed=nothing,
        open=True,
        licensed=nothing,
        passing_on=False,
        protected=False,
        exact_under=nothing,
        equities=nothing,
    )
    # Marked above its sources it looks closed, so that an agreement is needed.
    above = of("C//REL TO USA, PER", "public")
    assert not above.open
    assert above.closed == {"public"}


def test_a_fact_without_sources_is_not_open() -> None:
    assert not of("U").open


def test_the_marking_of_a_source_counts_beside_that_of_the_fact() -> None:
    attributes, effective = attributes_of("timing", parse("U"), ("sensor",), (), REGISTRY)
    assert effective.banner == "SECRET//REL TO USA, AUS"
    assert (attributes.level, attributes.unrestricted) == (3, False)
    assert attributes.audience == {"USA", "AUS"}
    by_code, effective = attributes_of(
        "timing", parse("C//REL TO USA, DUOS"), ("sensor",), (), REGISTRY
    )
    assert effective.banner == "SECRET//REL TO USA, AUS"
    assert by_code.audience == {"USA", "AUS"}
    assert not attributes.open


def test_lists_stand_for_the_countries_of_the_register() -> None:
    made = of("S//REL TO USA, DUOS/DISPLAY ONLY PER", "public")
    assert made.audience == {"USA", "AUS", "KOR"}
    assert made.shown == {"PER"}


def test_closed_are_the_sources_that_are_not_open_data() -> None:
    assert of("U", "public", "sensor").closed == {"sensor"}
    assert of("U", "public", "sensor").sources == {"public", "sensor"}
    plain = replace(REGISTRY.sources["firm"], marking=parse("U"))
    registry = replace(REGISTRY, sources={"firm": plain})
    attributes, _ = attributes_of("timing", parse("U"), ("firm",), (), registry)
    assert (attributes.closed, attributes.open) == ({"firm"}, False)
    marked = replace(REGISTRY.sources["public"], marking=parse("U//FOUO"))
    registry = replace(REGISTRY, sources={**REGISTRY.sources, "public": marked})
    attributes, _ = attributes_of("timing", parse("U"), ("public",), (), registry)
    assert attributes.closed == {"public"}


def test_coarse_values_are_passed_on_where_every_licence_lets_them() -> None:
    assert of("U", "firm").licensed == {"firm"}
    assert of("U", "firm").passing_on
    assert of("U", "firm", "sensor", "public").passing_on
    assert of("U", "firm", "other-firm").licensed == {"firm", "other-firm"}
    assert not of("U", "firm", "other-firm").passing_on
    assert not of("U", "sensor").passing_on


def test_the_protection_of_an_asset_is_lifted_by_agreements_of_all_that_are_touched() -> None:
    def touched(*assets: tuple[str, ...]) -> Attributes:
        made = [asset(number, *under) for number, under in enumerate(assets)]
        return attributes_of("timing", parse("U"), ("public",), made, REGISTRY)[0]

    assert not touched().protected
    assert touched().exact_under == frozenset()
    assert touched(("fine", "rough")).protected
    assert touched(("fine", "rough")).exact_under == {"fine", "rough"}
    assert touched(("fine", "rough"), ("rough",)).exact_under == {"rough"}
    assert touched(("fine",), ()).exact_under == frozenset()


def test_nations_with_a_stake_in_any_asset_touched_are_asked_about_by_country() -> None:
    touched = [asset(1, nations=("DUOS", "USA")), asset(2, nations=("PER",))]
    attributes, _ = attributes_of("timing", parse("U"), ("public",), touched, REGISTRY)
    assert attributes.equities == {"AUS", "KOR", "PER"}


def test_a_nation_has_agreed_with_itself_and_the_parties_of_its_agreements() -> None:
    assert principal_of(AUS, REGISTRY, DAY)["agreed"] == ["AUS", "KOR"]
    assert principal_of(AUS, REGISTRY, END)["agreed"] == ["AUS"]
    assert principal_of(PER, REGISTRY, DAY)["agreed"] == ["PER"]
    # A coalition has agreed with nobody by itself, not even with its members.
    assert principal_of(DUO, REGISTRY, END)["agreed"] == []


def test_controls_stand_in_a_class_and_a_broken_rule_is_one() -> None:
    assert of("S//OC/REL TO USA, AUS", "public").controls == {"ORCON"}
    broken = Marking(Classification.S, ("OC-USGOV", "NF"))
    attributes, _ = attributes_of("timing", broken, ("public",), (), REGISTRY)
    assert attributes.controls == {"ORCON", "ILLEGAL"}


ASKABLE = replace(
    REGISTRY,
    rules=replace(
        REGISTRY.rules,
        owner_offices=(OwnerOffice("GBR", "asset-desk"), OwnerOffice("NATO", "duty-desk")),
    ),
)


@pytest.mark.parametrize(
    ("marking", "owners", "controls"),
    [
        ("S//REL TO USA, AUS", set(), set()),
        ("S//FGI GBR//REL TO USA, AUS", {"GBR"}, {"FGI"}),
        ("//GBR S//REL TO USA, AUS", {"GBR"}, {"FGI"}),
        ("//NS//REL TO USA, AUS", {"NATO"}, {"FGI"}),
        ("//JOINT S GBR USA//REL TO USA, GBR", {"GBR"}, {"FGI"}),
        ("S//FGI GBR NATO//OC/REL TO USA, AUS", {"GBR", "NATO"}, {"FGI", "ORCON"}),
        # One of all who cannot be asked is enough.
        ("S//FGI AUS GBR//REL TO USA, AUS", {"AUS", "GBR"}, {"FGI", "UNASKED"}),
        ("S//FGI//REL TO USA, AUS", {"FGI"}, {"FGI", "UNASKED"}),
        ("//FGI S//REL TO USA, AUS", {"FGI"}, {"FGI", "UNASKED"}),
    ],
)
def test_foreign_owners_stand_in_a_class_and_whether_all_can_be_asked(
    marking: str, owners: set[str], controls: set[str]
) -> None:
    attributes, _ = attributes_of("timing", parse(marking), ("public",), (), ASKABLE)
    assert (attributes.owners, attributes.controls) == (owners, controls)


def test_owners_of_several_markings_are_all_owners_and_a_concealed_one_hides_them() -> None:
    """Of the marking of a source as of that of a fact."""
    sources = tuple(
        replace(one, marking=parse(f"{'//GBR S' if one.id == 'sensor' else 'S'}//REL TO USA, AUS"))
        for one in SOURCES
    )
    registry = replace(ASKABLE, sources={one.id: one for one in sources})
    for marking, owners, controls in (
        ("S//FGI NATO//REL TO USA, AUS", {"GBR", "NATO"}, {"FGI"}),
        ("S//FGI//REL TO USA, AUS", {"FGI"}, {"FGI", "UNASKED"}),
    ):
        attributes, _ = attributes_of("timing", parse(marking), ("sensor",), (), registry)
        assert (attributes.owners, attributes.controls) == (owners, controls)


def test_foreign_information_without_a_list_is_released_by_no_other_s() -> None:
    for marking, audience in (
        ("U", {"USA", "AUS"}),
        ("U//FGI GBR", {"USA"}),
        ("//GBR U", {"USA"}),
        ("U//FGI", {"USA"}),
        ("S//FGI GBR", {"USA"}),
        ("U//FGI GBR//REL TO USA, AUS", {"USA", "AUS"}),
        ("//GBR U//REL TO USA, KOR", {"USA"}),
    ):
        attributes, _ = attributes_of("timing", parse(marking), ("sensor",), (), ASKABLE)
        assert attributes.audience == audience
        assert "ILLEGAL" not in attributes.controls
    # What else restricts it stays.
    attributes, _ = attributes_of("timing", parse("U//FGI GBR//PR"), ("public",), (), ASKABLE)
    assert attributes.controls == {"FGI", "PROPIN"}
    # By itself it goes to nobody; a classified one needs no word more.
    _, effective = attributes_of("timing", parse("S//FGI GBR"), ("public",), (), ASKABLE)
    assert effective.banner == "SECRET//FGI GBR"
    alone, effective = attributes_of("timing", parse("U//FGI GBR"), ("public",), (), ASKABLE)
    assert (alone.audience, effective.banner) == ({"USA"}, "UNCLASSIFIED//FGI GBR//NOFORN")


def test_without_offices_of_owners_nobody_foreign_can_be_asked() -> None:
    assert of("S//FGI GBR//REL TO USA, AUS", "public").controls == {"FGI", "UNASKED"}


def test_sources_that_no_file_declares_are_named_in_order() -> None:
    with pytest.raises(PolicyError, match=r"nil, none$"):
        attributes_of("timing", parse("U"), ("none", "public", "nil"), (), REGISTRY)


def test_bands_begin_72_and_24_hours_before_tca_and_at_tca() -> None:
    tca = datetime(2026, 11, 26, 12, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    for hours, before, after in (
        (72, Band.OVER_72H, Band.FROM_72H),
        (24, Band.FROM_72H, Band.UNDER_24H),
        (0, Band.UNDER_24H, Band.PAST),
    ):
        start = tca - timedelta(hours=hours)
        assert band_at(start - moment, tca) is before
        assert band_at(start, tca) is after


def test_bands_have_the_words_that_the_schema_tells_officers() -> None:
    schema = packaged("config") / "policy" / "schema.cedarschema"
    assert f"// {' | '.join(Band)}" in schema.read_text()
