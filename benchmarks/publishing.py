"""Measure deciding and publishing: close approaches times partners, into an empty database.

The approaches are made up; they go through the packaged policies and the real door. Prints
one JSON object.

    python benchmarks/publishing.py --events 20000 --partners 33
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from sda.configuration import packaged
from sda.model import CloseApproach, Kind
from sharing.policy import load_engine
from sharing.publishing import Edition, publish
from sharing.registry import Registry, load_registry
from sharing.release import Decided, Solution, release, solution_of
from sharing.schema import open_sharing

_START = datetime(2026, 11, 1, tzinfo=UTC)
_SECRET = bytes(32)


def approach(number: int, run: int) -> CloseApproach:
    """Return one crossing; one in ten moves by more than the margins from run to run."""
    news = run if number % 10 == 0 else 0
    return CloseApproach(
        norad_id_1=10_000 + number % 5_000,
        name_1=f"OBJECT {number % 5_000}",
        norad_id_2=50_000 + number // 5_000,
        name_2="DEBRIS",
        kind=Kind.CROSSING,
        tca=_START + timedelta(hours=12 + number % 48, seconds=number % 3_571),
        miss_km=0.1 + number % 97 / 20 + 0.1 * news,
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


def solutions_of(events: int, run: int, registry: Registry) -> list[Solution]:
    """Return the approaches of a run: most public, one in twenty from each marked source."""
    marked = {5: "trilateral", 15: "commercial"}
    sources = (marked.get(number % 20, "public") for number in range(events))
    return [
        solution_of(source, [source], approach(number, run), registry)
        for number, source in enumerate(sources)
    ]


def measure(events: int, n_partners: int, database: Engine, path: Path) -> dict[str, object]:
    """Publish a run, the same again, and one in which a tenth has changed."""
    config = packaged("config")
    registry = load_registry(config)
    policy = load_engine(config, registry)
    partners = list(registry.partners.values())[:n_partners]
    result: dict[str, object] = {"events": events, "partners": len(partners)}
    for name, run in (("first", 0), ("repeated", 0), ("a_tenth_changed", 1)):
        now = _START + timedelta(hours=run)
        edition = Edition(f"run {run}", now, (now, now + timedelta(days=3)), policy.digest)
        solutions = solutions_of(events, run, registry)
        begun = time.perf_counter()
        releases: dict[str, Sequence[Decided]] = {
            partner.id: release(partner, solutions, registry, policy, now) for partner in partners
        }
        decided = time.perf_counter()
        done = publish(database, edition, releases, registry.rules, _SECRET)
        published = time.perf_counter()
        changes = done.partners.values()
        written = sum(one.new + one.revised + one.retracted + one.closed for one in changes)
        result[name] = {
            "decide_s": round(decided - begun, 2),
            "publish_s": round(published - decided, 2),
            "entries": written,
            "entries_per_s": round(written / (published - decided)),
        }
    files = path.parent.glob(f"{path.name}*")
    result["database_bytes"] = sum(file.stat().st_size for file in files)
    result["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def main() -> None:
    """Run with the sizes given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--partners", type=int, default=33)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.db"
        database = open_sharing(f"sqlite:///{path}")
        print(json.dumps(measure(asked.events, asked.partners, database, path), indent=2))
        database.dispose()


if __name__ == "__main__":
    main()
