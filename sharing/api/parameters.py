"""Refuse a query that says a thing twice: one of the two would be overlooked."""

from collections import Counter
from typing import Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError

__all__ = ["each_once"]

_LISTS: Final = frozenset({"object"})
"""What may be given more than once, for all of it counts."""


async def each_once(request: Request) -> None:
    """Raise RequestValidationError for a parameter that is given more than once."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    again = sorted(name for name, times in given.items() if times > 1 and name not in _LISTS)
    if again:
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": "give it once", "type": "repeated"} for name in again]
        )
