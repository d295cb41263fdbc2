"""Labels beside the marking: STANAG 4774 bound by digest, and TLP."""

from datetime import UTC, datetime
from itertools import product
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.errors import MarkingError
from sharing.markings import (
    Classification,
    Marking,
    Tlp,
    bind_label,
    binding_fault,
    parse,
    parse_tlp,
    roll_up_tlp,
)

SLAB = "{urn:nato:stanag:4774:confidentialitymetadatalabel:1:0}"
CREATED = datetime(2026, 11, 30, 12, tzinfo=UTC)
REVIEW = datetime(2027, 11, 30, tzinfo=UTC)
ITEM = b'{"miss_km": 0.4}'


def label(text: str, item: bytes = ITEM) -> str:
    return bind_label(parse(text), item, "urn:tearline:item:1", CREATED, REVIEW)


def test_a_label_says_policy_level_and_each_list_as_a_category() -> None:
    root = ElementTree.fromstring(label("S//REL TO USA, AUS, GBR/DISPLAY ONLY AFG"))
    (own,) = root.iter(f"{SLAB}originatorConfidentialityLabel")
    information = own[0]
    assert information.findtext(f"{SLAB}PolicyIdentifier") == "USA"
    assert information.findtext(f"{SLAB}Classification") == "SECRET"
    categories = {
        (one.get("TagName"), one.get("Type")): [value.text for value in one]
        for one in information.iter(f"{SLAB}Category")
    }
    assert categories == {
        ("Releasable To", "PERMISSIVE"): ["USA", "AUS", "GBR"],
        ("Display Only", "PERMISSIVE"): ["AFG"],
    }
    assert own.findtext(f"{SLAB}CreationDateTime", "").startswith("2026-11-30T12:00:00")
    assert own.findtext(f"{SLAB}ReviewDateTime", "").endswith("Z")


def test_a_label_of_an_exercise_says_so_beside_the_marking() -> None:
    plain = label("S//REL TO USA, DEU")
    exercise = bind_label(
        parse("S//REL TO USA, DEU"), ITEM, "urn:tearline:item:1", CREATED, REVIEW, exercise=True
    )
    said = (
        '<slab:Category TagName="Administrative" Type="INFORMATIVE">'
        "<slab:GenericValue>EXERCISE</slab:GenericValue></slab:Category>"
    )
    assert said not in plain
    assert exercise.replace(said, "") == plain
    assert exercise.count(said) == 1


def test_no_control_of_a_marking_is_missing_in_its_label() -> None:
    text = "TS//SI-G/BALK//FGI DEU//CUI//SP-AIV/LEI//OC/NF//DS"
    written = ElementTree.fromstring(label(text))
    values = {one.text for one in written.iter(f"{SLAB}GenericValue")}
    assert values == {"SI", "SI-G", "BALK", "DEU", "SP-AIV", "LEI", "OC", "NF", "DS"}


def test_a_label_is_written_to_the_letter() -> None:
    """Hold the words of ADatP-4774: element names, tag names, types, and their order."""
    text = bind_label(
        parse("TS//SI/BALK//FGI DEU//CUI//SP-AIV/LEI//OC/REL TO USA, GBR/DISPLAY ONLY AFG//DS"),
        b"",
        "urn:x",
        CREATED,
        REVIEW,
    )

    def category(name: str, kind: str, *values: str) -> str:
        inside = "".join(f"<slab:GenericValue>{one}</slab:GenericValue>" for one in values)
        return f'<slab:Category TagName="{name}" Type="{kind}">{inside}</slab:Category>'

    assert text == (
        '<mb:BindingInformation xmlns:mb="urn:nato:stanag:4778:bindinginformation:1:0" '
        'xmlns:slab="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" '
        'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><mb:MetadataBindingContainer>'
        "<mb:MetadataBinding><mb:Metadata><slab:originatorConfidentialityLabel>"
        "<slab:ConfidentialityInformation><slab:PolicyIdentifier>USA</slab:PolicyIdentifier>"
        "<slab:Classification>TOP SECRET</slab:Classification>"
        + category("Releasable To", "PERMISSIVE", "USA", "GBR")
        + category("Display Only", "PERMISSIVE", "AFG")
        + category("Special Category Designators", "RESTRICTIVE", "SI", "BALK")
        + category("FGI", "RESTRICTIVE", "DEU")
        + category("Dissemination", "RESTRICTIVE", "OC")
        + category("Non-IC", "RESTRICTIVE", "DS")
        + category("CUI", "RESTRICTIVE", "SP-AIV", "LEI")
        + "</slab:ConfidentialityInformation>"
        "<slab:CreationDateTime>2026-11-30T12:00:00.000000Z</slab:CreationDateTime>"
        "<slab:ReviewDateTime>2027-11-30T00:00:00.000000Z</slab:ReviewDateTime>"
        "</slab:originatorConfidentialityLabel></mb:Metadata>"
        '<mb:DataReference URI="urn:x">'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>"
        "</mb:DataReference></mb:MetadataBinding></mb:MetadataBindingContainer>"
        "</mb:BindingInformation>\n"
    )


