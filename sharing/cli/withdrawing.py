"""The commands that take back: retract an item, withdraw a source; and the orders given so far."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import say, utc
from sda.errors import ConfigError
from sda.settings import load_settings
from sda.times import format_utc
from sharing.registry import load_registry
from sharing.retracting import Retraction, list_retractions, retract, undo_retraction
from sharing.schema import open_sharing
from sharing.signing import signing_key
from sharing.withdrawals import SourceOrder, list_orders, order_source

__all__ = ["list_retracted", "retract_item", "source_app"]

source_app = typer.Typer(help="Withdraw and restore sources at once.", no_args_is_help=True)

SourceArgument = Annotated[str, typer.Argument(help="Source in config/sources.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Kept in the log.")]
FormatOption = Annotated[TextFormat, typer.Option("--format", help="Format.")]


def retract_item(
    item: Annotated[str, typer.Argument(help="Item, by its id in the partner's feed.")],
    partner: Annotated[str, typer.Option("--partner", help="Partner whose item it is.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the log.")],
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Also from all others who got the event.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let the next publication show it again.")
    ] = False,
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help='The "now"; default the clock.')
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Retract a release by a tombstone in the feed; it stays so until that is undone.

    Example: tearline retract 2vqk7ycl5w3p --partner fra --reason "wrong object"
    """
    if undo and everyone:
        raise typer.BadParameter("--undo takes one partner at a time: leave out --everyone")
    settings = load_settings()
    engine, now = open_sharing(settings.database_url), at or datetime.now(UTC)
    if undo:
        undo_retraction(engine, partner, item, reason, now)
        say(f"item {item} of {partner} may be shown again: `tearline publish`")
        return
    rules = load_registry(find_config(config or settings.config)).rules
    signer = signing_key(settings)
    for one in retract(engine, partner, item, reason, now, rules, signer, everyone):
        say(f"item {one.item_id} of {one.partner} is retracted")


def list_retracted(format: FormatOption = TextFormat.TEXT) -> None:
    """List all orders to retract an item, or to undo that, the oldest first.

    Example: tearline retractions --format json
    """
    orders = list_retractions(open_sharing(load_settings().database_url))
    lines = [
        f"{format_utc(one.at)} {'retracted' if one.retracted else 'undone'}: item {one.item_id} "
        f"of {one.partner}: {one.reason}"
        for one in orders
    ]
    _show(orders, lines, format)


@source_app.command("list")
def source_list(format: FormatOption = TextFormat.TEXT) -> None:
    """List all orders about sources, the oldest first; of each source the last counts.

    Example: tearline source list
    """
    orders = list_orders(open_sharing(load_settings().database_url))
    lines = [
        f"{format_utc(one.at)} {'withdrawn' if one.withdrawn else 'restored'}: {one.source}"
        + (f": {one.reason}" if one.reason else "")
        for one in orders
    ]
    _show(orders, lines, format)


@source_app.command("withdraw")
def source_withdraw(
    source: SourceArgument, reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Stop serving what rests on a source, from the next request on.

    Example: tearline source withdraw commercial --reason "licence suspended"
    """
    _order(source, True, reason, config)
    say(f"{source} is withdrawn; `tearline publish` retracts what rests on it")


@source_app.command("restore")
def source_restore(
    source: SourceArgument, reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Serve again what rests on a withdrawn source.

    Example: tearline source restore commercial
    """
    _order(source, False, reason, config)
    say(f"{source} is restored; `tearline publish` shows again what was retracted")


def _order(source: str, withdraw: bool, reason: str, config: ConfigOption) -> None:
    settings = load_settings()
    sources = load_registry(find_config(config or settings.config)).sources
    if source not in sources:
        raise ConfigError(f"no source {source!r}: choose of {', '.join(sources)}")
    engine = open_sharing(settings.database_url)
    order_source(engine, source, withdraw, datetime.now(UTC), reason)


def _show(
    orders: Sequence[Retraction | SourceOrder], lines: Sequence[str], format: TextFormat
) -> None:
    if format is TextFormat.TEXT:
        for line in lines:
            typer.echo(line)
        return
    rows = [{**asdict(one), "at_utc": format_utc(one.at)} for one in orders]
    for row in rows:
        del row["at"]
    typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
