"""Ask Cedar, and believe it only when nothing went wrong.

Cedar skips a policy that errors, so a decision counts as allowed when it says Allow and
reports no error, and an engine exists only when every policy validates against the schema.
A permit past its review day no longer counts; a forbid always does.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from sharing.errors import PolicyError
from sharing.policy.vocabulary import Action, Attributes, Context, principal_of
from sharing.registry import Partner, Registry

__all__ = ["Decision", "Engine", "Policy", "load_engine"]

_ANNOTATIONS = ("id", "title", "authority", "review")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, as its annotations present it."""

    id: str
    title: str
    authority: str
    review: date
    is_permit: bool


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

        Raises PolicyError when they do not parse or validate, or an annotation is missing.
        """
        _validate(schema, policies)
        self._schema = cedarpy.Schema.from_str(schema)
        self._policy_set = cedarpy.PolicySet.from_str(policies)
        self._by_number = _annotated(policies)
        self._registry = registry
        self._decisions: dict[tuple[Partner, Attributes, Action, Context], Decision] = {}
        self._principals: dict[tuple[Partner, date], dict[str, Any]] = {}
        self.policies = {policy.id: policy for policy in self._by_number.values()}
        """Policies by their @id."""
        self.digest = sha256(repr((schema, policies, registry)).encode()).hexdigest()
        """SHA-256 over schema, policies and registry: the epoch of every decision made here."""

    def decide(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        """Return whether a partner may do this with facts of this class, and why."""
        key = (partner, attributes, action, context)
        known = self._decisions.get(key)
        if known is None:
            known = self._decisions[key] = self._ask(partner, attributes, action, context)
        return known

    def _ask(
        self, partner: Partner, attributes: Attributes, action: Action, context: Context
    ) -> Decision:
        if self._registry.partners.get(partner.id) != partner:
            return Decision(False, (), (f"partner {partner.id!r} is not in the registry",))
        principal = {"type": "Partner", "id": partner.id}
        resource = {"type": "Fact", "id": attributes.group}
        entities = [
            {"uid": principal, "attrs": self._principal(partner, context.day), "parents": []},
            {"uid": resource, "attrs": _plain(attributes), "parents": []},
        ]
        request = {
            "principal": principal,
            "action": {"type": "Action", "id": str(action)},
            "resource": resource,
            "context": {"band": str(context.band)},
        }
        answer = cedarpy.is_authorized(request, self._policy_set, entities, self._schema)
        because = [self._by_number[number] for number in answer.diagnostics.reasons]
        errors = [str(error) for error in answer.diagnostics.errors]
        if answer.decision is cedarpy.Decision.Allow:
            lapsed = [policy for policy in because if policy.review <= context.day]
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

    def _principal(self, partner: Partner, day: date) -> dict[str, Any]:
        key = (partner, day)
        if key not in self._principals:
            self._principals[key] = principal_of(partner, self._registry, day)
        return self._principals[key]


def load_engine(config: Path, registry: Registry) -> Engine:
    """Return the engine over the schema and the policies in config/policy.

    Raises PolicyError when a file cannot be read, parsed or validated: then nothing is served.
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
        if given["id"] in {policy.id for policy in by_number.values()}:
            raise PolicyError(f"config/policy: @id({given['id']!r}) stands twice: rename one")
        by_number[number] = Policy(
            given["id"],
            given["title"],
            given["authority"],
            _review_day(given),
            body["effect"] == "permit",
        )
    return by_number


def _review_day(annotations: dict[str, str]) -> date:
    try:
        return date.fromisoformat(annotations["review"])
    except ValueError:
        raise PolicyError(
            f"config/policy: {annotations['id']}: @review({annotations['review']!r}) is no date: "
            "write 2030-06-30"
        ) from None


def _plain(attributes: Attributes) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(attributes).items()
    }
