"""Do what `tearline screen` is asked: choose the objects, search, write rows and report."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from os import cpu_count
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import orjson

from sda.configuration import find_config, read_toml
from sda.console import progress, say
from sda.elements import Reject, newest, read_files
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.outputs import Format, Spool, opened, sorted_rows
from sda.screening import KINDS, ROW_ORDER, ScreeningConfig, Sweep, Tabulation, Unpropagated
from sda.times import format_utc

__all__ = ["Request", "answer"]

_SHOWN_REJECTS: Final = 5
_LeftOut = tuple[tuple[int, str], ...]
"""Catalogue numbers, each with the reason."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `tearline screen`."""

    catalogue: tuple[str, ...]
    start: datetime
    hours: float
    threshold_km: float
    format: Format
    out: Path | None
    report: Path | None
    max_age_days: float | None
    workers: int | None
    config: Path | None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The objects to screen, those too old, and the records that could not be read."""

    elements: tuple[ElementSet, ...]
    old: _LeftOut
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """What a search came to."""

    counts: Counter[str]
    unusable: tuple[Unpropagated, ...]
    workers: int
    seconds: float


def answer(request: Request) -> None:
    """Screen as asked; rows go to stdout or a file, a summary to stderr.

    Raises CatalogueError when nothing usable is left, OutputError when a file cannot be written.
    """
    begun_s = perf_counter()
    config = read_toml(find_config(request.config) / "screening.toml", ScreeningConfig)
    chosen = _choose(request, config)
    if not chosen.elements:
        _say_rejects(chosen.rejects)
        raise CatalogueError("no usable object is left: check the files, or raise --max-age-days")
    workers = request.workers or cpu_count() or 1
    sweep = Sweep(
        chosen.elements,
        request.start,
        request.hours,
        request.threshold_km,
        config,
        workers=workers,
    )
    with sorted_rows(request.out, request.format, ROW_ORDER) as spool:
        counts = _spool_rows(sweep, spool, f"screening {len(chosen.elements)} objects")
        unusable = sweep.unusable()
        if len(unusable) == len(chosen.elements) and not counts:
            raise CatalogueError("SGP4 can propagate none of the objects: check the element sets")
    done = _Done(counts, unusable, workers, perf_counter() - begun_s)
    _say_rejects(chosen.rejects)
    if unusable or chosen.old:
        say(f"{len(unusable)} objects not propagable throughout, {len(chosen.old)} too old")
    if request.report is not None:
        described = _report(request, config, chosen, sweep, done)
        with opened(request.report) as stream:
            stream.write(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")


def _choose(request: Request, config: ScreeningConfig) -> _Chosen:
    """Return the newest set per object of files and archive, and what is left out."""
    paths = [Path(name) for name in request.catalogue if name != "db"]
    reading = read_files(paths)
    stored: tuple[ElementSet, ...] = ()
    unused: _LeftOut = ()
    if len(paths) < len(request.catalogue):
        stored, unused = _of_archive(request.start, config)
    found = newest((*stored, *reading.elements))
    days = request.max_age_days
    limit = timedelta.max if days is None else timedelta(days=days)
    kept = tuple(one for one in found if abs(request.start - one.epoch) <= limit)
    old = (
        (one.norad_id, f"newest set is of {format_utc(one.epoch)}, over {days:g} d away")
        for one in found
        if abs(request.start - one.epoch) > limit
    )
    return _Chosen(kept, (*unused, *old), reading.rejects)


def _of_archive(
    start: datetime, config: ScreeningConfig
) -> tuple[tuple[ElementSet, ...], _LeftOut]:
    """Return the archive's catalogue at a time, and the objects whose sets are too old."""
    # Whoever screens files need not wait for the database to load.
    from sda.jobs import catalogue_at
    from sda.settings import load_settings
    from sda.store import Archive, open_store

    archive = Archive(open_store(load_settings().database_url))
    catalogue = catalogue_at(archive, start, None, config)
    return catalogue.elements, catalogue.unused


def _spool_rows(sweep: Sweep, spool: Spool, title: str) -> Counter[str]:
    """Write the rows as they are found; return how many there are of each kind."""
    tabulation = Tabulation(sweep.propagator.elements, sweep.window.start)
    counts = np.zeros(len(KINDS), np.int64)
    with progress(title) as told:
        for rows in sweep.blocks(told):
            spool.add(tabulation.table(rows))
            counts += np.bincount(rows.kind, minlength=len(KINDS))
        rows = sweep.lingering()
        spool.add(tabulation.table(rows))
        counts += np.bincount(rows.kind, minlength=len(KINDS))
    names = (kind.value for kind in KINDS)
    return +Counter(dict(zip(names, counts.tolist(), strict=True)))


def _say_rejects(rejects: tuple[Reject, ...]) -> None:
    """Say on stderr how many records were rejected, and show the first."""
    if not rejects:
        return
    say(f"{len(rejects)} records rejected:")
    for reject in rejects[:_SHOWN_REJECTS]:
        say(f"  {reject.file}:{reject.line}: {reject.reason}")
        say(f"    expected: {reject.expected}")
        say(f"    found:    {reject.text}")
    if len(rejects) > _SHOWN_REJECTS:
        say(f"  and {len(rejects) - _SHOWN_REJECTS} more; --report lists them all")


def _report(
    request: Request, config: ScreeningConfig, chosen: _Chosen, sweep: Sweep, done: _Done
) -> dict[str, Any]:
    # Reading the environment by pydantic takes a tenth of a second, and only the report needs it.
    from sda.settings import load_settings

    return {
        "exercise": load_settings().exercise,
        "start_utc": format_utc(sweep.window.start),
        "end_utc": format_utc(sweep.window.end),
        "threshold_km": request.threshold_km,
        "n_objects": len(chosen.elements),
        "n_rows": dict(sorted(done.counts.items())),
        "workers": done.workers,
        "seconds": round(done.seconds, 3),
        "assumptions": config.model_dump(mode="json", exclude={"max_age_days"}),
        "max_age_days": request.max_age_days,
        "rejected": [asdict(reject) for reject in chosen.rejects],
        "too_old": [{"norad_id": norad_id, "reason": reason} for norad_id, reason in chosen.old],
        "unusable": [
            {
                "norad_id": one.element_set.norad_id,
                "name": one.element_set.name,
                "reason": one.reason,
                "since_utc": format_utc(one.since) if one.since else None,
            }
            for one in done.unusable
        ],
    }
