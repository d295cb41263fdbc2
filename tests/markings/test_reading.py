"""Odd and borderline texts of markings, the words themselves, and what a marking holds."""

import pytest

from sharing.errors import MarkingError
from sharing.markings import Classification, Marking, parse, portion_of
from sharing.markings.controls import (
    CUI_LIMITED,
    NON_IC,
    NON_IC_NOFORN,
    code_order,
    in_order_of_banner,
    in_order_of_cui,
    names_of,
    non_ic_order,
    owner_order,
    require_code,
    require_cui,
    require_sci,
)

S = Classification.S


@pytest.mark.parametrize(
    ("text", "banner"),
    [
        ("CONTROLLED UNCLASSIFIED INFORMATION", "CUI"),
        ("CONTROLLED UNCLASSIFIED INFORMATION//SP-AIV", "CUI//SP-AIV"),
        ("//DEU TOP SECRET", "//DEU TOP SECRET"),
        ("//DEU TS", "//DEU TOP SECRET"),
        ("//JOINT TS GBR USA//REL TO USA, GBR", "//JOINT TOP SECRET GBR USA//REL TO USA, GBR"),
        ("//NES", "//NATO EAPC SECRET"),
        ("//NPC", "//NATO PfP CONFIDENTIAL"),
        ("SECRET//FGI DEU FGI//NOFORN", "SECRET//FGI//NOFORN"),
        ("SECRET//FGI UNKNOWN//NOFORN", "SECRET//FGI//NOFORN"),
        ("SECRET//NOT RELEASABLE TO FOREIGN NATIONALS", "SECRET//NOFORN"),
        ("SECRET//ORIGINATOR CONTROLLED", "SECRET//ORCON"),
        ("UNCLASSIFIED//FOR OFFICIAL USE ONLY", "UNCLASSIFIED//FOUO"),
        ("CUI//LEI//DL ONLY", "CUI//LEI//DL_ONLY"),
        ("CUI//LEI//ATTORNEY-CLIENT", "CUI//LEI//Attorney-Client"),
        ("CUI//LEI//ATTORNEY-WP", "CUI//LEI//Attorney-WP"),
        ("CUI//LEI//FED ONLY/NOFORN", "CUI//LEI//FED_ONLY/NOFORN"),
        ("SECRET//ORCON/ORCON-USGOV", "SECRET//ORCON-USGOV"),
        ("UNCLASSIFIED//SBU-NOFORN", "UNCLASSIFIED//SBU NOFORN"),
        ("UNCLASSIFIED//LES-NOFORN", "UNCLASSIFIED//LES NOFORN"),
        ("SECRET//RELEASABLE TO USA, GBR", "SECRET//REL TO USA, GBR"),
        ("SECRET//EYES GBR+USA", "SECRET//USA/GBR EYES ONLY"),
        ("SECRET//USA/GBR EYES", "SECRET//USA/GBR EYES ONLY"),
        ("CUI//NOFORN", "CUI//NOFORN"),
        ("CUI//REL TO USA, GBR", "CUI//REL TO USA, GBR"),
        ("UNCLASSIFIED//CUI//ACCM-RED TEA", "UNCLASSIFIED//CUI//ACCM-RED TEA"),
        ("CUI//PROPIN//NOFORN", "CUI//PROPIN//NOFORN"),
        ("UNCLASSIFIED//CUI//FISA/PROPIN//FISA", "UNCLASSIFIED//CUI//FISA/PROPIN//FISA"),
        ("UNCLASSIFIED//CUI//RSEN/NOFORN", "UNCLASSIFIED//CUI//RSEN/NOFORN"),
        ("UNCLASSIFIED//CUI//FISA/NOFORN", "UNCLASSIFIED//CUI//NOFORN/FISA"),
        ("UNCLASSIFIED//CUI//LEI//LIMDIS", "UNCLASSIFIED//CUI//LEI//LIMDIS"),
        ("U//CUI//SBU", "UNCLASSIFIED//CUI//SBU"),
        ("CUI//SBU", "UNCLASSIFIED//CUI//SBU"),
        ("CUI//SSI", "CUI//SSI"),
        ("CUI//SSI/NNPI//SSI", "UNCLASSIFIED//CUI//NNPI/SSI//SSI"),
        ("UNCLASSIFIED//CUI//SSI//FISA", "UNCLASSIFIED//CUI//SSI//FISA"),
        ("UNCLASSIFIED//CUI//SSI/LEI//FISA", "UNCLASSIFIED//CUI//LEI/SSI//FISA"),
        (" ( S // NF ) ", "SECRET//NOFORN"),
        ("//NATO Open Door PfP SECRET", "//NATO Open Door PfP SECRET"),
        ("SECRET//FGI DEU NATO PFP//NOFORN", "SECRET//FGI DEU NATO PFP//NOFORN"),
        ("SECRET//SI-G-X AB//NOFORN", "SECRET//SI-G-X AB//NOFORN"),
        ("SECRET//FGI DEU NATO Open Door//NOFORN", "SECRET//FGI DEU NATO Open Door//NOFORN"),
        ("SECRET//NOFORN//ACCM-RED TEA/ACCM-TEA LEAF", "SECRET//NOFORN//ACCM-RED TEA/TEA LEAF"),
    ],
)
def test_other_spellings_are_read_as_the_register_writes_them(text: str, banner: str) -> None:
    assert parse(text).banner == banner


