"""Answer with what was asked for, signed, or 304 to a partner that has it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from sharing.api.access import service_of
from sharing.api.shelf import Answer
from sharing.jws import SIGNATURE

__all__ = ["answer", "answer_json", "in_json", "sent", "written"]


def in_json(document: Any) -> bytes:
    """Return a document in the one form that there is of it: keys sorted, no white space."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def written(
    request: Request, content: bytes, media: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return a content, tagged and signed: the tag is of this answer alone."""
    digest = sha256(content).digest()
    signature = service_of(request).signer.sign(content, digest)
    return Answer(content, media, headers or {}, f'"{digest[:16].hex()}"', signature)


def sent(request: Request, made: Answer) -> Response:
    """Return an answer as a response; to a partner that has it, 304 without a signature."""
    told = {**made.headers, "ETag": made.tag}
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if made.tag in held or f"W/{made.tag}" in held:
        return Response(status_code=304, headers=told)
    told[SIGNATURE] = made.signature
    return Response(made.content, media_type=made.media, headers=told)


def answer_json(
    request: Request, document: Any, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a document as a response, signed."""
    return answer(request, in_json(document), "application/json", headers)


def answer(
    request: Request, content: bytes, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a content as a response, signed."""
    return sent(request, written(request, content, media, headers))
