"""Sign the head of each ledger at each publication, and hold the ledgers against these heads.

A chain that was cut short or chained anew is whole in itself; it is not the one whose head was
signed. The publications make a chain of their own, of the documents that say what each rests on
and which heads it left behind, so that a checkpoint that was taken away is missed. Whoever has the
database and the signing key can still go back to an earlier state of everything: that shows
against checkpoints kept elsewhere, which `read_kept` takes in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, insert, select

from sda.errors import TimeError
from sda.times import format_utc, parse_utc
from sharing.errors import LedgerError
from sharing.ledger import Fault, Tampering, Verification, verify_all
from sharing.schema import checkpoints, documents, ledger, publications
from sharing.signing import Signer, is_signed

__all__ = [
    "OFFICE",
    "Checkpoint",
    "examine",
    "newest_checkpoints",
    "read_kept",
    "sign_heads",
]

OFFICE = ""
"""Stands for the partner where a checkpoint is over the chain of publications itself."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head: so many entries, the last with this hash, at a time and under a policy."""

    partner: str
    entries: int
    head: bytes
    at: datetime
    policy: str
    key: bytes = b""
    """Public key, `(32,) bytes`."""
    signature: bytes = b""

    def content(self) -> bytes:
        """Return what is signed: nothing in it counts anything of another partner."""
        said = {
            "at": format_utc(self.at),
            "entries": self.entries,
            "head": self.head.hex(),
            "partner": self.partner,
            "policy": self.policy,
        }
        return b"tearline checkpoint\0" + orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def line(self) -> str:
        """Return the checkpoint as a line of JSON, to be kept elsewhere."""
        hexed = {"head": self.head, "key": self.key, "signature": self.signature}
        said = {**asdict(self), "at": format_utc(self.at)}
        return orjson.dumps({**said, **{k: v.hex() for k, v in hexed.items()}}).decode()


def sign_heads(
    connection: Connection, number: int, heads: Iterable[Checkpoint], signer: Signer
) -> None:
    """Sign heads and keep them as those of a publication."""
    signed = [replace(one, key=signer.public) for one in heads]
    rows = [
        asdict(replace(one, signature=signer.sign(one.content()))) | {"publication": number}
        for one in signed
    ]
    connection.execute(insert(checkpoints), rows)


def newest_checkpoints(engine: Engine) -> Iterator[Checkpoint]:
    """Yield the newest checkpoint of each partner, and of the publications."""
    newest: dict[str, Checkpoint] = {}
    with engine.connect() as connection:
        for row in _rows(connection):
            newest[row.partner] = _checkpoint(row)
    yield from (newest[partner] for partner in sorted(newest))


def read_kept(lines: Iterable[str]) -> list[Checkpoint]:
    """Return the checkpoints that `Checkpoint.line` wrote.

    Raises LedgerError that shows the line that is none.
    """
    kept = []
    for number, line in enumerate(lines, 1):
        try:
            said = orjson.loads(line)
            hexed = {name: bytes.fromhex(said[name]) for name in ("head", "key", "signature")}
            kept.append(
                Checkpoint(
                    partner=str(said["partner"]),
                    entries=int(said["entries"]),
                    at=parse_utc(said["at"]),
                    policy=str(said["policy"]),
                    **hexed,
                )
            )
        except (ValueError, KeyError, TypeError, TimeError):
            shown = line.strip()[:80]
            raise LedgerError(
                f"line {number} is no checkpoint: {shown!r}: give what `tearline ledger "
                "checkpoint` printed"
            ) from None
    return kept


def examine(
    engine: Engine, trusted: Iterable[bytes], kept: Iterable[Checkpoint] = ()
) -> Iterator[Verification]:
    """Verify each partner's ledger, and the publications, against every checkpoint there is.

    `trusted` are the public keys that may have signed; `kept` are checkpoints from elsewhere.
    """
    keys = frozenset(trusted)
    elsewhere = list(kept)
    with engine.connect() as connection:
        signed = list(_rows(connection))
        published = connection.execute(
            select(publications, documents.c.document)
            .outerjoin(documents, documents.c.digest == publications.c.basis)
            .order_by(publications.c.publication)
        ).all()
    yield _of_publications(
        published, _of(signed, OFFICE), [one for one in elsewhere if one.partner == OFFICE], keys
    )
    left = _heads_left(published)
    found = {one.partner: one for one in verify_all(engine)}
    for name in {*left, *(one.partner for one in elsewhere if one.partner)} - found.keys():
        found[name] = Verification(name, 0, bytes(32).hex(), None)
    for partner in sorted(found):
        one = found[partner]
        if one.fault is None:
            with engine.connect() as connection:
                rows = connection.execute(
                    select(ledger.c.hash, publications.c.basis)
                    .join(publications, publications.c.publication == ledger.c.publication)
                    .where(ledger.c.partner == partner)
                    .order_by(ledger.c.n)
                ).all()
            hashes = [row.hash for row in rows]
            n_bound = max((n for n, row in enumerate(rows, 1) if row.basis is not None), default=0)
            own = _of(signed, partner)
            fault = (
                _first_missing(own, left.get(partner, {}))
                or _against(hashes, [_checkpoint(row) for row in own], keys)
                or _unsigned(n_bound, own)
                or _against(hashes, [k for k in elsewhere if k.partner == partner], keys)
            )
            one = replace(one, fault=fault)
        yield one


