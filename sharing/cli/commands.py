"""The commands of sharing, and those that run the whole chain."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Annotated

import orjson
import typer
from sqlalchemy import Engine

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config, packaged
from sda.console import positive, progress, say, utc
from sda.errors import CatalogueError, ConfigError
from sda.settings import Settings, load_settings
from sda.store import Archive, Disagreements, Events, Messages, Runs
from sda.times import format_utc
from sharing.certificates import examination_of
from sharing.cli.auditing import ledger_app
from sharing.cli.contacting import contacts_app
from sharing.cli.delivering import deliver
from sharing.cli.explaining import explain_item
from sharing.cli.ingesting import ingest_files
from sharing.cli.keys import key_app
from sharing.cli.marking import marking_app
from sharing.cli.policies import app as policy_app
from sharing.cli.pulling import feed_app, pull_feed, verify_file
from sharing.cli.reviewing import review_app
from sharing.cli.telling import counted, derivability_of, say_rejected, summary_of
from sharing.cli.withdrawing import list_retracted, retract_item, source_app
from sharing.credentials import resume, suspend
from sharing.demonstration import demonstrate
from sharing.errors import RegistryError
from sharing.jobs import open_office, publish_run, run_once
from sharing.publishing import due
from sharing.registry import load_registry
from sharing.schema import open_sharing
from sharing.secret import server_secret
from sharing.signing import signing_key

__all__ = ["app"]

app = typer.Typer()
partner_app = typer.Typer(help="Suspend and resume partners at once.", no_args_is_help=True)
app.command("ingest")(ingest_files)
app.command("deliver")(deliver)
app.command("explain")(explain_item)
app.command("pull")(pull_feed)
app.command("verify")(verify_file)
app.command("retract")(retract_item)
app.command("retractions")(list_retracted)
app.add_typer(contacts_app, name="contacts")
app.add_typer(key_app, name="key")
app.add_typer(partner_app, name="partner")
app.add_typer(feed_app, name="feed")
app.add_typer(ledger_app, name="ledger")
app.add_typer(marking_app, name="marking")
app.add_typer(policy_app, name="policy")
app.add_typer(review_app, name="review")
app.add_typer(source_app, name="source")


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Directory to make; must not exist.")],
) -> None:
    """Start a configuration of your own from the packaged one.

    Example: tearline init config
    """
    if directory.exists():
        raise ConfigError(f"{directory} exists already: choose another, nothing is overwritten")
    copytree(packaged("config"), directory)
    typer.echo(f"{directory} holds a configuration; give it as --config or TEARLINE_CONFIG")


@app.command()
def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the demonstration keeps its database.")
    ] = Path("demo"),
) -> None:
    """Run the main job on the synthetic scenario and show what two partners see.

    Example: tearline demo
    """
    demonstrate(directory)


@app.command()
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
    office = open_office(_config(config, settings))
    now = datetime.now(UTC)
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


@app.command()
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
    office = open_office(_config(config, settings))
    done, examination = publish_run(
        engine,
        office,
        server_secret(settings),
        latest,
        at or datetime.now(UTC),
        signing_key(settings),
    )
    for name, changes in done.partners.items():
        typer.echo(f"{name}: {counted(asdict(changes))}")
    if examination.fault:
        say(f"published; but {derivability_of(examination)[0]}")


@app.command()
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


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    config: ConfigOption = None,
) -> None:
    """Serve each partner its feed over HTTP; refusals are logged to stderr, a line of JSON each.

    Example: tearline serve --port 8000
    """
    # The other commands start half a second sooner without the web framework.
    from sharing.api import create_app, log_to
    from sharing.api.serving import listen

    settings = load_settings()
    app = create_app(settings, _config(config, settings))
    log_to(sys.stderr)
    listen(app, host, port)


@partner_app.command("suspend")
def partner_suspend(partner: str, config: ConfigOption = None) -> None:
    """Stop serving a partner from its next request on.

    Example: tearline partner suspend fra
    """
    _require_partner(partner, _config(config, load_settings()))
    suspend(_sharing(), partner)
    say(f"{partner} is suspended")


@partner_app.command("resume")
def partner_resume(partner: str, config: ConfigOption = None) -> None:
    """Serve a suspended partner again.

    Example: tearline partner resume fra
    """
    _require_partner(partner, _config(config, load_settings()))
    resume(_sharing(), partner)
    say(f"{partner} is served again")


def _sharing() -> Engine:
    return open_sharing(load_settings().database_url)


def _config(explicit: Path | None, settings: Settings) -> Path:
    return find_config(explicit or settings.config)


def _require_partner(partner: str, config: Path) -> None:
    partners = load_registry(config).partners
    if partner not in partners:
        raise RegistryError(f"no partner {partner!r}: choose of {', '.join(partners)}")
