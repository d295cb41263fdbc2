"""What partners asked for, as the offices see and answer it: as `tearline review` does.

A key answers for its own office alone, and only where that office may. The partner reads the same
kind of answer whatever was decided; more of an item is released by its cases, not from here.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sharing.api.access import Answering, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.bodies import PlainText, describe_body, sent
from sharing.api.office_shapes import OfficeRequestOut, OfficeRequestsOut
from sharing.api.problems import ProblemError, described
from sharing.api.routes.releaser import Everything, ForOffice
from sharing.errors import ReviewError
from sharing.requests import answer_matter, find_matter, matters, request_document

__all__ = ["router"]

router = APIRouter(prefix="/v1/releaser/requests", tags=["releaser"])


class AnswerIn(BaseModel):
    """What an office tells a partner that asked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "Thank you; see your feed on Monday."}]},
    )

    text: PlainText | None = Field(
        None,
        description="What the partner reads, in one line; it must not tell whether there is more. "
        "Without it, the words of the configuration.",
    )


@router.get(
    "",
    summary="List what partners ask for beyond what they see, the first to expire first",
    response_model=OfficeRequestsOut,
    dependencies=[Depends(needs("cases:read"))],
)
def list_requests(
    request: Request,
    officer: Answering,
    service: Serving,
    office: ForOffice = None,
    everything: Everything = False,
) -> Response:
    """Return requests of all partners, each with the cases that it waits in.

    `answering` names the offices whose turn it is: the one that was asked or who stands in for it,
    those that have to approve a case, and the office of last resort.
    """
    registry, now = officer.registry, service.clock()
    found = matters(service.database, registry, now, office, everything)
    shown = [request_document(one, registry, now) for one in found]
    return answer_json(request, {"requests": shown, "exercise": service.exercise})


@router.post(
    "/{id}/answer",
    summary="Answer a request for your office",
    response_model=OfficeRequestOut,
    dependencies=[Depends(needs("cases:decide"))],
    responses=described(404, 409, 413),
    openapi_extra=describe_body(AnswerIn),
)
def answer_request(
    request: Request,
    officer: Answering,
    service: Serving,
    id: Annotated[str, Path(max_length=64, description="Request, as the list names it.")],
    said: Annotated[AnswerIn, Depends(sent(AnswerIn))],
) -> Response:
    """Close a request with a text, and return it as it then stands.

    Its partner reads the text from `closes_utc` on: some whole steps after it asked, so that the
    time the office took tells nothing. To release more, approve the case.
    """
    registry, now, office = officer.registry, service.clock(), officer.office.id
    matter = find_matter(service.database, registry, id)
    if matter is None:
        raise ProblemError(404, "there is no such request: GET /v1/releaser/requests lists them")
    entitled = matter.entitled(registry, now)
    if office not in entitled:
        whose = " and ".join(sorted(entitled))
        raise ProblemError(403, f"the request is for {whose}, not for your office")
    try:
        done = answer_matter(service.database, matter, office, said.text, registry, now)
    except ReviewError as error:
        raise ProblemError(409, str(error)) from None
    document = request_document(done, registry, now)
    return answer_json(request, {**document, "exercise": service.exercise})
