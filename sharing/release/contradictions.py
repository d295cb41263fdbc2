"""Tell a partner where the solution it is shown contradicts another that it may see as well.

Only where it sees both exactly: a contradiction with what is withheld or coarse says something of
it, so it is not told and leaves no trace.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sharing.markings import roll_up
from sharing.policy import Attributes, Context, Engine
from sharing.registry import Asset, Partner, Registry
from sharing.release.association import Seen
from sharing.release.facts import DISAGREEMENT
from sharing.release.projection import CONSENTED, decide_fact, require_within
from sharing.release.releases import Reason, Showing
from sharing.release.solutions import Contradiction, ReleasedFact, Solution

__all__ = ["Against", "Told", "told_of"]


class Against:
    """The contradictions of a run, found by either of their solutions."""

    def __init__(self, contradictions: Iterable[Contradiction]) -> None:
        self._found: dict[int, dict[int, Contradiction]] = defaultdict(dict)
        for each in contradictions:
            self._found[id(each.one)][id(each.other)] = each
            self._found[id(each.other)][id(each.one)] = each

    def between(self, one: Solution, other: Solution) -> Contradiction | None:
        """Return the contradiction of two solutions, if there is one."""
        found = self._found.get(id(one))
        return None if found is None else found.get(id(other))


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner is told of contradictions, with the banner and portion of the whole then."""

    fact: ReleasedFact | None
    """None where the policy withholds it."""
    banner: str
    portion: str
    reason: Reason
    others: tuple[Seen, ...]


def told_of(
    best: Seen,
    event: Sequence[Seen],
    against: Against,
    partner: Partner,
    assets: Iterable[Asset],
    registry: Registry,
    engine: Engine,
    context: Context,
    approved: frozenset[Attributes] = frozenset(),
) -> Told | None:
    """Return what the fact `disagreement` says of the solution shown; None where nothing does.

    It rests on all solutions that it names, so it carries the roll-up of their markings, and the
    policy decides on it as on any other fact. Raises ReleaseError as `require_within` does.
    """
    whole = best.plan.marking
    if whole is None or not best.plan.exact_geometry:
        return None
    found = [
        (other, contradiction)
        for other in event
        if other.plan.exact_geometry
        and (contradiction := against.between(best.solution, other.solution)) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda one: (one[0].solution.name, -one[1].sigmas))
    others = tuple(other for other, _ in found)
    facts = [fact for seen in (best, *others) for fact in seen.solution.facts]
    marking = roll_up((fact.marking for fact in facts), registry.register)
    sources = tuple(sorted({source for fact in facts for source in fact.sources}))
    reason, effective = decide_fact(
        partner, DISAGREEMENT, marking, sources, assets, registry, engine, context, approved
    )
    if effective is None or reason.decision is not Showing.SEE:
        return Told(None, whole.banner, whole.portion, reason, ())
    whole = roll_up((whole, effective), registry.register)
    consented = CONSENTED if reason.review is not None else frozenset[str]()
    require_within(whole, partner, registry, consented)
    text = "; ".join(
        f"{other.solution.name}: {contradiction.sigmas:.1f} sigma, most of it {contradiction.axis}"
        for other, contradiction in found
    )
    fact = ReleasedFact(DISAGREEMENT, text, "", effective.portion)
    return Told(fact, whole.banner, whole.portion, reason, others)
