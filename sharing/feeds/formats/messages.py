"""Write an item as a Conjunction Data Message (CCSDS 508.0-B-1), where all of it was released.

A message without states or covariances is none, and one with coarse values would say what is not
so. MESSAGE_ID is the item's id and revision, which no other partner has; the office to ask stands
as the contact of both objects. The standard has no field for a marking: it is a comment, after
EXERCISE where that is so.
"""

from datetime import datetime
from textwrap import wrap
from typing import Final

from sda.ccsds import Cdm
from sda.ccsds.composing import Contact, MessageHeader, ObjectDescription, Probability, compose
from sda.ccsds.config import MessagesConfig
from sda.errors import MessageError
from sda.orbit.reference_frames import ReferenceFrame
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.times import parse_utc
from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead
from sharing.feeds.formats.told import ACTIVE, Told

__all__ = ["message_of_item"]

_LINE: Final = 200
"""A line of KVN has 254 characters at most (7.2.2); a comment shares it with its keyword."""


def message_of_item(
    item: FeedItem, created: datetime, head: Letterhead, messages: MessagesConfig
) -> Cdm | None:
    """Return an item as a message that was created at a time; None where it is not complete.

    It is the same None whatever is missing, and whether that is withheld or never was.
    """
    told = Told(item, head.registry.rules)
    tca, miss_km = told.text("tca"), told.number("miss_distance")
    if item.status != ACTIVE or tca is None or miss_km is None:
        return None
    contact = _contact(str(item.body["contact"]), head, messages)
    try:
        first, second = (_side(told, n, contact) for n in (1, 2))
        if first is None or second is None or first[0] is not second[0]:
            return None
        return compose(
            MessageHeader(
                message_id=f"{item.item_id}-{item.revision}",
                created=created,
                originator=head.originator,
                comments=_comments(told, head, messages),
            ),
            Conjunction(parse_utc(tca), first[1], second[1]),
            first[0],
            (first[2], second[2]),
            Probability(told.number("probability"), told.text("probability_method"), None),
        )
    except MessageError:
        # What is no message is not given as one.
        return None


def _side(
    told: Told, n: int, contact: Contact
) -> tuple[ReferenceFrame, State, ObjectDescription] | None:
    number, state, covariance = told.text(f"norad_id_{n}"), told.state(n), told.covariance(n)
    if number is None or state is None or covariance is None:
        return None
    (frame, r_km, v_km_s), (method, matrix) = state, covariance
    about = ObjectDescription(
        designator=number,
        name=told.text(f"name_{n}") or "",
        international_designator="",
        contact=contact,
        covariance_method=method,
    )
    return frame, State(r_km, v_km_s, turned_from_ric(matrix, r_km, v_km_s)), about


def _comments(told: Told, head: Letterhead, messages: MessagesConfig) -> tuple[str, ...]:
    exercise = (head.data_mode,) if head.exercise else ()
    return (*exercise, *wrap(f"Marking: {told.banner}", _LINE), *messages.comments)


def _contact(name: str, head: Letterhead, messages: MessagesConfig) -> Contact:
    office = head.registry.offices.get(name)
    if office is None:
        given = messages.contact
        return Contact(given.position, given.organization, given.phone, given.email)
    return Contact(office.role, office.channel)
