"""Name what a pair does, and who does it, from the days of its event."""

from typing import Final

from sda.orbit import Regime
from sda.rpo.cases import Case
from sda.rpo.evidence import is_merged, is_release, steering_m_s
from sda.rpo.model import EventClass, Score

__all__ = ["actor_of", "class_of"]

_SERVICING: Final = frozenset({"servicing", "refuelling", "docking", "debris-removal"})
_CAME: Final = frozenset({"arrival", "drift-match", "returned"})


def class_of(case: Case, score: Score, declared_kind: str) -> EventClass:
    """Return the class of an event at the end of a day.

    `declared_kind` is the kind of the declared operation that covers it, empty without one.
    The first that holds: each says more than those after it.
    """
    named = {one.name for one in score.evidence}
    came = bool(named & _CAME)
    if case.known.startswith("station") or declared_kind == "visiting":
        return EventClass.VISITING
    if declared_kind in _SERVICING:
        return EventClass.SERVICING
    if case.known or declared_kind == "formation":
        return EventClass.FORMATION
    if _is_merged(case):
        return EventClass.MERGED
    if is_release(case):
        return EventClass.RELEASE
    if case.are_slot_mates or declared_kind == "co-location":
        return EventClass.CO_LOCATION
    if "steady" in named and not came:
        return EventClass.FORMATION if case.regime is Regime.LEO else EventClass.CO_LOCATION
    stays = _stays(case)
    if came and stays:
        return EventClass.LOITER
    if "held-plane" in named:
        return EventClass.SHADOW
    if came or "manoeuvre" in named:
        return EventClass.LOITER if stays else EventClass.INSPECTION_FLY_BY
    return _by_chance(case, stays)


def actor_of(case: Case) -> int | None:
    """Return who manoeuvred or came; None when neither or both might have."""
    numbers = case.today.pair
    first_dead, second_dead = case.is_passive
    if first_dead != second_dead:
        return numbers[0] if second_dead else numbers[1]
    if case.regime is Regime.GEO and max(case.moved_deg) >= case.config.limits.arrival_moved_deg:
        return _greater(numbers, case.moved_deg)
    steered = steering_m_s(case)
    if max(steered) >= case.config.limits.manoeuvre_m_s.of(case.regime):
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


def _by_chance(case: Case, stays: bool) -> EventClass:
    """Return the class of a pair that nobody seems to have brought together."""
    if case.regime is Regime.GEO:
        return EventClass.CO_LOCATION if stays else EventClass.DRIFT_BY
    if stays and case.ties.same_launch:
        return EventClass.FORMATION
    return EventClass.SLOW_CHANCE
