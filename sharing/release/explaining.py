"""Explain to the releaser what a partner gets of one solution, why, and what would release more.

For the releaser alone: it names everything that the partner may not know. No release is made here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sda.model import Found
from sharing.errors import MarkingError, ReleaseError
from sharing.markings import parse
from sharing.policy import BAND_STARTS, Band, Engine, attributes_of, band_at, whole_of
from sharing.policy.counterfactual import (
    Change,
    ChangeKind,
    World,
    applied,
    possible_changes,
    smallest,
)
from sharing.policy.invariants import Invariant, broken
from sharing.registry import Equity, Registry
from sharing.release.approvals import Approval
from sharing.release.derivability import Certificate, Proposal, is_open, proposals_of
from sharing.release.door import plan_at
from sharing.release.facts import group_of, solution_of
from sharing.release.projection import Plan
from sharing.release.releases import Rendition, Showing
from sharing.release.solutions import Solution
from sharing.release.timing import next_lapse

__all__ = [
    "Counterfactual",
    "Explanation",
    "FactExplained",
    "Later",
    "Outcome",
    "explain",
    "supposed",
    "world_of",
]

_SHOWN = (Showing.WITHHOLD, Showing.SEE_COARSE, Showing.SEE)
_LADDER = (None, *reversed(Rendition))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much is shown: the rung of the ladder, and the showing of each fact."""

    rendition: Rendition | None
    facts: tuple[tuple[str, Showing], ...]
    sources: frozenset[str]
    """Whose data the values rest on: with a source left out they are other, poorer values."""

    def covers(self, other: "Outcome") -> bool:
        """Return whether this shows all that the other does, from all of its sources."""
        return self.sources >= other.sources and self.shows(other)

    def shows(self, other: "Outcome") -> bool:
        """Return whether this shows each fact of the other at least as finely."""
        mine = dict(self.facts)
        return _LADDER.index(self.rendition) >= _LADDER.index(other.rendition) and all(
            _SHOWN.index(mine.get(name, Showing.WITHHOLD)) >= _SHOWN.index(showing)
            for name, showing in other.facts
        )


@dataclass(frozen=True, slots=True)
class FactExplained:
    """The decision on one fact, with the policies behind it by id and title."""

    name: str
    decision: Showing
    policies: tuple[tuple[str, str], ...]
    text: str
    path: tuple[tuple[str, str], ...]
    """Each marking that was rolled up, by what bears it."""
    marking: str
    """The portion that they rolled up to."""
    publicly_derivable: bool
    """Whether it is of open sources alone, or a certificate shows that they lead to it, too."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A smallest set of changes, and what the partner would then get."""

    changes: tuple[Change, ...]
    outcome: Outcome
    gained: tuple[tuple[str, Showing], ...]
    """The facts that would be shown more finely than now."""
    invariants: tuple[tuple[str, str], ...] = ()
    """Those that then are violated, by id and title: they have to be changed, too."""


