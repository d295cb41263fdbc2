"""`tearline rpo` given what it cannot use: a status, one line, no traceback, files untouched."""

import csv
import io
import json
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from burning import LOW, history
from searching import renamed

from sda.cli import detection
from sda.cli.rpo import app
from sda.console import execute
from sda.elements import OmmFormat, write_3le, write_omm
from sda.rpo.documents import CSV_COLUMNS

DAY = timedelta(days=1)
WINDOW = ("--start", "2019-03-04T00:00:00Z", "--days", "2", "--workers", "1")
ONE = history(LOW, days=8)
PAIR = (*ONE, *(replace(one, mean_anomaly_deg=one.mean_anomaly_deg + 0.02)
                for one in renamed(ONE, 92000) if one.mean_anomaly_deg < 359.9))  # fmt: skip
DECAYING = replace(LOW, mean_motion_rev_day=16.35, bstar_per_earth_radius=0.03)


@pytest.fixture
def rpo(monkeypatch, capsys, tmp_path):
    """Run the command in a folder of its own; return status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEARLINE_DATABASE_URL", f"sqlite:///{tmp_path}/tearline.db")
    monkeypatch.delenv("TEARLINE_CONFIG", raising=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["tearline", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            execute(app)
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def pair(tmp_path):
    file = tmp_path / "pair.tle"
    file.write_text(write_3le(PAIR))
    return file


def moved(sets, days):
    return [replace(one, epoch=one.epoch + days * DAY) for one in sets]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no usable element set"),
        ("\n\n \n", "no usable element set"),
        ("\x00\x01\x02" * 99, "no usable element set"),
        ("<html>Sign in</html>", "no usable element set"),
        (write_3le(replace(one, mean_motion_rev_day=17.4) for one in PAIR), "no usable"),
        (write_3le(ONE[:1]), ""),
        (write_3le(ONE), ""),
        (write_3le(moved(PAIR, 700)), "reaches from 2021"),
        (write_3le(moved(PAIR, -700)), "reaches from 2017"),
        (write_omm(moved(PAIR, 18000), OmmFormat.JSON), "reaches from 2068"),
    ],
    ids=["empty", "blank", "binary", "page", "decayed", "one-set", "one-object", "future", "past",
         "far-future"],
)  # fmt: skip
def test_a_history_that_says_nothing_of_the_window_exits_1(rpo, tmp_path, text, words):
    (tmp_path / "some").write_text(text)
    (tmp_path / "out.json").write_text("of yesterday")
    status, out, err = rpo("some", *WINDOW, "--out", "out.json")
    assert (status, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.startswith("tearline: ")
    assert words in last
    assert (tmp_path / "out.json").read_text() == "of yesterday"
    assert not list(tmp_path.glob("*.partial"))


def test_a_history_of_one_object_is_called_so(rpo, tmp_path):
    (tmp_path / "some").write_text(write_3le(ONE))
    assert "young" not in rpo("some", *WINDOW)[2]


@pytest.mark.parametrize(
    "window",
    [
        ("--start", "2019-03-04T00:00:00Z", "--days", "-1"),
        ("--start", "2019-03-04T00:00:00Z", "--days", "0"),
        ("--start", "2019-03-04T00:00:00Z", "--days", "nan"),
        ("--start", "2019-03-04T00:00:00Z", "--days", "inf"),
        ("--start", "2019-03-04T00:00:00Z", "--days", "two"),
        ("--start", "2019-03-04", "--days", "2"),
        ("--start", "2019-03-04T00:00:00", "--days", "2"),
        ("--start", "yesterday", "--days", "2"),
        ("--days", "2"),
        ("--start", "2019-03-04T00:00:00Z"),
        (*WINDOW, "--workers", "0"),
        (*WINDOW, "--format", "xml"),
        (*WINDOW, "--unknown"),
    ],
)
def test_wrong_usage_exits_2(rpo, pair, window):
    status, out, err = rpo(pair, *window)
    assert (status, out) == (2, "")
    assert "Error" in err


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ("2019-03-04T00:00:00Z", "1e9"),
        ("2019-03-04T00:00:00Z", "1e300"),
        ("0001-01-01T00:00:00Z", "1"),
        ("9999-12-31T00:00:00Z", "1"),
        ("9999-12-30T00:00:00Z", "1"),
    ],
)
def test_a_window_beyond_all_time_is_one_line(rpo, pair, start, days):
    status, out, err = rpo(pair, "--start", start, "--days", days)
    assert status in (1, 2)
    assert out == ""
    assert err


@pytest.mark.parametrize("zone", ["+02:00", "-11:30", "Z"])
def test_a_time_of_another_zone_is_its_utc_days(rpo, pair, zone, tmp_path):
    status, _, err = rpo(
        pair, "--start", f"2019-03-04T00:00:00{zone}", "--days", "1", "--report", "r.json"
    )
    assert status == 0, err
    days = json.loads((tmp_path / "r.json").read_text())["days_evaluated"]
    assert (
        days
        == {
            "+02:00": ["2019-03-03", "2019-03-04"],
            "-11:30": ["2019-03-04", "2019-03-05"],
            "Z": ["2019-03-04"],
        }[zone]
    )


def test_objects_that_decay_within_the_window_are_borne(rpo, tmp_path):
    falling = (DECAYING, replace(DECAYING, norad_id=5, mean_anomaly_deg=10.01))
    (tmp_path / "some").write_text(write_3le(falling))
    window = ("--start", "2019-03-01T00:00:00Z", "--days", "3")
    status, out, err = rpo("some", *window, "--all")
    assert status == 0, err
    for one in json.loads(out):
        assert one["end_utc"] <= "2019-03-04T00:00:00.000000Z"


def test_broken_lines_among_good_ones_are_counted_and_change_nothing(rpo, pair, tmp_path):
    whole = rpo(pair, *WINDOW)
    lines = pair.read_text().splitlines()
    mixed = ["garbage", *lines[:6], lines[4], "1 00005U", *lines[6:], lines[-1][:40]]
    (tmp_path / "mixed.tle").write_text("\n".join(mixed) + "\n")
    status, out, err = rpo("mixed.tle", *WINDOW)
    assert status == 0
    assert "rejected" in err
    assert [one["event_id"] for one in json.loads(out)] == [
        one["event_id"] for one in json.loads(whole[1])
    ]


def test_the_same_files_in_any_order_and_twice_are_the_same_events(rpo, tmp_path, pair):
    (tmp_path / "a.tle").write_text(write_3le(PAIR[::2]))
    (tmp_path / "b.tle").write_text(write_3le(PAIR[1::2]))
    whole = rpo(pair, *WINDOW)[1]
    assert json.loads(whole)
    assert rpo("a.tle", "b.tle", *WINDOW)[1] == whole
    assert rpo("b.tle", "a.tle", "b.tle", *WINDOW)[1] == whole


def test_formats_hold_the_same_and_none_is_left_out_unless_asked_for(rpo, tmp_path):
    calm = replace(LOW, object_id="2001-001A")
    mate = renamed(history(calm, days=8), 92001)
    dull = [replace(one, object_id="2001-001B", name="X R/B") for one in mate]
    body = [replace(one, name="Y R/B") for one in history(calm, days=8)]
    (tmp_path / "some").write_text(write_3le([*body, *dull]))
    assert json.loads(rpo("some", *WINDOW)[1]) == []
    assert rpo("some", *WINDOW, "--format", "jsonl")[1] == ""
    (header,) = rpo("some", *WINDOW, "--format", "csv")[1].splitlines()
    assert tuple(header.split(",")) == CSV_COLUMNS
    everything = json.loads(rpo("some", *WINDOW, "--all")[1])
    assert [one["verdict"] for one in everything] == ["none"]
    lines = rpo("some", *WINDOW, "--all", "--format", "jsonl")[1].splitlines()
    assert [json.loads(line) for line in lines] == everything
    (row,) = csv.DictReader(io.StringIO(rpo("some", *WINDOW, "--all", "--format", "csv")[1]))
    assert row["event_id"] == everything[0]["event_id"]


def test_the_file_appears_whole_or_not_at_all(rpo, pair, tmp_path, monkeypatch):
    out = tmp_path / "out.json"
    assert rpo(pair, *WINDOW, "--out", out)[0] == 0
    good = out.read_text()
    assert json.loads(good)
    assert not list(tmp_path.glob("*.partial"))

    def cut(shown, format):
        yield b"[\n"
        raise KeyboardInterrupt

    monkeypatch.setattr(detection, "_written", cut)
    assert rpo(pair, *WINDOW, "--out", out)[0] == 130
    assert out.read_text() == good
    assert not list(tmp_path.glob("*.partial"))


def test_ctrl_c_in_the_search_exits_130_without_a_word_on_stdout(rpo, pair, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(detection, "detect", interrupted)
    status, out, err = rpo(pair, *WINDOW)
    assert (status, out) == (130, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_history_is_not_overwritten_by_its_events(rpo, pair, option):
    before = pair.read_text()
    rpo(pair, *WINDOW, option, pair)
    assert pair.read_text() == before


@pytest.mark.parametrize("arguments", [("show", "1-2-20190301"), ("show", "x", "--in", "pair.tle")])
def test_an_event_that_is_not_known_exits_1(rpo, pair, arguments):
    status, out, err = rpo(*arguments)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1


def test_an_event_found_is_shown_by_its_name(rpo, pair):
    rpo(pair, *WINDOW, "--out", "events.json")
    (event,) = json.loads(pair.with_name("events.json").read_text())
    status, out, _ = rpo("show", event["event_id"], "--in", "events.json")
    assert status == 0
    assert event["event_id"] in out
    for evidence in event["evidence"]:
        assert evidence["name"] in out
    total = sum(evidence["points"] for evidence in event["evidence"])
    assert event["score"] <= max(0, total)


def test_a_configuration_without_its_file_is_one_line(rpo, pair, tmp_path):
    (tmp_path / "mine").mkdir()
    status, out, err = rpo(pair, *WINDOW, "--config", "mine")
    assert (status, out) == (1, "")
    assert "rpo.toml is missing" in err
