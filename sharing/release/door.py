"""The one door: everything that a partner ever reads was made by `release`.

A decision that fails withholds what it was about and is counted among the reasons. Nothing is
raised past the door, and no failure shows more.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sda.times import require_utc
from sharing.errors import ReleaseError
from sharing.policy import BAND_STARTS, Attributes, Band, Context, Engine, band_at
from sharing.registry import Asset, Partner, Registry
from sharing.release.approvals import Approval, Approvals
from sharing.release.association import Seen, events_of
from sharing.release.contradictions import Against, Told, told_of
from sharing.release.facts import DISAGREEMENT
from sharing.release.grids import time_on_grid
from sharing.release.projection import FAILED, Plan, plan_of, project
from sharing.release.releases import _DOOR, Decided, Held, Reason, Release, Rendition, Showing
from sharing.release.solutions import Contradiction, Shape, Solution

__all__ = ["SUPERSEDED", "plan_at", "release"]

SUPERSEDED = "superseded"
"""Stands for the policy where a better solution of the same event is shown instead."""

_UNDISCLOSED = "undisclosed"
_PlanKey = tuple[Shape, tuple[Asset, ...], str, str, frozenset[Attributes]]
_NEVER = datetime.max.replace(tzinfo=UTC)


def release(
    partner: Partner,
    solutions: Sequence[Solution],
    registry: Registry,
    engine: Engine,
    now: datetime,
    contradictions: Iterable[Contradiction] = (),
    approvals: Iterable[Approval] = (),
) -> tuple[Decided, ...]:
    """Return what a partner may know of all solutions of one run, and why.

    One release an event, by time as released, then an outcome without release for each
    solution that shows nothing of its own. The releases depend on nothing that is withheld.
    `contradictions` are of these very solutions; a release tells those that it is part of, where
    the partner sees both sides. `approvals` lift the need of a review from what they name.
    """
    try:
        desk = _Desk(partner, registry, engine, require_utc(now), contradictions, approvals)
    except Exception as error:
        return tuple(_failed(error) for _ in solutions)
    silent: list[Decided] = []
    released: list[tuple[Release, Decided]] = []
    for event in events_of(desk.seen(solutions, silent), registry.rules):
        while event:
            best, *event = event
            try:
                made, reasons = desk.release(best, event)
            except Exception as error:
                silent.append(_failed(error))
                continue
            released.append((made, Decided(made, reasons, best.held)))
            silent.extend(_superseded(best, other) for other in event)
            break
    released.sort(key=lambda one: (one[0].tca, one[0].objects, one[0].solution))
    return (*(decided for _, decided in released), *silent)


def plan_at(
    partner: Partner,
    solution: Solution,
    registry: Registry,
    engine: Engine,
    now: datetime,
    approvals: Iterable[Approval] = (),
    reviewed: bool = False,
) -> Plan:
    """Return what the door would show of a solution by itself, and why: for explanations.

    With `reviewed` everything counts as approved that waits for a review.
    """
    desk = _Desk(partner, registry, engine, require_utc(now), (), approvals)
    approved, _ = desk.approved(solution)
    if reviewed:
        approved = desk.plan(solution, frozenset()).review
    return desk.plan(solution, approved)


class _Desk:
    """One partner at the door, with the plans already made for it."""

    def __init__(
        self,
        partner: Partner,
        registry: Registry,
        engine: Engine,
        now: datetime,
        contradictions: Iterable[Contradiction],
        approvals: Iterable[Approval],
    ) -> None:
        self._partner = partner
        self._registry = registry
        self._engine = engine
        self._now = now
        self._against = Against(contradictions)
        self._day = now.date()
        self._lapse = _next_lapse(partner, registry, engine, self._day)
        self._approvals = Approvals(approvals, partner.id, now, registry.rules)
        self._plans: dict[_PlanKey, Plan] = {}
        self._valid: dict[tuple[datetime, bool], datetime] = {}
        self._bands: dict[tuple[datetime, int], Band] = {}

    def seen(self, solutions: Iterable[Solution], silent: list[Decided]) -> Iterable[Seen]:
        """Yield what the partner sees anything of; add the rest, with reasons, to `silent`."""
        rules = self._registry.rules
        for solution in solutions:
            try:
                if solution.fault:
                    raise ReleaseError(solution.fault)
                approved, until = self.approved(solution)
                plan = self.plan(solution, approved)
                held: tuple[Held, ...] = ()
                if plan.review:
                    held = (Held(solution, plan.review, plan.review - approved, plan.offices),)
                if plan.review.isdisjoint(approved):
                    until = _NEVER
                if plan.view is None:
                    silent.append(Decided(None, plan.reasons, held))
                    continue
                facts = project(solution, plan.view)
                is_contact = plan.view.rendition is Rendition.CONTACT
                if is_contact:
                    tca = time_on_grid(solution.tca, rules.existence_grid_min)
                elif plan.exact_tca:
                    tca = solution.tca
                else:
                    tca = time_on_grid(solution.tca, rules.time_grid_min)
                one = Seen(solution, plan, plan.view, facts, tca, is_contact, approved, until, held)
            except Exception as error:
                silent.append(_failed(error))
                continue
            yield one

    def release(self, one: Seen, others: Sequence[Seen]) -> tuple[Release, tuple[Reason, ...]]:
        """Make the release of the solution to show, and say why; the others are of its event."""
        marking = one.plan.marking
        if marking is None:
            raise ReleaseError("there is nothing to show and so no banner")
        banner, portion, facts = marking.banner, marking.portion, one.facts
        reasons, valid_until = one.plan.reasons, self._valid_until(one)
        beside: tuple[Seen, ...] = ()
        try:
            told = self._told(one, others)
        except Exception as error:
            # What they contradict each other by is withheld, and the rest is not.
            reasons = (*reasons, *_failed(error, DISAGREEMENT).reasons)
        else:
            if told is not None:
                reasons = (*reasons, told.reason)
            if told is not None and told.fact is not None:
                banner, portion, facts = told.banner, told.portion, (*facts, told.fact)
                beside = told.others
                valid_until = min(valid_until, *(self._valid_until(seen) for seen in beside))
        behind = {
            *one.solution.sources,
            *(name for seen in beside for name in seen.solution.sources),
        }
        made = Release(
            partner=self._partner.id,
            kind=_UNDISCLOSED if one.is_contact else one.solution.kind,
            rendition=one.view.rendition,
            objects=one.solution.pair,
            tca=one.tca,
            banner=banner,
            portion=portion,
            facts=facts,
            contact=one.plan.contact,
            valid_until=valid_until,
            solution=one.solution.name,
            sources=tuple(sorted(behind)),
            omitted=one.plan.omitted,
            door=_DOOR,
        )
        return made, reasons

    def _told(self, one: Seen, others: Sequence[Seen]) -> Told | None:
        if not others:
            return None
        solution = one.solution
        band = self._band(solution.tca, self._registry.rules.time_grid_min)
        return told_of(
            one,
            others,
            self._against,
            self._partner,
            self._touched(solution.pair),
            self._registry,
            self._engine,
            Context(band, self._day),
            one.approved,
        )

    def approved(self, solution: Solution) -> tuple[frozenset[Attributes], datetime]:
        """Return the classes of a solution that need no review, and up to when."""
        found = self._approvals.of(solution)
        if found:
            # Policy may have come to hold it for others since they approved.
            holders = self.plan(solution, frozenset()).offices
            found = [one for one in found if one.offices >= holders]
        if not found:
            return frozenset(), _NEVER
        classes = frozenset[Attributes]().union(*(one.classes for one in found))
        return classes, min(one.until for one in found)

    def _touched(self, pair: tuple[int, int]) -> tuple[Asset, ...]:
        assets = self._registry.assets
        first, second = pair
        if first in assets or second in assets:
            return tuple(assets[number] for number in pair if number in assets)
        return ()

    def plan(self, solution: Solution, approved: frozenset[Attributes]) -> Plan:
        """Return what is shown of a solution, the same for all of its shape and band."""
        rules = self._registry.rules
        touched = self._touched(solution.pair)
        band = self._band(solution.tca, rules.time_grid_min)
        day_band = self._band(solution.tca, rules.existence_grid_min)
        key = (solution.shape, touched, band.value, day_band.value, approved)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = plan_of(
                self._partner,
                solution.shape,
                touched,
                self._registry,
                self._engine,
                Context(band, self._day),
                Context(day_band, self._day),
                approved,
            )
        return plan

    def _band(self, tca: datetime, grid_min: int) -> Band:
        """Return the band by the time on the grid, so that its change tells nothing finer."""
        start = time_on_grid(tca, grid_min)
        key = (start, grid_min)
        band = self._bands.get(key)
        if band is None:
            band = band_at(self._now, start)
            if band is Band.PAST and self._now < start + timedelta(minutes=grid_min):
                band = Band.UNDER_24H
            self._bands[key] = band
        return band

    def _valid_until(self, one: Seen) -> datetime:
        """Return the earliest time at which the decision may change.

        It is computed from the time on the grid that the partner may know. Of a contact it may
        know the day alone, so while a change may fall into a day, each step of the time grid
        is due.
        """
        rules = self._registry.rules
        start = one.tca if one.is_contact else time_on_grid(one.tca, rules.time_grid_min)
        key = (start, one.is_contact)
        if key not in self._valid:
            step = timedelta(minutes=rules.time_grid_min)
            length = timedelta(minutes=rules.existence_grid_min) if one.is_contact else step
            spread = length if one.is_contact else timedelta(0)
            changes = [start + offset for offset, _ in BAND_STARTS[:-1]]
            end = start + length
            changes += [end - spread, end + timedelta(days=rules.close_after_days)]
            due = [self._lapse]
            for change in changes:
                if self._now < change:
                    due.append(change)
                elif self._now < change + spread:
                    due.append(time_on_grid(self._now, rules.time_grid_min) + step)
            self._valid[key] = min(due)
        return min(self._valid[key], one.until)


def _next_lapse(partner: Partner, registry: Registry, engine: Engine, day: date) -> datetime:
    """Return when the next agreement of a partner, or the next permit, begins or lapses."""
    agreements = [registry.agreements[name] for name in partner.agreements]
    days = [
        boundary
        for agreement in agreements
        for boundary in (agreement.effective, agreement.expires, agreement.review)
    ]
    days += [policy.review for policy in engine.policies.values() if policy.is_permit]
    ahead = [boundary for boundary in days if boundary > day]
    return datetime.combine(min(ahead), time(), UTC) if ahead else _NEVER


def _superseded(best: Seen, other: Seen) -> Decided:
    text = f"{other.solution.name}: {best.solution.name} of the same event is shown instead"
    return Decided(None, (Reason("*", Showing.WITHHOLD, (SUPERSEDED,), text),), other.held)


def _failed(error: Exception, what: str = "*") -> Decided:
    text = f"withheld, the decision failed: {type(error).__name__}: {error}"
    return Decided(None, (Reason(what, Showing.WITHHOLD, (FAILED,), text),))
