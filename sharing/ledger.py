"""Chain every published entry of a partner to the one before, and find where a chain breaks.

One chain a partner, so that its length tells nothing of others. Each hash is SHA-256 over
canonical JSON of the entry, its number and the hash before it. Whoever can rewrite the whole
database can rewrite a chain; that shows against the signed heads of `sharing.checkpoints`.
An entry binds nothing that depends on what was withheld from its partner.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import orjson
from sqlalchemy import Engine, Row, select

from sda.times import format_utc
from sharing.errors import LedgerError
from sharing.schema import bodies, ledger, partners, publications

__all__ = [
    "GENESIS",
    "HASH_BYTES",
    "Entry",
    "Fault",
    "Tampering",
    "Verification",
    "chain",
    "link",
    "verify",
    "verify_all",
]

HASH_BYTES: Final = 32
GENESIS: Final = bytes(HASH_BYTES)
"""What the first entry follows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry says; `n` counts within the partner, from 1."""

    partner: str
    n: int
    run_id: str
    at: datetime
    policy: str
    item_id: str
    revision: int
    status: str
    body: bytes
    """Digest of the body."""
    register: str = ""
    """Edition of the register of codes."""
    rules: str = ""
    """Digest of the release rules; empty in entries made before it was kept."""


class Tampering(StrEnum):
    """What was done to a ledger."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    """Chained anew, so that the chain holds but not against a head that was signed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was published."""

    n: int
    tampering: Tampering
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The state of one partner's ledger; keep `head` elsewhere to notice a rewritten chain."""

    partner: str
    entries: int
    head: str
    fault: Fault | None

    def require(self) -> None:
        """Raise LedgerError that names the first fault, if there is one."""
        if self.fault is not None:
            raise LedgerError(f"ledger of {self.partner}: {self.fault.text}")


def link(previous: bytes, entry: Entry) -> bytes:
    """Return the hash `(32,) bytes` of an entry that follows another."""
    content = {
        "at": format_utc(entry.at),
        "body": entry.body.hex(),
        "item_id": entry.item_id,
        "n": entry.n,
        "partner": entry.partner,
        "policy": entry.policy,
        "previous": previous.hex(),
        "revision": entry.revision,
        "run_id": entry.run_id,
        "status": entry.status,
    }
    if entry.rules:
        content |= {"register": entry.register, "rules": entry.rules}
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def chain(
    previous: bytes,
    first: Entry,
    ids: Sequence[bytes],
    revisions: Sequence[int],
    statuses: Sequence[bytes],
    bodies: Sequence[bytes],
) -> bytes:
    """Return the hash before and those of entries that follow one another, 32 bytes each.

    They are what `link` makes of each: `first` has what all have in common, and the number of the
    first; ids are texts, bodies digests in hexadecimal digits.
    """
    mark = orjson.dumps
    said = {
        "at": mark(format_utc(first.at)),
        "body": b'"%b"',
        "item_id": b'"%b"',
        "n": b"%d",
        "partner": mark(first.partner),
        "policy": mark(first.policy),
        "previous": b'"%b"',
        "revision": b"%d",
        "run_id": mark(first.run_id),
        "status": b'"%b"',
    }
    varying = {"body", "item_id", "n", "previous", "revision", "status"}
    if first.rules:
        said |= {"register": mark(first.register), "rules": mark(first.rules)}
    text = b",".join(
        b'"%b":%b' % (name.encode(), one if name in varying else one.replace(b"%", b"%%"))
        for name, one in sorted(said.items())
    )
    form = b"{" + text + b"}"
    head = previous.hex().encode()
    made = [head]
    numbers = range(first.n, first.n + len(ids))
    for body, item_id, n, revision, status in zip(
        bodies, ids, numbers, revisions, statuses, strict=True
    ):
        entry = form % (body, item_id, n, head, revision, status)
        head = sha256(entry).hexdigest().encode()
        made.append(head)
    return bytes.fromhex(b"".join(made).decode())


