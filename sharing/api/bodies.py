"""Read what a request sends once it is known who sends it, and no more than a little."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from sharing.api.access import Known
from sharing.api.problems import ProblemError
from sharing.requests import LONGEST_TEXT, plain_text

__all__ = ["LARGEST_BODY", "PlainText", "describe_body", "sent"]

LARGEST_BODY: Final = 16 * 1024
"""Bytes that a request may send."""

PlainText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(plain_text),
]
"""What one side writes and the other reads: a line that shows as what it is."""

_Model = TypeVar("_Model", bound=BaseModel)


def sent(model: type[_Model]) -> Callable[..., Awaitable[_Model]]:
    """Return the dependency that reads a JSON body into a model.

    A body that is declared as a parameter is read before anybody is asked for a key. It raises
    ProblemError (413) for a body that is too long, RequestValidationError for a wrong one.
    """

    async def read(request: Request, _who: Known) -> _Model:
        try:
            return model.model_validate_json(await _content(request))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError(
                [{**one, "loc": ("body", *one["loc"])} for one in found]
            ) from None

    return read


def describe_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return what the description of the interface says of such a body (`openapi_extra`)."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_BODY:
            raise ProblemError(413, f"the body is too long: send at most {LARGEST_BODY} bytes")
    return bytes(content)
