"""Say what joins two objects apart from their motion: launch, fleet, constellation, station."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sda.rpo.constellations import Constellation
from sda.rpo.context import ObjectContext
from sda.rpo.context_config import StationConfig
from sda.rpo.declared import Declared, hosts
from sda.rpo.model import Encounter
from sda.rpo.stations import hosts_of, is_alongside

__all__ = ["Ties", "stations_on", "ties_of"]


@dataclass(frozen=True, slots=True)
class Ties:
    """What joins two objects, at any time."""

    launches: tuple[str, str]
    """International designators without the piece; empty when not known."""
    launch_objects: int
    """Objects of their common launch, debris left out; 0 when they are of different ones."""
    same_family: bool
    """Whether they are of one fleet by name, or by owner where that is known."""
    passive: tuple[bool, bool]
    constellation: str
    """Name of the one that both belong to; empty when there is none."""
    since: tuple[datetime, datetime]
    """Launch, or the first element set where that is earlier or nothing else is known."""

    @property
    def same_launch(self) -> bool:
        """Whether they went up together."""
        return self.launch_objects > 0


def ties_of(
    pair: tuple[int, int],
    contexts: Mapping[int, ObjectContext],
    members: Mapping[int, Constellation],
) -> Ties:
    """Return what joins two objects of which the contexts and constellations are known."""
    one, other = contexts[pair[0]], contexts[pair[1]]
    same_launch = one.launch != "" and one.launch == other.launch
    same_owner = one.owner != "" and one.owner == other.owner
    first, second = members.get(pair[0]), members.get(pair[1])
    return Ties(
        launches=(one.launch, other.launch),
        launch_objects=max(2, one.n_payloads_in_launch) if same_launch else 0,
        same_family=(one.family != "" and one.family == other.family) or same_owner,
        passive=(one.is_passive, other.is_passive),
        constellation=first.name if first is not None and first is second else "",
        since=(one.launched or one.first_seen, other.launched or other.first_seen),
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
