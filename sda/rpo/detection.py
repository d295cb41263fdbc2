"""Look for operations in a history: slow pairs, day by day, followed back and judged.

Days are whole UTC days, so that the same day gives the same result in whatever window it lies. On
each day all pairs of a catalogue that come near slowly are found. Each is then followed on all
days of the look-back too, on which both could be evaluated: where it came from decides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Final

from sda.elements import Satcat
from sda.model import ElementSet
from sda.rpo.config import RpoConfig
from sda.rpo.constellations import constellations_of, members_of
from sda.rpo.context import contexts_at
from sda.rpo.courses import Course, course_of
from sda.rpo.declared import Declared
from sda.rpo.epochs import EpochIndex, nearest
from sda.rpo.events import Pair, events_of
from sda.rpo.history import History
from sda.rpo.model import Encounter, Event
from sda.rpo.sweep import encounter_days, sweep_days
from sda.rpo.ties import Ties, stations_on, ties_of
from sda.screening.executors import PROCESSES, executor_at

__all__ = ["Detection", "Knowledge", "Remembered", "detect"]

Numbers = tuple[int, int]

_DAY: Final = timedelta(days=1)
_MUCH: Final = 100_000
"""Objects times days, about ten seconds of work; processes take two to start."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known from elsewhere than element sets."""

    satcat: Satcat | None = None
    declared: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """An event known from an earlier run: its pair is followed whether it is near or not."""

    event_id: str
    norad_id_1: int
    norad_id_2: int
    start: datetime
    end: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Detection:
    """What a search came to."""

    events: tuple[Event, ...]
    """By points, the most first, then by identifier."""
    days: tuple[datetime, ...]
    """Days of the window on which at least two objects could be evaluated."""
    n_pairs: int
    n_objects: int
    unusable: tuple[tuple[int, str], ...]
    """Objects that took no part though they have sets, and why."""


@dataclass(frozen=True, slots=True)
class _Workers:
    """Who does the days; without an executor this process."""

    executor: Executor | None
    at_a_time: int


