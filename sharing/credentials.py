"""Issue, rotate, check and withdraw machine keys, under one server secret.

A key is `tl_<key id>_<64 hexadecimal digits>`: 256 random bits, shown once. The database
keeps HMAC-SHA-256 of it under the server secret, so a copy of the database opens nothing.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update

from sda.store import writing
from sda.times import format_utc
from sharing.errors import CredentialError
from sharing.roles import Role, Scope, read_scopes, scopes_for, write_scopes
from sharing.schema import keys, partners, publications, source_orders
from sharing.secret import derive

__all__ = [
    "Credential",
    "FeedState",
    "Holder",
    "Key",
    "authenticate",
    "authenticate_certificate",
    "bind_certificate",
    "issue_key",
    "keyed_hash",
    "list_keys",
    "note_use",
    "resume",
    "revoke_key",
    "rotate_key",
    "suspend",
]

_LONGEST_DAYS = 3650
_NO_HASH = bytes(32)
"""Compared with when there is no such key, so that both cases cost the same."""
_NOT_VALID = "no valid key was given: ask for one, or for a new one"


_LAST_ORDER = select(source_orders).order_by(source_orders.c.n.desc()).limit(1)
_WITH_STANDING = select(
    keys,
    partners.c.suspended,
    partners.c.head,
    select(publications.c.policy)
    .order_by(publications.c.publication.desc())
    .limit(1)
    .scalar_subquery()
    .label("policy"),
    _LAST_ORDER.with_only_columns(source_orders.c.n).scalar_subquery().label("orders"),
    _LAST_ORDER.with_only_columns(source_orders.c.at).scalar_subquery().label("ordered"),
).outerjoin(partners, partners.c.partner == keys.c.partner)
_BY_ID = _WITH_STANDING.where(keys.c.key_id == bindparam("key_id"))
_BY_CERTIFICATE = (
    # One at most is in force: `bind_certificate` sees to that.
    _WITH_STANDING.where(keys.c.certificate == bindparam("certificate"))
    .order_by(keys.c.revoked.is_not(None), keys.c.expires.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key it is, a partner's or an office's, and what it may be used for.

    Without scopes it may be used for all that its role allows now.
    """

    partner: str = ""
    office: str = ""
    role: Role = Role.PARTNER
    scopes: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; the key itself is not."""

    key_id: str
    partner: str
    office: str
    role: Role
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime
    revoked: datetime | None
    last_used: datetime | None
    by_certificate: bool

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "key_id": self.key_id,
            "partner": self.partner or None,
            "office": self.office or None,
            "role": self.role.value,
            "scopes": sorted(self.scopes),
            "created_utc": format_utc(self.created),
            "expires_utc": format_utc(self.expires),
            "revoked_utc": format_utc(self.revoked) if self.revoked else None,
            "last_used_utc": format_utc(self.last_used) if self.last_used else None,
            "by_certificate": self.by_certificate,
        }


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where the feed of a partner stands: while this is the same, so is what is served of it.

    It tells two databases apart, not only two times: one may be put back from a copy.
    """

    policy: str | None
    """Digest of the policy that feeds were last decided under."""
    head: bytes | None
    """Hash of the last entry of the partner's ledger, which binds all before it."""
    orders: int
    """About sources, so far."""
    ordered: datetime | None
    """When the last of them was given."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a certificate that has just been checked."""

    key_id: str
    partner: str
    office: str
    role: Role
    scopes: frozenset[Scope]
    expires: datetime
    suspended: bool
    """Known to be the partner, and not to be served."""
    state: FeedState
    """Of its partner's feed, as the key was checked."""


def issue_key(
    engine: Engine, holder: Holder | str, secret: bytes, now: datetime, days: float
) -> str:
    """Make a key for a holder, or a partner, and return it; it cannot be shown again.

    Raises CredentialError for a lifetime that is not positive, or a scope beyond the role.
    """
    key_id, key = _new_key()
    row = _row(key_id, holder, now, timedelta(days=_positive(days)))
    with writing(engine, "credentials") as connection:
        connection.execute(insert(keys).values(row | {"hash": keyed_hash(secret, key)}))
    return key


def bind_certificate(
    engine: Engine,
    holder: Holder,
    fingerprint: bytes,
    now: datetime,
    days: float,
    ends: datetime,
) -> str:
    """Have a client's certificate, by its SHA-256, stand in the place of a key; return the key id.

    For some days, and no longer than it is valid itself. Raises CredentialError when it has ended
    or stands for a key already, and as `issue_key` does.
    """
    if ends <= now:
        raise CredentialError(f"the certificate ended at {format_utc(ends)}: get a new one")
    key_id, _ = _new_key()
    row = _row(key_id, holder, now, min(ends - now, timedelta(days=_positive(days))))
    same = keys.c.certificate == fingerprint, keys.c.revoked.is_(None), keys.c.expires > now
    with writing(engine, "credentials") as connection:
        bound = connection.scalar(select(keys.c.key_id).where(*same))
        if bound is not None:
            raise CredentialError(f"the certificate stands for {bound} already: revoke that first")
        # No key has this hash: the certificate is the only way in.
        told = {"hash": _NO_HASH, "certificate": fingerprint}
        connection.execute(insert(keys).values(row | told))
    return key_id


