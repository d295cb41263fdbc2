"""Single items of the partner that asks."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from sharing.api.access import Asking, Serving
from sharing.api.answers import answer_json
from sharing.api.problems import ProblemError
from sharing.api.shapes import ItemOut
from sharing.feeds import name_contacts, read_item
from sharing.feeds.formats import item_document

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["items"])


@router.get(
    "/items/{id}",
    summary="Read one item",
    response_model=ItemOut,
    responses={404: {"description": "There is no such item in your feed."}},
)
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
    (found,) = name_contacts([found], caller.registry, service.clock())
    return answer_json(request, item_document(found, caller.registry.offices, service.exercise))
