"""Read where the feeds of partners stand, and write entries of a partner, many at once.

All of a kind is given in one parameter, one after the other, and each row takes its part: the
database works outside of Python's lock. What is not as with new items, revisions and statuses,
stands in a table of the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    UpdateBase,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from sharing.ids import ID_BYTES, id_of
from sharing.ledger import GENESIS, HASH_BYTES
from sharing.revising import ACTIVE, CLOSED, Standing
from sharing.schema import Bytes, items, ledger, partners
from sharing.stock import DIGEST_BYTES, KEY_BYTES, Integers, Stock, added_once

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
    """The first so many are of new items: active, in their first revision."""


_numbers = Table(
    "publishing_numbers",
    MetaData(),
    Column("k", Integer, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)
"""Places in a batch, from 0."""
_changed = Table(
    "publishing_changed",
    MetaData(),
    Column("k", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""What becomes of the items of a batch that are not new, by place."""


def _count() -> Insert:
    """Return what adds the places from `low` on to the one before `high`."""
    counted = select(bindparam("low", type_=Integer).label("k")).cte("counted", recursive=True)
    after = counted.c.k + 1
    counted = counted.union_all(select(after).where(after < bindparam("high", type_=Integer)))
    return insert(_numbers).from_select(["k"], select(counted.c.k))


def _part(name: str, size: int, table: Table, ahead: int = 0) -> ColumnElement[bytes]:
    """Return the part of a parameter that belongs to the row of a table."""
    whole = bindparam(name, type_=Bytes)
    return func.substr(whole, size * (table.c.k + ahead) + 1, size, type_=Bytes)


_COUNT: Final = _count()
_APPEND: Final = insert(ledger).from_select(
    [column.name for column in ledger.columns],
    select(
        bindparam("partner", type_=Text),
        bindparam("first", type_=Integer) + _numbers.c.k,
        _part("hashes", HASH_BYTES, _numbers),
        _part("hashes", HASH_BYTES, _numbers, ahead=1),
        bindparam("publication", type_=Integer),
        _part("ids", ID_BYTES, _numbers),
        func.coalesce(_changed.c.revision, 1),
        func.coalesce(_changed.c.status, ACTIVE),
        _part("bodies", DIGEST_BYTES, _numbers),
    )
    .select_from(_numbers.outerjoin(_changed, _changed.c.k == _numbers.c.k))
    .where(_numbers.c.k < bindparam("n", type_=Integer))
    .order_by(_numbers.c.k),
)
_ADD: Final = insert(items).from_select(
    [column.name for column in items.columns],
    select(
        bindparam("partner", type_=Text),
        bindparam("first", type_=Integer) + _numbers.c.k,
        _part("ids", ID_BYTES, _numbers),
        literal(1),
        literal(ACTIVE),
        _part("statements", KEY_BYTES, _numbers),
    )
    .where(_numbers.c.k < bindparam("n_new", type_=Integer))
    .order_by(_numbers.c.k),
)
_CHANGE: Final = (
    update(items)
    .where(
        items.c.partner == bindparam("named"),
        items.c.item_id == _part("ids", ID_BYTES, _changed),
    )
    .values(
        seq=bindparam("first", type_=Integer) + _changed.c.k,
        revision=_changed.c.revision,
        status=_changed.c.status,
        statement=_part("statements", KEY_BYTES, _changed),
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
        self._laid: Batch | None = None
        """Whose changes stand in the table."""
        self._shared: dict[str, Any] = {}
        """What all have in common who are given that batch."""
        self._counted = 0

    def append(
        self, publication: int, partner: str, batch: Batch, ids: bytes, first: int, hashes: bytes
    ) -> None:
        """Write entries at the end of a partner's ledger, and show them in its feed.

        `ids` are those of the items, one after the other; `hashes` what `sharing.ledger.chain`
        returns.
        """
        if self._laid is not batch:
            self._lay(batch)
        given = {
            **self._shared,
            "partner": partner,
            "named": partner,
            "publication": publication,
            "first": first,
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
        """Drop the tables of the transaction."""
        if self._laid is not None:
            _changed.drop(self._connection)
            _numbers.drop(self._connection)
            self._laid, self._counted = None, 0

    def _execute(self, statement: UpdateBase, given: Mapping[str, Any]) -> None:
        names = statement.compile(dialect=self._connection.dialect).params
        self._connection.execute(statement, {name: given[name] for name in names if name in given})

    def _lay(self, batch: Batch) -> None:
        """Lay out what all have in common who are given a batch."""
        if self._laid is None:
            _numbers.create(self._connection)
            _changed.create(self._connection)
        n, n_new = len(batch.status), batch.n_new
        if n > self._counted:
            self._connection.execute(_COUNT, {"low": self._counted, "high": n})
            self._counted = n
        self._connection.execute(delete(_changed))
        rows = zip(
            range(n_new, n), batch.revision[n_new:].tolist(), batch.status[n_new:], strict=True
        )
        added_once(self._connection, _changed, ("k", "revision", "status"), rows)
        self._laid = batch
        self._shared = {
            "n": n,
            "n_new": n_new,
            "statements": b"".join(self._stock.keys(batch.statement)),
            "bodies": b"".join(self._stock.digests(batch.statement)),
        }
