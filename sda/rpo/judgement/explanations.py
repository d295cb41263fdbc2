"""What explains a pair otherwise than by an operation."""

from datetime import timedelta
from typing import Final

from sda.orbit import Regime
from sda.rpo.judgement.cases import Case
from sda.rpo.model import Evidence

__all__ = [
    "drifting",
    "launch",
    "new_launch",
    "passive",
    "same_family",
    "slot_mates",
    "stale",
    "steady",
]

_DAY: Final = timedelta(days=1)
_KM_PER_DEG_DAY: Final = 77.9
"""Difference of semi-major axis for a drift of 1 deg a day in the belt (1.5 n / a)."""


def passive(case: Case) -> Evidence | None:
    """Whether neither can manoeuvre."""
    if not all(case.is_passive):
        return None
    return Evidence("passive", "both", "", "rocket body, debris", case.config.points.passive)


def launch(case: Case) -> Evidence | None:
    """Whether they are near because they went up together."""
    limits, points = case.config.limits, case.config.points
    if not case.ties.same_launch:
        return None
    objects = case.ties.launch_objects
    if objects > limits.many_launch_objects:
        threshold = f"> {limits.many_launch_objects}"
        return Evidence("many-launch", objects, "objects", threshold, points.many_launch)
    if case.regime is Regime.LEO:
        return Evidence("same-launch", objects, "objects", "one launch", points.same_launch)
    return None


def new_launch(case: Case) -> Evidence | None:
    """Whether they are newly up, and still on their way from each other."""
    limit = case.config.limits.new_launch_days
    up_days = (case.today.start - max(case.ties.since)) / _DAY
    if case.regime is not Regime.LEO or not case.ties.same_launch or up_days >= limit:
        return None
    return Evidence("new-launch", up_days, "d", f"< {limit:g}", case.config.points.new_launch)


def steady(case: Case) -> Evidence | None:
    """Whether they have kept one distance for as long as they are known."""
    limits = case.config.limits
    if case.last_apart is not None or any(not one.is_near for one in case.encounters):
        return None
    first = case.encounters[0]
    days = (case.encounters[-1].start - first.start) / _DAY
    lows_km = [one.min_range_km for one in case.encounters]
    if days < limits.steady_days or max(lows_km) - min(lows_km) > limits.steady_change_km:
        return None
    return Evidence("steady", days, "d", f">= {limits.steady_days:g}", case.config.points.steady)


def slot_mates(case: Case) -> Evidence | None:
    """Whether they share a slot in the belt as they always did."""
    if not case.are_slot_mates:
        return None
    return Evidence("slot-mates", "shared slot", "", "", case.config.points.slot_mates)


def same_family(case: Case) -> Evidence | None:
    """Whether they are of one fleet in the belt."""
    if case.regime is not Regime.GEO or not case.ties.same_family:
        return None
    return Evidence("same-family", "one fleet", "", "", case.config.points.same_family)


def drifting(case: Case) -> Evidence | None:
    """Whether they drift past each other in the belt."""
    limit = case.config.limits.drifting_deg_day
    drift_deg_day = case.da_km / _KM_PER_DEG_DAY
    if case.regime is not Regime.GEO or drift_deg_day < limit:
        return None
    points = case.config.points.drifting
    return Evidence("drifting", drift_deg_day, "deg/d", f">= {limit:g}", points)


def stale(case: Case) -> Evidence | None:
    """Whether the day rests on an old set."""
    today = case.today
    middle = today.start + (today.end - today.start) / 2
    age_days = max((middle - one.epoch) / _DAY for one in (today.set_1, today.set_2))
    limit = case.config.limits.stale_days.of(case.regime)
    if age_days < limit:
        return None
    return Evidence("stale", age_days, "d", f">= {limit:g}", case.config.points.stale)
