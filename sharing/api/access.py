"""Find out who asks, what it may do, and refuse whom nothing is owed.

Every route but the open ones names the scope that it needs, on its router or by itself:

    router = APIRouter(prefix="/v1", dependencies=[Depends(needs("feed:read"))])
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sda.errors import ConfigError
from sharing.api.limits import limit_headers, network_of
from sharing.api.problems import ProblemError
from sharing.api.service import Service
from sharing.credentials import Credential, FeedState, authenticate_certificate
from sharing.errors import CredentialError, PolicyError, RegistryError
from sharing.registry import Office, Partner, Registry
from sharing.roles import Role, Scope

__all__ = [
    "Answering",
    "Asking",
    "Caller",
    "Known",
    "Needs",
    "Officer",
    "Serving",
    "admit",
    "identify",
    "identify_officer",
    "needs",
    "service_of",
]

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
    scopes: frozenset[Scope]
    state: FeedState
    """Where its feed stood as the request came."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody of an office on the releasing side, who proved it."""

    office: Office
    registry: Registry
    key_id: str
    role: Role
    scopes: frozenset[Scope]


def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


async def _serving(request: Request) -> Service:
    return service_of(request)


Serving = Annotated[Service, Depends(_serving)]


async def admit(request: Request, service: Service, tasks: BackgroundTasks) -> Caller | Officer:
    """Find out who asks, count it, and keep what came of it with the request: once for each.

    Raises ProblemError as `known` does.
    """
    state = request.state
    if not hasattr(state, "admitted"):
        given = await _bearer(request)
        key = given.credentials if given else None
        try:
            state.admitted = await service.look_up(_known, request, service, tasks, key)
        except ProblemError as refusal:
            state.admitted = refusal
    if isinstance(state.admitted, ProblemError):
        raise state.admitted
    found: Caller | Officer = state.admitted
    return found


async def known(
    request: Request,
    service: Serving,
    tasks: BackgroundTasks,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller | Officer:
    """Return who asks, whatever it asks for.

    Raises ProblemError: 401 without a valid key, 403 for a partner that is suspended or, as an
    office, no longer in the registry, 429 for a key that asks too often and an address that
    failed too often, 503 when the feeds were decided under another policy than the one in force.
    """
    return await admit(request, service, tasks)


def _known(
    request: Request, service: Service, tasks: BackgroundTasks, given: str | None
) -> Caller | Officer:
    now = service.clock()
    key = _proven(request, service, given, now)
    if service.is_unnoted(key.key_id, now):
        tasks.add_task(service.note_use, key.key_id, now)
    _count(request, service, key, now)
    try:
        registry, digest = service.policies.current()
    except (ConfigError, RegistryError, PolicyError, OSError):
        raise _stale() from None
    if key.role is not Role.PARTNER:
        return _officer(key, registry)
    partner = registry.partners.get(key.partner)
    if key.suspended or partner is None:
        reason = "suspended" if key.suspended else "not-in-registry"
        detail = "your feed is suspended: ask the office that gave you the key"
        raise ProblemError(403, detail, reason=reason)
    if key.state.policy not in (None, digest):
        raise _stale()
    return Caller(partner, registry, key.key_id, key.expires, key.scopes, key.state)


Known = Annotated[Caller | Officer, Depends(known)]


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency that refuses a key without a scope."""

    scope: Scope

    async def __call__(self, who: Known) -> None:
        """Raise ProblemError (403) that names the scope: it is of the caller's own key."""
        if self.scope not in who.scopes:
            raise ProblemError(
                403,
                f"your key lacks the scope {self.scope}: ask for one that has it",
                reason="scope",
            )


def needs(scope: str) -> Needs:
    """Return the dependency that keeps a route to keys with a scope.

    Raises ValueError for a scope that there is not.
    """
    return Needs(Scope(scope))


async def identify(who: Known) -> Caller:
    """Return the partner that asks. Raises ProblemError (403) for an office."""
    if not isinstance(who, Caller):
        raise ProblemError(
            403, "your key is an office's, which has no feed: use /v1/releaser", reason="role"
        )
    return who


async def identify_officer(who: Known) -> Officer:
    """Return the office that asks. Raises ProblemError (403) for a partner."""
    if not isinstance(who, Officer):
        raise ProblemError(
            403, "your key is a partner's: this is for the releasing offices", reason="role"
        )
    return who


Asking = Annotated[Caller, Depends(identify)]
Answering = Annotated[Officer, Depends(identify_officer)]


def _proven(request: Request, service: Service, key: str | None, now: datetime) -> Credential:
    """Return whose key it is or, where none was given, whose certificate.

    An address that fails too often is not heard for a while.
    """
    address = network_of(request.client.host if request.client else "")
    blocked = service.failed.look(address, now)
    if blocked.exceeded:
        raise ProblemError(
            429,
            "too many requests without a valid key came from your address: wait, then try again",
            {"Retry-After": str(blocked.seconds)},
            "address-blocked",
        )
    try:
        certificate = request.state.certificate
        if key is None and certificate is not None:
            return authenticate_certificate(service.database, certificate, now)
        return service.keyring.authenticate(key or "", now)
    except CredentialError as error:
        service.failed.take(address, now)
        if error.key_id:
            request.state.who = {"key_id": error.key_id}
        challenge = {"WWW-Authenticate": "Bearer"}
        raise ProblemError(401, str(error), challenge, f"key-{error.code}") from None


def _count(request: Request, service: Service, key: Credential, now: datetime) -> None:
    """Count a request of a key, and say in the headers of its answer what is left."""
    left = service.asked.take(key.key_id, now)
    request.state.headers = limit_headers(left)
    request.state.who = {"key_id": key.key_id} | (
        {"partner": key.partner} if key.partner else {"office": key.office}
    )
    if left.exceeded:
        raise ProblemError(
            429,
            f"your key may ask {left.quota} times a minute: wait as Retry-After says",
            {"Retry-After": str(left.seconds)},
        )


def _officer(key: Credential, registry: Registry) -> Officer:
    office = registry.offices.get(key.office)
    if office is None:
        raise ProblemError(
            403,
            "your office is not in the configuration: ask its administrator",
            reason="not-in-registry",
        )
    return Officer(office, registry, key.key_id, key.role, key.scopes)


def _stale() -> ProblemError:
    return ProblemError(
        503,
        "the policy has changed and the feeds are yet to be decided again: try again later",
        {"Retry-After": "60"},
        "policy-stale",
    )
