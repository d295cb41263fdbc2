"""Enumerate the classes of partners and facts that policies can tell apart.

Cedar compares sets by containment, and by elements that a policy names. So elements that no policy
names, and that lie in the same sets of a partner and a fact, stand for one another: what decides
is which combinations of sets have an element at all, of sets that are compared with one another,
and of a set that is only asked whether it contains others what it has in common with those.
Numbers are compared with numbers, so their order decides. That leaves some hundred classes,
whatever the number of partners and sources.

Covered are: every partner on every day on which an agreement begins or lapses; every group of
facts; no source, each one, every two and all together (one of those that nothing tells apart); for
messages every level, released to nobody, to everybody, and to all but one country of each
coalition; every further control, on data of the most shared source, released to everybody, foreign
owners who can be asked (each that policies name, and one of the others), who cannot, and both; no
protected asset, each kind of them (by agreements and holders of equities), and every two. Of an
attribute that none of these vary (`unvaried`) nothing is shown but what holds as it stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any, Final

from sharing.markings import DISSEMINATION, NON_IC, US, Classification, Marking
from sharing.policy.engine import Engine
from sharing.policy.language import Language
from sharing.policy.vocabulary import Attributes, attributes_of
from sharing.registry import Asset, Partner, PartnerKind, Registry, Source

__all__ = [
    "GROUPS",
    "Case",
    "FactClass",
    "PartnerClass",
    "cases",
    "fact_classes",
    "partner_classes",
]

GROUPS: Final = (
    "identity",
    "timing",
    "geometry",
    "probability",
    "quality",
    "assessment",
    "provenance",
)
"""The groups of facts; a test holds them to `sharing.release.FACTS`."""

_Signature = tuple[object, ...]
_NOWHERE: Final[frozenset[str]] = frozenset()
_NOTHING: Final[frozenset[object]] = frozenset()
_FOREIGN: Final = "GBR"
"""Whoever is not US owns what only a foreign government can own."""
_NOBODY: Final = "NOBODY"
"""An owner that no office can stand for: no country, and no code of a register."""


@dataclass(frozen=True, slots=True)
class PartnerClass:
    """A partner on a day, with what policies may ask about it."""

    partner: Partner
    day: date
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FactClass:
    """A class of facts, with what policies may ask about it."""

    attributes: Attributes
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A partner and a fact, for all that decisions cannot tell from them."""

    who: PartnerClass
    what: FactClass
    key: tuple[object, ...]
    """The class, the same for every registry that makes it."""


def cases(
    whos: Iterable[PartnerClass], whats: Sequence[FactClass], language: Language
) -> Iterator[Case]:
    """Yield one case of each class that a language tells apart."""
    seen: set[_Signature] = set()
    families = language.families()
    sides = [(what, _side(what.asked, "fact", language, families)) for what in whats]
    for who in whos:
        mine = _side(who.asked, "partner", language, families)
        named = who.partner.id if who.partner.id in language.words else ""
        for what, other in sides:
            key = (
                named,
                mine.plain,
                other.plain,
                _ranks((*mine.numbers, *other.numbers), language),
                _signatures(mine, other, language.words),
            )
            if key not in seen:
                seen.add(key)
                yield Case(who, what, key)


def partner_classes(engine: Engine, registry: Registry) -> tuple[PartnerClass, ...]:
    """Return every partner on each day on which what may be asked about it changes.

    Earlier days stand first: then more permits count, and no fewer things are allowed.
    """
    boundaries = sorted(
        {
            day
            for one in registry.agreements.values()
            for day in (one.effective, one.expires, one.review)
        }
    ) or [date.min]
    found: dict[tuple[str, str], PartnerClass] = {}
    for day in boundaries:
        for partner in registry.partners.values():
            asked = engine.principal(partner, day)
            found.setdefault((partner.id, repr(asked)), PartnerClass(partner, day, asked))
    return tuple(found.values())


def fact_classes(engine: Engine, registry: Registry) -> tuple[FactClass, ...]:
    """Return a fact of every class that the sources and assets of a registry can make."""
    language = engine.language
    named = [group for group in GROUPS if group in language.words or language.has_patterns]
    groups = [*named, *[group for group in GROUPS if group not in named][:1]]
    found: dict[Attributes, None] = {}
    widest = max(registry.sources.values(), key=lambda one: _parties(one, registry), default=None)
    for sources in _source_sets(registry, language.words):
        for assets in _asset_sets(registry):
            # A further control closes whatever else stands: one source is enough to see that.
            alone = widest is not None and sources == (widest.id,) and not assets
            further = _controlled(registry, language.words) if alone else ()
            for marking in (*_markings(registry), *further):
                made, _ = attributes_of(groups[0], marking, sources, assets, registry)
                found[made] = None
    return tuple(
        FactClass(one, asdict(one))
        for made in found
        for one in (replace(made, group=group) for group in groups)
    )


def unvaried(whats: Sequence[FactClass], language: Language) -> frozenset[str]:
    """Return the attributes of facts that policies ask about, and that no class here varies."""
    return frozenset(
        name
        for name in (whats[0].asked if whats else ())
        if name in language.attributes and len({what.asked[name] for what in whats}) == 1
    )


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sets of a partner or a fact that are compared with one another."""

    counted: frozenset[str]
    """The elements of which it matters that they are there."""
    lies_in: Mapping[str, frozenset[str]]
    """The sets that each element lies in."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What may be asked about a partner or a fact, sorted by how policies can compare it."""

    plain: _Signature
    numbers: tuple[int, ...]
    families: tuple[_Sets, ...]


