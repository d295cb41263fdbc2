"""The `tearline` command: the chain from element sets to partner feeds."""

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from sda import __version__
from sda.cli import add_commands
from sda.console import execute

__all__ = ["app", "main"]


_SHARING: Final = {
    "contacts": "contacting:contacts_app",
    "deliver": "delivering:deliver",
    "demo": "starting:demo",
    "explain": "explaining:explain_item",
    "feed": "pulling:feed_app",
    "ingest": "ingesting:ingest_files",
    "init": "starting:init",
    "key": "keys:key_app",
    "ledger": "auditing:ledger_app",
    "marking": "marking:marking_app",
    "partner": "partners:partner_app",
    "policy": "policies:policy_app",
    "publish": "running:publish",
    "pull": "pulling:pull_feed",
    "retract": "withdrawing:retract_item",
    "retractions": "withdrawing:list_retracted",
    "review": "reviewing:review_app",
    "run": "running:run",
    "serve": "serving:serve",
    "source": "withdrawing:source_app",
    "status": "running:status",
    "verify": "pulling:verify_file",
}
"""Commands and groups of commands, by name: the module of this package, and what it is there."""


class _Commands(TyperGroup):
    """The commands of detection, and each of sharing once it is asked for.

    All together take two seconds to load: database, policy, server, compiled kernels.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _SHARING and cmd_name not in self.commands:
            self.commands[cmd_name] = _loaded(cmd_name)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        known = super().list_commands(ctx)
        return [*known, *(name for name in _SHARING if name not in known)]


def _loaded(name: str) -> Any:
    module, _, attribute = _SHARING[name].partition(":")
    found = getattr(import_module(f"{__name__}.{module}"), attribute)
    own = typer.Typer()
    if isinstance(found, typer.Typer):
        own.add_typer(found, name=name)
    else:
        own.command(name)(found)
    return get_group(own).commands[name]


app = typer.Typer(
    name="tearline",
    help="Find close approaches in public element sets; publish to each partner what it may know.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
add_commands(app)


def main() -> None:
    """Run the command and exit with its status."""
    execute(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tearline {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
