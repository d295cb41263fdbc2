"""Suppose a change (an approval, an agreement, a marking, a fact left out), and decide again.

Nothing is read off the texts of policies: a change is applied to a copy of what decisions rest
on, and what it releases is what the policies then say. Nothing here changes a decision that stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations
from types import MappingProxyType
from typing import TypeVar

from sharing.errors import MarkingError
from sharing.markings import US, Classification, Marking, Register
from sharing.policy.vocabulary import foreign_owners
from sharing.registry import Asset, Detail, Partner, Registry, Source, SourceKind

__all__ = ["Change", "ChangeKind", "World", "applied", "possible_changes", "smallest"]

_MESSAGE = "message"
_STAY = frozenset({"REL", "NF", "RELIDO", "DISPLAYONLY", "EYES", "OC", "OC-USGOV"})
"""Dissemination controls that are not challenged as such: they say to whom, or ask for consent."""
_Outcome = TypeVar("_Outcome")


class ChangeKind(StrEnum):
    """What can be changed, each by an office of its own."""

    APPROVE_REVIEW = "approve-review"
    JOIN_AGREEMENT = "join-agreement"
    RENEW_AGREEMENT = "renew-agreement"
    LICENCE = "licence"
    CHALLENGE_AUDIENCE = "challenge-audience"
    CHALLENGE_LEVEL = "challenge-level"
    CHALLENGE_CONTROLS = "challenge-controls"
    LEAVE_OUT = "leave-out"
    LEAVE_FACT_OUT = "leave-fact-out"
    RAISE_DETAIL = "raise-detail"
    RAISE_CLEARANCE = "raise-clearance"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `subject` is an agreement, source or fact by name, `message`, or the partner."""

    kind: ChangeKind
    subject: str
    office: str
    """Who can make it."""
    text: str


@dataclass(frozen=True, slots=True)
class World:
    """What the decisions on one solution for one partner rest on."""

    partner: str
    registry: Registry
    sources: tuple[str, ...]
    message: tuple[Marking, ...]
    """The markings of the message itself, apart from its source's."""
    assets: tuple[Asset, ...]
    """The protected objects that it touches."""
    facts: tuple[str, ...]
    """What it says, by the names of its facts."""
    holders: tuple[str, ...]
    """The offices for whose approval something of it waits."""
    day: date
    reviewed: bool = False


def possible_changes(world: World) -> tuple[Change, ...]:
    """Return every change that somebody could make, whether or not it would release anything."""
    return (
        *_review(world),
        *_agreements(world),
        *_licences(world),
        *_challenges(world),
        *_left_out(world),
        *_facts_left_out(world),
        *_standing(world),
    )


def applied(world: World, changes: Iterable[Change]) -> World:
    """Return the world in which changes have been made.

    Raises MarkingError where a marking cannot be changed so.
    """
    for change in changes:
        world = _applied(world, change)
    return world


def smallest(
    changes: Sequence[Change],
    outcome_of: Callable[[tuple[Change, ...]], _Outcome | None],
    covers: Callable[[_Outcome, _Outcome], bool],
    at_most: int = 2,
) -> Iterator[tuple[tuple[Change, ...], _Outcome]]:
    """Yield the smallest sets of changes that gain something, each with what it gains.

    `outcome_of` returns what holds once the changes are made, None where that is not more than
    before; `covers` whether the first outcome is at least the second. A set is left out when a
    smaller one covers its outcome.
    """
    reached: list[_Outcome] = []
    for size in range(1, at_most + 1):
        found = [
            (chosen, outcome)
            for chosen in combinations(changes, size)
            if (outcome := outcome_of(chosen)) is not None
            and not any(covers(less, outcome) for less in reached)
        ]
        yield from found
        reached += [outcome for _, outcome in found]


def _review(world: World) -> Iterator[Change]:
    if not world.reviewed:
        # What nobody holds now, policy may hold once something else is changed.
        offices = list(world.holders)
        if not offices:
            owners = _owner_offices(
                world, (*(one.marking for one in _behind(world)), *world.message)
            )
            offices = [*(asset.office for asset in world.assets), *owners]
            if owners or not offices:
                offices += [source.office for source in _behind(world)]
        who = "; ".join(dict.fromkeys(_office(world, office) for office in offices))
        yield Change(ChangeKind.APPROVE_REVIEW, world.partner, who, "the review is approved")


