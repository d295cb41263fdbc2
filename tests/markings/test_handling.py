"""The second line of a banner: written, read, rolled up, and never dropped."""

from datetime import UTC, datetime

import pytest

from sharing.errors import MarkingError
from sharing.markings import (
    Classification,
    Marking,
    bind_label,
    explain_roll_up,
    from_attributes,
    parse,
    roll_up,
    to_attributes,
)

S = {"classification": "S", "ownerProducer": "USA"}


@pytest.mark.parametrize(
    ("tokens", "channels", "line"),
    [
        ("HVCO", "ALPHA BRAVO", "HANDLE VIA ALPHA BRAVO CHANNELS ONLY"),
        ("HVCO", "Alpha, B&C", "HANDLE VIA Alpha, B&C CHANNELS ONLY"),
        ("CUSPI", "", "CONTENTS INCLUDE US PERSON INFORMATION"),
        (
            "SSS DPPD AWP ACPI",
            "",
            "ATTORNEY-CLIENT PRIVILEGED INFO/ATTORNEY WORK PRODUCT/"
            "DELIBERATIVE PROCESS PRIVILEGED DOCUMENT/SOURCE SELECTION SENSITIVE",
        ),
        ("SSS HVCO", "ALPHA", "HANDLE VIA ALPHA CHANNELS ONLY/SOURCE SELECTION SENSITIVE"),
    ],
)
def test_a_second_line_stands_behind_the_banner_alone(
    tokens: str, channels: str, line: str
) -> None:
    given = {**S, "disseminationControls": "NF", "secondBannerLine": tokens}
    given |= {"handleViaChannels": channels} if channels else {}
    marking = from_attributes(given)
    assert (marking.banner, marking.portion) == (f"SECRET//NOFORN|{line}", "(S//NF)")
    assert parse(marking.banner) == marking
    assert to_attributes(marking) == {**given, "secondBannerLine": " ".join(marking.second_line)}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"secondBannerLine": "SSI"}, "'SSI' .* no second line"),
        ({"secondBannerLine": "HVSACO"}, r"SAP \(HVSACO\) is not supported"),
        ({"secondBannerLine": "HVCO", "handleViaChannels": "SPECIAL ACCESS"}, "SAP .HANDLE VIA"),
        ({"secondBannerLine": "HVCO"}, "HVCO needs some"),
        ({"secondBannerLine": "HVCO", "handleViaChannels": "A/B"}, "names no channels"),
        ({"secondBannerLine": "HVCO", "handleViaChannels": "A|B"}, "names no channels"),
        ({"secondBannerLine": "HVCO", "handleViaChannels": "ÄB"}, "names no channels"),
        ({"handleViaChannels": "ALPHA"}, "without HVCO"),
    ],
)
def test_one_that_is_not_known_or_incomplete_is_refused(fields: dict[str, str], said: str) -> None:
    with pytest.raises(MarkingError, match=said):
        from_attributes({**S, **fields})


@pytest.mark.parametrize(
    "text",
    [
        "S|HANDLE VIA A CHANNELS ONLY B",
        "S//NF|",
        "S|HVCO",
        "S|NOFORN",
        "S|SSS/SSS",
        "S|HANDLE VIA CHANNELS ONLY",
        "S|SSS|",
    ],
)
def test_one_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(MarkingError):
        parse(text)


def test_a_whole_is_handled_as_all_its_portions_are() -> None:
    one = Marking(Classification.S, second_line=("HVCO",), channels="BRAVO")
    two = Marking(Classification.S, second_line=("HVCO", "CUSPI"), channels="ALPHA AND BRAVO")
    found = explain_roll_up([one, two, Marking(Classification.U)])
    via = "HANDLE VIA ALPHA AND BRAVO CHANNELS ONLY"
    assert found.marking.banner == f"SECRET|CONTENTS INCLUDE US PERSON INFORMATION/{via}"
    assert ("second-line", "CUSPI HVCO") in [(step.rule, step.text) for step in found.steps]
    assert roll_up([two, one]) == roll_up([roll_up([one]), two])


def test_channels_have_single_spaces_between() -> None:
    spaced = Marking(Classification.S, second_line=("HVCO",), channels=" ALPHA  BRAVO ")
    assert spaced.channels == "ALPHA BRAVO"


def test_it_restricts_and_stands_in_the_label() -> None:
    marking = parse("U|HANDLE VIA ALPHA CHANNELS ONLY/SOURCE SELECTION SENSITIVE")
    assert marking.controls == {"HANDLING"}
    assert not marking.is_unrestricted
    label = bind_label(marking, b"", "urn:x", datetime(2026, 11, 30, tzinfo=UTC))
    assert (
        '<slab:Category TagName="Handling" Type="RESTRICTIVE">'
        "<slab:GenericValue>HVCO ALPHA</slab:GenericValue>"
        "<slab:GenericValue>SSS</slab:GenericValue></slab:Category>"
    ) in label
