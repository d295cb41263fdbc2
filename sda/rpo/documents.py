"""Write events as documents: the rows of `tearline rpo`, and what the database keeps.

Lengths are km to 1e-6, times ISO 8601 UTC. What is not known is null, also where a value holds NaN.
The columns and their order are a contract: add to them, rename none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from math import degrees, inf, isfinite
from typing import Any, Final

from sda.constants import SECONDS_PER_DAY
from sda.model import Operation
from sda.orbit import RelativeElements
from sda.risk import ErrorOrigin
from sda.rpo.model import Approach, Encounter, Episode, Event, Evidence, Trend
from sda.times import format_utc, parse_utc

__all__ = [
    "CSV_COLUMNS",
    "JUDGED",
    "Document",
    "document",
    "flat",
    "joined",
    "operation_of",
    "trend_document",
]

Document = dict[str, Any]
"""An event as JSON has it."""

CSV_COLUMNS: Final = (
    "event_id",
    "norad_id_1",
    "name_1",
    "norad_id_2",
    "name_2",
    "regime",
    "class",
    "score",
    "verdict",
    "status",
    "gate",
    "declared",
    "declared_id",
    "actor_norad_id",
    "actor_name",
    "start_utc",
    "end_utc",
    "min_range_km",
    "min_range_utc",
    "min_hill_speed_m_s",
    "dwell_hours",
    "resolvable",
    "sigma_km",
    "sigma_origin",
    "n_episodes",
    "n_minima",
    "evidence",
)
"""One row an event: `evidence` as `name:points` words."""

JUDGED: Final = (
    "class",
    "score",
    "verdict",
    "gate",
    "evidence",
    "declared",
    "declared_id",
    "actor_norad_id",
    "actor_name",
)
"""What was concluded of an event, as against what was measured."""

_OF_NEAREST: Final = ("min_range_km", "min_range_utc", "sigma_km", "sigma_origin", "resolvable")
_LENGTH: Final = 6
_SPEED_M_S: Final = 4
_HOURS: Final = 4
_POINTS: Final = 2
_DAYS: Final = 6
_ANGLE_DEG: Final = 6
_M_PER_KM: Final = 1000.0
_S_PER_HOUR: Final = 3600.0


def document(event: Event) -> Document:
    """Return an event as one JSON object."""
    nearest = min(
        (episode.nearest for episode in event.episodes),
        key=lambda one: one.min_range_km,
        default=None,
    )
    return {
        "event_id": event.event_id,
        "norad_id_1": event.norad_id_1,
        "name_1": event.name_1,
        "norad_id_2": event.norad_id_2,
        "name_2": event.name_2,
        "regime": event.regime.value,
        "class": event.event_class.value,
        "score": _rounded(event.score.points, _POINTS),
        "verdict": event.verdict.value,
        "status": "open" if event.is_open else "closed",
        "gate": event.score.gate or None,
        "declared": bool(event.declared),
        "declared_id": event.declared or None,
        "actor_norad_id": event.actor_norad_id,
        "actor_name": _actor_name(event),
        "start_utc": format_utc(event.start),
        "end_utc": format_utc(event.end),
        "min_range_km": _rounded(event.min_range_km, _LENGTH),
        "min_range_utc": format_utc(event.min_range_utc),
        "min_hill_speed_m_s": _m_s(event.min_hill_speed_km_s),
        "dwell_hours": _hours(event.dwell_s),
        "resolvable": bool(event.resolvable),
        "sigma_km": None if nearest is None else _rounded(nearest.sigma_km, _LENGTH),
        "sigma_origin": None if nearest is None else nearest.sigma_origin.value,
        "evidence": [_evidence(one) for one in event.score.evidence],
        "episodes": [_episode(one) for one in event.episodes],
        "trend": [trend_document(one) for one in event.trend],
    }


def flat(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the CSV row of a document, in the order of `CSV_COLUMNS`; null is empty."""
    words = " ".join(f"{one['name']}:{one['points']:g}" for one in document["evidence"])
    counted = {
        **document,
        "n_episodes": len(document["episodes"]),
        "n_minima": sum(len(one["minima"]) for one in document["episodes"]),
        "evidence": words,
    }
    return tuple(_cell(counted[name]) for name in CSV_COLUMNS)


