"""Put the headers on every answer that keep it private, and say that this is an exercise."""

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Headers", "common_headers"]

_VARY = "Accept, Accept-Encoding, Authorization"
_COMMON = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": _VARY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}
"""As OWASP advises for answers of an interface (REST Security Cheat Sheet, Secure Headers)."""


def common_headers(exercise: bool) -> dict[str, str]:
    """Return the headers that every answer carries."""
    return _COMMON | ({"Tearline-Mode": "EXERCISE"} if exercise else {})


class Headers:
    """Middleware that adds the common headers where a route has not set its own.

    And those that stand in `request.state.headers`, whatever comes of the request afterwards.
    """

    def __init__(self, app: ASGIApp, exercise: bool) -> None:
        self._app = app
        self._common = _encoded(common_headers(exercise))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and dress the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given: Iterable[tuple[bytes, bytes]] = message["headers"]
                # One value on every answer: what compresses sets it on those it may touch alone.
                own = [header for header in given if header[0] != b"vary"]
                told = dict(self._common + _encoded(state.get("headers", {})))
                for name, _ in own:
                    told.pop(name, None)
                message["headers"] = [*own, *told.items()]
            await send(message)

        await self._app(scope, receive, dressed)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as they are sent: names in lower case (ASGI, HTTP connection scope)."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
