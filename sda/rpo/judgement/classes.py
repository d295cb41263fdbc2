"""Name what a pair does, and who does it, from the days of its event."""

from typing import Final

from sda.orbit import Regime
from sda.rpo.context.declared import SERVICING
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.signs import is_merged, is_release, steering_m_s
from sda.rpo.model import EventClass, Score

__all__ = ["actor_of", "class_of"]

_CAME: Final = frozenset({"arrival", "drift-match", "returned"})


def class_of(case: Case, score: Score) -> EventClass:
    """Return the class of an event at the end of a day.

    The first that holds: each says more than those after it.
    """
    named = {one.name for one in score.evidence}
    came = bool(named & _CAME)
    stays = _stays(case)
    if case.known.startswith("station") or case.declared == "visiting":
        return EventClass.VISITING
    if case.declared in SERVICING:
        return EventClass.SERVICING
    if case.declared == "co-location":
        return EventClass.CO_LOCATION
    if case.known:
        return EventClass.FORMATION
    if is_release(case):
        return EventClass.RELEASE
    if _is_merged(case):
        return EventClass.MERGED
    if case.are_slot_mates:
        return EventClass.CO_LOCATION
    if "steady" in named and not came:
        return EventClass.FORMATION if case.regime is Regime.LEO else EventClass.CO_LOCATION
    if (came and stays) or "active-body" in named:
        return EventClass.LOITER
    if "held-plane" in named or _shadows(case):
        return EventClass.SHADOW
    if came or "manoeuvre" in named:
        return EventClass.LOITER if stays else EventClass.INSPECTION_FLY_BY
    return _by_chance(case, stays)


def actor_of(case: Case) -> int | None:
    """Return who manoeuvred or came; None when neither or both might have."""
    numbers = case.today.pair
    first_dead, second_dead = case.is_passive
    if case.regime is Regime.LEO and first_dead != second_dead:
        return numbers[0] if second_dead else numbers[1]
    limit_m_s = case.config.limits.manoeuvre_m_s.of(case.regime)
    if case.regime is Regime.GEO and case.last_apart is not None:
        first, second = (
            moved if course.steered_m_s(case.last_apart, case.today.end) >= limit_m_s else 0.0
            for course, moved in zip(case.courses, case.moved_deg, strict=True)
        )
        if max(first, second) >= case.config.limits.arrival_moved_deg:
            return _greater(numbers, (first, second))
    steered = steering_m_s(case)
    if max(steered) >= limit_m_s:
        return _greater(numbers, steered)
    if case.regime is Regime.LEO and case.last_apart is not None:
        since, until = case.last_apart, case.today.start
        first_km, second_km = (abs(one.raised_km(since, until)) for one in case.courses)
        if max(first_km, second_km) >= case.config.limits.steered_da_km:
            return _greater(numbers, (first_km, second_km))
    return None


def _greater(numbers: tuple[int, int], sizes: tuple[float, float]) -> int | None:
    """Return the number with the greater size, if it is twice the other's."""
    first, second = sizes
    if max(first, second) < 2 * min(first, second):
        return None
    return numbers[0] if first > second else numbers[1]


def _is_merged(case: Case) -> bool:
    """Return whether today, and on most of the last days, the sets cannot be told apart."""
    lately = case.event[-3:]
    return is_merged(case, case.today) and 2 * sum(is_merged(case, one) for one in lately) > len(
        lately
    )


def _stays(case: Case) -> bool:
    """Return whether they kept together on most days of the event that could be evaluated."""
    limits = case.config.limits
    kept = [
        abs(one.relative.da_km) < limits.arrival_da_km.of(case.regime)
        and one.min_range_km < limits.arrival_range_km
        for one in case.event
    ]
    return 2 * sum(kept) > len(kept)


def _shadows(case: Case) -> bool:
    """Return whether objects of different launches kept one plane closely, at different heights."""
    limits = case.config.limits
    held = case.held_within(limits.shadow_plane_deg)
    return (
        case.regime is Regime.LEO
        and not case.ties.same_launch
        and not any(case.is_passive)
        and len(held) > 1
        and (held[-1].start - held[0].start).days >= limits.held_plane_days
        and all(abs(one.relative.da_km) > limits.arrival_da_km.of(case.regime) for one in held)
    )


def _is_visited(case: Case) -> bool:
    """Return whether of two strangers in the belt one was elsewhere before, the other never."""
    if case.ties.same_launch or case.ties.same_family:
        return False
    places = sorted(
        course.longitudes.roamed(case.today.end) if course.longitudes else 0
        for course in case.courses
    )
    return places[0] == 1 and places[1] > 1


def _by_chance(case: Case, stays: bool) -> EventClass:
    """Return the class of a pair that nobody seems to have brought together."""
    if case.regime is Regime.GEO and stays:
        return EventClass.LOITER if _is_visited(case) else EventClass.CO_LOCATION
    if case.regime is Regime.GEO:
        return EventClass.DRIFT_BY
    if stays and case.ties.same_launch:
        return EventClass.FORMATION
    return EventClass.SLOW_CHANCE
