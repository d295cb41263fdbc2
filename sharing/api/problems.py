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
from sharing.api.headers import common_headers

__all__ = ["ProblemError", "answer_problems"]


class ProblemError(Exception):
    """A request that is refused: a status, and one line that says what to do."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def answer_problems(app: FastAPI, exercise: bool) -> None:
    """Have an application answer all that is raised in it as a problem."""

    def refused(_: Request, error: Exception) -> Response:
        if isinstance(error, ProblemError):
            return _problem(error.status, error.detail, exercise, error.headers)
        return failed(_, error)

    def http_error(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return failed(_, error)
        detail = {
            404: "there is nothing here for you: /docs lists what there is",
            405: "this address does not take that method: /docs lists what there is",
        }.get(error.status_code, "the request was refused")
        return _problem(error.status_code, detail, exercise, error.headers or {})

    def invalid(_: Request, error: Exception) -> Response:
        wrong = error.errors() if isinstance(error, RequestValidationError) else []
        places = [
            {"where": ".".join(str(part) for part in one["loc"]), "what": str(one["msg"])}
            for one in wrong
        ]
        detail = "a parameter is wrong: `errors` says which and why"
        return _problem(422, detail, exercise, {}, errors=places)

    def unavailable(_: Request, error: Exception) -> Response:
        detail = "the feed cannot be read just now: try again"
        return _problem(503, detail, exercise, {"Retry-After": "30"})

    def failed(_: Request, error: Exception) -> Response:
        # Answered outside every middleware, so it dresses itself.
        detail = "the server failed: nothing is wrong with the request, try again later"
        return _problem(500, detail, exercise, common_headers(exercise))

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StoreError, unavailable)
    app.add_exception_handler(Exception, failed)


def _problem(
    status: int, detail: str, exercise: bool, headers: Mapping[str, str], **more: Any
) -> Response:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
        "exercise": exercise,
    }
    return Response(orjson.dumps(document), status, headers, media_type="application/problem+json")
