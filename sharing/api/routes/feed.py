"""The feed of the partner that asks, page by page."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sharing.api.access import Asking, Caller, Serving, needs
from sharing.api.answers import in_json, sent, written
from sharing.api.filters import FilterQuery, next_link
from sharing.api.negotiation import FEED, FeedFormat
from sharing.api.problems import ProblemError, described
from sharing.api.service import Service
from sharing.api.shapes import PageOut
from sharing.api.shelf import Answer, asked_of
from sharing.api.writing import LISTS, TOLD_IN_HEADERS, list_answer, marking_header, told_headers
from sharing.errors import FeedError
from sharing.feeds import name_contacts, read_page, seal, unseal
from sharing.feeds.formats import Letterhead, page_document

__all__ = ["DEFAULT_PAGE", "LARGEST_PAGE", "router"]

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000

router = APIRouter(prefix="/v1", tags=["feed"], dependencies=[Depends(needs("feed:read"))])


class FeedQuery(FilterQuery):
    """What may be asked of a feed: filters, the place, how much, and the format."""

    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of an earlier answer; without it, from the beginning."
    )
    limit: int = Field(DEFAULT_PAGE, ge=1, le=LARGEST_PAGE, description="Most items at once.")
    format: FeedFormat | None = Field(None, description="Overrides the Accept header.")


_TOLD = {
    "Tearline-Next": "The cursor to go on from.",
    "Tearline-More": "Whether there is more now: `true` or `false`.",
    "Link": "The next page, where there is more (RFC 8288).",
    **TOLD_IN_HEADERS,
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The items, in the format that was asked for.",
        "headers": told_headers(_TOLD),
        "content": LISTS,
    },
    **described(400, 406),
}


@router.get(
    "/feed",
    summary="Read your feed, oldest changes first",
    response_model=PageOut,
    responses=_ANSWERS,
)
async def feed(
    request: Request, caller: Asking, service: Serving, asked: Annotated[FeedQuery, Query()]
) -> Response:
    """Return the items published after a cursor, each at its newest revision.

    An item that changes comes again, later in the feed, with a higher revision. `json` says
    everything. `csv` has the columns of SOCRATES, `spacetrack` the fields of cdm_public, `udl` the
    records conjunction and closelyspacedobject of the Unified Data Library, `czml` packets for a
    globe; all say less, and what is coarse never stands in a number. `udl` leaves items out that
    have no exact time, and those retracted or closed: Tearline-Left-Out counts them, read them as
    JSON.

    The cursor and whether there is more stand in the headers Tearline-Next and Tearline-More, in
    JSON in the document too; Link leads to the next page. A cursor goes on under the filters that
    it was given under. Retracted and closed items have no facts: filters other than `kind` let
    them all by.
    """
    form = FEED.choose(asked.format, request)
    # Before the page is made: what changes meanwhile must not be kept under the later state or day.
    same = asked_of(request, caller.partner.id, caller.state, service.clock().date())
    made = await run_in_threadpool(_page, request, caller, service, asked, form)
    service.shelf.keep(same, caller.registry, made)
    return sent(request, made)


def _page(
    request: Request, caller: Caller, service: Service, asked: FeedQuery, form: FeedFormat
) -> Answer:
    partner, chosen = caller.partner.id, asked.filter(caller.partner, caller.registry)
    after = 0
    if asked.after is not None:
        try:
            after = unseal(asked.after, partner, chosen.text, service.secret)
        except FeedError as error:
            raise ProblemError(400, str(error)) from None
    page = read_page(service.database, partner, after, asked.limit, chosen)
    named = name_contacts(page.items, caller.registry, service.clock())
    page = replace(page, items=named)
    cursor = seal(page.last, partner, chosen.text, service.secret)
    head = Letterhead(caller.registry, service.messages.originator, service.exercise)
    headers = {"Tearline-Next": cursor, "Tearline-More": str(page.more).lower()}
    if page.more:
        headers |= next_link(request, cursor)
    if form is not FeedFormat.JSON:
        return list_answer(request, partner, form, page.items, head, headers)
    headers |= marking_header(page.items, head)
    content = in_json(page_document(page, cursor, head))
    return written(request, content, FEED.media[form], headers)
