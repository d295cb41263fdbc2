"""Describe the interface so that a machine can hold the server to it.

FastAPI describes what routes return. Added here is what every route shares: that each error is a
problem (RFC 9457), which of them come before a route is reached, and the headers of an answer.
"""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from sharing.jws import SIGNATURE

__all__ = ["Problem", "describe", "refusals"]

_PROBLEM: Final = "application/problem+json"
_KEYED: Final = {
    "401": "No valid key was given.",
    "403": "The key is good, and what it asks for is not for it.",
    "429": "Too much was asked: Retry-After says when to ask again.",
    "503": "The feeds cannot be read just now: Retry-After says when to ask again.",
}
"""What any route that wants a key may answer before it begins."""

_ERRORS: Final = {
    **_KEYED,
    "400": "The cursor was not given to you for this filter.",
    "404": "There is no such thing for you, whether or not there is one for others.",
    "406": "No format of this answer is accepted.",
    "409": "It does not go with what there is: the detail says why.",
    "413": "What was sent is too long.",
    "422": "A parameter is wrong: `errors` says which and why.",
}


class Wrong(BaseModel):
    """A parameter that is wrong, and why."""

    where: str
    what: str


class Problem(BaseModel):
    """A request that was refused, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []
    exercise: bool


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route may refuse with, for its `responses`."""
    return {status: {"description": _ERRORS[str(status)]} for status in statuses}


def describe(app: FastAPI) -> None:
    """Have an application describe itself with what all of its routes share."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if operation.get("security"):
        for status, text in _KEYED.items():
            responses.setdefault(status, {"description": text})
        answer = responses.get("200", {})
        if method == "get" and answer and "text/event-stream" not in answer.get("content", {}):
            headers = answer.setdefault("headers", {})
            headers.setdefault(
                SIGNATURE,
                {
                    "description": "Detached JWS over the answer before any content coding.",
                    "schema": {"type": "string"},
                },
            )
            responses.setdefault("304", {"description": "You have it: If-None-Match names it."})
    for status, response in responses.items():
        if status.isdecimal() and int(status) >= 400:
            told = _ERRORS.get(status)
            if told and response.get("description", "") in ("", "Validation Error"):
                response["description"] = told
            schema = {"$ref": "#/components/schemas/Problem"}
            response["content"] = {_PROBLEM: {"schema": schema}}
    operation["responses"] = dict(sorted(responses.items()))
