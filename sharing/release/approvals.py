"""What an office has approved, as data for the decision: it lifts the need of a review, no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sda.model import RPO, Kind
from sharing.policy import Attributes
from sharing.registry import ReleaseRules
from sharing.release.solutions import Solution

__all__ = ["Approval", "Approvals", "is_one_event"]


@dataclass(frozen=True, slots=True)
class Approval:
    """The facts of these classes, of one approach of one solution, need no review up to a time.

    It counts where those that have to approve are among `offices`, which did. `partner` is empty
    where it counts for all, apart from those in `apart`.
    """

    case_id: str
    solution: str
    pair: tuple[int, int]
    kind: str
    tca: datetime
    partner: str
    classes: frozenset[Attributes]
    until: datetime
    offices: frozenset[str]
    apart: frozenset[str] = frozenset()

    def counts_for(self, partner: str, now: datetime) -> bool:
        """Return whether it counts for a partner at a moment."""
        named = partner == self.partner or (not self.partner and partner not in self.apart)
        return named and now < self.until


def is_one_event(
    kind: str, tca: datetime, other_kind: str, other_tca: datetime, rules: ReleaseRules
) -> bool:
    """Return whether two approaches of one pair in one solution are the same, found twice.

    An operation that comes nearer at another time has to be looked at again.
    """
    fast = {kind, other_kind} <= {Kind.CROSSING, Kind.EDGE}
    slow = {kind, other_kind} <= {Kind.PROXIMITY, Kind.COINCIDENT} or kind == other_kind == RPO
    minutes = rules.same_event_min if fast else rules.same_episode_min
    return (fast or slow) and abs(tca - other_tca) <= timedelta(minutes=minutes)


class Approvals:
    """The approvals that count for one partner at a moment, found by solution and pair."""

    def __init__(
        self, approvals: Iterable[Approval], partner: str, now: datetime, rules: ReleaseRules
    ) -> None:
        self._rules = rules
        self.found: dict[tuple[str, tuple[int, int]], list[Approval]] = {}
        for one in approvals:
            if one.counts_for(partner, now):
                self.found.setdefault((one.solution, one.pair), []).append(one)

    def of(self, solution: Solution) -> Sequence[Approval]:
        """Return those of a solution."""
        found = self.found.get((solution.name, solution.pair))
        if found is None:
            return ()
        return [
            one
            for one in found
            if is_one_event(one.kind, one.tca, solution.kind, solution.tca, self._rules)
        ]
