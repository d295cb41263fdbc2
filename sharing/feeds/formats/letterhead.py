"""What every page says alike: from whom it is, how it is marked as a whole, and whether it is real.

The marking of a page is the roll-up of its items' (`sharing.markings.rollup`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sharing.feeds.entries import FeedItem
from sharing.markings import Classification, Marking, Register, parse, roll_up
from sharing.registry import Registry

__all__ = ["Letterhead", "page_marking"]

_NOTHING: Final = Marking(Classification.U)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The registry that names offices and grids, who sends, and whether this is an exercise."""

    registry: Registry
    originator: str
    exercise: bool

    @property
    def data_mode(self) -> str:
        """Return the word by which the Unified Data Library tells exercises from the real."""
        return "EXERCISE" if self.exercise else "REAL"


def page_marking(items: Iterable[FeedItem], register: Register) -> Marking:
    """Return the marking of items together; of none at all: unclassified."""
    banners = {str(item.body["marking"]["banner"]) for item in items}
    return roll_up(map(_parsed, sorted(banners)), register) if banners else _NOTHING


@lru_cache(maxsize=1024)
def _parsed(banner: str) -> Marking:
    return parse(banner)
