"""Preview a changed configuration: what of the latest run each partner would get instead."""

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
from sharing.revising import ACTIVE

__all__ = ["Difference", "DifferenceKind", "preview"]

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


def preview(
    engine: Engine,
    run: Run,
    before: tuple[Registry, PolicyEngine],
    after: tuple[Registry, PolicyEngine],
    at: datetime,
) -> tuple[Difference, ...]:
    """Return every item of every partner that a changed configuration would change.

    Both are decided on the same run at the same time; nothing is written. Raises ReleaseError for
    a source of the run that one of them lacks.
    """
    window = (run.at, run.at + timedelta(hours=run.hours))
    given = given_for(engine, run, before[0].rules, at)
    was, will = (
        asked_of(Decisions(engine, registry, policy, run, at, given).whole(), registry)
        for registry, policy in (before, after)
    )
    found: list[Difference] = []
    for partner in sorted(was.keys() | will.keys()):
        comparing = _Comparing(partner, before[0], window, standing_items(engine, partner))
        found += comparing.differences(was.get(partner, ()), will.get(partner, ()))
    return tuple(found)


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
    same = (before.facts, before.banner, before.kind, before.contact) == (
        after.facts,
        after.banner,
        after.kind,
        after.contact,
    )
    return None if same else DifferenceKind.OTHER


def _levels(release: Release, reasons: Iterable[Reason]) -> Mapping[str, int]:
    """Return how finely each fact is shown, and the rung of the ladder."""
    shown = {fact.name for fact in release.facts}
    on_contact = release.rendition == Rendition.CONTACT
    return {"*": _LADDER.index(Rendition(release.rendition))} | {
        reason.fact: 1 if on_contact else _SHOWN.index(reason.decision)
        for reason in reasons
        if reason.fact in shown
    }
