"""The `tearline` command: the chain from element sets to partner feeds."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from sda import __version__
from sda.cli import add_commands
from sda.console import execute

__all__ = ["app", "main"]


class _Commands(TyperGroup):
    """The commands of detection, and those of sharing once they are asked for.

    Database, policy and partners take longer to load than a small screening takes to run.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            self._load()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def _load(self) -> None:
        from sharing.cli.commands import app as sharing

        self.commands.update(get_group(sharing).commands)


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
