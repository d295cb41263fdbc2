"""What `tearline rpo longitudes` tells, as its function is called by the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from ring_orbits import after, burned, kept, set_at
from typer.testing import CliRunner

from sda.cli.longitudes import longitudes
from sda.elements import write_3le
from sda.errors import CatalogueError
from sda.times import format_utc

DAYS = [0.0, 30, 60, 90, 120]


def told(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(longitudes)
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two slots, and an object that left 60 E for the east and will pass one of them."""
    under_way = set_at(100, 75.0, 0.5, norad_id=5)
    sets = [
        *kept(60.0, DAYS[:3], norad_id=5), under_way, burned(under_way, [], 20),
        *kept(100.0, DAYS, norad_id=6), *kept(-20.0, DAYS, norad_id=7),
    ]  # fmt: skip
    file = tmp_path / "history.tle"
    file.write_text(write_3le(sets))
    return file


def test_json_tells_where_each_is_what_it_did_and_whom_it_will_pass(history: Path):
    result = told(history, "--days", "60")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["at_utc"] == format_utc(after(120))
    going, slot, _ = document["objects"]
    assert (going["norad_id"], going["conduct"]) == (5, "relocating")
    assert going["stations"][0]["longitude_deg"] == pytest.approx(60, abs=0.1)
    assert going["moves"][-1]["end_utc"] is None
    assert sum(one["least_delta_v_m_s"] for one in going["burns"]) > 1.2
    assert slot["conduct"] == "kept"
    (arrival,) = going["arrivals"]
    assert (arrival["slot_norad_id"], round(arrival["longitude_deg"])) == (6, 100)
    assert "3 objects, 1 arrivals" in result.stderr


def test_csv_has_the_same_in_rows(history: Path, tmp_path: Path):
    out = tmp_path / "rows.csv"
    result = told(history, "--days", "60", "--format", "csv", "--norad", "5", "--out", out)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    kinds = [row["kind"] for row in rows]
    assert kinds[0] == "now"
    assert {"station", "move", "burn", "arrival"} <= set(kinds)
    assert {row["norad_id"] for row in rows} == {"5"}
    assert rows[-1]["slot_norad_id"] == "6"


def test_sets_after_the_time_are_not_known(history: Path):
    result = told(history, "--at", "2025-03-05T00:00:00Z", "--norad", "5")
    (going,) = json.loads(result.stdout)["objects"]
    assert going["conduct"] == "kept"
    assert going["n_sets"] == 3


def test_who_is_not_in_the_ring_is_named_and_nobody_is_refused(history: Path, tmp_path: Path):
    result = told(history, "--norad", "5", "--norad", "25544")
    assert "25544" in result.stderr
    assert isinstance(told(history, "--norad", "25544").exception, CatalogueError)
    nothing = tmp_path / "nothing.tle"
    nothing.write_text("ISS\n")
    assert isinstance(told(nothing).exception, CatalogueError)
