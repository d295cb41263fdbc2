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


def test_no_control_of_a_marking_is_missing_in_its_label() -> None:
    text = "TS//SI-G/BALK//FGI DEU//CUI//SP-AIV/LEI//OC/NF//DS"
    written = ElementTree.fromstring(label(text))
    values = {one.text for one in written.iter(f"{SLAB}GenericValue")}
    assert values == {"SI", "SI-G", "BALK", "DEU", "SP-AIV", "LEI", "OC", "NF", "DS"}


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
    with pytest.raises(MarkingError, match=r"TLP 2\.0"):
        parse_tlp(text)


def test_the_tlp_label_of_a_whole_is_the_most_restrictive_of_its_parts() -> None:
    for one, other in product(Tlp, repeat=2):
        whole = roll_up_tlp([one, other])
        assert whole == roll_up_tlp([other, one])
        assert one.permits(whole)
        assert other.permits(whole)
    assert not Tlp.AMBER.permits(Tlp.GREEN)
    with pytest.raises(MarkingError, match="no label"):
        roll_up_tlp([])
