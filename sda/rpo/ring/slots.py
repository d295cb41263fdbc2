"""Who shares a slot of the geostationary ring, and who held it before."""

from collections.abc import Iterable
from datetime import datetime

from sda.rpo.ring.longitude import LongitudeHistory, Station, apart_deg

__all__ = ["are_slot_mates", "owners"]


def are_slot_mates(one: LongitudeHistory, two: LongitudeHistory) -> bool:
    """Return whether two share a slot, and did so in all that is known of them.

    Each holds one station from its first set to its last, and both lie within the slot's width.
    """
    for history in (one, two):
        stays = history.stations
        if len(stays) != 1 or not stays[0].is_held:
            return False
        if stays[0].start > history.sets[0].epoch or stays[0].end < history.sets[-1].epoch:
            return False
    between_deg = apart_deg(one.stations[0].longitude_deg, two.stations[0].longitude_deg)
    return abs(between_deg) <= one.config.slot_deg


def owners(
    histories: Iterable[LongitudeHistory], longitude_deg: float, time: datetime
) -> tuple[tuple[int, Station], ...]:
    """Return who held a station at a longitude at a time: number and stay, the oldest first."""
    found = (
        (history.norad_id, one)
        for history in histories
        for one in history.held_stations
        if one.start <= time <= one.end
        and abs(apart_deg(one.longitude_deg, longitude_deg)) <= history.config.slot_deg
    )
    return tuple(sorted(found, key=lambda owner: (owner[1].start, owner[0])))
