"""What real files hold, good and bad, is read or refused for the right reason."""

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sda.elements import OmmFormat, newest, read_files, read_text, write_omm, write_tle
from sda.errors import ElementError
from sda.model import ElementSet

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared/data"
REAL = ROOT / "tle_samples/real"
MIXED = "bg:20221222.tle"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"real data absent: {SHARED}")

ONE = "1 25544U 98067A   18184.80969102  .00001614  00000-0  31745-4 0  9993"
TWO = "2 25544  51.6414 295.8524 0003435 262.6267 204.2868 15.54005638121106"
OMM = {
    "OBJECT_NAME": "TEST [GFZ]",
    "OBJECT_ID": None,
    "EPOCH": "2025-219T12:15:30Z",
    "MEAN_MOTION": "14.12593712",
    "ECCENTRICITY": ".0220959",
    "INCLINATION": "88.9301",
    "RA_OF_ASC_NODE": 307.4068,
    "ARG_OF_PERICENTER": 68.2155,
    "MEAN_ANOMALY": 294.2383,
    "NORAD_CAT_ID": "799501299",
    "BSTAR": ".46196E-3",
    "CLASSIFICATION_TYPE": "C",
    "RMS": "0.08",
}


def only(text: str) -> ElementSet:
    reading = read_text(text, "file")
    assert reading.rejects == ()
    (e,) = reading.elements
    return e


def refused(text: str) -> str:
    reading = read_text(text, "file")
    assert reading.elements == ()
    (reject,) = reading.rejects
    return reject.reason


def unchecked(line: str) -> str:
    """Return a line without its checksum, so that a test may edit it."""
    return line[:68]


def omm(**changes: object) -> str:
    return json.dumps({**OMM, **changes})


def test_an_epoch_is_exact_to_the_microsecond():
    # 0.80969102 day = 69957.304128 s
    assert only(f"{ONE}\n{TWO}").epoch == datetime(2018, 7, 3, 19, 25, 57, 304128, tzinfo=UTC)


@pytest.mark.parametrize(
    ("digits", "year"), [("57", 1957), ("99", 1999), ("00", 2000), ("56", 2056)]
)
def test_two_digit_years_turn_at_1957(digits, year):
    assert only(f"{unchecked(ONE[:18] + digits + ONE[20:])}\n{TWO}").epoch.year == year


def test_forms_that_old_archives_use_are_read():
    e = only(
        "1 22076U 92052  A 92238.06805350 +.00000009 +00000-0 +00000-4       \n\n"
        "2 22076 066.0797 224.2935 0003086 359.0164 001.0847 12.82723417001813"
    )
    assert (e.object_id, e.mean_motion_dot_rev_day2, e.rev_at_epoch) == ("1992-052A", 9e-8, 181)
    assert (e.ra_of_asc_node_deg, e.element_set_no, e.bstar_per_earth_radius) == (224.2935, 0, 0.0)


