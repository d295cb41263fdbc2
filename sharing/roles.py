"""What a key may be used for: its role bounds the scopes that it can have."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from sharing.errors import CredentialError

__all__ = ["SCOPES_OF", "Role", "Scope", "read_scopes", "scopes_for", "write_scopes"]


class Role(StrEnum):
    """Who holds a key. A partner reads its own feed; the others work in an office."""

    PARTNER = "partner"
    ANALYST = "analyst"
    RELEASER = "releaser"
    APPROVER = "approver"
    ADMIN = "admin"


class Scope(StrEnum):
    """One thing that a key may do. Each route names the one that it needs."""

    ME_READ = "me:read"
    FEED_READ = "feed:read"
    STREAM_READ = "stream:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    CONTACTS_READ = "contacts:read"
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    EXPLAIN_READ = "explain:read"
    CASES_READ = "cases:read"
    CASES_DECIDE = "cases:decide"
    KEYS_READ = "keys:read"
    METRICS_READ = "metrics:read"


SCOPES_OF: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.PARTNER: frozenset(
            {
                Scope.ME_READ,
                Scope.FEED_READ,
                Scope.STREAM_READ,
                Scope.WEBHOOKS_READ,
                Scope.WEBHOOKS_WRITE,
                Scope.CONTACTS_READ,
                Scope.REQUESTS_READ,
                Scope.REQUESTS_WRITE,
            }
        ),
        Role.ANALYST: frozenset({Scope.EXPLAIN_READ}),
        Role.RELEASER: frozenset({Scope.EXPLAIN_READ, Scope.CASES_READ}),
        Role.APPROVER: frozenset({Scope.EXPLAIN_READ, Scope.CASES_READ, Scope.CASES_DECIDE}),
        Role.ADMIN: frozenset({Scope.CASES_READ, Scope.KEYS_READ, Scope.METRICS_READ}),
    }
)
"""The most that a key of a role may do. A partner's and an office's have nothing in common."""


def scopes_for(role: Role, asked: Iterable[str] = ()) -> frozenset[Scope]:
    """Return the scopes that were asked for, or all of the role.

    Raises CredentialError for a scope that there is not, or that the role may not have.
    """
    wanted, most = frozenset(asked), SCOPES_OF[role]
    if beyond := sorted(wanted - most):
        raise CredentialError(
            f"a key of role {role} cannot have {', '.join(beyond)}: "
            f"choose of {', '.join(sorted(most))}"
        )
    return frozenset(Scope(one) for one in wanted) or most


def write_scopes(scopes: Iterable[Scope]) -> str:
    """Return scopes as they are kept, each between spaces, in order."""
    return " ".join(sorted(scopes))


@lru_cache
def read_scopes(role: Role, text: str) -> frozenset[Scope]:
    """Return the scopes that were kept, without any that the role may not have (any more)."""
    return frozenset(one for one in SCOPES_OF[role] if one in text.split())
