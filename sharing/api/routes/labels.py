"""Labels of single items, in the form that NATO's systems read."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from sharing.api.access import Asking, Serving, needs
from sharing.api.answers import answer, in_json
from sharing.api.problems import ProblemError, described
from sharing.api.writing import marking_header
from sharing.feeds import name_contacts, published_at, read_item
from sharing.feeds.formats import Letterhead, item_document, page_marking
from sharing.markings import bind_label

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["items"], dependencies=[Depends(needs("feed:read"))])

_XML: Final = "application/xml"
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A label of STANAG 4774, bound in the manner of STANAG 4778.",
        "content": {_XML: {"schema": {"type": "string"}}},
    },
    **described(404),
}


@router.get(
    "/items/{id}/label",
    summary="Read the confidentiality label of one item (NATO 4774)",
    response_class=Response,
    responses=_ANSWERS,
)
def label(
    request: Request,
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of an item of your feed.")],
) -> Response:
    """Return the marking of an item at its newest revision as a label, made when it was published.

    It is bound by SHA-256 to the item in JSON as `GET /v1/items/{id}` answers it: keep both as they
    came, `tearline verify FILE --label LABEL` holds them together offline.
    """
    partner = caller.partner.id
    found = read_item(service.database, partner, id)
    times = published_at(service.database, partner, [found] if found else [])
    if found is None or (created := times.get(found.seq)) is None:
        raise ProblemError(404, "there is no such item in your feed")
    (found,) = name_contacts([found], caller.registry, service.clock())
    head = Letterhead(caller.registry, service.messages.originator, service.exercise)
    xml = bind_label(
        page_marking([found], head.registry.register),
        in_json(item_document(found, head.registry, service.exercise)),
        f"/v1/items/{found.item_id}",
        created,
        exercise=service.exercise,
    )
    return answer(request, xml.encode(), _XML, marking_header([found], head))
