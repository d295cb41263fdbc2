"""Do the steps of a detection job: ingest files, screen solutions, find operations, keep all."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from sda import __version__
from sda.elements import files_of, read_files
from sda.errors import CatalogueError, ElementError
from sda.model import ElementSet
from sda.orbit import regime_of
from sda.rpo.config import RpoConfig
from sda.rpo.detection import Knowledge
from sda.rpo.detection import detect as find_events
from sda.rpo.history.cleaning import cleaned
from sda.rpo.model import Verdict
from sda.screening import ScreeningConfig, narrowed, screen
from sda.store import (
    Archive,
    Events,
    Ingestion,
    Reject,
    Run,
    Runs,
    Saved,
    Status,
    Telling,
)
from sda.times import format_utc

__all__ = [
    "Catalogue",
    "Detected",
    "Detection",
    "Ingested",
    "Operations",
    "RunConfig",
    "Unused",
    "catalogue_at",
    "detect",
    "find_operations",
    "ingest",
]

Progress = Callable[[float], None]
Unused = tuple[int, str]
"""Catalogue number of an object that was left out, and why."""
_Layer = tuple[str, tuple[str, ...], "Catalogue", frozenset[int] | None]
"""Solution, its sources, its catalogue, and the objects it is screened for (None: all)."""


_PUBLIC = "public"
"""Name of the solution that is made of the base sources alone."""


class RunConfig(BaseModel):
    """What a run does when it is not told otherwise; config/run.toml gives the reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hours: float = Field(gt=0)
    threshold_km: float = Field(gt=0)
    stale_after_hours: float = Field(gt=0)
    # Configurations of before these were looked for do not name them.
    rpo_days: float = Field(default=1.0, gt=0)
    rpo_look_back_days: float = Field(default=120.0, gt=0)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the records of one file."""

    file: str
    source: str
    new: int
    known: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The newest usable set of each object at a time, and the objects left out with reasons."""

    elements: tuple[ElementSet, ...]
    unused: tuple[Unused, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """What to screen: a window, a threshold, and the sources of its solutions.

    The first solution is made of the `base` sources. Each source of `overlays` makes another:
    its sets in the place of the base's, screened for the objects that it has.
    """

    at: datetime
    hours: float
    threshold_km: float
    base: tuple[str, ...]
    overlays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detected:
    """What a detection run holds, by solution."""

    run: Run
    n_objects: int
    n_approaches: dict[str, int]
    unused: dict[str, int]


@dataclass(frozen=True, slots=True)
class Operations:
    """What the search for operations of a run came to."""

    start: datetime
    end: datetime
    n_objects: int
    n_days: int
    """UTC days that could be evaluated."""
    n_pairs: int
    n_events: dict[str, int]
    """Events within the window by verdict, without `none`."""
    saved: Saved


def ingest(
    archive: Archive, paths: Iterable[Path], source: str, now: datetime
) -> tuple[Ingested, ...]:
    """Read files and directories into the archive, each file whole or not at all.

    Raises ElementError when not one usable record was found in all of them.
    """
    done: list[Ingested] = []
    for file in (file for path in paths for file in files_of(path)):
        reading = read_files([file], source)
        rejects = tuple(
            Reject(f"line {r.line}", r.text, f"{r.reason}; expected {r.expected}")
            for r in reading.rejects
        )
        digest = sha256(file.read_bytes()).hexdigest()
        added = archive.add(reading.elements, Ingestion(str(file), digest, source, now, rejects))
        done.append(
            Ingested(str(file), source, added.new, added.known, len(rejects) + added.differing)
        )
    if not any(one.new or one.known for one in done):
        raise ElementError("no usable element set in what was given: check the files' format")
    return tuple(done)


def catalogue_at(
    archive: Archive, at: datetime, sources: Sequence[str] | None, config: ScreeningConfig
) -> Catalogue:
    """Return the newest set per object not after a time and within its regime's age limit."""
    elements: list[ElementSet] = []
    unused: list[Unused] = []
    for one in archive.catalogue(at, sources=sources):
        limit = timedelta(days=config.max_age_days[regime_of(one)])
        if at - one.epoch <= limit:
            elements.append(one)
        else:
            age = (at - one.epoch) / timedelta(days=1)
            unused.append(
                (one.norad_id, f"newest set is {age:.1f} d old, the limit {limit.days} d")
            )
    return Catalogue(tuple(elements), tuple(unused))


def detect(
    engine: Engine,
    detection: Detection,
    config: ScreeningConfig,
    stale_after: timedelta,
    now: datetime,
    progress: Progress = lambda fraction: None,
) -> Detected:
    """Screen every solution that is not kept yet, and keep it.

    A run is named by a digest of all that decides its result, so a repeated or resumed one
    finds what it did before. Raises CatalogueError when the base catalogue is empty or stale.
    """
    archive, runs = Archive(engine), Runs(engine)
    _require_fresh(archive, detection, stale_after)
    base = catalogue_at(archive, detection.at, detection.base, config)
    layers: list[_Layer] = [(_PUBLIC, detection.base, base, None)]
    for source in detection.overlays:
        over = catalogue_at(archive, detection.at, (source,), config)
        if over.elements:
            held = frozenset(one.norad_id for one in over.elements)
            layers.append((source, (source, *detection.base), _laid_over(base, over), held))
    run = runs.begin(_run(detection, [catalogue for _, _, catalogue, _ in layers], config, now))
    done = runs.solutions(run.run_id)
    for place, (name, sources, catalogue, primaries) in enumerate(layers):
        if name in done:
            continue
        elements = catalogue.elements
        if primaries is not None:
            reach_km = max(detection.threshold_km, config.coincident_km)
            elements = narrowed(elements, primaries, detection.at, detection.hours, reach_km)
        screening = screen(
            elements,
            detection.at,
            detection.hours,
            detection.threshold_km,
            config,
            primaries=primaries,
            progress=lambda fraction, place=place: progress((place + fraction) / len(layers)),  # type: ignore[misc]
        )
        unused = (
            *catalogue.unused,
            *((u.element_set.norad_id, u.reason) for u in screening.unusable),
        )
        runs.keep(run.run_id, name, sources, screening.approaches, unused)
    if run.status is Status.RUNNING:
        runs.finish(run.run_id, Status.COMPLETE)
        run = replace(run, status=Status.COMPLETE)
    counts = {name: len(runs.approaches(run.run_id, name)) for name, *_ in layers}
    unused_counts = {name: len(runs.unusable(run.run_id, name)) for name, *_ in layers}
    return Detected(run, len(base.elements), counts, unused_counts)


def find_operations(
    engine: Engine,
    at: datetime,
    sources: tuple[str, ...],
    run: RunConfig,
    config: RpoConfig,
    knowledge: Knowledge,
    progress: Progress = lambda fraction: None,
) -> Operations:
    """Look for operations in the days up to a time, and keep them from run to run.

    Only sets up to that time are used, and only what runs of earlier times told is remembered: so
    a repeated run tells the same and changes nothing.
    """
    config = config.model_copy(update={"look_back_days": run.rpo_look_back_days})
    start, since = (
        at - timedelta(days=run.rpo_days),
        at - timedelta(days=run.rpo_days + run.rpo_look_back_days),
    )
    closes_after = timedelta(days=config.closes_after_days)
    events = Events(engine)
    sets = Archive(engine).histories(since, at, sources)
    history = cleaned(sets, config.history, outliers=config.outliers)
    detection = find_events(
        history,
        start,
        run.rpo_days,
        config,
        knowledge,
        remembered=events.remembered(at, _PUBLIC, closes_after),
        told=progress,
    )
    # The first days read lack the sets of the days before, which would have served them too.
    whole = since + timedelta(days=max(config.max_age_days.values()))
    telling = Telling(at, _PUBLIC, sources, start, whole, closes_after)
    saved = events.save(telling, detection.events)
    verdicts = Counter(one.verdict for one in detection.events)
    return Operations(
        start,
        at,
        detection.n_objects,
        len(detection.days),
        detection.n_pairs,
        {one.value: verdicts[one] for one in Verdict if one is not Verdict.NONE},
        saved,
    )


def _require_fresh(archive: Archive, detection: Detection, stale_after: timedelta) -> None:
    elements = archive.catalogue(detection.at, sources=detection.base)
    if not elements:
        raise CatalogueError(
            f"the archive has no public element set up to {format_utc(detection.at)}: ingest some"
        )
    newest = max(one.epoch for one in elements)
    if detection.at - newest > stale_after:
        raise CatalogueError(
            f"the catalogue is stale: its newest set is of {format_utc(newest)}, more than "
            f"{stale_after / timedelta(hours=1):g} h before {format_utc(detection.at)}; ingest "
            "newer sets or give --at"
        )


def _laid_over(base: Catalogue, over: Catalogue) -> Catalogue:
    by_id = {one.norad_id: one for one in (*base.elements, *over.elements)}
    return Catalogue(tuple(by_id[norad_id] for norad_id in sorted(by_id)), over.unused)


def _run(
    detection: Detection, catalogues: Sequence[Catalogue], config: ScreeningConfig, now: datetime
) -> Run:
    deciding = config.model_dump(
        mode="json", exclude={"step_s": True, "volumes": True, "covariance": {"measuring"}}
    )
    digest = sha256(f"{__version__} {detection!r} {deciding!r}".encode())
    for catalogue in catalogues:
        digest.update(repr(catalogue).encode())
    return Run(
        digest.hexdigest()[:16],
        detection.at,
        detection.hours,
        detection.threshold_km,
        Status.RUNNING,
        now,
    )
