"""Declare `tearline cdm`: assess, write and convert Conjunction Data Messages.

What a command needs is imported when it runs.
"""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sda.console import positive, utc

__all__ = ["app"]

_ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration directory.", show_default=False)
]
_Out = Annotated[Path | None, typer.Option(help="File to write; default stdout.")]
_HbrM = Annotated[
    float | None,
    typer.Option(
        "--hbr-m", callback=positive, help="Combined hard-body radius, m; default what is known."
    ),
]


class AssessmentFormat(StrEnum):
    """Format of a list of assessments."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class MessageFormat(StrEnum):
    """Format of a message."""

    KVN = "kvn"
    XML = "xml"
    JSON = "json"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Conjunction data messages (CCSDS 508.0): assess, write, convert.",
)


@app.command()
def assess(
    files: Annotated[list[Path], typer.Argument(help="Files or directories of CDM (also .gz).")],
    hbr_m: _HbrM = None,
    format: Annotated[
        AssessmentFormat, typer.Option(help="Format of the list.")
    ] = AssessmentFormat.JSON,
    out: _Out = None,
    config: _ConfigOption = None,
) -> None:
    """Compute the probability of collision of messages by the method that holds.

    2-D where the encounter is short and straight, else 3-D (Hall 2021); else
    none, and why. Distances are computed from the states. A message that
    cannot be read is told on stderr.

    Example: tearline cdm assess tle_samples/messages --format json
    """
    from sda.cli.assessing import AssessRequest, answer
    from sda.outputs import require_writable

    require_writable(out)
    answer(AssessRequest(tuple(files), hbr_m, format.value, out, config))


@app.command()
def write(
    catalogue: Annotated[
        list[str], typer.Argument(help="Files of TLE, 3LE or OMM (also .gz), or `db`.")
    ],
    pair: Annotated[
        str | None,
        typer.Option(metavar="N1,N2", help="Catalogue numbers; the first is OBJECT1."),
    ] = None,
    tca: Annotated[
        datetime | None,
        typer.Option(parser=utc, help="Near which time, as tca_utc of `tearline screen`."),
    ] = None,
    event: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Instead: the least range of this operation."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--in", metavar="FILE", help="Its `tearline rpo` JSON; default the database."),
    ] = None,
    within_min: Annotated[
        float | None,
        typer.Option(callback=positive, help="How far from --tca to look, minutes; default 10."),
    ] = None,
    hbr_m: _HbrM = None,
    satcat: Annotated[
        Path | None,
        typer.Option(help="Satellite catalogue (CelesTrak or Space-Track): types and sizes (RCS)."),
    ] = None,
    message_for: Annotated[str, typer.Option("--for", help="MESSAGE_FOR.")] = "",
    created: Annotated[
        datetime | None, typer.Option(parser=utc, help="CREATION_DATE; default the clock.")
    ] = None,
    format: Annotated[MessageFormat, typer.Option(help="Format.")] = MessageFormat.KVN,
    out: _Out = None,
    config: _ConfigOption = None,
) -> None:
    """Write the message of a close approach of two element sets.

    States are SGP4's, in GCRF, at the least range next to --tca. Of files the
    newest set counts, as in `tearline screen`; of `db`, and for an event, the
    newest before that time. Covariances are assumed (COVARIANCE_METHOD =
    DEFAULT): the object's own errors where its history is given and long
    enough, else those of its regime and age.

    Example: tearline cdm write full.3le.gz --pair 25544,48274 --tca 2026-10-20T14:03:27Z
    """
    from sda.cli.cdm_writing import WriteRequest, answer
    from sda.outputs import require_writable

    if (event is None) == (pair is None) or (pair is None) != (tca is None):
        raise typer.BadParameter("give --pair with --tca, or --event")
    if file is not None and event is None:
        raise typer.BadParameter("--in holds events: give --event too")
    require_writable(out)
    answer(
        WriteRequest(
            catalogue=tuple(catalogue),
            pair=None if pair is None else _numbers(pair),
            tca=tca,
            event=event,
            file=file,
            within_min=within_min,
            hbr_m=hbr_m,
            satcat=satcat,
            message_for=message_for,
            created=created or datetime.now(UTC),
            format=format.value,
            out=out,
            config=config,
        )
    )


@app.command()
def convert(
    files: Annotated[list[Path], typer.Argument(help="Files or directories of CDM (also .gz).")],
    format: Annotated[MessageFormat, typer.Option(help="Format to write.")],
    out: _Out = None,
) -> None:
    """Write messages in another format: every keyword, value, unit and comment stays.

    Example: tearline cdm convert tle_samples/messages/exercise-crossing.cdm.kvn --format xml
    """
    from sda.ccsds import CdmFormat, write_cdm
    from sda.cli.assessing import read_messages
    from sda.outputs import opened, require_writable

    require_writable(out)
    messages = [cdm for _, cdm in read_messages(files)]
    with opened(out) as stream:
        stream.write(write_cdm(messages, CdmFormat(format.value)).encode())


def _numbers(text: str) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise typer.BadParameter(f"--pair {text}: give two catalogue numbers, as 25544,48274")
    first, second = int(parts[0]), int(parts[1])
    if first == second:
        raise typer.BadParameter(f"--pair {text}: give two different objects")
    return first, second
