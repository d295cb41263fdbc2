"""The office to turn to."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sda.errors import TimeError
from sda.times import parse_utc
from sharing.api.access import Asking, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.problems import ProblemError, described
from sharing.api.shapes import ContactsOut
from sharing.contacts import Contact, is_open, office_for
from sharing.feeds import FeedItem, read_item
from sharing.feeds.formats import contact_document
from sharing.registry import ContactRules

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["contacts"], dependencies=[Depends(needs("contacts:read"))])


class ContactsQuery(BaseModel):
    """What may be asked; anything else is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    topic: Annotated[str | None, Field(min_length=1, max_length=200)] = Field(
        None, description="One of `topics` of the answer, for example `release requests`."
    )
    item: Annotated[str | None, Field(max_length=64)] = Field(
        None, description="Id of an item of your feed."
    )


@router.get(
    "/contacts",
    summary="Find the office that can decide",
    response_model=ContactsOut,
    responses=described(404),
)
def contacts(
    request: Request, caller: Asking, service: Serving, asked: Annotated[ContactsQuery, Query()]
) -> Response:
    """Return the office for a topic, for an item, or for an item on a topic.

    Where a post is unfilled, or nobody has verified it for long, the next one answers, and
    `instead_of` says in whose place. What is urgent goes to an office that is open now: an item
    whose closest approach is near, and some topics. Where nobody is left the office of last
    resort answers, and `last_resort` says so.
    """
    registry, now = caller.registry, service.clock()
    topics = {topic.name: topic.meaning for topic in registry.contacts.topics}
    if asked.topic is not None and asked.topic not in topics:
        raise ProblemError(422, f"there is no such topic: choose of {', '.join(topics) or 'none'}")
    named, urgent = "", asked.topic in registry.contacts.urgent_topics
    if asked.item is not None:
        found = read_item(service.database, caller.partner.id, asked.item)
        if found is None:
            raise ProblemError(404, "there is no such item in your feed")
        named = found.body["contact"]
        urgent = urgent or _is_near(found, now, registry.contacts)
    contact = office_for(registry, now, asked.topic or "", named, urgent)
    return answer_json(request, _document(contact, topics, now, service.exercise))


def _is_near(item: FeedItem, now: datetime, rules: ContactRules) -> bool:
    """Return whether an item's closest approach, as its partner knows it, is near in time."""
    told = item.body["facts"].get("tca", {}).get("value")
    try:
        left = parse_utc(str(told)) - now
    except TimeError:
        return False
    return abs(left) <= timedelta(hours=rules.urgent_within_hours)


def _document(
    contact: Contact, topics: dict[str, str], now: datetime, exercise: bool
) -> dict[str, Any]:
    return {
        "contact": contact_document(contact.office),
        "open_now": is_open(contact.office, now),
        "instead_of": [
            {"office": one.office, "reason": str(one.reason)} for one in contact.instead_of
        ],
        "alternates": [contact_document(one) for one in contact.alternates],
        "last_resort": contact.last_resort,
        "topics": topics,
        "exercise": exercise,
    }
