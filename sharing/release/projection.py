"""Decide, fact by fact, what a partner gets of solutions of one shape, and roll up what is left.

A plan holds for every solution of that shape in that band, whoever's values it carries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sda.times import format_utc
from sharing.errors import ReleaseError
from sharing.markings import Marking, roll_up
from sharing.policy import (
    Action,
    Approver,
    Attributes,
    Context,
    Decision,
    Engine,
    attributes_of,
    foreign_owners,
)
from sharing.registry import Asset, Partner, Registry, ReleaseRules, SourceKind
from sharing.release.facts import FACTS, IDENTITY, group_of
from sharing.release.grids import coarse_value, has_coarse_form, time_on_grid
from sharing.release.releases import Reason, Rendition, Showing
from sharing.release.solutions import ReleasedFact, Shape, Solution

__all__ = [
    "APPROVED",
    "CONSENTED",
    "FAILED",
    "Plan",
    "View",
    "decide_fact",
    "is_consented",
    "plan_of",
    "project",
    "require_within",
]

FAILED = "decision-failed"
"""Stands among the policies of a reason when a decision failed, so that failures are counted."""

APPROVED = "approved"
"""Stands among the policies of a reason where an office approved what would wait for a review."""

_SAYS_ALL = frozenset({"identity", "timing", "geometry", "provenance"})
"""The groups of facts by which a solution can be told from another."""
_LEAVE_AUDIENCE = frozenset({"RELIDO", "EYES", "DISPLAY ONLY"})
"""Controls of a marking that take nothing from those whom its REL TO list names."""
CONSENTED = frozenset({"ORCON", "FGI"})
"""Controls under which a fact goes on where an approval let it pass: its originator's consent, or
that of its foreign owners. A roll-up makes FGI of JOINT, too, and of what others alone own."""
_NOTHING = frozenset[str]()
_RANK = {SourceKind.OPEN: 0, SourceKind.COMMERCIAL: 1, SourceKind.SENSOR: 2}


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact that a plan shows, how, and under which portion marking."""

    index: int
    name: str
    showing: Showing
    portion: str


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Which facts are shown, and how; one object for all plans that show the same."""

    rendition: Rendition
    shown: tuple[Shown, ...]
    rules: ReleaseRules


_VIEWS: dict[tuple[Rendition, tuple[Shown, ...], ReleaseRules], View] = {}


def _view(rendition: Rendition, shown: tuple[Shown, ...], rules: ReleaseRules) -> View:
    return _VIEWS.setdefault((rendition, shown, rules), View(rendition, shown, rules))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a partner gets of solutions of one shape; view None is nothing at all."""

    view: View | None
    marking: Marking | None
    """The roll-up of what is shown; None is nothing at all."""
    banner: str
    portion: str
    exact_tca: bool
    exact_geometry: bool
    """Whether objects, times, geometry and sources are all shown, and exactly."""
    rank: int
    """Worth of the best kind of source behind the solution."""
    contact: str
    omitted: tuple[str, ...]
    """Facts that a reduced notice says it leaves out: the partner may know that they are there."""
    reasons: tuple[Reason, ...]
    review: frozenset[Attributes]
    """Classes that policy holds for a review, approved or not."""
    offices: frozenset[str]
    """Those that have to approve them, all of them."""


