"""Talk to the person at the terminal: progress and summaries on stderr, one-line errors."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from math import isfinite
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from sda.errors import TearlineError, TimeError
from sda.times import parse_utc

__all__ = ["execute", "positive", "progress", "say", "utc"]


def say(text: str) -> None:
    """Print a line on stderr."""
    typer.echo(text, err=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar on stderr, none when it is no terminal; yields what to tell 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda fraction: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        bar = bars.add_task(title, total=1.0)
        yield lambda fraction: bars.update(bar, completed=fraction)


def utc(text: str) -> datetime:
    """Read a time given on the command line; a naive one is wrong usage."""
    try:
        return parse_utc(text)
    except TimeError as error:
        raise typer.BadParameter(str(error)) from None


def positive(value: float | None) -> float | None:
    """Refuse a number that is not positive and finite as wrong usage."""
    if value is not None and not (isfinite(value) and value > 0):
        raise typer.BadParameter(f"{value} is not a positive number")
    return value


def execute(app: typer.Typer) -> NoReturn:
    """Run a command and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    try:
        app()
    except TearlineError as error:
        say(f"tearline: {error}")
        sys.exit(1)
    sys.exit(0)
