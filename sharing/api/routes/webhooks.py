"""Where the partner that asks wants to be called."""

from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sda.times import format_utc
from sharing.api.access import Asking, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.bodies import describe_body, sent
from sharing.api.problems import ProblemError, described
from sharing.api.service import Service
from sharing.delivery.log import read_log
from sharing.delivery.targets import read_target
from sharing.delivery.webhooks import (
    Webhook,
    enable,
    find_webhook,
    list_webhooks,
    register,
    remove,
    rotate,
)
from sharing.errors import DeliveryError, FeedError
from sharing.feeds import unseal

__all__ = ["router"]

router = APIRouter(prefix="/v1/webhooks", tags=["push"])

_READS = [Depends(needs("webhooks:read"))]
_WRITES = [Depends(needs("webhooks:write"))]
_Id = Annotated[str, Path(max_length=64, description="Id of a webhook of yours.")]
_LONGEST_LOG = 1000


class WebhookIn(BaseModel):
    """What to call, and for what."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=2048)] = Field(
        description="Address to call: https, and public.", examples=["https://example.org/tearline"]
    )
    kind: Annotated[str | None, Field(pattern="^[a-z-]{1,32}$")] = Field(
        None, description="Only items of this kind, for example `crossing`."
    )
    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of the feed with the same filter; without it, from the beginning."
    )


class WebhookOut(BaseModel):
    """A webhook, and how it is doing."""

    id: str
    url: str
    kind: str | None
    created: str
    state: str
    reason: str
    failures: int
    next_attempt: str | None
    key_id: str
    public_keys: list[str]
    overlap_until: str | None
    exercise: bool


class WebhookWithSecret(WebhookOut):
    """A webhook with its new secret, which is not shown again."""

    secret: str


class WebhooksOut(BaseModel):
    """All webhooks of a partner."""

    webhooks: list[WebhookOut]
    exercise: bool


class PingOut(BaseModel):
    """What came of a ping."""

    delivered: bool
    outcome: str
    exercise: bool


class LineOut(BaseModel):
    """One call: delivered, failed (it is tried again) or dead-letter (it is not)."""

    at: str
    message_id: str
    type: str
    item: str | None
    attempt: int
    status: str
    outcome: str


class LogOut(BaseModel):
    """The last calls, the newest first."""

    deliveries: list[LineOut]
    exercise: bool


@router.post(
    "",
    summary="Be called",
    status_code=201,
    response_model=WebhookWithSecret,
    dependencies=_WRITES,
    openapi_extra=describe_body(WebhookIn),
    responses=described(400, 409, 413),
)
def add(
    caller: Asking, service: Serving, given: Annotated[WebhookIn, Depends(sent(WebhookIn))]
) -> Response:
    """Register an address that is called with each item of your feed, in its order.

    Messages follow the Standard Webhooks convention. The secret for `v1` signatures is shown this
    once; the public key for `v1a` signatures stays in view.
    """
    config, partner = service.courier.config, caller.partner.id
    after = 0
    try:
        read_target(given.url, config.networks)
        if given.after is not None:
            after = unseal(given.after, partner, given.kind or "", service.secret)
    except FeedError as error:
        raise ProblemError(400, str(error)) from None
    except DeliveryError as error:
        raise ProblemError(422, str(error)) from None
    try:
        made = register(
            service.database,
            partner,
            caller.key_id,
            given.url,
            given.kind,
            after,
            service.clock(),
            config.per_partner,
        )
    except DeliveryError as error:
        raise ProblemError(409, str(error)) from None
    return _shown_once(made, service, 201)


@router.get("", summary="List your webhooks", response_model=WebhooksOut, dependencies=_READS)
def all_webhooks(request: Request, caller: Asking, service: Serving) -> Response:
    """Return your webhooks, the oldest first."""
    found = list_webhooks(service.database, caller.partner.id)
    shown = [_document(one, service) for one in found]
    return answer_json(request, {"webhooks": shown, "exercise": service.exercise})


@router.get(
    "/{id}",
    summary="Read one webhook",
    response_model=WebhookOut,
    dependencies=_READS,
    responses=described(404),
)
def one(request: Request, caller: Asking, service: Serving, id: _Id) -> Response:
    """Return a webhook: whether it is called, and why not."""
    found = _require(find_webhook(service.database, caller.partner.id, id))
    return answer_json(request, _document(found, service))


@router.delete(
    "/{id}",
    summary="Be called no more",
    status_code=204,
    response_class=Response,
    dependencies=_WRITES,
    responses=described(404),
)
def delete(caller: Asking, service: Serving, id: _Id) -> Response:
    """Forget a webhook and its log."""
    if not remove(service.database, caller.partner.id, id):
        raise _unknown()
    return Response(status_code=204)


@router.post(
    "/{id}/test",
    summary="Try a webhook out",
    response_model=PingOut,
    dependencies=_WRITES,
    responses=described(404),
)
async def test(caller: Asking, service: Serving, id: _Id) -> Response:
    """Send a message `webhook.ping` at once, and return what came of it."""
    found = _require(await run_in_threadpool(find_webhook, service.database, caller.partner.id, id))
    answer = await service.courier.ping(found)
    document = {
        "delivered": answer.is_taken,
        "outcome": answer.text,
        "exercise": service.exercise,
    }
    return _json(document)


@router.post(
    "/{id}/rotate",
    summary="Get a new secret",
    response_model=WebhookWithSecret,
    dependencies=_WRITES,
    responses=described(404),
)
def new_secret(caller: Asking, service: Serving, id: _Id) -> Response:
    """Give a webhook new keys; those it had sign as well for a while: see `overlap_until`."""
    overlap = timedelta(hours=service.courier.config.overlap_hours)
    found = rotate(service.database, caller.partner.id, id, service.clock(), overlap)
    return _shown_once(_require(found), service, 200)


@router.post(
    "/{id}/enable",
    summary="Be called again",
    response_model=WebhookOut,
    dependencies=_WRITES,
    responses=described(404),
)
def again(caller: Asking, service: Serving, id: _Id) -> Response:
    """Call a webhook again from where it stopped, so that nothing is left out."""
    found = enable(service.database, caller.partner.id, id, caller.key_id, service.clock())
    return _json(_document(_require(found), service))


@router.get(
    "/{id}/deliveries",
    summary="See how the calls went",
    response_model=LogOut,
    dependencies=_READS,
    responses=described(404),
)
def log(
    request: Request,
    caller: Asking,
    service: Serving,
    id: _Id,
    limit: Annotated[int, Query(ge=1, le=_LONGEST_LOG, description="Most lines at once.")] = 100,
) -> Response:
    """Return the last calls of a webhook, the newest first; what was sent is not kept."""
    _require(find_webhook(service.database, caller.partner.id, id))
    lines = [
        {
            "at": format_utc(line.at),
            "message_id": line.message_id,
            "type": line.type,
            "item": line.item_id,
            "attempt": line.attempt,
            "status": line.status,
            "outcome": line.outcome,
        }
        for line in read_log(service.database, caller.partner.id, id, limit)
    ]
    return answer_json(request, {"deliveries": lines, "exercise": service.exercise})


def _document(webhook: Webhook, service: Service) -> dict[str, Any]:
    pairs = webhook.pairs(service.secret, service.clock())
    until = webhook.old_until if len(pairs) > 1 else None
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "kind": webhook.kind,
        "created": format_utc(webhook.created),
        "state": webhook.state,
        "reason": webhook.reason,
        "failures": webhook.failures,
        "next_attempt": format_utc(webhook.due) if webhook.failures else None,
        "key_id": webhook.key_id,
        "public_keys": [pair.public for pair in pairs],
        "overlap_until": format_utc(until) if until else None,
        "exercise": service.exercise,
    }


def _shown_once(webhook: Webhook, service: Service, status: int) -> Response:
    (newest, *_) = webhook.pairs(service.secret, service.clock())
    return _json({**_document(webhook, service), "secret": newest.secret}, status)


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def _require(found: Webhook | None) -> Webhook:
    if found is None:
        raise _unknown()
    return found


def _unknown() -> ProblemError:
    return ProblemError(404, "you have no such webhook: GET /v1/webhooks lists yours")
