"""Put the headers on every answer that keep it private, and say that this is an exercise."""

from starlette.datastructures import MutableHeaders
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
        self._common = common_headers(exercise)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and dress the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (self._common | state.get("headers", {})).items():
                    headers.setdefault(name, value)
                # One value on every answer: what compresses sets it on those it may touch alone.
                headers["Vary"] = _VARY
            await send(message)

        await self._app(scope, receive, dressed)
