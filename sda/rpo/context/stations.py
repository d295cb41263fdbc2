"""Find who is at a station: docked to it, on the way, or at another visitor of it."""

from collections.abc import Iterable, Mapping
from math import degrees

from sda.rpo.context.config import StationConfig
from sda.rpo.model import Encounter

__all__ = ["hosts_of", "is_alongside"]


def is_alongside(encounter: Encounter, config: StationConfig) -> bool:
    """Return whether a pair stays together on a day as a station and its visitors do.

    Of a day that could be evaluated in part only, half that part is enough.
    """
    evaluated_s = (encounter.end - encounter.start).total_seconds()
    return (
        encounter.dwell_s >= min(config.min_dwell_h * 3600, evaluated_s / 2)
        and encounter.min_range_km < config.max_range_km
        and degrees(encounter.plane_rad) < config.max_plane_deg
        and abs(encounter.relative.da_km) < config.max_da_km
    )


def hosts_of(stations: Iterable[int], pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """Return the station of each object that is joined to one, the stations themselves included.

    Pairs are those alongside each other at one time; whoever is joined to a visitor is joined to
    its station. Of two stations joined by a visitor each keeps its own, the visitor counts to
    the nearer in number of steps, then to the lower number.
    """
    neighbours: dict[int, set[int]] = {}
    for one, other in pairs:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    hosts = {station: station for station in stations}
    last = sorted(hosts)
    while last:
        reached: dict[int, int] = {}
        for known in last:
            for norad_id in neighbours.get(known, ()):
                if norad_id not in hosts:
                    reached[norad_id] = min(hosts[known], reached.get(norad_id, hosts[known]))
        hosts |= reached
        last = sorted(reached)
    return hosts
