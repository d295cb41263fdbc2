"""The commands that run the whole chain, publish anew, and show how it went."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import positive, progress, say, utc
from sda.errors import CatalogueError
from sda.settings import load_settings
from sda.store import Archive, Disagreements, Events, Messages, Runs
from sda.times import format_utc
from sharing.certificates import examination_of
from sharing.cli.telling import counted, derivability_of, failures_of, say_rejected, summary_of
from sharing.jobs import open_office, publish_run, run_once
from sharing.publishing import due
from sharing.schema import open_sharing
from sharing.secret import server_secret
from sharing.signing import signing_key
from sharing.succession import require_later

__all__ = ["publish", "run", "status"]


def run(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files to ingest first (TLE, 3LE, OMM, CDM; also .gz)."),
    ] = None,
    source: Annotated[str, typer.Option(help="Source of the files, in config/sources.")] = "public",
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help='The run\'s "now"; default the clock.')
    ] = None,
    hours: Annotated[
        float | None, typer.Option(callback=positive, help="Window; default in config/run.toml.")
    ] = None,
    threshold_km: Annotated[
        float | None,
        typer.Option("--threshold-km", callback=positive, help="Default in config/run.toml."),
    ] = None,
    format: Annotated[TextFormat, typer.Option(help="Format of the summary.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Ingest, screen, look for operations, publish: one job to be repeated and resumed.

    Example: tearline run full.3le.gz --at 2025-08-08T12:00:00Z --hours 6 --threshold-km 5
    """
    settings = load_settings()
    now = datetime.now(UTC)
    office = open_office(find_config(config or settings.config), max(at or now, now).date())
    with progress("screening") as told:
        ran = run_once(
            open_sharing(settings.database_url),
            office,
            server_secret(settings),
            paths or (),
            source,
            at or now,
            hours or office.run.hours,
            threshold_km or office.run.threshold_km,
            now,
            told,
            signing_key(settings),
        )
    say_rejected(ran.ingested)
    if format is TextFormat.JSON:
        shown = {"exercise": settings.exercise, **ran.summary()}
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    else:
        label = ("EXERCISE",) if settings.exercise else ()
        typer.echo("\n".join((*label, *summary_of(ran))))


def publish(
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help="Time of the decisions; default the clock.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Decide the latest run anew and publish what has changed.

    Example: tearline publish
    """
    settings = load_settings()
    engine = open_sharing(settings.database_url)
    latest = Runs(engine).latest()
    if latest is None:
        raise CatalogueError("there is no run to publish: start with `tearline run`")
    now = datetime.now(UTC)
    at = at or now
    office = open_office(find_config(config or settings.config), max(at, now).date())
    require_later(engine, at)
    done, examination = publish_run(
        engine,
        office,
        server_secret(settings),
        latest,
        at,
        signing_key(settings),
    )
    for name, changes in done.partners.items():
        typer.echo(f"{name}: {counted(asdict(changes))}")
    for line in failures_of(done):
        say(line.strip())
    if examination.fault:
        say(f"published; but {derivability_of(examination)[0]}")


def status(
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
) -> None:
    """Show what the archive holds and how the last runs went.

    Example: tearline status
    """
    engine = open_sharing(load_settings().database_url)
    archive = Archive(engine)
    counts, newest = archive.counts(), archive.newest_epoch()
    runs = Runs(engine).list(5)
    events = Events(engine).counts()
    lapsed = due(engine, datetime.now(UTC))
    held = {
        **asdict(counts),
        "messages": Messages(engine).count(),
        "newest_epoch_utc": format_utc(newest) if newest else None,
    }
    disagreements = Disagreements(engine).count(runs[0].run_id) if runs else 0
    examination = examination_of(engine, runs[0].run_id) if runs else None
    if format is TextFormat.JSON:
        rows = [
            {
                "run_id": one.run_id,
                "at_utc": format_utc(one.at),
                "hours": one.hours,
                "threshold_km": one.threshold_km,
                "status": one.status.value,
            }
            for one in runs
        ]
        shown = {
            "archive": held,
            "runs": rows,
            "disagreements": disagreements,
            "open_events": events,
            "items_due": lapsed,
            "derivability": examination.document() if examination else None,
        }
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    typer.echo(
        f"archive: {counts.element_sets} element sets of {counts.objects} objects from "
        f"{counts.ingestions} files, {counts.rejects} rejects, newest {held['newest_epoch_utc']}; "
        f"{held['messages']} messages"
    )
    for one in runs:
        typer.echo(
            f"run {one.run_id}: at {format_utc(one.at)}, {one.hours:g} h, "
            f"{one.threshold_km:g} km, {one.status.value}"
        )
    if disagreements:
        typer.echo(
            f"disagreements of the last run beyond stated errors: {disagreements}; the same "
            "`tearline run` names them"
        )
    for name, counts_of in events.items():
        typer.echo(f"open events of solution {name}: {counted(counts_of)}")
    for line in derivability_of(examination) if examination else ():
        typer.echo(line)
    if lapsed:
        typer.echo(
            f"{sum(lapsed.values())} items of {len(lapsed)} partners rest on decisions that may "
            "have lapsed: `tearline publish`"
        )