def _agreements(world: World) -> Iterator[Change]:
    joined = world.registry.partners[world.partner].agreements
    for agreement in world.registry.agreements.values():
        about = agreement.id, agreement.authority
        if agreement.id not in joined:
            text = f"{world.partner} becomes a party of {agreement.id} ({agreement.title})"
            yield Change(ChangeKind.JOIN_AGREEMENT, *about, text)
        if not agreement.in_force(world.day):
            text = f"{agreement.id} ({agreement.title}) is brought into force"
            yield Change(ChangeKind.RENEW_AGREEMENT, *about, text)


def _licences(world: World) -> Iterator[Change]:
    for source in _behind(world):
        if source.kind is SourceKind.COMMERCIAL and world.partner not in source.licensees:
            text = f"{world.partner} is licensed for {source.id}"
            yield Change(ChangeKind.LICENCE, source.id, _office(world, source.office), text)


def _challenges(world: World) -> Iterator[Change]:
    partner, register = world.registry.partners[world.partner], world.registry.register
    marked = [
        (source.id, source.marking, _office(world, source.office)) for source in _behind(world)
    ]
    originators = [source.office for source in _behind(world)]
    for marking in world.message:
        asked = dict.fromkeys([*originators, *_owner_offices(world, (marking,))])
        marked.append((_MESSAGE, marking, "; ".join(_office(world, one) for one in asked)))
    offered: set[tuple[ChangeKind, str]] = set()
    for subject, marking, office in marked:
        for kind, wider in (
            (ChangeKind.CHALLENGE_AUDIENCE, _widened),
            (ChangeKind.CHALLENGE_LEVEL, _lowered),
            (ChangeKind.CHALLENGE_CONTROLS, _freed),
        ):
            try:
                changed = wider(marking, partner, register)
            except MarkingError:
                # The marking has no such form: whoever set it cannot be asked for it.
                continue
            if changed != marking and (kind, subject) not in offered:
                offered.add((kind, subject))
                text = f"{marking.banner} of {subject} is challenged, and becomes {changed.banner}"
                yield Change(kind, subject, office, text)


def _left_out(world: World) -> Iterator[Change]:
    desk = _office(world, world.registry.rules.default_office)
    if len(world.sources) > 1:
        for source in _behind(world):
            if not source.base:
                text = f"{source.id} is left out, and every value computed from what is left"
                yield Change(ChangeKind.LEAVE_OUT, source.id, desk, text)


def _facts_left_out(world: World) -> Iterator[Change]:
    desk = _office(world, world.registry.rules.default_office)
    for fact in world.facts:
        text = f"{fact} is left out of what the solution says"
        yield Change(ChangeKind.LEAVE_FACT_OUT, fact, desk, text)


def _standing(world: World) -> Iterator[Change]:
    partner = world.registry.partners[world.partner]
    desk = _office(world, world.registry.rules.default_office)
    # A coalition may have no more than each of its members: no registry with more is loaded.
    members = [one for one in world.registry.partners.values() if {*one.codes} < {*partner.codes}]
    if partner.detail is Detail.COARSE and not any(one.detail is Detail.COARSE for one in members):
        text = f"{partner.id} may have exact values (detail in its partner file)"
        yield Change(ChangeKind.RAISE_DETAIL, partner.id, desk, text)
    level = _level(world)
    if level > partner.clearance and all(one.clearance >= level for one in members):
        text = f"{partner.id} may hold {level.name} (clearance in its partner file)"
        yield Change(ChangeKind.RAISE_CLEARANCE, partner.id, desk, text)


