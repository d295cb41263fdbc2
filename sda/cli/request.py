"""Hold what `tearline screen` is asked, and refuse options that do not go together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import typer

from sda.elements import ObjectType
from sda.orbit import Regime
from sda.outputs import Format
from sda.screening import Selection

__all__ = ["Request", "selection"]

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `tearline screen`."""

    catalogue: tuple[str, ...]
    start: datetime
    hours: float
    threshold_km: float | None
    """None to screen by volumes."""
    primaries: str | None
    selection: Selection
    satcat: Path | None
    format: Format
    out: Path | None
    report: Path | None
    max_age_days: float | None
    workers: int | None
    executor: str | None
    """As `sda.screening.executor_at` takes it."""
    config: Path | None


def selection(
    regimes: Sequence[str], types: Sequence[str], owners: Sequence[str], satcat: Path | None
) -> Selection:
    """Read the filters, each of which may be repeated or hold commas.

    Raises BadParameter for a regime or type that there is not, owners without a satellite
    catalogue, and a catalogue that nothing is asked of.
    """
    if owners and satcat is None:
        raise typer.BadParameter("element sets do not say whose they are: --owner needs --satcat")
    if satcat is not None and not (types or owners):
        raise typer.BadParameter("--satcat tells types and owners: give --type or --owner too")
    return Selection(
        _chosen("--regime", regimes, Regime),
        _chosen("--type", types, ObjectType),
        frozenset(_parted("--owner", owners)),
    )


def _chosen(option: str, texts: Sequence[str], choices: type[Choice]) -> frozenset[Choice]:
    known = {choice.value: choice for choice in choices}
    words = [word.replace(" ", "_").replace("-", "_") for word in _parted(option, texts)]
    for word in words:
        if word not in known:
            raise typer.BadParameter(f"{option} {word}: choose of {', '.join(known)}")
    return frozenset(known[word] for word in words)


def _parted(option: str, texts: Iterable[str]) -> list[str]:
    """Return the words of a repeatable option in capitals; an option without one is refused."""
    words = []
    for text in texts:
        found = [word.strip().upper() for word in text.split(",") if word.strip()]
        if not found:
            raise typer.BadParameter(f"{option} is empty: leave it out, or name something")
        words += found
    return words
