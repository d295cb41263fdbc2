"""Say what joins two objects apart from their motion: launch, fleet, constellation, station."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import degrees
from typing import Final

from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.config import RpoConfig
from sda.rpo.context.config import StationConfig
from sda.rpo.context.constellations import Constellation
from sda.rpo.context.declared import Declared, hosts
from sda.rpo.context.objects import ObjectContext
from sda.rpo.context.stations import hosts_of, is_alongside
from sda.rpo.model import Encounter

__all__ = ["Ties", "fleets_of", "is_worth_following", "stations_on", "ties_of"]

_FLEET: Final = 6
"""Of fewer nobody can tell where their name is at home."""
_AT_HOME: Final = 0.9
"""Share of a fleet in its regime; the rest is on its way there, or to the graveyard."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What joins two objects, at any time."""

    launches: tuple[str, str]
    """International designators without the piece; empty when not known."""
    launch_objects: int
    """Objects of their common launch, debris left out; 0 when they are of different ones."""
    same_family: bool
    """Whether they share a name, or an owner where that is known."""
    same_fleet: bool
    """Whether they share a name that is at home in one regime: an operator's, not a state's."""
    passive: tuple[bool, bool]
    constellation: str
    """Name of the one that both belong to; empty when there is none."""
    since: tuple[datetime, datetime]
    """Launch, or the first element set where that is earlier or nothing else is known."""

    @property
    def same_launch(self) -> bool:
        """Whether they went up together."""
        return self.launch_objects > 0

    @property
    def explain_all(self) -> bool:
        """Whether nothing that they do can be an operation of one with the other."""
        return bool(self.constellation) or all(self.passive)


def ties_of(
    pair: tuple[int, int],
    contexts: Mapping[int, ObjectContext],
    members: Mapping[int, Constellation],
    fleets: Collection[str],
) -> Ties:
    """Return what joins two objects of which the contexts and constellations are known."""
    one, other = contexts[pair[0]], contexts[pair[1]]
    same_launch = one.launch != "" and one.launch == other.launch
    same_name = one.family != "" and one.family == other.family
    same_owner = one.owner != "" and one.owner == other.owner
    first, second = members.get(pair[0]), members.get(pair[1])
    return Ties(
        launches=(one.launch, other.launch),
        launch_objects=max(2, one.n_payloads_in_launch) if same_launch else 0,
        same_family=same_name or same_owner,
        same_fleet=same_name and one.family in fleets,
        passive=(one.is_passive, other.is_passive),
        constellation=first.name if first is not None and first is second else "",
        since=(one.launched or one.first_seen, other.launched or other.first_seen),
    )


def fleets_of(
    elements: Iterable[ElementSet], contexts: Mapping[int, ObjectContext]
) -> frozenset[str]:
    """Return the families of some size that are at home in one regime, as operators' fleets are.

    A state gives one name to what it flies everywhere: SJ, COSMOS, FENGYUN.
    """
    homes: dict[str, Counter[Regime]] = defaultdict(Counter)
    for one in elements:
        context = contexts[one.norad_id]
        if context.family and not context.is_passive:
            homes[context.family][regime_of(one)] += 1
    return frozenset(
        family
        for family, regimes in homes.items()
        if regimes.total() >= _FLEET and max(regimes.values()) >= _AT_HOME * regimes.total()
    )


def is_worth_following(day: Encounter, ties: Ties, config: RpoConfig) -> bool:
    """Return whether it matters where a pair came from that was near on a day.

    In low orbit pairs pass slowly by the hundred; those whose planes or periods differ cannot have
    come together to stay, nor hold a plane.
    """
    if ties.explain_all:
        return False
    if day.regime is not Regime.LEO:
        return True
    limits = config.limits
    return (
        day.dwell_s >= limits.follow_dwell_h * 3600
        or abs(day.relative.da_km) < limits.follow_da_km
        or degrees(day.plane_rad) < limits.held_plane_deg
    )


def stations_on(
    day: Sequence[Encounter], declared: Iterable[Declared], config: StationConfig
) -> Mapping[int, int]:
    """Return the station of each object that is at one on a day, by its encounters."""
    at = day[0].start if day else None
    if at is None:
        return {}
    alongside = (one.pair for one in day if is_alongside(one, config))
    return hosts_of(hosts(declared, at), alongside)
