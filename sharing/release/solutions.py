"""What is not yet released: marked facts, bundled into solutions of one source combination.

Nothing here may leave. The door turns solutions into `Release`, which is another type.
"""

from dataclasses import dataclass
from datetime import datetime

from sharing.markings import Marking

__all__ = ["Fact", "Scalar", "Solution"]

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement with its own portion marking; a time is ISO 8601 text."""

    name: str
    value: Scalar
    unit: str
    """Unit of the value, empty for text, counts and times."""
    marking: Marking
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Solution:
    """All facts about one close approach from one combination of sources. Not releasable."""

    name: str
    sources: tuple[str, ...]
    pair: tuple[int, int]
    kind: str
    tca: datetime
    facts: tuple[Fact, ...]

    def __hash__(self) -> int:
        # Cheaper than over the facts, which differ only where these differ.
        return hash((self.name, self.pair, self.tca))