def verify_all(engine: Engine) -> Iterator[Verification]:
    """Verify the ledger of every partner that has one, or should."""
    names = select(partners.c.partner).union(select(ledger.c.partner))
    with engine.connect() as connection:
        found = sorted(connection.scalars(names))
    for partner in found:
        yield verify(engine, partner)


def verify(engine: Engine, partner: str) -> Verification:
    """Compute a partner's chain again and say which entry breaks it first, and how."""
    rows = (
        select(
            ledger,
            publications.c.run_id,
            publications.c.at,
            publications.c.policy,
            publications.c.register,
            publications.c.rules,
            bodies.c.body.label("text"),
        )
        .outerjoin(publications, publications.c.publication == ledger.c.publication)
        .outerjoin(bodies, bodies.c.digest == ledger.c.body)
        .where(ledger.c.partner == partner)
        .order_by(ledger.c.n)
    )
    head = select(partners.c.entries, partners.c.head).where(partners.c.partner == partner)
    with engine.connect() as connection:
        found = connection.execute(rows).all()
        length, last = connection.execute(head).one_or_none() or (0, GENESIS)
    fault = _first_fault(found) or _fault_at_end(found, length, last)
    return Verification(partner, len(found), bytes(last).hex(), fault)


def _first_fault(rows: Sequence[Row[tuple[object, ...]]]) -> Fault | None:
    previous = GENESIS
    for index, row in enumerate(rows):
        n = index + 1
        if row.n != n:
            return _removed(n) if row.n > n else _inserted(row.n)
        if row.previous != previous or _hash(row, n) != row.hash:
            return _diagnose(rows, index, previous)
        if row.text is None or sha256(row.text).digest() != row.body:
            return _fault(n, Tampering.ALTERED, "was altered: its body is not what was published")
        previous = row.hash
    return None


def _diagnose(rows: Sequence[Row[tuple[object, ...]]], index: int, previous: bytes) -> Fault:
    """Say what happened at the first row that does not continue the chain.

    The number is part of the hash, so a row that was moved still proves where it stood.
    """
    row, n = rows[index], index + 1
    stood = next((m for m in _nearest(n, len(rows) + 1) if _hash(row, m) == row.hash), None)
    if stood is None or (stood == n and index == 0):
        return _fault(n, Tampering.ALTERED, "was altered")
    if stood == n:
        return _fault(n - 1, Tampering.ALTERED, "was altered: the next one follows another hash")
    if stood < n:
        return _inserted(stood)
    if any(later.hash == row.previous for later in rows[index:]):
        return _fault(n, Tampering.REORDERED, f"was reordered: entry {stood} stands in its place")
    return _removed(n)


def _nearest(n: int, last: int) -> Iterator[int]:
    """Yield the numbers 1 to `last`, those closest to `n` first."""
    return iter(sorted(range(1, last + 1), key=lambda m: abs(m - n)))


def _fault_at_end(
    rows: Sequence[Row[tuple[object, ...]]], length: int, last: bytes
) -> Fault | None:
    if len(rows) < length:
        return _removed(len(rows) + 1)
    if len(rows) > length:
        return _inserted(length + 1)
    if rows and rows[-1].hash != last:
        return _fault(length, Tampering.ALTERED, "was altered: it is not the head of the ledger")
    return None


def _hash(row: Row[tuple[object, ...]], n: int) -> bytes | None:
    """Return the hash the row should have, None when its publication is missing."""
    if row.at is None:
        return None
    entry = Entry(
        partner=row.partner,
        n=n,
        run_id=row.run_id,
        at=row.at,
        policy=row.policy,
        item_id=row.item_id,
        revision=row.revision,
        status=row.status,
        body=row.body,
        register=row.register or "",
        rules=row.rules or "",
    )
    return link(row.previous, entry)


def _removed(n: int) -> Fault:
    return _fault(n, Tampering.REMOVED, "was removed")


def _inserted(n: int) -> Fault:
    return _fault(n, Tampering.INSERTED, "was inserted: no entry published stood there")


def _fault(n: int, tampering: Tampering, text: str) -> Fault:
    return Fault(n, tampering, f"entry {n} {text}")