def plan_of(
    partner: Partner,
    shape: Shape,
    assets: Iterable[Asset],
    registry: Registry,
    engine: Engine,
    context: Context,
    existence_context: Context,
    approved: frozenset[Attributes] = frozenset(),
) -> Plan:
    """Return the plan of a shape for a partner; the existence context has the band of the day.

    Facts of the classes `approved` need no review.
    """
    asking = _Asking(partner, tuple(assets), registry, engine, approved)
    decided = [asking.fact(*fact, context) for fact in shape.facts]
    reasons = _keep_secrets({reason.fact: reason for reason, _ in decided}, registry)
    shown = [
        (Shown(index, reason.fact, reasons[reason.fact].decision, marking.portion), marking)
        for index, (reason, marking) in enumerate(decided)
        if marking is not None and reasons[reason.fact].decision is not Showing.WITHHOLD
    ]
    approved_all = all(
        is_consented(reasons[fact.name], marking, registry.rules) for fact, marking in shown
    )
    rendition = _rung({fact: reason.decision for fact, reason in reasons.items()})
    if rendition is None:
        existence = asking.existence(shape, existence_context)
        shown = list(existence)
        rendition = Rendition.CONTACT if shown else None
        approved_all = False
    whole = roll_up((marking for _, marking in shown), registry.register) if rendition else None
    if whole is not None:
        require_within(whole, partner, registry, CONSENTED if approved_all else _NOTHING)
    sources = {source for _, _, names in shape.facts for source in names} & {*registry.sources}
    leading = max(
        (registry.sources[name] for name in sorted(sources)),
        key=lambda source: (_RANK[source.kind], not source.base),
        default=None,
    )
    return Plan(
        view=_view(rendition, tuple(fact for fact, _ in shown), registry.rules)
        if rendition
        else None,
        marking=whole,
        banner=whole.banner if whole else "",
        portion=whole.portion if whole else "",
        exact_tca=bool(rendition) and reasons["tca"].decision is Showing.SEE,
        exact_geometry=rendition in (Rendition.FULL, Rendition.NOTICE)
        and all(
            reason.decision is Showing.SEE
            for fact, reason in reasons.items()
            if group_of(fact) in _SAYS_ALL
        ),
        rank=_RANK[leading.kind] if leading else 0,
        contact=leading.office if leading else registry.rules.default_office,
        omitted=asking.omitted(shape, reasons, context)
        if rendition in (Rendition.NOTICE, Rendition.TEAR_LINE)
        else (),
        reasons=tuple(reasons.values()),
        review=frozenset(reason.review for reason in reasons.values() if reason.review is not None),
        offices=frozenset[str]().union(*(reason.offices for reason in reasons.values())),
    )