def trend_document(trend: Trend) -> Document:
    """Return how an event stood on one day."""
    return {
        "utc": format_utc(trend.utc),
        "min_range_km": _rounded(trend.min_range_km, _LENGTH),
        "score": _rounded(trend.points, _POINTS),
        "class": trend.event_class.value,
        "verdict": trend.verdict.value,
    }


def operation_of(document: Mapping[str, Any]) -> Operation:
    """Return what a document says of an event as one value, without its episodes day by day."""
    speed_m_s = document["min_hill_speed_m_s"]
    return Operation(
        event_id=document["event_id"],
        norad_id_1=document["norad_id_1"],
        name_1=document["name_1"],
        norad_id_2=document["norad_id_2"],
        name_2=document["name_2"],
        tca=parse_utc(document["min_range_utc"]),
        miss_km=document["min_range_km"],
        hill_speed_km_s=None if speed_m_s is None else speed_m_s / _M_PER_KM,
        episode_start=parse_utc(document["start_utc"]),
        episode_end=parse_utc(document["end_utc"]),
        regime=document["regime"],
        operation_class=document["class"],
        verdict=document["verdict"],
        score=document["score"],
        declared=document["declared"],
        actor_norad_id=document["actor_norad_id"],
        dwell_h=document["dwell_hours"],
        sigma_km=document["sigma_km"],
        resolvable=document["resolvable"],
        evidence=tuple(Evidence(**one) for one in document["evidence"]),
    )


def joined(earlier: Document, later: Document, since: datetime) -> Document:
    """Return the later document of an event with what the earlier one knew of before.

    `since` is where the later one's look-back began. An episode that reaches back over it is made
    of the earlier one's days before the later one's. Joining again changes nothing.
    """
    edge = format_utc(since)
    old = [one for one in earlier["episodes"] if one["start_utc"] < edge]
    new = list(later["episodes"])
    if not old:
        return later
    if new and new[0]["start_utc"] <= old[-1]["end_utc"]:
        new[0] = _continued(old.pop(), new[0])
    episodes = [*old, *new]
    nearest = min(episodes, key=lambda one: _known(one["min_range_km"]))
    return {
        **later,
        **_of_nearest(nearest),
        "min_hill_speed_m_s": _lesser(*(one["min_hill_speed_m_s"] for one in episodes)),
        "dwell_hours": _rounded(sum(one["dwell_hours"] for one in episodes), _HOURS),
        "episodes": episodes,
    }


def _continued(old: Document, new: Document) -> Document:
    """Return an episode that began before the look-back of the one that tells it now."""
    # By day, for when a day could be evaluated from depends on the sets there were.
    begin = _day_of(new["days"][0])
    days = [*(one for one in old["days"] if _day_of(one) < begin), *new["days"]]
    minima = [*(one for one in old["minima"] if _day_of(one) < begin), *new["minima"]]
    nearest = min(new, old, key=lambda one: _known(one["min_range_km"]))
    return {
        **new,
        **_of_nearest(nearest),
        **{name: nearest[name] for name in ("age_days_1", "age_days_2", "plane_deg")},
        "start_utc": min(old["start_utc"], new["start_utc"]),
        "n_days": len(days),
        "max_range_km": max(old["max_range_km"], new["max_range_km"]),
        "min_hill_speed_m_s": _lesser(old["min_hill_speed_m_s"], new["min_hill_speed_m_s"]),
        "dwell_hours": _rounded(sum(one["dwell_hours"] for one in days), _HOURS),
        "relative_at_begin": old["relative_at_begin"],
        "days": days,
        "minima": minima,
    }


def _of_nearest(episode: Document) -> Document:
    """Return what an event says of its nearest episode; all errors were once of the table."""
    told = {"sigma_origin": ErrorOrigin.TABLE.value, **episode}
    return {name: told[name] for name in _OF_NEAREST}


def _day_of(one: Document) -> str:
    return str(one["utc"])[: len("2026-10-01")]


def _known(value: float | None) -> float:
    return inf if value is None else value