def _side(
    asked: Mapping[str, Any], of: str, language: Language, families: Iterable[frozenset[str]]
) -> _Side:
    plain: list[object] = []
    numbers: list[int] = []
    sets: dict[str, Iterable[str]] = {}
    for name, value in asked.items():
        if name not in language.attributes:
            continue
        if isinstance(value, frozenset | list):
            sets[name] = value
        elif type(value) is int:
            numbers.append(value)
        else:
            plain.append(value)
    lying = (
        _sets({name: sets[name] for name in family & sets.keys()}, of, language)
        for family in families
    )
    return _Side(tuple(plain), tuple(numbers), tuple(lying))


def _sets(sets: Mapping[str, Iterable[str]], of: str, language: Language) -> _Sets:
    counted: set[str] = set()
    lies_in: dict[str, frozenset[str]] = {}
    for name, value in sets.items():
        if name not in language.enclosing:
            counted.update(value)
        for element in value:
            lies_in[element] = lies_in.get(element, _NOWHERE) | {f"{of}.{name}"}
    return _Sets(frozenset(counted), lies_in)


def _ranks(numbers: tuple[int, ...], language: Language) -> tuple[int, ...]:
    """Return the order of numbers among themselves and those that policies name."""
    if language.has_arithmetic:
        return numbers
    places = {number: place for place, number in enumerate(sorted({*numbers, *language.numbers}))}
    return tuple(places[number] for number in (*numbers, *sorted(language.numbers)))


def _signatures(one: _Side, other: _Side, words: frozenset[str]) -> _Signature:
    """Return, by family, which combinations of sets have an element; one that is named counts."""
    return tuple(
        _combinations(*both, words) for both in zip(one.families, other.families, strict=True)
    )


def _combinations(one: _Sets, other: _Sets, words: frozenset[str]) -> frozenset[object]:
    lies, also = one.lies_in, other.lies_in
    if not (lies or also):
        return _NOTHING
    counted = one.counted | other.counted
    if words:
        counted |= words & (lies.keys() | also.keys())
    return frozenset(
        (element if element in words else "", lies.get(element, _NOWHERE), also.get(element))
        for element in counted
    )


def _source_sets(registry: Registry, words: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Yield none, each source, every two and all together, of sources that can be told apart."""
    found: dict[object, str] = {}
    for source in registry.sources.values():
        shared = frozenset(
            one.id for one in registry.agreements.values() if source.id in one.sources
        )
        told = (source.kind, source.marking, source.licensees, source.passing_on, shared)
        found.setdefault((told, source.id if source.id in words else ""), source.id)
    names = tuple(found.values())
    yield ()
    yield from ((name,) for name in names)
    yield from combinations(names, 2)
    if len(names) > 2:
        yield names


def _parties(source: Source, registry: Registry) -> int:
    """Return how many agreements share a source, and licences let it go."""
    shared = sum(source.id in one.sources for one in registry.agreements.values())
    return shared + len(source.licensees)


def _asset_sets(registry: Registry) -> Iterator[tuple[Asset, ...]]:
    kinds = {
        (asset.exact_under, frozenset(equity.nation for equity in asset.equities)): asset
        for asset in registry.assets.values()
    }
    yield ()
    yield from ((asset,) for asset in kinds.values())
    yield from combinations(kinds.values(), 2)


def _markings(registry: Registry) -> Iterator[Marking]:
    everybody = {code for partner in registry.partners.values() for code in partner.codes}
    lists = [everybody]
    lists += [
        everybody - {partner.codes[0]}
        for partner in registry.partners.values()
        if partner.kind is PartnerKind.COALITION
    ]
    yield Marking(Classification.U)
    for level in Classification:
        owners = (_FOREIGN,) if level is Classification.R else (US,)
        yield Marking(level, ("NF",), owners=owners)
        for codes in lists:
            if codes:
                yield Marking(level, ("REL",), (US, *sorted(codes)), owners=owners)


def _controlled(registry: Registry, words: frozenset[str]) -> Iterator[Marking]:
    """Yield each further control on what its marking releases to everybody."""
    everybody = tuple(
        sorted({code for partner in registry.partners.values() for code in partner.codes})
    )
    if not everybody:
        return
    released = Marking(Classification.S, ("REL",), (US, *everybody))
    for token in DISSEMINATION:
        if token not in ("REL", "NF"):
            yield replace(released, dissemination=("REL", token))
    yield replace(
        released, dissemination=("DISPLAYONLY",), releasable_to=None, display_only_to=everybody
    )
    yield replace(released, dissemination=("RELIDO",), releasable_to=None)
    # SCI is NATO's controls, too, and FGI what a roll-up makes of every foreign owner and source.
    yield replace(released, sci=("SI",))
    askable = [one.owner for one in registry.rules.owner_offices]
    told = [owner for owner in askable if owner in words]
    told += [owner for owner in askable if owner not in words][:1]
    for owners in (*((owner,) for owner in told), (_NOBODY,), told, (*told, _NOBODY)):
        if owners:
            yield replace(released, fgi_open=tuple(owners))
    yield replace(released, fgi_protected=True)
    yield from (replace(released, non_ic=(token,)) for token in NON_IC)
    yield replace(released, classification=Classification.U, cui_basic=("PRVCY",))
    yield replace(released, second_line=("SSS",))
