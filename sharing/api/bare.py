"""Answer HEAD as GET, without the content (RFC 9110, section 9.3.2): probes and caches ask so."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Bare"]


class Bare:
    """Middleware that ends an answer to HEAD after its headers.

    A stream of events, which has no end of its own, learns by that that nobody listens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, HEAD as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_over = False

        async def bare(message: Message) -> None:
            nonlocal is_over
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_over:
                is_over = True
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, "method": "GET"}, receive, bare)
