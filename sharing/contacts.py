"""Find the office that can answer now: the right one, or who stands in for it. Pure.

Nothing takes part but config/ and the clock, so two partners who ask alike are told alike.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sharing.policy.checking import Finding
from sharing.registry import Office, Registry, read_hours

__all__ = [
    "Contact",
    "Passed",
    "Reason",
    "check_contacts",
    "is_open",
    "office_for",
    "reason_against",
]


class Reason(StrEnum):
    """Why an office is passed over."""

    UNFILLED = "unfilled"
    STALE = "stale"
    """Nobody has verified it for too long."""
    GONE = "gone"
    """An item names it, and no file declares it any more."""
    NOT_OPEN = "not-open"
    """What is asked is urgent, and it is closed, or its hours do not tell."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An office that would have come first, and why it does not."""

    office: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Contact:
    """The office to turn to, whom it stands in for, and who comes after it."""

    office: Office
    instead_of: tuple[Passed, ...]
    alternates: tuple[Office, ...]
    last_resort: bool
    """Nobody whom the question is for can be reached: the office of last resort answers."""


def office_for(
    registry: Registry, now: datetime, topic: str = "", named: str = "", urgent: bool = False
) -> Contact:
    """Return the office to turn to about a topic, or about what names an office, or both.

    The one named comes first where it has the topic; else those that have it, which list it
    first before the others; without either the office of last resort. From there alternates are
    followed breadth-first to one that is filled and verified; of an urgent question, to one that
    is open now if there is any.
    """
    starts = _starts(registry, topic, named)
    walk = list(_walk(registry, starts))
    chosen = _first(registry, walk, now, urgent)
    last_resort = chosen is None
    if chosen is None:
        default = registry.rules.default_office
        of_default = list(_walk(registry, [default]))
        walk = list(dict.fromkeys([*walk, *of_default]))
        chosen = _first(registry, of_default, now, urgent) or registry.offices[default]
    after = [
        registry.offices[name]
        for name in walk
        if name != chosen.id and reason_against(registry, name, now.date()) is None
    ]
    return Contact(
        office=chosen,
        instead_of=tuple(_passed(registry, walk, chosen, now)),
        alternates=tuple(sorted(after, key=lambda one: urgent and is_open(one, now) is not True)),
        last_resort=last_resort,
    )


def reason_against(registry: Registry, name: str, day: date) -> Reason | None:
    """Return why an office cannot be turned to on a day, None when it can."""
    office = registry.offices.get(name)
    if office is None:
        return Reason.GONE
    if not office.filled:
        return Reason.UNFILLED
    limit = timedelta(days=registry.contacts.stale_after_days)
    return Reason.STALE if day - office.last_verified > limit else None


def is_open(office: Office, now: datetime) -> bool | None:
    """Return whether an office is open, None where its hours do not tell."""
    hours = read_hours(office.hours)
    return hours.is_open(now) if hours else None


def check_contacts(registry: Registry, day: date, soon: timedelta) -> tuple[Finding, ...]:
    """Return what is wrong with the offices on a day, or soon will be; what is wrong first."""
    found = (
        *(one for office in registry.offices.values() for one in _of_office(registry, office, day)),
        *_soon_stale(registry, day, soon),
        *_of_topics(registry, day),
    )
    return tuple(sorted(found, key=lambda finding: not finding.is_wrong))


def _starts(registry: Registry, topic: str, named: str) -> list[str]:
    if not topic:
        return [named or registry.rules.default_office]
    office = registry.offices.get(named)
    if office is not None and topic in office.topics:
        return [named]
    having = [one for one in registry.offices.values() if topic in one.topics]
    return [one.id for one in sorted(having, key=lambda one: (one.topics.index(topic), one.id))]


def _walk(registry: Registry, starts: Iterable[str]) -> Iterator[str]:
    """Yield offices breadth-first along their alternates, each once."""
    waiting, seen = deque(starts), set[str]()
    while waiting:
        name = waiting.popleft()
        if name in seen:
            continue
        seen.add(name)
        yield name
        if name in registry.offices:
            waiting.extend(registry.offices[name].alternates)


def _first(registry: Registry, walk: Iterable[str], now: datetime, urgent: bool) -> Office | None:
    fit = [
        registry.offices[name]
        for name in walk
        if reason_against(registry, name, now.date()) is None
    ]
    open_now = [one for one in fit if is_open(one, now)] if urgent else []
    return next(iter(open_now or fit), None)


def _passed(
    registry: Registry, walk: Iterable[str], chosen: Office, now: datetime
) -> Iterator[Passed]:
    for name in walk:
        if name == chosen.id:
            return
        yield Passed(name, reason_against(registry, name, now.date()) or Reason.NOT_OPEN)


def _of_office(registry: Registry, office: Office, day: date) -> Iterator[Finding]:
    reason = reason_against(registry, office.id, day)
    if reason is Reason.UNFILLED:
        yield Finding("unfilled", office.id, f"{office.id}: nobody fills the post", True)
    elif reason is Reason.STALE:
        text = f"{office.id}: nobody has verified it since {office.last_verified}"
        yield Finding("stale", office.id, text, True)
    if office.last_verified > day:
        text = f"{office.id}: verified on {office.last_verified}, which is yet to come"
        yield Finding("not-yet", office.id, text, True)
    others = (name for name in _walk(registry, [office.id]) if name != office.id)
    if all(reason_against(registry, name, day) for name in others):
        text = f"{office.id}: nobody who can be reached stands in for it"
        yield Finding("no-alternate", office.id, text, True)
    if read_hours(office.hours) is None:
        text = (
            f"{office.id}: {office.hours!r} does not tell when it is open: write `24 hours, every "
            "day` or `07:00 to 19:00 UTC, working days`"
        )
        yield Finding("hours", office.id, text, False)


def _soon_stale(registry: Registry, day: date, soon: timedelta) -> Iterator[Finding]:
    for name, office in registry.offices.items():
        if reason_against(registry, name, day) is None:
            last = office.last_verified + timedelta(days=registry.contacts.stale_after_days)
            if last < day + soon:
                yield Finding("soon-stale", name, f"{name}: verify it by {last}", False)


def _of_topics(registry: Registry, day: date) -> Iterator[Finding]:
    known = {topic.name for topic in registry.contacts.topics}
    if not known:
        text = "config/contacts.toml names no topics: partners can ask about items alone"
        yield Finding("no-topics", "contacts", text, False)
    for topic in sorted(known):
        starts = _starts(registry, topic, "")
        if not starts:
            yield Finding("uncovered", topic, f"topic {topic!r}: no office has it", True)
        elif all(reason_against(registry, name, day) for name in _walk(registry, starts)):
            text = f"topic {topic!r}: of {', '.join(starts)} and alternates nobody can be reached"
            yield Finding("unreachable", topic, text, True)