def test_alpha5_and_blank_padded_numbers_are_read():
    assert only(f"1 T0438{unchecked(ONE)[7:]}\n2 T0438{unchecked(TWO)[7:]}").norad_id == 270438
    assert only(f"1     5{unchecked(ONE)[7:]}\n2 00005{unchecked(TWO)[7:]}").norad_id == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ONE, "no line 2"),
        (TWO, "no line 1"),
        (f"{ONE[:-1]}4\n{TWO}", "checksum 4 where the columns give 3"),
        (f"{ONE}\n2 25545{unchecked(TWO)[7:]}", "not line 1's"),
        (f"{ONE}\n{TWO[:60]}", "60 columns long"),
        (f"{ONE}\n{TWO[:28] + TWO[29:]}", "decimal points"),
        (f"{unchecked(ONE)[:62]}4{unchecked(ONE)[63:]}\n{TWO}", "SGP4-XP"),
        (f"{ONE}\n{unchecked(TWO).replace(' 51.6414', '181.0000')}", "inclination 181.0"),
        (f"{ONE}\n{unchecked(TWO).replace('15.54005638', ' 0.00000000')}", "mean motion 0.0"),
        (f"{unchecked(ONE).replace('18184', '18O84')}\n{TWO}", "line 1"),
        (f"{unchecked(ONE).replace('18184', '18366')}\n{TWO}", "outside its year"),
        (f"{unchecked(ONE).replace('25544', 'I5544')}\n{TWO}", "Alpha-5"),
        ("No GP data found", "only as OMM"),
        ("<!DOCTYPE html><html><body>503</body></html>", "web page"),
        ("", "empty"),
        ("norad: 5", "not a format"),
        ("[]", "list is empty"),
        ("NORAD_CAT_ID,EPOCH\n5", "1 cells under a header of 2"),
        (omm(EPHEMERIS_TYPE=4), "SGP4-XP"),
        (omm(MEAN_ELEMENT_THEORY="SGP4-XP"), "MEAN_ELEMENT_THEORY"),
        (omm(MEAN_ELEMENT_THEORY="DSST"), "MEAN_ELEMENT_THEORY"),
        (omm(TIME_SYSTEM="TAI"), "TIME_SYSTEM"),
        (omm(REF_FRAME="EME2000"), "REF_FRAME"),
        (omm(ECCENTRICITY=1.0), "eccentricity 1.0"),
        (omm(ECCENTRICITY=-0.1), "eccentricity -0.1"),
        (omm(INCLINATION="nan"), "inclination nan"),
        (omm(BSTAR="inf"), "drag term"),
        (omm(BSTAR=None), "BSTAR is missing"),
        (omm(MEAN_MOTION=True), "MEAN_MOTION True is not a number"),
        (omm(MEAN_MOTION="1_5"), "not a number"),
        (omm(NORAD_CAT_ID=1_000_000_000), "catalogue number 1000000000"),
        (omm(NORAD_CAT_ID="A0000"), "not a whole number"),
        (omm(OBJECT_NAME="A\0B"), "NUL"),
        (omm(EPOCH="2025-366T00:00:00"), "no such day"),
        (omm(EPOCH="2025-02-30T00:00:00"), "no such day"),
        (omm(EPOCH="2025-08-07 12:15:30"), "not a time of CCSDS"),
    ],
)
def test_a_bad_record_is_refused_for_its_reason(text, reason):
    assert reason in refused(text)


def test_an_omm_is_read_with_what_real_publishers_leave_out():
    e = only(omm())
    assert e.epoch == datetime(2025, 8, 7, 12, 15, 30, tzinfo=UTC)
    assert (e.norad_id, e.object_id, e.name) == (799_501_299, "", "TEST [GFZ]")
    assert (e.classification, e.mean_motion_dot_rev_day2) == ("C", 0.0)


def test_a_semi_major_axis_stands_for_the_mean_motion():
    # One sidereal day at the geosynchronous radius, GM of WGS-72.
    e = only(omm(MEAN_MOTION=None, SEMI_MAJOR_AXIS="42164.2"))
    assert e.mean_motion_rev_day == pytest.approx(86400.0 / 86164.0905, abs=2e-6)


def test_the_epoch_rounds_to_the_microsecond_and_takes_leap_seconds():
    assert only(omm(EPOCH="2016-12-31T23:59:60")).epoch == datetime(2017, 1, 1, tzinfo=UTC)
    assert only(omm(EPOCH="2025-08-07T12:15:30.9999996")).epoch.second == 31


def test_radians_are_not_taken_for_degrees():
    kvn = write_omm([only(omm())], OmmFormat.KVN)
    assert only(kvn.replace("INCLINATION = 88.9301", "INCLINATION = 88.9301 [deg]"))
    assert "'rad'" in refused(kvn.replace("= 88.9301", "= 1.552 [rad]"))
    xml = write_omm([only(omm())], OmmFormat.XML)
    assert only(xml.replace("<INCLINATION>", '<INCLINATION units="deg">'))
    assert "'rad'" in refused(xml.replace("<INCLINATION>", '<INCLINATION units="rad">'))


