"""`tearline manoeuvres` lists what the histories show, and bears what files hold."""

import csv
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sda.elements import write_tle

sys.path.append(str(Path(__file__).parents[1] / "rpo"))
from burning import BEGIN, LOW, Burn, history

COLUMNS = [
    "norad_id", "start_utc", "end_utc", "kind", "delta_v_m_s", "confidence", "purpose",
    "semi_major_change_km", "plane_change_deg",
]  # fmt: skip


@pytest.fixture(scope="module")
def tracks():
    """The text of two satellites, of which one burns and the other does not."""
    burning = history(LOW, {60.3: Burn(axis_m=20.0)}, days=120.0, axis_sigma_m=0.3)
    idle = history(replace(LOW, norad_id=91003), days=120.0, axis_sigma_m=0.3, seed=1)
    return "".join(f"{line}\n" for one in (*idle, *burning) for line in write_tle(one))


@pytest.fixture
def file(tmp_path, tracks):
    path = tmp_path / "history.tle"
    path.write_text(tracks)
    return path


def test_the_list_has_the_columns_of_the_contract(tearline, file):
    done = tearline("manoeuvres", file)
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in json.loads(done.stdout) if row["confidence"] >= 0.5]
    assert list(row) == COLUMNS
    assert row["norad_id"] == 91001
    assert row["start_utc"] < f"{BEGIN.replace(month=4, day=30):%Y-%m-%dT}07" < row["end_utc"]
    assert len(row["start_utc"]) == len("2019-04-30T07:12:00.000000Z")
    assert row["kind"] == "in-plane"
    assert row["purpose"] == "station-keeping"
    assert row["delta_v_m_s"] == pytest.approx(0.0104, rel=0.2)
    assert "2 objects; 1 manoeuvres detected" in done.stderr


def test_csv_has_the_same_rows_and_goes_to_a_file(tearline, file, tmp_path):
    rows = json.loads(tearline("manoeuvres", file).stdout)
    out = tmp_path / "rows.csv"
    done = tearline("manoeuvres", file, "--format", "csv", "--out", out)
    assert (done.returncode, done.stdout) == (0, "")
    table = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [row["start_utc"] for row in table] == [row["start_utc"] for row in rows]


def test_only_the_objects_asked_for_are_looked_at(tearline, file):
    done = tearline("manoeuvres", file, "--norad", "91003", "--norad", "7")
    assert done.returncode == 0
    assert [row for row in json.loads(done.stdout) if row["confidence"] >= 0.5] == []
    assert "no element set of 7" in done.stderr


def test_the_archive_tells_the_same(tearline, file):
    assert tearline("ingest", file).returncode == 0
    stored = tearline("manoeuvres", "db", "--norad", "91001")
    assert stored.returncode == 0, stored.stderr
    read = json.loads(tearline("manoeuvres", file, "--norad", "91001").stdout)
    assert json.loads(stored.stdout) == read


def test_few_sets_give_an_empty_list(tearline, tmp_path, tracks):
    path = tmp_path / "short.tle"
    path.write_text("".join(tracks.splitlines(keepends=True)[:6]))
    done = tearline("manoeuvres", path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "1 with fewer than 5 sets" in done.stderr


@pytest.mark.parametrize("text", ["", "nonsense\n", "1 25544U\n2 25544\n"])
def test_a_file_without_element_sets_is_one_line(tearline, tmp_path, text):
    path = tmp_path / "bad.tle"
    path.write_text(text)
    done = tearline("manoeuvres", path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("tearline: no usable element set is left")


def test_a_file_that_is_not_there_is_named(tearline, tmp_path):
    done = tearline("manoeuvres", tmp_path / "nowhere.tle")
    assert done.returncode == 1
    assert "nowhere.tle" in done.stderr
