"""The whole chain as its users meet it: ingest, run, key, serve, read; cut short and repeated."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sda.store import Events, open_store

SCENARIO = Path(__file__).parents[2] / "tle_samples" / "scenario"
ACTORS = SCENARIO / "public" / "synthetic-actors.3le.gz"
AT = ("--at", "2026-10-20T00:00:00Z")
WINDOW = (*AT, "--hours", "1", "--threshold-km", "60")
COMPANION = 900900001
"""An object that the trilateral source alone has."""


@pytest.fixture
def archive(tearline):
    """An archive of the scenario's actors from all three sources."""
    for path, source in (
        (ACTORS, "synthetic-public"),
        (SCENARIO / "commercial", "commercial"),
        (SCENARIO / "trilateral", "trilateral"),
    ):
        done = tearline("ingest", path, "--source", source)
        assert done.returncode == 0, done.stderr
    return tearline


@contextmanager
def _served(environment: Mapping[str, str], cwd: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("tearline")
    server = subprocess.Popen(
        [command, "serve", "--port", str(port)],
        env=dict(environment),
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _whole_feed(url: str, key: str) -> list[dict]:
    items, after = [], None
    while True:
        page = httpx.get(
            f"{url}/v1/feed",
            params={"limit": 7} | ({"after": after} if after else {}),
            headers={"Authorization": f"Bearer {key}"},
        )
        assert page.status_code == 200, page.text
        body = page.json()
        items += body["items"]
        after = body["next"]
        if not body["more"]:
            return items


def _pairs(feed: list[dict]) -> set[tuple[int, int]]:
    return {
        (one["facts"]["norad_id_1"]["value"], one["facts"]["norad_id_2"]["value"]) for one in feed
    }


def test_two_partners_read_different_feeds_and_one_has_no_trace_of_a_withheld_event(
    archive, environment, tmp_path
):
    ran = archive("run", *WINDOW, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["partners"]["aus"]["new"] > 0
    keys = {name: archive("key", "issue", "--partner", name).stdout for name in ("aus", "fra")}
    assert all(re.fullmatch(r"tl_[0-9a-f]+_[0-9a-f]+\n", key) for key in keys.values())
    with _served(environment, tmp_path) as url:
        aus, fra = (_whole_feed(url, keys[name].strip()) for name in ("aus", "fra"))
        refused = httpx.get(f"{url}/v1/feed")
        assert refused.status_code == 401
        assert refused.headers["content-type"].startswith("application/problem+json")
        raw = httpx.get(
            f"{url}/v1/feed?limit=1000", headers={"Authorization": f"Bearer {keys['fra'].strip()}"}
        )
    hidden = _pairs(aus) - _pairs(fra)
    assert hidden
    assert all(COMPANION in pair for pair in hidden)
    assert str(COMPANION) not in raw.text
    assert "trilateral" not in raw.text
    assert "SECRET" not in raw.text
    both = _pairs(aus) & _pairs(fra)
    assert both
    operations = [[one for one in feed if one["kind"] == "rpo"] for feed in (aus, fra)]
    assert [one["facts"] for one in operations[0]] == [one["facts"] for one in operations[1]]
    assert len(operations[0]) == sum(json.loads(ran.stdout)["rpo"]["n_events"].values()) > 0
    assert all(
        {"verdict", "operation_class", "score", "evidence_least_range"} <= one["facts"].keys()
        for one in operations[0]
    )
    seen = [{pair: one["facts"] for one in feed for pair in _pairs([one])} for feed in (aus, fra)]
    assert any(seen[0][pair] != seen[1][pair] for pair in both)


def test_a_repeated_run_changes_nothing(archive):
    first = json.loads(archive("run", *WINDOW, "--format", "json").stdout)
    again = json.loads(archive("run", *WINDOW, "--format", "json").stdout)
    assert again["run_id"] == first["run_id"]
    assert all(
        (one["new"], one["revised"], one["retracted"]) == (0, 0, 0)
        for one in again["partners"].values()
    )
    assert archive("ledger", "verify").returncode == 0
    assert "published" in archive("status").stdout
    assert again["rpo"] == first["rpo"]


def test_a_run_keeps_events_that_later_searches_know_by_name(tearline, environment):
    tearline("ingest", ACTORS, "--source", "synthetic-public")
    first = json.loads(tearline("run", *WINDOW, "--format", "json").stdout)["rpo"]
    assert first["opened"] == first["open"] == sum(first["n_events"].values()) > 0
    standing = json.loads(tearline("status", "--format", "json").stdout)["open_events"]["public"]
    assert standing == {verdict: n for verdict, n in first["n_events"].items() if n}
    later = ("--at", "2026-10-21T06:00:00Z", *WINDOW[2:], "--format", "json")
    second = json.loads(tearline("run", *later).stdout)["rpo"]
    assert second["open"] == first["open"] + second["opened"] - second["closed"]
    window = ("--start", "2026-10-20T00:00:00Z", "--days", "2")
    searched = tearline("rpo", "db", *window)
    assert searched.returncode == 0, searched.stderr
    names = {one["event_id"]: one for one in json.loads(searched.stdout)}
    url = environment["TEARLINE_DATABASE_URL"]
    kept = {one.event_id: one for one in Events(open_store(url)).listed()}
    assert set(names) <= set(kept)
    name = next(name for name in kept if name in names)
    assert "told by runs of 2026-10-20T00:00Z to 2026-10-21T06:00Z" in (
        tearline("rpo", "show", name).stdout
    )
    shown = json.loads(tearline("rpo", "show", name, "--format", "json").stdout)
    assert shown["first_told_utc"] == "2026-10-20T00:00:00.000000Z"
    assert len(shown["trend"]) >= len(names[name]["trend"]) > 0


def test_a_run_of_an_earlier_now_is_refused_and_leaves_the_events_as_they_are(archive, environment):
    done = archive("run", *WINDOW)
    assert done.returncode == 0, done.stderr
    events = Events(open_store(environment["TEARLINE_DATABASE_URL"]))
    before = [one.as_document() for one in events.listed()]
    assert before
    older = archive("run", "--at", "2026-10-19T00:00:00Z", *WINDOW[2:])
    assert older.returncode == 1
    assert "publish the newest run" in older.stderr
    assert [one.as_document() for one in events.listed()] == before


def test_messages_are_ingested_run_and_told_where_they_contradict(tearline, tmp_path):
    leo = SCENARIO / "public" / "synthetic-leo.omm.csv.gz"
    assert tearline("ingest", ACTORS, leo, "--source", "synthetic-public").returncode == 0
    broken = tmp_path / "broken.cdm"
    (good,) = (SCENARIO / "operator").glob("*.kvn")
    broken.write_text(good.read_text().replace("MISS_DISTANCE = ", "MISS_DISTANCE = about ", 1))
    alone = tearline("ingest", broken, "--source", "commercial")
    assert alone.returncode == 1
    assert len(alone.stderr.splitlines()) == 1
    assert "broken.cdm, line 7: MISS_DISTANCE 'about" in alone.stderr
    both = ("ingest", broken, SCENARIO / "operator", "--source", "commercial")
    done = tearline(*both)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert "broken.cdm: messages, 0 new, 0 known, 1 rejected" in done.stdout
    assert f"{good.name}: messages, 2 new, 0 known, 0 rejected" in done.stdout
    again = json.loads(tearline(*both, "--format", "json").stdout)
    assert [(one["new"], one["known"], one["rejected"]) for one in again] == [(0, 0, 1), (0, 2, 0)]
    window = (*AT, "--hours", "6", "--threshold-km", "2")
    told = tearline("run", *window)
    assert told.returncode == 0, told.stderr
    assert "solution cdm-commercial: 2 close approaches" in told.stdout
    assert re.search(
        r"330111 and 900100011 at 2026-10-20T04:0.*: public and cdm-commercial contradict each "
        r"other by \d+\.\d sigma, most of it \S+: \d\.\d+ km, TCA [+-]\d\.\d+ s",
        told.stdout,
    )
    summary = json.loads(tearline("run", *window, "--format", "json").stdout)
    assert [one["norad_id_1"] for one in summary["disagreements"]] == [330111]
    state = json.loads(tearline("status", "--format", "json").stdout)
    assert (state["archive"]["messages"], state["disagreements"]) == (2, 1)
    status = tearline("status").stdout
    assert "disagreements of the last run beyond stated errors: 1" in status
    assert "2, 1 of them derivable from public sets\n  withheld though" in status
    derivability = summary["derivability"]
    assert state["derivability"] == derivability
    assert (derivability["n_examined"], derivability["n_derivable"]) == (2, 1)
    assert not any(derivability["conspicuously_silent"].values())
    place = ("330110,900100010@2026-10-20T02:21:00Z", "--partner", "nzl", "--changes", "1")
    explained = tearline("explain", *place).stdout
    assert "miss_distance: 0.505" in explained
    assert "proposed, of commercial: challenge the marking: derivable from public" in explained
    (told_of, *_) = json.loads(tearline("explain", *place, "--format", "json").stdout)["solutions"]
    certificate = told_of["certificate"]
    assert re.fullmatch("[0-9a-f]{64}", certificate["digest"])
    assert [one["norad_id"] for one in certificate["inputs"]] == [330110, 900100010]
    derivable = {one["name"] for one in told_of["facts"] if one["publicly_derivable"]}
    assert derivable == {*certificate["facts"]}
    assert told_of["proposals"][0]["office"].startswith("Commercial data desk")


def test_a_marking_is_for_messages_and_has_to_be_one(tearline):
    messages = SCENARIO / "operator"
    for arguments, words in (
        ((messages, "--marking", "SECRT"), "SECRT"),
        ((messages, "--marking", ""), "begin with U, C, S, TS"),
        ((messages, ACTORS, "--marking", "SECRET//NOFORN"), "--marking is for messages"),
    ):
        done = tearline("ingest", *arguments, "--source", "commercial")
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert words in " ".join(re.sub("[│\n]", " ", done.stderr).split())
    state = json.loads(tearline("status", "--format", "json").stdout)["archive"]
    assert (state["ingestions"], state["messages"]) == (0, 0)
    done = tearline("ingest", messages, "--source", "commercial", "--marking", "S//NF")
    assert done.returncode == 0, done.stderr


def test_a_run_that_is_killed_is_finished_by_the_next(archive, environment, tmp_path):
    command = [Path(sys.executable).with_name("tearline"), "run", *WINDOW]
    for delay_s in (1.0, 2.5):
        process = subprocess.Popen(
            command, env=dict(environment), cwd=tmp_path, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(delay_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = archive("run", *WINDOW, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert archive("ledger", "verify").returncode == 0


def test_a_stale_catalogue_and_an_empty_one_fail_and_publish_nothing(tearline):
    empty = tearline("run", *AT)
    assert empty.returncode == 1
    assert "ingest some" in empty.stderr
    tearline("ingest", ACTORS, "--source", "synthetic-public")
    stale = tearline("run", "--at", "2026-12-24T00:00:00Z")
    assert stale.returncode == 1
    assert "stale" in stale.stderr
    assert json.loads(tearline("status", "--format", "json").stdout)["runs"] == []


def test_bad_input_exits_with_one_line_that_says_what_to_do(tearline, tmp_path):
    tearline("init", "mine")
    (tmp_path / "mine" / "partners" / "aus.toml").write_text("name = 3\n")
    for arguments, words in (
        (("key", "issue", "--partner", "atlantis"), "no partner 'atlantis'"),
        (("run", ACTORS, "--source", "rumour", *AT), "no source 'rumour'"),
        (("ingest", ACTORS, "--source", "rumour"), "no source 'rumour'"),
        (("run", *AT, "--config", "mine"), "aus.toml"),
        (("run", *AT, "--config", "nowhere"), "no configuration directory"),
        (("key", "revoke", "0000"), "0000"),
        (("publish",), "no run to publish"),
        (("init", "mine"), "exists already"),
    ):
        done = tearline(*arguments)
        assert done.returncode == 1, (arguments, done.stderr)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert words in done.stderr


def test_a_suspended_partner_is_refused_at_once_and_served_again_when_resumed(
    archive, environment, tmp_path
):
    archive("run", *WINDOW)
    key = archive("key", "issue", "--partner", "nor").stdout.strip()
    with _served(environment, tmp_path) as url:

        def status() -> int:
            headers = {"Authorization": f"Bearer {key}"}
            return httpx.get(f"{url}/v1/feed", headers=headers).status_code

        assert status() == 200
        archive("partner", "suspend", "nor")
        assert status() in (401, 403)
        archive("partner", "resume", "nor")
        assert status() == 200
        key_id = key.split("_")[1]
        archive("key", "revoke", key_id)
        assert status() == 401


def test_an_address_that_is_taken_is_told_in_the_last_line(tearline):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = tearline("serve", "--port", str(port))
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.splitlines()[-1].startswith(
        f"tearline: cannot listen at 127.0.0.1, port {port}"
    )
