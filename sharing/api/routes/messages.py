"""Single items of the partner that asks, as Conjunction Data Messages."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sda.ccsds import CdmFormat, write_cdm
from sharing.api.access import Asking, Serving, needs
from sharing.api.answers import answer
from sharing.api.negotiation import CDM
from sharing.api.problems import ProblemError, described
from sharing.api.writing import marking_header
from sharing.feeds import name_contacts, published_at, read_item
from sharing.feeds.formats import Letterhead, message_of_item

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["items"], dependencies=[Depends(needs("feed:read"))])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A message of CCSDS 508.0-B-1.",
        "content": {
            media: {"schema": {"type": "object" if form is CdmFormat.JSON else "string"}}
            for form, media in CDM.media.items()
        },
    },
    **described(404, 406, 409),
}


class MessageQuery(BaseModel):
    """What may be asked of a message; anything else is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    format: CdmFormat | None = Field(
        None, description="`kvn` (the default), `xml` or `json`; before Accept."
    )


@router.get(
    "/items/{id}/cdm",
    summary="Read one item as a conjunction message (CDM)",
    response_class=Response,
    responses=_ANSWERS,
)
def cdm(
    request: Request,
    caller: Asking,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Id of an item of your feed.")],
    asked: Annotated[MessageQuery, Query()],
) -> Response:
    """Return an item at its newest revision as a message in KVN, XML or JSON.

    Only where both states and covariances, the time and the miss distance were released exactly.
    The answer is the same 409 whatever of these is missing, and whether it is withheld or there
    never was any.
    """
    form = CDM.choose(asked.format, request)
    partner = caller.partner.id
    found = read_item(service.database, partner, id)
    if found is None:
        raise ProblemError(404, "there is no such item in your feed")
    (found,) = name_contacts([found], caller.registry, service.clock())
    head = Letterhead(caller.registry, service.messages.originator, service.exercise)
    created = published_at(service.database, partner, [found]).get(found.seq)
    message = created and message_of_item(found, created, head, service.messages)
    if not message:
        raise ProblemError(
            409,
            "this item is not complete enough for a message: read it as "
            f"/v1/items/{found.item_id}, in JSON or with ?format=spacetrack",
        )
    content = write_cdm([message], form).encode()
    return answer(request, content, CDM.media[form], marking_header([found], head))
