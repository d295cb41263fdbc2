"""The commands to start with: a configuration of one's own, and the demonstration."""

from pathlib import Path
from shutil import copytree
from typing import Annotated

import typer

from sda.configuration import packaged
from sda.errors import ConfigError

__all__ = ["demo", "init"]


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


def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the demonstration keeps its database.")
    ] = Path("demo"),
) -> None:
    """Run the main job on the synthetic scenario and show what two partners see.

    Example: tearline demo
    """
    # It runs the whole chain, which takes long to load.
    from sharing.demonstration import demonstrate

    demonstrate(directory)
