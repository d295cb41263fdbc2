"""What one portion lets be disclosed, and what several do together, with the rule behind it."""

from datetime import date
from typing import Any

import pytest

from sharing.markings import Classification, Marking, Profile, Register, explain_roll_up, parse
from sharing.markings.disclosure import Stance, stance_of, together
from sharing.markings.rollup import roll_up

REGISTER = Register(
    members={
        "NATO": ("CAN", "FRA", "DEU", "GBR", "USA"),
        "FVEY": ("AUS", "CAN", "GBR", "NZL", "USA"),
        "DUOS": ("JPN", "USA"),
    }
)
CLOSED = Stance(noforn=True, default=True)
OPEN = Stance(relido=True, default=True)


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("S//NF", Stance(noforn=True)),
        ("S//REL TO USA, GBR", Stance(released=codes("GBR"))),
        ("S//USA/GBR EYES ONLY", Stance(released=codes("GBR"), eyes=True)),
        ("S//RELIDO", Stance(relido=True)),
        ("S//REL TO USA, GBR/RELIDO", Stance(released=codes("GBR"), relido=True)),
        ("S//DISPLAY ONLY AFG", Stance(shown=codes("AFG"))),
        ("S//DISPLAY ONLY USA, AFG", Stance(shown=codes("AFG"))),
        (
            "S//REL TO USA, GBR/DISPLAY ONLY AFG",
            Stance(released=codes("GBR"), shown=codes("AFG")),
        ),
    ],
)
def test_a_disclosure_marking_says_what_may_be_disclosed(text: str, stance: Stance) -> None:
    for profile in Profile:
        assert stance_of(parse(text), profile) == stance


@pytest.mark.parametrize(
    ("text", "ic", "dod"),
    [
        ("S", OPEN, OPEN),
        ("TS//SI", OPEN, OPEN),
        ("S//OC", CLOSED, CLOSED),
        ("U//SBU", CLOSED, CLOSED),
        ("CUI", CLOSED, CLOSED),
        ("S//FGI DEU", CLOSED, OPEN),
        ("S//FGI", CLOSED, OPEN),
        ("//DEU S", CLOSED, OPEN),
    ],
)
def test_without_one_the_default_closes_what_is_caveated_or_foreign(
    text: str, ic: Stance, dod: Stance
) -> None:
    assert stance_of(parse(text)) == ic
    assert stance_of(parse(text), Profile.DOD) == dod


def test_the_date_of_a_portion_is_a_matter_of_the_ic_alone() -> None:
    old = Marking(Classification.S, created=date(2010, 6, 27))
    assert stance_of(old) == CLOSED
    assert stance_of(old, Profile.DOD) == OPEN
    assert stance_of(Marking(Classification.S, created=date(2010, 6, 28))) == OPEN


def steps(*texts: str, profile: Profile = Profile.IC) -> dict[str, str]:
    """Return what each step of a roll-up says, by its rule."""
    given = [parse(text) for text in texts]
    return {step.rule: step.text for step in explain_roll_up(given, REGISTER, profile).steps}


@pytest.mark.parametrize(
    ("texts", "ic", "dod"),
    [
        (["S//NF", "S//OC"], "noforn", "noforn"),
        (["S//RELIDO", "S//OC"], "noforn-default", "noforn-default"),
        (["S//RELIDO", "S//RELIDO"], "relido", "relido"),
        (["S//RELIDO", "S"], "relido-default", "relido-default"),
        (["S//REL TO USA, GBR", "S"], "rel-unmarked", "rel-unmarked"),
        (["S//REL TO USA, GBR", "S//DISPLAY ONLY GBR", "S"], "rel-unmarked", "rel-unmarked"),
        (["S//RELIDO", "S//DISPLAY ONLY AFG"], "relido-lost", "relido-lost"),
        (["S//RELIDO", "S//REL TO USA, GBR", "S"], "rel-unmarked", "rel-unmarked"),
        (["S//REL TO USA, GBR", "S//REL TO USA, FRA"], "rel-none", "rel-none"),
        (["S//REL TO USA, GBR", "S//DISPLAY ONLY AFG"], "display-none", "display-none"),
        (["S//DISPLAY ONLY IRQ", "S//DISPLAY ONLY AFG"], "display-none", "display-none"),
        (["S//REL TO USA, GBR", "S//REL TO USA, AUS, GBR"], "rel", "rel"),
        (["S//USA/GBR EYES ONLY", "S//USA/GBR EYES ONLY"], "eyes", "eyes"),
        (["S//DISPLAY ONLY AFG", "S//DISPLAY ONLY AFG"], "display", "display"),
        (["U//OC", "S//RELIDO"], "noforn-default", "relido-orcon"),
        (["U//FOUO", "S//REL TO USA, GBR"], "noforn-default", "rel"),
        (["U//LES", "S//REL TO USA, GBR"], "noforn-default", "rel"),
        (["CUI//LEI", "S//REL TO USA, GBR"], "rel", "rel"),
        (["S//OC/REL TO USA, GBR", "S//REL TO USA, FRA"], "rel-none", "rel-none"),
        (["S", "U"], "none", "none"),
    ],
)
def test_a_roll_up_names_the_rule_that_its_disclosure_follows(
    texts: list[str], ic: str, dod: str
) -> None:
    assert list(steps(*texts))[-1] == ic
    assert list(steps(*texts, profile=Profile.DOD))[-1] == dod


