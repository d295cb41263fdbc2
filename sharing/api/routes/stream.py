"""The feed of the partner that asks, as it grows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from sharing.api.access import Asking, Serving, needs
from sharing.api.filters import FilterQuery
from sharing.api.problems import ProblemError, described
from sharing.delivery import Listener
from sharing.errors import FeedError
from sharing.feeds import unseal

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["push"], dependencies=[Depends(needs("stream:read"))])


class EventStream(StreamingResponse):
    """Events as they come; unlike FastAPI's own, it keeps to the headers of every other answer."""

    media_type = "text/event-stream"


class StreamQuery(FilterQuery):
    """What may be asked of a stream: filters, as of the feed, and the place."""

    after: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="`next` of the feed with the same filter; without it, from the beginning."
    )


@router.get(
    "/stream",
    summary="Hold your feed open, and get what is published as it is",
    response_class=EventStream,
    responses=described(400),
)
async def stream(
    caller: Asking,
    service: Serving,
    asked: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(description="Id of the last event that you have; it goes before `after`."),
    ] = None,
) -> EventStream:
    """Send each item as an event `item`, oldest changes first, and then go on as the feed grows.

    The data of an event is the item as the feed shows it, its id the cursor after it: connect again
    with the last one as Last-Event-ID, as browsers do by themselves, and nothing is lost or
    repeated. Comments say that the stream lives. It ends when your key does.
    """
    chosen, after = asked.filter(caller.partner, caller.registry), 0
    if cursor := last_event_id or asked.after:
        try:
            after = unseal(cursor, caller.partner.id, chosen.text, service.secret)
        except FeedError:
            raise ProblemError(
                400,
                "this id was not given to you for this filter: give the id of the last event that "
                "you have, with the same filter, or start without one",
            ) from None
    if service.streams.is_full(caller.partner.id):
        raise ProblemError(
            429, "you hold as many streams as there may be: close one", {"Retry-After": "60"}
        )
    listener = Listener(caller.partner.id, caller.key_id, caller.expires, chosen, after)
    # A proxy that gathers an answer before it passes it on would hold events back (nginx's name).
    return EventStream(service.streams.events(listener), headers={"X-Accel-Buffering": "no"})
