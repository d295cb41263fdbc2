"""Do what `tearline rpo longitudes` is asked: follow objects in the geostationary ring."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict

from sda.cli.choice import say_rejects
from sda.configuration import find_config, read_toml
from sda.console import progress, say
from sda.elements import read_files
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.outputs import opened
from sda.rpo.history.cleaning import HistoryConfig, cleaned
from sda.rpo.ring.arrivals import Arrival, arrivals
from sda.rpo.ring.config import LongitudeConfig
from sda.rpo.ring.documents import (
    LONGITUDE_COLUMNS,
    longitude_document,
    longitude_rows,
)
from sda.rpo.ring.longitude import LongitudeHistory, longitude_history
from sda.times import format_utc

__all__ = ["LongitudeRequest", "answer"]

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class LongitudeRequest:
    """The options of `tearline rpo longitudes`."""

    history: tuple[str, ...]
    norad_ids: frozenset[int]
    """Objects to tell of; empty for all."""
    at: datetime | None
    days: float
    everyone: bool
    format: str
    out: Path | None
    config: Path | None


class _Sections(BaseModel):
    """The sections of rpo.toml that are needed here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    history: HistoryConfig
    longitude: LongitudeConfig


def answer(request: LongitudeRequest) -> None:
    """Follow objects as asked; what is told goes to stdout or a file, a summary to stderr.

    Raises CatalogueError when nothing usable is left, OutputError when a file cannot be written.
    """
    config = read_toml(find_config(request.config) / "rpo.toml", _Sections)
    elements, at = _known(request, config.longitude)
    in_ring = [one for one in elements if regime_of(one) is Regime.GEO]
    tracks = cleaned(in_ring, config.history).tracks
    if not tracks:
        raise CatalogueError(
            f"no usable element set of the geostationary ring up to {format_utc(at)}: "
            "check the files, or give a later --at"
        )
    known: list[LongitudeHistory] = []
    with progress(f"following {len(tracks)} objects") as told:
        for track in tracks.values():
            known.append(longitude_history(track, config.longitude))
            told(len(known) / len(tracks))
    coming = arrivals(known, at, request.days, config.longitude.arrivals, everyone=request.everyone)
    shown, coming = _wanted(request, known, coming)
    with opened(request.out) as stream:
        stream.write(_written(shown, coming, at, request.format))
    say(f"{len(shown)} objects, {len(coming)} arrivals within {request.days:g} days")


def _known(request: LongitudeRequest, config: LongitudeConfig) -> tuple[list[ElementSet], datetime]:
    """Return the element sets of files and archive up to a time, and that time."""
    paths = [Path(name) for name in request.history if name != "db"]
    reading = read_files(paths)
    say_rejects(reading.rejects)
    elements, at = reading.elements, request.at
    if len(paths) < len(request.history):
        # Whoever looks at files need not wait for the database to load.
        from sda.settings import load_settings
        from sda.store import Archive, open_store

        at = at or datetime.now(UTC)
        since = at - timedelta(days=config.roam_days)
        stored = Archive(open_store(load_settings().database_url)).histories(since, at)
        elements = (*stored, *elements)
    if at is None:
        at = max((one.epoch for one in elements), default=datetime.now(UTC))
    return [one for one in elements if one.epoch <= at], at


def _wanted(
    request: LongitudeRequest, known: Sequence[LongitudeHistory], coming: Sequence[Arrival]
) -> tuple[tuple[LongitudeHistory, ...], tuple[Arrival, ...]]:
    """Return the objects that are asked for, with what they will pass; name those that are not."""
    wanted = request.norad_ids
    if not wanted:
        return tuple(known), tuple(coming)
    absent = sorted(wanted - {one.norad_id for one in known})
    if absent:
        named = ", ".join(map(str, absent[:_SHOWN]))
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        say(f"{len(absent)} objects have no usable set in the geostationary ring: {named}{more}")
    if len(absent) == len(wanted):
        raise CatalogueError("none of the objects asked for is in the geostationary ring")
    return (
        tuple(one for one in known if one.norad_id in wanted),
        tuple(one for one in coming if one.norad_id in wanted),
    )


def _written(
    shown: Sequence[LongitudeHistory], coming: Sequence[Arrival], at: datetime, format: str
) -> bytes:
    if format == "json":
        document = longitude_document(shown, coming, at)
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(LONGITUDE_COLUMNS)
    writer.writerows(longitude_rows(shown, coming))
    return table.getvalue().encode()