@pytest.mark.parametrize(
    "text",
    [
        "(U",
        "U)",
        "(UX",
        "XU)",
        "(SECRET//NOFORN",
        "SECRET//REL TO USA, GBR\nAUS",
        "SECRET//DISPLAY ONLY AFG\nIRQ",
        "SECRET//EYES GBR+USA,AUS",
        "SECRET//HVSACOX",
        "//USA SECRET",
        "//USA S",
        "//DEU USA SECRET",
        "//NSX",
        "//NXS",
        "//XNS",
        "SECRET//REL TO USA, GBR AUS",
        "SECRET//REL TO USA,",
        "SECRET//DISPLAY ONLY AFG IRQ",
        "SECRET//EYES GBR,USA",
        "SECRET//NOFORN/XX",
        "SECRET//NOFORN//LIMDIS/XX",
        "SECRET//SI-",
        "SECRET//XX/SI",
        "CUI//LEI/1X",
        "CUI//LEI/A B",
        "CUI//LEI/NOFORN",
        "CUI//LEI/SBU",
        "CUI//SSI/FISA//SSI/FISA",
        "CUI//1X",
        "SECRET//SARX",
        "SECRET//REL",
        "SECRET//EYES",
    ],
)
def test_what_is_nearly_a_marking_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(MarkingError) as caught:
        parse(text)
    assert caught.value.code in ("unreadable", "illegal")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("level", [Classification.U, Classification.S])
def test_no_control_behind_a_bare_cui_is_taken_for_a_category(level: Classification) -> None:
    """A pure CUI banner never begins with a level, so behind one the last words are controls."""
    for token in NON_IC:
        if token not in NON_IC_NOFORN:
            marking = Marking(level, ("NF",), non_ic=(token,), cui=True)
            assert parse(marking.banner) == parse(marking.portion) == marking
        marking = Marking(level, non_ic=(token,), cui=True)
        assert parse(marking.banner) == parse(marking.portion) == marking
    for token in ("PR", "FISA"):
        marking = Marking(level, (token,), cui=True)
        assert parse(marking.banner) == parse(marking.portion) == marking


@pytest.mark.parametrize("owner", ["USA", "NATO", "GBR"])
def test_a_word_that_has_another_token_is_a_category_of_cui_in_a_portion(owner: str) -> None:
    """A banner writes control and category alike, so there it is the control."""
    for level in (Classification.U, Classification.S):
        category = Marking(level, owners=(owner,), cui=True, cui_basic=("PROPIN",))
        control = Marking(level, ("PR",), owners=(owner,), cui=True)
        for marking in (category, control):
            if marking.banner.startswith("CUI"):
                continue
            assert parse(marking.portion) == marking
            assert parse(marking.banner) == control