def detect(
    history: History,
    start: datetime,
    days: float,
    config: RpoConfig,
    knowledge: Knowledge,
    *,
    remembered: Sequence[Remembered] = (),
    workers: int | None = None,
    told: Callable[[float], None] = lambda fraction: None,
) -> Detection:
    """Return the events of all objects within days from a start, verdicts `none` included.

    All that is known at the end of the window is used for pairs and contexts; each day of an
    event is judged by the days up to it.
    """
    end = start + days * _DAY
    window = tuple(_days(start, end))
    with _workers(history, window, workers) as at_work:
        found, evaluated = _candidates(history, window, config, at_work, lambda f: told(0.6 * f))
        known = {(one.norad_id_1, one.norad_id_2) for one in remembered}
        pairs = sorted(found | {pair for pair in known if history.tracks.keys() >= {*pair}})
        ties = _ties(history, pairs, end, config, knowledge)
        earlier = tuple(_days(window[0] - config.look_back_days * _DAY, window[0]))
        followed = [pair for pair in pairs if _is_worth_following(ties[pair], config)]
        back = _evaluated(
            history, followed, earlier, config, at_work, lambda f: told(0.6 + 0.2 * f)
        )
        now = _evaluated(history, pairs, window, config, at_work, lambda f: told(0.8 + 0.2 * f))
        by_day = dict(chain(back, now))
    events = tuple(_judged(history, by_day, ties, window[0], config, knowledge))
    told(1.0)
    return Detection(
        events=tuple(sorted(events, key=lambda one: (-one.score.points, one.event_id))),
        days=evaluated,
        n_pairs=len(pairs),
        n_objects=len(history.tracks),
        unusable=(),
    )


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the UTC days that a window touches, by their beginnings."""
    day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        yield day
        day += _DAY


@contextmanager
def _workers(history: History, days: Sequence[datetime], workers: int | None) -> Iterator[_Workers]:
    """Yield processes where the work is more than they take to start."""
    place = PROCESSES if workers != 1 and len(history.tracks) * len(days) > _MUCH else None
    with executor_at(place, workers) as (executor, at_a_time):
        yield _Workers(executor, at_a_time)


def _candidates(
    history: History,
    days: Sequence[datetime],
    config: RpoConfig,
    workers: _Workers,
    told: Callable[[float], None],
) -> tuple[set[Numbers], tuple[datetime, ...]]:
    """Return the pairs that come near slowly on some day, and the days that could be looked at."""
    evaluated: list[datetime] = []

    def catalogue_of(day: datetime) -> tuple[ElementSet, ...]:
        sets = history.index.catalogue(day + _DAY / 2, config.max_age_days)
        if len(sets) > 1:
            evaluated.append(day)
        return sets

    swept = sweep_days(
        days, catalogue_of, config,
        executor=workers.executor, at_a_time=workers.at_a_time, told=told,
    )  # fmt: skip
    found = {one.pair for _, day in swept for one in day}
    return found, tuple(evaluated)


def _ties(
    history: History,
    pairs: Sequence[Numbers],
    time: datetime,
    config: RpoConfig,
    knowledge: Knowledge,
) -> Mapping[Numbers, Ties]:
    """Return what joins pairs apart from their motion, by all that was known at a time."""
    contexts = contexts_at(history.tracks, time + _DAY, config.context, knowledge.satcat)
    newest = (nearest(history.tracks[number], time) for number in contexts)
    constellations = constellations_of((one for one in newest if one), contexts, config.context)
    members = members_of(constellations)
    return {pair: ties_of(pair, contexts, members) for pair in pairs}


def _is_worth_following(ties: Ties, config: RpoConfig) -> bool:
    """Return whether it matters where a pair came from: no past makes an event of the others."""
    return not (
        ties.constellation
        or all(ties.passive)
        or ties.launch_objects > config.limits.many_launch_objects
    )


def _evaluated(
    history: History,
    pairs: Sequence[Numbers],
    days: Sequence[datetime],
    config: RpoConfig,
    workers: _Workers,
    told: Callable[[float], None],
) -> Iterator[tuple[datetime, tuple[Encounter, ...]]]:
    """Yield what pairs do on each day on which some can be evaluated, by rising days."""
    numbers = sorted({number for pair in pairs for number in pair})
    index = EpochIndex(history.tracks[number] for number in numbers)

    def pairs_of(day: datetime) -> list[tuple[ElementSet, ElementSet]]:
        sets = {one.norad_id: one for one in index.catalogue(day + _DAY / 2, config.max_age_days)}
        return [(sets[one], sets[two]) for one, two in pairs if one in sets and two in sets]

    return encounter_days(
        days, pairs_of, config,
        executor=workers.executor, at_a_time=workers.at_a_time, told=told,
    )  # fmt: skip


def _judged(
    history: History,
    by_day: Mapping[datetime, tuple[Encounter, ...]],
    ties: Mapping[Numbers, Ties],
    start: datetime,
    config: RpoConfig,
    knowledge: Knowledge,
) -> Iterator[Event]:
    """Yield the events of all pairs from their days."""
    of_pair: dict[Numbers, list[Encounter]] = defaultdict(list)
    hosts: dict[date, Mapping[int, int]] = {}
    for day in sorted(by_day):
        hosts[day.date()] = stations_on(by_day[day], knowledge.declared, config.context.stations)
        for one in by_day[day]:
            of_pair[one.pair].append(one)
    courses: dict[int, Course] = {}
    for pair, days in of_pair.items():
        for number in pair:
            if number not in courses:
                courses[number] = course_of(history.tracks[number], config.longitude)
        known = Pair(tuple(days), (courses[pair[0]], courses[pair[1]]), ties[pair], hosts)
        yield from events_of(known, start, config, knowledge.declared)
