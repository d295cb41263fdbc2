"""Log every refusal: one line of JSON that names who, where and why, and holds no secret.

Neither a key, a cursor, an id of an item nor any value of a query is in it: what is asked is
named by the template of its route.
"""

import logging
import re
from collections.abc import MutableMapping
from http import HTTPMethod
from typing import Any, Final, TextIO

import orjson
import structlog
from fastapi import Request

from sda.times import format_utc

__all__ = ["LOGGING", "log_to", "masked", "note_refusal"]

_SECRETS = re.compile(r"(tl_[0-9a-zA-Z]+_)[0-9a-zA-Z]+|((?i:bearer|basic) +)[^\s'\",]+")

_REASONS = {
    400: "malformed",
    401: "no-valid-key",
    403: "forbidden",
    404: "not-there",
    405: "wrong-method",
    406: "no-such-format",
    409: "conflict",
    413: "too-long",
    422: "invalid",
    429: "limit",
    503: "unavailable",
}


def note_refusal(request: Request, status: int, reason: str = "") -> None:
    """Log that a request was answered with an error, and why, in a word."""
    state = request.state
    route = request.scope.get("route")
    structlog.get_logger().warning(
        "refused",
        time=format_utc(request.app.state.service.clock()),
        status=status,
        reason=reason or _REASONS.get(status, "failed"),
        method=request.method if request.method in HTTPMethod.__members__ else None,
        route=getattr(route, "path", None),
        address=request.client.host if request.client else None,
        **getattr(state, "who", {}),
        exercise=request.app.state.service.exercise,
    )


def masked(text: str) -> str:
    """Return a text with a mask in the place of keys and of what an Authorization header holds."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}***", text)


def log_to(stream: TextIO) -> None:
    """Have what is logged written to a stream, a line of JSON each."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, _mask, _render],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )


class MaskedFormatter(logging.Formatter):
    """Masks what the server itself logs, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines, of a record."""
        return masked(super().format(record))


LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": MaskedFormatter, "fmt": "%(levelname)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
"""Of the server. It logs no requests, for these have cursors in them."""


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked(value)
    return event


def _render(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(event, default=repr).decode()
