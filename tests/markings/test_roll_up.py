"""Roll-up by the tables of the manuals, and its laws.

The exceptions from associativity: the manual reads a portion without a disclosure marking by its
own caveats (IC Markings Register and Manual 2016, B.3, H.8), and a roll-up gives its whole the
caveats and sources of its unclassified portions. So the law holds for portions that are US-owned,
and marked for disclosure unless they have no caveat; others may come out narrower in parts, never
wider. And whom all release to need not be shown it (H.8, DISPLAY ONLY), so a tetragraph of theirs
goes from the list: the same countries may be named by it or each by itself.
"""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sharing.errors import MarkingError
from sharing.markings import (
    Classification,
    Marking,
    Profile,
    Register,
    explain_roll_up,
    parse,
    roll_up,
    violations,
)
from sharing.markings.profiles import PARAGRAPHS

REGISTER = Register(
    members={
        "NATO": ("CAN", "FRA", "DEU", "GBR", "USA"),
        "FVEY": ("AUS", "CAN", "GBR", "NZL", "USA"),
        "GMIF": ("NATO", "AUS"),
    }
)
CODES = ["AUS", "CAN", "FRA", "DEU", "GBR", "NZL", "NATO", "FVEY", "GMIF", "KFOR", "EU"]
CAVEATS = ["RS", "FOUO", "OC", "OC-USGOV", "IMC", "PR", "DSEN", "FISA", "DL_ONLY"]
NON_IC = ["DS", "XD", "ND", "SBU", "SBU-NF", "LES", "LES-NF", "SSI", "ACCM-TEA_LEAF"]

lists = st.sets(st.sampled_from(CODES), min_size=1).map(lambda codes: ("USA", *codes))
shown = st.sets(st.sampled_from(CODES), min_size=1).map(tuple)


@st.composite
def any_marking(draw: st.DrawFn, normal: bool = False) -> Marking:
    """Draw a legal marking, with whatever may stand in it.

    A normal one is US-owned, and unless it is marked for disclosure it has no caveat.
    """
    owners = ("USA",)
    if not normal:
        owners = draw(st.sampled_from([("USA",), ("USA",), ("NATO",), ("DEU",), ("DEU", "USA")]))
    elif draw(st.integers(0, 3)) == 0:
        level = draw(st.sampled_from([one for one in Classification if one.name != "R"]))
        return Marking(level, sci=draw(st.sampled_from([(), ("SI", "TK")])))
    joint = len(owners) > 1
    tokens = set(draw(st.sets(st.sampled_from(CAVEATS), max_size=2)))
    tokens |= {"OC"} if "OC-USGOV" in tokens else set()
    choices = [
        *([] if normal else [""]),
        "NF",
        "REL",
        "EYES",
        "RELIDO",
        "REL RELIDO",
        "DISPLAYONLY",
        "REL DISPLAYONLY",
    ]
    tokens |= {*draw(st.sampled_from(["REL"] if joint else choices)).split()}
    released = draw(lists) if tokens & {"REL", "EYES"} else None
    if released and "EYES" in tokens:
        released = (*(code for code in released if len(code) == 3), "GBR")
    marking = Marking(
        classification=draw(st.sampled_from([one for one in Classification if one.name != "R"])),
        dissemination=tuple(tokens),
        releasable_to=(*released, "DEU") if joint and released else released,
        display_only_to=draw(shown) if "DISPLAYONLY" in tokens else None,
        owners=owners,
        joint=joint,
        sci=draw(st.sampled_from([(), (), ("SI", "TK"), ("SI-G-ABCD",)])),
        nato_controls=draw(st.sampled_from([(), (), (), ("BALK",)])),
        fgi_open=draw(st.sampled_from([(), (), ("GBR", "NATO")])) if owners == ("USA",) else (),
        fgi_protected=owners == ("USA",) and draw(st.integers(0, 9)) == 0,
        non_ic=tuple(draw(st.sets(st.sampled_from(NON_IC), max_size=1))),
        cui_basic=draw(st.sampled_from([(), (), ("LEI",), ("PROPIN",)])),
        cui_specified=draw(st.sampled_from([(), (), ("AIV",)])),
        second_line=(line := draw(st.sampled_from([(), (), (), ("CUSPI", "SSS"), ("HVCO",)]))),
        channels="ALPHA" if "HVCO" in line else "",
    )
    assume(not violations(marking))
    return marking


