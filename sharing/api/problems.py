"""Answer every error as `application/problem+json` (RFC 9457), without internals."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sda.errors import StoreError
from sharing.api.audit import note_refusal
from sharing.api.headers import common_headers

__all__ = ["MEANINGS", "ProblemError", "answer_problems", "described", "problem_document"]

MEANINGS = {
    400: "The cursor was not given to you for this filter.",
    401: "No valid key was given.",
    403: "The key may not do that, or its partner is suspended.",
    404: "There is no such thing for you.",
    406: "There is no such format.",
    409: "It is too late, contradicts what stands, or the item is not complete enough for that.",
    413: "The body is too long.",
    422: "A parameter or the body is wrong.",
    429: "Too many requests: wait as Retry-After says.",
    503: "Not just now: try again as Retry-After says.",
}
"""What each refusal means, for the description of the interface."""


class ProblemError(Exception):
    """A request that is refused: a status, and one line that says what to do.

    The reason, a word, goes to the log alone.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return refusals for the `responses` of a route or router, in the description."""
    return {one: {"description": MEANINGS[one]} for one in statuses}


def answer_problems(app: FastAPI, exercise: bool) -> None:
    """Have an application answer all that is raised in it as a problem."""

    async def refused(request: Request, error: Exception) -> Response:
        if not isinstance(error, ProblemError):
            return await failed(request, error)
        note_refusal(request, error.status, error.reason)
        return _problem(error.status, error.detail, exercise, error.headers)

    async def http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return await failed(request, error)
        note_refusal(request, error.status_code)
        detail = {
            404: "there is nothing here for you: /docs lists what there is",
            405: "this address does not take that method: /docs lists what there is",
        }.get(error.status_code, "the request was refused")
        headers = dict(error.headers or {})
        if "GET" in headers.get("Allow", ""):
            headers["Allow"] += ", HEAD"
        return _problem(error.status_code, detail, exercise, headers)

    async def invalid(request: Request, error: Exception) -> Response:
        note_refusal(request, 422)
        wrong = error.errors() if isinstance(error, RequestValidationError) else []
        places = [
            {"where": ".".join(str(part) for part in one["loc"]), "what": str(one["msg"])}
            for one in wrong
        ]
        detail = "a parameter is wrong: `errors` says which and why"
        return _problem(422, detail, exercise, {}, errors=places)

    async def unavailable(request: Request, error: Exception) -> Response:
        note_refusal(request, 503, "database")
        detail = "the feed cannot be read just now: try again"
        return _problem(503, detail, exercise, {"Retry-After": "30"})

    async def failed(request: Request, error: Exception) -> Response:
        note_refusal(request, 500)
        # Answered outside every middleware, so it dresses itself.
        detail = "the server failed: nothing is wrong with the request, try again later"
        return _problem(500, detail, exercise, common_headers(exercise))

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StoreError, unavailable)
    app.add_exception_handler(Exception, failed)


def problem_document(status: int, detail: str, exercise: bool, **more: Any) -> dict[str, Any]:
    """Return a problem as JSON has it (RFC 9457, section 3)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
        "exercise": exercise,
    }


def _problem(
    status: int, detail: str, exercise: bool, headers: Mapping[str, str], **more: Any
) -> Response:
    content = orjson.dumps(problem_document(status, detail, exercise, **more))
    return Response(content, status, headers, media_type="application/problem+json")