@pytest.mark.parametrize(
    ("portion", "categories"),
    [("(S//CUI//FISA/PROPIN)", ("FISA", "PROPIN")), ("(//CTS//CUI//PROPIN)", ("PROPIN",))],
)
def test_one_word_that_is_no_token_makes_all_beside_it_categories(
    portion: str, categories: tuple[str, ...]
) -> None:
    found = parse(portion)
    assert (found.cui_basic, found.dissemination) == (categories, ())


def test_the_list_of_the_whole_is_taken_for_its_own_control_alone() -> None:
    eyes, rel = parse("S//USA/AUS EYES ONLY"), parse("S//REL TO USA, GBR")
    assert parse("(C//EYES)", eyes).releasable_to == ("USA", "AUS")
    assert parse("(C//EYES)", eyes).dissemination == ("EYES",)
    for text, whole in (("(C//REL)", eyes), ("(C//EYES)", rel), ("(C//REL)", parse("S//NF"))):
        with pytest.raises(MarkingError, match="give the banner"):
            parse(text, whole)
    assert parse("(C//NF)", parse("S//NF")) == parse("C//NF")
    assert parse("(C//OC)", parse("S//OC/REL TO USA, GBR")) == parse("C//OC")


def test_a_portion_is_shortened_where_control_and_list_are_the_whole_s() -> None:
    eyes, rel = parse("S//USA/GBR EYES ONLY"), parse("S//REL TO USA, GBR")
    assert portion_of(parse("C//USA/GBR EYES ONLY"), eyes) == "C//EYES"
    assert portion_of(parse("C//USA/GBR EYES ONLY"), rel) == "C//USA/GBR EYES ONLY"
    assert portion_of(parse("C//USA/AUS EYES ONLY"), eyes) == "C//USA/AUS EYES ONLY"
    assert portion_of(rel, rel) == "S//REL"
    assert portion_of(rel, eyes) == "S//REL TO USA, GBR"
    assert portion_of(parse("C//NF"), parse("S//NF")) == "C//NF"
    assert portion_of(parse("C//RELIDO"), rel) == "C//RELIDO"


@pytest.mark.parametrize(
    ("marking", "banner", "portion"),
    [
        (Marking(S, ("REL",)), "SECRET//REL", "S//REL"),
        (Marking(S, ("EYES",)), "SECRET//EYES", "S//EYES"),
        (Marking(S, ("DISPLAYONLY",)), "SECRET//DISPLAY ONLY", "S//DISPLAY ONLY"),
        (Marking(S, owners=("DEU",), fgi_protected=True), "//FGI SECRET", "//FGI S"),
        (Marking(S, owners=("DEU",), fgi_open=("UNKNOWN",)), "//FGI SECRET", "//FGI S"),
        (
            Marking(S, owners=("DEU",), fgi_open=("DEU", "GBR", "UNKNOWN"), fgi_protected=False),
            "//FGI SECRET//FGI GBR",
            "//FGI S//FGI GBR",
        ),
        (
            Marking(S, owners=("DEU",), fgi_open=("DEU", "GBR", "NATO:PfP")),
            "//DEU SECRET//FGI GBR NATO PfP",
            "//DEU S//FGI GBR NATO PfP",
        ),
        (Marking(S, fgi_open=("GBR",), fgi_protected=True), "SECRET//FGI", "S//FGI"),
        (Marking(S, fgi_open=("GBR", "UNKNOWN")), "SECRET//FGI", "S//FGI"),
        (Marking(Classification.TS, owners=("DEU",)), "//DEU TOP SECRET", "//DEU TS"),
        (Marking(Classification.TS, owners=("NATO",)), "//COSMIC TOP SECRET", "//CTS"),
        (Marking(S, owners=("NATO",)), "//NATO SECRET", "//NS"),
        (
            Marking(S, owners=("NATO:ISAF", "NATO:PfP")),
            "//NATO ISAF NATO PfP SECRET",
            "//NATO ISAF NATO PfP S",
        ),
        (Marking(S, sci=("SI", "SI-G", "SI-X-AB", "TK")), None, "S//SI-G-X AB/TK"),
        (Marking(S, sci=("SI",), nato_controls=("BALK",)), "SECRET//SI/BALK", "S//SI/BALK"),
        (Marking(S, releasable_to=("USA", "GBR")), "SECRET", "S"),
    ],
)
def test_what_is_illegal_is_written_too(marking: Marking, banner: str | None, portion: str) -> None:
    assert portion_of(marking) == portion
    if banner:
        assert marking.banner == banner


