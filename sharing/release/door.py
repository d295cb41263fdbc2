"""The one door: everything that a partner ever reads was made here.

A decision that fails withholds what it was about and is counted among the reasons. Nothing is
raised past the door, and no failure shows more.

Of two hundred thousand solutions most are of a few shapes and bands of time, and most partners get
the same of most of them. So a plan is made once for each partner, shape and band, a release once
for each plan, and partners to whom policy gives the same answers, all along, share all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from sharing.errors import ReleaseError
from sharing.policy import Attributes, Context, Engine
from sharing.registry import Partner, Registry
from sharing.release.approvals import Approval, Approvals
from sharing.release.association import Seen, events_of, newest
from sharing.release.contradictions import Against, Answer, Question, Told, answer_to, told_of
from sharing.release.facts import DISAGREEMENT
from sharing.release.grids import time_on_grid
from sharing.release.layout import Block, Class, Layout, Outcome, Place
from sharing.release.projection import FAILED, Plan, plan_of, project
from sharing.release.releases import (
    _DOOR,
    UNDISCLOSED,
    Decided,
    Held,
    Reason,
    Release,
    Rendition,
    Showing,
)
from sharing.release.solutions import Contradiction, Pair, Solution
from sharing.release.timing import NEVER, Timing, next_lapse

__all__ = ["SUPERSEDED", "Door", "plan_at", "release"]

SUPERSEDED: Final = "superseded"
"""Stands for the policy where a better solution of the same event is shown instead."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_NONE_APPROVED: Final[frozenset[Attributes]] = frozenset()


def release(
    partner: Partner,
    solutions: Sequence[Solution],
    registry: Registry,
    engine: Engine,
    now: datetime,
    contradictions: Iterable[Contradiction] = (),
    approvals: Iterable[Approval] = (),
) -> tuple[Decided, ...]:
    """Return what a partner may know of all solutions of one run, and why: see `Door.release`."""
    try:
        door = Door(registry, engine, now, approvals)
    except Exception as error:
        return tuple(_failed(error) for _ in solutions)
    return door.release((partner,), solutions, contradictions)[partner.id]


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
    door = Door(registry, engine, now, approvals)
    return _Desk(partner, door).explained(door.layout.place(solution), reviewed)


class Door:
    """Decides what partners may know at one time: all of a run at once, or in parts.

    `approvals` lift the need of a review from what they name. Raises TimeError for a naive time.
    """

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        now: datetime,
        approvals: Iterable[Approval] = (),
    ) -> None:
        self.registry = registry
        self.engine = engine
        self.now = now
        self.timing = Timing(registry.rules, now)
        self.layout = Layout(registry, self.timing)
        self.approvals = tuple(approvals)
        self._desks: dict[str, _Desk] = {}
        self._plans: dict[Plan, Plan] = {}

    def release(
        self,
        partners: Iterable[Partner],
        solutions: Sequence[Solution],
        contradictions: Iterable[Contradiction] = (),
    ) -> dict[str, tuple[Decided, ...]]:
        """Return, by partner, what it may know of solutions, and why.

        One release an event, by time as released, then an outcome without release for each
        solution that shows nothing of its own. The releases of a partner depend on nothing that is
        withheld from it. All solutions of one pair of objects have to come at once.
        `contradictions` are of these very solutions; a release tells those that it is part of,
        where the partner sees both sides. Partners who may know the same share one tuple.
        """
        try:
            against = Against(contradictions)
            blocks, failed = self.layout.laid_out(solutions, against)
        except Exception as error:
            return {partner.id: tuple(_failed(error) for _ in solutions) for partner in partners}
        done: dict[str, tuple[Decided, ...]] = {}
        firsts: list[tuple[_Desk, tuple[Decided, ...]]] = []
        for partner in partners:
            try:
                desk = self._desk(partner)
                decided = next((same for first, same in firsts if desk.is_alike(first)), None)
                if decided is None:
                    decided = (*desk.decide(blocks, against), *map(_failed, failed))
                    if not desk.has_failed:
                        firsts.append((desk, decided))
            except Exception as error:
                decided = tuple(_failed(error) for _ in solutions)
            done[partner.id] = decided
        return done

    def same(self, plan: Plan) -> Plan:
        """Return the one plan of all that are equal."""
        return self._plans.setdefault(plan, plan)

    def _desk(self, partner: Partner) -> "_Desk":
        found = self._desks.get(partner.id)
        if found is None:
            found = self._desks[partner.id] = _Desk(partner, self)
        return found


