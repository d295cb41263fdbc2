"""The feed of the partner that asks, page by page."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from sharing.api.access import Asking, Serving
from sharing.api.answers import answer, answer_json
from sharing.api.filters import FilterQuery, next_link
from sharing.api.negotiation import FeedFormat, choose_format
from sharing.api.problems import ProblemError
from sharing.api.shapes import PageOut
from sharing.errors import FeedError
from sharing.feeds import name_contacts, read_page, seal, unseal
from sharing.feeds.formats import page_document, page_table

__all__ = ["DEFAULT_PAGE", "LARGEST_PAGE", "router"]

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000

router = APIRouter(prefix="/v1", tags=["feed"])


class FeedQuery(FilterQuery):
    """What may be asked of a feed: filters, the place, how much, and the format."""

    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of an earlier answer; without it, from the beginning."
    )
    limit: int = Field(DEFAULT_PAGE, ge=1, le=LARGEST_PAGE, description="Most items at once.")
    format: FeedFormat | None = Field(None, description="Overrides the Accept header.")


_TOLD: dict[str, str] = {
    "Tearline-Next": "The cursor to go on from.",
    "Tearline-More": "Whether there is more now: `true` or `false`.",
    "Link": "The next page, where there is more (RFC 8288).",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The items, in the format that was asked for.",
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in _TOLD.items()
        },
        "content": {"text/csv": {"schema": {"type": "string"}}},
    },
    400: {"description": "The cursor was not given to you for this filter."},
    406: {"description": "No format of this answer is accepted."},
}


@router.get(
    "/feed",
    summary="Read your feed, oldest changes first",
    response_model=PageOut,
    responses=_ANSWERS,
)
def feed(
    request: Request, caller: Asking, service: Serving, asked: Annotated[FeedQuery, Query()]
) -> Response:
    """Return the items published after a cursor, each at its newest revision.

    An item that changes comes again, later in the feed, with a higher revision. The cursor and
    whether there is more stand in the headers Tearline-Next and Tearline-More, in JSON in the
    document too; Link leads to the next page. A cursor goes on under the filters that it was given
    under. Retracted and closed items have no facts: filters other than `kind` let them all by.
    """
    form = choose_format(asked.format, request.headers.get("accept"))
    partner, chosen = caller.partner.id, asked.filter(caller.partner, caller.registry)
    after = 0
    if asked.after is not None:
        try:
            after = unseal(asked.after, partner, chosen.text, service.secret)
        except FeedError as error:
            raise ProblemError(400, str(error)) from None
    page = read_page(service.database, partner, after, asked.limit, chosen)
    page = replace(page, items=name_contacts(page.items, caller.registry, service.clock()))
    cursor = seal(page.last, partner, chosen.text, service.secret)
    headers = {"Tearline-Next": cursor, "Tearline-More": str(page.more).lower()}
    if page.more:
        headers |= next_link(request, cursor)
    if form is FeedFormat.CSV:
        return answer(request, page_table(page, service.exercise).encode(), "text/csv", headers)
    document = page_document(page, cursor, caller.registry.offices, service.exercise)
    return answer_json(request, document, headers)
