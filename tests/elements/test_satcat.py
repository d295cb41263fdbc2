"""Both publishers' satellite catalogues are read to the same entries; what is not read is told."""

import gzip
import json

import pytest

from sda.elements import ObjectType, SatcatEntry, read_satcat, type_of_name
from sda.errors import ElementError

CELESTRAK = """\
OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE
INVENTED A,2030-001A,900001,PAY,+,US,2030-01-01
INVENTED R/B,2030-001B,900002,R/B,,PRC,2030-01-01
INVENTED DEB,2030-001C,900003,DEB,,CIS,2030-01-01
OBJECT D,2030-001D,900004,UNK,,TBD,2030-01-01
"""
SPACE_TRACK = [
    {"NORAD_CAT_ID": "900001", "OBJECT_TYPE": "PAYLOAD", "COUNTRY_CODE": "US"},
    {"NORAD_CAT_ID": 900002, "OBJECT_TYPE": "ROCKET BODY", "COUNTRY_CODE": "PRC"},
    {"NORAD_CAT_ID": "900003", "OBJECT_TYPE": "DEBRIS", "COUNTRY_CODE": "CIS"},
    {"NORAD_CAT_ID": "900004", "OBJECT_TYPE": "TBA", "COUNTRY_CODE": "TBD"},
]
ENTRIES = {
    900_001: SatcatEntry(ObjectType.PAYLOAD, "US"),
    900_002: SatcatEntry(ObjectType.ROCKET_BODY, "PRC"),
    900_003: SatcatEntry(ObjectType.DEBRIS, "CIS"),
    900_004: SatcatEntry(ObjectType.UNKNOWN, "TBD"),
}


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "satcat"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_satcat(path)

    return read


@pytest.mark.parametrize(
    "text",
    [
        CELESTRAK,
        "\ufeff" + CELESTRAK.replace("\n", "\r\n"),
        CELESTRAK.replace("OWNER", "COUNTRY"),
        CELESTRAK.lower(),
        gzip.compress(CELESTRAK.encode()),
        json.dumps(SPACE_TRACK),
        json.dumps(SPACE_TRACK).replace("COUNTRY_CODE", "COUNTRY"),
        gzip.compress(json.dumps(SPACE_TRACK, indent=1).encode()),
    ],
    ids=["csv", "windows", "space-track", "lower", "csv.gz", "json", "satcat-json", "json.gz"],
)
def test_both_vocabularies_and_formats_give_the_same_entries(read, text):
    satcat = read(text)
    assert satcat.entries == ENTRIES
    assert satcat.rejects == ()


def test_what_is_not_known_is_left_open(read):
    rows = [
        {"NORAD_CAT_ID": "A0001", "OBJECT_TYPE": None, "COUNTRY_CODE": None},
        {"NORAD_CAT_ID": "7", "OWNER": "us"},
        {"NORAD_CAT_ID": "8", "OBJECT_TYPE": "DEB"},
    ]
    assert read(json.dumps(rows)).entries == {
        100_001: SatcatEntry(ObjectType.UNKNOWN, ""),
        7: SatcatEntry(ObjectType.UNKNOWN, "US"),
        8: SatcatEntry(ObjectType.DEBRIS, ""),
    }


def test_rows_that_cannot_be_read_are_rejected_with_line_and_reason(read):
    satcat = read(
        CELESTRAK
        + "ODD,2030-001E,900005,SATELLITE,,US,\n"
        + "NONE,2030-001F,0,PAY,,US,\n"
        + "SHORT,2030-001G,900006\n"
        + "FINE,2030-001H,900007,PAY,,US,\n"
    )
    assert satcat.entries.keys() - ENTRIES.keys() == {900_007}
    assert [reject.line for reject in satcat.rejects] == [6, 7, 8]
    reasons = [reject.reason for reject in satcat.rejects]
    assert "'SATELLITE'" in reasons[0]
    assert "'0'" in reasons[1]
    assert "3 cells" in reasons[2]
    assert satcat.rejects[0].text == "ODD,2030-001E,900005,SATELLITE,,US,"


def test_a_broken_json_object_costs_only_itself_and_is_found_again(read):
    rows = [json.dumps(row) for row in SPACE_TRACK]
    rows[1] = rows[1].replace("ROCKET BODY", "ROCKET")
    satcat = read("[" + ",\n".join(rows) + "]")
    assert satcat.entries.keys() == ENTRIES.keys() - {900_002}
    assert [reject.line for reject in satcat.rejects] == [2]
    cut = read("[" + ",\n".join(rows[2:]))
    assert cut.entries.keys() == {900_003, 900_004}
    assert "cut" in cut.rejects[0].reason


def test_of_two_entries_of_one_object_the_last_counts(read):
    again = CELESTRAK + "INVENTED A,2030-001A,900001,DEB,D,US,2030-01-01\n"
    assert read(again).entries[900_001].type is ObjectType.DEBRIS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no satellite catalogue"),
        ("<html>denied</html>", "no satellite catalogue"),
        ("1 25544U 98067A", "no satellite catalogue"),
        ("NORAD_CAT_ID,EPOCH\n5,2025-01-01T00:00:00\n", "neither OBJECT_TYPE nor OWNER"),
        ("NORAD_CAT_ID,OBJECT_TYPE\n", "no usable entry"),
        (gzip.compress(CELESTRAK.encode())[:-20], "cut or broken"),
        (b"\x1f\x8bnot gzip", "cut or broken"),
    ],
)
def test_a_file_that_is_no_satellite_catalogue_is_refused(read, content, words):
    with pytest.raises(ElementError, match=words) as caught:
        read(content)
    assert "satcat" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ElementError, match=r"none\.csv"):
        read_satcat(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SL-8 R/B", ObjectType.ROCKET_BODY),
        ("CZ-6A R/B(2)", ObjectType.ROCKET_BODY),
        ("ARIANE 44L R/B(AUX MOTOR)", ObjectType.ROCKET_BODY),
        ("SL-16 R/B DEB", ObjectType.DEBRIS),
        ("FENGYUN 1C DEB *", ObjectType.DEBRIS),
        ("BREEZE-M DEB (TANK)", ObjectType.DEBRIS),
        ("DEBUT (ORIZURU)", ObjectType.UNKNOWN),
        ("ISS (ZARYA)", ObjectType.UNKNOWN),
        ("TBA - TO BE ASSIGNED", ObjectType.UNKNOWN),
        ("", ObjectType.UNKNOWN),
    ],
)
def test_names_of_the_public_catalogue_tell_rocket_bodies_and_debris(name, kind):
    assert type_of_name(name) is kind
