"""The screening command as a user meets it: rows, reports, bad input, interruption."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

REAL = Path(__file__).parents[2] / "tle_samples" / "real"
COLUMNS = (
    "norad_id_1", "name_1", "norad_id_2", "name_2", "kind", "tca_utc", "miss_km",
    "relative_speed_km_s", "radial_km", "in_track_km", "cross_track_km", "age_days_1",
    "age_days_2", "episode_start_utc", "episode_end_utc", "n_minima", "max_probability",
    "sigma_km", "resolvable", "dilution_km",
)  # fmt: skip
TEARLINE = Path(sys.executable).with_name("tearline")
TIME = ("--start", "2006-06-25T00:00:00Z", "--hours", "6")
WINDOW = (*TIME, "--threshold-km", "500")
SCENARIO = REAL.parent / "scenario" / "public"
EXERCISE = (SCENARIO, "--start", "2026-10-20T00:00:00Z", "--hours", "6")


def test_all_formats_hold_the_same_rows_in_the_columns_of_the_contract(tearline, tmp_path):
    by_format = {
        format: tearline("screen", REAL, *WINDOW, "--format", format)
        for format in ("csv", "json", "jsonl")
    }
    by_format["parquet"] = tearline(
        "screen", REAL, *WINDOW, "--format", "parquet", "--out", "rows.parquet"
    )
    assert [one.stderr for one in by_format.values() if one.returncode != 0] == []
    as_csv = list(csv.DictReader(io.StringIO(by_format["csv"].stdout)))
    as_json = json.loads(by_format["json"].stdout)
    as_jsonl = [json.loads(line) for line in by_format["jsonl"].stdout.splitlines()]
    assert as_json
    assert as_json == as_jsonl
    as_parquet = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert tuple(as_csv[0]) == COLUMNS
    assert [_printed(row) for row in as_parquet] == as_json
    assert [row["miss_km"] for row in as_json] == [float(row["miss_km"]) for row in as_csv]
    assert [row["tca_utc"] for row in as_csv] == [row["tca_utc"] for row in as_json]
    assert [row["tca_utc"] for row in as_json] == sorted(row["tca_utc"] for row in as_json)
    for row in as_json:
        assert row["norad_id_1"] < row["norad_id_2"]
        assert row["tca_utc"].endswith("Z")
        assert len(row["tca_utc"]) == len("2006-06-25T00:00:00.000000Z")
        assert row["n_minima"] == len(row["minima"])
        assert tuple(row) == (*COLUMNS, "minima")


def _printed(value):
    """Return a value of Parquet as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _printed(inner) for name, inner in value.items()}
    return [_printed(one) for one in value] if isinstance(value, list) else value


def test_parquet_is_not_written_on_a_terminal(environment, tmp_path):
    ours, theirs = os.openpty()
    done = subprocess.run(
        [TEARLINE, "screen", REAL, *WINDOW, "--format", "parquet"],
        env=dict(environment), cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert b"--out" in done.stderr


def test_the_number_of_workers_does_not_change_the_rows_and_is_reported(tearline, tmp_path):
    one = tearline("screen", REAL, *WINDOW, "--workers", "1", "--report", "report.json")
    three = tearline("screen", REAL, *WINDOW, "--workers", "3")
    report = json.loads((tmp_path / "report.json").read_text())
    assert one.stdout == three.stdout
    assert report["workers"] == 1
    assert report["seconds"] > 0
    assert sum(report["n_rows"].values()) == len(one.stdout.splitlines()) - 1


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_result_that_could_not_be_written_fails_before_the_files_are_read(tearline, option):
    done = tearline("screen", "nowhere.tle", *WINDOW, option, "no/such/folder")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tearline: cannot write no/such/folder: make the folder no/such first\n"


def test_a_full_disk_is_one_line(tearline):
    done = tearline("screen", REAL, *WINDOW, "--out", "/dev/full", "--max-age-days", "30")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tearline: cannot write /dev/full: No space left on device; choose another place\n"
    )


