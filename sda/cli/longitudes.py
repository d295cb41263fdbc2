"""Declare `tearline rpo longitudes`: who is where in the geostationary ring.

What it needs is imported when it runs, as everywhere on the command line.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sda.console import positive, utc

__all__ = ["LongitudeFormat", "longitudes"]


class LongitudeFormat(StrEnum):
    """Format of what is told."""

    JSON = "json"
    CSV = "csv"


def longitudes(
    history: Annotated[
        list[str], typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`.")
    ],
    norad: Annotated[
        list[int] | None, typer.Option(min=1, help="Tell of this object only; repeat for more.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(parser=utc, help="Time to tell it at; default the newest set, with db now."),
    ] = None,
    days: Annotated[
        float, typer.Option(callback=positive, help="How far ahead arrivals are predicted.")
    ] = 30.0,
    everyone: Annotated[
        bool, typer.Option("--all", help="Predict passages of objects left alone too.")
    ] = False,
    format: Annotated[
        LongitudeFormat, typer.Option(help="json: object by object; csv: a row each.")
    ] = LongitudeFormat.JSON,
    out: Annotated[Path | None, typer.Option(help="File to write; default stdout.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
    ] = None,
) -> None:
    """Tell who is where in the geostationary ring, who moves, and who will pass whom.

    Degrees are east positive. Sets after the time are not used; give all
    objects, for those that are kept are the slots that others pass.

    Example: tearline rpo longitudes old.tle new.tle --norad 40258 --days 60
    """
    from sda.outputs import require_writable

    require_writable(out)
    from sda.cli.ring import LongitudeRequest, answer

    answer(
        LongitudeRequest(
            history=tuple(history),
            norad_ids=frozenset(norad or ()),
            at=at,
            days=days,
            everyone=everyone,
            format=format.value,
            out=out,
            config=config,
        )
    )
