"""Facts of a case that evidence and classes both go by."""

from datetime import datetime, timedelta
from math import degrees
from typing import Final

from sda.orbit import Regime
from sda.rpo.config import StepsByRegime
from sda.rpo.judgement.cases import Case, cross_track_km
from sda.rpo.judgement.foresight import surprise
from sda.rpo.model import Encounter, Evidence

__all__ = ["below", "is_merged", "is_release", "is_steered", "stays", "steering_m_s"]

_DAY: Final = timedelta(days=1)


def is_merged(case: Case, one: Encounter) -> bool:
    """Return whether a day's sets cannot be told apart: docked, or one object twice."""
    limits = case.config.limits
    return (
        one.evaluated_h >= limits.whole_day_h
        and one.min_range_km < limits.merged_km
        and one.max_range_km < limits.merged_max_km
        and degrees(one.plane_rad) < limits.merged_plane_deg
    )


def is_release(case: Case) -> bool:
    """Return whether one object appeared at another of its launch that was there before it."""
    limits, first = case.config.limits, case.event[0]
    appeared = max(course.first for course in case.courses)
    older = min(course.first for course in case.courses)
    return (
        case.ties.same_launch
        and (appeared - older) / _DAY >= limits.release_after_days
        and abs(first.start - appeared) / _DAY <= limits.release_after_days
        and first.min_range_km < limits.release_range_km
        and (case.today.start - appeared) / _DAY <= limits.release_days
    )


def steering_m_s(case: Case) -> tuple[float, float]:
    """Return the greatest change of speed of each since shortly before the event."""
    since = case.opened - case.config.limits.manoeuvre_days * _DAY
    until = case.today.end
    first, second = (
        0.0 if dead else course.steered_m_s(since, until)
        for course, dead in zip(case.courses, case.is_passive, strict=True)
    )
    return first, second


def is_steered(case: Case, since: datetime, stay: Encounter) -> bool:
    """Return whether one of the two steered between two times, by what nature leaves unexplained.

    In low orbit the difference of two decays brings periods together too.
    """
    limits = case.config.limits
    if case.regime is not Regime.LEO:
        sizes = (
            0.0 if dead else course.steered_m_s(since, stay.end)
            for course, dead in zip(case.courses, case.is_passive, strict=True)
        )
        return max(sizes) >= limits.manoeuvre_m_s.of(case.regime)
    first_km, second_km = (course.raised_km(since, stay.start) for course in case.courses)
    one_km, other_km = (course.decayed_km(since, stay.start) for course in case.courses)
    doubt_km = case.config.foresight.decay_share * abs(other_km - one_km)
    if abs(second_km - first_km) >= max(limits.steered_da_km, doubt_km):
        return True
    foresight = case.config.foresight
    apart = next((one for one in case.encounters if one.start == since), None)
    if apart is None:
        return False
    return surprise(apart, stay, foresight).is_one(foresight)


def stays(case: Case, one: Encounter) -> bool:
    """Return whether a day is one of staying: near, with matched periods."""
    limits = case.config.limits
    if abs(one.relative.da_km) >= limits.arrival_da_km.of(case.regime):
        return False
    if case.regime is not Regime.LEO:
        return one.min_range_km < limits.arrival_range_km
    in_plane = cross_track_km(one) < limits.arrival_plane_km
    return in_plane and one.dwell_s >= limits.arrival_dwell_h * 3600


def below(case: Case, name: str, value: float, unit: str, steps: StepsByRegime) -> Evidence | None:
    """Return the first tier that a value lies below."""
    for limit, points in steps.of(case.regime):
        if value < limit:
            return Evidence(name, value, unit, f"< {limit:g}", points)
    return None
