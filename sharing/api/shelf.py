"""Keep answers as they were given, for whoever asks the same of a feed that stands as it did.

A feed is written once and read again and again. What is kept is of one partner, and counts only
while nothing that it rests on has changed: the entries of that partner, orders about sources, the
configuration and the day.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from threading import Lock
from typing import Final

from fastapi import Request

from sharing.api.negotiation import accepted
from sharing.credentials import FeedState
from sharing.registry import Registry

__all__ = ["Answer", "Shelf", "asked_of"]


def asked_of(request: Request, partner: str, state: FeedState, today: date) -> Hashable:
    """Return all that an answer of a feed depends on beside the configuration.

    What the request says in its own words counts by its digest: it may be long, and is kept.
    """
    said = sha256(b"%b\n%b" % (request.scope["query_string"], accepted(request).encode()))
    return partner, request.scope["path"], said.digest(), state, today


_BESIDE: Final = 1024
"""Bytes that headers and keys take, about."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A content with its tag, and a detached signature over it before any content coding."""

    content: bytes = field(repr=False)
    media: str
    headers: Mapping[str, str]
    tag: str
    signature: str


class Shelf:
    """Answers by what was asked, the last used ones, up to so many bytes in all."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[Registry, Answer]] = OrderedDict()
        self._bytes = 0

    def find(self, asked: Hashable, registry: Registry) -> Answer | None:
        """Return the answer to the same under the same registry, if it is still here."""
        with self._lock:
            kept = self._kept.get(asked)
            if kept is None or kept[0] is not registry:
                return None
            self._kept.move_to_end(asked)
            return kept[1]

    def keep(self, asked: Hashable, registry: Registry, answer: Answer) -> None:
        """Keep an answer, and let go of those that were not asked for longest."""
        with self._lock:
            self._let_go(asked)
            self._kept[asked] = registry, answer
            self._bytes += _size(answer)
            while self._bytes > self._most:
                self._let_go(next(iter(self._kept)))

    def _let_go(self, asked: Hashable) -> None:
        gone = self._kept.pop(asked, None)
        if gone is not None:
            self._bytes -= _size(gone[1])


def _size(answer: Answer) -> int:
    return len(answer.content) + _BESIDE
