"""Believe what the proxy in front says of a client, and nobody else who says it.

The proxy ends TLS and has checked the client's certificate. It proves itself by the secret that it
shares with the server, from an address of the same machine. From anyone else its headers count
for nothing.
"""

import hmac
from hashlib import sha256
from ipaddress import ip_address
from ssl import PEM_cert_to_DER_cert
from urllib.parse import unquote

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Proxied", "fingerprint_of"]

_SECRET = "tearline-proxy-secret"  # noqa: S105 - the name of a header
_CERTIFICATE = "tearline-client-certificate"


class Proxied:
    """Middleware that takes the client's address and certificate from a proxy that proves itself.

    `request.state.certificate` is then the SHA-256 of the certificate, or None. The headers go no
    further than this.
    """

    def __init__(self, app: ASGIApp, secret: bytes | None) -> None:
        self._app = app
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with what the proxy says of it in the right places."""
        if scope["type"] == "http":
            headers = MutableHeaders(scope=scope)
            state = scope.setdefault("state", {})
            state["certificate"] = None
            if self._proves_itself(scope, headers.get(_SECRET, "")):
                state["certificate"] = fingerprint_of(headers.get(_CERTIFICATE, ""))
                address = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
                if address:
                    scope["client"] = (address, 0)
                if headers.get("x-forwarded-proto") == "https":
                    scope["scheme"] = "https"
            for name in (_SECRET, _CERTIFICATE):
                del headers[name]
        await self._app(scope, receive, send)

    def _proves_itself(self, scope: Scope, given: str) -> bool:
        if self._secret is None or not scope.get("client"):
            return False
        try:
            near = ip_address(scope["client"][0]).is_loopback
        except ValueError:
            return False
        return hmac.compare_digest(given.encode(), self._secret) and near


def fingerprint_of(escaped: str) -> bytes | None:
    """Return the SHA-256 of a certificate (PEM, percent-encoded as nginx does), None without one.

    It says who somebody is only where whoever sends it has checked that he holds its key.
    """
    try:
        return sha256(PEM_cert_to_DER_cert(unquote(escaped))).digest() if escaped else None
    except ValueError:
        return None
