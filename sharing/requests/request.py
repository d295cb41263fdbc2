"""A request of a partner for more of an item, as both sides see it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sharing.feeds.identity import Subject, tolerance_of
from sharing.registry import ReleaseRules
from sharing.review import Case

__all__ = [
    "LONGEST_TEXT",
    "Request",
    "State",
    "Urgency",
    "cases_for",
    "closing_time",
    "plain_text",
]

LONGEST_TEXT: Final = 1000
"""Characters of what a partner asks, and of what it is answered."""


class Urgency(StrEnum):
    """How soon a partner needs an answer, by its own word."""

    ROUTINE = "routine"
    URGENT = "urgent"


class State(StrEnum):
    """How far a request has come, for the office. A partner is told open or closed, no more."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Request:
    """What a partner asked, and what was answered.

    `closes` is when the partner sees it closed: when it expires, or by an answer sooner. `n` counts
    the requests of this partner alone, `revision` is that of the item when it was asked.
    """

    partner: str
    n: int
    request_id: str
    item_id: str
    revision: int
    opened: datetime
    expires: datetime
    closes: datetime
    reason: str
    wanted: tuple[str, ...]
    urgency: Urgency
    office: str
    """Whom it was for when it was asked."""
    answered: datetime | None = None
    answered_by: str = ""
    answer: str = ""

    def state(self, now: datetime) -> State:
        """Return how far it has come, as the office sees it."""
        if self.answered is not None:
            return State.ANSWERED
        return State.EXPIRED if now >= self.expires else State.OPEN

    def is_closed(self, now: datetime) -> bool:
        """Return whether its partner is told that it is closed."""
        return now >= self.closes


def plain_text(text: str) -> str:
    """Return a text without the white space around it.

    Raises ValueError where it is empty, too long, of several lines, or has characters that could
    be taken for something else on a terminal.
    """
    plain = text.strip()
    if not (plain and plain.isprintable() and len(plain) <= LONGEST_TEXT):
        raise ValueError(f"write plain text in one line, {LONGEST_TEXT} characters at most")
    return plain


def closing_time(request: Request, answered: datetime, step: timedelta) -> datetime:
    """Return when the partner of a request sees an answer: some whole steps after it was asked.

    An office is done sooner with a question that there is nothing to decide about; without the
    steps the time it took would tell.
    """
    steps = -(-(answered - request.opened) // step)
    return min(request.opened + max(steps, 1) * step, request.expires)


def cases_for(
    request: Request, subject: Subject, cases: Iterable[Case], rules: ReleaseRules
) -> tuple[Case, ...]:
    """Return the cases of the event of a request's item in which its partner waits."""
    start, end = subject.span
    return tuple(
        case
        for case in cases
        if case.pair == subject.pair
        and request.partner in case.waiting
        and max(start - case.tca, case.tca - end) <= tolerance_of(case.kind, rules)
    )
