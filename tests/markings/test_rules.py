"""Rules of ISM that need more than the text of one marking."""

from datetime import date

import pytest

from sharing.errors import MarkingError
from sharing.markings import (
    UNWRITABLE,
    Classification,
    Marking,
    Profile,
    Register,
    of_portion,
    of_register,
    of_whole,
    parse,
    require_legal,
    violations,
)


def test_a_marking_that_breaks_several_rules_names_them_all() -> None:
    made = Marking(
        Classification.S,
        ("REL", "NF", "DISPLAYONLY", "OC-USGOV", "RELIDO"),
        display_only_to=("AFG",),
    )
    assert [one.rule for one in violations(made)] == [
        "ISM-ID-00033",
        "ISM-ID-00169",
        "ISM-ID-00302",
        "ISM-ID-00031",
    ]


def test_a_list_stands_if_and_only_if_its_control_does() -> None:
    level = Classification.S
    for made, rule in (
        (Marking(level, ("REL",)), "ISM-ID-00031"),
        (Marking(level, releasable_to=("USA", "GBR")), "ISM-ID-00032"),
        (Marking(level, ("DISPLAYONLY",)), "ISM-ID-00213"),
        (Marking(level, display_only_to=("AFG",)), "ISM-ID-00168"),
    ):
        assert [one.rule for one in violations(made)] == [rule]


def test_joint_is_of_usa_and_others() -> None:
    owners = ("DEU", "GBR")
    (found,) = violations(Marking(LEVEL, ("REL",), ("USA", *owners), owners=owners, joint=True))
    assert found.rule == "ISM-ID-00383"
    assert found.text == "JOINT of DEU GBR lacks USA: leave JOINT out"
    with pytest.raises(MarkingError, match="ISM-ID-00383"):
        parse("//JOINT S DEU GBR//REL TO USA, DEU, GBR")
    with pytest.raises(MarkingError, match="ISM-ID-00382"):
        parse("//JOINT S USA//REL TO USA, GBR")
    with pytest.raises(MarkingError, match="ISM-ID-00040"):
        parse("RESTRICTED")


def test_a_classified_portion_of_an_ic_document_says_who_may_have_it() -> None:
    for text in ("S", "S//OC", "S//SI"):
        assert [one.rule for one in of_portion(parse(text))] == ["ISM-ID-00119"]
    for text in ("U", "U//FOUO", "S//NF", "S//RELIDO", "S//REL TO USA, GBR", "S//DISPLAY ONLY AFG"):
        assert of_portion(parse(text)) == ()


def test_noforn_on_foreign_information_is_a_misuse_under_the_dod_profile() -> None:
    for text, paragraph in (
        ("S//FGI DEU//NF", "9.m"),
        ("S//FGI//NF", "9.m"),
        ("//DEU S//NF", "9.m"),
        ("//NS//NF", "4.b(3)"),
        ("S//FGI NATO//NF", "4.b(3)"),
    ):
        (found,) = of_portion(parse(text), Profile.DOD)
        assert found.rule.endswith(paragraph)
        assert of_portion(parse(text)) == ()
    for text in ("S//NF", "S", "S//FGI DEU//REL TO USA, DEU"):
        assert of_portion(parse(text), Profile.DOD) == ()


def test_the_level_of_a_banner_occurs_in_a_portion_or_has_a_reason() -> None:
    portions = [parse("C"), parse("U")]
    assert [one.rule for one in of_whole(parse("S"), portions)] == ["ISM-ID-00109"]
    assert [one.rule for one in of_whole(parse("TS"), portions)] == ["ISM-ID-00108"]
    assert of_whole(parse("S"), portions, "together they tell more") == ()
    assert of_whole(parse("C"), portions) == ()


LEVEL = Classification.S


