"""The office finds out who is missing before a partner does."""

import csv
import json
import shutil
from io import StringIO
from pathlib import Path

from sda.configuration import packaged

AT = "2026-11-25T12:00:00Z"


def changed(folder: Path) -> Path:
    config = folder / "changed"
    shutil.copytree(packaged("config"), config)
    office = config / "offices/commercial-data-desk.toml"
    office.write_text(office.read_text().replace("filled = true", "filled = false"))
    contacts = config / "contacts.toml"
    contacts.write_text(contacts.read_text() + '"orbits" = "where things are"\n')
    return config


def test_check_passes_what_ships_and_fails_on_what_is_wrong(tearline, tmp_path):
    done = tearline("contacts", "check", "--at", AT)
    assert (done.returncode, done.stdout) == (0, "10 offices, 10 topics: 0 wrong, 0 warnings\n")
    config = changed(tmp_path)
    done = tearline("contacts", "check", "--at", AT, "--config", config)
    assert done.returncode == 1
    assert "wrong: commercial-data-desk: nobody fills the post" in done.stdout
    assert "wrong: topic 'orbits': no office has it" in done.stdout
    done = tearline("contacts", "check", "--at", AT, "--config", config, "--format", "json")
    kinds = {one["kind"]: one["is_wrong"] for one in json.loads(done.stdout)}
    assert kinds == {"unfilled": True, "uncovered": True}
    done = tearline("contacts", "check", "--at", AT, "--config", config, "--format", "csv")
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert {row["subject"] for row in rows} == {"commercial-data-desk", "orbits"}


def test_list_says_who_answers_in_whose_place(tearline, tmp_path):
    config = changed(tmp_path)
    done = tearline("contacts", "list", "--at", AT, "--config", config, "--format", "json")
    rows = {row["office"]: row for row in json.loads(done.stdout)}
    assert rows["commercial-data-desk"]["answers"] == "duty-officer"
    assert rows["catalogue-desk"]["answers"] == "catalogue-desk"
    text = tearline("contacts", "list", "--at", AT, "--config", config).stdout
    assert "duty-officer stands in" in text
    table = tearline("contacts", "list", "--at", AT, "--config", config, "--format", "csv").stdout
    assert len(list(csv.DictReader(StringIO(table)))) == len(rows) == 10
