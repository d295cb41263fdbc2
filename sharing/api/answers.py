"""Answer with what was asked for, or 304 to a partner that has it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

__all__ = ["answer", "answer_json"]


def answer_json(
    request: Request, document: Any, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a document as canonical JSON: keys as given, no white space."""
    return answer(request, orjson.dumps(document), "application/json", headers)


def answer(
    request: Request, content: bytes, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the content, or 304 to a partner that has it: the tag is of its own answer alone."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    told = {**(headers or {}), "ETag": tag}
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in held or f"W/{tag}" in held:
        return Response(status_code=304, headers=told)
    return Response(content, media_type=media, headers=told)
