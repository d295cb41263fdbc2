"""The routes of partners. Each reads rows of the partner that asks, and of no other."""

from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sda.times import format_utc
from sharing.api.access import Asking, Caller, Serving, identify
from sharing.api.negotiation import FeedFormat, choose_format
from sharing.api.problems import ProblemError
from sharing.errors import FeedError
from sharing.feeds import Page, read_item, read_page, seal, unseal
from sharing.feeds.formats import item_document, page_document, page_table

__all__ = ["router"]

_DEFAULT_PAGE, _LARGEST_PAGE = 100, 1000

router = APIRouter(prefix="/v1", tags=["feed"], dependencies=[Depends(identify)])


class FeedQuery(BaseModel):
    """What may be asked of a feed; anything else is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str | None, Field(pattern="^[a-z-]{1,32}$")] = Field(
        None, description="Only items of this kind, for example `crossing`."
    )
    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of an earlier answer; without it, from the beginning."
    )
    limit: int = Field(_DEFAULT_PAGE, ge=1, le=_LARGEST_PAGE, description="Most items at once.")
    format: FeedFormat | None = Field(None, description="Overrides the Accept header.")


class Marking(BaseModel):
    """Marking of an item, over all facts in it."""

    banner: str
    portion: str


class FactOut(BaseModel):
    """One fact with its own portion marking."""

    value: str | int | float | bool | None
    unit: str
    marking: str


class Contact(BaseModel):
    """The office to ask about an item."""

    office: str
    role: str | None = None
    channel: str | None = None
    hours: str | None = None
    languages: list[str] = []
    last_verified: str | None = None


class ItemOut(BaseModel):
    """An item at its newest revision. Retracted and closed items have no facts."""

    id: str
    revision: int
    status: str
    kind: str
    marking: Marking
    rendition: str
    facts: dict[str, FactOut]
    contact: Contact
    exercise: bool


class PageOut(BaseModel):
    """Items, and the cursor to go on from: keep it, also when there is no more for now."""

    items: list[ItemOut]
    next: str
    more: bool
    exercise: bool


@router.get("/feed", summary="Read your feed, oldest changes first", response_model=PageOut)
def feed(
    request: Request, caller: Asking, service: Serving, asked: Annotated[FeedQuery, Query()]
) -> Response:
    """Return the items published after a cursor, each at its newest revision.

    An item that changes comes again, later in the feed, with a higher revision. In CSV the
    cursor and whether there is more stand in the headers Tearline-Next and Tearline-More.
    """
    form = choose_format(asked.format, request.headers.get("accept"))
    partner, chosen = caller.partner.id, asked.kind or ""
    after = 0
    if asked.after is not None:
        try:
            after = unseal(asked.after, partner, chosen, service.secret)
        except FeedError as error:
            raise ProblemError(400, str(error)) from None
    page = read_page(service.database, partner, after, asked.limit, asked.kind)
    cursor = seal(page.last, partner, chosen, service.secret)
    if form is FeedFormat.CSV:
        return _csv(request, page, cursor, service.exercise)
    document = page_document(page, cursor, caller.registry.offices, service.exercise)
    return _json(request, document)


@router.get("/items/{id}", summary="Read one item", response_model=ItemOut)
def item(
    request: Request,
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of an item of your feed.")],
) -> Response:
    """Return an item at its newest revision.

    The answer is the same 404 for an item that never existed and for one of another partner.
    """
    found = read_item(service.database, caller.partner.id, id)
    if found is None:
        raise ProblemError(404, "there is no such item in your feed")
    return _json(request, item_document(found, caller.registry.offices, service.exercise))


@router.get("/me", summary="See who you are to us, and under which agreements")
def me(request: Request, caller: Asking, service: Serving) -> Response:
    """Return the partner, its agreements, the key in use and the limits."""
    return _json(request, _about(caller, service.exercise))


def _about(caller: Caller, exercise: bool) -> dict[str, Any]:
    partner = caller.partner
    agreements = caller.registry.agreements
    return {
        "partner": partner.id,
        "name": partner.name,
        "agreements": [agreements[name].title for name in partner.agreements],
        "key": {"id": caller.key_id, "expires": format_utc(caller.expires)},
        "limits": {"page_default": _DEFAULT_PAGE, "page_max": _LARGEST_PAGE},
        "exercise": exercise,
    }


def _json(request: Request, document: dict[str, Any]) -> Response:
    return _answer(request, orjson.dumps(document), "application/json", {})


def _csv(request: Request, page: Page, cursor: str, exercise: bool) -> Response:
    headers = {"Tearline-Next": cursor, "Tearline-More": str(page.more).lower()}
    return _answer(request, page_table(page, exercise).encode(), "text/csv", headers)


def _answer(request: Request, content: bytes, media: str, headers: dict[str, str]) -> Response:
    """Return the content, or 304 to a partner that has it: the tag is of its own answer alone."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in held or f"W/{tag}" in held:
        return Response(status_code=304, headers={**headers, "ETag": tag})
    return Response(content, media_type=media, headers={**headers, "ETag": tag})