def test_a_marking_holds_each_list_in_order_and_each_entry_once() -> None:
    made = Marking(
        S,
        ("NF", "OC", "NF"),
        ("NATO", "GBR", "USA", "GBR"),
        ("IRQ", "AFG", "IRQ"),
        fgi_open=("NATO", "ROU", "GBR"),
        sci=("TK", "SI-G-AB", "SI-G-AB"),
        nato_controls=("BOHEMIA", "BALK", "BOHEMIA"),
        non_ic=("ND", "ACCM-TEA", "DS", "ACCM-RED", "ND", "XD"),
        cui_basic=("LEI", "AAA", "LEI"),
        cui_specified=("ZZZ", "AIV", "ZZZ"),
    )
    assert made.dissemination == ("OC", "NF")
    assert made.releasable_to == ("USA", "GBR", "NATO")
    assert made.display_only_to == ("AFG", "IRQ")
    assert made.fgi_open == ("GBR", "ROU", "NATO")
    assert made.sci == ("SI", "SI-G", "SI-G-AB", "TK")
    assert made.nato_controls == ("BALK", "BOHEMIA")
    assert made.non_ic == ("DS", "ACCM-RED", "ACCM-TEA", "XD", "ND")
    assert made.cui_basic == ("AAA", "LEI")
    assert made.cui_specified == ("AIV", "ZZZ")
    owners = ("NATO", "ROU", "DEU")
    assert Marking(S, owners=owners).owners == ("DEU", "ROU", "NATO")
    assert Marking(S, ("REL",), ()).releasable_to is None
    assert Marking(S, display_only_to=()).display_only_to is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"nato_controls": ("BALK", "XX")}, "'XX' is no control of NATO"),
        ({"owners": ("USA",), "joint": True}, "JOINT with USA alone"),
        ({"owners": ()}, "without an owner"),
        ({"owners": ("USA", "GBR")}, "is JOINT"),
        ({"cui_basic": ("SP-AIV",)}, "without SP-"),
        ({"cui_specified": ("aiv",)}, "'aiv' is no category"),
        ({"non_ic": ("ACCM-A//B",)}, "ACCM-A//B"),
        ({"releasable_to": ("USA", "gbr")}, "'gbr' is no country code"),
        ({"display_only_to": ("G",)}, "'G' is no country code"),
        ({"fgi_open": ("GB R",)}, "'GB R' is no country code"),
        ({"sci": ("SI-G-H-I",)}, "no SCI control"),
        ({"dissemination": ("NF", "XX")}, "'XX' is not a dissemination control"),
    ],
)
def test_a_field_that_is_wrong_makes_no_marking(fields: dict[str, object], named: str) -> None:
    with pytest.raises(MarkingError, match=named):
        Marking(S, **fields)  # type: ignore[arg-type]


def test_a_level_of_two_words_is_no_owner_and_a_level() -> None:
    foreign = parse("//DEU TOP SECRET")
    assert (foreign.owners, foreign.classification) == (("DEU",), Classification.TS)
    joint = parse("//JOINT TOP SECRET GBR USA//REL TO USA, GBR")
    assert (joint.owners, joint.classification) == (("GBR", "USA"), Classification.TS)


def test_foreign_and_natos_owners_alone_may_hold_restricted() -> None:
    assert Marking(Classification.R, owners=("DEU",)).banner == "//DEU RESTRICTED"
    with pytest.raises(MarkingError, match="no US level"):
        Marking(Classification.R)