def test_a_step_says_to_whom_all_portions_release_and_show() -> None:
    both = "S//REL TO USA, FRA, GBR/DISPLAY ONLY AFG, IRQ"
    assert steps(both)["display"] == "all portions release to FRA GBR and show to AFG IRQ"
    assert steps("S//REL TO USA, GBR")["rel"] == "all portions release to GBR"
    assert steps("S//DISPLAY ONLY AFG")["display"] == "all portions show to AFG"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["S", "U"], {"level": "SECRET"}),
        (["//DEU R"], {"level", "restricted", "foreign-to-fgi", "fgi", "none"}),
        (["S//FGI DEU NATO//NF"], {"fgi": "FGI DEU NATO"}),
        (["S//FGI NATO//NF", "S//FGI ROU//NF"], {"fgi": "FGI ROU NATO"}),
        (["S//FGI//NF"], {"level", "fgi-concealed", "noforn"}),
        (["TS//SI-G/TK/BALK//FGI NATO//NF"], {"sci": "SI SI-G TK BALK"}),
        (["TS//BALK//FGI NATO//NF"], {"sci": "BALK"}),
        (["S//OC/IMC/NF"], {"controls": "IMC OC"}),
        (["U//FOUO"], {"level", "controls", "none"}),
        (["U//FOUO", "S"], {"level", "fouo", "none"}),
        (["S//OC-USGOV", "S//OC"], {"level", "controls", "oc-usgov", "none"}),
        (["S//OC-USGOV", "S//OC-USGOV"], {"level", "controls", "none"}),
        (["S//OC"], {"level", "controls", "none"}),
        (["U//SBU"], {"level", "non-ic", "none"}),
        (["U//SBU", "S"], {"level", "non-ic-classified", "non-ic", "none"}),
        (["U//LES", "S"], {"level", "non-ic", "none"}),
        (["U//SBU-NF", "S"], {"level", "non-ic-classified", "non-ic", "non-ic-noforn", "noforn"}),
        (
            ["S//NF//XD", "S//NF//ND"],
            {"non-ic": "ND", "nodis": "NODIS takes the place of EXDIS"},
        ),
        (["S//NF//XD"], {"level", "non-ic", "noforn"}),
        (["S//NF//ND"], {"level", "non-ic", "noforn"}),
        (["S//NF//DS/XD", "S//NF//ND"], {"nodis": "NODIS takes the place of EXDIS"}),
        (["S//NF//DS", "S//NF//LES"], {"non-ic": "DS LES"}),
        (["S//NF//ACCM-TEA", "S//NF//DS"], {"non-ic": "DS ACCM-TEA"}),
        (["CUI", "S//NF"], {"level", "cui", "noforn"}),
        (["U//LES-NF"], {"level", "non-ic", "none"}),
    ],
)
def test_a_step_stands_where_it_decided_something_and_says_what(
    texts: list[str], said: dict[str, str] | set[str]
) -> None:
    found = steps(*texts)
    if isinstance(said, set):
        assert found.keys() == said
    else:
        assert said.items() <= found.items()


