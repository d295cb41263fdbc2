"""Declare the commands of detection and their options.

What a command needs is imported when it runs: numba and the database take longer to load than
many a command takes to run.
"""

import atexit
import gc
import sys
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sda.cli.cdm import app as cdm_app
from sda.cli.manoeuvres import manoeuvres
from sda.cli.rpo import app as rpo_app
from sda.console import positive, utc
from sda.outputs import Format, require_writable

__all__ = ["ConfigOption", "TextFormat", "add_commands"]

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
]
_Catalogue = Annotated[
    list[str], typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`.")
]
_Start = Annotated[datetime, typer.Option(parser=utc, help="Start, as 2025-08-08T12:00:00Z.")]
_Hours = Annotated[float, typer.Option(callback=positive, help="Length of the window.")]
_ThresholdKm = Annotated[
    float | None,
    typer.Option("--threshold-km", callback=positive, help="Range to report, km; or --volumes."),
]
_Volumes = Annotated[
    bool, typer.Option("--volumes", help="Report by the boxes of config/screening.toml instead.")
]
_Primaries = Annotated[
    str | None,
    typer.Option(
        metavar="LIST|FILE",
        help="Numbers (25544,48274) or a file of them: only pairs with one of these.",
    ),
]
_FILTER = "Screen only objects of this {}; with --primaries, only what they meet."
_Regimes = Annotated[
    list[str] | None,
    typer.Option("--regime", metavar="LEO|MEO|GEO|HEO|OTHER", help=_FILTER.format("regime")),
]
_Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help=_FILTER.format("type (payload, rocket_body, debris, unknown)"),
    ),
]
_Owners = Annotated[
    list[str] | None, typer.Option("--owner", metavar="CODE", help=_FILTER.format("owner"))
]
_Satcat = Annotated[
    Path | None,
    typer.Option(
        help="Satellite catalogue (CelesTrak or Space-Track, CSV or JSON) for types and owners."
    ),
]
_Rows = Annotated[Format, typer.Option(help="Format of the rows.")]
_Out = Annotated[Path | None, typer.Option(help="File to write; default stdout.")]
_Report = Annotated[
    Path | None, typer.Option(help="File for what was assumed and left out (JSON).")
]
_MaxAgeDays = Annotated[
    float | None,
    typer.Option("--max-age-days", callback=positive, help="Leave out sets further from start."),
]
_Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Blocks to search at a time; default all processors, here or there."),
]
_Executor = Annotated[
    str | None,
    typer.Option(
        metavar="processes|dask://HOST:PORT",
        help="Search in processes or on a Dask cluster; default threads.",
    ),
]


class TextFormat(StrEnum):
    """Format of a summary."""

    TEXT = "text"
    JSON = "json"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of detection to an application."""
    app.command("screen")(screen)
    app.add_typer(rpo_app, name="rpo")
    app.command("manoeuvres")(manoeuvres)
    app.add_typer(cdm_app, name="cdm")


def screen(
    catalogue: _Catalogue,
    start: _Start,
    hours: _Hours,
    threshold_km: _ThresholdKm = None,
    volumes: _Volumes = False,
    primaries: _Primaries = None,
    regime: _Regimes = None,
    type: _Types = None,
    owner: _Owners = None,
    satcat: _Satcat = None,
    format: _Rows = Format.CSV,
    out: _Out = None,
    report: _Report = None,
    max_age_days: _MaxAgeDays = None,
    workers: _Workers = None,
    executor: _Executor = None,
    config: ConfigOption = None,
) -> None:
    """Find every close approach: all objects against all, or the pairs that are asked for.

    Example: tearline screen full.3le.gz --start 2025-08-08T12:00:00Z --hours 1 --threshold-km 5
    """
    if volumes == (threshold_km is not None):
        raise typer.BadParameter("give either --threshold-km or --volumes")
    _require_outputs(format, out, report)
    # A catalogue is a million objects without a cycle. To look for one takes longer than reading
    # it, again and again, and once more at the exit.
    gc.disable()
    atexit.register(gc.freeze)
    from sda.cli.request import Request, selection
    from sda.cli.screening import answer

    answer(
        Request(
            catalogue=tuple(catalogue),
            start=start,
            hours=hours,
            threshold_km=threshold_km,
            primaries=primaries,
            selection=selection(regime or [], type or [], owner or [], satcat),
            satcat=satcat,
            format=format,
            out=out,
            report=report,
            max_age_days=max_age_days,
            workers=workers,
            executor=None if executor is None else _place(executor),
            config=config,
        )
    )


def _place(text: str) -> str:
    """Read where to search: `processes`, or a scheduler's address, as tcp://HOST:PORT."""
    with suppress(ValueError):  # of a port that is none
        parts = urlsplit(text)
        if text == "processes":
            return text
        if (
            parts.scheme in ("dask", "tcp")
            and (parts.hostname and parts.port)
            and text == f"{parts.scheme}://{parts.netloc}"
        ):
            return f"tcp://{parts.netloc}"
    raise typer.BadParameter(f"--executor {text}: give processes or dask://HOST:PORT")


def _require_outputs(format: Format, out: Path | None, report: Path | None) -> None:
    """Refuse what could not be written at the end, before an hour of work."""
    if format is Format.PARQUET and out is None and sys.stdout.isatty():
        raise typer.BadParameter("parquet is not text: give --out, or send it to a file or a pipe")
    if out is not None and report is not None and out.resolve() == report.resolve():
        raise typer.BadParameter("--out and --report are one file: give two")
    require_writable(out)
    require_writable(report)