@dataclass(frozen=True, slots=True)
class Later:
    """What the passing of time alone will change: the rung reached from a time on."""

    since: datetime
    band: Band
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that decided what a partner gets of one solution."""

    partner: str
    solution: str
    sources: tuple[str, ...]
    pair: tuple[int, int]
    kind: str
    tca: datetime
    at: datetime
    band: Band
    banner: str | None
    outcome: Outcome
    facts: tuple[FactExplained, ...]
    later: tuple[Later, ...]
    counterfactuals: tuple[Counterfactual, ...]
    fault: str
    certificate: Certificate | None = None
    """That public sets alone lead to it."""
    equities: tuple[tuple[Equity, str], ...] = ()
    """Of the protected objects that it touches, each with the office that answers for it."""
    proposals: tuple[Proposal, ...] = ()
    """What the certificate proposes, where the partner is not shown every derivable fact."""


def explain(
    partner: str,
    name: str,
    sources: Sequence[str],
    found: Found,
    registry: Registry,
    engine: Engine,
    at: datetime,
    others: Collection[tuple[str, ...]] = (),
    at_most: int = 2,
    approvals: Sequence[Approval] = (),
    certificate: Certificate | None = None,
    invariants: Sequence[Invariant] = (),
) -> Explanation:
    """Explain one solution of a close approach, or of an operation, at a time of decision.

    Counterfactuals have up to `at_most` changes; each was found by deciding anew. Leaving a source
    out is none where that makes one of the `others`, the sources of the event's other solutions:
    it stands for itself. A fact is left out by itself alone. `approvals` are those in force,
    `certificate` that of the solution, if public sets lead to it, `invariants` what must hold
    whatever is changed.
    """
    solution = solution_of(name, sources, found, registry)
    plan, fault = None, solution.fault
    if not fault:
        try:
            plan = plan_at(registry.partners[partner], solution, registry, engine, at, approvals)
        except ReleaseError as error:
            fault = str(error)
    now = _outcome(plan, solution.sources)
    world = world_of(partner, sources, found, registry, at, plan.offices) if plan else None
    open_facts = tuple(fact.name for fact in solution.facts) if is_open(solution, registry) else ()
    derivable = frozenset(certificate.facts if certificate else open_facts)
    withheld = any(name in derivable and how is not Showing.SEE for name, how in now.facts)
    asking = _Asking(name, found, engine, at, tuple(approvals), tuple(invariants))
    return Explanation(
        partner=partner,
        solution=name,
        sources=solution.sources,
        pair=solution.pair,
        kind=solution.kind,
        tca=solution.tca,
        at=at,
        band=band_at(at, solution.tca),
        banner=plan.marking.banner if plan and plan.marking else None,
        outcome=now,
        facts=_facts(plan, world, engine, derivable) if plan and world else (),
        later=asking.later(world, now) if world else (),
        counterfactuals=asking.counterfactuals(world, now, others, at_most) if world else (),
        fault=fault,
        certificate=certificate,
        equities=tuple(
            (equity, registry.offices[equity.office].label)
            for number in solution.pair
            if number in registry.assets
            for equity in registry.assets[number].equities
        ),
        proposals=proposals_of(certificate, bool(found.marking), registry)
        if certificate and withheld
        else (),
    )


def supposed(
    world: World,
    name: str,
    found: Found,
    engine: Engine,
    at: datetime,
    approvals: Sequence[Approval] = (),
) -> Outcome:
    """Return what the partner of a world would get of a solution."""
    solution = _solution(world, name, found)
    deciding = engine.supposing(world.registry)
    partner = world.registry.partners[world.partner]
    try:
        plan = plan_at(partner, solution, world.registry, deciding, at, approvals, world.reviewed)
    except ReleaseError:
        # The door withholds what it cannot make a banner of.
        plan = None
    return _outcome(plan, solution.sources)


def _solution(world: World, name: str, found: Found) -> Solution:
    marking = "\n".join(one.banner for one in world.message)
    solution = solution_of(name, world.sources, replace(found, marking=marking), world.registry)
    return solution.restricted_to(world.facts)


def _outcome(plan: Plan | None, sources: Sequence[str]) -> Outcome:
    if plan is None:
        return Outcome(None, (), frozenset(sources))
    rendition = plan.view.rendition if plan.view else None
    # On the contact rung, and below it, the decision on no fact takes effect.
    counts = rendition not in (None, Rendition.CONTACT)
    return Outcome(
        rendition,
        tuple(
            (reason.fact, reason.decision if counts else Showing.WITHHOLD)
            for reason in plan.reasons
        ),
        frozenset(sources),
    )


def world_of(
    partner: str,
    sources: Sequence[str],
    found: Found,
    registry: Registry,
    at: datetime,
    holders: Iterable[str] = (),
) -> World:
    """Return what the decisions on a solution rest on; its message's marking must be readable."""
    pair = (found.norad_id_1, found.norad_id_2)
    return World(
        partner=partner,
        registry=registry,
        sources=tuple(sorted(set(sources))),
        message=tuple(parse(text) for text in found.marking.split("\n") if text),
        assets=tuple(registry.assets[number] for number in pair if number in registry.assets),
        facts=tuple(fact.name for fact in solution_of("", sources, found, registry).facts),
        holders=tuple(sorted(holders)),
        day=at.date(),
    )


