"""The one door: everything that a partner ever reads was made here.

A decision that fails withholds what it was about and is counted among the reasons. Nothing is
raised past the door, and no failure shows more.

Of two hundred thousand solutions most are of a few shapes and bands of time, and most partners get
the same of most of them. So a plan is made once for each partner, shape and band, a release once
for each plan, and partners to whom policy gives the same answers, all along, share all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sda.times import require_utc
from sharing.errors import ReleaseError
from sharing.policy import BAND_STARTS, Attributes, Band, Context, Engine, band_at
from sharing.registry import Asset, Partner, Registry
from sharing.release.approvals import Approval, Approvals
from sharing.release.association import Seen, events_of
from sharing.release.contradictions import Against, Answer, Question, Told, answer_to, told_of
from sharing.release.facts import DISAGREEMENT
from sharing.release.grids import time_on_grid
from sharing.release.projection import FAILED, Plan, plan_of, project
from sharing.release.releases import _DOOR, Decided, Held, Reason, Release, Rendition, Showing
from sharing.release.solutions import Contradiction, Shape, Solution

__all__ = ["SUPERSEDED", "Door", "plan_at", "release"]

SUPERSEDED: Final = "superseded"
"""Stands for the policy where a better solution of the same event is shown instead."""

_UNDISCLOSED: Final = "undisclosed"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_NONE_APPROVED: Final[frozenset[Attributes]] = frozenset()

_Pair = tuple[int, int]


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
    return _Desk(partner, door).explained(door.place(solution), reviewed)


@dataclass(frozen=True, slots=True, eq=False)
class _Class:
    """All that a plan depends on beside the partner and what is approved; one object for each."""

    shape: Shape
    assets: tuple[Asset, ...]
    band: Band
    day_band: Band


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A solution at the door."""

    solution: Solution
    of: _Class
    horizon: datetime
    """After all times at which a decision on it may change for time alone."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is released of a block, and the outcomes that release nothing."""

    released: tuple[Decided, ...]
    silent: tuple[Decided, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Pairs of objects of which the same is made by whoever has the same plans for them.

    Either solutions of one class that are alone in their pair, or all those of one pair.
    """

    pairs: tuple[tuple[_Place, ...], ...]
    horizon: datetime
    """The latest of its solutions."""
    is_contradicted: bool
    made: dict[tuple[object, ...], _Outcome] = field(default_factory=dict)
    """By the plans of all, and by when the partner's agreements lapse if that is sooner."""


def _block(pairs: tuple[tuple[_Place, ...], ...], is_contradicted: bool) -> _Block:
    horizon = max(place.horizon for places in pairs for place in places)
    return _Block(pairs, horizon, is_contradicted)


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
        self.now = require_utc(now)
        self.approvals = tuple(approvals)
        self._desks: dict[str, _Desk] = {}
        self._classes: dict[tuple[Shape, tuple[Asset, ...], Band, Band], _Class] = {}
        self._bands: dict[tuple[datetime, int], Band] = {}
        self._changes: dict[tuple[datetime, bool], datetime] = {}
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
            blocks, failed = self._laid_out(solutions, against)
        except Exception as error:
            return {partner.id: tuple(_failed(error) for _ in solutions) for partner in partners}
        done: dict[str, tuple[Decided, ...]] = {}
        firsts: list[tuple[_Desk, tuple[Decided, ...]]] = []
        for partner in partners:
            try:
                desk = self._desk(partner)
                decided = next((same for first, same in firsts if desk.is_alike(first)), None)
                if decided is None:
                    decided = (*desk.decide(blocks, against), *failed)
                    if not desk.has_failed:
                        firsts.append((desk, decided))
            except Exception as error:
                decided = tuple(_failed(error) for _ in solutions)
            done[partner.id] = decided
        return done

    def place(self, solution: Solution) -> _Place:
        """Return a solution with its class.

        Raises ReleaseError for one that cannot be marked, and whatever else keeps it from being
        placed: it has to be withheld, and no other.
        """
        if solution.fault:
            raise ReleaseError(solution.fault)
        rules = self.registry.rules
        key = (
            solution.shape,
            self.touched(solution.pair),
            self.band(solution.tca, rules.time_grid_min),
            self.band(solution.tca, rules.existence_grid_min),
        )
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = _Class(*key)
        day = time_on_grid(solution.tca, rules.existence_grid_min)
        horizon = max(self.next_change(solution.tca, False), self.next_change(day, True))
        return _Place(solution, found, horizon)

    def touched(self, pair: _Pair) -> tuple[Asset, ...]:
        """Return the protected assets of a pair."""
        assets = self.registry.assets
        first, second = pair
        if first in assets or second in assets:
            return tuple(assets[number] for number in pair if number in assets)
        return ()

    def band(self, tca: datetime, grid_min: int) -> Band:
        """Return the band by the time on the grid, so that its change tells nothing finer."""
        start = time_on_grid(tca, grid_min)
        key = (start, grid_min)
        band = self._bands.get(key)
        if band is None:
            band = band_at(self.now, start)
            if band is Band.PAST and self.now < start + timedelta(minutes=grid_min):
                band = Band.UNDER_24H
            self._bands[key] = band
        return band

    def next_change(self, tca: datetime, is_contact: bool) -> datetime:
        """Return the earliest time at which time alone may change the decision.

        It is computed from the time on the grid that the partner may know. Of a contact it may
        know the day alone, so while a change may fall into a day, each step of the time grid
        is due.
        """
        rules = self.registry.rules
        start = tca if is_contact else time_on_grid(tca, rules.time_grid_min)
        key = (start, is_contact)
        found = self._changes.get(key)
        if found is None:
            step = timedelta(minutes=rules.time_grid_min)
            length = timedelta(minutes=rules.existence_grid_min) if is_contact else step
            spread = length if is_contact else timedelta(0)
            changes = [start + offset for offset, _ in BAND_STARTS[:-1]]
            end = start + length
            changes += [end - spread, end + timedelta(days=rules.close_after_days)]
            due = []
            for change in changes:
                if self.now < change:
                    due.append(change)
                elif self.now < change + spread:
                    due.append(time_on_grid(self.now, rules.time_grid_min) + step)
            found = self._changes[key] = min(due, default=_NEVER)
        return found

    def same(self, plan: Plan) -> Plan:
        """Return the one plan of all that are equal."""
        return self._plans.setdefault(plan, plan)

    def _laid_out(
        self, solutions: Iterable[Solution], against: Against
    ) -> tuple[list[_Block], list[Decided]]:
        """Return solutions in blocks, and the outcomes of those that cannot be placed."""
        failed: list[Decided] = []
        places: dict[_Pair, list[_Place]] = {}
        for solution in solutions:
            try:
                place = self.place(solution)
            except Exception as error:
                failed.append(_failed(error))
            else:
                places.setdefault(solution.pair, []).append(place)
        return list(self._blocks(places.values(), against)), failed

    @staticmethod
    def _blocks(by_pair: Iterable[Sequence[_Place]], against: Against) -> Iterator[_Block]:
        alone: dict[_Class, list[tuple[_Place, ...]]] = {}
        for places in by_pair:
            if len(places) == 1:
                alone.setdefault(places[0].of, []).append(tuple(places))
            else:
                touched = against.touches(place.solution for place in places)
                yield _block((tuple(places),), touched)
        for some in alone.values():
            yield _block(tuple(some), is_contradicted=False)

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
        self._lapse = _next_lapse(partner, door.registry, door.engine, self._day)
        self._approvals = Approvals(door.approvals, partner.id, door.now, self._rules)
        self._plans: dict[tuple[_Class, frozenset[Attributes]], Plan] = {}
        self._answers: dict[Question, Answer] = {}
        self._asked: dict[Question, Answer] = {}
        self._met: dict[tuple[_Class, frozenset[Attributes]], Plan] = {}
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

    def decide(self, blocks: Iterable[_Block], against: Against) -> tuple[Decided, ...]:
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

    def _outcome(self, block: _Block, against: Against) -> _Outcome:
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

    def _made_of(self, block: _Block, against: Against) -> _Outcome:
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
        return _Outcome(tuple(released), tuple(silent))

    def _made_of_pair(
        self, places: Iterable[_Place], against: Against
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
        for event in events_of(seen, self._rules):
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

    def plan(self, place: _Place) -> tuple[Plan, frozenset[Attributes], datetime]:
        """Return what is shown of a solution, the classes approved for it, and up to when."""
        found = self._approvals.of(place.solution)
        if found:
            # Policy may have come to hold it for others since they approved.
            holders = self._plan(place.of, _NONE_APPROVED).offices
            found = [one for one in found if one.offices >= holders]
        approved = _NONE_APPROVED.union(*(one.classes for one in found))
        plan = self._plan(place.of, approved)
        until = min(one.until for one in found) if plan.review & approved else _NEVER
        return plan, approved, until

    def explained(self, place: _Place, reviewed: bool) -> Plan:
        """Return what is shown of a solution; with `reviewed`, once all reviews are approved."""
        if not reviewed:
            return self.plan(place)[0]
        return self._plan(place.of, self._plan(place.of, _NONE_APPROVED).review)

    def _plan(self, of: _Class, approved: frozenset[Attributes]) -> Plan:
        plan = self._met.get((of, approved))
        if plan is None:
            plan = self._met[of, approved] = self._made(of, approved)
        return plan

    def _made(self, of: _Class, approved: frozenset[Attributes]) -> Plan:
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
        self, place: _Place, plan: Plan, approved: frozenset[Attributes], until: datetime
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
        return Decided(made, reasons, one.held)

    def _told(self, one: Seen, others: Sequence[Seen], against: Against) -> Told | None:
        if not others:
            return None
        door, solution = self._door, one.solution
        band = door.band(solution.tca, self._rules.time_grid_min)
        touched = door.touched(solution.pair)
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
        return min(self._door.next_change(one.tca, one.is_contact), one.until, self._lapse)

    def _failed(self, error: Exception, what: str = "*") -> Decided:
        self.has_failed = True
        return _failed(error, what)


def _by_time(decided: Decided) -> tuple[datetime, _Pair, str]:
    made = decided.release
    if made is None:
        raise ReleaseError("what is not released has no place by time")
    return made.tca, made.objects, made.solution


def _held(solution: Solution, plan: Plan, approved: frozenset[Attributes]) -> tuple[Held, ...]:
    if not plan.review:
        return ()
    return (Held(solution, plan.review, plan.review - approved, plan.offices),)


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
