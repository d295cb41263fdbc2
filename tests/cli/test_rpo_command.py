"""`tearline rpo` as a user meets it: the search, one event explained, wrong input."""

import json

import pytest
from made_events import event

from sda.rpo.documents import document
from sda.rpo.model import Score


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
