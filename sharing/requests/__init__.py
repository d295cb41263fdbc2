"""What partners ask for beyond what they see, and how far that has come.

Nothing here looks at what is withheld: a request is kept, listed and closed alike, whether there is
more of its item or not. What comes of it a partner sees as a new revision of the item.
"""

from sharing.requests.book import (
    Listed,
    Wish,
    answer_request,
    ask,
    read_request,
    read_requests,
    standing_requests,
)
from sharing.requests.request import Request, State, Urgency, cases_for

__all__ = [
    "Listed",
    "Request",
    "State",
    "Urgency",
    "Wish",
    "answer_request",
    "ask",
    "cases_for",
    "read_request",
    "read_requests",
    "standing_requests",
]