def _lesser(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _actor_name(event: Event) -> str | None:
    names = {event.norad_id_1: event.name_1, event.norad_id_2: event.name_2}
    return None if event.actor_norad_id is None else names.get(event.actor_norad_id)


def _evidence(evidence: Evidence) -> Document:
    value = evidence.value
    return {
        "name": evidence.name,
        "value": value if isinstance(value, str) else _rounded(value, _LENGTH),
        "unit": evidence.unit,
        "threshold": evidence.threshold,
        "points": _rounded(evidence.points, _POINTS),
    }


def _episode(episode: Episode) -> Document:
    encounters, nearest = episode.encounters, episode.nearest
    minima = sorted(
        (minimum for one in encounters for minimum in one.approaches), key=lambda one: one.utc
    )
    return {
        "start_utc": format_utc(episode.start),
        "end_utc": format_utc(episode.end),
        "n_days": len(encounters),
        "min_range_km": _rounded(nearest.min_range_km, _LENGTH),
        "min_range_utc": format_utc(nearest.min_range_utc),
        "max_range_km": _rounded(max(one.max_range_km for one in encounters), _LENGTH),
        "min_hill_speed_m_s": _m_s(_least(one.min_hill_speed_km_s for one in encounters)),
        "dwell_hours": _hours(sum(one.dwell_s for one in encounters)),
        "sigma_km": _rounded(nearest.sigma_km, _LENGTH),
        "sigma_origin": nearest.sigma_origin.value,
        "resolvable": bool(nearest.min_range_km > nearest.sigma_km),
        "age_days_1": _age_days(nearest, 1),
        "age_days_2": _age_days(nearest, 2),
        "plane_deg": _rounded(degrees(nearest.plane_rad), _ANGLE_DEG),
        "relative_at_begin": _relative(encounters[0].relative),
        "relative_at_end": _relative(encounters[-1].relative),
        "relative_trend": _relative_trend(encounters),
        "days": [_day(one) for one in encounters],
        "minima": [_minimum(one) for one in minima],
    }


def _day(encounter: Encounter) -> Document:
    return {
        "utc": format_utc(encounter.start),
        "min_range_km": _rounded(encounter.min_range_km, _LENGTH),
        "max_range_km": _rounded(encounter.max_range_km, _LENGTH),
        "min_hill_speed_m_s": _m_s(encounter.min_hill_speed_km_s),
        "dwell_hours": _hours(encounter.dwell_s),
    }


def _minimum(approach: Approach) -> Document:
    radial_km, in_track_km, cross_track_km = approach.ric_km
    return {
        "utc": format_utc(approach.utc),
        "range_km": _rounded(approach.range_km, _LENGTH),
        "hill_speed_m_s": _m_s(approach.hill_speed_km_s),
        "radial_km": _rounded(radial_km, _LENGTH),
        "in_track_km": _rounded(in_track_km, _LENGTH),
        "cross_track_km": _rounded(cross_track_km, _LENGTH),
    }


def _age_days(encounter: Encounter, number: int) -> float | None:
    """Return the age of a set at the least range of its encounter, signed."""
    used = encounter.set_1 if number == 1 else encounter.set_2
    return _rounded((encounter.min_range_utc - used.epoch) / timedelta(days=1), _DAYS)


def _relative(elements: RelativeElements) -> Document:
    return {name: _rounded(value, _LENGTH) for name, value in asdict(elements).items()}


def _relative_trend(encounters: Sequence[Encounter]) -> Document | None:
    """Return how fast each element changes, by least squares; None within one day."""
    begin = encounters[0].start
    days = [(one.start - begin).total_seconds() / SECONDS_PER_DAY for one in encounters]
    if days[-1] <= days[0]:
        return None
    rows = [asdict(one.relative) for one in encounters]
    return {
        f"{name}_day": _rounded(_slope(days, [row[name] for row in rows]), _LENGTH)
        for name in rows[0]
    }


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the slope of the straight line of least squares."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    moment = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return moment / sum((a - mean_x) ** 2 for a in x)


def _least(values: Iterable[float]) -> float:
    """Return the least of the values that are known, NaN when none is."""
    return min((value for value in values if isfinite(value)), default=float("nan"))


def _m_s(speed_km_s: float) -> float | None:
    return _rounded(speed_km_s * _M_PER_KM, _SPEED_M_S)


def _hours(seconds: float) -> float | None:
    return _rounded(seconds / _S_PER_HOUR, _HOURS)


def _rounded(value: float, digits: int) -> float | None:
    """Round a number for printing: NaN and infinities are unknown, and zero has no sign."""
    return round(float(value), digits) + 0.0 if isfinite(value) else None