@pytest.mark.parametrize(
    ("marking", "rule", "text"),
    [
        (Marking(LEVEL, ("REL", "NF"), ("USA", "GBR")), "00033", "NOFORN and REL TO exclude"),
        (Marking(LEVEL, ("EYES", "NF"), ("USA", "GBR")), "00033", "EYES ONLY and NOFORN exclude"),
        (Marking(LEVEL, ("REL", "EYES"), ("USA", "GBR")), "00033", "EYES ONLY and REL TO exclude"),
        (
            Marking(LEVEL, ("DISPLAYONLY", "NF"), display_only_to=("AFG",)),
            "00169",
            "DISPLAY ONLY and NOFORN exclude",
        ),
        (
            Marking(LEVEL, ("DISPLAYONLY", "RELIDO"), display_only_to=("AFG",)),
            "00169",
            "DISPLAY ONLY and RELIDO exclude",
        ),
        (Marking(LEVEL, ("RELIDO", "NF")), "00169", "NOFORN and RELIDO exclude"),
        (Marking(LEVEL, ("OC", "RELIDO")), "00325", "ORCON excludes RELIDO"),
        (Marking(LEVEL, ("OC-USGOV",)), "00302", "ORCON-USGOV needs ORCON"),
        (Marking(LEVEL, ("NF",), non_ic=("SBU-NF",)), "00372", "SBU-NF never stands beside NOFORN"),
        (
            Marking(LEVEL, ("REL",), ("USA", "GBR"), non_ic=("LES-NF",)),
            "00372",
            "LES-NF never stands beside REL TO: write LES and NF",
        ),
        (Marking(LEVEL, ("REL",), ("GBR", "AUS")), "00214", "REL TO AUS, GBR lacks USA"),
        (Marking(LEVEL, ("REL",), ("USA",)), "00319", "REL TO USA alone"),
        (Marking(LEVEL, ("EYES",)), "00031", "EYES ONLY without a list"),
        (Marking(LEVEL, releasable_to=("USA", "GBR")), "00032", "releasableTo without"),
        (Marking(LEVEL, ("DISPLAYONLY",)), "00213", "DISPLAY ONLY without a list"),
        (Marking(LEVEL, display_only_to=("AFG",)), "00168", "displayOnlyTo without"),
        (
            Marking(
                LEVEL, ("REL",), ("USA", "GBR"), owners=("AUS", "DEU", "GBR", "USA"), joint=True
            ),
            "00377",
            "add AUS, DEU",
        ),
        (Marking(LEVEL, owners=("GBR", "USA"), joint=True), "00377", "add GBR, USA"),
    ],
)
def test_each_rule_alone_is_named_by_its_number(marking: Marking, rule: str, text: str) -> None:
    (found,) = violations(marking)
    assert found.rule == f"ISM-ID-{rule}"
    assert text in found.text
    with pytest.raises(MarkingError) as caught:
        require_legal(marking)
    assert str(caught.value) == f"{found.text} ({found.rule})"
    assert caught.value.code == "illegal"


@pytest.mark.parametrize(
    "marking",
    [
        Marking(Classification.U, ("FOUO",), non_ic=("SBU-NF",)),
        Marking(LEVEL, ("OC", "OC-USGOV")),
        Marking(LEVEL, ("REL", "RELIDO"), ("USA", "GBR")),
        Marking(LEVEL, ("REL", "DISPLAYONLY"), ("USA", "GBR"), ("AFG",)),
        # A foreign owner writes its own list, and a tetragraph may hold the owners of JOINT.
        Marking(LEVEL, ("REL",), ("GBR",), owners=("DEU",)),
        Marking(LEVEL, ("REL",), ("USA", "NATO"), owners=("GBR", "USA"), joint=True),
    ],
)
def test_what_no_rule_forbids_is_legal(marking: Marking) -> None:
    assert violations(marking) == ()
    require_legal(marking)


def test_the_rules_without_which_nothing_can_be_written() -> None:
    unwritable = {"ISM-ID-00031", "ISM-ID-00032", "ISM-ID-00168", "ISM-ID-00213"}
    assert unwritable == UNWRITABLE


def test_each_level_has_a_rule_that_a_portion_bears_it_out() -> None:
    for level, rule in (("TS", "00108"), ("S", "00109"), ("C", "00110")):
        (found,) = of_whole(parse(level), [parse("U")])
        assert found.rule == f"ISM-ID-{rule}"
    assert of_whole(parse("U"), [parse("C")]) == ()
    assert of_whole(parse("C"), [parse("S")])[0].rule == "ISM-ID-00110"


def test_a_classified_portion_says_by_any_disclosure_marking_who_may_have_it() -> None:
    assert of_portion(parse("C"))[0].rule == "ISM-ID-00119"
    assert of_portion(parse("S//USA/GBR EYES ONLY")) == ()
    assert of_portion(Marking(LEVEL, non_ic=("LES-NF",))) == ()
    assert of_portion(parse("S"), Profile.DOD) == ()


def test_a_misuse_of_noforn_is_told_of_the_dod_profile_with_its_paragraph() -> None:
    (found,) = of_portion(parse("S//FGI NATO//NF"), Profile.DOD)
    assert found.rule == "DoDM 5200.01 Vol. 2 Encl. 4, 4.b(3)"
    assert found.text.startswith("NOFORN on NATO information")
    (found,) = of_portion(parse("S//FGI DEU NATO//NF"), Profile.DOD)
    assert found.rule == "DoDM 5200.01 Vol. 2 Encl. 4, 9.m"
    assert found.text.startswith("NOFORN on foreign government information")
    assert of_portion(Marking(LEVEL, owners=("DEU",), non_ic=("LES-NF",)), Profile.DOD)


def test_a_code_is_deprecated_from_its_day_on() -> None:
    register = Register(deprecated={"ISAF": date(2015, 1, 1)})
    marking = Marking(LEVEL, ("REL",), ("USA", "ISAF", "NATO"))
    for day, rule in ((date(2014, 12, 31), "00198"), (date(2015, 1, 1), "00199")):
        (found,) = of_register(marking, register, day)
        assert found.rule == f"ISM-ID-{rule}"
        assert found.text.startswith("ISAF is deprecated from 2015-01-01 on")
    assert of_register(parse("S//NF"), register, date(2026, 1, 1)) == ()
