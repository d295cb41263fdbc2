"""Write entries at the end of ledgers, show them in feeds, and sign what was written.

This module alone writes items and ledger. An entry is never changed: what becomes of an item
is a new entry with the next number of that partner, and the feed shows each item's newest.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import repeat
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    UpdateBase,
    bindparam,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from sda import __version__
from sda.store.columns import UtcTime
from sda.times import format_utc
from sharing.checkpoints import OFFICE, Checkpoint, sign_heads
from sharing.feeds.bodies import Body
from sharing.feeds.identity import Item, Span
from sharing.ids import ID_BYTES, id_of
from sharing.ledger import GENESIS, HASH_BYTES, Entry, chain
from sharing.revising import ACTIVE, CLOSED, NEVER, Standing
from sharing.schema import Bytes, documents, items, ledger, partners, publications
from sharing.signing import Signer
from sharing.stock import Integers, Stock, added_once

__all__ = [
    "Batch",
    "Edition",
    "Recorder",
    "Renewal",
    "head_of",
    "ids_among",
    "last_publication",
    "next_number",
    "standing_of",
]

_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True)
class Edition:
    """What is published: a run over a window, decided at a time under a policy.

    With the run's close approaches, which are kept as they are, `inputs` and `config` are all
    that a decision depends on.
    """

    run_id: str
    at: datetime
    window: Span
    """First and last time that the run looked at."""
    policy: str
    """Digest of the policy engine."""
    register: str = ""
    """Edition of the register of codes."""
    rules: str = ""
    """Digest of the release rules."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What else was decided on, ready for JSON: digests, approvals, withdrawn sources."""
    config: bytes = b""
    """The files of the configuration as canonical JSON."""
    redecides: bool = False
    """Whether all that was due has been before the door again, also of earlier runs."""


def last_publication(connection: Connection) -> Row[Any] | None:
    """Return the newest publication, None before the first."""
    newest = publications.c.publication.desc()
    return connection.execute(select(publications).order_by(newest).limit(1)).one_or_none()


def next_number(connection: Connection, column: Any) -> int:
    """Return the number after the greatest of a column; inside `writing` it is nobody else's."""
    greatest = connection.scalar(select(func.max(column)))
    return 1 if greatest is None else int(greatest) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Entries to be written, `(n,)` each, one and the same for partners whose feeds go in step."""

    statement: Integers
    """Numbers in the stock."""
    revision: Integers
    status: tuple[str, ...]
    until: tuple[int | None, ...]
    """In microseconds since 2000-01-01T00:00:00Z."""
    n_new: int
    """The first so many are of new items."""


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """Until when decisions hold that were made again, `(n,)`; no partner can see it."""

    until: Integers


_batch = Table(
    "publishing_batch",
    MetaData(),
    Column("g", Integer, primary_key=True, autoincrement=False),
    Column("k", Integer, primary_key=True, autoincrement=False),
    Column("statement", Bytes, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("valid_until", UtcTime),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
_renewal = Table(
    "publishing_renewal",
    MetaData(),
    Column("g", Integer, primary_key=True, autoincrement=False),
    Column("k", Integer, primary_key=True, autoincrement=False),
    Column("valid_until", UtcTime),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


def _part(name: str, table: Table, size: int, ahead: int = 0) -> ColumnElement[bytes]:
    """Return the part of a parameter that belongs to the row of a table."""
    whole = bindparam(name, type_=Bytes)
    return func.substr(whole, size * (table.c.k + ahead) + 1, size, type_=Bytes)


# One statement writes all entries of a partner: the database reads what partners share from a
# table, and what is each one's own, ids and hashes, from two parameters.
_APPEND: Final = insert(ledger).from_select(
    [column.name for column in ledger.columns],
    select(
        bindparam("partner", type_=Text),
        bindparam("first", type_=Integer) + _batch.c.k,
        _part("hashes", _batch, HASH_BYTES),
        _part("hashes", _batch, HASH_BYTES, ahead=1),
        bindparam("publication", type_=Integer),
        _part("ids", _batch, ID_BYTES),
        _batch.c.revision,
        _batch.c.status,
        _batch.c.body,
    )
    .where(_batch.c.g == bindparam("group"))
    .order_by(_batch.c.k),
)
_ADD: Final = insert(items).from_select(
    [column.name for column in items.columns],
    select(
        bindparam("partner", type_=Text),
        bindparam("first", type_=Integer) + _batch.c.k,
        _part("ids", _batch, ID_BYTES),
        _batch.c.revision,
        _batch.c.status,
        _batch.c.statement,
        _batch.c.valid_until,
    )
    .where(_batch.c.g == bindparam("group"), _batch.c.k < bindparam("n_new", type_=Integer))
    .order_by(_batch.c.k),
)
_CHANGE: Final = (
    update(items)
    .where(
        items.c.partner == bindparam("named"),
        items.c.item_id == _part("ids", _batch, ID_BYTES),
        _batch.c.g == bindparam("group"),
        _batch.c.k >= bindparam("n_new", type_=Integer),
    )
    .values(
        seq=bindparam("first", type_=Integer) + _batch.c.k,
        revision=_batch.c.revision,
        status=_batch.c.status,
        statement=_batch.c.statement,
        valid_until=_batch.c.valid_until,
    )
)
_RENEW: Final = (
    update(items)
    .where(
        items.c.partner == bindparam("named"),
        items.c.item_id == _part("ids", _renewal, ID_BYTES),
        _renewal.c.g == bindparam("group"),
    )
    .values(valid_until=_renewal.c.valid_until)
)


def head_of(connection: Connection, partner: str) -> tuple[int, bytes]:
    """Return the length and last hash of a partner's ledger."""
    row = connection.execute(
        select(partners.c.entries, partners.c.head).where(partners.c.partner == partner)
    ).one_or_none()
    return (0, GENESIS) if row is None else (row.entries, row.head)


