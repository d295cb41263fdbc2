"""Tables whose fields hold TLE lines are read like the lines themselves."""

import json

import pytest

from sda.elements import read_files, read_text

ONE = "1 25544U 98067A   18184.80969102  .00001614  00000-0  31745-4 0  9993"
TWO = "2 25544  51.6414 295.8524 0003435 262.6267 204.2868 15.54005638121106"
LINES = read_text(f"ISS (ZARYA)\n{ONE}\n{TWO}", "file").elements


@pytest.mark.parametrize(
    "text",
    [
        f"norad,name,epoch_utc,line1,line2\n25544,ISS (ZARYA),2018-07-03,{ONE},{TWO}\n",
        f'"NORAD_CAT_ID","OBJECT_NAME","TLE_LINE1","TLE_LINE2"\r\n'
        f'"25544","ISS (ZARYA)","{ONE}","{TWO}"\r\n',
        f"TLE_LINE0,TLE_LINE1,TLE_LINE2\n0 ISS (ZARYA),{ONE},{TWO}",
        f"LINE1,LINE2,NAME\n{ONE},{TWO},ISS (ZARYA)",
        json.dumps([{"TLE_LINE0": "0 ISS (ZARYA)", "TLE_LINE1": ONE, "TLE_LINE2": TWO}]),
        json.dumps({"name": "ISS (ZARYA)", "norad": 25544, "line1": ONE, "line2": TWO}),
    ],
)
def test_lines_in_fields_are_read_as_the_lines_alone(text):
    reading = read_text(text, "file")
    assert (reading.elements, reading.rejects) == (LINES, ())


def test_mean_elements_go_before_the_lines_beside_them():
    omm = {
        "OBJECT_NAME": "ISS (ZARYA)",
        "NORAD_CAT_ID": "25544",
        "EPOCH": "2018-07-03T19:25:57.304128",
        "MEAN_MOTION": "15.540056381",
        "ECCENTRICITY": ".0003435",
        "INCLINATION": "51.6414",
        "RA_OF_ASC_NODE": "295.8524",
        "ARG_OF_PERICENTER": "262.6267",
        "MEAN_ANOMALY": "204.2868",
        "BSTAR": ".31745E-4",
        "TLE_LINE1": ONE,
        "TLE_LINE2": TWO,
    }
    (e,) = read_text(json.dumps([omm]), "file").elements
    assert e.mean_motion_rev_day == 15.540056381


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"25545,{ONE},{TWO}", "catalogue number 25545 above lines of 25544"),
        (f"25544,{ONE},", "LINE1 or LINE2 is missing"),
        (f"25544,{ONE[:-1]}4,{TWO}", "checksum 4 where the columns give 3"),
        (f"25544,{ONE}", "2 cells under a header of 3"),
    ],
)
def test_a_bad_row_is_refused_by_its_line_and_the_rest_is_read(row, reason):
    reading = read_text(f"norad,line1,line2\n{row}\n25544,{ONE},{TWO}\n", "file")
    assert [e.norad_id for e in reading.elements] == [25544]
    (reject,) = reading.rejects
    assert reject.line == 2
    assert reason in reject.reason


def test_a_real_table_of_histories_is_read_row_by_row(shared):
    reading = read_files([shared / "rpo/element-sets.csv.gz"])
    # Ten rows of one amateur source have a checksum of its own; one pairs two objects' lines.
    assert (len(reading.elements), len(reading.rejects)) == (6366, 11)
    assert all("checksum" in r.reason or "'41714'" in r.reason for r in reading.rejects)
