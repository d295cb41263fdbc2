"""Find what is wrong, or soon will be, with policies, agreements and invariants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from sharing.markings import US, Marking
from sharing.policy.classes import cases, fact_classes, partner_classes, unvaried
from sharing.policy.engine import Engine
from sharing.policy.invariants import Invariant, idle, violations
from sharing.policy.vocabulary import Action, Band, Context
from sharing.registry import Agreement, Registry

__all__ = ["Finding", "check"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `is_wrong` tells what must be corrected from what should be looked at."""

    kind: str
    subject: str
    text: str
    is_wrong: bool


def check(
    engine: Engine,
    registry: Registry,
    invariants: Sequence[Invariant],
    day: date,
    soon: timedelta,
) -> tuple[Finding, ...]:
    """Return everything found on a day, what is wrong first."""
    found = (
        *_violated(engine, registry, invariants),
        *_idle(engine, registry, invariants),
        *_silent_policies(engine, registry),
        *_contradictions(registry, day),
        *_reviews(engine, day, soon),
        *_agreements(registry, day, soon),
        *_partners(registry, day),
        *_strangers(registry),
        *_register(registry, day),
    )
    return tuple(sorted(found, key=lambda finding: not finding.is_wrong))


def _violated(
    engine: Engine, registry: Registry, invariants: Sequence[Invariant]
) -> Iterator[Finding]:
    for one in violations(engine, registry, invariants):
        yield Finding("invariant", one.invariant.id, str(one), True)


def _idle(engine: Engine, registry: Registry, invariants: Sequence[Invariant]) -> Iterator[Finding]:
    for one in idle(engine, registry, invariants):
        text = f"invariant {one.id} ({one.title}): nothing comes under its `when`: correct it"
        yield Finding("idle-invariant", one.id, text, False)


def _silent_policies(engine: Engine, registry: Registry) -> Iterator[Finding]:
    """Yield the policies that decide nothing in any class, always overridden permits among them."""
    silent = set(engine.policies)
    whats = fact_classes(engine, registry)
    constant = unvaried(whats, engine.language)
    for name in sorted(constant):
        text = f"fact.{name} has one value in every class that was tried: nothing about it is shown"
        yield Finding("unvaried", name, text, False)
    for case in cases(partner_classes(engine, registry), whats, engine.language):
        if not silent:
            return
        asked = [(action, Context(band, case.who.day)) for action in Action for band in Band]
        for decision in engine.decide_all(case.who.partner, case.what.attributes, asked):
            silent.difference_update(decision.policies)
    for id in sorted(silent):
        policy = engine.policies[id]
        text = f"{id} ({policy.title}) never decides anything: correct or remove it"
        yield Finding("never-fires", id, text, constant.isdisjoint(policy.asks))


def _contradictions(registry: Registry, day: date) -> Iterator[Finding]:
    """Yield agreements in force that share one source with one partner in different detail.

    Where the partner is a party of both that is wrong; where one reaches it through a coalition
    it may be meant, and the finer one counts.
    """
    found: dict[tuple[Agreement, Agreement, bool], list[str]] = {}
    for partner in registry.partners.values():
        joined = [registry.agreements[name] for name in partner.agreements]
        for one, other in combinations((one for one in joined if one.in_force(day)), 2):
            if one.detail is not other.detail and {*one.sources} & {*other.sources}:
                direct = partner.id in one.parties and partner.id in other.parties
                found.setdefault((one, other, direct), []).append(partner.id)
    for (one, other, direct), partners in found.items():
        yield Finding(
            "contradiction",
            f"{one.id} {other.id}",
            f"{one.id} shares {', '.join(sorted({*one.sources} & {*other.sources}))} with "
            f"{', '.join(partners)} in {one.detail} values, {other.id} in {other.detail} ones: "
            + ("take them out of one" if direct else "the finer counts"),
            direct,
        )


def _reviews(engine: Engine, day: date, soon: timedelta) -> Iterator[Finding]:
    for policy in engine.policies.values():
        what = "permit" if policy.is_permit else "forbid"
        if policy.review <= day:
            effect = "it opens nothing any more" if policy.is_permit else "it still closes"
            text = f"{what} {policy.id} lapsed on {policy.review}, {effect}: {policy.authority}"
            yield Finding("review", policy.id, text, policy.is_permit)
        elif policy.review <= day + soon:
            text = f"{what} {policy.id} is due for review by {policy.review}: {policy.authority}"
            yield Finding("review", policy.id, text, False)


def _agreements(registry: Registry, day: date, soon: timedelta) -> Iterator[Finding]:
    for one in registry.agreements.values():
        ends = min(one.expires, one.review)
        if day < one.effective:
            text = f"{one.id} begins on {one.effective}"
        elif ends <= day:
            text = f"{one.id} counts no more since {ends}: {one.authority}"
        elif ends <= day + soon:
            text = f"{one.id} counts until {ends}: {one.authority}"
        else:
            continue
        yield Finding("agreement", one.id, text, False)


def _partners(registry: Registry, day: date) -> Iterator[Finding]:
    for partner in registry.partners.values():
        if not any(registry.agreements[name].in_force(day) for name in partner.agreements):
            text = f"{partner.id} is party of no agreement in force: it gets open data alone"
            yield Finding("no-agreement", partner.id, text, False)


def _strangers(registry: Registry) -> Iterator[Finding]:
    """Yield countries that are named and that neither a partner nor a code of the register has."""
    register = registry.register
    known = register.atoms(register.members) | {US}
    known = known.union(*(partner.codes for partner in registry.partners.values()))
    named = [
        *(
            (f"source {source.id}", register.atoms(_named(source.marking)))
            for source in registry.sources.values()
        ),
        *(
            (f"asset {asset.id}", register.atoms(one.nation for one in asset.equities))
            for asset in registry.assets.values()
        ),
        ("release.toml", register.atoms(one.owner for one in registry.rules.owner_offices)),
    ]
    for bearer, codes in named:
        for code in sorted(code for code in codes - known if not register.knows(code)):
            text = f"{bearer} names {code}, which no partner and no code of the register has"
            yield Finding("stranger", f"{bearer} {code}", text, False)


def _named(marking: Marking) -> Iterator[str]:
    for codes in (marking.releasable_to, marking.display_only_to, marking.owners, marking.fgi_open):
        yield from codes or ()


def _register(registry: Registry, day: date) -> Iterator[Finding]:
    edition = registry.register.edition
    if day < edition:
        text = f"the newest edition of the register holds from {edition} on: nothing is published"
        yield Finding("register", edition.isoformat(), text, True)