def _facts(
    plan: Plan, world: World, engine: Engine, derivable: Collection[str]
) -> tuple[FactExplained, ...]:
    registry = world.registry
    markings = [
        *((f"source {name}", registry.sources[name].marking) for name in world.sources),
        *(("message", marking) for marking in world.message),
    ]
    rolled = whole_of((marking for _, marking in markings), registry.register)
    path = tuple((bearer, marking.banner) for bearer, marking in markings)
    titles = engine.policies
    return tuple(
        FactExplained(
            reason.fact,
            reason.decision,
            tuple((id, titles[id].title) for id in reason.policies if id in titles),
            reason.text,
            path,
            rolled.portion,
            reason.fact in derivable,
        )
        for reason in plan.reasons
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """What if: the same solution in other worlds."""

    name: str
    found: Found
    engine: Engine
    at: datetime
    approvals: tuple[Approval, ...]
    invariants: tuple[Invariant, ...]

    def later(self, world: World, now: Outcome) -> tuple[Later, ...]:
        """Return what changes by itself up to TCA."""
        found, last = [], now
        for since in self._moments(world):
            # Bands go by the start of an interval of the grid, so this one has begun by then.
            outcome = self._outcome(world, since)
            if outcome != last:
                found.append(Later(since, band_at(since, self.found.tca), outcome))
            last = outcome
        return tuple(found)

    def _moments(self, world: World) -> list[datetime]:
        """Return when time alone may change something: bands, agreements, permits, approvals."""
        partner, end = world.registry.partners[world.partner], self.found.tca
        moments = {end + offset for offset, _ in BAND_STARTS[:-1]}
        moments |= {one.until for one in self.approvals if one.solution == self.name}
        lapse = next_lapse(partner, world.registry, self.engine, self.at.date())
        while lapse < end:
            moments.add(lapse)
            lapse = next_lapse(partner, world.registry, self.engine, lapse.date())
        return sorted(one for one in moments if self.at < one < end)

    def counterfactuals(
        self, world: World, now: Outcome, others: Collection[tuple[str, ...]], at_most: int
    ) -> tuple[Counterfactual, ...]:
        """Return the smallest sets of changes that release more than now."""

        def more(changes: tuple[Change, ...]) -> Outcome | None:
            if len(changes) > 1 and any(one.kind is ChangeKind.LEAVE_FACT_OUT for one in changes):
                return None
            try:
                outcome = self._outcome(applied(world, changes), self.at)
            except MarkingError:
                # Together the changes make a marking that cannot be: they release nothing.
                return None
            return outcome if outcome.shows(now) and not now.shows(outcome) else None

        possible = [
            change
            for change in possible_changes(world)
            if change.kind is not ChangeKind.LEAVE_OUT
            or applied(world, (change,)).sources not in others
        ]
        return tuple(
            Counterfactual(
                changes, outcome, _gained(now, outcome), self._broken(applied(world, changes))
            )
            for changes, outcome in smallest(possible, more, Outcome.covers, at_most)
        )

    def _broken(self, world: World) -> tuple[tuple[str, str], ...]:
        """Return the invariants that a world violates in what it lets be done with the solution."""
        solution = _solution(world, self.name, self.found)
        classes = {
            attributes_of(
                group_of(fact.name), fact.marking, fact.sources, world.assets, world.registry
            )[0]
            for fact in solution.facts
        }
        deciding = self.engine.supposing(world.registry)
        partner = world.registry.partners[world.partner]
        found = broken(deciding, partner, classes, self.at.date(), self.invariants)
        return tuple((one.id, one.title) for one in found)

    def _outcome(self, world: World, at: datetime) -> Outcome:
        return supposed(world, self.name, self.found, self.engine, at, self.approvals)


def _gained(now: Outcome, then: Outcome) -> tuple[tuple[str, Showing], ...]:
    before = dict(now.facts)
    return tuple(
        (fact, showing)
        for fact, showing in then.facts
        if _SHOWN.index(showing) > _SHOWN.index(before[fact])
    )
