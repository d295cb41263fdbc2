"""Single items of the partner that asks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sharing.api.access import Asking, Serving, needs
from sharing.api.answers import answer_json, sent
from sharing.api.negotiation import FEED, FeedFormat
from sharing.api.problems import ProblemError, described
from sharing.api.shapes import ItemOut
from sharing.api.writing import LISTS, TOLD_IN_HEADERS, list_answer, marking_header, told_headers
from sharing.feeds import name_contacts, read_item
from sharing.feeds.formats import Letterhead, item_document

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["items"], dependencies=[Depends(needs("feed:read"))])


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The item, in the format that was asked for.",
        "headers": told_headers(TOLD_IN_HEADERS),
        "content": LISTS,
    },
    **described(404, 406),
}


class ItemQuery(BaseModel):
    """What may be asked of an item; anything else is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    format: FeedFormat | None = Field(None, description="Overrides the Accept header.")


@router.get("/items/{id}", summary="Read one item", response_model=ItemOut, responses=_ANSWERS)
def item(
    request: Request,
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of an item of your feed.")],
    asked: Annotated[ItemQuery, Query()],
) -> Response:
    """Return an item at its newest revision, in any format of a feed: all but JSON a list of one.

    The answer is the same 404 for an item that never existed and for one of another partner.
    """
    form = FEED.choose(asked.format, request)
    found = read_item(service.database, caller.partner.id, id)
    if found is None:
        raise ProblemError(404, "there is no such item in your feed")
    (found,) = name_contacts([found], caller.registry, service.clock())
    head = Letterhead(caller.registry, service.messages.originator, service.exercise)
    if form is not FeedFormat.JSON:
        return sent(request, list_answer(request, caller.partner.id, form, [found], head, {}))
    document = item_document(found, caller.registry, service.exercise)
    return answer_json(request, document, marking_header([found], head))