@pytest.mark.parametrize(
    ("text", "policy", "level", "categories"),
    [
        ("//NS", "NATO", "SECRET", {}),
        ("//DEU TS", "DEU", "TOP SECRET", {}),
        ("//DEU GBR S", "DEU GBR", "SECRET", {}),
        (
            "//JOINT S GBR USA//REL TO USA, GBR",
            "JOINT",
            "SECRET",
            {
                ("Context", "INFORMATIVE"): ["GBR", "USA"],
                ("Releasable To", "PERMISSIVE"): ["USA", "GBR"],
            },
        ),
        ("S//FGI", "USA", "SECRET", {("FGI", "RESTRICTIVE"): ["FGI"]}),
        ("CUI", "USA", "UNCLASSIFIED", {("CUI", "RESTRICTIVE"): ["CUI"]}),
        ("U", "USA", "UNCLASSIFIED", {}),
    ],
)
def test_a_label_names_owners_level_and_what_restricts(
    text: str, policy: str, level: str, categories: dict[tuple[str, str], list[str]]
) -> None:
    root = ElementTree.fromstring(bind_label(parse(text), ITEM, "urn:x", CREATED))
    assert root.findtext(f".//{SLAB}PolicyIdentifier") == policy
    assert root.findtext(f".//{SLAB}Classification") == level
    assert root.find(f".//{SLAB}ReviewDateTime") is None
    created = root.findtext(f".//{SLAB}CreationDateTime")
    assert created == "2026-11-30T12:00:00.000000Z"
    label = root.find(f".//{SLAB}originatorConfidentialityLabel")
    assert label is not None
    assert [one.tag.removeprefix(SLAB) for one in label] == [
        "ConfidentialityInformation",
        "CreationDateTime",
    ]
    assert "".join(label.itertext()) == "".join(
        [policy, level, *(v for values in found(root).values() for v in values), created]
    )
    assert found(root) == categories


def found(root: ElementTree.Element) -> dict[tuple[str | None, str | None], list[str | None]]:
    """Return the categories of a label by name and type."""
    return {
        (one.get("TagName"), one.get("Type")): [value.text for value in one]
        for one in root.iter(f"{SLAB}Category")
    }


def test_an_originator_that_says_the_same_gets_no_label_of_its_own() -> None:
    marking = parse("S//REL TO USA, AUS")
    alone = bind_label(marking, ITEM, "urn:x", CREATED)
    assert bind_label(marking, ITEM, "urn:x", CREATED, originator=parse("S//REL TO USA, AUS")) == (
        alone
    )
    assert "alternative" not in alone
    beside = bind_label(parse("U"), ITEM, "urn:x", CREATED, originator=marking)
    metadata = "{urn:nato:stanag:4778:bindinginformation:1:0}Metadata"
    root = ElementTree.fromstring(beside)
    assert [len(one) for one in root.iter(metadata)] == [1, 1]
    assert not any(one.text or one.tail for one in root.iter(metadata))


def test_neither_the_recipients_nor_the_originators_marking_may_be_illegal() -> None:
    illegal = Marking(Classification.S, ("REL", "NF"), ("USA", "GBR"))
    for marking, originator in ((illegal, parse("U")), (parse("U"), illegal)):
        with pytest.raises(MarkingError, match="ISM-ID-00033"):
            bind_label(marking, ITEM, "urn:x", CREATED, originator=originator)


def test_natos_own_label_names_nato_and_cosmic() -> None:
    root = ElementTree.fromstring(label("//CTS"))
    assert root.findtext(f".//{SLAB}PolicyIdentifier") == "NATO"
    assert root.findtext(f".//{SLAB}Classification") == "COSMIC TOP SECRET"