def test_rows_and_report_are_not_one_file(tearline, tmp_path):
    done = tearline("screen", REAL, *WINDOW, "--out", "one", "--report", tmp_path / "one")
    assert done.returncode == 2
    assert not (tmp_path / "one").exists()


def test_out_is_written_whole_and_says_nothing_on_stdout(tearline, tmp_path):
    done = tearline("screen", REAL, *WINDOW, "--out", "rows.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "rows.csv").read_text().startswith("norad_id_1,name_1,")
    assert not (tmp_path / "rows.csv.partial").exists()


def test_rejects_are_counted_and_reported_and_do_not_change_the_exit_status(tearline, tmp_path):
    bad = tmp_path / "bad.tle"
    good = (REAL / "sgp4-verification.tle").read_text()
    bad.write_text(good + "SHORT\n1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4\n")
    done = tearline("screen", bad, *WINDOW, "--report", "report.json")
    assert done.returncode == 0
    assert "records rejected" in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    last = report["rejected"][-1]
    assert last["file"] == str(bad)
    assert last["line"] == len(bad.read_text().splitlines())
    assert last["reason"]
    assert last["expected"]
    assert report["assumptions"]["probability"]["aspect_ratio"] == 3.0


def test_sets_older_than_asked_are_left_out_and_named(tearline):
    done = tearline(
        "screen", REAL, *WINDOW, "--max-age-days", "30", "--report", "report.json", "--out", "o.csv"
    )
    assert done.returncode == 0
    assert "too old" in done.stderr


def test_what_the_archive_holds_too_old_is_named_in_the_report(tearline, tmp_path):
    tearline("ingest", REAL)
    done = tearline("screen", "db", *WINDOW, "--report", "report.json", "--out", "rows.csv")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["too_old"]
    assert all("d old, the limit" in one["reason"] for one in report["too_old"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--start", "2006-06-25T00:00:00", "--hours", "6", "--threshold-km", "5"),
        ("--start", "yesterday", "--hours", "6", "--threshold-km", "5"),
        ("--start", "2006-06-25T00:00:00Z", "--hours", "0", "--threshold-km", "5"),
        ("--start", "2006-06-25T00:00:00Z", "--hours", "nan", "--threshold-km", "5"),
        ("--start", "2006-06-25T00:00:00Z", "--hours", "6", "--threshold-km", "-1"),
        TIME,
        (*WINDOW, "--volumes"),
        (*WINDOW, "--regime", "LOW"),
        (*WINDOW, "--type", ","),
        (*WINDOW, "--owner", "US"),
        (*WINDOW, "--satcat", "satcat.csv"),
    ],
)
def test_wrong_usage_exits_2_and_prints_no_rows(tearline, arguments):
    done = tearline("screen", REAL, *arguments)
    assert (done.returncode, done.stdout) == (2, "")


def test_primaries_keep_the_rows_that_hold_one_of_them_and_absent_ones_are_named(
    tearline, tmp_path
):
    everything = _rows(tearline("screen", *EXERCISE, "--threshold-km", "20"))
    first = everything[0]["norad_id_1"], everything[-1]["norad_id_2"]
    (tmp_path / "ours.txt").write_text(f"{first[0]} # the first\n{first[1]}, 42\n")
    arguments = (*EXERCISE, "--threshold-km", "20", "--report", "report.json")
    done = tearline("screen", *arguments, "--primaries", "ours.txt")
    wanted = [r for r in everything if {r["norad_id_1"], r["norad_id_2"]} & set(first)]
    assert _rows(done) == wanted
    assert 0 < len(wanted) < len(everything)
    assert "no usable element set: 42" in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["primaries"] == {"present": sorted(map(int, set(first))), "absent": [42]}
    assert "filters" not in report
    assert "volumes" not in report
    listed = tearline("screen", *arguments, "--primaries", ",".join(first))
    assert _rows(listed) == wanted


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("empty.txt", "no catalogue number is there"),
        (".", "is a folder"),
        ("25544,station", "'station' is no catalogue number"),
        ("424242", "none of the primaries has a usable element set (424242)"),
    ],
)
def test_a_list_that_names_nobody_is_one_line(tearline, tmp_path, given, words):
    (tmp_path / "empty.txt").touch()
    done = tearline("screen", REAL, *WINDOW, "--primaries", given)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tearline: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_filters_restrict_both_objects_and_with_primaries_what_they_meet(tearline, tmp_path):
    near = (*EXERCISE, "--threshold-km", "20")
    everything = _rows(tearline("screen", *near))
    numbers = sorted(set.union(*map(_pair, everything)), key=int)
    debris, ours = set(numbers[::2]), set(numbers[::3])
    lines = [
        f"{n},{'DEB' if n in debris else 'PAY'},{'AB' if n in ours else ''}\n" for n in numbers
    ]
    (tmp_path / "satcat.csv").write_text("NORAD_CAT_ID,OBJECT_TYPE,OWNER\n" + "".join(lines))
    known = (*near, "--satcat", "satcat.csv")
    of_type = tearline("screen", *known, "--type", "debris", "--report", "report.json")
    assert _rows(of_type) == [row for row in everything if _pair(row) <= debris] != []
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["filters"] == {"type": ["DEBRIS"], "satcat": "satcat.csv"}
    assert report["n_objects"] > len(debris)  # names tell the type of what is not in the file
    both = tearline("screen", *known, "--type", "payload,debris", "--owner", "ab")
    assert _rows(both) == [row for row in everything if _pair(row) <= ours] != []
    one = numbers[1]
    met = tearline("screen", *known, "--type", "DEBRIS", "--primaries", one)
    assert _rows(met) == [row for row in everything if one in _pair(row) <= debris | {one}] != []


