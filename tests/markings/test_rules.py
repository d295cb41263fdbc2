"""Rules of ISM that need more than the text of one marking."""

from sharing.markings import (
    Classification,
    Marking,
    Profile,
    of_portion,
    of_whole,
    parse,
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