def test_an_entity_bomb_is_not_opened():
    bomb = '<!DOCTYPE ndm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    xml = write_omm([only(omm())], OmmFormat.XML).replace("<ndm>", f"{bomb}<ndm>")
    assert "document type" in refused(xml.replace("TEST", "&b;"))


def test_the_good_sets_around_bad_records_are_read():
    text = f"ISS\n{ONE}\n{TWO}\nALONE\n{ONE}\nISS\n{ONE}\n{TWO}\nTAIL\n"
    reading = read_text(text, "file")
    assert [e.name for e in reading.elements] == ["ISS", "ISS"]
    assert [(r.line, r.text) for r in reading.rejects] == [(5, ONE), (9, "TAIL")]
    both = f"[{omm()},{omm(BSTAR='x')},\n{omm(BSTAR='y')},{{broken}},{omm()}]"
    reading = read_text(both, "file")
    assert len(reading.elements) == 2
    assert [r.line for r in reading.rejects] == [1, 2, 2]


def test_what_a_tle_cannot_hold_is_refused_in_writing():
    with pytest.raises(ElementError, match="write an OMM"):
        write_tle(only(omm()))


def test_an_epoch_that_rounds_into_the_next_year_stays_a_day_of_a_year():
    last = datetime(2024, 12, 31, 23, 59, 59, 999_900, tzinfo=UTC)
    lines = write_tle(only(omm(NORAD_CAT_ID=5, EPOCH=f"{last:%Y-%m-%dT%H:%M:%S.%f}")))
    assert lines[0][18:32] == "25001.00000000"


def test_the_real_samples_are_read_but_for_the_three_that_were_edited():
    reading = read_files([REAL])
    assert len(reading.elements) == 41
    assert [(Path(r.file).name, r.line) for r in reading.rejects] == [
        ("sgp4-verification.tle", line) for line in (100, 103, 106)
    ]
    assert {100_000, 270_449, 25_544} <= {e.norad_id for e in newest(reading.elements)}


@needs_shared
def test_a_whole_catalogue_is_read_without_a_reject():
    for file, count in (("full-2025-08-08.3le.gz", 28_319), ("full-2024-10-31.omm.csv.gz", 26_834)):
        reading = read_files([SHARED / "catalogs" / file])
        assert (len(reading.elements), reading.rejects) == (count, ())


@needs_shared
def test_the_malformed_and_foreign_samples_are_refused_and_no_others():
    reading = read_files([SHARED / "omm"])
    assert {Path(r.file).stem: r.reason for r in reading.rejects} == {
        "OMM-number-format-error": "ARG_OF_PERICENTER 'this-is-not-a-number' is not a number",
        "OMM-wrong-keyword": "'WRONG_KEYWORD' is not a keyword of an OMM",
        "OMMExample3": "REF_FRAME TOD is not for SGP4",
        "OMMExample3_utc": "REF_FRAME TOD is not for SGP4",
        "OMMExample5": "MEAN_ELEMENT_THEORY SGP4-XP is not for SGP4",
    }
    assert {e.norad_id for e in reading.elements} == {23_581, 7_646}


@needs_shared
def test_a_known_history_is_read_with_the_epochs_that_it_states():
    text = gzip.decompress((SHARED / "rpo/element-sets.csv.gz").read_bytes()).decode()
    rejects = []
    for row in csv.DictReader(text.splitlines()):
        reading = read_text(f"{row['line1']}\n{row['line2']}", row["source_snapshot"])
        rejects += reading.rejects
        for e in reading.elements:
            stated = datetime.fromisoformat(row["epoch_utc"]).replace(tzinfo=UTC)
            assert abs(e.epoch - stated) <= timedelta(microseconds=100)
            assert e.norad_id == int(row["norad"])
    # One amateur source writes a checksum of its own on line 2; one set pairs two objects' lines.
    assert Counter(r.file for r in rejects) == {"kt:c367d677__tle__trusat.json": 10, MIXED: 1}
    assert all(
        ("catalogue number '41714'" if r.file == MIXED else "checksum") in r.reason for r in rejects
    )
