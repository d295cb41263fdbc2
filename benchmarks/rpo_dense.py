"""The dense histories of two weeks: time, memory, and what is flagged."""

import gzip
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from rpo_command import ask
from rpo_sets import DATA
from rpo_year import print_controls, print_events

HISTORIES = tuple(sorted((DATA / "history").glob("active-*.3le.gz")))
DAYS = 14


def span_of(path: Path) -> tuple[date, date]:
    """Return the dates in the name of a history, `active-2025-09-12-to-27`."""
    found = re.search(r"(\d{4})-(\d\d)-(\d\d)-to-(\d\d)", path.name)
    if found is None:
        raise SystemExit(f"no dates in the name of {path}")
    year, month, first, last = map(int, found.groups())
    return date(year, month, first), date(year, month, last)


def dense(options: Sequence[str], config: Path | None) -> list[dict[str, object]]:
    """Run each history over the last days that it covers, at most 14, and print."""
    if not HISTORIES:
        raise SystemExit(f"skipped: no histories in {DATA / 'history'}")
    results: list[dict[str, object]] = []
    for path in HISTORIES:
        first, last = span_of(path)
        begin = max(first, last + timedelta(days=1 - DAYS))
        days = (last - begin).days + 1
        answer = ask([path], begin, days, *options, config=config)
        print(
            f"# {path.name}: {sets_of(path)} sets, {begin} and {days} days: "
            f"{answer.wall_s:.0f} s, peak {answer.peak_mib:.0f} MiB, {len(answer.events)} events"
        )
        print(answer.told.strip() + "\n")
        print_events("Flagged", answer.flagged)
        print_controls(answer)
        results.append({"file": path.name, "wall_s": answer.wall_s, "peak_mib": answer.peak_mib})
    return results


def sets_of(path: Path) -> int:
    """Return how many sets a file of 3LE has."""
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        return sum(line.startswith("2 ") for line in file)
