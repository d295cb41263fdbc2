"""Lay solutions out before the door: in blocks of which many partners get the very same."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sharing.errors import ReleaseError
from sharing.policy import Band
from sharing.registry import Asset, Registry
from sharing.release.contradictions import Against
from sharing.release.grids import time_on_grid
from sharing.release.releases import Decided
from sharing.release.solutions import Pair, Shape, Solution
from sharing.release.timing import Timing

__all__ = ["Block", "Class", "Layout", "Outcome", "Place"]


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """All that a plan depends on beside the partner and what is approved; one object for each."""

    shape: Shape
    assets: tuple[Asset, ...]
    band: Band
    day_band: Band


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A solution at the door."""

    solution: Solution
    of: Class
    horizon: datetime
    """After all times at which a decision on it may change for time alone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is released of a block, and the outcomes that release nothing."""

    released: tuple[Decided, ...]
    silent: tuple[Decided, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pairs of objects of which the same is made by whoever has the same plans for them.

    Either solutions of one class that are alone in their pair, or all those of one pair.
    """

    pairs: tuple[tuple[Place, ...], ...]
    horizon: datetime
    """The latest of its solutions."""
    is_contradicted: bool
    made: dict[tuple[object, ...], Outcome] = field(default_factory=dict)
    """By the plans of all, and by when the partner's agreements lapse if that is sooner."""


class Layout:
    """Places solutions at one moment; those of one class are placed alike."""

    def __init__(self, registry: Registry, timing: Timing) -> None:
        self._registry = registry
        self._timing = timing
        self._classes: dict[tuple[Shape, tuple[Asset, ...], Band, Band], Class] = {}

    def place(self, solution: Solution) -> Place:
        """Return a solution with its class.

        Raises ReleaseError for one that cannot be marked, and whatever else keeps it from being
        placed: it has to be withheld, and no other.
        """
        if solution.fault:
            raise ReleaseError(solution.fault)
        rules = self._registry.rules
        key = (
            solution.shape,
            self.touched(solution.pair),
            self._timing.band(solution.tca, rules.time_grid_min),
            self._timing.band(solution.tca, rules.existence_grid_min),
        )
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = Class(*key)
        day = time_on_grid(solution.tca, rules.existence_grid_min)
        next_change = self._timing.next_change
        horizon = max(next_change(solution.tca, False), next_change(day, True))
        return Place(solution, found, horizon)

    def touched(self, pair: Pair) -> tuple[Asset, ...]:
        """Return the protected assets of a pair."""
        assets = self._registry.assets
        first, second = pair
        if first in assets or second in assets:
            return tuple(assets[number] for number in pair if number in assets)
        return ()

    def laid_out(
        self, solutions: Iterable[Solution], against: Against
    ) -> tuple[list[Block], list[Exception]]:
        """Return solutions in blocks, and why each of the others cannot be placed."""
        failed: list[Exception] = []
        places: dict[Pair, list[Place]] = {}
        for solution in solutions:
            try:
                place = self.place(solution)
            except Exception as error:
                failed.append(error)
            else:
                places.setdefault(solution.pair, []).append(place)
        return list(_blocks(places.values(), against)), failed


def _blocks(by_pair: Iterable[Sequence[Place]], against: Against) -> Iterator[Block]:
    alone: dict[Class, list[tuple[Place, ...]]] = {}
    for places in by_pair:
        if len(places) == 1:
            alone.setdefault(places[0].of, []).append(tuple(places))
        else:
            touched = against.touches(place.solution for place in places)
            yield _block((tuple(places),), touched)
    for some in alone.values():
        yield _block(tuple(some), is_contradicted=False)


def _block(pairs: tuple[tuple[Place, ...], ...], is_contradicted: bool) -> Block:
    horizon = max(place.horizon for places in pairs for place in places)
    return Block(pairs, horizon, is_contradicted)
