"""Bring before the door what runs keep, as solutions, with how they contradict each other."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Final

import orjson
from sqlalchemy import Engine

from sda.model import Found
from sda.store import Disagreements, KeptDisagreement, Run, Runs, Status
from sharing.registry import Registry
from sharing.release import Contradiction, Marker, Solution, age_of

__all__ = ["NOTHING", "Case", "Due", "Files", "Kept", "Pair"]

_DAY = timedelta(days=1)
_OLDEST = 500
"""Runs that are looked through for the one that covers what is due."""
_AT_ONCE: Final = 8_000
"""Close approaches before the door at once; a pair more or less."""

Pair = tuple[int, int]
"""The numbers of two objects."""
_BEYOND: Final[Pair] = (1 << 62, 0)
"""After every pair."""
Due = tuple[tuple[Pair, datetime], ...]
"""What is due again: pairs, each with its released time."""
_Place = tuple[str, int]
"""A solution, and the place of a close approach in it, from 0; operations stand before it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What comes before the door; `told` is all of it as bytes."""

    solutions: tuple[Solution, ...] = ()
    found: tuple[Found, ...] = ()
    """Of each solution."""
    contradictions: tuple[Contradiction, ...] = ()
    told: tuple[bytes, ...] = ()


NOTHING = Case()


@dataclass(frozen=True, slots=True)
class Kept:
    """A close approach or an operation as a run keeps it."""

    run_id: str
    runs_ago: int
    place: _Place
    sources: tuple[str, ...]
    found: Found

    @property
    def pair(self) -> Pair:
        """The numbers of both objects."""
        return self.found.norad_id_1, self.found.norad_id_2

    @property
    def age(self) -> tuple[int, int]:
        """That of its solution."""
        return age_of(self.found, self.place[1], self.runs_ago)


class Files:
    """Brings what runs keep before the door, but for what rests on a withdrawn source."""

    def __init__(self, engine: Engine, registry: Registry, withdrawn: frozenset[str]) -> None:
        self._runs = Runs(engine)
        self._disagreements = Disagreements(engine)
        self._rules = registry.rules
        self._marker = Marker(registry)
        self._withdrawn = withdrawn
        self._against: dict[str, dict[Pair, list[KeptDisagreement]]] = {}

    def of_run(self, run_id: str) -> Iterator[tuple[Case, Pair]]:
        """Yield what comes of the pairs from the last one on up to another, which is left out."""
        some: list[Kept] = []
        for one in merge(self._kept(run_id), self._operations(run_id), key=lambda one: one.pair):
            if len(some) >= _AT_ONCE and one.pair != some[-1].pair:
                yield self._case(some), one.pair
                some = []
            some.append(one)
        yield self._case(some), _BEYOND

    def due(self, run: Run, some: Due) -> list[Kept]:
        """Return what earlier runs have near what is due, each under the newest that covers it."""
        earlier = [
            one
            for one in self._runs.list(_OLDEST, Status.PUBLISHED)
            if one.run_id != run.run_id and one.at <= run.at
        ]
        found: list[Kept] = []
        for ago, (one, due) in enumerate(_by_run(earlier, some), 1):
            times: dict[Pair, list[datetime]] = defaultdict(list)
            for pair, tca in due:
                times[pair].append(tca)
            found += (
                kept
                for kept in self._kept(one.run_id, {pair[0] for pair in times}, ago)
                if any(abs(kept.found.tca - tca) <= _DAY for tca in times.get(kept.pair, ()))
            )
        return found

    def more(self, due: Iterable[Kept]) -> Case:
        """Return what is due. What stands for it anew is told by what the partner sees of both."""
        case = NOTHING
        for _, of_run in groupby(due, key=lambda one: one.run_id):
            more = self._case([*of_run])
            case = Case(
                (*case.solutions, *more.solutions),
                (*case.found, *more.found),
                (*case.contradictions, *more.contradictions),
                (*case.told, *more.told),
            )
        return case

    def _kept(
        self, run_id: str, numbers: Collection[int] | None = None, ago: int = 0
    ) -> Iterator[Kept]:
        made_of = self._runs.solutions(run_id)
        for name, position, approach in self._runs.by_pair(run_id, numbers):
            if self._withdrawn.isdisjoint(made_of[name]):
                yield Kept(run_id, ago, (name, position), made_of[name], approach)

    def _operations(self, run_id: str) -> Iterator[Kept]:
        made_of = self._runs.solutions(run_id)
        for number, (name, operation) in enumerate(self._runs.operations(run_id), 1):
            if self._withdrawn.isdisjoint(made_of[name]):
                yield Kept(run_id, 0, (name, -number), made_of[name], operation)

    def _case(self, some: Sequence[Kept]) -> Case:
        """Return close approaches of one run as solutions, with how they contradict each other."""
        told = [orjson.dumps((one.run_id, *one.place, one.sources, one.found)) for one in some]
        placed = {
            one.place: self._marker.solution(one.place[0], one.sources, one.found, one.age)
            for one in some
        }
        contradictions = []
        for against in self._contradictions({(one.run_id, one.pair) for one in some}):
            # Of a pair that element sets do not bring together partners have nothing to compare.
            if against.position_2 is None:
                continue
            sides = (
                (against.solution_1, against.position_1),
                (against.solution_2, against.position_2),
            )
            if placed.keys() >= {*sides}:
                told.append(orjson.dumps((*sides, against.sigmas, against.axis)))
                first, second = (placed[side] for side in sides)
                contradictions.append(Contradiction(first, second, against.sigmas, against.axis))
        found = tuple(one.found for one in some)
        return Case(tuple(placed.values()), found, tuple(contradictions), tuple(told))

    def _contradictions(self, places: Iterable[tuple[str, Pair]]) -> Iterator[KeptDisagreement]:
        for run_id, pair in sorted(places):
            known = self._against.get(run_id)
            if known is None:
                known = self._against[run_id] = defaultdict(list)
                for one in self._disagreements.of_run(run_id):
                    known[one.norad_id_1, one.norad_id_2].append(one)
            yield from known.get(pair, ())


def _by_run(earlier: Sequence[Run], due: Due) -> list[tuple[Run, list[tuple[Pair, datetime]]]]:
    """Return what is due under the newest run that covers it, the newest run first."""
    found: list[tuple[Run, list[tuple[Pair, datetime]]]] = [(one, []) for one in earlier]
    for pair, tca in due:
        for one, some in found:
            if one.at - _DAY <= tca <= one.at + timedelta(hours=one.hours):
                some.append((pair, tca))
                break
    return [(one, some) for one, some in found if some]
