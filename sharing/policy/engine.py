"""Ask Cedar, and believe it only when nothing went wrong.

Cedar skips a policy that errors, so a decision counts as allowed when it says Allow and
reports no error, and an engine exists only when every policy validates against the schema.
A permit past its review day no longer counts; a forbid always does.
"""

import json
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from sharing.errors import PolicyError
from sharing.markings import Classification, Marking
from sharing.policy.language import language_of
from sharing.policy.vocabulary import Action, Attributes, Context, attributes_of, principal_of
from sharing.registry import ContactRules, Partner, Registry

__all__ = ["Approver", "Decision", "Engine", "Policy", "read_engine"]

_ANNOTATIONS = ("id", "title", "authority", "review")
_APPROVER = "approver"


class Approver(StrEnum):
    """Whose approval lifts the review that a policy holds something for (`@approver`)."""

    ORIGINATOR = "originator"
    """The offices of the closed sources."""
    ASSET = "asset"
    """The offices of the protected objects."""
    OWNER = "owner"
    """The offices that stand for each foreign owner, and those of the closed sources: rolled up,
    what is JOINT cannot be told from what the USA alone owns."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, as its annotations present it."""

    id: str
    title: str
    authority: str
    review: date
    is_permit: bool
    asks: frozenset[str]
    """The attributes that it asks about."""
    approver: Approver


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with the policies that made it. Empty policies on a denial: no permit applied."""

    allowed: bool
    policies: tuple[str, ...]
    errors: tuple[str, ...]


class Engine:
    """Decides what partners may do with classes of facts, and remembers each answer."""

    def __init__(self, schema: str, policies: str, registry: Registry) -> None:
        """Take the texts of a schema and of policies, and the registry they speak about.

        Raises PolicyError when they do not parse or validate, an annotation is missing, or the
        schema is not of this version.
        """
        _validate(schema, policies)
        self._schema = cedarpy.Schema.from_str(schema)
        self._policy_set = cedarpy.PolicySet.from_str(policies)
        self.texts = (schema, policies)
        """Schema and policies as they were read."""
        self._by_number = _annotated(policies)
        self._begin(registry)
        self.policies = {policy.id: policy for policy in self._by_number.values()}
        """Policies by their @id."""
        self.language = language_of(json.loads(cedarpy.policies_to_json_str(policies)))
        """What the policies can tell apart."""
        self._require_schema()

    def _require_schema(self) -> None:
        """Refuse a schema that does not declare partners and facts as they are."""
        fact, _ = attributes_of("identity", Marking(Classification.U), (), (), self._registry)
        for partner in tuple(self._registry.partners.values())[:1]:
            try:
                self._known(replace(partner, agreements=()), fact, date.min)
            except ValueError:
                raise PolicyError(
                    "config/policy/schema.cedarschema declares partners or facts otherwise than "
                    "this version asks: `tearline init` writes the one that it needs"
                ) from None

    def _begin(self, registry: Registry) -> None:
        self._registry = registry
        self._decisions: dict[tuple[Partner, Attributes, Action, Context], Decision] = {}
        self._principals: dict[tuple[Partner, date], dict[str, Any]] = {}
        self._entities: tuple[tuple[Partner, Attributes, date], Any] | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over schema, policies and registry: the epoch of every decision made here.

        How an office is reached decides nothing: to correct that must not stop the feeds.
        """
        deciding = replace(self._registry, offices={}, contacts=ContactRules())
        return sha256(repr((*self.texts, deciding)).encode()).hexdigest()

    @property
    def n_decisions(self) -> int:
        """How many questions Cedar has answered."""
        return len(self._decisions)

    def supposing(self, registry: Registry) -> "Engine":
        """Return an engine of the same policies over another registry, to explain by."""
        other = copy(self)
        other.__dict__.pop("digest", None)
        other._begin(registry)
        return other

    def decide(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        """Return whether a partner may do this with facts of this class, and why."""
        known = self._decisions.get((partner, attributes, action, context))
        return known or self.decide_all(partner, attributes, [(action, context)])[0]

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        """Return the answers to several questions about one partner and class, asked at once."""
        fresh: dict[date, list[tuple[Action, Context]]] = {}
        for action, context in asked:
            if (partner, attributes, action, context) not in self._decisions:
                fresh.setdefault(context.day, []).append((action, context))
        for questions in fresh.values():
            answers = self._ask(partner, attributes, questions)
            for (action, context), answer in zip(questions, answers, strict=True):
                self._decisions[partner, attributes, action, context] = answer
        return tuple(self._decisions[partner, attributes, *question] for question in asked)

    def principal(self, partner: Partner, day: date) -> dict[str, Any]:
        """Return what policies may ask about a partner on a day, sets as sorted lists."""
        key = (partner, day)
        if key not in self._principals:
            self._principals[key] = principal_of(partner, self._registry, day)
        return self._principals[key]

    def _ask(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> Iterator[Decision]:
        """Yield the answers to questions of one day."""
        if self._registry.partners.get(partner.id) != partner:
            unknown = Decision(False, (), (f"partner {partner.id!r} is not in the registry",))
            yield from (unknown for _ in asked)
            return
        requests = [
            {
                "principal": {"type": "Partner", "id": partner.id},
                "action": {"type": "Action", "id": str(action)},
                "resource": {"type": "Fact", "id": attributes.group},
                "context": {"band": str(context.band)},
            }
            for action, context in asked
        ]
        day = asked[0][1].day
        entities = self._known(partner, attributes, day)
        answers = cedarpy.is_authorized_batch(requests, self._policy_set, entities, self._schema)
        yield from (self._believed(answer, day) for answer in answers)

    def _believed(self, answer: Any, day: date) -> Decision:
        because = [self._by_number[number] for number in answer.diagnostics.reasons]
        errors = [str(error) for error in answer.diagnostics.errors]
        if answer.decision is cedarpy.Decision.Allow:
            lapsed = [policy for policy in because if policy.review <= day]
            errors += (
                [f"permit {policy.id} lapsed on {policy.review}: review it" for policy in lapsed]
                if len(lapsed) == len(because)
                else []
            )
        return Decision(
            allowed=answer.decision is cedarpy.Decision.Allow and not errors,
            policies=tuple(sorted(policy.id for policy in because)),
            errors=tuple(errors),
        )

    def _known(self, partner: Partner, attributes: Attributes, day: date) -> Any:
        """Return the entities of a decision, parsed once for all actions and bands."""
        key = (partner, attributes, day)
        if self._entities is None or self._entities[0] != key:
            entities = [
                {
                    "uid": {"type": "Partner", "id": partner.id},
                    "attrs": self.principal(partner, day),
                    "parents": [],
                },
                {
                    "uid": {"type": "Fact", "id": attributes.group},
                    "attrs": _plain(attributes),
                    "parents": [],
                },
            ]
            parsed = cedarpy.Entities.from_json_str(json.dumps(entities), self._schema)
            self._entities = key, parsed
        return self._entities[1]


def read_engine(config: Path, registry: Registry) -> Engine:
    """Return the engine over the schema and the policies in config/policy, invariants unchecked.

    Raises PolicyError when a file cannot be read, parsed or validated.
    """
    folder = config / "policy"
    try:
        schema = (folder / "schema.cedarschema").read_text(encoding="utf-8")
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cedar"))]
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{folder}: cannot read the policies: {error}") from None
    return Engine(schema, "\n".join(texts), registry)


def _validate(schema: str, policies: str) -> None:
    result = cedarpy.validate_policies(policies, schema)
    if not result.validation_passed:
        named = result.id_annotations_by_policy_id
        first = result.errors[0] if result.errors else None
        name = named.get(first.policy_id, first.policy_id) if first else ""
        text = " ".join(str(first.error if first else "no reason given").split())
        raise PolicyError(f"config/policy: {name or 'the text'} does not validate: {text}")


def _annotated(policies: str) -> dict[str, Policy]:
    """Return policies by the number that Cedar gives them in its reasons."""
    document = json.loads(cedarpy.policies_to_json_str(policies))
    if document.get("templates"):
        raise PolicyError("config/policy: templates are not used here: write the policy out")
    by_number: dict[str, Policy] = {}
    for number, body in document["staticPolicies"].items():
        given = body.get("annotations", {})
        for name in _ANNOTATIONS:
            if not given.get(name):
                which = given.get("id") or number
                raise PolicyError(f"config/policy: {which} has no @{name}: annotate it")
        if strange := sorted(given.keys() - {*_ANNOTATIONS, _APPROVER}):
            text = f"@{strange[0]} is none: write @{', @'.join((*_ANNOTATIONS, _APPROVER))}"
            raise PolicyError(f"config/policy: {given['id']}: {text}")
        if given["id"] in {policy.id for policy in by_number.values()}:
            raise PolicyError(f"config/policy: @id({given['id']!r}) stands twice: rename one")
        by_number[number] = Policy(
            given["id"],
            given["title"],
            given["authority"],
            _review_day(given),
            body["effect"] == "permit",
            language_of(body).attributes,
            _approver(given),
        )
    return by_number


def _approver(annotations: dict[str, str]) -> Approver:
    try:
        return Approver(annotations.get(_APPROVER, Approver.ORIGINATOR))
    except ValueError:
        raise PolicyError(
            f"config/policy: {annotations['id']}: @approver({annotations[_APPROVER]!r}) is none: "
            f"write {', '.join(Approver)}"
        ) from None


def _review_day(annotations: dict[str, str]) -> date:
    try:
        return date.fromisoformat(annotations["review"])
    except ValueError:
        raise PolicyError(
            f"config/policy: {annotations['id']}: @review({annotations['review']!r}) is no date: "
            "write 2030-06-30"
        ) from None


def _plain(attributes: Attributes) -> dict[str, Any]:
    values = ((field.name, getattr(attributes, field.name)) for field in fields(attributes))
    return {
        name: sorted(value) if isinstance(value, frozenset) else value for name, value in values
    }
