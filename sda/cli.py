"""The commands of detection; `sharing.cli` mounts them beside its own."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from sda.configuration import find_config, read_toml
from sda.console import positive, progress, say, utc
from sda.elements import Reject, newest, read_files
from sda.errors import CatalogueError, ConfigError
from sda.jobs import Catalogue, Unused, catalogue_at, ingest
from sda.model import ElementSet
from sda.outputs import Format, opened, write_rows
from sda.screening import COLUMNS, Screening, ScreeningConfig, exhaustive, row_of
from sda.settings import load_settings
from sda.store import Archive, open_store
from sda.times import format_utc

__all__ = ["ConfigOption", "add_commands", "screening_config", "summary_of_rejects"]

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
]
_SHOWN_REJECTS = 5


class TextFormat(StrEnum):
    """Format of a summary."""

    TEXT = "text"
    JSON = "json"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of detection to an application."""
    app.command("screen")(screen)
    app.command("ingest")(ingest_files)


def screening_config(config: Path | None) -> ScreeningConfig:
    """Return the numbers of judgement of a screening."""
    return read_toml(find_config(config) / "screening.toml", ScreeningConfig)


def summary_of_rejects(rejects: tuple[Reject, ...]) -> None:
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


def screen(
    catalogue: Annotated[
        list[str], typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`.")
    ],
    start: Annotated[datetime, typer.Option(parser=utc, help="Start, as 2025-08-08T12:00:00Z.")],
    hours: Annotated[float, typer.Option(callback=positive, help="Length of the window.")],
    threshold_km: Annotated[
        float, typer.Option("--threshold-km", callback=positive, help="Range to report, km.")
    ],
    format: Annotated[Format, typer.Option(help="Format of the rows.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option(help="File to write; default stdout.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="File for what was assumed and left out (JSON).")
    ] = None,
    max_age_days: Annotated[
        float | None,
        typer.Option(
            "--max-age-days", callback=positive, help="Leave out sets further from start."
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Find every close approach of all objects against all.

    Example: tearline screen full.3le.gz --start 2025-08-08T12:00:00Z --hours 1 --threshold-km 5
    """
    settings = screening_config(config)
    elements, old, rejects = _elements(catalogue, start, settings, max_age_days)
    if not elements:
        summary_of_rejects(rejects)
        raise CatalogueError("no usable object is left: check the files, or raise --max-age-days")
    with opened(out) as stream:
        with progress(f"screening {len(elements)} objects") as told:
            screening = exhaustive(elements, start, hours, threshold_km, settings, None, told)
        if len(screening.unusable) == len(elements) and not screening.approaches:
            raise CatalogueError("SGP4 can propagate none of the objects: check the element sets")
        write_rows(stream, (row_of(one) for one in screening.approaches), format, COLUMNS)
    summary_of_rejects(rejects)
    if screening.unusable or old:
        say(f"{len(screening.unusable)} objects not propagable throughout, {len(old)} too old")
    if report is not None:
        with opened(report) as stream:
            described = _report(screening, settings, rejects, old, max_age_days)
            stream.write(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")


def ingest_files(
    paths: Annotated[list[Path], typer.Argument(help="Files or directories of element sets.")],
    source: Annotated[str, typer.Option(help="Identifier in config/sources.")] = "public",
    format: Annotated[TextFormat, typer.Option(help="Format of the summary.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Keep element sets in the archive, each one once.

    Example: tearline ingest tle_samples/real --source public
    """
    # A set of a source that nobody has declared would lie in the archive and never be screened.
    declared = sorted(file.stem for file in (find_config(config) / "sources").glob("*.toml"))
    if source not in declared:
        raise ConfigError(f"no source {source!r}: choose of {', '.join(declared)}")
    archive = Archive(open_store(load_settings().database_url))
    done = ingest(archive, paths, source, datetime.now(UTC))
    if format is TextFormat.JSON:
        rows = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in done]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for one in done:
        typer.echo(f"{one.file}: {one.new} new, {one.known} known, {one.rejected} rejected")


def _elements(
    catalogue: list[str], start: datetime, settings: ScreeningConfig, max_age_days: float | None
) -> tuple[tuple[ElementSet, ...], tuple[Unused, ...], tuple[Reject, ...]]:
    """Return the newest set per object of files and archive, the sets too old, the rejects."""
    paths = [Path(name) for name in catalogue if name != "db"]
    reading = read_files(paths)
    stored = Catalogue((), ())
    if len(paths) < len(catalogue):
        archive = Archive(open_store(load_settings().database_url))
        stored = catalogue_at(archive, start, None, settings)
    found = newest((*stored.elements, *reading.elements))
    limit = timedelta.max if max_age_days is None else timedelta(days=max_age_days)
    kept = tuple(one for one in found if abs(start - one.epoch) <= limit)
    old = (
        (one.norad_id, f"newest set is of {format_utc(one.epoch)}, over {max_age_days:g} d away")
        for one in found
        if abs(start - one.epoch) > limit
    )
    return kept, (*stored.unused, *old), reading.rejects


def _report(
    screening: Screening,
    settings: ScreeningConfig,
    rejects: tuple[Reject, ...],
    old: tuple[Unused, ...],
    max_age_days: float | None,
) -> dict[str, Any]:
    kinds = Counter(one.kind.value for one in screening.approaches)
    return {
        "exercise": load_settings().exercise,
        "start_utc": format_utc(screening.start),
        "end_utc": format_utc(screening.end),
        "threshold_km": screening.threshold_km,
        "n_objects": screening.n_objects,
        "n_rows": dict(sorted(kinds.items())),
        "assumptions": settings.model_dump(mode="json", exclude={"max_age_days"}),
        "max_age_days": max_age_days,
        "rejected": [
            {
                "file": reject.file,
                "line": reject.line,
                "reason": reject.reason,
                "expected": reject.expected,
                "text": reject.text,
            }
            for reject in rejects
        ],
        "too_old": [{"norad_id": norad_id, "reason": reason} for norad_id, reason in old],
        "unusable": [
            {
                "norad_id": one.element_set.norad_id,
                "name": one.element_set.name,
                "reason": one.reason,
                "since_utc": format_utc(one.since) if one.since else None,
            }
            for one in screening.unusable
        ],
    }
