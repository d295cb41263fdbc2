"""The README is true: its commands exist, its settings are all of them, the demo runs."""

import re
from pathlib import Path

from sda.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()


def _commands(help_text: str) -> set[str]:
    return set(re.findall(r"^│ (\w+) ", help_text, re.MULTILINE))


def test_every_command_is_in_the_readme_and_has_an_example_in_its_help(tearline):
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
    for name in _commands(tearline("--help").stdout) - groups:
        assert f"`tearline {name}" in README, name
        assert f"Example: tearline {name}" in tearline(name, "--help").stdout
    for group in groups:
        for name in _commands(tearline(group, "--help").stdout):
            shown = tearline(group, name, "--help").stdout
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
