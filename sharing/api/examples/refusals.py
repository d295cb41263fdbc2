"""What anybody is refused with."""

from collections.abc import Mapping
from typing import Any, Final

from sharing.api.negotiation import FEED
from sharing.api.problems import problem_document

__all__ = ["PROBLEMS"]

_REFUSED: Final[Mapping[int, dict[str, Any]]] = {
    400: {
        "detail": "this cursor was not given to you for this filter: use `next` of an earlier "
        "answer with the same filter, or start without one"
    },
    401: {"detail": "no valid key was given: ask for one, or for a new one"},
    403: {"detail": "your key lacks the scope feed:read: ask for one that has it"},
    404: {"detail": "there is no such item in your feed"},
    406: {"detail": f"no such format: accept one of {', '.join(FEED.media.values())}"},
    409: {"detail": "you have asked about this item: that request is open"},
    413: {"detail": "the body is too long: send at most 16384 bytes"},
    422: {
        "detail": "a parameter is wrong: `errors` says which and why",
        "errors": [{"where": "query.limit", "what": "Input should be greater than or equal to 1"}],
    },
    429: {"detail": "your key may ask 600 times a minute: wait as Retry-After says"},
    503: {
        "detail": "the policy has changed and the feeds are yet to be decided again: try again "
        "later"
    },
}

PROBLEMS: Final[Mapping[int, dict[str, Any]]] = {
    status: problem_document(status, exercise=True, **said) for status, said in _REFUSED.items()
}
"""One typical refusal of each kind."""
