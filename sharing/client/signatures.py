"""Verify what a server said, with its published keys and nothing else.

Answers carry a detached JWS (RFC 7515, appendix F) over their bytes (RFC 7797, b64 false) with
Ed25519 (RFC 8037). This shares no code with the server that signs.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sharing.client.errors import SignatureError

__all__ = ["SIGNATURE", "TrustedKeys", "read_keys"]

SIGNATURE: Final = "Tearline-Signature"
"""The header that a signature comes in."""


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """Public keys by thumbprint."""

    keys: Mapping[str, bytes]

    def verify(self, content: bytes, signature: str) -> str:
        """Return the thumbprint of the key that signed a content.

        Raises SignatureError when the signature cannot be read, is of no key here, or is not of
        this content.
        """
        protected, kid, proof = _parts(signature)
        if kid not in self.keys:
            raise SignatureError(
                f"signed by {kid!r}, which is no key that is trusted here: fetch the keys of the "
                "server anew, or ask its office whether it has a new one"
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(self.keys[kid])
            public.verify(proof, b"%b.%b" % (protected.encode(), content))
        except (InvalidSignature, ValueError):
            raise SignatureError(
                "the signature does not hold: this is not what was signed, fetch it anew"
            ) from None
        return kid

    def only(self, pinned: Collection[str]) -> "TrustedKeys":
        """Return those of the keys that have one of the thumbprints."""
        return TrustedKeys({kid: key for kid, key in self.keys.items() if kid in pinned})

    def document(self) -> dict[str, Any]:
        """Return the keys as a JWK set (RFC 7517, section 5)."""
        keys = [
            {"alg": "EdDSA", "crv": "Ed25519", "kid": kid, "kty": "OKP", "use": "sig", "x": _b64(x)}
            for kid, x in sorted(self.keys.items())
        ]
        return {"keys": keys}


def read_keys(text: str | bytes) -> TrustedKeys:
    """Return the Ed25519 keys of a JWK set, each under the thumbprint that it really has.

    What a key calls itself does not count. Raises SignatureError for what is no JWK set, or has no
    such key in it.
    """
    try:
        listed = json.loads(text)["keys"]
        found = [_key(one) for one in listed if one["kty"] == "OKP" and one["crv"] == "Ed25519"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = []
    if not found:
        raise SignatureError("no Ed25519 keys: give the /.well-known/jwks.json of the server")
    return TrustedKeys({_thumbprint(key): key for key in found})


def _key(jwk: Mapping[str, Any]) -> bytes:
    key = _bytes(jwk["x"])
    Ed25519PublicKey.from_public_bytes(key)
    return key


def _thumbprint(key: bytes) -> str:
    """Return the thumbprint of a public key (RFC 7638, section 3; RFC 8037, section 2)."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{_b64(key)}"}}'
    return _b64(sha256(members.encode()).digest())


def _parts(signature: str) -> tuple[str, str, bytes]:
    """Return protected header, thumbprint and proof of a detached JWS that means what we know."""
    try:
        protected, payload, proof = signature.strip().split(".")
        header = json.loads(_bytes(protected))
        known = {name: header[name] for name in ("alg", "b64", "crit")}
        kid = header["kid"]
        found = _bytes(proof)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unreadable() from None
    expected = {"alg": "EdDSA", "b64": False, "crit": ["b64"]}
    if payload or known != expected or not isinstance(kid, str):
        raise _unreadable()
    return protected, kid, found


def _unreadable() -> SignatureError:
    return SignatureError(
        f"no signature of a feed: give the value of the header {SIGNATURE}, header..signature"
    )


def _bytes(text: str) -> bytes:
    """Return what base64url stands for; refuses any other spelling of the same bytes."""
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _b64(found) != text:
        raise ValueError("not base64url without padding")
    return found


def _b64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
