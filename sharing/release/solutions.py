"""Marked facts, bundled into solutions of one combination of sources: not yet released.

Nothing here may leave. The door turns solutions into `Release`, which is another type.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sharing.markings import Marking

__all__ = ["Contradiction", "Fact", "ReleasedFact", "Scalar", "Shape", "Solution"]

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


@dataclass(frozen=True, slots=True)
class ReleasedFact:
    """One statement as a partner may read it, with the portion marking it keeps."""

    name: str
    value: Scalar
    unit: str
    portion: str


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Everything of a solution's facts but their values; one object for all that share it."""

    facts: tuple[tuple[str, Marking, tuple[str, ...]], ...]
    """Name, marking and sources of each fact."""


_SHAPES: dict[tuple[tuple[str, Marking, tuple[str, ...]], ...], Shape] = {}


@dataclass(frozen=True, slots=True)
class Solution:
    """All facts about one close approach from one combination of sources. Not releasable."""

    name: str
    sources: tuple[str, ...]
    pair: tuple[int, int]
    kind: str
    tca: datetime
    facts: tuple[Fact, ...]
    fault: str = ""
    """Why it cannot be marked, and so is shown to nobody."""
    shape: Shape = field(init=False, repr=False, compare=False)
    """What a decision depends on: thousands of solutions have a handful of shapes."""
    projections: dict[object, tuple[ReleasedFact, ...]] = field(
        init=False, repr=False, compare=False
    )
    """Facts as already projected, by view, so that partners who get the same share them."""

    def __post_init__(self) -> None:
        key = tuple((fact.name, fact.marking, fact.sources) for fact in self.facts)
        object.__setattr__(self, "shape", _SHAPES.setdefault(key, Shape(key)))
        object.__setattr__(self, "projections", {})


@dataclass(frozen=True, slots=True, eq=False)
class Contradiction:
    """Two solutions of one event that differ by more than their stated errors. Not releasable."""

    one: Solution
    other: Solution
    sigmas: float
    axis: str
    """Along which they differ most."""