@pytest.mark.parametrize(
    ("texts", "ic", "dod"),
    [
        (["S//REL TO USA, GBR/RELIDO"], "SECRET//REL TO USA, GBR/RELIDO", None),
        # The ORCON of an unclassified portion stands in the whole, where RELIDO may not beside it.
        (
            ["U//OC", "S//REL TO USA, GBR/RELIDO"],
            "SECRET//ORCON/NOFORN",
            "SECRET//ORCON/REL TO USA, GBR",
        ),
        (
            ["S//REL TO USA, GBR/DISPLAY ONLY AFG", "S//REL TO USA, FRA/DISPLAY ONLY AFG"],
            "SECRET//DISPLAY ONLY AFG",
            "SECRET",
        ),
        # Whoever all have it released to need not be shown it, spelled out or not.
        (
            ["S//REL TO USA, CAN, DEU, FRA, GBR/DISPLAY ONLY NATO"],
            "SECRET//REL TO USA, CAN, DEU, FRA, GBR",
            None,
        ),
        (
            ["S//DISPLAY ONLY NATO", "S//DISPLAY ONLY FVEY"],
            "SECRET//DISPLAY ONLY CAN, GBR",
            "SECRET",
        ),
        # USA alone in common is nobody abroad.
        (["S//REL TO USA, NATO", "S//REL TO USA, DUOS"], "SECRET//NOFORN", "SECRET"),
        (["S//DISPLAY ONLY NATO", "S//DISPLAY ONLY DUOS"], "SECRET//NOFORN", "SECRET"),
        (["U//FOUO", "U//SBU"], "UNCLASSIFIED//SBU", None),
        (["U//SBU-NF", "U//OC"], "UNCLASSIFIED//ORCON//SBU NOFORN", None),
        (["U//SBU-NF", "U//NF//DS"], "UNCLASSIFIED//NOFORN//LIMDIS/SBU", None),
        (["CUI", "S//NF"], "SECRET//CUI//NOFORN", None),
        (["CUI", "U"], "CUI", None),
    ],
)
def test_what_is_common_to_all_portions_stays(texts: list[str], ic: str, dod: str | None) -> None:
    given = [parse(text) for text in texts]
    assert roll_up(given, REGISTER).banner == ic
    assert roll_up(given, REGISTER, Profile.DOD).banner == (dod or ic)


def test_a_concealed_or_unknown_source_hides_all() -> None:
    def whole(**fields: Any) -> Marking:
        made = Marking(Classification.S, ("NF",), **fields)
        return roll_up([made, parse("S//FGI DEU//NF")], REGISTER)

    for fields in (
        {"fgi_protected": True},
        {"fgi_open": ("FGI",)},
        {"fgi_open": ("UNKNOWN",)},
        {"owners": ("FGI",)},
    ):
        assert whole(**fields).banner == "SECRET//FGI//NOFORN"
        assert whole(**fields).fgi_protected
        assert whole(**fields).fgi_open == ()
    assert whole(fgi_open=("GBR",)).banner == "SECRET//FGI DEU GBR//NOFORN"


def test_a_guess_in_any_portion_is_one_in_the_whole() -> None:
    guess = Marking(Classification.C, approximate=True)
    assert roll_up([guess, parse("S")]).approximate
    assert not roll_up([parse("C"), parse("S")]).approximate


def test_display_only_without_a_list_shows_nothing_to_anybody() -> None:
    """Illegal (ISM-ID-00213), and what ODNI's roll-up makes of it."""
    unlisted = Marking(Classification.S, ("DISPLAYONLY",))
    for other in ("S//DISPLAY ONLY AFG", "S//REL TO USA, GBR", "U"):
        found = explain_roll_up([unlisted, parse(other)], REGISTER)
        assert found.marking.dissemination == ("DISPLAYONLY",)
        assert found.marking.display_only_to is found.marking.releasable_to is None
        assert found.steps[-1].rule == "display-unlisted"
    for other in ("S", "S//RELIDO", "S//NF", "U//FOUO"):
        assert "NF" in roll_up([unlisted, parse(other)], REGISTER).dissemination


def test_display_only_without_a_list_leaves_a_release_as_it_is() -> None:
    both = Marking(Classification.S, ("REL", "DISPLAYONLY"), ("USA", "GBR"))
    assert roll_up([both], REGISTER).banner == "SECRET//REL TO USA, GBR"


def test_relido_never_stands_beside_display_only() -> None:
    """Whatever an illegal portion says (ISM-ID-00169)."""
    both = Stance(released=codes("GBR"), shown=codes("AFG"), relido=True)
    found = together([both], True, False, REGISTER, Profile.IC)
    assert found.tokens == ("REL", "DISPLAYONLY")
