"""What is not a message is refused in one line that names file, line, field and form."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from cdm_messages import JSON, KVN, XML, sample, values

from sda.ccsds import CdmFormat, Entry, read_cdm, read_cdm_text, warnings_of, write_cdm
from sda.ccsds.keywords import KEYWORDS, Block
from sda.errors import MessageError


def kvn(keyword: str, line: str | None, which: int = 0) -> str:
    """Return the sample with one line of a keyword replaced, or left out."""
    lines = KVN.split("\n")
    at = [i for i, one in enumerate(lines) if one.partition("=")[0].strip() == keyword][which]
    lines[at : at + 1] = [] if line is None else [line]
    return "\n".join(lines)


def refusal(text: str) -> str:
    with pytest.raises(MessageError) as caught:
        read_cdm_text(text, "some.cdm")
    message = str(caught.value)
    assert message.startswith("some.cdm, line ")
    assert "\n" not in message
    assert len(message) < 500
    return message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file is empty"),
        (" \n\n", "the file is empty"),
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page"),
        ("1 25544U 98067A", "CCSDS_CDM_VERS does not stand first"),
        ("COMMENT nothing else", "no CCSDS_CDM_VERS in the file"),
        (kvn("CCSDS_CDM_VERS", "CCSDS_CDM_VERS = 3.0"), "'3.0' is not a version"),
        (kvn("TCA", None), "TCA is missing"),
        (kvn("TCA", "TCA ="), "TCA is empty; expected TCA = YYYY-MM-DDThh:mm:ss.sss"),
        (kvn("TCA", "TCA = 2026-13-01T00:00:00"), "TCA '2026-13-01T00:00:00' is no such day"),
        (kvn("TCA", "TCA = 2025-366T00:00:00"), "is no such day or time"),
        (kvn("TCA", "TCA = tomorrow"), "TCA 'tomorrow' is not a time of CCSDS"),
        (kvn("TCA", "TCA 2026"), "a line without an equals sign"),
        (kvn("TCA", "TCA = 2026-01-01T00:00:00\nTCA = 2026-01-01T00:00:00"), "TCA stands twice"),
        (kvn("TCA", "TIME_OF_CLOSEST = 1"), "'TIME_OF_CLOSEST' is not a keyword of a CDM"),
        (kvn("TCA", "X = 1 [km]"), "X stands before OBJECT"),
        (kvn("X", "X = 1 [km]\nTCA = 2026-01-01T00:00:00"), "TCA stands in the data of an object"),
        (kvn("RELATIVE_SPEED", "ORIGINATOR = X"), "ORIGINATOR stands in the relative data"),
        (kvn("OBJECT", "OBJECT = OBJECT2"), "OBJECT 'OBJECT2' where the data of object 1 begin"),
        (kvn("OBJECT", "OBJECT = OBJECT1", 1), "OBJECT 'OBJECT1' where the data of object 2"),
        (kvn("OBJECT", None, 1), "stands twice; expected OBJECT_DESIGNATOR once for object 1"),
        (KVN + "OBJECT = OBJECT2\n", "OBJECT stands a third time"),
        (kvn("TCA", "USER_DEFINED_X = 1"), "'USER_DEFINED_X' stands before the objects"),
        (kvn("X", "X = 1_0 [km]"), "X '1_0' is not a number; expected X = a number [km]"),
        (kvn("X", "X = ١ [km]"), "is not a number"),
        (kvn("X", "X = NaN [km]"), "X 'NaN' is not a finite number"),
        (kvn("X", "X = 7000000 [m]"), "X is given in 'm'; expected X in km"),
        (kvn("X", "X = 7000 ["), "X is given in ''"),
        (kvn("CR_R", "CR_R = 1 [km**2]"), "CR_R is given in 'km**2'; expected CR_R in m**2"),
        (kvn("MISS_DISTANCE", "MISS_DISTANCE = 0.2 [km]"), "MISS_DISTANCE is given in 'km'"),
        (kvn("RELATIVE_SPEED", "RELATIVE_SPEED = inf [m/s]"), "is not a finite number"),
        (kvn("OBS_USED", "OBS_USED = 1.5"), "OBS_USED '1.5' is not a whole number"),
        (kvn("COLLISION_PROBABILITY", "COLLISION_PROBABILITY = 1.2"), "is not a probability"),
        (kvn("REF_FRAME", "REF_FRAME = TEME"), "expected REF_FRAME = GCRF or EME2000 or ITRF"),
        (kvn("MANEUVERABLE", "MANEUVERABLE = MAYBE"), "expected MANEUVERABLE = YES or NO or N/A"),
        (kvn("OBJECT_NAME", "OBJECT_NAME = a\0b"), "holds a control character"),
        (XML[:2000], "the XML is cut or broken here"),
        (XML.replace("<cdm", '<!DOCTYPE cdm [<!ENTITY a "b">]>\n<cdm', 1), "a document type"),
        ("<omm/>", "no <cdm>: <omm>"),
        ("<ndm></ndm>", "no <cdm> message in the XML"),
        (XML.replace("</cdm>", "</cdm><cdm/>"), "cut or broken"),
        (XML.replace("<segment>", "<piece>").replace("</segment>", "</piece>"), "<piece> stands"),
        (XML.replace("<MASS", '<MASS colour="red"', 1), "MASS has the attribute 'colour'"),
        (XML.replace("<stateVector>", "<stateVector><MASS>1</MASS>", 1), "MASS stands in <stateV"),
        (XML.replace("<stateVector>", "<stateVector><MESS>1</MESS>", 1), "'MESS' is not a keyword"),
        (XML.replace("<stateVector>", "<stateVector>loose", 1), "a text outside the elements"),
        (XML.replace("<OBJECT_NAME>", '<OBJECT_NAME units="m">', 1), "takes no unit"),
        (JSON[:500], "the JSON is cut or broken here"),
        (JSON + "{}", "text after the end of the JSON"),
        ("[]", "not an object, nor a list of them"),
        ("[1]", "not an object, nor a list of them"),
        ("[" * 100_000, "nested too deeply"),
        ('{"CDM_ID": "1", "TCA": "2026-01-01T00:00:00"}', "CCSDS_CDM_VERS is missing"),
        (JSON.replace('"SAT1_EARTH_TIDES": "NO"', '"SAT1_EARTH_TIDES": false'), "neither text nor"),
        (JSON.replace('"ORIGINATOR"', '"TCA": "x",\n  "ORIGINATOR"'), "TCA 'x' is not a time"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, said):
    assert said in refusal(text)


def test_the_first_of_two_faults_is_told_with_its_line():
    late = kvn("TCA", "TCA = never")
    late = late.replace("CNDOT_NDOT", "NONSENSE")
    assert "line 9: TCA 'never'" in refusal(late)
    document = XML.replace(">2026-10-20T14", ">never").replace(
        "</segment>", "<nonsense/></segment>"
    )
    assert "TCA 'never" in refusal(document)


def test_a_fault_in_json_is_told_with_the_line_of_its_key():
    broken = JSON.replace('"SAT2_Y_DOT": ', '"SAT2_Y_DOT": "x", "WAS": ')
    line = 1 + broken[: broken.index('"SAT2_Y_DOT"')].count("\n")
    assert f"line {line}: Y_DOT 'x' is not a number" in refusal(broken)


def test_a_message_cannot_be_made_that_would_not_be_one():
    cdm = sample()
    for changes in (
        {"relative": cdm.relative[1:]},
        {"header": (*cdm.header, Entry("X", "1"))},
        {"object_1": cdm.object_2},
        {"version": "1.1"},
        {"closing_comments": ("two\nlines",)},
        {"closing_comments": (" blanks ",)},
        {"user_defined": (Entry("USER_DEFINED_A B", "1"),)},
        {"user_defined": (Entry("USER_DEFINED_A", "1"), Entry("USER_DEFINED_A", "2"))},
        {"user_defined": (Entry("USER_DEFINED_A", "1", "m"),)},
    ):
        given = {name: getattr(cdm, name) for name in cdm.__slots__} | changes
        with pytest.raises(MessageError, match="; expected "):
            type(cdm)(**given)


def test_entries_are_put_in_the_order_of_the_standard():
    cdm = sample()
    given = {name: getattr(cdm, name) for name in cdm.__slots__}
    shuffled = type(cdm)(**given | {"object_1": (cdm.object_1[0], *cdm.object_1[:0:-1])})
    assert shuffled == cdm


@pytest.mark.parametrize("block", [Block.STATE, Block.COVARIANCE, Block.METADATA, Block.HEADER])
def test_every_obligatory_keyword_is_asked_for(block):
    for spec in KEYWORDS:
        if spec.obligatory and spec.block is block and spec.name != "OBJECT":
            assert f"{spec.name} is missing" in refusal(kvn(spec.name, None))


def test_times_are_read_by_calendar_by_day_of_year_and_through_a_leap_second():
    def tca(text):
        (cdm,) = read_cdm_text(kvn("TCA", f"TCA = {text}"), "some.cdm")
        assert cdm.text("TCA") == text
        return cdm.time("TCA")

    assert tca("2017-232T05:02:35.819") == datetime(2017, 8, 20, 5, 2, 35, 819000, UTC)
    assert tca("2016-12-31T23:59:60.5") == datetime(2017, 1, 1, 0, 0, 0, 500000, UTC)
    assert tca("2026-10-20T14:03:27.4150004Z") == datetime(2026, 10, 20, 14, 3, 27, 415000, UTC)


def test_several_messages_of_one_file_are_all_read(tmp_path):
    cdm = sample()
    for format in CdmFormat:
        path = tmp_path / f"many.{format}.gz"
        path.write_bytes(gzip.compress(write_cdm([cdm, cdm, cdm], format).encode()))
        assert list(map(values, read_cdm(path))) == [values(cdm)] * 3
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MessageError, match="compressed file is cut"):
        read_cdm(path)
    with pytest.raises(MessageError, match="check its name and permissions"):
        read_cdm(tmp_path / "absent")


def test_bytes_that_are_not_utf8_are_latin_1(tmp_path):
    path = tmp_path / "some.cdm"
    path.write_bytes(kvn("OPERATOR_ORGANIZATION", "OPERATOR_ORGANIZATION = MÜ").encode("latin-1"))
    assert read_cdm(path)[0].text("OPERATOR_ORGANIZATION", 1) == "MÜ"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [KVN, XML, XML.replace("UTF-8", "UTF-16"), JSON])
def test_utf16_is_told_by_its_mark(tmp_path, text, encoding):
    path = tmp_path / "some.cdm"
    path.write_bytes(f"\ufeff{text}".encode(encoding))
    assert values(read_cdm(path)[0]) == values(sample())


def test_a_unit_with_its_power_in_another_spelling_is_the_unit():
    (cdm,) = read_cdm_text(KVN.replace("**", "^"), "some.cdm")
    assert cdm.entry("CR_R", 1).unit == "m^2"
    assert any("CR_R of object 1 is given in 'm^2'" in said for said in warnings_of(cdm))


def test_line_ends_byte_order_marks_and_blanks_do_not_matter():
    cdm = sample()
    for text in ("\ufeff" + KVN.replace("\n", "\r\n"), "\n " + KVN.replace(" = ", "="), XML):
        assert values(read_cdm_text(text, "some.cdm")[0]) == values(cdm)
    assert values(read_cdm_text(XML.replace("<", "<ndm:").replace("<ndm:/", "</ndm:")
        .replace("<ndm:?", "<?"), "some.cdm")[0]) == values(cdm)  # fmt: skip


def test_json_of_publishers_is_read_with_what_they_add():
    flat = json.loads(JSON)
    given = {"CONSTELLATION": "X", "CDM_ID": "7", "FILENAME": "f", "INSERT_EPOCH": "2026-10-19"}
    for key, value in flat.items():
        if "COMMENT" not in key:
            given[key] = None if value is None else str(value)
        if key == "SAT1_WEIGHTED_RMS":
            given["SAT1_COMMENT_INCLINATION"] = "Inclination = 97.0  [deg]"
    given |= {
        "TCA": "2026-10-20 14:03:27",
        "TCA_FRACTION": "0",
        "RHO": "1",
        "SAT1_OBJECT": "OBJECT1",
    }
    (cdm,) = read_cdm_text(json.dumps([given]), "some.json")
    assert cdm.time("TCA") == datetime(2026, 10, 20, 14, 3, 27, tzinfo=UTC)
    assert cdm.number("X", 2) == sample().number("X", 2)
    assert cdm.entry("AREA_PC", 1).comments == ("Inclination = 97.0  [deg]",)
    assert warnings_of(cdm) == ()
    fraction = json.dumps(given | {"TCA_FRACTION": "415"})
    assert "TCA_FRACTION 415 has no unit" in refusal(fraction)
    twice = JSON.replace('"ORIGINATOR"', '"CCSDS_CDM_VERS": "1.0", "ORIGINATOR"')
    assert "CCSDS_CDM_VERS stands twice" in refusal(twice)


def test_absent_empty_and_unknown_keywords_are_told_apart():
    cdm = sample()
    assert cdm.entry("COLLISION_PROBABILITY").value == ""
    assert cdm.number("COLLISION_PROBABILITY") is None
    assert cdm.entry("CLASSIFICATION") is None
    assert cdm.time("SCREEN_ENTRY_TIME") is None
    for keyword, obj in (("X", None), ("TCA", 1), ("NONSENSE", None), ("X", 3)):
        with pytest.raises(KeyError):
            cdm.entry(keyword, obj)
