"""Preview a changed configuration: what of the latest run each partner would get instead."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine

from sda.store import Run
from sharing.deciding import Decisions, asked_of, given_for
from sharing.feeds.identity import Item, Span, match, subject_of
from sharing.feeds.standing import standing_items
from sharing.policy import Engine as PolicyEngine
from sharing.registry import Registry
from sharing.release import Decided, Reason, Release, Rendition, Showing
from sharing.release.door import SUPERSEDED
from sharing.revising import ACTIVE

__all__ = ["NO_PERMIT", "Backlog", "Difference", "DifferenceKind", "Preview", "preview"]

NO_PERMIT = "no-permit"
"""Stands for the policy where nothing forbids, and nothing permits either."""

_LADDER = tuple(reversed(Rendition))
_SHOWN = (Showing.WITHHOLD, Showing.SEE_COARSE, Showing.SEE)


class DifferenceKind(StrEnum):
    """How an item of a partner would change."""

    RELEASED = "released"
    WITHHELD = "withheld"
    FINER = "finer"
    COARSER = "coarser"
    OTHER = "other"
    """Some facts finer and others coarser, another solution or another marking."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One item of one partner that would change. For the releaser alone."""

    partner: str
    kind: DifferenceKind
    item_id: str | None
    """Of the partner's feed; None for what is not in it."""
    before: Release | None
    after: Release | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many solutions a policy keeps from a partner, now and then. For the releaser alone.

    Counted is what shows a partner nothing, or that there is something, and what waits for a
    review; where a better solution of the event is shown, nothing is kept back.
    """

    partner: str
    policy: str
    """Empty for all together: several policies may hold one solution."""
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a changed configuration would change."""

    differences: tuple[Difference, ...]
    backlog: tuple[Backlog, ...]
    """By partner, all together first."""


def preview(
    engine: Engine,
    run: Run,
    before: tuple[Registry, PolicyEngine],
    after: tuple[Registry, PolicyEngine],
    at: datetime,
) -> Preview:
    """Return every item of every partner that a changed configuration would change.

    Both are decided on the same run at the same time; nothing is written. Raises ReleaseError for
    a source of the run that one of them lacks.
    """
    window = (run.at, run.at + timedelta(hours=run.hours))
    given = given_for(engine, run, before[0].rules, at)
    was, will = (
        Decisions(engine, registry, policy, run, at, given).whole()
        for registry, policy in (before, after)
    )
    wants, would_want = asked_of(was, before[0]), asked_of(will, after[0])
    found: list[Difference] = []
    backlog: list[Backlog] = []
    for partner in sorted(was.keys() | will.keys()):
        comparing = _Comparing(partner, before[0], window, standing_items(engine, partner))
        found += comparing.differences(wants.get(partner, ()), would_want.get(partner, ()))
        now, then = (_kept_back(decided.get(partner, ())) for decided in (was, will))
        policies = sorted(now.keys() | then.keys())
        backlog += [Backlog(partner, policy, now[policy], then[policy]) for policy in policies]
    return Preview(tuple(found), tuple(backlog))


def _kept_back(decided: Iterable[Decided]) -> Counter[str]:
    """Return how many solutions each policy keeps back, and, under no name, how many there are."""
    counts = Counter[str]()
    for one in decided:
        if holding := _holding(one):
            counts.update(("", *holding))
    return counts


def _holding(one: Decided) -> set[str]:
    waiting = {attributes for held in one.held for attributes in held.waiting}
    nothing = one.release is None or one.release.rendition == Rendition.CONTACT
    found: set[str] = set()
    for reason in one.reasons:
        withheld = reason.decision is Showing.WITHHOLD and reason.policies != (SUPERSEDED,)
        if withheld and (nothing or reason.review in waiting):
            found.update(reason.policies or (NO_PERMIT,))
    return found


@dataclass(frozen=True, slots=True)
class _Comparing:
    """The outcomes for one partner under both configurations."""

    partner: str
    registry: Registry
    window: Span
    items: tuple[Item, ...]

    def differences(self, was: Sequence[Decided], will: Sequence[Decided]) -> Iterator[Difference]:
        """Yield what differs, in the order of the releases as they were, then what is new."""
        rules = self.registry.rules
        old, new = _released(was), _released(will)
        before, after = (
            [subject_of(release, self.window, rules) for release, _ in some] for some in (old, new)
        )
        matched = match(after, before, rules)
        became = {place: index for index, place in matched.items()}
        # The same rule tells which items of the feed the releases are, as publishing would.
        active = [one for one in self.items if one.status == ACTIVE]
        standing = match(before, [one.subject for one in active], rules)
        ids = {index: active[place].item_id for index, place in standing.items()}
        for index, (release, reasons) in enumerate(old):
            if index not in became:
                yield self._difference(DifferenceKind.WITHHELD, ids.get(index), release, None)
                continue
            instead, reasons_after = new[became[index]]
            kind = _compared(release, reasons, instead, reasons_after)
            if kind is not None:
                yield self._difference(kind, ids.get(index), release, instead)
        for index, (release, _) in enumerate(new):
            if index not in matched:
                yield self._difference(DifferenceKind.RELEASED, None, None, release)

    def _difference(
        self,
        kind: DifferenceKind,
        item_id: str | None,
        before: Release | None,
        after: Release | None,
    ) -> Difference:
        return Difference(self.partner, kind, item_id, before, after)


def _released(decided: Iterable[Decided]) -> list[tuple[Release, tuple[Reason, ...]]]:
    return [(one.release, one.reasons) for one in decided if one.release is not None]


def _compared(
    before: Release,
    reasons_before: Iterable[Reason],
    after: Release,
    reasons_after: Iterable[Reason],
) -> DifferenceKind | None:
    """Return how one release differs from another, None where a partner would see no difference."""
    old, new = _levels(before, reasons_before), _levels(after, reasons_after)
    names = old.keys() | new.keys()
    finer = any(new.get(name, 0) > old.get(name, 0) for name in names)
    coarser = any(new.get(name, 0) < old.get(name, 0) for name in names)
    if finer != coarser:
        return DifferenceKind.FINER if finer else DifferenceKind.COARSER
    return None if _read(before) == _read(after) else DifferenceKind.OTHER


def _read(release: Release) -> tuple[object, ...]:
    """Return what a partner reads of a release beside its rung."""
    return release.facts, release.banner, release.kind, release.contact, release.omitted


def _levels(release: Release, reasons: Iterable[Reason]) -> Mapping[str, int]:
    """Return how finely each fact is shown, and the rung of the ladder."""
    shown = {fact.name for fact in release.facts}
    on_contact = release.rendition == Rendition.CONTACT
    return {"*": _LADDER.index(Rendition(release.rendition))} | {
        reason.fact: 1 if on_contact else _SHOWN.index(reason.decision)
        for reason in reasons
        if reason.fact in shown
    }
