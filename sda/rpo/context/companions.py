"""Tell pairs that have always kept together from those that came together.

A formation keeps its relative orbit from the day it is first seen, slot mates share a place on
the geostationary ring. Both are learned from a pair's own days before the one in question, so the
arrival of an inspector is never taken for either, unless it lies before the history begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import degrees, hypot
from typing import Final

from sda.constants import GEO_RADIUS_KM, SECONDS_PER_DAY, SIDEREAL_DAY_S
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.context.config import FormationConfig, SlotConfig
from sda.rpo.context.objects import launch_of
from sda.rpo.model import Encounter

__all__ = [
    "Companionship",
    "CompanionshipKind",
    "formation_of",
    "shares_slot",
    "slot_mates",
]

_SYNCHRONOUS_REV_DAY: Final = SECONDS_PER_DAY / SIDEREAL_DAY_S


class CompanionshipKind(StrEnum):
    """How two objects have kept together."""

    FORMATION = "formation"
    """They hold one relative orbit."""
    SLOT = "slot"
    """They share a place on the geostationary ring."""


@dataclass(frozen=True, slots=True)
class Companionship:
    """Two objects that have kept together for as long as both are known."""

    kind: CompanionshipKind
    since: datetime
    until: datetime
    n_days: int
    """Days on which both were known."""


def formation_of(encounters: Sequence[Encounter], config: FormationConfig) -> Companionship | None:
    """Return since when a pair has held one relative orbit; None when it has not, or who knows.

    Encounters are all days before the one in question on which the pair could be evaluated, near
    or not, by time. Pairs of the geostationary ring have slots instead.
    """
    if not encounters or any(_is_geo(one) for one in encounters):
        return None
    last = encounters[-1]
    same_launch = launch_of(last.set_1) == launch_of(last.set_2) != ""
    span = config.min_span_days if same_launch else config.min_span_days_other_launch
    kept = _kept(
        encounters,
        lambda one: _holds(one, config),
        config.min_days,
        timedelta(days=span),
        config.min_share,
    )
    if not kept:
        return None
    along_km = [one.relative.dlambda_km for one in encounters if _holds(one, config)]
    if max(along_km) - min(along_km) > config.max_drawn_km:
        return None
    return _companionship(CompanionshipKind.FORMATION, encounters)


def slot_mates(encounters: Sequence[Encounter], config: SlotConfig) -> Companionship | None:
    """Return since when a pair has shared a slot; None when it has not always, or who knows.

    Encounters as for `formation_of`.
    """
    kept = _kept(
        encounters,
        lambda one: shares_slot(one, config),
        config.min_days,
        timedelta(days=config.min_span_days),
        config.min_share,
    )
    return _companionship(CompanionshipKind.SLOT, encounters) if kept else None


def shares_slot(encounter: Encounter, config: SlotConfig) -> bool:
    """Return whether two objects stand in one slot of the geostationary ring on a day.

    Without a history this, one owner or one family is all there is to tell slot mates by.
    """
    return (
        _is_geo(encounter)
        and degrees(abs(encounter.relative.dlambda_km) / GEO_RADIUS_KM) <= config.max_apart_deg
        and all(
            abs(_drift_deg_day(one)) <= config.max_drift_deg_day
            for one in (encounter.set_1, encounter.set_2)
        )
    )


def _holds(encounter: Encounter, config: FormationConfig) -> bool:
    relative = encounter.relative
    return (
        abs(relative.da_km) <= config.max_da_km
        and abs(relative.dlambda_km) <= config.max_dlambda_km
        and hypot(relative.dex_km, relative.dey_km) <= config.max_de_km
        and hypot(relative.dix_km, relative.diy_km) <= config.max_di_km
    )


def _kept(
    encounters: Sequence[Encounter],
    holds: Callable[[Encounter], bool],
    min_days: int,
    min_span: timedelta,
    min_share: float,
) -> bool:
    """Return whether something held on the first days known, and on nearly all since."""
    if len(encounters) < min_days or encounters[-1].start - encounters[0].start < min_span:
        return False
    held = [holds(one) for one in encounters]
    return all(held[:min_days]) and sum(held) >= min_share * len(held)


def _companionship(kind: CompanionshipKind, encounters: Sequence[Encounter]) -> Companionship:
    return Companionship(kind, encounters[0].start, encounters[-1].end, len(encounters))


def _is_geo(encounter: Encounter) -> bool:
    return regime_of(encounter.set_1) is Regime.GEO and regime_of(encounter.set_2) is Regime.GEO


def _drift_deg_day(element_set: ElementSet) -> float:
    """Return the drift of the mean longitude, degrees a day, east positive."""
    return 360.0 * (element_set.mean_motion_rev_day - _SYNCHRONOUS_REV_DAY)
