"""Do what `tearline rpo` is asked: read histories, look for events, write them and a report."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from sda.cli.choice import say_rejects
from sda.configuration import find_config, read_toml
from sda.console import progress, say
from sda.elements import Reject, read_files, read_satcat
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.outputs import opened
from sda.rpo.config import RpoConfig
from sda.rpo.context.declared import read_declared
from sda.rpo.detection import Detection, Knowledge, Remembered, detect
from sda.rpo.documents import CSV_COLUMNS, Document, document, flat
from sda.rpo.history.cleaning import History, cleaned
from sda.rpo.identity import Known, identified
from sda.rpo.model import Event, Verdict
from sda.times import format_utc

__all__ = ["DetectionRequest", "answer"]

_AFTER = timedelta(days=1)
"""How far past the window sets of the archive are read: a set may serve the day before it."""


@dataclass(frozen=True, slots=True)
class DetectionRequest:
    """The options of `tearline rpo`."""

    history: tuple[str, ...]
    start: datetime
    days: float
    format: str
    everything: bool
    out: Path | None
    report: Path | None
    sources: tuple[str, ...] | None
    """Sources of the archive's sets; None for all."""
    satcat: Path | None
    workers: int | None
    config: Path | None


@dataclass(frozen=True, slots=True)
class _Read:
    """What there is to look at."""

    elements: tuple[ElementSet, ...]
    rejects: tuple[Reject, ...]
    remembered: tuple[Remembered, ...]


def answer(request: DetectionRequest) -> None:
    """Look for events as asked; they go to stdout or a file, a summary to stderr.

    Raises CatalogueError when nothing usable is left, OutputError when a file cannot be written.
    """
    begun_s = perf_counter()
    place = find_config(request.config)
    config = read_toml(place / "rpo.toml", RpoConfig)
    declared = read_declared(place)
    satcat = None if request.satcat is None else read_satcat(request.satcat)
    read = _read(request, config)
    rejects = (*read.rejects, *(() if satcat is None else satcat.rejects))
    say_rejects(rejects)
    history = cleaned(read.elements, config.history, outliers=config.outliers)
    if not history.tracks:
        raise CatalogueError("no usable element set is left: check the files of the history")
    with progress(f"following {len(history.tracks)} objects") as told:
        detection = detect(
            history,
            request.start,
            request.days,
            config,
            Knowledge(satcat=satcat, declared=declared),
            remembered=read.remembered,
            everything=request.everything,
            workers=request.workers,
            told=told,
        )
    if not detection.days:
        raise CatalogueError(_out_of_reach(history, request))
    shown = [
        document(one)
        for one in _named(detection, read.remembered, config)
        if request.everything or one.verdict is not Verdict.NONE
    ]
    with opened(request.out) as stream:
        for part in _written(shown, request.format):
            stream.write(part)
    for line in _summary(history, detection):
        say(line)
    if request.report is not None:
        seconds = perf_counter() - begun_s
        described = _report(request, config, history, detection, rejects, seconds)
        with opened(request.report) as stream:
            stream.write(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")


def _read(request: DetectionRequest, config: RpoConfig) -> _Read:
    """Return the element sets of files and archive, and the events that runs have told."""
    paths = [Path(name) for name in request.history if name != "db"]
    reading = read_files(paths)
    if len(paths) == len(request.history):
        return _Read(reading.elements, reading.rejects, ())
    # Whoever looks at files need not wait for the database to load.
    from sda.settings import load_settings
    from sda.store import Archive, Events, open_store

    engine = open_store(load_settings().database_url)
    end = request.start + timedelta(days=request.days)
    since = request.start - timedelta(days=config.look_back_days)
    stored = Archive(engine).histories(since, end + _AFTER, request.sources)
    closes_after = timedelta(days=config.closes_after_days)
    remembered = Events(engine).remembered(end, closes_after=closes_after)
    return _Read((*stored, *reading.elements), reading.rejects, remembered)


def _named(
    detection: Detection, remembered: Sequence[Remembered], config: RpoConfig
) -> list[Event]:
    """Return the events under the names that runs have told, by points, then by name."""
    known = [
        Known(one.event_id, one.norad_id_1, one.norad_id_2, one.start, one.end)
        for one in remembered
    ]
    events = identified(detection.events, known, timedelta(days=config.closes_after_days))
    return sorted(events, key=lambda one: (-one.score.points, one.event_id))


def _out_of_reach(history: History, request: DetectionRequest) -> str:
    if len(history.tracks) < 2:
        return "the history holds one object only: an event takes two"
    first = min(track[0].epoch for track in history.tracks.values())
    last = max(track[-1].epoch for track in history.tracks.values())
    end = request.start + timedelta(days=request.days)
    return (
        f"no element set is young enough between {format_utc(request.start)} and "
        f"{format_utc(end)}: the history reaches from {format_utc(first)} to {format_utc(last)}"
    )


def _written(shown: Sequence[Document], format: str) -> Iterator[bytes]:
    """Yield events as text: one array with an object a line, an object a line, or a table."""
    if format == "csv":
        table = io.StringIO(newline="")
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        writer.writerows(flat(one) for one in shown)
        yield table.getvalue().encode()
        return
    lines = (orjson.dumps(one) for one in shown)
    if format == "jsonl":
        for line in lines:
            yield line + b"\n"
        return
    yield b"[\n"
    for place, line in enumerate(lines):
        yield line if place == 0 else b",\n" + line
    yield b"\n]\n" if shown else b"]\n"


def _summary(history: History, detection: Detection) -> Iterator[str]:
    yield (
        f"{detection.n_objects} objects, {len(detection.days)} days evaluated, "
        f"{detection.n_pairs} pairs"
    )
    verdicts = Counter(one.verdict for one in detection.events)
    yield "events: " + ", ".join(f"{verdicts[one]} {one.value}" for one in Verdict)
    dropped = Counter(str(one.reason) for one in history.dropped)
    if dropped:
        yield f"{len(history.dropped)} sets dropped: {_counted(dropped)}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())


def _report(
    request: DetectionRequest,
    config: RpoConfig,
    history: History,
    detection: Detection,
    rejects: Sequence[Reject],
    seconds: float,
) -> dict[str, Any]:
    from sda.settings import load_settings

    verdicts = Counter(one.verdict.value for one in detection.events)
    classes = Counter(one.event_class.value for one in detection.events)
    return {
        "exercise": load_settings().exercise,
        "history": list(request.history),
        "start_utc": format_utc(request.start),
        "end_utc": format_utc(request.start + timedelta(days=request.days)),
        "days_evaluated": [f"{day:%Y-%m-%d}" for day in detection.days],
        "n_objects": detection.n_objects,
        "n_sets": sum(len(track) for track in history.tracks.values()),
        "n_pairs": detection.n_pairs,
        "n_events": {one.value: verdicts[one.value] for one in Verdict},
        "n_events_of_class": dict(sorted(classes.items())),
        "seconds": round(seconds, 3),
        "satcat": None if request.satcat is None else str(request.satcat),
        "assumptions": config.model_dump(mode="json", by_alias=True),
        "rejected": [asdict(reject) for reject in rejects],
        "dropped": [
            {
                "norad_id": one.element_set.norad_id,
                "epoch_utc": format_utc(one.element_set.epoch),
                "source": one.element_set.source,
                "reason": str(one.reason),
            }
            for one in history.dropped
        ],
    }
