"""Tell a partner where the solution it is shown contradicts another that it may see as well.

Only where it sees both exactly: a contradiction with what is withheld or coarse says something of
it, so it is not told and leaves no trace.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sharing.markings import Marking, roll_up
from sharing.policy import Attributes, Context, Engine
from sharing.registry import Asset, Partner, Registry
from sharing.release.association import Seen
from sharing.release.facts import DISAGREEMENT
from sharing.release.projection import CONSENTED, decide_fact, is_consented, require_within
from sharing.release.releases import Reason, Showing
from sharing.release.solutions import Contradiction, ReleasedFact, Solution

__all__ = ["Against", "Answer", "Question", "Told", "answer_to", "told_of"]


class Against:
    """The contradictions of a run, found by either of their solutions."""

    def __init__(self, contradictions: Iterable[Contradiction]) -> None:
        self._found: dict[int, dict[int, Contradiction]] = defaultdict(dict)
        for each in contradictions:
            self._found[id(each.one)][id(each.other)] = each
            self._found[id(each.other)][id(each.one)] = each

    def touches(self, solutions: Iterable[Solution]) -> bool:
        """Return whether any of some solutions contradicts another."""
        return any(id(one) in self._found for one in solutions)

    def between(self, one: Solution, other: Solution) -> Contradiction | None:
        """Return the contradiction of two solutions, if there is one."""
        found = self._found.get(id(one))
        return None if found is None else found.get(id(other))


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a partner may have the fact `disagreement` beside what it is shown."""

    marking: Marking
    """The roll-up of all that the fact rests on."""
    sources: tuple[str, ...]
    assets: tuple[Asset, ...]
    context: Context
    approved: frozenset[Attributes]
    whole: Marking
    """Of what is shown without it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reason, and the markings of the fact and of the whole; None where it is withheld."""

    reason: Reason
    portion: Marking | None
    whole: Marking | None


def answer_to(question: Question, partner: Partner, registry: Registry, engine: Engine) -> Answer:
    """Ask the policy, as on any other fact. Raises ReleaseError as `require_within` does."""
    reason, effective = decide_fact(
        partner,
        DISAGREEMENT,
        question.marking,
        question.sources,
        question.assets,
        registry,
        engine,
        question.context,
        question.approved,
    )
    if effective is None or reason.decision is not Showing.SEE:
        return Answer(reason, None, None)
    whole = roll_up((question.whole, effective), registry.register)
    agreed = is_consented(reason, effective, registry.rules)
    consented = CONSENTED if agreed else frozenset[str]()
    require_within(whole, partner, registry, consented)
    return Answer(reason, effective, whole)


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner is told of contradictions, with the marking of the whole then."""

    fact: ReleasedFact | None
    """None where the policy withholds it."""
    whole: Marking
    reason: Reason
    others: tuple[Seen, ...]


def told_of(
    best: Seen,
    event: Sequence[Seen],
    against: Against,
    assets: tuple[Asset, ...],
    registry: Registry,
    context: Context,
    ask: Callable[[Question], Answer],
) -> Told | None:
    """Return what the fact `disagreement` says of the solution shown; None where nothing does.

    It rests on all solutions that it names, so it carries the roll-up of their markings.
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
    # No event holds two approaches of one solution.
    found.sort(key=lambda one: one[0].solution.name)
    others = tuple(other for other, _ in found)
    facts = [fact for seen in (best, *others) for fact in seen.solution.shape.facts]
    marking = roll_up((marking for _, marking, _ in facts), registry.register)
    sources = tuple(sorted({source for _, _, names in facts for source in names}))
    answer = ask(Question(marking, sources, assets, context, best.approved, whole))
    if answer.portion is None or answer.whole is None:
        return Told(None, whole, answer.reason, ())
    text = "; ".join(
        f"{other.solution.name}: {contradiction.sigmas:.1f} sigma, most of it {contradiction.axis}"
        for other, contradiction in found
    )
    fact = ReleasedFact(DISAGREEMENT, text, "", answer.portion.portion)
    return Told(fact, answer.whole, answer.reason, others)
