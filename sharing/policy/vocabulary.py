"""The words that policies speak: actions, bands of time to TCA, and classes of attributes.

A decision depends on these and on nothing else, so facts that share a class share a decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sharing.errors import PolicyError
from sharing.markings import (
    CONCEALED,
    DISCLOSURE,
    US,
    Classification,
    Marking,
    Register,
    roll_up,
    violations,
)
from sharing.registry import Asset, Detail, Partner, Registry, ReleaseRules, SourceKind

__all__ = [
    "BAND_STARTS",
    "Action",
    "Attributes",
    "Band",
    "Context",
    "attributes_of",
    "band_at",
    "foreign_owners",
    "whole_of",
]


ILLEGAL: Final = "ILLEGAL"
"""Among the controls of a marking that breaks a rule of ISM, and so means nothing for certain."""
UNASKED: Final = "UNASKED"
"""Among those of foreign information of which an owner cannot be asked to consent."""


class Action(StrEnum):
    """What a partner may do with a fact."""

    SEE = "see"
    SEE_COARSE = "see_coarse"
    KNOW_EXISTS = "know_exists"
    RELEASE_UNREVIEWED = "release_unreviewed"


class Band(StrEnum):
    """Time left to the closest approach, the only form in which time enters a policy."""

    OVER_72H = "over-72h"
    FROM_72H = "72h-24h"
    UNDER_24H = "under-24h"
    PAST = "past"


BAND_STARTS = (
    (timedelta(hours=-72), Band.FROM_72H),
    (timedelta(hours=-24), Band.UNDER_24H),
    (timedelta(0), Band.PAST),
)
"""When each band begins, relative to TCA; before the first it is `Band.OVER_72H`."""


def band_at(now: datetime, tca: datetime) -> Band:
    """Return the band that a moment lies in."""
    band = Band.OVER_72H
    for start, later in BAND_STARTS:
        if now - tca >= start:
            band = later
    return band


@dataclass(frozen=True, slots=True)
class Context:
    """Circumstances of a decision. The day tells which agreements and reviews have lapsed."""

    band: Band
    day: date


@dataclass(frozen=True, slots=True)
class Attributes:
    """The class of a fact: what policies may ask about it. Named as in the schema."""

    group: str
    level: int
    unrestricted: bool
    audience: frozenset[str]
    shown: frozenset[str]
    controls: frozenset[str]
    owners: frozenset[str]
    sources: frozenset[str]
    closed: frozenset[str]
    open: bool
    licensed: frozenset[str]
    passing_on: bool
    protected: bool
    exact_under: frozenset[str]
    equities: frozenset[str]


def attributes_of(
    group: str,
    marking: Marking,
    sources: Iterable[str],
    assets: Iterable[Asset],
    registry: Registry,
) -> tuple[Attributes, Marking]:
    """Return the class of a fact, and its marking at today's register.

    The marking of a source may have been raised since the fact was made, so both count.
    Raises PolicyError for a source that no file declares.
    """
    names = frozenset(sources)
    if unknown := names - registry.sources.keys():
        raise PolicyError(f"no file in config/sources declares {', '.join(sorted(unknown))}")
    behind = [registry.sources[name] for name in sorted(names)]
    effective = whole_of((marking, *(source.marking for source in behind)), registry.register)
    licensed = [source for source in behind if source.kind is SourceKind.COMMERCIAL]
    touched = tuple(assets)
    closed = {source.id for source in behind if not source.is_open}
    owners = foreign_owners(effective)
    is_open = bool(behind) and effective.is_unrestricted and not closed
    attributes = Attributes(
        group=group,
        level=int(effective.classification),
        unrestricted=effective.is_unrestricted,
        audience=registry.register.atoms(effective.releasable_to or (US,)),
        shown=registry.register.atoms(effective.display_only_to or ()),
        controls=_controls(effective, owners, registry.rules),
        owners=owners,
        sources=names,
        # A fact marked above its open sources must not look as if nothing needed an agreement.
        closed=frozenset(closed) if closed or is_open else names,
        open=is_open,
        licensed=frozenset(source.id for source in licensed),
        passing_on=bool(licensed) and all(source.passing_on for source in licensed),
        protected=bool(touched),
        exact_under=frozenset.intersection(*(frozenset(asset.exact_under) for asset in touched))
        if touched
        else frozenset(),
        equities=registry.register.atoms(
            equity.nation for asset in touched for equity in asset.equities
        )
        - {US},
    )
    return attributes, effective


def whole_of(markings: Iterable[Marking], register: Register) -> Marking:
    """Return the roll-up of markings, in which foreign information without a list closes the whole.

    Where it is unclassified, and has no caveat, the list of another would else let it go on.
    """
    return roll_up((_closed_if_foreign(one) for one in markings), register)


def _closed_if_foreign(marking: Marking) -> Marking:
    has_none = marking.classification is Classification.U and DISCLOSURE.isdisjoint(
        marking.dissemination
    )
    if not (has_none and foreign_owners(marking)):
        return marking
    return replace(marking, dissemination=(*marking.dissemination, "NF"))


def foreign_owners(marking: Marking) -> frozenset[str]:
    """Return the foreign owners and sources that a marking names; CONCEALED where it hides one."""
    concealed = {CONCEALED} if marking.fgi_protected else set[str]()
    return frozenset({*marking.owners, *marking.fgi_open, *concealed} - {US})


def _controls(marking: Marking, owners: Iterable[str], rules: ReleaseRules) -> frozenset[str]:
    """Return all that restricts beside level and REL TO.

    Also whether a rule of ISM is broken, or an owner cannot be asked.
    """
    illegal = {ILLEGAL} if violations(marking) else set[str]()
    unasked = {UNASKED} if any(rules.office_of(owner) is None for owner in owners) else set[str]()
    return marking.controls | illegal | unasked


def principal_of(partner: Partner, registry: Registry, day: date) -> dict[str, Any]:
    """Return what policies may ask about a partner on a day. Named as in the schema."""
    agreements = [
        agreement
        for name in partner.agreements
        if (agreement := registry.agreements[name]).in_force(day)
    ]
    shared = {source for agreement in agreements for source in agreement.sources}
    exact = {
        source
        for agreement in agreements
        if agreement.detail is Detail.EXACT and partner.detail is Detail.EXACT
        for source in agreement.sources
    }
    # A coalition stands for each of its members: it has agreed with whom all of them have.
    own = partner.codes if len(partner.codes) == 1 else ()
    parties = {party for agreement in agreements for party in agreement.parties}
    agreed = {*own, *(code for party in parties for code in registry.partners[party].codes)}
    licences = {source.id for source in registry.sources.values() if partner.id in source.licensees}
    return {
        "kind": str(partner.kind),
        "clearance": int(partner.clearance),
        "codes": sorted(partner.codes),
        "agreements": sorted(agreement.id for agreement in agreements),
        "exact_sources": sorted(exact),
        "coarse_sources": sorted(shared),
        "licences": sorted(licences),
        "agreed": sorted(agreed),
    }
