"""Tell which item of a partner's feed a release is about, and name new ones.

Only what that partner was given takes part. An item is a pair of objects, a family of kinds
and a span of time: an instant for a crossing, the released episode for a slow pair, the day
where only existence is known. A release belongs to the nearest item of its pair whose span
is no farther than the tolerance; one release an item.
"""

import hmac
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sda.model import Kind
from sda.times import format_utc, parse_utc
from sharing.registry import ReleaseRules
from sharing.release import Release

__all__ = ["Item", "Span", "match", "may_be_same", "name_items", "span_of", "tolerance_of"]

_FAMILIES: Final = {
    Kind.CROSSING: "encounter",
    Kind.EDGE: "encounter",
    Kind.PROXIMITY: "episode",
    Kind.COINCIDENT: "episode",
}
_UNDISCLOSED: Final = "undisclosed"
"""The kind of a release that tells no kind; it may be about an item of any family."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Item:
    """The newest entry of an item in one partner's feed."""

    item_id: str
    seq: int
    revision: int
    status: str
    kind: str
    norad_id_1: int
    norad_id_2: int
    tca: datetime
    span_start: datetime
    span_end: datetime
    valid_until: datetime | None
    body: bytes
    """Digest of the body."""
    sources: str = ""
    """What the body rests on, each source between spaces; empty where that was not kept."""


def tolerance_of(kind: str, rules: ReleaseRules) -> timedelta:
    """Return how far apart two spans of one item may lie.

    The step of the time grid comes on top, so that an item stays itself when its time becomes
    exact or coarse; for crossings the sum must stay under half an orbit.
    """
    slow = _family(kind) != "encounter"
    minutes = rules.same_episode_min if slow else rules.same_event_min
    return timedelta(minutes=minutes + rules.time_grid_min)


def span_of(release: Release, window: Span, rules: ReleaseRules) -> Span:
    """Return the span of a release, from nothing but what is in it."""
    if release.kind == _UNDISCLOSED:
        return release.tca, release.tca + timedelta(minutes=rules.existence_grid_min)
    if release.kind == Kind.COINCIDENT:
        return min(window[0], release.tca), max(window[1], release.tca)
    start = end = release.tca
    for fact in release.facts:
        if fact.name == "episode_start":
            start = min(start, parse_utc(str(fact.value)))
        elif fact.name == "episode_end":
            end = max(end, parse_utc(str(fact.value)))
    return start, end


def match(
    releases: Sequence[tuple[Release, Span]], known: Iterable[Item], rules: ReleaseRules
) -> dict[int, Item]:
    """Return the item that each release is about, by the index of the release.

    The nearest pair of release and item goes first, then the next nearest of what is left.
    """
    by_pair: dict[tuple[int, int], list[Item]] = defaultdict(list)
    for item in known:
        by_pair[item.norad_id_1, item.norad_id_2].append(item)
    near = []
    for index, (release, span) in enumerate(releases):
        for item in by_pair.get(release.objects, ()):
            gap = max(item.span_start - span[1], span[0] - item.span_end, timedelta(0))
            if may_be_same(release.kind, item.kind) and gap <= tolerance_of(release.kind, rules):
                apart = abs(release.tca - item.tca)
                near.append((gap, apart, index, item.item_id, item))
    matched: dict[int, Item] = {}
    taken: set[str] = set()
    for _, _, index, item_id, item in sorted(near, key=lambda one: one[:4]):
        if index not in matched and item_id not in taken:
            matched[index] = item
            taken.add(item_id)
    return matched


def name_items(
    releases: Sequence[Release], taken: Mapping[str, object] | set[str], key: bytes
) -> list[str]:
    """Return fresh ids: HMAC-SHA-256 under the partner's key, cut to 128 bits, in base32.

    Neither time, order nor count can be read off an id, and no two partners share one. Equal
    pairs at one released time are told apart by a number inside the hash.
    """
    names: list[str] = []
    used = set(taken)
    for release in releases:
        first, second = release.objects
        text = f"{_family(release.kind)} {first} {second} {format_utc(release.tca)}"
        number = 0
        while (name := _name(key, f"{text} {number}")) in used:
            number += 1
        used.add(name)
        names.append(name)
    return names


def _name(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode(), "sha256")
    return b32encode(digest[:16]).decode().rstrip("=").lower()


def _family(kind: str) -> str:
    return next((family for known, family in _FAMILIES.items() if known == kind), str(kind))


def may_be_same(one: str, other: str) -> bool:
    """Return whether items of two kinds may be one item."""
    return _UNDISCLOSED in (one, other) or _family(one) == _family(other)
