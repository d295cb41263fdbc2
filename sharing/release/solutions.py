"""Marked facts, bundled into solutions of one combination of sources: not yet released.

Nothing here may leave. The door turns solutions into `Release`, which is another type.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sharing.markings import Marking

__all__ = [
    "Contradiction",
    "Fact",
    "Pair",
    "ReleasedFact",
    "Scalar",
    "Shape",
    "Solution",
    "shape_of",
]

Scalar = str | int | float | bool | None
Pair = tuple[int, int]
"""Catalogue numbers of two objects, the lower one first."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement with its own portion marking; a time is ISO 8601 text."""

    name: str
    value: Scalar
    unit: str
    """Unit of the value, empty for text, counts and times."""
    marking: Marking
    sources: tuple[str, ...]


class ReleasedFact(NamedTuple):
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
    units: tuple[str, ...]


_SHAPES: dict[tuple[object, ...], Shape] = {}


def shape_of(facts: Iterable[Fact]) -> Shape:
    """Return the shape of facts, whatever their values."""
    some = tuple(facts)
    told = tuple((fact.name, fact.marking, fact.sources) for fact in some)
    units = tuple(fact.unit for fact in some)
    return _SHAPES.setdefault((told, units), Shape(told, units))


@dataclass(frozen=True, slots=True)
class Solution:
    """All facts about one close approach from one combination of sources. Not releasable."""

    name: str
    sources: tuple[str, ...]
    pair: Pair
    kind: str
    tca: datetime
    shape: Shape
    """What a decision depends on: thousands of solutions have a handful of shapes."""
    values: tuple[Scalar, ...]
    """Of each fact of the shape."""
    age: tuple[int, int]
    """How many runs ago it was found, then how many sayings of its source are newer: of two of one
    name and event the lower one replaces the other, where both are seen."""
    fault: str
    """Why it cannot be marked, and so is shown to nobody."""
    projections: dict[object, tuple[ReleasedFact, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """Facts as already projected, by view, so that partners who get the same share them."""

    def restricted_to(self, names: Collection[str]) -> "Solution":
        """Return the same without all other facts."""
        facts = [fact for fact in self.facts if fact.name in names]
        return replace(self, shape=shape_of(facts), values=tuple(fact.value for fact in facts))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return shape and values together."""
        return tuple(
            Fact(name, value, unit, marking, sources)
            for (name, marking, sources), unit, value in zip(
                self.shape.facts, self.shape.units, self.values, strict=True
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Contradiction:
    """Two solutions of one event that differ by more than their stated errors. Not releasable."""

    one: Solution
    other: Solution
    sigmas: float
    axis: str
    """Along which they differ most."""
