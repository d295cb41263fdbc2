"""The README is true: its commands exist, its settings are all of them, the demo runs."""

import re
from pathlib import Path

from typer.testing import CliRunner

from sda.settings import Settings
from sharing.cli import app

README = (Path(__file__).parents[2] / "README.md").read_text()


def _help(*command: str) -> str:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    return shown.output


def _commands(*group: str) -> set[str]:
    found = set(re.findall(r"^│ (\w+) ", _help(*group), re.MULTILINE))
    assert found
    return found


def test_every_command_is_in_the_readme_and_has_an_example_in_its_help():
    groups = {
        "contacts",
        "key",
        "partner",
        "ledger",
        "cdm",
        "marking",
        "policy",
        "review",
        "source",
        "feed",
    }
    for name in _commands() - groups:
        assert f"`tearline {name}" in README, name
        assert f"Example: tearline {name}" in _help(name)
    for group in groups:
        for name in _commands(group):
            shown = _help(group, name)
            assert f"Example: tearline {group} {name}" in shown
            assert re.search(rf"`tearline {group} [^`]*\b{name}\b", README), (group, name)


def test_every_setting_is_in_the_readme():
    named = set(re.findall(r"`TEARLINE_(\w+)`", README))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_demonstration_shows_approaches_two_partners_and_what_to_do_next(tearline, tmp_path):
    done = tearline("demo", "--dir", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    for words in ("EXERCISE", "coincident", "proximity", "crossing", "One event, two partners"):
        assert words in done.stdout
    assert "fra is shown no trace of these" in done.stdout
    assert "tearline key issue --partner aus" in done.stdout
