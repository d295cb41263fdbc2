"""Run `tearline rpo` as its users do, and read its answer."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

TEARLINE = Path(sys.executable).with_name("tearline")
FLAGGED = ("probable", "possible")
UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss


class CommandError(Exception):
    """The command ended with another status than 0."""


Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run printed and took; the peak is that of its largest process."""

    events: list[Document]
    wall_s: float
    peak_mib: float
    told: str = field(repr=False)

    def of(self, first: int, second: int) -> list[Document]:
        """Return the events of a pair, the highest score first."""
        low, high = sorted((first, second))
        found = [e for e in self.events if (e["norad_id_1"], e["norad_id_2"]) == (low, high)]
        return sorted(found, key=lambda e: -score(e))

    def rank(self, event: Document) -> int:
        """Return an event's place by score, 1 the highest; equal scores share the better one."""
        return 1 + sum(score(other) > score(event) for other in self.events)

    @property
    def flagged(self) -> list[Document]:
        """Return the events found probable or possible, the highest score first."""
        return sorted((e for e in self.events if is_flagged(e)), key=lambda e: -score(e))


def score(event: Document) -> float:
    """Return the points of an event."""
    return float(event["score"])


def is_flagged(event: Document) -> bool:
    """Return whether an event is called probable or possible."""
    return event["verdict"] in FLAGGED


def day_of(text: str) -> date:
    """Return the day of a printed time."""
    return datetime.fromisoformat(text).date()


def overlaps(event: Document, begin: date, end: date) -> bool:
    """Return whether an event lasts into a span of days."""
    return day_of(event["start_utc"]) <= end and begin <= day_of(event["end_utc"])


def ask(
    history: Sequence[Path],
    start: date,
    days: int,
    *options: str,
    everything: bool = True,
    config: Path | None = None,
) -> Answer:
    """Run the command over some files; raises CommandError with what it says."""
    line = [str(TEARLINE), "rpo", *map(str, history)]
    line += ["--start", f"{start.isoformat()}T00:00:00Z", "--days", str(days), "--format", "json"]
    line += ["--all"] * everything + (["--config", str(config)] if config else []) + [*options]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun_s = time.perf_counter()
        process = subprocess.Popen(line, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun_s
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        told = err.read().decode(errors="replace")
        if process.returncode:
            last = (told.strip().splitlines() or ["nothing"])[-1]
            raise CommandError(f"status {process.returncode}: {last}")
        answer = json.loads(out.read())
    return Answer(answer, wall_s, usage.ru_maxrss / UNITS_PER_MIB, told)