markings = any_marking()
portions = st.lists(markings, min_size=1, max_size=5)
profiles = st.sampled_from(Profile)


normal_portions = st.lists(any_marking(normal=True), min_size=1, max_size=4)


def readers(marking: Marking) -> frozenset[str] | None:
    """Return who may read by disclosure marking and level; None is everybody."""
    if marking.classification is Classification.U and not marking.noforn:
        if marking.releasable_to is None and not marking.dissemination and not marking.non_ic:
            return None
        if not {*marking.dissemination} & {"REL", "EYES", "RELIDO", "DISPLAYONLY"}:
            return None
    if marking.noforn:
        return frozenset({"USA"})
    return REGISTER.atoms((*(marking.releasable_to or ()), "USA"))


def viewers(marking: Marking) -> frozenset[str] | None:
    """Return who may be shown it."""
    given = readers(marking)
    return None if given is None else given | REGISTER.atoms(marking.display_only_to or ())


def is_within(inner: frozenset[str] | None, outer: frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


@given(markings)
def test_what_is_rendered_is_read_again(marking: Marking) -> None:
    assert parse(marking.banner).banner == marking.banner
    assert parse(marking.portion).portion == marking.portion
    # A banner writes PROPIN the same whether it is a control or a category of CUI.
    if marking.cui_basic != ("PROPIN",):
        assert parse(marking.banner).portion == marking.portion
        # A second line stands behind a banner alone.
        assert parse(marking.portion).banner == marking.banner.partition("|")[0]
        assert parse(marking.portion).controls == marking.controls - {"HANDLING"}


@given(portions, profiles)
def test_a_roll_up_is_legal_and_is_read_again(given: list[Marking], profile: Profile) -> None:
    whole = roll_up(given, REGISTER, profile)
    assert violations(whole) == ()
    assert parse(whole.banner).banner == whole.banner


@given(portions, profiles, st.integers(0, 99))
def test_rolling_up_takes_no_heed_of_order(
    given: list[Marking], profile: Profile, seed: int
) -> None:
    shuffled = Random(seed).sample(given, len(given))
    assert roll_up(shuffled, REGISTER, profile) == roll_up(given, REGISTER, profile)


@given(portions, profiles)
def test_a_roll_up_is_never_less_restrictive_than_any_portion(
    given: list[Marking], profile: Profile
) -> None:
    """FOUO and EXDIS drop where a stronger control takes their place (H.8, H.9), and a foreign
    owner becomes FGI (H.7)."""
    for register in (REGISTER, Register()):
        whole = roll_up(given, register, profile)
        for portion in given:
            assert whole.classification >= portion.classification
            assert is_within(readers(whole), readers(portion))
            assert is_within(viewers(whole), viewers(portion))
            kept = whole.controls | {"RELIDO", "EYES", "DISPLAY ONLY"}
            lost = portion.controls - kept - {"JOINT", "FOREIGN"}
            if lost:
                assert lost == {"FOUO"}
                assert not whole.is_unrestricted
            if {"JOINT", "FOREIGN"} & portion.controls:
                assert "FGI" in whole.controls


@given(portions, markings, profiles)
def test_a_further_portion_never_widens(
    given: list[Marking], further: Marking, profile: Profile
) -> None:
    before, after = (roll_up(all, REGISTER, profile) for all in (given, [*given, further]))
    assert after.classification >= before.classification
    assert is_within(readers(after), readers(before))
    assert is_within(viewers(after), viewers(before))


@given(portions, profiles)
def test_rolling_up_a_roll_up_changes_nothing(given: list[Marking], profile: Profile) -> None:
    whole = roll_up(given, REGISTER, profile)
    assert roll_up([whole], REGISTER, profile) == whole


@given(normal_portions, normal_portions)
def test_parts_may_be_rolled_up_first(one: list[Marking], other: list[Marking]) -> None:
    in_parts = roll_up([roll_up(one, REGISTER), roll_up(other, REGISTER)], REGISTER)
    at_once = roll_up([*one, *other], REGISTER)
    assert (readers(in_parts), viewers(in_parts)) == (readers(at_once), viewers(at_once))
    named = {"releasable_to": None, "display_only_to": None}
    assert replace(in_parts, **named) == replace(at_once, **named)


def test_those_whom_parts_are_shown_to_may_be_named_otherwise() -> None:
    """The exception: beside REL TO FVEY and NATO, who are all of GMIF, it is not shown again."""
    one, other = (
        parse("S//DISPLAY ONLY AUS, GBR, GMIF"),
        parse("S//REL TO USA, FVEY, NATO/DISPLAY ONLY DEU, FRA, GMIF"),
    )
    at_once, in_parts = (
        roll_up([one, this], REGISTER) for this in (other, roll_up([other], REGISTER))
    )
    assert at_once.banner == "SECRET//DISPLAY ONLY GMIF"
    assert in_parts.banner == "SECRET//DISPLAY ONLY AUS, CAN, DEU, FRA, GBR"
    assert viewers(at_once) == viewers(in_parts)


@given(st.lists(markings, min_size=1, max_size=3), st.lists(markings, min_size=1, max_size=3))
def test_rolling_up_parts_first_never_releases_more(
    one: list[Marking], other: list[Marking]
) -> None:
    in_parts = roll_up([roll_up(one, REGISTER), roll_up(other, REGISTER)], REGISTER)
    at_once = roll_up([*one, *other], REGISTER)
    assert is_within(readers(in_parts), readers(at_once))


@pytest.mark.parametrize(
    ("texts", "ic", "dod"),
    [
        (["U", "U"], "UNCLASSIFIED", None),
        (["S", "U"], "SECRET", None),
        # NOFORN: H.8; DoD 2.b-f.
        (["C//NF", "S//REL TO USA, GBR"], "SECRET//NOFORN", None),
        # REL TO: H.8; DoD 10.d(7), 10.d(8)(a).
        (["S//REL TO USA, GBR", "C//REL TO USA, AUS, GBR"], "SECRET//REL TO USA, GBR", None),
        (["S//REL TO USA, GBR", "U"], "SECRET//REL TO USA, GBR", None),
        (["S//REL TO USA, GBR", "S//REL TO USA, FRA"], "SECRET//NOFORN", "SECRET"),
        (["S//REL TO USA, GBR", "S"], "SECRET//NOFORN", "SECRET"),
        (["U//REL TO USA, GBR", "U//REL TO USA, FRA"], "UNCLASSIFIED//NOFORN", None),
        (["S//REL TO USA, NATO", "S//REL TO USA, FVEY"], "SECRET//REL TO USA, CAN, GBR", None),
        (["S//REL TO USA, NATO", "C//REL TO USA, NATO, AUS"], "SECRET//REL TO USA, NATO", None),
        (["S//REL TO USA, GMIF", "S//REL TO USA, FRA"], "SECRET//REL TO USA, FRA", None),
        # RELIDO: H.8; DoD 10.d(8)(b).
        (["S//REL TO USA, GBR", "S//RELIDO"], "SECRET//NOFORN", None),
        (["S//RELIDO", "C//RELIDO", "U"], "SECRET//RELIDO", None),
        (["S//RELIDO", "S//DISPLAY ONLY AFG"], "SECRET//NOFORN", None),
        (["S//RELIDO", "S"], "SECRET//RELIDO", None),
        (["S//RELIDO", "TS//SI"], "TOP SECRET//SI//RELIDO", None),
        (["S//RELIDO", "S//OC"], "SECRET//ORCON/NOFORN", None),
        (["S//RELIDO", "U//OC"], "SECRET//ORCON/NOFORN", None),
        (["U//FOUO", "U//RELIDO"], "UNCLASSIFIED//FOUO/NOFORN", "UNCLASSIFIED//FOUO/RELIDO"),
        (["U//FOUO", "S//REL TO USA, GBR"], "SECRET//NOFORN", "SECRET//REL TO USA, GBR"),
        (["S//REL TO USA, GBR/RELIDO", "S//RELIDO"], "SECRET//RELIDO", None),
        # DISPLAY ONLY: H.8; DoD 10.e(4), (6).
        (["S//DISPLAY ONLY AFG", "S"], "SECRET//NOFORN", "SECRET"),
        (["S//DISPLAY ONLY GBR", "S//REL TO USA, GBR"], "SECRET//DISPLAY ONLY GBR", "SECRET"),
        (["S//DISPLAY ONLY AFG", "S//REL TO USA, GBR"], "SECRET//NOFORN", "SECRET"),
        (["S//DISPLAY ONLY AFG, IRQ", "S//DISPLAY ONLY AFG"], "SECRET//DISPLAY ONLY AFG", "SECRET"),
        (["S//DISPLAY ONLY IRQ", "S//DISPLAY ONLY AFG"], "SECRET//NOFORN", "SECRET"),
        (["S//DISPLAY ONLY AFG", "C//DISPLAY ONLY AFG"], "SECRET//DISPLAY ONLY AFG", None),
        # EYES ONLY: H.8.
        (["S//USA/AUS/GBR EYES ONLY", "S//REL TO USA, GBR"], "SECRET//REL TO USA, GBR", None),
        (["S//USA/AUS/GBR EYES ONLY"] * 2, "SECRET//USA/AUS/GBR EYES ONLY", None),
        (["S//USA/AUS EYES ONLY", "S//REL TO USA, GBR"], "SECRET//NOFORN", "SECRET"),
        # No disclosure marking at all: B.3.
        (["S//OC", "S//OC"], "SECRET//ORCON", None),
        (["S//OC", "S//REL TO USA, GBR"], "SECRET//ORCON/NOFORN", None),
        # ORCON-USGOV, FOUO: H.8.
        (["S//OC-USGOV", "S//OC"], "SECRET//ORCON", None),
        (["S//OC-USGOV", "S//NF"], "SECRET//ORCON-USGOV/NOFORN", None),
        (["U//FOUO", "S"], "SECRET", None),
        (["U//FOUO", "U//DSEN"], "UNCLASSIFIED//DEA SENSITIVE", None),
        (["U//FOUO", "U//NF"], "UNCLASSIFIED//FOUO/NOFORN", None),
        # SBU and LES: H.9.
        (["U//SBU-NF", "U"], "UNCLASSIFIED//SBU NOFORN", None),
        (["U//SBU-NF", "U//SBU"], "UNCLASSIFIED//SBU NOFORN", None),
        (["U//SBU-NF", "U//NF"], "UNCLASSIFIED//NOFORN//SBU", None),
        (["U//LES-NF", "U//REL TO USA, GBR"], "UNCLASSIFIED//NOFORN//LES", None),
        (["U//LES-NF", "U//DISPLAY ONLY AFG"], "UNCLASSIFIED//NOFORN//LES", None),
        (["U//SBU-NF", "S"], "SECRET//NOFORN//SBU", None),
        (["U//LES-NF", "S"], "SECRET//NOFORN//LES", None),
        (["U//SBU", "S"], "SECRET//SBU", None),
        (["S//NF//EXDIS", "S//NF//NODIS"], "SECRET//NOFORN//NODIS", None),
        # SCI: H.4. FGI, foreign, JOINT: H.7; DoD 9.m and 4.b(3).
        (["TS//SI-G//NF", "TS//SI-X/TK//NF"], "TOP SECRET//SI-G-X/TK//NOFORN", None),
        (["S//FGI DEU//NF", "//NS"], "SECRET//FGI DEU NATO//NOFORN", None),
        (["S//FGI//NF", "//DEU S"], "SECRET//FGI//NOFORN", None),
        (["//DEU R", "U"], "CONFIDENTIAL//FGI DEU", None),
        (["S//FGI DEU", "S//REL TO USA, DEU"], "SECRET//FGI DEU//NOFORN", "SECRET//FGI DEU"),
        (
            ["//JOINT S AUS USA//REL TO USA, AUS", "S//REL TO USA, AUS, GBR"],
            "SECRET//FGI AUS//REL TO USA, AUS",
            None,
        ),
        # CUI: 32 CFR 2002.
        (["CUI//LEI", "CUI//SP-AIV//NF"], "CUI//SP-AIV/LEI//NOFORN", None),
        (["CUI//LEI", "S//NF"], "SECRET//CUI//LEI//NOFORN", None),
    ],
)
def test_roll_up_follows_the_tables_of_both_profiles(
    texts: list[str], ic: str, dod: str | None
) -> None:
    given = [parse(text) for text in texts]
    assert roll_up(given, REGISTER).banner == ic
    assert roll_up(given, REGISTER, Profile.DOD).banner == (dod or ic)


def test_an_old_portion_without_a_disclosure_marking_counts_as_noforn() -> None:
    def whole(created: date) -> str:
        old = Marking(Classification.S, created=created)
        return roll_up([old, parse("S//RELIDO")]).banner

    assert whole(date(2010, 6, 27)) == "SECRET//NOFORN"
    assert whole(date(2010, 6, 28)) == "SECRET//RELIDO"


@pytest.mark.parametrize("profile", Profile)
def test_every_step_names_its_paragraph(profile: Profile) -> None:
    texts = ("S//REL TO USA, GBR", "S//REL TO USA, FRA", "U//FOUO/REL TO USA, GBR")
    given = [parse(text) for text in texts]
    steps = {step.rule: step for step in explain_roll_up(given, REGISTER, profile).steps}
    assert steps.keys() == {"level", "fouo", "rel-none"}
    assert all(step.paragraph and step.text for step in steps.values())
    ic = profile is Profile.IC
    assert ("H.8" if ic else "10.d(8)(a) pp. 90-91") in steps["rel-none"].paragraph
    manual = "IC Markings Register and Manual 2016" if ic else "DoDM 5200.01 Vol. 2 Encl. 4"
    assert steps["rel-none"].paragraph.startswith(f"{manual}, ")


def test_a_paragraph_is_more_than_the_name_of_a_manual() -> None:
    for both in PARAGRAPHS.values():
        for paragraph in both:
            assert not paragraph.endswith(("2016", "Encl. 4"))


def test_profiles_are_known_by_the_words_of_the_command() -> None:
    assert [Profile("ic"), Profile("dod")] == [*Profile]


def test_every_rule_that_has_a_paragraph_is_used() -> None:
    """Prove that the table of paragraphs says nothing that the roll-up does not."""
    unlisted = Marking(Classification.S, ("DISPLAYONLY",))
    used = {step.rule for step in explain_roll_up([unlisted], REGISTER).steps}
    for profile in Profile:
        for texts in EVERY_RULE:
            given = [parse(text) for text in texts]
            used |= {step.rule for step in explain_roll_up(given, REGISTER, profile).steps}
    assert used == PARAGRAPHS.keys()


EVERY_RULE = [
    ["U"],
    ["//DEU R", "S//FGI GBR//RELIDO"],
    ["S//FGI//NF", "TS//SI//NF"],
    ["S//OC-USGOV", "S//OC", "U//FOUO"],
    ["S//OC", "S//RELIDO"],
    ["U//OC", "S//RELIDO"],
    ["U//LES-NF", "S//NF//XD", "S//NF//ND"],
    ["U//SBU-NF", "S", "CUI//LEI"],
    ["S", "U//RELIDO"],
    ["S", "U//REL TO USA, GBR/RELIDO", "U//RELIDO"],
    ["S//RELIDO"],
    ["S//RELIDO", "S//REL TO USA, GBR"],
    ["S//REL TO USA, GBR"],
    ["S//REL TO USA, GBR", "S"],
    ["S//REL TO USA, GBR", "S//REL TO USA, FRA"],
    ["S//USA/GBR EYES ONLY"],
    ["S//DISPLAY ONLY AFG"],
    ["S//DISPLAY ONLY AFG", "S//DISPLAY ONLY IRQ"],
    ["S|SOURCE SELECTION SENSITIVE"],
]


def test_grouping_decides_where_the_manual_reads_an_unmarked_whole_by_its_caveats() -> None:
    """The exception from associativity (B.3): CUI in a group taints its unmarked SECRET."""
    cui, secret, relido = (parse(text) for text in ("CUI//LEI", "S", "S//RELIDO"))
    assert roll_up([cui, secret, relido]).banner == "SECRET//CUI//LEI//RELIDO"
    assert roll_up([roll_up([cui, secret]), relido]).banner == "SECRET//CUI//LEI//NOFORN"


def test_nothing_has_no_marking() -> None:
    with pytest.raises(MarkingError, match="no portion"):
        roll_up([])
