"""Real and published messages: read whole, and through every chain of formats without loss."""

from itertools import permutations
from pathlib import Path

import pytest
from cdm_messages import SAMPLES, TEXT_OF, comments_by_block, sample, values

from sda.ccsds import Cdm, CdmFormat, read_cdm, read_cdm_text, warnings_of, write_cdm
from sda.errors import MessageError

MALFORMED = {
    "CDM-covariance-wrong-entry-format.txt": "line 65: CRDOT_T '-4.152E-02 this-is-not-a-number'",
    "CDM-missing-TCA.txt": "TCA is missing",
    "CDM-missing-object1-covariance-block.xml": "CR_R is missing for object 1",
    "CDM-missing-object2-state-vector.txt": "X is missing for object 2",
    "CDM-wrong-key-word.txt": "line 6: 'WRONG_KEYWORD' is not a keyword of a CDM",
    "CDMExample1InvalidTca.txt": "line 5: TCA '2010-04-31T22:37:52.618' is no such day or time",
    "CDMExample_issue1319_mandatory_empty_value.xml": "line 88: X is empty",
}
"""The published files that are broken on purpose, each with its one fault."""


def files(shared: Path) -> list[Path]:
    found = [path for path in sorted((shared / "cdm").rglob("*")) if path.is_file()]
    assert len(found) == 96
    return found


def well_formed(shared: Path) -> list[tuple[str, tuple[Cdm, ...]]]:
    return [(path.name, read_cdm(path)) for path in files(shared) if path.name not in MALFORMED]


def test_each_file_that_is_broken_on_purpose_is_refused_for_its_one_fault(shared):
    for path in files(shared):
        if fault := MALFORMED.get(path.name):
            with pytest.raises(MessageError) as refusal:
                read_cdm(path)
            assert fault in str(refusal.value)
            assert "\n" not in str(refusal.value)
            assert "; expected " in str(refusal.value)


def test_every_other_file_survives_each_chain_of_formats(shared):
    messages = well_formed(shared)
    assert len(messages) == 89
    for name, original in messages:
        for format in CdmFormat:
            back = read_cdm_text(write_cdm(original, format), name)
            assert format is CdmFormat.XML or back == original, (name, format)
        for chain in permutations(CdmFormat):
            there = original
            for format in (*chain, chain[0]):
                there = read_cdm_text(write_cdm(there, format), name)
            assert list(map(values, there)) == list(map(values, original)), (name, chain)
            for one, other in zip(there, original, strict=True):
                assert comments_by_block(one) == comments_by_block(other), (name, chain)
                assert one.comments() == other.comments()


def test_xml_that_has_been_through_xml_once_does_not_change_again(shared):
    for name, original in well_formed(shared):
        once = read_cdm_text(write_cdm(original, CdmFormat.XML), name)
        assert read_cdm_text(write_cdm(once, CdmFormat.XML), name) == once


def test_what_is_odd_but_harmless_in_real_messages_is_kept_and_told(shared):
    told = {name: warnings_of(messages[0]) for name, messages in well_formed(shared)}
    assert told["AlfanoTestCase01.cdm"] == (
        "RELATIVE_VELOCITY_R is given in 'm', by the standard it is in m/s",
        "RELATIVE_VELOCITY_T is given in 'm', by the standard it is in m/s",
        "RELATIVE_VELOCITY_N is given in 'm', by the standard it is in m/s",
        "RECOMMENDED_OD_SPAN of object 1 and 23 more are NaN, read as absent",
    )
    assert told["SingleCovTestCase1-1.cdm"] == (
        "RESIDUALS_ACCEPTED of object 1 is given in '', by the standard it is in %",
        "RESIDUALS_ACCEPTED of object 2 is given in '', by the standard it is in %",
    )
    assert told["CDM-frame-mapper.txt"] == (
        "COVARIANCE_SOURCE of object 1 and 55 more are of version 2.0 in a message of 1.0",
    )
    nasa = [path.name for path in (shared / "cdm").glob("*.cdm")]
    assert len(nasa) == 34
    assert not any(told[name] for name in nasa)


def test_digits_units_and_the_minus_of_a_designator_are_kept_as_written(shared):
    folder = shared / "cdm"
    first = "000020580_conj_000002017_20230613_001923_20230608_063715.cdm"
    (nasa,) = read_cdm(folder / first)
    assert nasa.text("X", 1) == "-5.087477994865218534e+03"
    assert nasa.number("X", 1) == -5087.477994865218534
    assert nasa.find_comment(r"HBR = ([\d.]+) \[m\]")[1] == "10"
    (example,) = read_cdm(folder / "orekit/CDMExample1.txt")
    assert example.text("INTERNATIONAL_DESIGNATOR", 1) == "1997−030E"
    (draft,) = read_cdm(folder / "orekit/CDMExample_issue_940.txt")
    assert draft.number("CDRG_DRG", 1, alternate=True) == 0.004
    assert draft.number("CDRG_DRG", 1) is None
    assert draft.text("USER_DEFINED_OBJ1_TIME_LASTOB_START") == "2020-01-29T13:30:00"


def test_the_packaged_message_is_the_same_in_all_formats_and_says_exercise():
    for format, text in TEXT_OF.items():
        (cdm,) = read_cdm(SAMPLES / f"exercise-crossing.cdm.{format}")
        assert values(cdm) == values(sample())
        assert write_cdm([sample()], format) == text
        assert any("EXERCISE" in comment for comment in cdm.comments(1))
        assert warnings_of(cdm) == ()
