"""Take the catalogue of a time out of the archive, or refuse one that is stale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.orbit import regime_of
from sda.screening import ScreeningConfig
from sda.store import Archive
from sda.times import format_utc

__all__ = ["BASE_SOLUTION", "Catalogue", "Unused", "catalogue_at", "laid_over", "require_fresh"]

BASE_SOLUTION = "public"
"""Name of the solution that is made of the base sources alone."""

Unused = tuple[int, str]
"""Catalogue number of an object that was left out, and why."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The newest usable set of each object at a time, and the objects left out with reasons."""

    elements: tuple[ElementSet, ...]
    unused: tuple[Unused, ...]


def catalogue_at(
    archive: Archive, at: datetime, sources: Sequence[str] | None, config: ScreeningConfig
) -> Catalogue:
    """Return the newest set per object not after a time and within its regime's age limit."""
    elements: list[ElementSet] = []
    unused: list[Unused] = []
    for one in archive.catalogue(at, sources=sources):
        limit = timedelta(days=config.max_age_days[regime_of(one)])
        if at - one.epoch <= limit:
            elements.append(one)
        else:
            age = (at - one.epoch) / timedelta(days=1)
            unused.append(
                (one.norad_id, f"newest set is {age:.1f} d old, the limit {limit.days} d")
            )
    return Catalogue(tuple(elements), tuple(unused))


def require_fresh(
    archive: Archive, at: datetime, sources: Sequence[str], stale_after: timedelta
) -> None:
    """Raise CatalogueError when sources have no set up to a time, or none of late."""
    elements = archive.catalogue(at, sources=sources)
    if not elements:
        raise CatalogueError(
            f"the archive has no public element set up to {format_utc(at)}: ingest some"
        )
    newest = max(one.epoch for one in elements)
    if at - newest > stale_after:
        raise CatalogueError(
            f"the catalogue is stale: its newest set is of {format_utc(newest)}, more than "
            f"{stale_after / timedelta(hours=1):g} h before {format_utc(at)}; ingest "
            "newer sets or give --at"
        )


def laid_over(base: Catalogue, over: Catalogue) -> Catalogue:
    """Return a catalogue with another's sets in the place of its own."""
    by_id = {one.norad_id: one for one in (*base.elements, *over.elements)}
    return Catalogue(tuple(by_id[norad_id] for norad_id in sorted(by_id)), over.unused)
