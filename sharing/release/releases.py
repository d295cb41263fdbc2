"""What is released: the only type that publishing takes, and only the door can make it."""

from dataclasses import InitVar, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sharing.errors import ReleaseError
from sharing.policy import Attributes
from sharing.release.solutions import ReleasedFact, Solution

__all__ = ["UNDISCLOSED", "Decided", "Held", "Reason", "Release", "Rendition", "Showing"]

UNDISCLOSED: Final = "undisclosed"
"""The kind of a release that tells no kind, on the contact rung."""

_DOOR = object()
"""Held by `sharing.release.door` alone."""


class Rendition(StrEnum):
    """Rungs of the ladder, from all to next to nothing."""

    FULL = "full"
    """Every fact, exact."""
    NOTICE = "notice"
    """Objects, time and miss distance exact, something else coarse or left out."""
    TEAR_LINE = "tear-line"
    """Objects and time at least, at most on the coarse grids."""
    CONTACT = "contact"
    """That there is something, and the office to ask."""


class Showing(StrEnum):
    """What a partner gets of one fact."""

    SEE = "see"
    SEE_COARSE = "see_coarse"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class Release:
    """One event as a partner may know it. Made by the door alone.

    It names no partner: those who may know the same share it.

    `tca` is exact where `facts` holds the exact time, otherwise the start of the grid interval
    that it lies in; `kind` is `undisclosed` on the contact rung. `valid_until` is the earliest
    time at which the decision may change, computed from nothing finer than the time grid.
    `solution` names what it was made from, and `sources` all that it rests on: for the ledger
    and for withdrawals, not for the partner. Raises
    ReleaseError without the door's token.
    """

    kind: str
    rendition: str
    objects: tuple[int, int]
    tca: datetime
    banner: str
    portion: str
    facts: tuple[ReleasedFact, ...]
    contact: str
    valid_until: datetime
    solution: str
    sources: tuple[str, ...]
    omitted: tuple[str, ...] = ()
    """Facts that are withheld and that the partner may know to be there, by name."""
    door: InitVar[object] = None

    def __post_init__(self, door: object) -> None:
        if door is not _DOOR:
            raise ReleaseError("only sharing.release.release makes a Release: go through the door")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a partner gets a fact as it does; `fact` is `*` where it is the whole solution."""

    fact: str
    decision: Showing
    policies: tuple[str, ...]
    text: str
    review: Attributes | None = None
    """The class that a policy holds for a review, also where an approval lets it pass."""
    offices: frozenset[str] = frozenset()
    """Those that have to approve it, all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A solution of which policy holds some classes of facts for a review. Not releasable."""

    solution: Solution
    classes: frozenset[Attributes]
    waiting: frozenset[Attributes]
    """Those that no approval lets pass."""
    offices: frozenset[str]
    """Those that have to approve, all of them."""


class Decided(NamedTuple):
    """The outcome for one event, or (release None) for a solution that shows nothing."""

    release: Release | None
    reasons: tuple[Reason, ...]
    held: tuple[Held, ...] = ()
