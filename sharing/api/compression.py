"""Compress answers for those who take gzip or Brotli.

No answer holds a secret beside text that somebody else may choose, and a key is sent by whoever has
it and not by a browser of itself: so lengths betray nothing (the attack called BREACH needs both).
Streams of events are left as they are: a compressor for each listener costs memory, and saves
little.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

__all__ = ["Compressed"]

_SMALLEST: Final = 1000
"""Bytes; what fits one packet gains nothing."""

for _media in (
    "text/csv",
    "application/vnd.tearline.czml+json",
    "application/vnd.tearline.spacetrack+json",
    "application/vnd.tearline.udl+json",
):
    add_compress_type(_media)
remove_compress_type("text/event-stream")


class Compressed:
    """Middleware that compresses, and makes the tag of what it compressed a weak one.

    The bytes differ, so a strong tag would be wrong (RFC 9110, section 8.8.3.3); whoever holds the
    weak one is told 304 all the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = CompressMiddleware(app, minimum_size=_SMALLEST, zstd=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and compress the answer."""

        async def weakened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                tag = headers.get("etag", "")
                if "content-encoding" in headers and tag.startswith('"'):
                    headers["ETag"] = f"W/{tag}"
            await send(message)

        await self._app(scope, receive, weakened)