@pytest.mark.parametrize(
    ("text", "controls"),
    [
        ("S", set()),
        ("S//NF", set()),
        ("S//REL TO USA, GBR", set()),
        ("S//SI//NF", {"SCI"}),
        ("S//BALK//NF", {"SCI"}),
        ("S//FGI DEU//NF", {"FGI"}),
        ("S//FGI//NF", {"FGI"}),
        ("//DEU S", {"FOREIGN"}),
        ("//JOINT S GBR USA//REL TO USA, GBR", {"JOINT"}),
        ("S//NF//DS", {"NON-IC"}),
        ("CUI", {"CUI"}),
        ("CUI//LEI", {"CUI"}),
        ("S//DISPLAY ONLY AFG", {"DISPLAY ONLY"}),
        ("S//OC/NF", {"ORCON"}),
        ("S//OC-USGOV/NF", {"ORCON"}),
        ("S//RS/IMC/NF/PR/DSEN/RAWFISA", {"RSEN", "IMCON", "PROPIN", "DSEN", "FISA"}),
        ("S//NF/FISA", {"FISA"}),
        ("U//FOUO", {"FOUO"}),
        ("S//RELIDO", {"RELIDO"}),
        ("S//USA/GBR EYES ONLY", {"EYES"}),
        ("S//NF/DL_ONLY", {"CUI"}),
    ],
)
def test_policies_know_each_control_by_its_name(text: str, controls: set[str]) -> None:
    assert parse(text).controls == controls


def test_the_controls_of_cui_are_cui_to_policies() -> None:
    for token in ("AC", "AWP", "DL_ONLY", "FED_ONLY", "FEDCON", "NOCON"):
        assert names_of([token]) == {"CUI"}
    assert names_of(["REL", "NF"]) == set()
    assert names_of(["DISPLAYONLY"]) == {"DISPLAY ONLY"}


def test_noforn_stands_also_within_sbu_and_les_noforn() -> None:
    for text in ("S//NF", "U//SBU-NF", "U//LES-NF"):
        assert parse(text).noforn
    for text in ("S", "U//SBU", "S//NF//ND"):
        assert parse(text).noforn is ("NF" in parse(text).dissemination)


@pytest.mark.parametrize(
    "fields",
    [
        {"sci": ("SI",)},
        {"nato_controls": ("BALK",)},
        {"fgi_open": ("GBR",)},
        {"fgi_protected": True},
        {"non_ic": ("DS",)},
        {"dissemination": ("FOUO",)},
        {"owners": ("GBR",)},
        {"classification": Classification.S},
        {"cui": False},
    ],
)
def test_cui_is_pure_where_nothing_but_its_own_stands_in_it(fields: dict[str, object]) -> None:
    pure = {"classification": Classification.U, "cui": True, "dissemination": CUI_LIMITED}
    assert Marking(**pure).is_pure_cui  # type: ignore[arg-type]
    assert not Marking(**{**pure, **fields}).is_pure_cui  # type: ignore[arg-type]


def test_a_list_without_its_control_restricts() -> None:
    assert not Marking(Classification.U, releasable_to=("USA", "GBR")).is_unrestricted
    assert not Marking(Classification.U, display_only_to=("AFG",)).is_unrestricted


def test_codes_stand_by_length_and_letter() -> None:
    assert sorted(["NATO", "ROU", "USA", "EU", "DEU"], key=code_order) == [
        "USA",
        "DEU",
        "ROU",
        "EU",
        "NATO",
    ]
    assert sorted(["NATO", "ROU", "USA", "EU"], key=owner_order) == ["ROU", "USA", "EU", "NATO"]


def test_non_ic_controls_stand_limdis_nicknames_then_the_others() -> None:
    order = ["DS", "ACCM-A", "ACCM-B", "XD", "ND", "SBU", "SBU-NF", "LES", "LES-NF", "SSI", "NNPI"]
    backwards = tuple(reversed(order))
    assert sorted(backwards, key=non_ic_order) == order
    for wrong in ("ACCM-", "ACCM-A//B", "XX", "DSX"):
        with pytest.raises(MarkingError, match="non-IC"):
            non_ic_order(wrong)


def test_bodies_of_nato_stand_behind_it_and_before_later_codes() -> None:
    for text, sources in (
        ("FGI NATO", ("NATO",)),
        ("FGI NATO PfP", ("NATO:PfP",)),
        ("FGI NATO PFP", ("NATO:PFP",)),
        ("FGI NATO Open Door", ("NATO:Open_Door",)),
        ("FGI NATO UNCK", ("NATO", "UNCK")),
        ("FGI NATO NATO", ("NATO",)),
        ("FGI NATO NATOP", ("NATO", "NATOP")),
        ("FGI NATO KFOR UNCK", ("NATO:KFOR", "UNCK")),
        ("FGI NATO KFOR", ("NATO:KFOR",)),
        ("FGI NATO Open Door ZZZZ", ("NATO:Open_Door_ZZZZ",)),
        ("FGI DEU EU NATO", ("DEU", "EU", "NATO")),
    ):
        assert parse(f"S//{text}//NF").fgi_open == sources


