"""Put together what is known of each object apart from its motion.

Element sets carry a name, a number and a designator, and a history of them shows when an object
was first seen and what was launched with it. A satellite catalogue adds types and owners.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sda.elements import ObjectType, Satcat, type_of_name
from sda.model import ElementSet
from sda.rpo.context.config import ContextConfig
from sda.rpo.context.families import families_of

__all__ = ["ObjectContext", "contexts_at", "launch_of"]

_LAUNCH: Final = re.compile(r"\d{4}-\d{3}")


@dataclass(frozen=True, slots=True)
class ObjectContext:
    """What is known of one object at one time, apart from its motion."""

    norad_id: int
    name: str
    launch: str
    """Launch of its designator, `2019-067`; empty when not known."""
    launched: datetime | None
    """About when: from the number of the launch in its year; None when not known."""
    first_seen: datetime
    """Epoch of its first element set, which may be as old as the history itself."""
    last_seen: datetime
    n_in_launch: int
    """Objects of its launch seen so far, itself included."""
    n_payloads_in_launch: int
    """Those of them that are not passive."""
    type: ObjectType
    owner: str
    """A satellite catalogue's code; empty when not known."""
    family: str
    """What its name shares with those of others, empty when it says nothing."""
    is_analyst: bool
    """Whether its number stands for something not identified."""
    is_passive: bool
    """Rocket body, debris, burnt-out motor, or not identified."""
    is_newly_launched: bool
    is_newly_seen: bool
    """First seen lately, and not when the history began: launched, released or found."""
    is_stale: bool
    """Whether nothing has been heard of it for long."""


def contexts_at(
    tracks: Mapping[int, Sequence[ElementSet]],
    time: datetime,
    config: ContextConfig,
    satcat: Satcat | None = None,
    quiet: Collection[int] = (),
) -> Mapping[int, ObjectContext]:
    """Return what was known of each object at a time, by catalogue number.

    Tracks are sets of one object each, by rising epoch; sets after the time are not looked at,
    and an object that has none before it is left out. A satellite catalogue's type goes before
    what the name says. `quiet` are objects known not to manoeuvre: they are passive too.
    """
    known = {
        norad_id: track[:n]
        for norad_id, track in tracks.items()
        if (n := bisect_right(track, time, key=lambda one: one.epoch))
    }
    if not known:
        return {}
    newest = {norad_id: track[-1] for norad_id, track in known.items()}
    # The oldest sets of a catalogue are weeks old: a tenth of the objects do not make its start.
    begin = sorted(track[0].epoch for track in known.values())[len(known) // 10]
    families = families_of((one.name for one in newest.values()), config.families)
    types = {norad_id: _type(one, satcat) for norad_id, one in newest.items()}
    analysts = {norad_id for norad_id in known if _within(norad_id, config.analyst_ids)}
    passive = {
        norad_id
        for norad_id, one in newest.items()
        if norad_id in analysts
        or norad_id in quiet
        or types[norad_id] in (ObjectType.ROCKET_BODY, ObjectType.DEBRIS)
        or (
            types[norad_id] is not ObjectType.PAYLOAD
            and _words(config.passive_words).search(one.name.upper())
        )
    }
    launches = {norad_id: launch_of(one) for norad_id, one in newest.items()}
    seen = Counter(launches.values())
    payloads = Counter(launch for norad_id, launch in launches.items() if norad_id not in passive)
    dates = _launch_dates(launches.values(), time)
    new, stale = timedelta(days=config.new_days), timedelta(days=config.stale_days)
    absent = timedelta(days=config.absent_days)
    contexts = {}
    for norad_id, track in known.items():
        one, first, launch = newest[norad_id], track[0].epoch, launches[norad_id]
        launched = min(dates[launch], first) if launch in dates else None
        contexts[norad_id] = ObjectContext(
            norad_id=norad_id,
            name=one.name,
            launch=launch,
            launched=launched,
            first_seen=first,
            last_seen=one.epoch,
            n_in_launch=seen[launch] if launch else 1,
            n_payloads_in_launch=payloads[launch] if launch else int(norad_id not in passive),
            type=types[norad_id],
            owner=satcat.entries[norad_id].owner if satcat and norad_id in satcat.entries else "",
            family=families[one.name],
            is_analyst=norad_id in analysts,
            is_passive=norad_id in passive,
            is_newly_launched=launched is not None and time - launched < new,
            is_newly_seen=time - first < new and first - begin > absent,
            is_stale=time - one.epoch > stale,
        )
    return contexts


def launch_of(element_set: ElementSet) -> str:
    """Return the launch of a set's designator, `2019-067`; empty when it has none."""
    found = _LAUNCH.match(element_set.object_id)
    return found.group() if found else ""


def _type(one: ElementSet, satcat: Satcat | None) -> ObjectType:
    entry = satcat.entries.get(one.norad_id) if satcat else None
    if entry and entry.type is not ObjectType.UNKNOWN:
        return entry.type
    return type_of_name(one.name.upper())


def _within(norad_id: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= norad_id <= last for first, last in ranges)


@lru_cache(maxsize=4)
def _words(words: frozenset[str]) -> re.Pattern[str]:
    # A group that never matches when there are no words.
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words))) or '(?!)'})\b")


def _launch_dates(launches: Iterable[str], time: datetime) -> Mapping[str, datetime]:
    """Return about when each launch was.

    Launches of a year are numbered in their order, and come evenly enough: the n-th of N seen so
    far lies (n - 1/2) / N of the way through the year, or through what has passed of it. Off by
    days.
    """
    numbers: dict[int, set[int]] = {}
    for launch in set(launches) - {""}:
        numbers.setdefault(int(launch[:4]), set()).add(int(launch[5:]))
    dates = {}
    for year, known in numbers.items():
        if not 1957 <= year <= time.year:
            continue
        begin = datetime(year, 1, 1, tzinfo=UTC)
        passed = min(time, datetime(year + 1, 1, 1, tzinfo=UTC)) - begin
        for number in known:
            dates[f"{year:04}-{number:03}"] = begin + passed * ((number - 0.5) / max(1, *known))
    return dates
