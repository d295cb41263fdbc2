"""One marking: what is written is read again, and what is not supported is refused by name."""

import pytest

from sharing.errors import MarkingError
from sharing.markings import (
    Classification,
    Marking,
    from_attributes,
    parse,
    portion_of,
    to_attributes,
)


def test_rel_to_names_usa_first_then_trigraphs_then_tetragraphs() -> None:
    marking = Marking(Classification.S, ("REL",), ("NATO", "GBR", "USA", "AUS", "FVEY"))
    assert marking.banner == "SECRET//REL TO USA, AUS, GBR, FVEY, NATO"
    assert marking.portion == "(S//REL TO USA, AUS, GBR, FVEY, NATO)"


@pytest.mark.parametrize(
    ("banner", "portion"),
    [
        ("UNCLASSIFIED", "(U)"),
        ("TOP SECRET//SI-G ABCD ACDE-X/TK//NOFORN", "(TS//SI-G ABCD ACDE-X/TK//NF)"),
        ("SECRET//FGI CAN DEU NATO//NOFORN", "(S//FGI CAN DEU NATO//NF)"),
        ("SECRET//FGI//ORCON-USGOV", "(S//FGI//OC-USGOV)"),
        ("SECRET//FGI NATO UNCK//NOFORN", "(S//FGI NATO UNCK//NF)"),
        ("SECRET//RSEN/IMCON/PROPIN/RELIDO", "(S//RS/IMC/PR/RELIDO)"),
        ("SECRET//REL TO USA, GBR/DISPLAY ONLY AFG", "(S//REL TO USA, GBR/DISPLAY ONLY AFG)"),
        ("SECRET//USA/AUS/GBR EYES ONLY", "(S//USA/AUS/GBR EYES ONLY)"),
        ("SECRET//IMCON/USA/AUS/GBR EYES ONLY/FISA", "(S//IMC/USA/AUS/GBR EYES ONLY/FISA)"),
        (
            "SECRET//NOFORN//LIMDIS/ACCM-RED TEA/TEA LEAF/EXDIS",
            "(S//NF//DS/ACCM-RED TEA/TEA LEAF/XD)",
        ),
        ("UNCLASSIFIED//SBU NOFORN", "(U//SBU-NF)"),
        ("//JOINT SECRET GBR USA//REL TO USA, GBR", "(//JOINT S GBR USA//REL TO USA, GBR)"),
        ("//DEU SECRET", "(//DEU S)"),
        ("//DEU GBR RESTRICTED", "(//DEU GBR R)"),
        ("//FGI SECRET", "(//FGI S)"),
        ("//COSMIC TOP SECRET//BALK", "(//CTS//BALK)"),
        ("//NATO CONFIDENTIAL//RELEASABLE TO USA, AUS, NATO", "(//NC//REL TO USA, AUS, NATO)"),
        ("//NATO ISAF RESTRICTED//REL TO GBR, NATO PfP", "(//NIR//REL TO GBR, NATO PfP)"),
        ("//NATO Open Door SECRET", "(//NATO Open Door S)"),
        ("CUI", "(CUI)"),
        ("CUI//SP-AIV/LEI//DL_ONLY/FEDCON/NOFORN", "(CUI//SP-AIV/LEI//DL_ONLY/FEDCON/NF)"),
        ("CUI//LEI//REL TO USA, GBR", "(CUI//LEI//REL TO USA, GBR)"),
        ("UNCLASSIFIED//CUI//PROPIN//PROPIN", "(U//CUI//PROPIN//PR)"),
        ("UNCLASSIFIED//FGI GBR//CUI//LEI", "(U//FGI GBR//CUI//LEI)"),
        ("SECRET//CUI//LEI//NOFORN/DL_ONLY", "(S//CUI//LEI//NF/DL_ONLY)"),
        ("SECRET//CUI//NOFORN", "(S//CUI//NF)"),
    ],
)
def test_banner_and_portion_are_read_and_written_alike(banner: str, portion: str) -> None:
    for text in (banner, portion, portion[1:-1]):
        marking = parse(text)
        assert (marking.banner, marking.portion) == (banner, portion)
        assert from_attributes(to_attributes(marking)) == marking


@pytest.mark.parametrize("dissemination", ["FOUO", "PR", "DSEN", "FISA"])
def test_cui_with_a_control_that_is_not_its_own_begins_with_unclassified(
    dissemination: str,
) -> None:
    given = {"classification": "U", "ownerProducer": "USA", "cuiBasic": "LEI"}
    marking = from_attributes({**given, "disseminationControls": dissemination})
    assert marking.banner.startswith("UNCLASSIFIED//CUI//LEI//")


@pytest.mark.parametrize("dissemination", ["NF", "RELIDO", "DL_ONLY"])
def test_pure_cui_never_begins_with_unclassified(dissemination: str) -> None:
    given = {"classification": "U", "ownerProducer": "USA", "cuiBasic": "LEI"}
    marking = from_attributes({**given, "disseminationControls": dissemination})
    assert marking.banner.startswith("CUI//LEI//")


