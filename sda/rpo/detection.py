"""Look for operations in a history: slow pairs, day by day, followed back and judged.

Days are whole UTC days, so that the same day gives the same result in whatever window it lies. On
each day all pairs of a catalogue that come near slowly are found. Each is then followed on all
days of the look-back too, on which both could be evaluated: where it came from decides.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sda.elements import Satcat
from sda.model import ElementSet
from sda.rpo.config import RpoConfig
from sda.rpo.context.constellations import constellations_of, members_of
from sda.rpo.context.declared import Declared
from sda.rpo.context.objects import contexts_at
from sda.rpo.encounters.neighbours import SlowPair
from sda.rpo.encounters.sweep import encounter_days, sweep_days
from sda.rpo.history.cleaning import History
from sda.rpo.history.epochs import EpochIndex
from sda.rpo.judgement.courses import Course
from sda.rpo.judgement.events import Pair, events_of
from sda.rpo.judgement.ties import Ties, fleets_of, is_worth_following, stations_on, ties_of
from sda.rpo.model import Encounter, Event
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
    """Pairs that came near slowly."""
    n_objects: int


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
    everything: bool = False,
    workers: int | None = None,
    told: Callable[[float], None] = lambda fraction: None,
) -> Detection:
    """Return the events of all objects within days from a start, verdicts `none` included.

    Pairs of one constellation, and of which neither can manoeuvre, are left out unless everything
    is wanted. Where there is much to do processes share it. Raises WorkerError.

    Sets up to a day after the window's last day are used, and none later. What was done counts from
    the day on which it was seen; what explains a pair is taken from all days (`judgement.cases`).
    """
    end = start + days * _DAY
    window = tuple(_days(start, end))
    earlier = tuple(_days(window[0] - config.look_back_days * _DAY, window[0]))
    # The last day may rest on sets that come after it, by as much as they serve before their epoch.
    until = window[-1] + 2 * _DAY
    with _workers(history, window, workers) as at_work:
        swept = _swept(history, window, config, at_work, lambda f: told(0.5 * f))
        known = {(one.norad_id_1, one.norad_id_2) for one in remembered}
        known = {pair for pair in known if all(_is_known(history, n, until) for n in pair)}
        found = {one.pair for day in swept.values() for one in day}
        ties = _ties(history, found | known, until, config, knowledge)
        met = {
            day: [one.pair for one in pairs if everything or not ties[one.pair].explain_all]
            for day, pairs in swept.items()
        }
        encounters = _evaluated(history, met, config, at_work, lambda f: told(0.5 + 0.2 * f))
        followed = known | {
            one.pair for one in encounters if is_worth_following(one, ties[one.pair], config)
        }
        rest = {
            day: sorted(followed - set(met.get(day, ()))) for day in (*earlier, *window) if followed
        }
        encounters += _evaluated(history, rest, config, at_work, lambda f: told(0.7 + 0.2 * f))
    events = _judged(history, encounters, ties, (window[0], until), config, knowledge)
    told(1.0)
    return Detection(
        events=tuple(sorted(events, key=lambda one: (-one.score.points, one.event_id))),
        days=tuple(swept),
        n_pairs=len(found | known),
        n_objects=len(history.tracks),
    )


def _is_known(history: History, norad_id: int, time: datetime) -> bool:
    track = history.tracks.get(norad_id)
    return track is not None and track[0].epoch <= time


def _up_to(track: Sequence[ElementSet], time: datetime) -> Sequence[ElementSet]:
    """Return the sets of a track up to a time."""
    return track[: bisect_right(track, time, key=lambda one: one.epoch)]


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


def _swept(
    history: History,
    days: Sequence[datetime],
    config: RpoConfig,
    workers: _Workers,
    told: Callable[[float], None],
) -> Mapping[datetime, tuple[SlowPair, ...]]:
    """Return the slow pairs of each day that could be looked at."""
    catalogues = {
        day: sets
        for day in days
        if len(sets := history.index.catalogue(day + _DAY / 2, config.max_age_days)) > 1
    }
    swept = sweep_days(
        tuple(catalogues), catalogues.__getitem__, config,
        executor=workers.executor, at_a_time=workers.at_a_time, told=told,
    )  # fmt: skip
    return dict(swept)


def _ties(
    history: History,
    pairs: Iterable[Numbers],
    time: datetime,
    config: RpoConfig,
    knowledge: Knowledge,
) -> Mapping[Numbers, Ties]:
    """Return what joins pairs apart from their motion, by all that was known at a time."""
    contexts = contexts_at(history.tracks, time, config.context, knowledge.satcat)
    newest = [_up_to(history.tracks[number], time)[-1] for number in contexts]
    members = members_of(constellations_of(newest, contexts, config.context))
    fleets = fleets_of(newest, contexts)
    return {pair: ties_of(pair, contexts, members, fleets) for pair in pairs}


def _evaluated(
    history: History,
    pairs: Mapping[datetime, Sequence[Numbers]],
    config: RpoConfig,
    workers: _Workers,
    told: Callable[[float], None],
) -> list[Encounter]:
    """Return what pairs do on their days, where both can be evaluated, by rising days."""
    numbers = sorted({n for day in pairs.values() for pair in day for n in pair})
    index = EpochIndex(history.tracks[number] for number in numbers)

    def sets_of(day: datetime) -> list[tuple[ElementSet, ElementSet]]:
        sets = {one.norad_id: one for one in index.catalogue(day + _DAY / 2, config.max_age_days)}
        return [(sets[one], sets[two]) for one, two in pairs[day] if one in sets and two in sets]

    evaluated = encounter_days(
        sorted(pairs), sets_of, config,
        executor=workers.executor, at_a_time=workers.at_a_time, told=told,
    )  # fmt: skip
    return [one for _, day in evaluated for one in day]


def _judged(
    history: History,
    encounters: Iterable[Encounter],
    ties: Mapping[Numbers, Ties],
    between: tuple[datetime, datetime],
    config: RpoConfig,
    knowledge: Knowledge,
) -> Iterator[Event]:
    """Yield the events of all pairs from their days."""
    of_pair: dict[Numbers, list[Encounter]] = defaultdict(list)
    of_day: dict[date, list[Encounter]] = defaultdict(list)
    for one in sorted(encounters, key=lambda one: one.start):
        of_pair[one.pair].append(one)
        of_day[one.start.date()].append(one)
    hosts = {
        day: stations_on(some, knowledge.declared, config.context.stations)
        for day, some in of_day.items()
    }
    courses: dict[int, Course] = {}
    for pair, days in of_pair.items():
        for number in pair:
            if number not in courses:
                courses[number] = Course(
                    _up_to(history.tracks[number], between[1]), config.longitude, config.manoeuvres
                )
        known = Pair(tuple(days), (courses[pair[0]], courses[pair[1]]), ties[pair], hosts)
        yield from events_of(known, between[0], config, knowledge.declared)
