"""Prove by enumeration what must hold whatever the policies say.

An invariant is data: wherever one of its actions is allowed and all of `when` hold, all of
`only_if` must hold. The policies themselves are asked, over every class of partners and facts
of `sharing.policy.classes`, so that a mistake in a policy is found before it releases anything.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.errors import ConfigError
from sharing.errors import PolicyError
from sharing.policy.classes import (
    Case,
    FactClass,
    PartnerClass,
    cases,
    fact_classes,
    partner_classes,
)
from sharing.policy.engine import Engine
from sharing.policy.language import Language
from sharing.policy.vocabulary import Action, Attributes, Band, Context
from sharing.registry import Partner, Registry

__all__ = [
    "FILE",
    "Condition",
    "Invariant",
    "Violation",
    "broken",
    "idle",
    "read_invariants",
    "violations",
]

FILE: Final = "invariants.toml"

_HELD: dict[object, set[object]] = {}
"""Classes that violate nothing, each with how many permits had lapsed, by policies and invariants.

So a changed registry costs only the classes that it adds.
"""

_Value = bool | int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One relation: of an attribute to a value, or to another attribute by name."""

    of: str
    relation: str
    value: _Value


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold wherever something is allowed."""

    id: str
    title: str
    actions: tuple[Action, ...]
    when: tuple[Condition, ...]
    only_if: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """A class in which something is allowed that an invariant rules out."""

    invariant: Invariant
    case: Case
    action: Action
    band: Band
    policies: tuple[str, ...]
    """The policies that allow it."""

    def __str__(self) -> str:
        """Say in a line who could get what, and by which policies."""
        attributes = self.case.what.attributes
        return (
            f"{self.invariant.id} ({self.invariant.title}): {self.case.who.partner.id} could "
            f"{self.action} {attributes.group} of level {attributes.level} from "
            f"{', '.join(sorted(attributes.sources))} {self.band} by {', '.join(self.policies)}"
        )


_Names = Annotated[tuple[str, ...], Field(strict=False)]


class _ConditionTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    of: str
    equals: bool | int | str | None = None
    differs: bool | int | str | None = None
    among: _Names | None = None
    at_least: int | str | None = None
    at_most: int | str | None = None
    within: str | _Names | None = None
    without: str | _Names | None = None
    has: str | None = None
    empty: bool | None = None


class _InvariantTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    actions: tuple[Action, ...] = Field(min_length=1)
    when: tuple[_ConditionTable, ...]
    only_if: tuple[_ConditionTable, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    invariant: tuple[_InvariantTable, ...]


def read_invariants(config: Path) -> tuple[Invariant, ...]:
    """Return the invariants of a configuration directory.

    Raises PolicyError that names the file and what is wrong in it; a missing file is wrong too.
    """
    path = config / "policy" / FILE
    try:
        file = read_toml(path, _File)
    except ConfigError as error:
        raise PolicyError(str(error)) from None
    ids = [one.id for one in file.invariant]
    if twice := {id for id in ids if ids.count(id) > 1}:
        raise PolicyError(f"{path}: id {min(twice)!r} stands twice: rename one")
    return tuple(
        Invariant(
            one.id,
            one.title,
            one.actions,
            tuple(_condition(path, one.id, condition) for condition in one.when),
            tuple(_condition(path, one.id, condition) for condition in one.only_if),
        )
        for one in file.invariant
    )


def violations(
    engine: Engine, registry: Registry, invariants: Sequence[Invariant]
) -> Iterator[Violation]:
    """Yield, of each invariant, the first class found that violates it.

    Raises PolicyError for an attribute that the schema lacks.
    """
    language = engine.language
    for invariant in invariants:
        language |= _language(invariant)
    distinct = tuple(
        cases(partner_classes(engine, registry), fact_classes(engine, registry), language)
    )
    left = list(invariants)
    bands = _bands(language)
    reviews = [policy.review for policy in engine.policies.values() if policy.is_permit]
    held = _HELD.setdefault((engine.texts, tuple(invariants)), set())
    for case in distinct:
        key = case.key, sum(review <= case.who.day for review in reviews)
        if key in held:
            continue
        found = _violations(engine, left, case, bands)
        if not found and len(left) == len(invariants):
            held.add(key)
        for violation in found:
            if violation.invariant in left:
                left.remove(violation.invariant)
                yield violation


def broken(
    engine: Engine,
    partner: Partner,
    classes: Iterable[Attributes],
    day: date,
    invariants: Sequence[Invariant],
) -> tuple[Invariant, ...]:
    """Return the invariants that what a partner may do with these classes violates on a day."""
    who = PartnerClass(partner, day, engine.principal(partner, day))
    found = {
        one.invariant.id
        for attributes in classes
        for one in _violations(
            engine, invariants, Case(who, FactClass(attributes, asdict(attributes)), ()), Band
        )
    }
    return tuple(one for one in invariants if one.id in found)


def idle(
    engine: Engine, registry: Registry, invariants: Sequence[Invariant]
) -> tuple[Invariant, ...]:
    """Return the invariants that no class comes under: what they forbid is never looked for."""
    language = engine.language
    for invariant in invariants:
        language |= _language(invariant)
    left = list(invariants)
    for case in cases(partner_classes(engine, registry), fact_classes(engine, registry), language):
        left = [one for one in left if not any(_applies(one, case, band) for band in Band)]
        if not left:
            break
    return tuple(left)


def _bands(language: Language) -> tuple[Band, ...]:
    """Return the bands that are named, and one for all others: nothing tells these apart."""
    if language.has_patterns:
        return tuple(Band)
    named = [band for band in Band if band.value in language.words]
    return (*named, *[band for band in Band if band not in named][:1])


def _violations(
    engine: Engine, invariants: Sequence[Invariant], case: Case, bands: Iterable[Band]
) -> list[Violation]:
    # Where an invariant holds whatever is decided, nothing need be decided.
    ruled_out = [
        (invariant, action, band)
        for invariant in invariants
        for band in bands
        if _rules_out(invariant, case, band)
        for action in invariant.actions
    ]
    asked = list(
        dict.fromkeys((action, Context(band, case.who.day)) for _, action, band in ruled_out)
    )
    answers = engine.decide_all(case.who.partner, case.what.attributes, asked)
    decided = dict(zip(asked, answers, strict=True))
    return [
        Violation(invariant, case, action, band, decision.policies)
        for invariant, action, band in ruled_out
        if (decision := decided[action, Context(band, case.who.day)]).allowed
    ]


def _rules_out(invariant: Invariant, case: Case, band: Band) -> bool:
    return _applies(invariant, case, band) and not all(
        _holds(condition, case, band, invariant) for condition in invariant.only_if
    )


def _applies(invariant: Invariant, case: Case, band: Band) -> bool:
    return all(_holds(condition, case, band, invariant) for condition in invariant.when)


def _holds(condition: Condition, case: Case, band: Band, invariant: Invariant) -> bool:
    left = _look_up(condition.of, case, band, invariant)
    right: Any = condition.value
    if isinstance(right, str) and right.split(".")[0] in ("fact", "partner"):
        right = _look_up(right, case, band, invariant)
    try:
        return _RELATIONS[condition.relation](left, right)
    except TypeError:
        raise PolicyError(
            f"config/policy/{FILE}: {invariant.id}: {condition.of} {condition.relation} "
            f"{condition.value}: these cannot be compared"
        ) from None


def _look_up(name: str, case: Case, band: Band, invariant: Invariant) -> Any:
    if name == "band":
        return band.value
    if name == "partner.id":
        return case.who.partner.id
    side, _, attribute = name.partition(".")
    asked: Mapping[str, Any] = {"partner": case.who.asked, "fact": case.what.asked}.get(side, {})
    if attribute not in asked:
        raise PolicyError(
            f"config/policy/{FILE}: {invariant.id}: {name!r} is no attribute of the schema: "
            "write fact.NAME, partner.NAME, partner.id or band"
        )
    return asked[attribute]


_RELATIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equals": lambda left, right: bool(left == right),
    "differs": lambda left, right: bool(left != right),
    "among": lambda left, right: left in right,
    "at_least": lambda left, right: bool(left >= right),
    "at_most": lambda left, right: bool(left <= right),
    "within": lambda left, right: set(left) <= set(right),
    "without": lambda left, right: set(left).isdisjoint(right),
    "has": lambda left, right: right in left,
    "empty": lambda left, right: (not left) == right,
}


def _condition(path: Path, invariant: str, table: _ConditionTable) -> Condition:
    given = {
        name: value
        for name, value in table.model_dump().items()
        if name in _RELATIONS and value is not None
    }
    if len(given) != 1:
        raise PolicyError(
            f"{path}: {invariant}: {table.of}: give one relation of {', '.join(_RELATIONS)}"
        )
    ((relation, value),) = given.items()
    return Condition(table.of, relation, value)


def _language(invariant: Invariant) -> Language:
    conditions = (*invariant.when, *invariant.only_if)
    # A set that others lie within is asked for nothing but their elements.
    enclosing = {_name(str(one.value)) for one in conditions if one.relation == "within"}
    counted = {_name(one.of) for one in conditions}
    counted |= {
        _name(word) for one in conditions if one.relation != "within" for word in _words(one.value)
    }
    return Language(
        words=frozenset(word for one in conditions for word in _words(one.value)),
        numbers=frozenset(one.value for one in conditions if type(one.value) is int),
        attributes=frozenset(enclosing | counted),
        enclosing=frozenset(enclosing - counted),
        linked=frozenset(
            frozenset({_name(one.of), *map(_name, _words(one.value))}) for one in conditions
        ),
    )


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _words(value: _Value) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()