def test_a_portion_that_says_rel_has_the_list_of_the_banner() -> None:
    whole = parse("SECRET//REL TO USA, AUS, GBR")
    portion = parse("(C//REL)", whole)
    assert portion.releasable_to == ("USA", "AUS", "GBR")
    assert portion_of(portion, whole) == "C//REL"
    assert portion_of(parse("C//REL TO USA, AUS"), whole) == "C//REL TO USA, AUS"
    with pytest.raises(MarkingError, match="give the banner"):
        parse("(C//REL)")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SECRET//SAR-BP", "SAP"),
        ("SECRET//SPECIAL ACCESS REQUIRED-BP", "SAP"),
        ("TOP SECRET//RD//NOFORN", "AEA"),
        ("TOP SECRET//SI//FRD-SIGMA 14", "AEA"),
        ("UNCLASSIFIED//DOE UCNI", "AEA"),
        ("SECRET//HVSACO", "SAP"),
        ("SECRET//CTS-A", "ATOMAL"),
        ("//NS//ATOMAL", "ATOMAL"),
        ("SECRET//ATOMAL", "ATOMAL"),
        ("TS//TK/BOHEMIA//RD/ATOMAL//FGI NATO//NF", "AEA"),
        ("S//WAIVED", "SAP"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(MarkingError, match=named) as caught:
        parse(text)
    assert caught.value.code == "unsupported-category"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"SARIdentifier": "SAR-DOD:ABC"}, "SAP"),
        ({"atomicEnergyMarkings": "RD"}, "AEA"),
        ({"nonUSControls": "ATOMAL"}, "ATOMAL"),
    ],
)
def test_attributes_of_a_refused_category_are_refused_by_name(
    attributes: dict[str, str], named: str
) -> None:
    with pytest.raises(MarkingError, match=named) as caught:
        from_attributes({"classification": "S", "ownerProducer": "USA", **attributes})
    assert caught.value.code == "unsupported-category"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SECRET//NOFORN/REL TO USA, GBR", "00033"),
        ("SECRET//NOFORN/USA/GBR EYES ONLY", "00033"),
        ("SECRET//NOFORN/RELIDO", "00169"),
        ("SECRET//RELIDO/DISPLAY ONLY AFG", "00169"),
        ("SECRET//ORCON/RELIDO", "00325"),
        ("SECRET//DISPLAY ONLY", "00213"),
        ("SECRET//REL TO GBR, AUS", "00214"),
        ("SECRET//REL TO USA", "00319"),
        ("//JOINT SECRET DEU USA//REL TO USA, GBR", "00377"),
        ("//JOINT SECRET DEU USA", "00377"),
        ("UNCLASSIFIED//NOFORN//SBU NOFORN", "00372"),
        ("SECRET//REL TO USA, GBR//LES NOFORN", "00372"),
    ],
)
def test_what_a_hard_rule_forbids_is_refused_with_its_number(text: str, named: str) -> None:
    with pytest.raises(MarkingError, match=f"ISM-ID-{named}") as caught:
        parse(text)
    assert caught.value.code == "illegal"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SECRET//REL TO USA, GBR, GBR", "twice"),
        ("SECRET//NOFORN//NOFORN", "twice"),
        ("SECRET//NOFORN/NOFORN", "twice"),
        ("SECRET//NOFORN//SI", "out of its place"),
        ("SECRET//REL TO USA, gbr", "gbr"),
        ("SECRET//NOFRON", "NOFRON"),
        ("SECRET//SI/XYZ", "XYZ"),
        ("SECRET//SI-", "SI-"),
        ("RESTRICTED", "no US level"),
        ("//DEU USA SECRET", "DEU USA SECRET"),
        ("//SECRET", "begin with an owner"),
        ("//JOINT SECRET", "JOINT"),
        ("SECRET//FGI dEU", "dEU"),
        ("SECRET//", "''"),
        ("CUI//SP-", "SP-"),
        ("", "begin with U, C, S, TS"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line_that_shows_it(text: str, named: str) -> None:
    with pytest.raises(MarkingError, match=named) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"classification": "X", "ownerProducer": "USA"}, "'X' is no level"),
        ({"ownerProducer": "USA"}, "'' is no level"),
        ({"classification": "S"}, "owner"),
        ({"classification": "R", "ownerProducer": "USA"}, "no US level"),
        ({"classification": "S", "ownerProducer": "USA GBR"}, "JOINT"),
        ({"classification": "S", "ownerProducer": "USA", "dissemControls": "NF"}, "dissemControls"),
        ({"classification": "S", "ownerProducer": "USA", "disseminationControls": "XX"}, "XX"),
        ({"classification": "S", "ownerProducer": "USA", "nonICmarkings": "XX"}, "XX"),
        ({"classification": "S", "ownerProducer": "USA", "SCIcontrols": "XX"}, "XX"),
        ({"classification": "S", "ownerProducer": "USA", "joint": "maybe"}, "maybe"),
        ({"classification": "S", "ownerProducer": "USA", "createDate": "soon"}, "soon"),
        ({"classification": "S", "ownerProducer": "USA", "cuiBasic": "A//B"}, "A//B"),
        ({"classification": "S", "ownerProducer": "USA", "releasableTo": ["USA"]}, "releasableTo"),
    ],
)
def test_attributes_that_cannot_be_understood_are_refused(
    attributes: dict[str, str], named: str
) -> None:
    with pytest.raises(MarkingError, match=named):
        from_attributes(attributes)


def test_a_word_that_is_not_known_is_shown_and_nothing_more() -> None:
    with pytest.raises(MarkingError, match=r"'NOWHERE' is not a marking that is known here$"):
        parse("SECRET//NOWHERE")


def test_plain_unclassified_alone_is_unrestricted() -> None:
    assert parse("U").is_unrestricted
    for text in ("C", "U//NF", "U//FOUO", "U//RELIDO", "CUI", "U//FGI DEU", "//NU", "U//SBU"):
        assert not parse(text).is_unrestricted, text
