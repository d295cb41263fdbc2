"""Tell which item of a partner's feed a release is about, and name new ones.

Only what that partner was given takes part. An item is a pair of objects, a family of kinds
and a span of time: an instant for a crossing, the released episode for a slow pair, the day
where only existence is known. A release belongs to the nearest item of its pair whose span
is no farther than the tolerance; one release an item.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from sda.model import Kind
from sda.times import format_utc, parse_utc
from sharing.ids import ID_BYTES
from sharing.registry import ReleaseRules
from sharing.release import UNDISCLOSED, Release

__all__ = [
    "Item",
    "Span",
    "Subject",
    "match",
    "may_be_same",
    "name_items",
    "span_of",
    "subject_of",
    "tolerance_of",
]

_FAMILIES: Final = {
    Kind.CROSSING: "encounter",
    Kind.EDGE: "encounter",
    Kind.PROXIMITY: "episode",
    Kind.COINCIDENT: "episode",
}
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an item is about, as far as its partner may know."""

    kind: str
    pair: tuple[int, int]
    tca: datetime
    span: Span

    @property
    def name(self) -> bytes:
        """Return what an id is made of, apart from the partner's key and a number."""
        first, second = self.pair
        return f"{_family(self.kind)} {first} {second} {format_utc(self.tca)}".encode()


@dataclass(frozen=True, slots=True)
class Item:
    """The newest entry of an item in one partner's feed."""

    item_id: str
    seq: int
    revision: int
    status: str
    subject: Subject
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
    if release.kind == UNDISCLOSED:
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


def subject_of(release: Release, window: Span, rules: ReleaseRules) -> Subject:
    """Return what a release is about."""
    span = span_of(release, window, rules)
    return Subject(str(release.kind), release.objects, release.tca, span)


def match(new: Sequence[Subject], known: Sequence[Subject], rules: ReleaseRules) -> dict[int, int]:
    """Return which of the items known each of the new subjects is about, both by index.

    The nearest two go first, then the next nearest of what is left.
    """
    by_pair: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, item in enumerate(known):
        by_pair[item.pair].append(place)
    near = []
    for index, subject in enumerate(new):
        for place in by_pair.get(subject.pair, ()):
            item = known[place]
            gap = max(item.span[0] - subject.span[1], subject.span[0] - item.span[1], timedelta(0))
            if may_be_same(subject.kind, item.kind) and gap <= tolerance_of(subject.kind, rules):
                near.append((gap, abs(subject.tca - item.tca), index, place))
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, index, place in sorted(near):
        if index not in matched and place not in taken:
            matched[index] = place
            taken.add(place)
    return matched


def name_items(names: Sequence[bytes], taken: Collection[bytes], key: bytes) -> list[bytes]:
    """Return fresh ids: a keyed BLAKE2b (RFC 7693) of what items are about, 128 bits.

    The key is the partner's. Neither time, order nor count can be read off an id, and no two
    partners share one. Equal pairs at one released time are told apart by a number inside the hash.
    """
    found = [blake2b(name + b" 0", key=key, digest_size=ID_BYTES).digest() for name in names]
    used = {*taken, *found}
    if len(used) == len(taken) + len(found):
        return found
    used = {*taken}
    for place, one in enumerate(found):
        number = 0
        while one in used:
            number += 1
            numbered = b"%b %d" % (names[place], number)
            one = blake2b(numbered, key=key, digest_size=ID_BYTES).digest()
        used.add(one)
        found[place] = one
    return found


def _family(kind: str) -> str:
    return next((family for known, family in _FAMILIES.items() if known == kind), str(kind))


def may_be_same(one: str, other: str) -> bool:
    """Return whether items of two kinds may be one item; one that tells no kind may be any."""
    return UNDISCLOSED in (one, other) or _family(one) == _family(other)
