"""Read where the feeds of partners stand, and write entries of a partner, many at once.

What partners share of their entries stands in a table of the transaction, written once; what is
each one's own, ids and hashes, is given in two parameters. One statement then writes all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
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

from sharing.ids import ID_BYTES, id_of
from sharing.ledger import GENESIS, HASH_BYTES
from sharing.revising import ACTIVE, CLOSED, Standing
from sharing.schema import Bytes, items, ledger, partners
from sharing.stock import Integers, Stock, added_once

__all__ = ["Batch", "Batches", "head_of", "ids_among", "standing_of"]

_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Entries to be written, `(n,)` each, one and the same for partners whose feeds go in step."""

    statement: Integers
    """Numbers in the stock."""
    revision: Integers
    status: tuple[str, ...]
    n_new: int
    """The first so many are of new items."""


_batch = Table(
    "publishing_batch",
    MetaData(),
    Column("g", Integer, primary_key=True, autoincrement=False),
    Column("k", Integer, primary_key=True, autoincrement=False),
    Column("statement", Bytes, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


def _part(name: str, table: Table, size: int, ahead: int = 0) -> ColumnElement[bytes]:
    """Return the part of a parameter that belongs to the row of a table."""
    whole = bindparam(name, type_=Bytes)
    return func.substr(whole, size * (table.c.k + ahead) + 1, size, type_=Bytes)


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
    )
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
    )
    chosen = items.c.partner == partner, items.c.status != CLOSED
    rows = connection.execute(select(*columns).where(*chosen).order_by(items.c.seq)).all()
    ids, revision, status, statement = zip(*rows, strict=True) if rows else [()] * 4
    named = {id_of(text) for text in ordered}
    n = len(ids)
    return list(ids), Standing(
        stock.numbers(statement, connection),
        np.array(revision, np.int64),
        np.fromiter((one == ACTIVE for one in status), bool, n),
        np.fromiter((one in named for one in ids), bool, n),
    )


class Batches:
    """The batches of one publication, inside its transaction."""

    def __init__(self, connection: Connection, stock: Stock) -> None:
        self._connection = connection
        self._stock = stock
        self._known: dict[int, int] = {}
        """Numbers of batches in their table, by identity."""
        self._kept: list[Batch] = []

    def append(
        self, publication: int, partner: str, batch: Batch, ids: bytes, first: int, hashes: bytes
    ) -> None:
        """Write entries at the end of a partner's ledger, and show them in its feed.

        `ids` are those of the items, one after the other; `hashes` what `sharing.ledger.chain`
        returns.
        """
        given = {
            "partner": partner,
            "named": partner,
            "publication": publication,
            "group": self._group(batch),
            "first": first,
            "n_new": batch.n_new,
            "ids": ids,
            "hashes": hashes,
        }
        n = len(batch.status)
        if first == 1:
            row = (partner, False, 0, GENESIS)
            names = ("partner", "suspended", "entries", "head")
            added_once(self._connection, partners, names, [row])
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

    def drop(self) -> None:
        """Drop the table of the transaction."""
        if self._kept:
            _batch.drop(self._connection)
            self._kept, self._known = [], {}

    def _execute(self, statement: UpdateBase, given: Mapping[str, Any]) -> None:
        names = statement.compile(dialect=self._connection.dialect).params
        self._connection.execute(statement, {name: given[name] for name in names if name in given})

    def _group(self, batch: Batch) -> int:
        """Return the number of a batch in its table, put there if it is new."""
        group = self._known.get(id(batch))
        if group is None:
            if not self._kept:
                _batch.create(self._connection)
            group = self._known[id(batch)] = len(self._kept)
            self._kept.append(batch)
            rows = zip(
                repeat(group),
                range(len(batch.status)),
                self._stock.keys(batch.statement),
                self._stock.digests(batch.statement),
                batch.revision.tolist(),
                batch.status,
                strict=False,
            )
            names = [column.name for column in _batch.columns]
            added_once(self._connection, _batch, names, rows)
        return group
