"""The secret of the server, and the keys that are derived from it."""

import hmac
import os
import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url

from sda.settings import Settings
from sharing.errors import CredentialError

__all__ = ["derive", "kept_secret", "server_secret"]

_SHORTEST_SECRET = 32


def server_secret(settings: Settings) -> bytes:
    """Return the secret of the settings, or the one beside the SQLite database.

    The latter is made on first use, readable by its owner alone.

    Raises CredentialError when it is too short, or there is no place to keep one.
    """
    return kept_secret(settings, settings.secret, "TEARLINE_SECRET", ".secret")


def kept_secret(settings: Settings, given: SecretStr | None, variable: str, suffix: str) -> bytes:
    """Return the secret that was given, or the one beside the SQLite database, made on first use.

    Raises CredentialError when it is too short, or there is no place to keep one.
    """
    if given is not None:
        return _long_enough(given.get_secret_value().encode(), variable)
    place = make_url(settings.database_url)
    if not place.drivername.startswith("sqlite") or not place.database:
        raise CredentialError(
            f"set {variable}, as the README says: only beside an SQLite file is one made"
        )
    path = Path(place.database + suffix)
    if not path.exists():
        _make_secret(path, variable)
    return _long_enough(path.read_bytes().strip(), str(path))


def derive(secret: bytes, purpose: str, subject: str = "") -> bytes:
    """Return the key `(32,) bytes` for one purpose and subject.

    HMAC-SHA-256 as the expand step of HKDF (RFC 5869, section 2.3, one block): the secret is
    the pseudo-random key, purpose and subject are the info.
    """
    info = b"tearline\0" + purpose.encode() + b"\0" + subject.encode() + b"\x01"
    return hmac.digest(secret, info, "sha256")


def _long_enough(secret: bytes, place: str) -> bytes:
    if len(secret) < _SHORTEST_SECRET:
        raise CredentialError(
            f"{place} has {len(secret)} characters: give {_SHORTEST_SECRET} or more"
        )
    return secret


def _make_secret(path: Path, variable: str) -> None:
    """Write a fresh secret whole or not at all; the first of several processes wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(32).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError as error:
        raise CredentialError(
            f"cannot keep a secret in {path} ({error.strerror}): set {variable}"
        ) from None
    finally:
        draft.unlink(missing_ok=True)
