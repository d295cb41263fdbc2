"""Answer with what was asked for, signed, or 304 to a partner that has it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from sharing.api.access import service_of
from sharing.jws import SIGNATURE

__all__ = ["answer", "answer_json"]


def answer_json(
    request: Request, document: Any, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a document in the one form that there is of it: keys sorted, no white space."""
    content = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return answer(request, content, "application/json", headers)


def answer(
    request: Request, content: bytes, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the content with a detached signature over it, before any content coding.

    To a partner that has it, 304 without one: the tag is of its own answer alone.
    """
    digest = sha256(content).digest()
    tag = f'"{digest[:16].hex()}"'
    told = {**(headers or {}), "ETag": tag}
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in held or f"W/{tag}" in held:
        return Response(status_code=304, headers=told)
    told[SIGNATURE] = service_of(request).signer.sign(content, digest)
    return Response(content, media_type=media, headers=told)
