"""Sign what partners are answered, so that they can show later who said it.

A signature is a detached JWS (RFC 7515, appendix F) over the bytes of the answer as they are
(RFC 7797, b64 false), with Ed25519 (RFC 8037; RFC 9864 has a newer name for the same, which few
readers know yet). Neither time nor nonce is in it: the same answer has
the same signature, and tells nothing more than the answer does.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import orjson

from sda.settings import Settings
from sharing.errors import CredentialError
from sharing.signing import Signer, feed_signing_key

__all__ = ["SIGNATURE", "FeedSigner", "feed_signer"]

SIGNATURE: Final = "Tearline-Signature"
"""The header that a signature comes in."""

_KEY_BYTES = 32
_KEPT: Final = 8192
"""Signatures; two or three MiB."""


class FeedSigner:
    """Signs answers, and publishes the keys that they can be verified with."""

    def __init__(self, signer: Signer, retired: Iterable[bytes] = ()) -> None:
        """Take the signer of today, and public keys `(32,) bytes` of earlier ones."""
        self._signer = signer
        self._keys = [_jwk(public) for public in dict.fromkeys((signer.public, *retired))]
        self.kid: str = self._keys[0]["kid"]
        """Thumbprint (RFC 7638) of the key of today."""
        protected = {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": self.kid}
        self._protected = _base64(orjson.dumps(protected))
        self._known: dict[bytes, str] = {}

    def sign(self, content: bytes, digest: bytes) -> str:
        """Return the detached JWS of a content: protected header, nothing, signature.

        Ed25519 hashes what it signs twice, so the signature of a page costs as much as the page:
        those of the last answers are kept by SHA-256 `digest` of the content. A page holds its
        reader's own ids and cursor, so nobody meets what was kept for another.
        """
        known = self._known.get(digest)
        if known is None:
            signed = self._signer.sign(b"%b.%b" % (self._protected.encode(), content))
            known = f"{self._protected}..{_base64(signed)}"
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[digest] = known
        return known

    def jwks(self) -> dict[str, Any]:
        """Return the JWK set (RFC 7517, section 5) of all keys, that of today first."""
        return {"keys": self._keys}


def feed_signer(settings: Settings) -> FeedSigner:
    """Return the signer of feeds of the settings.

    Raises CredentialError when a key is none, or there is no place to keep one.
    """
    texts = (text.strip() for text in settings.feed_retired_keys.split(","))
    retired = [_public_key(text) for text in texts if text]
    return FeedSigner(feed_signing_key(settings), retired)


def _jwk(public: bytes) -> dict[str, Any]:
    """Return a public key as JWK (RFC 8037, section 2), named by its thumbprint (RFC 7638)."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}
    kid = _base64(sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest())
    return {**required, "alg": "EdDSA", "kid": kid, "use": "sig"}


def _public_key(text: str) -> bytes:
    try:
        public = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        public = b""
    if len(public) != _KEY_BYTES or _base64(public) != text:
        raise CredentialError(
            f"TEARLINE_FEED_RETIRED_KEYS: {text!r} is no public key: give the x of one that "
            "`tearline feed key` printed"
        )
    return public


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