def decide_fact(
    partner: Partner,
    name: str,
    marking: Marking,
    sources: tuple[str, ...],
    assets: Iterable[Asset],
    registry: Registry,
    engine: Engine,
    context: Context,
    approved: frozenset[Attributes] = frozenset(),
) -> tuple[Reason, Marking | None]:
    """Return what a partner gets of one fact, and its marking today; None if that failed."""
    asking = _Asking(partner, tuple(assets), registry, engine, approved)
    return asking.fact(name, marking, sources, context)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One partner's questions about one event."""

    partner: Partner
    assets: tuple[Asset, ...]
    registry: Registry
    engine: Engine
    approved: frozenset[Attributes]

    def fact(
        self, name: str, marking: Marking, sources: tuple[str, ...], context: Context
    ) -> tuple[Reason, Marking | None]:
        """Return what the partner gets of a fact; a decision that fails withholds it."""
        try:
            attributes, effective = attributes_of(
                group_of(name), marking, sources, self.assets, self.registry
            )
            actions = Action.SEE, Action.SEE_COARSE, Action.RELEASE_UNREVIEWED
            see, coarse, unreviewed = self.engine.decide_all(
                self.partner, attributes, [(action, context) for action in actions]
            )
        except Exception as error:
            return _failed(name, error), None
        if (see.allowed or coarse.allowed) and not unreviewed.allowed:
            waits = self._reason(name, Showing.WITHHOLD, unreviewed, "waits for a review")
            if unreviewed.errors:
                # What went wrong is to be put right, and is nothing that an office could approve.
                return waits, effective
            offices = self._approvers(unreviewed, attributes)
            if offices is None:
                return waits, effective
            if attributes not in self.approved:
                return replace(waits, review=attributes, offices=offices), effective
            reason = self._shown(name, see, coarse)
            return _approved(reason, attributes, offices), effective
        return self._shown(name, see, coarse), effective

    def _approvers(self, held: Decision, attributes: Attributes) -> frozenset[str] | None:
        """Return the offices that have to approve what policies hold, each policy naming its own.

        Where no policy speaks, or the object that one speaks of is none, the originators have to.
        None where an owner that has to cannot be asked.
        """
        registry, policies = self.registry, self.engine.policies
        asked = {policies[name].approver for name in held.policies}
        offices: set[str] = set()
        if Approver.ASSET in asked:
            offices.update(asset.office for asset in self.assets)
        if Approver.OWNER in asked:
            for owner in attributes.owners:
                office = registry.rules.office_of(owner)
                if office is None:
                    return None
                offices.add(office)
        if not asked.isdisjoint((Approver.ORIGINATOR, Approver.OWNER)) or not offices:
            sources = attributes.closed or attributes.sources
            offices.update(registry.sources[name].office for name in sources)
        return frozenset(offices)

    def _shown(self, name: str, see: Decision, coarse: Decision) -> Reason:
        """Return what the partner gets of a fact that needs no review."""
        if see.allowed:
            return self._reason(name, Showing.SEE, see, "exact")
        if coarse.allowed and has_coarse_form(name, self.registry.rules):
            return self._reason(name, Showing.SEE_COARSE, see, "coarse")
        if coarse.allowed:
            return self._reason(name, Showing.WITHHOLD, see, "has no coarse form")
        return self._reason(name, Showing.WITHHOLD, coarse, "withheld")

    def existence(self, shape: Shape, context: Context) -> list[tuple[Shown, Marking]]:
        """Return pair and day, when the partner may know that there is something at all."""
        shown = []
        for index, (name, marking, sources) in enumerate(shape.facts):
            if name not in (*IDENTITY, "tca"):
                continue
            attributes, effective = attributes_of(
                FACTS[name].group, marking, sources, self.assets, self.registry
            )
            known = self.engine.decide(self.partner, attributes, Action.KNOW_EXISTS, context)
            if not known.allowed:
                return []
            fact = Shown(index, name, Showing.SEE_COARSE, effective.portion)
            shown.append((fact, effective))
        return shown if len(shown) == len(IDENTITY) + 1 else []

    def omitted(
        self, shape: Shape, reasons: Mapping[str, Reason], context: Context
    ) -> tuple[str, ...]:
        """Return the withheld facts of which the partner may know that they are there.

        Not those that only some values have: to name them would tell the value.
        """
        withheld = {
            name: (group_of(name), marking, sources)
            for name, marking, sources in shape.facts
            if reasons[name].decision is Showing.WITHHOLD
            and not (name in FACTS and FACTS[name].speaks_by_being)
        }
        known = {one: self._may_know(*one, context) for one in {*withheld.values()}}
        return tuple(name for name, one in withheld.items() if known[one])

    def _may_know(
        self, group: str, marking: Marking, sources: tuple[str, ...], context: Context
    ) -> bool:
        """Return whether the partner may know that there is such a fact; not if that fails."""
        try:
            attributes, _ = attributes_of(group, marking, sources, self.assets, self.registry)
            known = self.engine.decide(self.partner, attributes, Action.KNOW_EXISTS, context)
        except Exception:
            return False
        return known.allowed

    def _reason(self, name: str, showing: Showing, decision: Decision, what: str) -> Reason:
        policies = self.engine.policies
        because = [policies[policy].title for policy in decision.policies if policy in policies]
        because += decision.errors
        why = "; ".join(because) or "no permit applies"
        ids = (*decision.policies, FAILED) if decision.errors else decision.policies
        return Reason(name, showing, ids, f"{what}: {why}")


def _approved(reason: Reason, review: Attributes, offices: frozenset[str]) -> Reason:
    reason = replace(reason, review=review, offices=offices)
    if reason.decision is Showing.WITHHOLD:
        return reason
    return replace(
        reason,
        policies=(*reason.policies, APPROVED),
        text=f"{reason.text}; the review was approved",
    )


