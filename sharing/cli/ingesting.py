"""The command that takes files in: element sets, and messages with their marking."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.errors import ConfigError
from sda.jobs import files_without_messages, ingest
from sda.settings import load_settings
from sda.store import open_store
from sharing.cli.telling import say_rejected, told_of
from sharing.errors import MarkingError
from sharing.markings import parse

__all__ = ["ingest_files"]


def ingest_files(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files or directories of element sets and conjunction messages."),
    ],
    source: Annotated[str, typer.Option(help="Identifier in config/sources.")] = "public",
    marking: Annotated[
        str | None,
        typer.Option(
            metavar="BANNER",
            help="Marking of the messages, beside their source's own: SECRET//REL TO USA, GBR.",
        ),
    ] = None,
    format: Annotated[TextFormat, typer.Option(help="Format of the summary.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Keep element sets and conjunction messages (CDM) in the archive, each one once.

    What a file holds is told from its content. A message becomes another solution of its event;
    under a second marking it keeps both, so a lowered marking comes with a new message.

    Example: tearline ingest tle_samples/real --source public
    """
    banner = "" if marking is None else _banner(marking, paths)
    # A set of a source that nobody has declared would lie in the archive and never be screened.
    settings = load_settings()
    folder = find_config(config or settings.config) / "sources"
    declared = sorted(file.stem for file in folder.glob("*.toml"))
    if source not in declared:
        raise ConfigError(f"no source {source!r}: choose of {', '.join(declared)}")
    done = ingest(open_store(settings.database_url), paths, source, datetime.now(UTC), banner)
    say_rejected(done)
    if format is TextFormat.JSON:
        rows = [asdict(one) for one in done]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for one in done:
        typer.echo(told_of(one))


def _banner(marking: str, paths: list[Path]) -> str:
    """Return a marking as its banner; it has to be known here, and to be of messages alone."""
    try:
        banner = parse(marking).banner
    except MarkingError as error:
        raise typer.BadParameter(f"--marking {error}") from None
    if strange := files_without_messages(paths):
        raise typer.BadParameter(
            f"--marking is for messages, and {strange[0]} holds none: the marking of element sets "
            "is their source's"
        )
    return banner