class _Desk:
    """One partner at the door: every answer that policy gives about it is asked for once."""

    def __init__(self, partner: Partner, door: Door) -> None:
        self.has_failed = False
        """Whether something failed in the last decision, and so may be this partner's alone."""
        self._partner = partner
        self._door = door
        self._rules = door.registry.rules
        self._day = door.now.date()
        self._lapse = next_lapse(partner, door.registry, door.engine, self._day)
        self._approvals = Approvals(door.approvals, partner.id, door.now, self._rules)
        self._plans: dict[tuple[Class, frozenset[Attributes]], Plan] = {}
        self._answers: dict[Question, Answer] = {}
        self._asked: dict[Question, Answer] = {}
        self._met: dict[tuple[Class, frozenset[Attributes]], Plan] = {}
        self._horizon = _LONG_AGO

    def is_alike(self, other: "_Desk") -> bool:
        """Return whether the other's last decision is word for word what this one's would be.

        It is when each question that it asked of policy about its partner has the same answer.
        """
        if self._approvals.found != other._approvals.found:
            return False
        if self._lapse != other._lapse and min(self._lapse, other._lapse) <= other._horizon:
            return False
        try:
            return all(
                self._made(of, approved) is plan for (of, approved), plan in other._met.items()
            ) and all(self._ask(asked) == answer for asked, answer in other._asked.items())
        except Exception:
            return False

    def decide(self, blocks: Iterable[Block], against: Against) -> tuple[Decided, ...]:
        """Return the releases by time, then the outcomes that release nothing."""
        self.has_failed = False
        self._met, self._asked, self._horizon = {}, {}, _LONG_AGO
        silent: list[Decided] = []
        released: list[Decided] = []
        for block in blocks:
            outcome = self._outcome(block, against)
            released += outcome.released
            silent += outcome.silent
        released.sort(key=_by_time)
        return (*released, *silent)

    def _outcome(self, block: Block, against: Against) -> Outcome:
        """Return what becomes of a block, as made for another with the same plans, or made now."""
        self._horizon = max(self._horizon, block.horizon)
        if block.is_contradicted or self._approvals.found:
            return self._made_of(block, against)
        try:
            # All that stand alone in a block are of one class.
            plans = [self._plan(place.of, _NONE_APPROVED) for place in block.pairs[0]]
        except Exception:
            return self._made_of(block, against)
        key = (self._lapse if self._lapse < block.horizon else None, *map(id, plans))
        found = block.made.get(key)
        if found is None:
            had_failed, self.has_failed = self.has_failed, False
            found = self._made_of(block, against)
            if not self.has_failed:
                block.made[key] = found
            self.has_failed = self.has_failed or had_failed
        return found

    def _made_of(self, block: Block, against: Against) -> Outcome:
        silent: list[Decided] = []
        released: list[Decided] = []
        for places in block.pairs:
            try:
                shown, hidden = self._made_of_pair(places, against)
            except Exception as error:
                silent += [self._failed(error) for _ in places]
            else:
                released += shown
                silent += hidden
        return Outcome(tuple(released), tuple(silent))

    def _made_of_pair(
        self, places: Iterable[Place], against: Against
    ) -> tuple[list[Decided], list[Decided]]:
        """Return what is released of a pair, and the outcomes that release nothing."""
        silent: list[Decided] = []
        released: list[Decided] = []
        seen: list[Seen] = []
        for place in places:
            try:
                plan, approved, until = self.plan(place)
                if plan.view is None:
                    held = _held(place.solution, plan, approved)
                    silent.append(Decided(None, plan.reasons, held))
                else:
                    seen.append(self._seen(place, plan, approved, until))
            except Exception as error:
                silent.append(self._failed(error))
        standing, replaced = newest(seen, self._rules)
        silent.extend(_superseded(*two) for two in replaced)
        for event in events_of(standing, self._rules):
            while event:
                best, *event = event
                try:
                    released.append(self._release(best, event, against))
                except Exception as error:
                    silent.append(self._failed(error))
                    continue
                silent.extend(_superseded(best, other) for other in event)
                break
        return released, silent

    def plan(self, place: Place) -> tuple[Plan, frozenset[Attributes], datetime]:
        """Return what is shown of a solution, the classes approved for it, and up to when."""
        found = self._approvals.of(place.solution)
        if found:
            # Policy may have come to hold it for others since they approved.
            holders = self._plan(place.of, _NONE_APPROVED).offices
            found = [one for one in found if one.offices >= holders]
        approved = _NONE_APPROVED.union(*(one.classes for one in found))
        plan = self._plan(place.of, approved)
        until = min(one.until for one in found) if plan.review & approved else NEVER
        return plan, approved, until

    def explained(self, place: Place, reviewed: bool) -> Plan:
        """Return what is shown of a solution; with `reviewed`, once all reviews are approved."""
        if not reviewed:
            return self.plan(place)[0]
        return self._plan(place.of, self._plan(place.of, _NONE_APPROVED).review)

    def _plan(self, of: Class, approved: frozenset[Attributes]) -> Plan:
        plan = self._met.get((of, approved))
        if plan is None:
            plan = self._met[of, approved] = self._made(of, approved)
        return plan

    def _made(self, of: Class, approved: frozenset[Attributes]) -> Plan:
        """Return the plan of a class of solutions, the same for all whose band and shape it is."""
        plan = self._plans.get((of, approved))
        if plan is None:
            plan = self._plans[of, approved] = self._door.same(
                plan_of(
                    self._partner,
                    of.shape,
                    of.assets,
                    self._door.registry,
                    self._door.engine,
                    Context(of.band, self._day),
                    Context(of.day_band, self._day),
                    approved,
                )
            )
        return plan

    def _seen(
        self, place: Place, plan: Plan, approved: frozenset[Attributes], until: datetime
    ) -> Seen:
        solution, view = place.solution, plan.view
        if view is None:
            raise ReleaseError("there is nothing to show")
        facts = project(solution, view)
        is_contact = view.rendition is Rendition.CONTACT
        if is_contact:
            tca = time_on_grid(solution.tca, self._rules.existence_grid_min)
        elif plan.exact_tca:
            tca = solution.tca
        else:
            tca = time_on_grid(solution.tca, self._rules.time_grid_min)
        held = _held(solution, plan, approved)
        return Seen(solution, plan, view, facts, tca, is_contact, approved, until, held)

    def _release(self, one: Seen, others: Sequence[Seen], against: Against) -> Decided:
        """Make the release of the solution to show, and say why; the others are of its event."""
        banner, portion = one.plan.banner, one.plan.portion
        if one.plan.marking is None:
            raise ReleaseError("there is nothing to show and so no banner")
        facts, reasons, valid_until = one.facts, one.plan.reasons, self._valid_until(one)
        beside: tuple[Seen, ...] = ()
        try:
            told = self._told(one, others, against)
        except Exception as error:
            # What they contradict each other by is withheld, and the rest is not.
            reasons = (*reasons, *self._failed(error, DISAGREEMENT).reasons)
        else:
            if told is not None:
                reasons = (*reasons, told.reason)
            if told is not None and told.fact is not None:
                banner, portion = told.whole.banner, told.whole.portion
                facts, beside = (*facts, told.fact), told.others
                valid_until = min(valid_until, *(self._valid_until(seen) for seen in beside))
        behind = {
            *one.solution.sources,
            *(name for seen in beside for name in seen.solution.sources),
        }
        made = Release(
            kind=UNDISCLOSED if one.is_contact else one.solution.kind,
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
        return Decided(made, reasons, one.held)

    def _told(self, one: Seen, others: Sequence[Seen], against: Against) -> Told | None:
        if not others:
            return None
        door, solution = self._door, one.solution
        band = door.timing.band(solution.tca, self._rules.time_grid_min)
        touched = door.layout.touched(solution.pair)
        context = Context(band, self._day)
        return told_of(one, others, against, touched, door.registry, context, self._ask)

    def _ask(self, question: Question) -> Answer:
        answer = self._answers.get(question)
        if answer is None:
            answer = answer_to(question, self._partner, self._door.registry, self._door.engine)
            self._answers[question] = answer
        self._asked[question] = answer
        return answer

    def _valid_until(self, one: Seen) -> datetime:
        """Return the earliest time at which the decision may change."""
        return min(self._door.timing.next_change(one.tca, one.is_contact), one.until, self._lapse)

    def _failed(self, error: Exception, what: str = "*") -> Decided:
        self.has_failed = True
        return _failed(error, what)


def _by_time(decided: Decided) -> tuple[datetime, Pair, str]:
    made = decided.release
    if made is None:
        raise ReleaseError("what is not released has no place by time")
    return made.tca, made.objects, made.solution


def _held(solution: Solution, plan: Plan, approved: frozenset[Attributes]) -> tuple[Held, ...]:
    if not plan.review:
        return ()
    return (Held(solution, plan.review, plan.review - approved, plan.offices),)


def _superseded(best: Seen, other: Seen) -> Decided:
    instead = "a newer one" if best.solution.name == other.solution.name else best.solution.name
    text = f"{other.solution.name}: {instead} of the same event is shown instead"
    return Decided(None, (Reason("*", Showing.WITHHOLD, (SUPERSEDED,), text),), other.held)


def _failed(error: Exception, what: str = "*") -> Decided:
    text = f"withheld, the decision failed: {type(error).__name__}: {error}"
    return Decided(None, (Reason(what, Showing.WITHHOLD, (FAILED,), text),))