def rotate_key(
    engine: Engine, key_id: str, secret: bytes, now: datetime, overlap: timedelta
) -> str:
    """Make a key in the place of another, for as long and for the same, and return it.

    The other one works on for the overlap, no longer than it would have anyway. Raises
    CredentialError when it is unknown, revoked or expired, or a certificate stands for it.
    """
    new_id, key = _new_key()
    with writing(engine, "credentials") as connection:
        old = _known(connection, key_id)
        if old.revoked is not None or now >= old.expires:
            raise CredentialError(f"key {key_id} works no more: issue a new one")
        if old.certificate is not None:
            raise CredentialError(
                f"a certificate stands for {key_id}: issue another record for the new certificate"
            )
        scopes = write_scopes(read_scopes(Role(old.role), old.scopes)).split()
        if not scopes:
            raise CredentialError(f"key {key_id} may do nothing any more: issue a new one")
        holder = Holder(old.partner, old.office, Role(old.role), scopes)
        row = _row(new_id, holder, now, old.expires - old.created)
        connection.execute(insert(keys).values(row | {"hash": keyed_hash(secret, key)}))
        ends = min(old.expires, now + overlap)
        connection.execute(update(keys).where(keys.c.key_id == key_id).values(expires=ends))
    return key


def _new_key() -> tuple[str, str]:
    key_id = secrets.token_hex(8)
    return key_id, f"tl_{key_id}_{secrets.token_hex(32)}"


def _positive(days: float) -> float:
    if not 0 < days <= _LONGEST_DAYS:
        raise CredentialError(
            f"a key cannot live for {days} days: give a number above 0, {_LONGEST_DAYS} at most"
        )
    return days


def _row(key_id: str, holder: Holder | str, now: datetime, life: timedelta) -> dict[str, Any]:
    """Return the row of a new key. Raises CredentialError unless one partner or office holds it."""
    given = Holder(holder) if isinstance(holder, str) else holder
    if (given.role is Role.PARTNER) != bool(given.partner) or bool(given.partner) == bool(
        given.office
    ):
        raise CredentialError(
            "a key of role partner is for a partner, one of another role for an office"
        )
    return {
        "key_id": key_id,
        "partner": given.partner,
        "office": given.office,
        "role": given.role.value,
        "scopes": write_scopes(scopes_for(given.role, given.scopes)),
        "created": now,
        "expires": now + life,
    }


def _known(connection: Connection, key_id: str) -> Row[Any]:
    row = connection.execute(select(keys).where(keys.c.key_id == key_id)).one_or_none()
    if row is None:
        raise CredentialError(f"no key {key_id!r}: `tearline key list` shows them")
    return row


def revoke_key(engine: Engine, key_id: str, now: datetime) -> None:
    """Withdraw a key for good.

    Raises CredentialError when there is no such key; revoking twice keeps the first time.
    """
    chosen = keys.c.key_id == key_id
    with writing(engine, "credentials") as connection:
        _known(connection, key_id)
        connection.execute(update(keys).where(chosen, keys.c.revoked.is_(None)).values(revoked=now))


def list_keys(engine: Engine, partner: str | None = None) -> Sequence[Key]:
    """Return all keys, or those of one partner, the oldest first."""
    found = select(keys).order_by(keys.c.created, keys.c.key_id)
    if partner is not None:
        found = found.where(keys.c.partner == partner)
    with engine.connect() as connection:
        return [
            Key(
                row.key_id,
                row.partner,
                row.office,
                Role(row.role),
                read_scopes(Role(row.role), row.scopes),
                row.created,
                row.expires,
                row.revoked,
                row.last_used,
                row.certificate is not None,
            )
            for row in connection.execute(found)
        ]


def authenticate(engine: Engine, key: str, secret: bytes, now: datetime) -> Credential:
    """Return whose key this is.

    One query, one HMAC and one comparison are made whether or not the key exists.

    Raises CredentialError, with one text for all causes, for a key that is unknown, wrong,
    expired or revoked.
    """
    key_id = key.split("_")[1] if key.count("_") == 2 else ""
    with engine.connect() as connection:
        row = connection.execute(_BY_ID, {"key_id": key_id}).one_or_none()
    same = hmac.compare_digest(keyed_hash(secret, key), row.hash if row else _NO_HASH)
    if row is None or not same or row.certificate is not None:
        raise CredentialError(_NOT_VALID)
    return _valid(row, now)


def authenticate_certificate(engine: Engine, fingerprint: bytes, now: datetime) -> Credential:
    """Return for whom a client's certificate stands, by its SHA-256.

    Whoever asks has checked that the client holds the certificate's key. Raises CredentialError,
    as `authenticate` does, for one that is bound to nobody, expired or revoked.
    """
    with engine.connect() as connection:
        row = connection.execute(_BY_CERTIFICATE, {"certificate": fingerprint}).one_or_none()
    if row is None:
        raise CredentialError(_NOT_VALID)
    return _valid(row, now)


def _valid(row: Row[Any], now: datetime) -> Credential:
    if row.revoked is not None or now >= row.expires:
        code = "expired" if row.revoked is None else "revoked"
        raise CredentialError(_NOT_VALID, code, row.key_id)
    role = Role(row.role)
    return Credential(
        row.key_id,
        row.partner,
        row.office,
        role,
        read_scopes(role, row.scopes),
        row.expires,
        bool(row.suspended),
        FeedState(row.policy, row.head, row.orders or 0, row.ordered),
    )


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


def keyed_hash(secret: bytes, key: str) -> bytes:
    """Return what is kept of a key, `(32,) bytes`: without the secret it cannot be tried."""
    return hmac.digest(derive(secret, "machine key"), key.encode(), sha256)
