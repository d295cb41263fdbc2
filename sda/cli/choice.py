"""Choose the objects that `tearline screen` searches, and remember what is left out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sda.cli.request import Request
from sda.console import say
from sda.elements import Reject, newest, read_files, read_satcat
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.screening import ScreeningConfig, divide, read_watch_list, select
from sda.times import format_utc

__all__ = ["Chosen", "choose", "say_rejects"]

_SHOWN: Final = 5
_LeftOut = tuple[tuple[int, str], ...]
"""Catalogue numbers, each with the reason."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The objects to screen, those too old, and the records that could not be read."""

    elements: tuple[ElementSet, ...]
    primaries: frozenset[int] | None
    """Catalogue numbers of which every pair holds one; None for all."""
    absent: tuple[int, ...]
    """Primaries that were asked for and have no element set."""
    old: _LeftOut
    rejects: tuple[Reject, ...]


def choose(request: Request, config: ScreeningConfig) -> Chosen:
    """Return the newest set of each object that is asked for, of files and archive.

    Raises CatalogueError when nothing is left, ElementError and ScreeningError for files and
    lists that cannot be used.
    """
    # A list or a catalogue that is wrong shows before a second is spent on reading elements.
    numbers = None if request.primaries is None else read_watch_list(request.primaries)
    satcat = None if request.satcat is None else read_satcat(request.satcat)
    found, old, rejects = _usable(request, config)
    rejects += () if satcat is None else satcat.rejects
    if not found:
        say_rejects(rejects)
        raise CatalogueError("no usable object is left: check the files, or raise --max-age-days")
    primaries, absent = (None, ()) if numbers is None else divide(numbers, found)
    entries = None if satcat is None else satcat.entries
    elements = select(found, request.selection, entries, primaries or frozenset())
    return Chosen(elements, primaries, absent, old, rejects)


def say_rejects(rejects: tuple[Reject, ...]) -> None:
    """Say on stderr how many records were rejected, and show the first."""
    if not rejects:
        return
    say(f"{len(rejects)} records rejected:")
    for reject in rejects[:_SHOWN]:
        say(f"  {reject.file}:{reject.line}: {reject.reason}")
        say(f"    expected: {reject.expected}")
        say(f"    found:    {reject.text}")
    if len(rejects) > _SHOWN:
        say(f"  and {len(rejects) - _SHOWN} more; --report lists them all")


def _usable(
    request: Request, config: ScreeningConfig
) -> tuple[tuple[ElementSet, ...], _LeftOut, tuple[Reject, ...]]:
    """Return the newest set of each object, those that are too old, and the rejects."""
    paths = [Path(name) for name in request.catalogue if name != "db"]
    reading = read_files(paths)
    stored: tuple[ElementSet, ...] = ()
    unused: _LeftOut = ()
    if len(paths) < len(request.catalogue):
        stored, unused = _of_archive(request.start, config)
    found = newest((*stored, *reading.elements))
    days = request.max_age_days
    limit = timedelta.max if days is None else timedelta(days=days)
    kept = tuple(one for one in found if abs(request.start - one.epoch) <= limit)
    old = (
        (one.norad_id, f"newest set is of {format_utc(one.epoch)}, over {days:g} d away")
        for one in found
        if abs(request.start - one.epoch) > limit
    )
    return kept, (*unused, *old), reading.rejects


def _of_archive(
    start: datetime, config: ScreeningConfig
) -> tuple[tuple[ElementSet, ...], _LeftOut]:
    """Return the archive's catalogue at a time, and the objects whose sets are too old."""
    # Whoever screens files need not wait for the database to load.
    from sda.jobs import catalogue_at
    from sda.settings import load_settings
    from sda.store import Archive, open_store

    archive = Archive(open_store(load_settings().database_url))
    catalogue = catalogue_at(archive, start, None, config)
    return catalogue.elements, catalogue.unused
