"""`tearline rpo` as a user meets it: the search, one event explained, wrong input."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from made_events import event

from sda.rpo.documents import CSV_COLUMNS, document
from sda.rpo.model import Score

SCENARIO = Path(__file__).parents[2] / "tle_samples" / "scenario" / "public"
ACTORS = SCENARIO / "synthetic-actors.3le.gz"
WINDOW = ("--start", "2026-10-18T00:00:00Z", "--days", "3")
PAIR = (330001, 330013)
"""An inspector and its target, near each other within the window."""


@pytest.fixture
def events(tmp_path):
    """A file of two events, as the search writes it."""
    made = [event(range(40), ranges_km={3: 2.5}), event([1], second=33, is_open=False)]
    file = tmp_path / "events.json"
    file.write_text(json.dumps([document(one) for one in made]))
    return file


def test_help_shows_both_uses_with_examples(tearline):
    shown = tearline("rpo", "--help")
    assert shown.returncode == 0
    assert "tearline rpo HISTORY..." in shown.stdout
    for words in ("Example: tearline rpo show", "Example: tearline rpo old.tle", "--start", "show"):
        assert words in shown.stdout
    assert "Example: tearline rpo show" in tearline("rpo", "show", "--help").stdout


def test_all_formats_hold_the_same_events_and_the_report_says_what_was_left_out(tearline, tmp_path):
    (tmp_path / "bad.tle").write_text("SHORT\n1 00005U 58002B   00179.78495062  .00000023\n")
    asked = ("rpo", ACTORS, "bad.tle", *WINDOW)
    as_json = tearline(*asked, "--all", "--out", "events.json", "--report", "report.json")
    assert (as_json.returncode, as_json.stdout) == (0, ""), as_json.stderr
    found = json.loads((tmp_path / "events.json").read_text())
    jsonl = tearline(*asked, "--format", "jsonl").stdout
    rows = list(csv.DictReader(io.StringIO(tearline(*asked, "--format", "csv").stdout)))
    told = [one for one in found if one["verdict"] != "none"]
    assert [json.loads(line) for line in jsonl.splitlines()] == told
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["event_id"] for row in rows] == [one["event_id"] for one in told]
    assert [one["score"] for one in found] == sorted((o["score"] for o in found), reverse=True)
    assert len(told) < len(found)
    assert len({one["event_id"] for one in found}) == len(found)
    (inspected,) = [one for one in told if (one["norad_id_1"], one["norad_id_2"]) == PAIR]
    assert inspected["verdict"] in ("probable", "possible")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["days_evaluated"] == ["2026-10-18", "2026-10-19", "2026-10-20"]
    assert sum(report["n_events"].values()) == len(found)
    assert report["rejected"][0]["file"] == "bad.tle"
    assert "records rejected" in as_json.stderr
    assert f"{report['n_objects']} objects, 3 days evaluated, {report['n_pairs']} pairs" in (
        as_json.stderr
    )
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in report["n_events"].items())
    assert f"events: {verdicts}" in as_json.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--start", "2026-10-18T00:00:00", "--days", "1"), 2, "has no zone"),
        (("--start", "2026-10-18T00:00:00Z", "--days", "0"), 2, "not a positive number"),
        (("--start", "2026-10-18T00:00:00Z"), 2, "--days"),
        ((*WINDOW, "--format", "parquet"), 2, "parquet"),
        ((*WINDOW, "--out", "one", "--report", "one"), 2, "one file"),
        ((*WINDOW, "--source", "public"), 2, "among the histories"),
        ((*WINDOW, "--out", "no/such/folder"), 1, "make the folder no/such first"),
        ((*WINDOW, "--config", "nowhere"), 1, "no configuration directory"),
        ((*WINDOW, "--satcat", "nowhere.csv"), 1, "cannot read the satellite catalogue"),
        (("--start", "2020-01-01T00:00:00Z", "--days", "2"), 1, "reaches from 2026-10-01"),
    ],
)
def test_what_cannot_be_done_prints_no_events(tearline, arguments, status, words):
    done = tearline("rpo", ACTORS, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert status == 2 or len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "no file or directory"), ("No GP data found\n", "no usable element set is left")],
)
def test_nothing_usable_exits_1(tearline, tmp_path, text, words):
    if text is not None:
        (tmp_path / "page.tle").write_text(text)
    done = tearline("rpo", "page.tle", *WINDOW)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr.splitlines()[-1]


def test_ctrl_c_exits_130_and_leaves_the_old_file_alone(environment, tmp_path):
    out, pipe = tmp_path / "events.json", tmp_path / "history.tle"
    out.write_text("the result of yesterday\n")
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [Path(sys.executable).with_name("tearline"), "rpo", pipe, *WINDOW, "--out", out],
        env=dict(environment), cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with pipe.open("w"):  # opens when the command has begun to read
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.read_text() == "the result of yesterday\n"
    assert sorted(tmp_path.iterdir()) == [out, pipe]


def test_an_event_of_a_file_is_explained(tearline, events):
    done = tearline("rpo", "show", "11-22-20261001", "--in", events)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "EXERCISE"
    assert lines[1] == "11-22-20261001: probable, loiter, open"
    for words in (
        "11 INSPECTOR / 22 TARGET, GEO",
        "nearest 2.5 km at 2026-10-04T12:00:00.000000Z (1 sigma 4 km); below its own error",
        "who moved: 11 INSPECTOR",
        "declared by its operators: no",
        "score 65.5 of 65.5 points",
        "40 days, 2 shown",
    ):
        assert words in done.stdout, words
    (row,) = [line for line in lines if line.startswith("arrival")]
    assert row.split("  ")[0] == "arrival"
    assert row.endswith("+50.5")


def test_an_event_as_json_is_the_documents_own(tearline, events):
    done = tearline("rpo", "show", "11-33-20261002", "--in", events, "--format", "json")
    assert json.loads(done.stdout) == json.loads(events.read_text())[1]


def test_lines_are_read_as_well_as_an_array(tearline, events, tmp_path):
    lines = tmp_path / "events.jsonl"
    lines.write_text("\n".join(json.dumps(one) for one in json.loads(events.read_text())) + "\n")
    shown = [tearline("rpo", "show", "11-33-20261002", "--in", file) for file in (lines, events)]
    assert shown[0].stdout == shown[1].stdout != ""


def test_who_announced_an_operation_and_what_capped_the_score_is_said(tearline, tmp_path):
    made = event([0], declared="tow-1", score=Score(39.0, (), "same-launch"), actor_norad_id=None)
    (tmp_path / "one.json").write_text(json.dumps(document(made)))
    show = ("rpo", "show", made.event_id, "--in", "one.json")
    done = tearline(*show)
    assert "declared by its operators: yes, as tow-1" in done.stdout
    assert "capped by gate same-launch" in done.stdout
    assert "who moved: not known" in done.stdout
    tearline("init", "mine")
    (tmp_path / "mine" / "declared").mkdir(exist_ok=True)
    (tmp_path / "mine" / "declared" / "tow-1.toml").write_text(
        'title = "Tow"\nkind = "servicing"\nnorad_ids = [11, 22]\nfrom = 2026-09-01\n'
        'until = 2027-01-01\nannounced_by = "Tug Inc."\nsource = "made up"\nillustrative = true\n'
    )
    named = tearline(*show, "--config", "mine")
    assert "Tow, announced by Tug Inc. (tow-1, ILLUSTRATIVE)" in named.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot read"),
        ("event_id,score\n", "holds no events"),
        ('{"a": 1}', "holds no events"),
        ("", "holds no events"),
        ("[]", "is empty"),
        ('[{"event_id": "1-2-20260101"}]', "choose of 1-2-20260101"),
        ('[{"event_id": "11-22-20261001"}]', "write the file anew"),
        ('[{"event_id": "11-22-20261001", "verdict": 3, "class": [], "status": null}]', "anew"),
    ],
)
def test_a_file_without_the_event_is_one_line(tearline, tmp_path, text, words):
    if text is not None:
        (tmp_path / "events.json").write_text(text)
    done = tearline("rpo", "show", "11-22-20261001", "--in", "events.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr


def test_a_database_without_the_event_says_what_to_do(tearline):
    done = tearline("rpo", "show", "11-22-20261001")
    assert (done.returncode, done.stdout) == (1, "")
    assert "tearline run" in done.stderr
    assert len(done.stderr.splitlines()) == 1
