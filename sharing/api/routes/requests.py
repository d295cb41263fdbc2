"""Requests of the partner that asks for more of an item.

None of this looks at what is withheld: answers, refusals and the time they take come from the
partner's own items and requests.
"""

from typing import Annotated, Any, Final, Literal

import orjson
import structlog
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response

from sda.times import format_utc
from sharing.api.access import Asking, Caller, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.bodies import PlainText, describe_body, sent
from sharing.api.problems import ProblemError, described
from sharing.api.service import Service
from sharing.api.shapes import RequestOut, RequestsOut
from sharing.contacts import office_for
from sharing.errors import FeedError, RequestError
from sharing.feeds import read_item, seal, unseal
from sharing.feeds.formats import contact_document
from sharing.release import DISAGREEMENT, FACTS
from sharing.requests import Request as Asked
from sharing.requests import Urgency, Wish, ask, read_request, read_requests

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["requests"])

_READ = [Depends(needs("requests:read"))]

_LARGEST_PAGE = 100
_FACTS: Final = (*FACTS, DISAGREEMENT, "sources")
_STATUS: Final = {"unknown": 404, "over": 409, "asked": 409, "many": 409, "key": 422}
_CURSOR: Final = "requests"


def _known(name: str) -> str:
    if name not in _FACTS:
        raise ValueError("there is no such fact")
    return name


def _distinct(names: list[str]) -> list[str]:
    if len({*names}) < len(names):
        raise ValueError("a fact is named twice")
    return names


_Fact = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": [*_FACTS]})]


class RequestIn(BaseModel):
    """What is asked for; anything else is refused, not overlooked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "We plan a manoeuvre and need the direction of the miss.",
                    "wanted": ["radial", "in_track"],
                    "urgency": "urgent",
                }
            ]
        },
    )

    reason: PlainText = Field(description="Why you need it; plain text in one line.")
    wanted: Annotated[list[_Fact], AfterValidator(_distinct)] = Field(
        default=[],
        max_length=len(_FACTS),
        description="Facts by name; without any, whatever there may be.",
    )
    urgency: Literal["routine", "urgent"] = "routine"


class RequestsQuery(BaseModel):
    """What may be asked of the list."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of an earlier answer; without it, from the newest."
    )
    limit: int = Field(_LARGEST_PAGE, ge=1, le=_LARGEST_PAGE, description="Most requests at once.")


@router.post(
    "/items/{id}/requests",
    summary="Ask for more of an item",
    status_code=201,
    response_model=RequestOut,
    dependencies=[Depends(needs("requests:write"))],
    responses=described(404, 409, 413),
    openapi_extra=describe_body(RequestIn),
)
def ask_for_more(
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of an item of your feed.")],
    asked: Annotated[RequestIn, Depends(sent(RequestIn))],
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=64,
            pattern="^[!-~]+$",
            description="A word of your own: sent again, it makes no second request.",
        ),
    ] = None,
) -> Response:
    """Put a request before the office that can decide, and return it.

    The answer is the same whether there is more of the item or not, and so is all that follows:
    a request is open, then closed, and what may be released comes as a new revision of the item.
    One request an item may be open. The answer is the same 404 for an item that never existed
    and for one of another partner.
    """
    registry, now = caller.registry, service.clock()
    item = read_item(service.database, caller.partner.id, id)
    if item is None:
        raise ProblemError(404, "there is no such item in your feed")
    rules = registry.contacts.requests
    office = office_for(registry, now, rules.topic, item.body["contact"]).office.id
    wish = Wish(
        partner=caller.partner.id,
        item_id=id,
        reason=asked.reason,
        wanted=tuple(sorted(asked.wanted)),
        urgency=Urgency(asked.urgency),
        key=idempotency_key,
    )
    try:
        made = ask(service.database, wish, office, rules, service.secret, now)
    except RequestError as error:
        raise ProblemError(_STATUS[error.code], str(error)) from None
    structlog.get_logger().info("asked for more", partner=made.partner, request=made.request_id)
    document = _document(made, max(item.revision, made.revision), caller, service)
    where = f"{router.prefix}/requests/{made.request_id}"
    return Response(orjson.dumps(document), 201, {"Location": where}, media_type="application/json")


@router.get(
    "/requests",
    summary="List your requests, the newest first",
    response_model=RequestsOut,
    dependencies=_READ,
    responses=described(400),
)
def requests(
    request: Request, caller: Asking, service: Serving, asked: Annotated[RequestsQuery, Query()]
) -> Response:
    """Return what you asked for, and how far that has come."""
    partner, before = caller.partner.id, None
    if asked.after is not None:
        try:
            before = unseal(asked.after, partner, _CURSOR, service.secret)
        except FeedError as error:
            raise ProblemError(400, str(error)) from None
    found, more = read_requests(service.database, partner, before, asked.limit)
    document = {
        "requests": [_document(one, revision, caller, service) for one, revision in found],
        "next": seal(found[-1][0].n, partner, _CURSOR, service.secret) if more else None,
        "exercise": service.exercise,
    }
    return answer_json(request, document)


@router.get(
    "/requests/{id}",
    summary="Follow a request",
    response_model=RequestOut,
    dependencies=_READ,
    responses=described(404),
)
def one_request(
    request: Request,
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of a request of yours.")],
) -> Response:
    """Return a request: `open`, or `closed` with a text of the office.

    Closed says neither that more was released nor that it was not: compare `revision`, that of the
    item now, with `asked_at_revision`. The answer is the same 404 for a request that never existed
    and for one of another partner.
    """
    found = read_request(service.database, caller.partner.id, id)
    if found is None:
        raise ProblemError(404, "there is no such request of yours")
    return answer_json(request, _document(*found, caller, service))


def _document(asked: Asked, revision: int, caller: Caller, service: Service) -> dict[str, Any]:
    registry, now = caller.registry, service.clock()
    closed = asked.is_closed(now)
    return {
        "id": asked.request_id,
        "item": asked.item_id,
        "asked_at_revision": asked.revision,
        "revision": revision,
        "state": "closed" if closed else "open",
        "opened": format_utc(asked.opened),
        "expires": format_utc(asked.expires),
        "closed": format_utc(asked.closes) if closed else None,
        "reason": asked.reason,
        "wanted": asked.wanted,
        "urgency": asked.urgency,
        "answer": (asked.answer or registry.contacts.requests.answer) if closed else None,
        "contact": contact_document(office_for(registry, now, named=asked.office).office),
        "exercise": service.exercise,
    }
