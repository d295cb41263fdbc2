"""Issue, check and withdraw the machine keys of partners, under one server secret.

A key is `tl_<key id>_<64 hexadecimal digits>`: 256 random bits, shown once. The database
keeps HMAC-SHA-256 of it under the server secret, so a copy of the database opens nothing.
"""

import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, insert, make_url, or_, select, update

from sda.settings import Settings
from sda.store.engine import writing
from sharing.errors import CredentialError
from sharing.schema import keys, partners

__all__ = [
    "Credential",
    "Key",
    "authenticate",
    "derive",
    "issue_key",
    "kept_secret",
    "list_keys",
    "note_use",
    "resume",
    "revoke_key",
    "server_secret",
    "suspend",
]

_SHORTEST_SECRET = 32
_NO_HASH = bytes(32)
"""Compared with when there is no such key, so that both cases cost the same."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; the key itself is not."""

    key_id: str
    partner: str
    created: datetime
    expires: datetime
    revoked: datetime | None
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that has just been checked."""

    key_id: str
    partner: str
    expires: datetime
    suspended: bool
    """Known to be the partner, and not to be served."""


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


def issue_key(engine: Engine, partner: str, secret: bytes, now: datetime, days: float) -> str:
    """Make a key for a partner and return it; it cannot be shown again.

    Raises CredentialError for a lifetime that is not positive.
    """
    if not days > 0:
        raise CredentialError(f"a key cannot live for {days} days: give a number above 0")
    key_id, proof = secrets.token_hex(8), secrets.token_hex(32)
    key = f"tl_{key_id}_{proof}"
    with writing(engine, "credentials") as connection:
        connection.execute(
            insert(keys).values(
                key_id=key_id,
                partner=partner,
                hash=_keyed_hash(secret, key),
                created=now,
                expires=now + timedelta(days=days),
            )
        )
    return key


def revoke_key(engine: Engine, key_id: str, now: datetime) -> None:
    """Withdraw a key for good.

    Raises CredentialError when there is no such key; revoking twice keeps the first time.
    """
    chosen = keys.c.key_id == key_id
    with writing(engine, "credentials") as connection:
        if connection.scalar(select(keys.c.key_id).where(chosen)) is None:
            raise CredentialError(f"no key {key_id!r}: `tearline key list` shows them")
        connection.execute(update(keys).where(chosen, keys.c.revoked.is_(None)).values(revoked=now))


def list_keys(engine: Engine, partner: str | None = None) -> Sequence[Key]:
    """Return all keys, or those of one partner, the oldest first."""
    found = select(
        *(keys.c[name] for name in Key.__dataclass_fields__),
    ).order_by(keys.c.created, keys.c.key_id)
    if partner is not None:
        found = found.where(keys.c.partner == partner)
    with engine.connect() as connection:
        return [Key(*row) for row in connection.execute(found)]


def authenticate(engine: Engine, key: str, secret: bytes, now: datetime) -> Credential:
    """Return whose key this is.

    One query, one HMAC and one comparison are made whether or not the key exists.

    Raises CredentialError, with one text for all causes, for a key that is unknown, wrong,
    expired or revoked.
    """
    key_id = key.split("_")[1] if key.count("_") == 2 else ""
    found = (
        select(keys, partners.c.suspended)
        .outerjoin(partners, partners.c.partner == keys.c.partner)
        .where(keys.c.key_id == key_id)
    )
    with engine.connect() as connection:
        row = connection.execute(found).one_or_none()
    same = hmac.compare_digest(_keyed_hash(secret, key), row.hash if row else _NO_HASH)
    if row is None or not same or row.revoked is not None or now >= row.expires:
        raise CredentialError("no valid key was given: ask for one, or for a new one")
    return Credential(row.key_id, row.partner, row.expires, bool(row.suspended))


def note_use(engine: Engine, key_id: str, now: datetime) -> None:
    """Keep when a key was last used, to the hour: a request must not cost a write."""
    stale = or_(keys.c.last_used.is_(None), keys.c.last_used < now - timedelta(hours=1))
    with engine.begin() as connection:
        connection.execute(update(keys).where(keys.c.key_id == key_id, stale).values(last_used=now))


def suspend(engine: Engine, partner: str) -> None:
    """Stop serving a partner from its next request on; its feed is kept up meanwhile."""
    _set_suspended(engine, partner, True)


def resume(engine: Engine, partner: str) -> None:
    """Serve a suspended partner again."""
    _set_suspended(engine, partner, False)


def _set_suspended(engine: Engine, partner: str, suspended: bool) -> None:
    with writing(engine, "publish") as connection:
        changed = connection.execute(
            update(partners).where(partners.c.partner == partner).values(suspended=suspended)
        )
        if not changed.rowcount:
            connection.execute(
                insert(partners).values(
                    partner=partner, suspended=suspended, entries=0, head=_NO_HASH
                )
            )


def _keyed_hash(secret: bytes, key: str) -> bytes:
    return hmac.digest(derive(secret, "machine key"), key.encode(), sha256)


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
