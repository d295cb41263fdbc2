"""Join a pair's days into episodes, its episodes into events, and judge each day of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from sda.rpo.config import RpoConfig
from sda.rpo.context.declared import Declared, DeclaredKind, covering
from sda.rpo.encounters.resolution import measured
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.classes import actor_of, class_of
from sda.rpo.judgement.courses import Course
from sda.rpo.judgement.scoring import scored, verdict_of
from sda.rpo.judgement.ties import Ties
from sda.rpo.model import Encounter, Episode, Event, Score, Trend

__all__ = ["Pair", "event_id_of", "events_of"]

_DAY: Final = timedelta(days=1)
_NEIGHBOURLY: Final = frozenset(
    {DeclaredKind.VISITING, DeclaredKind.FORMATION, DeclaredKind.CO_LOCATION}
)
"""Declared kinds that explain why two are near; a servicing is an operation all the same."""
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two objects, every day on which they could be evaluated, and what is known of them."""

    encounters: tuple[Encounter, ...]
    courses: tuple[Course, Course]
    ties: Ties
    hosts: Mapping[date, Mapping[int, int]]
    """The station of each object that is at one, by day."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """One day of an event."""

    trend: Trend
    score: Score
    declared: str
    actor: int | None


def event_id_of(norad_id_1: int, norad_id_2: int, opened: datetime) -> str:
    """Return the identifier of an event that opens on a day."""
    return f"{norad_id_1}-{norad_id_2}-{opened:%Y%m%d}"


def events_of(
    pair: Pair,
    start: datetime,
    config: RpoConfig,
    declared: Sequence[Declared] = (),
) -> Iterator[Event]:
    """Yield the events of a pair that were on at a time or later, the earlier first."""
    near = [k for k, one in enumerate(pair.encounters) if one.is_near]
    for days in _grouped(pair.encounters, near, config.closes_after_days):
        if pair.encounters[days[-1]].end > start:
            yield _event(pair, days, config, declared)


def _grouped(
    encounters: Sequence[Encounter], near: Sequence[int], closes_after_days: float
) -> Iterator[list[int]]:
    """Yield the near days of each event: apart for long, they open another.

    Time in which they could not be evaluated closes nothing, for nobody saw them part.
    """
    group: list[int] = []
    for k in near:
        if group and _is_closed(encounters[group[-1] : k + 1], closes_after_days):
            yield group
            group = []
        group.append(k)
    if group:
        yield group


def _is_closed(since: Sequence[Encounter], closes_after_days: float) -> bool:
    """Return whether the first day, a near one, was the last for long enough."""
    seen_apart = any(not one.is_near for one in since[1:])
    return seen_apart and (since[-1].end - since[0].end) / _DAY > closes_after_days


def _event(
    pair: Pair,
    days: Sequence[int],
    config: RpoConfig,
    declared: Sequence[Declared],
) -> Event:
    """Judge an event on each of its days; it counts as what it was on its strongest."""
    judged = [_judged(pair, k, days, config, declared) for k in days]
    peak = max(reversed(judged), key=lambda one: one.score.points)
    encounters = [pair.encounters[k] for k in days]
    place = min(range(len(days)), key=lambda k: encounters[k].min_range_km)
    tracks = pair.courses[0].track, pair.courses[1].track
    nearest = encounters[place] = measured(encounters[place], tracks, config.covariance)
    episodes = tuple(_episodes(encounters))
    last = encounters[-1]
    low, high = last.pair
    start, end = episodes[0].start, episodes[-1].end
    return Event(
        event_id=event_id_of(low, high, start),
        regime=last.regime,
        norad_id_1=low,
        name_1=last.set_1.name,
        norad_id_2=high,
        name_2=last.set_2.name,
        event_class=peak.trend.event_class,
        score=peak.score,
        verdict=peak.trend.verdict,
        declared=peak.declared,
        actor_norad_id=peak.actor,
        start=start,
        end=end,
        is_open=not _is_closed(pair.encounters[days[-1] :], config.closes_after_days),
        min_range_km=nearest.min_range_km,
        min_range_utc=nearest.min_range_utc,
        min_hill_speed_km_s=min(one.min_hill_speed_km_s for one in encounters),
        dwell_s=sum(one.dwell_s for one in encounters),
        resolvable=nearest.min_range_km > nearest.sigma_km,
        episodes=episodes,
        trend=tuple(one.trend for one in judged),
    )


def _judged(
    pair: Pair, day: int, days: Sequence[int], config: RpoConfig, declared: Sequence[Declared]
) -> _Judged:
    """Judge a pair on one day of an event."""
    today = pair.encounters[day]
    operation = covering(declared, today.pair, today.start)
    case = Case(
        regime=today.regime,
        encounters=pair.encounters,
        opening=days[0],
        day=day,
        courses=pair.courses,
        ties=pair.ties,
        right=_right(pair, [pair.encounters[k] for k in days], operation),
        declared=operation.kind if operation else "",
        config=config,
    )
    score = scored(case)
    trend = Trend(
        utc=today.end,
        min_range_km=today.min_range_km,
        points=score.points,
        event_class=class_of(case, score),
        verdict=verdict_of(score.points, config.verdicts),
    )
    return _Judged(trend, score, operation.id if operation else "", actor_of(case))


def _right(pair: Pair, event: Sequence[Encounter], operation: Declared | None) -> str:
    """Say by what right a pair is near, by the days of its event; empty when nothing says so."""
    if pair.ties.constellation:
        return f"constellation {pair.ties.constellation}"
    for day in event:
        hosts = pair.hosts.get(day.start.date(), {})
        one, other = (hosts.get(number) for number in day.pair)
        if one is not None and one == other:
            return f"station {one}"
    if operation is not None and operation.kind in _NEIGHBOURLY:
        return f"declared {operation.kind}"
    return ""


def _episodes(near: Sequence[Encounter]) -> Iterator[Episode]:
    """Yield runs of near days on end, from the first to the last time near."""
    run = [near[0]]
    for earlier, later in pairwise([*near, None]):
        if later is not None and earlier is not None and later.start - earlier.end < _SECOND:
            run.append(later)
            continue
        yield Episode(run[0].near_from or run[0].start, run[-1].near_to or run[-1].end, tuple(run))
        if later is not None:
            run = [later]