def _rows(connection: Connection) -> Sequence[Row[Any]]:
    order = checkpoints.c.publication, checkpoints.c.partner
    return connection.execute(select(checkpoints).order_by(*order)).all()


def _of(rows: Iterable[Row[Any]], partner: str) -> list[Row[Any]]:
    return [row for row in rows if row.partner == partner]


def _checkpoint(row: Row[Any]) -> Checkpoint:
    return Checkpoint(
        row.partner, row.entries, row.head, row.at, row.policy, row.key, row.signature
    )


def _against(
    hashes: Sequence[bytes], signed: Sequence[Checkpoint], trusted: frozenset[bytes]
) -> Fault | None:
    """Return the first entry that is not the one whose head was signed."""
    agreed = 0
    for one in sorted(signed, key=lambda one: one.entries):
        when = format_utc(one.at)
        if one.key not in trusted:
            return Fault(
                one.entries,
                Tampering.ALTERED,
                f"checkpoint over {one.entries} entries at {when} is signed by {one.key.hex()}, "
                "which is not trusted: give --trust if that key was yours",
            )
        if not is_signed(one.content(), one.signature, one.key):
            text = f"checkpoint over {one.entries} entries at {when} was altered"
            return Fault(one.entries, Tampering.ALTERED, f"{text}: its signature does not hold")
        if one.entries > len(hashes):
            n = len(hashes) + 1
            text = f"entry {n} was removed: a head of {one.entries} entries was signed at {when}"
            return Fault(n, Tampering.REMOVED, text)
        if one.entries and hashes[one.entries - 1] != one.head:
            span = f"of entries {agreed + 1} to {one.entries}"
            text = f"entry {agreed + 1} or a later one {span} was rewritten"
            return Fault(
                agreed + 1, Tampering.REWRITTEN, f"{text}: their head was signed at {when}"
            )
        agreed = one.entries
    return None


def _unsigned(n_bound: int, signed: Sequence[Row[Any]]) -> Fault | None:
    """Return the first entry beyond the last checkpoint, of those that should have one."""
    last = max((row.entries for row in signed), default=0)
    if n_bound <= last:
        return None
    text = f"entry {last + 1} was inserted: no head of {n_bound} entries was ever signed"
    return Fault(last + 1, Tampering.INSERTED, text)


def _heads_left(published: Iterable[Row[Any]]) -> dict[str, dict[int, int]]:
    """Return, by partner and publication, how many entries each publication left behind."""
    left: dict[str, dict[int, int]] = {}
    for row in published:
        for partner, (entries, _) in (_said(row) or {}).get("heads", {}).items():
            left.setdefault(partner, {})[row.publication] = entries
    return left


def _said(row: Row[Any]) -> dict[str, Any] | None:
    """Return what a publication rests on, None where that is not what its digest is of."""
    if row.document is None or sha256(row.document).digest() != row.basis:
        return None
    said: dict[str, Any] = orjson.loads(row.document)
    return said


def _first_missing(signed: Iterable[Row[Any]], left: Mapping[int, int]) -> Fault | None:
    missing = left.keys() - {row.publication for row in signed}
    if not missing:
        return None
    entries = left[min(missing)]
    text = f"checkpoint over {entries} entries, of publication {min(missing)}, was removed"
    return Fault(entries, Tampering.REMOVED, text)


def _of_publications(
    rows: Sequence[Row[Any]],
    signed: Sequence[Row[Any]],
    kept: Sequence[Checkpoint],
    trusted: frozenset[bytes],
) -> Verification:
    """Verify the chain of publications, each of which names the basis before it."""
    previous: bytes | None = None
    fault = None
    for index, row in enumerate(rows):
        number = index + 1
        if row.publication != number:
            fault = _publication(number, Tampering.REMOVED, "was removed")
        elif row.basis is not None or previous is not None:
            fault = _fault_of_basis(row, previous)
        if fault is not None:
            break
        previous = row.basis
    heads = [row.basis or bytes(32) for row in rows]
    bound = {row.publication: row.publication for row in rows if row.basis is not None}
    fault = (
        fault
        or _first_missing(signed, bound)
        or _against(heads, [_checkpoint(row) for row in signed], trusted)
        or _against(heads, kept, trusted)
    )
    head = (heads[-1] if heads else bytes(32)).hex()
    return Verification("publications", len(rows), head, fault)


def _fault_of_basis(row: Row[Any], previous: bytes | None) -> Fault | None:
    n = row.publication
    expected = {
        "at": format_utc(row.at),
        "policy": row.policy,
        "publication": n,
        "register": row.register,
        "rules": row.rules,
        "run_id": row.run_id,
        "window": [format_utc(row.window_start), format_utc(row.window_end)],
    }
    said = _said(row)
    if said is None or any(said.get(name) != value for name, value in expected.items()):
        return _publication(n, Tampering.ALTERED, "was altered: it is not what its basis says")
    if said.get("previous") != (previous.hex() if previous is not None else None):
        return _publication(n, Tampering.REWRITTEN, "was rewritten: it follows another one")
    return None


def _publication(n: int, tampering: Tampering, what: str) -> Fault:
    return Fault(n, tampering, f"publication {n} {what}")