def _failed(name: str, error: Exception) -> Reason:
    text = f"withheld, the decision failed: {type(error).__name__}: {error}"
    return Reason(name, Showing.WITHHOLD, (FAILED,), text)


def _keep_secrets(reasons: dict[str, Reason], registry: Registry) -> dict[str, Reason]:
    """Lower each fact that would give a coarse or withheld one away."""
    kept = dict(reasons)
    for name, reason in reasons.items():
        for secret in _given_away(name, reasons):
            base = kept[secret].decision if secret in kept else Showing.WITHHOLD
            if kept[name].decision in (Showing.WITHHOLD, base) or base is Showing.SEE:
                continue
            coarse = base is Showing.SEE_COARSE and has_coarse_form(name, registry.rules)
            showing = Showing.SEE_COARSE if coarse else Showing.WITHHOLD
            text = f"{showing.value}: the exact value would give {secret} away"
            kept[name] = replace(reason, decision=showing, text=text)
    return kept


def _given_away(name: str, reasons: Mapping[str, Reason]) -> tuple[str, ...]:
    """Return what a fact gives away, of a solution that has the facts of these reasons."""
    if name not in FACTS:
        return ()
    kind = FACTS[name]
    return (*kind.betrays, *(one for one in kind.betrays_if_there if one in reasons))


def _rung(decisions: dict[str, Showing]) -> Rendition | None:
    """Return the highest rung of the ladder that the facts reach, contact apart."""
    seen = {name for name, showing in decisions.items() if showing is Showing.SEE}
    visible = {name for name, showing in decisions.items() if showing is not Showing.WITHHOLD}
    if not {*IDENTITY, "tca"} <= visible:
        return None
    if len(seen) == len(decisions) and "miss_distance" in seen:
        return Rendition.FULL
    if {*IDENTITY, "tca", "miss_distance"} <= seen:
        return Rendition.NOTICE
    return Rendition.TEAR_LINE


def is_consented(reason: Reason, marking: Marking, rules: ReleaseRules) -> bool:
    """Return whether all who have to consent to a control of a fact's marking approved it.

    Asked apart from the policies, of each foreign owner, as `require_within` is.
    """
    if marking.controls.isdisjoint(CONSENTED):
        return True
    owners = {rules.office_of(owner) for owner in foreign_owners(marking)}
    return reason.review is not None and reason.offices.issuperset(owners)


def require_within(
    whole: Marking, partner: Partner, registry: Registry, consented: frozenset[str] = _NOTHING
) -> None:
    """Check the banner once more, apart from Cedar: two mistakes are needed to let it pass.

    `consented` are the further controls under which everything shown was approved.
    """
    audience = registry.register.atoms(whole.releasable_to or ())
    released = audience.issuperset(partner.codes) and whole.controls <= _LEAVE_AUDIENCE | consented
    if whole.classification > partner.clearance or not (whole.is_unrestricted or released):
        raise ReleaseError(f"{whole.banner} is not for {partner.id}: a policy is too wide")


def project(solution: Solution, view: View) -> tuple[ReleasedFact, ...]:
    """Return the facts of a solution as a view shows them, shared by all who get the same."""
    known = solution.projections.get(view)
    if known is None:
        values, units, rules = solution.values, solution.shape.units, view.rules
        facts = [
            ReleasedFact(
                shown.name,
                values[shown.index]
                if shown.showing is Showing.SEE
                else coarse_value(shown.name, values[shown.index], rules),
                units[shown.index],
                shown.portion,
            )
            for shown in view.shown
        ]
        if view.rendition is Rendition.CONTACT:
            day = format_utc(time_on_grid(solution.tca, rules.existence_grid_min))
            facts = [fact._replace(value=day) if fact.name == "tca" else fact for fact in facts]
        known = solution.projections[view] = tuple(facts)
    return known
