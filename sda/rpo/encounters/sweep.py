"""Look at days on end: each by itself, so that processes can share them out.

Where no executor is given the days are done one after another in this process. What travels to
another is a day's element sets, 5 MB for 28,000 objects; no more days than `at_a_time` and one in
wait are under way.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from sda.errors import WorkerError
from sda.model import ElementSet
from sda.rpo.encounters.day import encounters
from sda.rpo.encounters.nearness import EncounterSettings
from sda.rpo.encounters.neighbours import NeighbourSettings, SlowPair, neighbours
from sda.rpo.model import Encounter

__all__ = ["encounter_days", "sweep_days"]

_DAY: Final = timedelta(days=1)

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


def sweep_days(
    days: Sequence[datetime],
    catalogue_of: Callable[[datetime], Sequence[ElementSet]],
    config: NeighbourSettings,
    *,
    executor: Executor | None = None,
    at_a_time: int = 1,
    told: Callable[[float], None] = lambda fraction: None,
) -> Iterator[tuple[datetime, tuple[SlowPair, ...]]]:
    """Yield each day, in the order given, with its slow pairs: `neighbours` of 24 hours.

    `catalogue_of` returns the sets for a day, one of each object. An executor, as `executor_at`
    opens it, does so many days at a time. `told` is told the fraction done. Raises WorkerError.
    """
    yield from _each(
        partial(_neighbours, config=config), days, catalogue_of, executor, at_a_time, told
    )


def encounter_days(
    days: Sequence[datetime],
    pairs_of: Callable[[datetime], Sequence[tuple[ElementSet, ElementSet]]],
    config: EncounterSettings,
    *,
    executor: Executor | None = None,
    at_a_time: int = 1,
    told: Callable[[float], None] = lambda fraction: None,
) -> Iterator[tuple[datetime, tuple[Encounter, ...]]]:
    """Yield each day, in the order given, with the `encounters` of its pairs.

    `pairs_of` returns the sets of a day's pairs. The rest is as with `sweep_days`.
    """
    yield from _each(partial(_encounters, config=config), days, pairs_of, executor, at_a_time, told)


def _neighbours(
    day: datetime, elements: Sequence[ElementSet], config: NeighbourSettings
) -> tuple[SlowPair, ...]:
    return neighbours(elements, day, day + _DAY, config)


def _encounters(
    day: datetime, pairs: Sequence[tuple[ElementSet, ElementSet]], config: EncounterSettings
) -> tuple[Encounter, ...]:
    return encounters(pairs, day, config)


def _each(
    work: Callable[[datetime, _Given], _Found],
    days: Sequence[datetime],
    given_of: Callable[[datetime], _Given],
    executor: Executor | None,
    at_a_time: int,
    told: Callable[[float], None],
) -> Iterator[tuple[datetime, _Found]]:
    """Yield what a piece of work finds on each day. Raises WorkerError."""
    if executor is None:
        for done, day in enumerate(days, start=1):
            found = work(day, given_of(day))
            told(done / len(days))
            yield day, found
        return
    waiting: deque[tuple[datetime, Future[_Found]]] = deque()
    rest = iter(days)
    try:
        for done in range(1, len(days) + 1):
            while len(waiting) <= at_a_time and (coming := next(rest, None)) is not None:
                waiting.append((coming, executor.submit(work, coming, given_of(coming))))
            day, future = waiting.popleft()
            found = future.result()
            told(done / len(days))
            yield day, found
    except BrokenExecutor:
        raise WorkerError(
            "a worker ended before its day was done, perhaps for want of memory: use fewer workers"
        ) from None
    except CancelledError:
        raise WorkerError("the workers were lost: see that they run, and start again") from None
    finally:
        for _, future in waiting:
            future.cancel()
