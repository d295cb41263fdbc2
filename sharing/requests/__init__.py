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
from sharing.requests.documents import request_document
from sharing.requests.matters import Matter, answer_matter, find_matter, matters
from sharing.requests.request import (
    LONGEST_TEXT,
    Request,
    State,
    Urgency,
    cases_for,
    plain_text,
)

__all__ = [
    "LONGEST_TEXT",
    "Listed",
    "Matter",
    "Request",
    "State",
    "Urgency",
    "Wish",
    "answer_matter",
    "answer_request",
    "ask",
    "cases_for",
    "find_matter",
    "matters",
    "plain_text",
    "read_request",
    "read_requests",
    "request_document",
    "standing_requests",
]
