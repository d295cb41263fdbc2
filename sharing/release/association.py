"""Put solutions of one event together, from nothing but what the partner sees of them.

Whatever is withheld takes no part: it can neither join two events nor part them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sda.model import RPO, Kind
from sharing.policy import Attributes
from sharing.registry import ReleaseRules
from sharing.release.grids import coarse_value
from sharing.release.projection import Plan, View
from sharing.release.releases import Held, Rendition
from sharing.release.solutions import ReleasedFact, Scalar, Solution

__all__ = ["Seen", "events_of", "newest"]

_LADDER = tuple(Rendition)


@dataclass(frozen=True, slots=True)
class Seen:
    """A solution as one partner sees it; `tca` is the time on the grid that it may know."""

    solution: Solution
    plan: Plan
    view: View
    facts: tuple[ReleasedFact, ...]
    tca: datetime
    is_contact: bool
    """Whether the partner sees only that there is something."""
    approved: frozenset[Attributes]
    """Classes of facts that need no review."""
    until: datetime
    """When the first of these approvals lapses."""
    held: tuple[Held, ...]

    def worth(self) -> tuple[bool, int, int, bool, str]:
        """Return a key that is greatest for the solution to show.

        A better source wins even where it is seen on a lower rung: a coarse `<1 km` from a
        sensor must not be hidden behind an exact 9 km from older public elements. Where the
        finer solution bears the coarse one out, `events_of` prefers it all the same. Of two alike
        one that states its errors, and so a probability that the partner sees, goes first.
        """
        rung = -_LADDER.index(self.view.rendition)
        has_errors = any(fact.name == "probability" for fact in self.facts)
        return not self.is_contact, self.plan.rank, rung, has_errors, self.solution.name


def newest(seen: Iterable[Seen], rules: ReleaseRules) -> tuple[list[Seen], list[tuple[Seen, Seen]]]:
    """Return what nothing newer replaces, and each of the others with what replaces it.

    A source's newer word on an event replaces its older one for whoever sees both. Who does not
    see the newer one keeps the older: otherwise its feed would tell that there is something.
    """
    some = list(seen)
    if len({*map(_age, some)}) < 2:
        return some, []
    standing: list[Seen] = []
    replaced: list[tuple[Seen, Seen]] = []
    for one in sorted(some, key=_age):
        solution = one.solution
        newer = (
            other
            for other in standing
            if (other.solution.name, other.solution.pair) == (solution.name, solution.pair)
            and _age(other) < _age(one)
            and _is_near(other, one, rules)
        )
        if (found := next(newer, None)) is None:
            standing.append(one)
        else:
            replaced.append((found, one))
    return standing, replaced


def _age(one: Seen) -> tuple[int, int]:
    return one.solution.age


def events_of(seen: Iterable[Seen], rules: ReleaseRules) -> Iterator[list[Seen]]:
    """Yield the solutions of each event, the one to show first."""
    pairs: dict[tuple[int, int], list[Seen]] = defaultdict(list)
    for one in seen:
        pairs[one.solution.pair].append(one)
    for same_pair in pairs.values():
        if len(same_pair) == 1:
            yield same_pair
            continue
        for event in _events_of_pair(same_pair, rules):
            event.sort(key=Seen.worth, reverse=True)
            best, *others = event
            finer = [one for one in others if _bears_out(one, best, rules)]
            yield [*finer[:1], *(one for one in event if one not in finer[:1])]


def _bears_out(finer: Seen, best: Seen, rules: ReleaseRules) -> bool:
    """Return whether a solution on a higher rung implies all values that the best one shows.

    Coarsening what the partner could have exactly from an open source protects nothing. What a
    partner sees decides, so the choice tells it nothing new.
    """
    if _LADDER.index(finer.view.rendition) >= _LADDER.index(best.view.rendition):
        return False
    shown = {fact.name: fact.value for fact in finer.facts}
    return all(
        fact.name in shown and _implies(fact.name, shown[fact.name], fact.value, rules)
        for fact in best.facts
        if fact.name != "sources"
    )


def _implies(name: str, value: Scalar, coarse: Scalar, rules: ReleaseRules) -> bool:
    if value == coarse:
        return True
    try:
        return coarse_value(name, value, rules) == coarse
    except ValueError:
        return False


def _events_of_pair(seen: list[Seen], rules: ReleaseRules) -> list[list[Seen]]:
    """Return the events of one pair; no event holds two approaches of one solution."""
    events: list[list[Seen]] = []
    in_order = sorted(seen, key=_order)
    if any(_order(one) == _order(other) for one, other in pairwise(in_order)):
        # Ties are broken by what the partner sees: the order they came in may tell of the rest.
        in_order.sort(key=lambda one: (_order(one), _visible(one)))
    for one in in_order:
        near = [
            (abs(event[0].tca - one.tca), number)
            for number, event in enumerate(events)
            if _same_event(event, one, rules)
        ]
        if near:
            events[min(near)[1]].append(one)
        else:
            events.append([one])
    return events


def _same_event(event: list[Seen], one: Seen, rules: ReleaseRules) -> bool:
    is_told_apart = not one.is_contact and any(
        one.solution.name == other.solution.name for other in event
    )
    return not is_told_apart and _is_near(event[0], one, rules)


def _is_near(first: Seen, one: Seen, rules: ReleaseRules) -> bool:
    """Return whether two may be of one event, by what the partner may know of their times."""
    if one.is_contact:
        # Of a day's withheld approaches no more is told than that there is something; what is
        # shown of the pair on that day says as much already.
        day = timedelta(minutes=rules.existence_grid_min)
        return one.tca <= first.tca < one.tca + day
    kinds = {one.solution.kind, first.solution.kind}
    if RPO in kinds and len(kinds) > 1:
        # What a pair did up to now, and an approach ahead of it, are told apart.
        return False
    slow = kinds != {Kind.CROSSING}
    tolerance = timedelta(minutes=rules.same_episode_min if slow else rules.same_event_min)
    if not (one.plan.exact_tca and first.plan.exact_tca):
        tolerance += timedelta(minutes=rules.time_grid_min)
    return abs(one.tca - first.tca) <= tolerance


def _order(one: Seen) -> tuple[bool, datetime, str]:
    return one.is_contact, one.tca, one.solution.name


def _visible(one: Seen) -> tuple[str, str]:
    return "" if one.is_contact else one.solution.kind, repr(one.facts)
