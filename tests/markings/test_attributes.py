"""ISM attributes: which say what of a marking, which say nothing, and which are refused."""

from datetime import date

import pytest

from sharing.errors import MarkingError
from sharing.markings import (
    Classification,
    Marking,
    excluded,
    from_attributes,
    parse,
    roll_up,
    to_attributes,
)

S = {"classification": "S", "ownerProducer": "USA"}


def test_each_attribute_becomes_its_field_and_back() -> None:
    given = {
        "classification": "TS",
        "ownerProducer": "DEU USA",
        "joint": "true",
        "SCIcontrols": "SI SI-G",
        "nonUSControls": "BALK",
        "FGIsourceOpen": "GBR NATO",
        "FGIsourceProtected": "FGI",
        "cuiBasic": "LEI",
        "cuiSpecified": "AIV",
        "disseminationControls": "OC REL DISPLAYONLY",
        "releasableTo": "USA DEU",
        "displayOnlyTo": "AFG",
        "nonICmarkings": "DS",
        "secondBannerLine": "HVCO",
        "handleViaChannels": "ALPHA",
        "hasApproximateMarkings": "true",
        "createDate": "2018-08-10",
    }
    marking = from_attributes(given)
    assert marking == Marking(
        Classification.TS,
        ("OC", "REL", "DISPLAYONLY"),
        ("USA", "DEU"),
        ("AFG",),
        owners=("DEU", "USA"),
        joint=True,
        sci=("SI", "SI-G"),
        nato_controls=("BALK",),
        fgi_open=("GBR", "NATO"),
        fgi_protected=True,
        non_ic=("DS",),
        cui_basic=("LEI",),
        cui_specified=("AIV",),
        cui=True,
        second_line=("HVCO",),
        channels="ALPHA",
        approximate=True,
        created=date(2018, 8, 10),
    )
    assert to_attributes(marking) == given


def test_what_has_no_value_is_left_out() -> None:
    assert to_attributes(from_attributes(S)) == S


@pytest.mark.parametrize("name", ["cuiBasic", "cuiSpecified"])
def test_a_category_of_cui_needs_neither_level_nor_owner(name: str) -> None:
    marking = from_attributes({name: "LEI"})
    assert (marking.classification, marking.owners, marking.cui) == (
        Classification.U,
        ("USA",),
        True,
    )
    whole = {"classification": "U", "ownerProducer": "USA", name: "LEI"}
    assert to_attributes(marking) == whole
    classified = from_attributes({**S, name: "LEI"})
    assert (classified.classification, classified.cui) == (Classification.S, True)


def test_cui_of_no_category_is_told_by_what_it_complies_with() -> None:
    marking = from_attributes({"compliesWith": "USA-CUI-ONLY"})
    assert marking == Marking(Classification.U, cui=True)
    assert to_attributes(marking)["compliesWith"] == "USA-CUI-ONLY"
    assert not from_attributes({**S, "compliesWith": "USGov"}).cui


def test_an_owner_or_source_that_is_concealed_is_protected() -> None:
    assert from_attributes({"classification": "S", "ownerProducer": "FGI"}).fgi_protected
    assert from_attributes({**S, "FGIsourceProtected": "FGI"}).fgi_protected
    assert not from_attributes({**S, "FGIsourceOpen": "GBR"}).fgi_protected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), ("false", False), ("0", False), ("", False)],
)
def test_flags_are_words_or_digits(text: str, expected: bool) -> None:
    assert from_attributes({**S, "hasApproximateMarkings": text}).approximate is expected
    assert excluded({**S, "excludeFromRollup": text}) is expected
    assert not excluded(S)


@pytest.mark.parametrize(
    "name",
    [
        "DESVersion",
        "ISMCATCESVersion",
        "classificationReason",
        "classifiedBy",
        "compilationReason",
        "cuiControlledBy",
        "cuiControlledByOffice",
        "cuiDecontrolDate",
        "cuiDecontrolEvent",
        "cuiPOC",
        "dateOfExemptedSource",
        "declassDate",
        "declassEvent",
        "declassException",
        "declassManualReview",
        "derivativelyClassifiedBy",
        "derivedFrom",
        "excludeFromRollup",
        "exemptFrom",
        "externalNotice",
        "highWaterNATO",
        "noAggregation",
        "noticeDate",
        "noticeProsePrefix",
        "noticeReason",
        "noticeType",
        "pocType",
        "resourceElement",
        "typeOfExemptedSource",
        "unregisteredNoticeType",
    ],
)
def test_attributes_of_ism_that_say_nothing_of_release_are_let_pass(name: str) -> None:
    assert from_attributes({**S, name: "1"}) == from_attributes(S)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SARIdentifier", "SAR-X", "SAP (SARIdentifier SAR-X)"),
        ("atomicEnergyMarkings", "RD", "AEA (atomicEnergyMarkings RD)"),
        ("nonUSControls", "BALK ATOMAL", "ATOMAL (nonUSControls BALK ATOMAL)"),
        ("nonUSControls", "NATO-ATOMAL", "ATOMAL (nonUSControls NATO-ATOMAL)"),
        ("disseminationControls", "OC WAIVED", "SAP (disseminationControls OC WAIVED)"),
    ],
)
def test_a_refused_category_is_said_with_what_was_given(name: str, value: str, said: str) -> None:
    with pytest.raises(MarkingError) as caught:
        from_attributes({**S, name: value})
    assert str(caught.value) == f"{said} is not supported, and denies release"


def test_a_refused_category_without_a_value_and_a_word_elsewhere_are_let_pass() -> None:
    for name in ("SARIdentifier", "atomicEnergyMarkings"):
        assert from_attributes({**S, name: " "}) == from_attributes(S)
    for word in ("ATOMAL", "WAIVED"):
        assert from_attributes({**S, "classifiedBy": word}) == from_attributes(S)


def test_a_control_of_nato_may_name_nato() -> None:
    marking = from_attributes({**S, "SCIcontrols": "SI", "nonUSControls": "NATO-BALK NATO-BOHEMIA"})
    assert marking.nato_controls == ("BALK", "BOHEMIA")
    assert marking.banner == "SECRET//SI/BALK/BOHEMIA"


def test_what_is_exempt_from_discovery_is_an_attribute_that_no_text_shows() -> None:
    exempt_alone = "EXEMPT_FROM_ICD501_DISCOVERY"
    exempt = {**S, "disseminationControls": f"NF {exempt_alone}"}
    marking = from_attributes(exempt)
    assert (marking.banner, marking.portion) == ("SECRET//NOFORN", "(S//NF)")
    assert to_attributes(roll_up([marking])) == exempt
    fouo = {"classification": "U", "disseminationControls": "FOUO EXEMPT_FROM_ICD501_DISCOVERY"}
    assert roll_up([from_attributes({**S, **fouo})]).banner == "UNCLASSIFIED//FOUO"
    pure = {"classification": "U", "cuiBasic": "LEI", "disseminationControls": exempt_alone}
    assert from_attributes({**S, **pure}).banner == "CUI//LEI"
    alone = {**S, "disseminationControls": exempt_alone}
    assert from_attributes(alone).banner == "SECRET"
    with pytest.raises(MarkingError, match="EXEMPT"):
        parse("S//NF/EXEMPT_FROM_ICD501_DISCOVERY")


def test_a_date_that_is_given_empty_is_none() -> None:
    assert from_attributes({**S, "createDate": ""}).created is None
    with pytest.raises(MarkingError, match="createDate 'soon'"):
        from_attributes({**S, "createDate": "soon"})
