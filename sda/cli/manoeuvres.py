"""Declare `tearline manoeuvres`, and do what it is asked."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sda.model import ElementSet
    from sda.rpo.config import RpoConfig
    from sda.rpo.history.cleaning import History
    from sda.rpo.manoeuvres.finding import Manoeuvre

__all__ = ["ManoeuvreFormat", "manoeuvres"]


class ManoeuvreFormat(StrEnum):
    """Format of a list of manoeuvres."""

    JSON = "json"
    CSV = "csv"


def manoeuvres(
    history: Annotated[
        list[str], typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`.")
    ],
    norad: Annotated[
        list[int] | None, typer.Option("--norad", help="Only this object. Repeat for more.")
    ] = None,
    format: Annotated[
        ManoeuvreFormat, typer.Option(help="Format of the list.")
    ] = ManoeuvreFormat.JSON,
    out: Annotated[Path | None, typer.Option(help="File to write; default stdout.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
    ] = None,
) -> None:
    """Find the manoeuvres in the element-set histories of objects.

    Rows of a confidence of 0.5 and more are detections.

    Example: tearline manoeuvres jason.tle --norad 26997 --format csv
    """
    from sda.configuration import find_config, read_toml
    from sda.console import progress, say
    from sda.outputs import opened, require_writable
    from sda.rpo.config import RpoConfig
    from sda.rpo.manoeuvres.finding import MIN_SETS, find_manoeuvres

    require_writable(out)
    settings = read_toml(find_config(config) / "rpo.toml", RpoConfig)
    tracks = _history(history, norad or (), settings).tracks
    found: list[Manoeuvre] = []
    with progress(f"looking at {len(tracks)} objects") as told:
        for k, track in enumerate(tracks.values()):
            found += find_manoeuvres(track, settings.manoeuvres)
            told((k + 1) / len(tracks))
    found.sort(key=lambda one: (one.norad_id, one.start, one.end))
    with opened(out) as stream:
        stream.write(_json(found) if format is ManoeuvreFormat.JSON else _csv(found))
    detected = sum(one.confidence >= 0.5 for one in found)
    few = sum(len(track) < MIN_SETS for track in tracks.values())
    unsaid = f", {few} with fewer than {MIN_SETS} sets" if few else ""
    say(f"{len(tracks)} objects{unsaid}; {detected} manoeuvres detected, {len(found)} rows")


def _history(history: Sequence[str], norad: Sequence[int], settings: "RpoConfig") -> "History":
    """Return the cleaned sets of the objects that are asked for.

    Raises CatalogueError when there is none.
    """
    from sda.cli.choice import say_rejects
    from sda.console import say
    from sda.elements import read_files
    from sda.errors import CatalogueError
    from sda.rpo.history.cleaning import cleaned

    paths = [Path(name) for name in history if name != "db"]
    reading = read_files(paths)
    say_rejects(reading.rejects)
    elements = [*reading.elements, *(_stored(norad) if len(paths) < len(history) else ())]
    wanted = frozenset(norad) or frozenset(one.norad_id for one in elements)
    if absent := sorted(wanted - {one.norad_id for one in elements}):
        say(f"no element set of {', '.join(map(str, absent))}")
    chosen = (one for one in elements if one.norad_id in wanted)
    found = cleaned(chosen, settings.history, outliers=settings.outliers)
    if found.dropped:
        counts = ((n, reason.value) for reason, n in found.counts().items() if n)
        told = ", ".join(f"{n} {reason}" for n, reason in counts)
        say(f"{len(found.dropped)} sets dropped: {told}")
    if not found.tracks:
        raise CatalogueError("no usable element set is left: check the files, and --norad")
    return found


def _stored(norad: Sequence[int]) -> "Iterable[ElementSet]":
    """Return what the archive holds of some objects, or of all."""
    # Whoever looks at files need not wait for the database to load.
    from datetime import UTC, datetime

    from sda.settings import load_settings
    from sda.store import Archive, open_store

    archive = Archive(open_store(load_settings().database_url))
    if norad:
        return [one for number in sorted(set(norad)) for one in archive.history(number)]
    return archive.histories(datetime(1957, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _rows(found: "Iterable[Manoeuvre]") -> list[dict[str, Any]]:
    from sda.times import format_utc

    return [
        {
            "norad_id": one.norad_id,
            "start_utc": format_utc(one.start),
            "end_utc": format_utc(one.end),
            "kind": one.kind.value,
            "delta_v_m_s": round(one.delta_v_m_s, 6),
            "confidence": round(one.confidence, 4),
            "purpose": one.purpose.value,
            "semi_major_change_km": round(one.semi_major_change_km, 6),
            "plane_change_deg": round(one.plane_change_deg, 6),
        }
        for one in found
    ]


_COLUMNS = (
    "norad_id", "start_utc", "end_utc", "kind", "delta_v_m_s", "confidence", "purpose",
    "semi_major_change_km", "plane_change_deg",
)  # fmt: skip


def _json(found: "Iterable[Manoeuvre]") -> bytes:
    import orjson

    return orjson.dumps(_rows(found), option=orjson.OPT_INDENT_2) + b"\n"


def _csv(found: "Iterable[Manoeuvre]") -> bytes:
    import csv
    from io import StringIO

    text = StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(found))
    return text.getvalue().encode()