def test_filters_that_nothing_passes_say_what_there_is(tearline):
    done = tearline("screen", *EXERCISE, "--threshold-km", "5", "--regime", "other")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tearline: no object is of regime OTHER: there are LEO ")
    done = tearline("screen", *EXERCISE, "--threshold-km", "5", "--type", "payload")
    assert done.returncode == 1
    assert "a satellite catalogue tells more" in done.stderr


def test_volumes_take_the_place_of_the_threshold(tearline, tmp_path):
    arguments = ("screen", *EXERCISE, "--volumes", "--report", "report.json")
    rows = _rows(tearline(*arguments, "--regime", "geo"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["volumes"] == [
        {"name": "GEO", "radial_km": 12.0, "in_track_km": 364.0, "cross_track_km": 30.0}
    ]
    assert "threshold_km" not in report
    assert report["filters"] == {"regime": ["GEO"]}
    assert {row["kind"] for row in rows} >= {"coincident", "proximity"}
    assert max(float(row["miss_km"]) for row in rows) > 100
    wide = _rows(tearline("screen", *EXERCISE, "--threshold-km", "366.6", "--regime", "geo"))
    assert {_event(row) for row in rows} < {_event(row) for row in wide}


def _rows(done):
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def _event(row):
    return row["norad_id_1"], row["norad_id_2"], row["kind"], row["tca_utc"]


def _pair(row):
    return {row["norad_id_1"], row["norad_id_2"]}


def test_nothing_usable_exits_1_with_one_line_that_says_what_to_do(tearline, tmp_path):
    (tmp_path / "page.tle").write_text("No GP data found\n")
    done = tearline("screen", "page.tle", *WINDOW)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("tearline: no usable object is left:")
    missing = tearline("screen", "nowhere.tle", *WINDOW)
    assert missing.returncode == 1
    assert len(missing.stderr.splitlines()) == 1


def test_ctrl_c_exits_130_and_leaves_the_old_file_alone(environment, tmp_path):
    out = tmp_path / "rows.csv"
    out.write_text("the result of yesterday\n")
    scenario = REAL.parent / "scenario" / "public"
    window = ("--start", "2026-10-20T00:00:00Z", "--hours", "240", "--threshold-km", "5")
    process = subprocess.Popen(
        [TEARLINE, "screen", scenario, *window, "--out", out],
        env=dict(environment),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    partial = tmp_path / "rows.csv.partial"
    while not partial.exists() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.read_text() == "the result of yesterday\n"
    assert partial.exists()