def _applied(world: World, change: Change) -> World:
    registry = world.registry
    partner = registry.partners[world.partner]
    match change.kind:
        case ChangeKind.APPROVE_REVIEW:
            return replace(world, reviewed=True)
        case ChangeKind.JOIN_AGREEMENT:
            joined = tuple(sorted({*partner.agreements, change.subject}))
            return _with_partner(world, replace(partner, agreements=joined))
        case ChangeKind.RENEW_AGREEMENT:
            agreement = registry.agreements[change.subject]
            tomorrow = world.day + timedelta(days=1)
            renewed = replace(
                agreement,
                effective=min(agreement.effective, world.day),
                expires=max(agreement.expires, tomorrow),
                review=max(agreement.review, tomorrow),
            )
            known = MappingProxyType({**registry.agreements, renewed.id: renewed})
            return replace(world, registry=replace(registry, agreements=known))
        case ChangeKind.LICENCE:
            source = registry.sources[change.subject]
            licensed = tuple(sorted({*source.licensees, partner.id}))
            return _with_source(world, replace(source, licensees=licensed))
        case ChangeKind.CHALLENGE_AUDIENCE:
            return _challenged(world, change.subject, _widened)
        case ChangeKind.CHALLENGE_LEVEL:
            return _challenged(world, change.subject, _lowered)
        case ChangeKind.CHALLENGE_CONTROLS:
            return _challenged(world, change.subject, _freed)
        case ChangeKind.LEAVE_OUT:
            left = tuple(name for name in world.sources if name != change.subject)
            return replace(world, sources=left)
        case ChangeKind.LEAVE_FACT_OUT:
            said = tuple(name for name in world.facts if name != change.subject)
            return replace(world, facts=said)
        case ChangeKind.RAISE_DETAIL:
            return _with_partner(world, replace(partner, detail=Detail.EXACT))
        case ChangeKind.RAISE_CLEARANCE:
            level = max(partner.clearance, _level(world))
            return _with_partner(world, replace(partner, clearance=level))


def _challenged(
    world: World, subject: str, wider: Callable[[Marking, Partner, Register], Marking]
) -> World:
    partner, register = world.registry.partners[world.partner], world.registry.register
    if subject == _MESSAGE:
        markings = tuple(wider(marking, partner, register) for marking in world.message)
        return replace(world, message=markings)
    source = world.registry.sources[subject]
    return _with_source(world, replace(source, marking=wider(source.marking, partner, register)))


def _widened(marking: Marking, partner: Partner, register: Register) -> Marking:
    """Return a marking that names the partner's countries too, where it keeps them out."""
    codes = marking.releasable_to or ()
    if marking.is_unrestricted or register.atoms(codes).issuperset(partner.codes):
        return marking
    kept = (control for control in marking.dissemination if control != "NF")
    named = (*{US, *codes, *partner.codes},)
    return replace(marking, dissemination=(*kept, "REL"), releasable_to=named)


def _lowered(marking: Marking, partner: Partner, register: Register) -> Marking:
    """Return a marking at a level that the partner may hold."""
    return replace(marking, classification=min(marking.classification, partner.clearance))


def _freed(marking: Marking, partner: Partner, register: Register) -> Marking:
    """Return a marking without the controls that nobody but whoever set them can lift.

    What says to whom it goes stays, and so do compartments, and owners who have to consent.
    """
    return replace(
        marking,
        dissemination=tuple(one for one in marking.dissemination if one in _STAY),
        non_ic=(),
        cui_basic=(),
        cui_specified=(),
        cui=False,
    )


def _level(world: World) -> Classification:
    markings = (*(source.marking for source in _behind(world)), *world.message)
    return max(marking.classification for marking in markings)


def _behind(world: World) -> list[Source]:
    return [world.registry.sources[name] for name in world.sources]


def _with_partner(world: World, partner: Partner) -> World:
    known = MappingProxyType({**world.registry.partners, partner.id: partner})
    return replace(world, registry=replace(world.registry, partners=known))


def _with_source(world: World, source: Source) -> World:
    known = MappingProxyType({**world.registry.sources, source.id: source})
    return replace(world, registry=replace(world.registry, sources=known))


def _owner_offices(world: World, markings: Iterable[Marking]) -> list[str]:
    """Return the offices that stand for the foreign owners that markings name."""
    owners = sorted({owner for marking in markings for owner in foreign_owners(marking)})
    found = (world.registry.rules.office_of(owner) for owner in owners)
    return [office for office in found if office is not None]


def _office(world: World, office: str) -> str:
    return world.registry.offices[office].label