def test_the_originators_label_stands_beside_that_of_the_recipient() -> None:
    originator = parse("S//REL TO USA, AUS, GBR")
    text = bind_label(parse("U"), ITEM, "urn:x", CREATED, originator=originator)
    root = ElementTree.fromstring(text)
    levels = {
        one.tag.removeprefix(SLAB): one.findtext(f".//{SLAB}Classification")
        for one in root.iter()
        if one.tag.endswith("ConfidentialityLabel")
    }
    assert levels == {
        "originatorConfidentialityLabel": "SECRET",
        "alternativeConfidentialityLabel": "UNCLASSIFIED",
    }


@given(st.binary(), st.binary())
def test_a_label_is_bound_to_its_bytes_and_to_no_others(item: bytes, other: bytes) -> None:
    text = label("S//NF", item)
    assert binding_fault(text, item) is None
    if other != item:
        assert "other bytes" in str(binding_fault(text, other))


def test_a_label_that_cannot_be_checked_is_at_fault() -> None:
    text = label("U")
    assert "no XML" in str(binding_fault(text[:-20], ITEM))
    assert "must hold one" in str(binding_fault("<a/>", ITEM))
    assert "cannot be checked" in str(binding_fault(text.replace("sha256", "md5"), ITEM))


def test_spaces_in_a_digest_count_for_nothing_and_text_elsewhere_is_no_digest() -> None:
    text = label("U")
    digest = text.split("<ds:DigestValue>")[1].split("<")[0]
    spaced = text.replace(digest, f"\n {digest[:9]} {digest[9:]}\n")
    assert binding_fault(spaced, ITEM) is None
    assert binding_fault(text.replace("</ds:DigestValue>", "</ds:DigestValue>more"), ITEM) is None
    assert binding_fault(text.replace("<mb:Meta", "more<mb:Meta", 1), ITEM) is None


def test_several_digests_or_methods_cannot_be_checked() -> None:
    text = label("U")
    value = text[text.index("<ds:DigestValue>") : text.index("</mb:DataReference>")]
    method = text[text.index("<ds:DigestMethod") : text.index("<ds:DigestValue>")]
    assert "must hold one" in str(binding_fault(text.replace(value, value * 2), ITEM))
    assert "must hold one" in str(binding_fault(text.replace(value, ""), ITEM))
    for wrong in (method * 2, "", "<ds:DigestMethod/>"):
        assert "cannot be checked" in str(binding_fault(text.replace(method, wrong), ITEM))


def test_an_illegal_marking_gets_no_label() -> None:
    illegal = Marking(Classification.S, ("REL", "NF"), ("USA", "GBR"))
    with pytest.raises(MarkingError, match="ISM-ID-00033"):
        bind_label(illegal, ITEM, "urn:x", CREATED)


def test_what_is_put_into_a_label_cannot_leave_its_element() -> None:
    text = bind_label(parse("U"), ITEM, 'urn:"><evil/>', CREATED)
    assert "<evil" not in text
    assert binding_fault(text, ITEM) is None


@pytest.mark.parametrize("text", ["TLP:AMBER+STRICT", "amber+strict", " tlp:amber+strict "])
def test_a_tlp_label_is_read_with_or_without_its_prefix(text: str) -> None:
    assert parse_tlp(text) is Tlp.AMBER_STRICT


@pytest.mark.parametrize("text", ["TLP:WHITE", "SECRET", "", "TLP:"])
def test_what_is_no_label_of_tlp_2_is_refused(text: str) -> None:
    known = "RED, AMBER+STRICT, AMBER, GREEN, CLEAR"
    with pytest.raises(MarkingError) as caught:
        parse_tlp(text)
    assert str(caught.value) == f"{text!r} is no label of TLP 2.0: choose of {known}"


def test_the_tlp_label_of_a_whole_is_the_most_restrictive_of_its_parts() -> None:
    for one, other in product(Tlp, repeat=2):
        whole = roll_up_tlp([one, other])
        assert whole == roll_up_tlp([other, one])
        assert one.permits(whole)
        assert other.permits(whole)
    assert not Tlp.AMBER.permits(Tlp.GREEN)
    with pytest.raises(MarkingError, match="no label"):
        roll_up_tlp([])
