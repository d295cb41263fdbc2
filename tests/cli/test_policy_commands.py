"""Explain, matrix, check and preview, as the releaser meets them on the scenario."""

import asyncio
import csv
import json
import sqlite3
from io import StringIO
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from httpx import ASGITransport, AsyncClient

from sda.settings import Settings
from sharing.api import create_app
from sharing.ids import id_text

CONFIG = Path(__file__).parents[2] / "config"
SCENARIO = Path(__file__).parents[2] / "tle_samples" / "scenario"
WINDOW = ("--at", "2026-10-20T00:00:00Z", "--hours", "1", "--threshold-km", "60")
NEXT = ("--at", "2026-10-21T00:00:00Z", *WINDOW[2:])
PAIR = "330013,330001@2026-10-20T00:30:00Z"
"""A protected object and its visitor, near for days, of which all three sources tell."""
SOLUTIONS = {"public", "commercial", "trilateral"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the first test that needs a published run keeps its database for the others."""
    return tmp_path_factory.mktemp("published") / "tearline.db"


@pytest.fixture
def published(tearline, tmp_path, kept):
    """A published run of the scenario's actors from all three sources."""
    if kept.exists():
        copyfile(kept, tmp_path / kept.name)
        return tearline
    for path, source in (
        (SCENARIO / "public" / "synthetic-actors.3le.gz", "synthetic-public"),
        (SCENARIO / "commercial", "commercial"),
        (SCENARIO / "trilateral", "trilateral"),
    ):
        assert tearline("ingest", path, "--source", source).returncode == 0
    done = tearline("run", *WINDOW)
    assert done.returncode == 0, done.stderr
    copyfile(tmp_path / kept.name, kept)
    return tearline


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def asked(tearline, *arguments):
    done = tearline(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_withheld_event_is_explained_and_the_changes_that_release_it_do(published, tmp_path):
    told = asked(published, "explain", PAIR, "--partner", "fra")
    solutions = {one["solution"]: one for one in told["solutions"]}
    assert solutions.keys() == SOLUTIONS
    sensor = solutions["trilateral"]
    assert sensor["rendition"] == "nothing"
    assert {"of": "source trilateral", "marking": "SECRET//REL TO USA, AUS, GBR"} in sensor[
        "facts"
    ][0]["marking_path"]
    assert "marking-audience" in {one["id"] for one in sensor["facts"][0]["policies"]}
    (release,) = sensor["counterfactuals"]
    assert [(one["kind"], one["subject"]) for one in release["changes"]] == [
        ("join-agreement", "trilateral-sensor"),
        ("challenge-audience", "trilateral"),
    ]
    # The changes alone would be refused when loaded.
    title = "Nothing from the trilateral sensor reaches anybody but its two partners"
    broken = {"id": "trilateral-stays-trilateral", "title": title}
    assert release["invariants"] == [broken]
    assert not any(
        other["invariants"]
        for one in SOLUTIONS - {"trilateral"}
        for other in solutions[one]["counterfactuals"]
    )
    # Make the changes in a configuration of its own: they release what was said.
    config = Path(copytree(CONFIG, tmp_path / "changed"))
    change(config / "agreements/trilateral-sensor.toml", '"gbr"]', '"gbr", "fra"]')
    change(config / "sources/trilateral.toml", "AUS, GBR", "AUS, FRA, GBR")
    change(config / "policy/invariants.toml", '["aus", "gbr"]', '["aus", "gbr", "fra"]')
    after = asked(published, "explain", PAIR, "--partner", "fra", "--config", config)
    (changed,) = (one for one in after["solutions"] if one["solution"] == "trilateral")
    assert changed["rendition"] == release["rendition"] == "full"
    text = published("explain", PAIR, "--partner", "fra").stdout
    assert text.startswith("EXERCISE\n")
    assert "join-agreement: fra becomes a party of trilateral-sensor" in text
    assert "by: Trilateral steering group" in text
    assert f"invariants.toml has to change, too: {title} [trilateral-stays-trilateral]" in text


def test_the_same_is_explained_over_http_to_an_analyst_and_to_no_partner(
    published, tmp_path, environment
):
    told = asked(published, "explain", PAIR, "--partner", "fra")
    analyst = published("key", "issue", "--office", "duty-officer", "--role", "analyst").stdout
    partner = published("key", "issue", "--partner", "fra").stdout
    settings = Settings(database_url=environment["TEARLINE_DATABASE_URL"])
    app = create_app(settings, CONFIG)

    async def ask(key, **query):
        async with AsyncClient(transport=ASGITransport(app), base_url="http://feed") as client:
            return await client.get(
                "/v1/releaser/explain",
                params={"item": PAIR, "partner": "fra"} | query,
                headers={"Authorization": f"Bearer {key.strip()}"},
            )

    assert asyncio.run(ask(analyst)).json() == told
    for key, query, status in (
        (partner, {}, 403),
        (analyst, {"partner": "atlantis"}, 404),
        (analyst, {"item": "1,2@2026-10-20T00:30:00Z"}, 404),
    ):
        assert asyncio.run(ask(key, **query)).status_code == status
    app.state.service.close()


def test_an_item_of_a_feed_is_explained_as_the_pair_that_it_is(published, tmp_path):
    with sqlite3.connect(tmp_path / "tearline.db") as database:
        ((item,),) = database.execute(
            "SELECT item_id FROM items JOIN statements USING (statement) "
            "WHERE partner = 'gbr' AND norad_id_1 = 330001 AND norad_id_2 = 330013 "
            "AND kind <> 'rpo'"
        )
    item = id_text(item)
    by_item = asked(published, "explain", item, "--partner", "gbr")
    assert by_item["shown"] == "trilateral"
    assert {one["solution"] for one in by_item["solutions"]} == SOLUTIONS
    by_pair = asked(published, "explain", PAIR, "--partner", "gbr")
    assert by_pair["solutions"] == by_item["solutions"]
    assert [one["solution"] for one in by_pair["solutions"] if one["shown"]] == ["trilateral"]
    assert by_pair["orders"] == []
    # Another partner's item is nobody else's.
    refused = published("explain", item, "--partner", "fra")
    assert refused.returncode == 1
    assert refused.stderr.startswith("tearline: fra has no item")
    # What is not served by an order is not said to be shown and nothing else.
    published("retract", item, "--partner", "gbr", "--reason", "wrong object")
    published("partner", "suspend", "gbr")
    for asked_for in (item, PAIR):
        suspended, retracted = asked(published, "explain", asked_for, "--partner", "gbr")["orders"]
        assert suspended.endswith("`tearline partner resume gbr`")
        assert retracted.endswith(f"`tearline retract {item} --partner gbr --undo`")
    text = published("explain", item, "--partner", "gbr").stdout
    assert f"  but {suspended}\n  but {retracted}\n" in text
    assert asked(published, "explain", PAIR, "--partner", "aus")["orders"] == []


def test_a_decision_at_an_earlier_time_than_the_last_is_refused_and_says_what_to_do(published):
    """Not so after an order to retract, which is given by the clock and decides nothing."""
    assert published("publish", "--at", "2026-10-22T00:00:00Z").returncode == 0
    for command in (("publish", "--at", "2026-10-21T00:00:00Z"), ("run", *NEXT)):
        refused = published(*command)
        assert refused.returncode == 1
        assert (
            "set the clock, or publish --at 2026-10-22T00:00:00.000000Z or later"
            in (refused.stderr.splitlines()[-1])
        )
    assert published("publish", "--at", "2026-10-22T00:00:00Z").returncode == 0


@pytest.mark.parametrize(
    ("item", "partner", "named"),
    [
        ("1,2@2026-10-20T00:30:00Z", "fra", "no approach or operation of 1 and 2"),
        ("330001,330013@2026-10-20", "fra", "2026-10-20"),
        (PAIR, "atlantis", "no partner 'atlantis'"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_line(published, item, partner, named):
    done = published("explain", item, "--partner", partner)
    assert done.returncode == 1
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_preview_of_a_changed_agreement_lists_exactly_the_changed_partners(published, tmp_path):
    config = Path(copytree(CONFIG, tmp_path / "changed"))
    change(config / "agreements/commercial-licence.toml", '"jpn"]', '"jpn", "kor"]')
    change(config / "sources/commercial.toml", '["deu"', '["kor", "deu"')
    before = (tmp_path / "tearline.db").read_bytes()
    told = asked(published, "policy", "preview", "--config", config)["differences"]
    assert told
    assert {one["partner"] for one in told} == {"kor"}
    assert {one["change"] for one in told} <= {"finer", "released", "other"}
    assert "finer" in {one["change"] for one in told}
    assert (tmp_path / "tearline.db").read_bytes() == before
    # The other way round what was finer is coarser.
    back = ("policy", "preview", "--config", CONFIG, "--against", config)
    back = asked(published, *back)["differences"]
    assert len(back) == len(told)
    assert {one["change"] for one in back} <= {"coarser", "withheld", "other"}
    # Publishing under the change does what the preview said.
    done = published("publish", "--config", config, "--at", "2026-10-20T00:00:00Z")
    lines = {line.partition(": ")[0]: line for line in done.stdout.splitlines()}
    moved = {name for name, line in lines.items() if "0 new, 0 revised" not in line}
    assert moved == {"kor"}


def test_a_preview_of_the_same_configuration_lists_nothing(published, tmp_path):
    config = Path(copytree(CONFIG, tmp_path / "changed"))
    assert asked(published, "policy", "preview", "--config", config)["differences"] == []
    change(config / "agreements/trilateral-sensor.toml", "2031-12-31", "2026-10-01")
    told = asked(published, "policy", "preview", "--config", config)["differences"]
    assert {one["partner"] for one in told} == {"aus", "gbr"}
    assert {"withheld", "coarser"} & {one["change"] for one in told}


def shared_with_nato(tmp_path: Path) -> Path:
    """A configuration whose sensor is for NATO, and shared with one member, one new, one none."""
    config = Path(copytree(CONFIG, tmp_path / "standing"))
    change(
        config / "sources/trilateral.toml", "SECRET//REL TO USA, AUS, GBR", "C//REL TO USA, NATO"
    )
    change(config / "agreements/trilateral-sensor.toml", '"gbr"]', '"gbr", "swe"]')
    change(config / "policy/invariants.toml", '["aus", "gbr"]', '["aus", "gbr", "swe"]')
    return config


def test_a_preview_of_an_earlier_edition_revokes_what_rests_on_a_membership(published, tmp_path):
    config = shared_with_nato(tmp_path)
    preview = ("policy", "preview", "--against", config, "--register")
    told = asked(published, *preview, "2023-04-04")
    assert told["register"] == {"now": "2024-03-07", "then": "2023-04-04"}
    assert {one["partner"] for one in told["differences"]} == {"swe"}
    assert {one["before"]["solution"] for one in told["differences"]} == {"trilateral"}
    held = {(one["partner"], one["policy"]): one for one in told["backlog"]}
    now, then = (held["swe", "marking-audience"][when] for when in ("now", "then"))
    assert then > now == 0
    assert held["swe", None]["then"] - held["swe", None]["now"] == then
    assert held["aus", "marking-audience"]["now"] == held["aus", "marking-audience"]["then"] > 0
    said = published(*preview, "2023-04-04")
    (line,) = (line for line in said.stderr.splitlines() if "held for a review" in line)
    assert line.startswith("withheld or held for a review for swe: in all ")
    assert f"marking-audience 0 -> {then}" in line
    assert asked(published, *preview, "2024-03-07")["differences"] == []


def test_a_preview_of_a_proposed_edition_frees_what_a_new_member_waits_for(published, tmp_path):
    config = shared_with_nato(tmp_path)
    proposed = tmp_path / "proposed.toml"
    newest = (config / "register/2024-03-07.toml").read_text()
    proposed.write_text(newest.replace("2024-03-07", "2026-12-01").replace('"ALB"', '"ALB", "AUS"'))
    preview = ("policy", "preview", "--against", config, "--register")
    told = asked(published, *preview, proposed)
    assert told["register"]["then"] == "2026-12-01"
    # The coalition's feed is read by every member: of what only some may know it shows no more.
    assert {one["partner"] for one in told["differences"]} == {"aus"}
    held = {(one["partner"], one["policy"]): one for one in told["backlog"]}
    assert held["aus", "marking-audience"]["now"] > held["aus", "marking-audience"]["then"] == 0
    for wrong, named in (
        (tmp_path / "none.toml", "none.toml is missing"),
        ("2020-01-01", "the first is of 2022-11-02"),
    ):
        refused = published(*preview, wrong)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert named in refused.stderr
    assert published("policy", "preview").returncode == 2


def test_check_passes_the_sample_and_fails_a_policy_that_violates_an_invariant(tearline, tmp_path):
    done = tearline("policy", "check", "--at", "2026-10-20T00:00:00Z")
    assert done.returncode == 0, done.stdout
    assert "0 wrong" in done.stdout
    config = Path(copytree(CONFIG, tmp_path / "changed"))
    change(
        config / "policy/20-forbids.cedar",
        "resource.audience.containsAll(principal.codes)",
        "resource.audience.containsAny(principal.codes)",
    )
    done = tearline("policy", "check", "--config", config, "--format", "json")
    assert done.returncode == 1
    assert "within-the-audience" in {
        one["subject"] for one in json.loads(done.stdout)["findings"] if one["is_wrong"]
    }
    for command in (("run",), ("publish",)):
        refused = tearline(*command, "--config", config)
        assert refused.returncode == 1, command


def test_a_violated_invariant_leaves_the_last_publication_as_it_was(published, tmp_path):
    config = Path(copytree(CONFIG, tmp_path / "changed"))
    change(config / "policy/20-forbids.cedar", "principal.clearance < resource.level", "false")
    before = published("ledger", "verify").stdout
    refused = published("publish", "--config", config)
    assert refused.returncode == 1
    assert "within-the-clearance" in refused.stderr
    assert published("ledger", "verify").stdout == before


def test_the_matrix_is_the_same_in_every_format(tearline):
    only = ("policy", "matrix", "--partner", "kor", "--partner", "gbr", "--source", "trilateral")
    only = (*only, "--at", "2026-10-20T00:00:00Z")
    rows = asked(tearline, *only)
    table = list(csv.DictReader(StringIO(tearline(*only, "--format", "csv").stdout)))
    assert len(rows) == len(table) == 14
    assert {(row["partner"], row["under-24h"]) for row in rows} == {
        ("kor", "nothing"),
        ("gbr", "exact"),
    }
    assert [row["group"] for row in table] == [row["group"] for row in rows]
    text = tearline(*only).stdout
    assert "trilateral, SECRET//REL TO USA, AUS, GBR" in text
    refused = tearline("policy", "matrix", "--source", "atlantis")
    assert refused.returncode == 1
    assert "no source 'atlantis'" in refused.stderr
