"""Declare `tearline rpo`, which takes histories itself and has commands of its own.

What a command needs is imported when it runs, as everywhere on the command line.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from sda.cli.longitudes import longitudes
from sda.console import positive, utc

__all__ = ["app"]

_DEFAULT: Final = "HISTORY..."
"""Name of the command that is meant when none is named; no file can be taken for it by chance."""

_FIRST_YEAR: Final = 1957
_LAST_YEAR: Final = 2200
_CENTURY_DAYS: Final = 36525
_HELP = """Tell rendezvous and proximity operations from chance, and show why.

`tearline rpo HISTORY...` looks for operations in the histories of objects (below).
`tearline rpo show EVENT` explains one event, of the database or of a file.
`tearline rpo longitudes HISTORY...` tells who is where in the geostationary ring.

Example: tearline rpo show 49330-63115-20250618 --in events.json
"""


_ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
]


class EventFormat(StrEnum):
    """Format of a list of events."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class ShownFormat(StrEnum):
    """Format of one event."""

    TEXT = "text"
    JSON = "json"


class _OrHistory(TyperGroup):
    """Commands, and the search for events when the first word names none."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] != "--help" and args[0] not in self.commands:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        # Its usage is shown as `tearline rpo [OPTIONS] HISTORY...`, as it is typed.
        return (None if name == _DEFAULT else name), command, rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the commands, then the options of the search."""
        super().format_help(ctx, formatter)
        search = self.commands[_DEFAULT]
        with search.make_context(None, [], parent=ctx, resilient_parsing=True) as inner:
            search.format_help(inner, formatter)


app = typer.Typer(cls=_OrHistory, no_args_is_help=True, help=_HELP, add_completion=False)


@app.command(_DEFAULT, hidden=True)
def search(
    history: Annotated[
        list[str],
        typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`."),
    ],
    start: Annotated[datetime, typer.Option(parser=utc, help="Start, as 2025-07-01T00:00:00Z.")],
    days: Annotated[float, typer.Option(callback=positive, help="Length of the window.")],
    format: Annotated[EventFormat, typer.Option(help="Format of the events.")] = EventFormat.JSON,
    everything: Annotated[
        bool, typer.Option("--all", help="List pairs without a sign of intent too.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write; default stdout.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="File for what was assumed and left out (JSON).")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="With `db`: only sets of this source; repeat for more. Default all."),
    ] = None,
    satcat: Annotated[
        Path | None,
        typer.Option(
            help="Satellite catalogue (CelesTrak or Space-Track, CSV or JSON): types and owners."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes to work in; default all processors.")
    ] = None,
    config: _ConfigOption = None,
) -> None:
    """Look for rendezvous and proximity operations, all objects against all.

    Each event comes with its evidence, its episodes and its trend.
    Sets before the start say where a pair came from: give all there are.
    With `db` the events that runs have told keep their names. Nothing is
    stored: `tearline run` does that.

    Example: tearline rpo old.tle new.tle --start 2025-07-01T00:00:00Z --days 14
    """
    from sda.outputs import require_writable

    if out is not None and report is not None and out.resolve() == report.resolve():
        raise typer.BadParameter("--out and --report are one file: give two")
    if source is not None and "db" not in history:
        raise typer.BadParameter("--source chooses in the archive: give `db` among the histories")
    require_writable(out)
    require_writable(report)
    _require_sky(start, days)
    given = {Path(name).resolve() for name in history}
    for written in (out, report):
        if written is not None and written.resolve() in given:
            raise typer.BadParameter(f"{written} is one of the histories: write to another file")
    from sda.cli.detection import DetectionRequest, answer

    answer(
        DetectionRequest(
            history=tuple(history),
            start=start,
            days=days,
            format=format.value,
            everything=everything,
            out=out,
            report=report,
            sources=None if source is None else tuple(source),
            satcat=satcat,
            workers=workers,
            config=config,
        )
    )


def _require_sky(start: datetime, days: float) -> None:
    """Refuse a window in which there are no satellites, and for which time has no room."""
    if not (_FIRST_YEAR <= start.year < _LAST_YEAR and days <= _CENTURY_DAYS):
        raise typer.BadParameter(
            f"a window starts in {_FIRST_YEAR} to {_LAST_YEAR - 1} and lasts a century at most"
        )


@app.command()
def show(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its event_id.")],
    file: Annotated[
        Path | None,
        typer.Option("--in", metavar="FILE", help="JSON of `tearline rpo`; default the database."),
    ] = None,
    solution: Annotated[
        str, typer.Option(help="Whose sources, of the database: public, or a marked source.")
    ] = "public",
    format: Annotated[ShownFormat, typer.Option(help="Format.")] = ShownFormat.TEXT,
    config: _ConfigOption = None,
) -> None:
    """Explain one event: what speaks for it and against, what happened, who moved.

    Example: tearline rpo show 49330-63115-20250618 --in events.json
    """
    from sda.cli.showing import show_event

    show_event(event, file, solution, format is ShownFormat.JSON, config)


app.command("longitudes")(longitudes)
