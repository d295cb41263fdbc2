"""Do what `tearline screen` is asked: search, write rows and report."""

from collections import Counter
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np
import orjson

from sda.cli.choice import Chosen, choose, say_rejects
from sda.cli.request import Request
from sda.configuration import find_config, read_toml
from sda.console import progress, say
from sda.errors import CatalogueError
from sda.outputs import Spool, opened, sorted_rows
from sda.screening import (
    KINDS,
    ROW_ORDER,
    ScreeningConfig,
    Sweep,
    Tabulation,
    Unpropagated,
    VolumeSweep,
    executor_at,
    narrowed,
)
from sda.times import format_utc

__all__ = ["answer"]

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class _Done:
    """What a search came to."""

    counts: Counter[str]
    unusable: tuple[Unpropagated, ...]
    workers: int
    seconds: float


def answer(request: Request) -> None:
    """Screen as asked; rows go to stdout or a file, a summary to stderr.

    Raises CatalogueError when nothing usable is left, OutputError when a file cannot be written,
    WorkerError when the processes or the cluster that are to search fail.
    """
    begun_s = perf_counter()
    config = read_toml(find_config(request.config) / "screening.toml", ScreeningConfig)
    # Processes start while the files are read.
    with executor_at(request.executor, request.workers) as (executor, workers):
        chosen = choose(request, config)
        search = _search(request, chosen, config, executor, workers)
        n_objects = len(search.propagator) + len(search.propagator.unusable)
        with sorted_rows(request.out, request.format, ROW_ORDER) as spool:
            counts = _spool_rows(search, spool, f"screening {n_objects} objects")
            unusable = search.unusable()
            if len(unusable) == n_objects and not counts:
                raise CatalogueError(
                    "SGP4 can propagate none of the objects: check the element sets"
                )
    done = _Done(counts, unusable, workers, perf_counter() - begun_s)
    say_rejects(chosen.rejects)
    if chosen.absent:
        named = ", ".join(str(number) for number in chosen.absent[:_SHOWN])
        more = f" and {len(chosen.absent) - _SHOWN} more" if len(chosen.absent) > _SHOWN else ""
        say(f"{len(chosen.absent)} primaries have no usable element set: {named}{more}")
    if unusable or chosen.old:
        say(f"{len(unusable)} objects not propagable throughout, {len(chosen.old)} too old")
    if request.report is not None:
        described = _report(request, config, chosen, search, done)
        with opened(request.report) as stream:
            stream.write(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")


def _search(
    request: Request,
    chosen: Chosen,
    config: ScreeningConfig,
    executor: Executor | None,
    workers: int,
) -> Sweep | VolumeSweep:
    """Return the search that is asked for, without the objects that no primary can meet."""
    elements, primaries = chosen.elements, chosen.primaries
    if request.threshold_km is None:
        return VolumeSweep(
            elements, request.start, request.hours, config,
            primaries=primaries, workers=workers, executor=executor,
        )  # fmt: skip
    if primaries is not None:
        reach_km = max(request.threshold_km, config.coincident_km)
        elements = narrowed(elements, primaries, request.start, request.hours, reach_km)
    return Sweep(
        elements, request.start, request.hours, request.threshold_km, config,
        primaries=primaries, workers=workers, executor=executor,
    )  # fmt: skip


def _spool_rows(search: Sweep | VolumeSweep, spool: Spool, title: str) -> Counter[str]:
    """Write the rows as they are found; return how many there are of each kind."""
    tabulation = Tabulation(search.propagator.elements, search.window.start)
    counts = np.zeros(len(KINDS), np.int64)
    with progress(title) as told:
        for rows in search.blocks(told):
            spool.add(tabulation.table(rows))
            counts += np.bincount(rows.kind, minlength=len(KINDS))
        rows = search.lingering()
        spool.add(tabulation.table(rows))
        counts += np.bincount(rows.kind, minlength=len(KINDS))
    names = (kind.value for kind in KINDS)
    return +Counter(dict(zip(names, counts.tolist(), strict=True)))


def _report(
    request: Request,
    config: ScreeningConfig,
    chosen: Chosen,
    search: Sweep | VolumeSweep,
    done: _Done,
) -> dict[str, Any]:
    # Reading the environment by pydantic takes a tenth of a second, and only the report needs it.
    from sda.settings import load_settings

    return {
        "exercise": load_settings().exercise,
        "start_utc": format_utc(search.window.start),
        "end_utc": format_utc(search.window.end),
        **_asked(request, chosen, search),
        "n_objects": len(chosen.elements),
        "n_rows": dict(sorted(done.counts.items())),
        "workers": done.workers,
        "seconds": round(done.seconds, 3),
        "assumptions": config.model_dump(
            mode="json",
            include={
                "coincident_km": True,
                "slow_km_s": True,
                "probability": True,
                "covariance": {"error"},
            },
        ),
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


def _asked(request: Request, chosen: Chosen, search: Sweep | VolumeSweep) -> dict[str, Any]:
    """Describe what was searched for: only what was asked."""
    asked: dict[str, Any] = {}
    if isinstance(search, VolumeSweep):
        asked["volumes"] = [asdict(volume) for volume in search.volumes]
    else:
        asked["threshold_km"] = request.threshold_km
    if chosen.primaries is not None:
        present, absent = sorted(chosen.primaries), sorted(chosen.absent)
        asked["primaries"] = {"present": present, "absent": absent}
    chosen_by = request.selection
    filters = {
        "regime": sorted(chosen_by.regimes),
        "type": sorted(chosen_by.types),
        "owner": sorted(chosen_by.owners),
        "satcat": [] if request.satcat is None else str(request.satcat),
    }
    if used := {name: value for name, value in filters.items() if value}:
        asked["filters"] = used
    return asked