def ids_among(connection: Connection, partner: str, ids: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of some ids a partner has items of already, whatever became of them."""
    chosen = items.c.partner == partner
    if connection.scalar(select(items.c.seq).where(chosen).limit(1)) is None:
        return frozenset()
    found: set[bytes] = set()
    for k in range(0, len(ids), _AT_ONCE):
        some = type_coerce(items.c.item_id, Bytes).in_(ids[k : k + _AT_ONCE])
        rows = select(type_coerce(items.c.item_id, Bytes)).where(chosen, some)
        found.update(map(bytes, connection.scalars(rows)))
    return frozenset(found)


def standing_of(
    connection: Connection, stock: Stock, partner: str, ordered: Collection[str]
) -> tuple[list[bytes], Standing]:
    """Return the items of a partner that are not closed, in the order of its feed: ids, columns.

    `ordered` are those that an order has retracted.
    """
    columns = (
        type_coerce(items.c.item_id, Bytes),
        items.c.revision,
        items.c.status,
        items.c.statement,
        type_coerce(items.c.valid_until, BigInteger),
    )
    chosen = items.c.partner == partner, items.c.status != CLOSED
    rows = connection.execute(select(*columns).where(*chosen).order_by(items.c.seq)).all()
    ids, revision, status, statement, until = zip(*rows, strict=True) if rows else [()] * 5
    named = {id_of(text) for text in ordered}
    n = len(ids)
    return list(ids), Standing(
        stock.numbers(statement, connection),
        np.array(revision, np.int64),
        np.fromiter((one == ACTIVE for one in status), bool, n),
        np.fromiter((NEVER if one is None else one for one in until), np.int64, n),
        np.fromiter((one in named for one in ids), bool, n),
    )


class Recorder:
    """Records one edition inside one transaction."""

    def __init__(self, connection: Connection, edition: Edition) -> None:
        self.wrote = False
        self.stock = Stock(connection)
        self._begun = False
        self._connection = connection
        self._edition = edition
        self._last = last_publication(connection)
        self._number = 1 if self._last is None else self._last.publication + 1
        self._known: dict[int, int] = {}
        """Numbers of batches and renewals that stand in their tables, by identity."""
        self._kept: list[Batch | Renewal] = []
        self._tables: list[Table] = []

    def first_entry(self, partner: str, length: int) -> Entry:
        """Return what the entries have in common that follow `length` others, and their number."""
        edition = self._edition
        return Entry(
            partner=partner,
            n=length + 1,
            run_id=edition.run_id,
            at=edition.at,
            policy=edition.policy,
            item_id="",
            revision=0,
            status="",
            body=b"",
            register=edition.register,
            rules=edition.rules,
        )

    def append(self, partner: str, batch: Batch, ids: bytes, first: int, hashes: bytes) -> None:
        """Write entries at the end of a partner's ledger, and show them in its feed.

        `ids` are those of the items, one after the other; `hashes` what `sharing.ledger.chain`
        returns.
        """
        self.wrote = True
        self._begin()
        given = {
            "partner": partner,
            "named": partner,
            "publication": self._number,
            "group": self._group(batch),
            "first": first,
            "n_new": batch.n_new,
            "ids": ids,
            "hashes": hashes,
        }
        n = len(batch.status)
        if first == 1:
            row = (partner, False, 0, GENESIS)
            added_once(
                self._connection, partners, ("partner", "suspended", "entries", "head"), [row]
            )
        self._execute(_APPEND, given)
        if batch.n_new:
            self._execute(_ADD, given)
        if batch.n_new < n:
            self._execute(_CHANGE, given)
        self._connection.execute(
            update(partners)
            .where(partners.c.partner == partner)
            .values(entries=first - 1 + n, head=hashes[-HASH_BYTES:])
        )

    def renew(self, partner: str, renewal: Renewal, ids: bytes) -> None:
        """Note until when decisions hold that were made again."""
        self.wrote = True
        given = {"named": partner, "group": self._group(renewal), "ids": ids}
        self._execute(_RENEW, given)

    def append_one(self, partner: str, item: Item, body: Body, status: str) -> None:
        """Write one entry about an item that the partner has already."""
        number = self.stock.add(body, item.subject, item.sources)
        self.stock.write()
        length, head = head_of(self._connection, partner)
        revision = item.revision + 1
        item_id = item.item_id
        first = self.first_entry(partner, length)
        said = [item_id.encode()], [revision], [status.encode()], [body[0].hex().encode()]
        hashes = chain(head, first, *said)
        batch = Batch(np.array([number]), np.array([revision]), (status,), (None,), 0)
        self.append(partner, batch, id_of(item_id) or b"", length + 1, hashes)

    def close(self, signer: Signer, decided: Mapping[str, str], inputs: Mapping[str, Any]) -> None:
        """Record the publication itself and sign every head that it leaves behind.

        `decided` has a digest, by partner, of all that it is shown; `inputs` are those of the
        edition, and what was found out while deciding.
        """
        edition, heads = self._edition, self._heads()
        said = {
            "at": format_utc(edition.at),
            "config": sha256(edition.config).hexdigest() if edition.config else None,
            "decided": dict(decided),
            "heads": {name: (entries, head.hex()) for name, (entries, head) in heads.items()},
            "inputs": {**edition.inputs, **inputs},
            "policy": edition.policy,
            "previous": self._last.basis.hex() if self._last and self._last.basis else None,
            "publication": self._number,
            "register": edition.register,
            "rules": edition.rules,
            "run_id": edition.run_id,
            "version": __version__,
            "window": [format_utc(time) for time in edition.window],
        }
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        basis = sha256(text).digest()
        kept = [(basis, text)]
        if edition.config:
            kept.append((sha256(edition.config).digest(), edition.config))
        added_once(self._connection, documents, ("digest", "document"), kept)
        self._begin()
        chosen = publications.c.publication == self._number
        self._connection.execute(update(publications).where(chosen).values(basis=basis))
        signed = {**heads, OFFICE: (self._number, basis)}
        sign_heads(
            self._connection,
            self._number,
            (
                Checkpoint(name, entries, head, edition.at, edition.policy)
                for name, (entries, head) in signed.items()
            ),
            signer,
        )
        for table in self._tables:
            table.drop(self._connection)

    def _begin(self) -> None:
        """Write the publication, before any entry that names it."""
        if self._begun:
            return
        edition, self._begun = self._edition, True
        self._connection.execute(
            insert(publications).values(
                publication=self._number,
                run_id=edition.run_id,
                at=edition.at,
                window_start=edition.window[0],
                window_end=edition.window[1],
                policy=edition.policy,
                register=edition.register,
                rules=edition.rules,
            )
        )

    def _heads(self) -> dict[str, tuple[int, bytes]]:
        rows = select(partners.c.partner, partners.c.entries, partners.c.head)
        found = self._connection.execute(rows.order_by(partners.c.partner))
        return {row.partner: (row.entries, row.head) for row in found}

    def _execute(self, statement: UpdateBase, given: Mapping[str, Any]) -> None:
        names = statement.compile(dialect=self._connection.dialect).params
        self._connection.execute(statement, {name: given[name] for name in names if name in given})

    def _group(self, shared: Batch | Renewal) -> int:
        """Return the number of a batch or a renewal in its table, put there if it is new."""
        group = self._known.get(id(shared))
        if group is None:
            group = self._known[id(shared)] = len(self._kept)
            self._kept.append(shared)
            table = _batch if isinstance(shared, Batch) else _renewal
            if table not in self._tables:
                table.create(self._connection)
                self._tables.append(table)
            names = [column.name for column in table.columns]
            added_once(self._connection, table, names, self._rows(group, shared))
        return group

    def _rows(self, group: int, shared: Batch | Renewal) -> Iterable[tuple[Any, ...]]:
        if isinstance(shared, Renewal):
            return ((group, k, until) for k, until in enumerate(shared.until.tolist()))
        return zip(
            repeat(group),
            range(len(shared.status)),
            self.stock.keys(shared.statement),
            self.stock.digests(shared.statement),
            shared.revision.tolist(),
            shared.status,
            shared.until,
            strict=False,
        )