def test_each_word_is_returned_or_refused_by_its_form() -> None:
    for require, good, bad in (
        (require_code, ("GBR", "NATO", "EU", "NATO:Open_Door"), ("G", "gbr", "GBR,", "NATO:")),
        (require_sci, ("SI", "SI-G", "SI-G-AB", "TK"), ("XX", "SI-", "SI-G-A-B", "SI-g")),
        (require_cui, ("LEI", "A-1_B"), ("SP-AIV", "lei", "1A", "LEI//X")),
    ):
        for text in good:
            assert require(text) == text
        for text in bad:
            with pytest.raises(MarkingError):
                require(text)


def test_levels_count_from_0_to_4_as_policies_know_them() -> None:
    numbers = {level.name: int(level) for level in Classification}
    assert numbers == {"U": 0, "R": 1, "C": 2, "S": 3, "TS": 4}


def test_a_control_without_its_list_cannot_be_read() -> None:
    with pytest.raises(MarkingError, match="not a marking") as caught:
        parse("SECRET//REL TO")
    assert caught.value.code == "unreadable"


def test_each_control_has_its_word_in_a_banner_and_its_token_in_a_portion() -> None:
    words = {
        "RS": "RSEN",
        "FOUO": "FOUO",
        "OC": "ORCON",
        "IMC": "IMCON",
        "NF": "NOFORN",
        "PR": "PROPIN",
        "RELIDO": "RELIDO",
        "DSEN": "DEA SENSITIVE",
        "RAWFISA": "RAWFISA",
        "FISA": "FISA",
        "AC": "Attorney-Client",
        "AWP": "Attorney-WP",
        "DL_ONLY": "DL_ONLY",
        "FED_ONLY": "FED_ONLY",
        "FEDCON": "FEDCON",
        "NOCON": "NOCON",
    }
    for token, word in words.items():
        marking = parse(f"S//{token}")
        assert (marking.banner, marking.portion) == (f"SECRET//{word}", f"(S//{token})")
        assert parse(f"SECRET//{word}") == marking
    others = {
        "DS": "LIMDIS",
        "XD": "EXDIS",
        "ND": "NODIS",
        "SBU": "SBU",
        "SBU-NF": "SBU NOFORN",
        "LES": "LES",
        "LES-NF": "LES NOFORN",
        "SSI": "SSI",
        "NNPI": "NNPI",
    }
    for token, word in others.items():
        marking = parse(f"U//{token}")
        assert (marking.banner, marking.portion) == (f"UNCLASSIFIED//{word}", f"(U//{token})")
        assert parse(f"UNCLASSIFIED//{word}") == marking


def test_the_controls_that_pure_cui_may_carry_in_their_order() -> None:
    tokens = ["AC", "AWP", "DISPLAYONLY", "DL_ONLY", "FED_ONLY", "FEDCON"]
    tokens += ["NF", "NOCON", "REL", "RELIDO"]
    assert in_order_of_cui([*tokens[5:], *tokens[:5]]) == tuple(tokens)
    for system in ("BUR", "EL", "HCS", "KDK", "KLM", "MVL", "RSV", "SI", "TK"):
        assert parse(f"TS//{system}//NF").sci == (system,)
    for control in ("BALK", "BOHEMIA"):
        assert parse(f"TS//{control}//NF").nato_controls == (control,)


def test_dissemination_stands_in_the_order_of_the_register_and_of_cui() -> None:
    assert in_order_of_banner(["NF", "OC", "RS", "FOUO"]) == ("RS", "FOUO", "OC", "NF")
    assert in_order_of_cui(["NF", "FEDCON", "AC"]) == ("AC", "FEDCON", "NF")
    with pytest.raises(MarkingError, match="'FOUO' is not a control of CUI"):
        in_order_of_cui(["NF", "FOUO"])
