"""Find out who asks, and refuse whom nothing is owed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sda.errors import ConfigError
from sharing.api.problems import ProblemError
from sharing.api.service import Service
from sharing.credentials import authenticate
from sharing.errors import CredentialError, PolicyError, RegistryError
from sharing.feeds import last_policy
from sharing.registry import Partner, Registry

__all__ = ["Asking", "Caller", "Serving", "identify", "service_of"]

_bearer = HTTPBearer(
    auto_error=False, bearerFormat="tl_...", description="The key that `tearline key issue` gave."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner that proved who it is, and may be served."""

    partner: Partner
    registry: Registry
    key_id: str
    expires: datetime


def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(service_of)]


def identify(
    service: Serving,
    tasks: BackgroundTasks,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Return who asks.

    Raises ProblemError: 401 without a valid key, 403 for a partner that is suspended or no
    longer in the registry, 503 when the feeds were decided under another policy than the one
    in force.
    """
    now = service.clock()
    try:
        key = authenticate(
            service.database, given.credentials if given else "", service.secret, now
        )
    except CredentialError as error:
        raise ProblemError(401, str(error), {"WWW-Authenticate": "Bearer"}) from None
    tasks.add_task(service.note_use, key.key_id, now)
    try:
        registry, digest = service.policies.current()
    except (ConfigError, RegistryError, PolicyError, OSError):
        raise _stale() from None
    partner = registry.partners.get(key.partner)
    if key.suspended or partner is None:
        raise ProblemError(403, "your feed is suspended: ask the office that gave you the key")
    if last_policy(service.database) not in (None, digest):
        raise _stale()
    return Caller(partner, registry, key.key_id, key.expires)


Asking = Annotated[Caller, Depends(identify)]


def _stale() -> ProblemError:
    return ProblemError(
        503,
        "the policy has changed and the feeds are yet to be decided again: try again later",
        {"Retry-After": "60"},
    )
