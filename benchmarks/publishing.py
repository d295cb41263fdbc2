"""Measure deciding and publishing: close approaches times partners, from a run into feeds.

The approaches are made up, a tenth of them known to a second, marked source as well; they are kept
as a run and go through the packaged policies and the real door, as `tearline publish` does it.
Each publication is a process of its own. Prints one JSON object.

    python benchmarks/publishing.py --events 200000 --partners 33
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import timeit
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from sda.configuration import packaged
from sda.model import CloseApproach, Kind
from sda.store import Run, Runs, Status
from sharing.jobs import open_office, publish_run
from sharing.markings import parse, roll_up
from sharing.registry import load_register
from sharing.schema import bodies, items, ledger, open_sharing, statements

_START = datetime(2026, 11, 1, tzinfo=UTC)
_SECRET = bytes(32)
_HOURS = 72.0
_PUBLICATIONS = (
    ("first", "run 0", 0, False),
    ("same_again", "run 0", 0, False),
    ("next_day", "run 1", 1, False),
    ("next_day_a_tenth_changed", "run 2", 1, True),
)
"""Each with its run, the day of it, and whether a tenth of its values has changed."""


def approach(number: int, changed: bool, beside: float = 0.0) -> CloseApproach:
    """Return one crossing; one in ten moves by more than the margins where it is `changed`."""
    news = 0.1 if changed and number % 10 == 0 else 0.0
    return CloseApproach(
        norad_id_1=10_000 + number % 5_000,
        name_1=f"OBJECT {number % 5_000}",
        norad_id_2=50_000 + number // 5_000,
        name_2="DEBRIS",
        kind=Kind.CROSSING,
        tca=_START + timedelta(hours=26 + number % 44, seconds=number % 3_571),
        miss_km=0.1 + number % 97 / 20 + news + beside,
        relative_speed_km_s=1.0 + number % 13,
        radial_km=0.1,
        in_track_km=0.2,
        cross_track_km=0.3,
        age_days_1=0.5,
        age_days_2=1.0,
        episode_start=None,
        episode_end=None,
        minima=(),
        max_probability=1e-6,
        sigma_km=0.2,
        resolvable=True,
        dilution_km=0.1,
    )


def keep_run(url: str, events: int, name: str, day: int, changed: bool) -> None:
    """Keep a run of `events` public close approaches and half a tenth from each marked source."""
    database = open_sharing(url)
    runs = Runs(database)
    at = _START + timedelta(days=day)
    runs.begin(Run(name, at, _HOURS, 5.0, Status.RUNNING, at))
    for source, place in (("public", 0), ("trilateral", 5), ("commercial", 15)):
        found = [
            approach(number, changed, beside=0.003 if place else 0.0)
            for number in range(events)
            if not place or number % 20 == place
        ]
        runs.keep(name, source, [source], found)
    runs.finish(name, Status.COMPLETE)
    database.dispose()


def publish_once(url: str, partners: int, name: str, day: int) -> dict[str, object]:
    """Publish a run and return what it took."""
    database, office = open_sharing(url), open_office(packaged("config"))
    some = dict(list(office.registry.partners.items())[:partners])
    registry = replace(office.registry, partners=some)
    office = replace(office, registry=registry, policy=office.policy.supposing(registry))
    run = next(run for run in Runs(database).list() if run.run_id == name)
    begun = time.perf_counter()
    done, _ = publish_run(database, office, _SECRET, run, _START + timedelta(days=day))
    wall = time.perf_counter() - begun
    database.dispose()
    changes = done.partners.values()
    return {
        "wall_s": round(wall, 1),
        "processor_s": round(time.process_time(), 1),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "entries": sum(one.new + one.revised + one.retracted + one.closed for one in changes),
        "unchanged": sum(one.unchanged for one in changes),
        "cedar_evaluations": office.policy.n_decisions,
    }


def measure(events: int, partners: int, folder: Path) -> dict[str, object]:
    """Publish several runs, one after the other, into a database of a folder."""
    path = folder / "feeds.db"
    url = f"sqlite:///{path}"
    result: dict[str, object] = {"events": events, "partners": partners}
    kept: set[str] = set()
    for title, name, day, changed in _PUBLICATIONS:
        if name not in kept:
            keep_run(url, events, name, day, changed)
            kept.add(name)
        before = _bytes(path)
        asked = [sys.executable, __file__, "--events", str(events), "--partners", str(partners)]
        done = subprocess.run(
            [*asked, "--url", url, "--run", name, "--day", str(day)],
            check=True,
            stdout=subprocess.PIPE,
        )
        result[title] = json.loads(done.stdout) | {"bytes_written": _bytes(path) - before}
    database = open_sharing(url)
    with database.connect() as connection:
        for table in (items, ledger, statements, bodies):
            result[table.name] = connection.scalar(select(func.count()).select_from(table))
    return result | {"roll_ups_per_s": roll_ups_per_s()}


def roll_ups_per_s() -> dict[str, int]:
    """Return how many roll-ups a second, by the number of portions."""
    register = load_register(packaged("config"))
    portions = [parse(text) for text in ("(U)", "(S//REL TO USA, FVEY)", "(C//REL TO USA, AUS)")]
    found = {}
    for count in (2, 3, 20):
        some = tuple(portions[k % 3] for k in range(count))
        timer = timeit.Timer(lambda: roll_up(some, register))  # noqa: B023
        number, took = timer.autorange()
        found[f"{count}_portions"] = round(number / took)
    return found


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def main() -> None:
    """Run with the sizes given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--partners", type=int, default=33)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--day", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.url:
        print(json.dumps(publish_once(asked.url, asked.partners, asked.run, asked.day)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(asked.events, asked.partners, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
