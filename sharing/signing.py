"""Sign with Ed25519 (RFC 8032): heads of the ledger under one key, answers of feeds under another.

Who serves feeds needs the server secret and the key of feeds, and not that of the ledger, so they
can be kept apart.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from pydantic import SecretStr
from sqlalchemy import make_url

from sda.settings import Settings
from sharing.errors import CredentialError
from sharing.secret import derive, kept_secret, server_secret

__all__ = [
    "Signer",
    "derived_signer",
    "feed_signing_key",
    "is_signed",
    "read_public_key",
    "signing_key",
]

_SEED_BYTES = 32
_LEDGER, _FEED = "ledger signing", "feed signing"
"""What the keys are derived for where none is kept."""


class Signer:
    """Signs, and shows its public key; the private one does not leave it."""

    def __init__(self, seed: bytes) -> None:
        """Take the private key, `(32,) bytes`."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        """Public key, `(32,) bytes`."""

    def sign(self, content: bytes) -> bytes:
        """Return the signature `(64,) bytes` of a content."""
        return self._key.sign(content)


def signing_key(settings: Settings) -> Signer:
    """Return the signer with the key of the settings, or with the one beside the SQLite database.

    The latter is made on first use, readable by its owner alone; on other databases it is derived
    from the server secret.

    Raises CredentialError when it is no key, or there is no place to keep one.
    """
    given = settings.signing_key
    return _kept(settings, given, "TEARLINE_SIGNING_KEY", ".signing", _LEDGER)


def feed_signing_key(settings: Settings) -> Signer:
    """Return the signer of what partners are answered, found as `signing_key` finds the other.

    Raises CredentialError as that does.
    """
    given = settings.feed_signing_key
    return _kept(settings, given, "TEARLINE_FEED_SIGNING_KEY", ".feed-signing", _FEED)


def derived_signer(secret: bytes) -> Signer:
    """Return the signer that a server secret gives, for where no key of its own is kept."""
    return Signer(derive(secret, _LEDGER))


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether a signature of a content holds under a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_public_key(text: str) -> bytes:
    """Return the public key `(32,) bytes` that 64 hexadecimal digits stand for.

    Raises CredentialError for anything else.
    """
    return _bytes_of(text, "a public key")


def _kept(
    settings: Settings, given: SecretStr | None, variable: str, suffix: str, purpose: str
) -> Signer:
    is_file = make_url(settings.database_url).drivername.startswith("sqlite")
    if given is None and not is_file:
        return Signer(derive(server_secret(settings), purpose))
    text = kept_secret(settings, given, variable, suffix)
    return Signer(_bytes_of(text.decode(errors="replace"), variable))


def _bytes_of(text: str, what: str) -> bytes:
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        found = b""
    if len(found) != _SEED_BYTES:
        raise CredentialError(f"{what} is not 64 hexadecimal digits: give those of a key")
    return found
