"""What is said in feeds, and of what: each body once for all partners, by number while publishing.

Two hundred thousand events for thirty partners are a few hundred thousand bodies and millions of
entries, so publishing counts in numbers of this stock, column by column.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Table,
    UpdateBase,
    bindparam,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sda.store.columns import UtcTime, microseconds, time_of
from sharing.feeds.bodies import Body
from sharing.feeds.identity import Subject, tolerance_of
from sharing.registry import ReleaseRules
from sharing.schema import bodies, statements

__all__ = [
    "DIGEST_BYTES",
    "KEY_BYTES",
    "NEVER",
    "Columns",
    "Integers",
    "Mask",
    "Stock",
    "added_once",
    "sources_text",
]

_AT_ONCE: Final = 5000
DIGEST_BYTES: Final = 32
KEY_BYTES: Final = 16
_MICROSECOND: Final = timedelta(microseconds=1)
_NAMES: Final = tuple(column.name for column in statements.columns if column.name != "valid_until")
NEVER: Final = np.iinfo(np.int64).max
"""The time at which nothing lapses."""

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Columns:
    """What statements are about, `(n,)` each; times in microseconds since 2000-01-01T00:00:00Z."""

    kind: Integers
    """Place in `kinds`."""
    pair: Integers
    """Both numbers in one: the first times 2**32, plus the second."""
    tca: Integers
    start: Integers
    end: Integers
    sources: Integers
    """Place in `all_sources`."""
    until: Integers
    """When the decision lapses, as it was before this publication; NEVER where it does not."""
    kinds: tuple[str, ...]
    all_sources: tuple[str, ...]

    def tolerance(self, rules: ReleaseRules) -> Integers:
        """Return, by kind, how far apart spans of one item may lie, in microseconds."""
        return np.array([tolerance_of(kind, rules) // _MICROSECOND for kind in self.kinds])


class Stock:
    """The statements of one publication, those of the database that it touches and new ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._digests: list[bytes] = []
        self._kind, self._sources = array("q"), array("q")
        self._first, self._second = array("q"), array("q")
        self._tca, self._start, self._end = array("q"), array("q"), array("q")
        self._until = array("q")
        self._read: set[int] = set()
        """Numbers of those that were read from the database."""
        self._held: dict[int, int] = {}
        """When the decisions made now lapse, by number."""
        self._kinds: dict[str, int] = {}
        self._all_sources: dict[str, int] = {}
        self._unwritten: dict[int, bytes] = {}
        """Texts of bodies, by number."""

    @property
    def _kinds_in_order(self) -> tuple[str, ...]:
        return tuple(self._kinds)

    @property
    def _sources_in_order(self) -> tuple[str, ...]:
        return tuple(self._all_sources)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, body: Body, subject: Subject, sources: str) -> int:
        """Return the number of a statement, which is written with the next `write`."""
        values = (
            subject.kind,
            *subject.pair,
            *(microseconds(time) for time in (subject.tca, *subject.span)),
            sources,
        )
        return self._added(body, values)

    def add_like(self, body: Body, number: int) -> int:
        """Return the number of a statement of another body about the same."""
        values = (
            self._kinds_in_order[self._kind[number]],
            self._first[number],
            self._second[number],
            self._tca[number],
            self._start[number],
            self._end[number],
            self._sources_in_order[self._sources[number]],
        )
        return self._added(body, values)

    def subject(self, number: int) -> Subject:
        """Return what a statement is about."""
        kind = self._kinds_in_order[self._kind[number]]
        span = time_of(self._start[number]), time_of(self._end[number])
        pair = self._first[number], self._second[number]
        return Subject(kind, pair, time_of(self._tca[number]), span)

    def numbers(self, keys: Sequence[bytes], connection: Connection) -> Integers:
        """Return the numbers of statements that the database has, by key."""
        known = self._numbers
        missing = [key for key in set(keys) if known.get(key, -1) not in self._read]
        for k in range(0, len(missing), _AT_ONCE):
            some = statements.c.statement.in_(missing[k : k + _AT_ONCE])
            for row in connection.execute(select(*map(_stored, statements.columns)).where(some)):
                *about, until = row[2:]
                key = bytes(row[0])
                number = known[key] if key in known else self._note(key, bytes(row[1]), about)
                self._until[number] = NEVER if until is None else until
                self._read.add(number)
        return np.fromiter(map(self._numbers.__getitem__, keys), np.int64, len(keys))

    def texts(self, chosen: Iterable[int]) -> dict[int, bytes]:
        """Return the texts of statements, by number; `write` has to come first."""
        by_digest: dict[bytes, list[int]] = {}
        for number in set(chosen):
            by_digest.setdefault(self._digests[number], []).append(number)
        found: dict[int, bytes] = {}
        digests = list(by_digest)
        for k in range(0, len(digests), _AT_ONCE):
            some = bodies.c.digest.in_(digests[k : k + _AT_ONCE])
            rows = self._connection.execute(select(bodies.c.digest, bodies.c.body).where(some))
            for digest, text in rows:
                found.update((number, text) for number in by_digest[digest])
        return found

    def write(self) -> None:
        """Write the statements that are new, and forget their texts."""
        if not self._unwritten:
            return
        kinds, sources = self._kinds_in_order, self._sources_in_order
        texts = {self._digests[number]: text for number, text in self._unwritten.items()}
        added_once(self._connection, bodies, ("digest", "body"), texts.items())
        rows = (
            (
                self._keys[n],
                self._digests[n],
                kinds[self._kind[n]],
                self._first[n],
                self._second[n],
                self._tca[n],
                self._start[n],
                self._end[n],
                sources[self._sources[n]],
            )
            for n in self._unwritten
        )
        added_once(self._connection, statements, _NAMES, rows)
        self._unwritten = {}

    def hold(self, chosen: Integers, until: Integers) -> None:
        """Note until when decisions hold; of several on one statement the earliest counts."""
        held = self._held
        for number, time in zip(chosen.tolist(), until.tolist(), strict=True):
            if time < held.get(number, NEVER):
                held[number] = time

    def write_held(self) -> bool:
        """Write until when decisions hold, and return whether anything was another time before."""
        changed = [
            (time, self._keys[number])
            for number, time in self._held.items()
            if time != self._until[number]
        ]
        if changed:
            held = update(statements).where(statements.c.statement == bindparam("key"))
            _execute_all(
                self._connection,
                held.values(valid_until=bindparam("until")),
                ("until", "key"),
                changed,
            )
        return bool(changed)

    def keys(self, chosen: Integers) -> list[bytes]:
        """Return the keys of statements."""
        return [self._keys[number] for number in chosen.tolist()]

    def digests(self, chosen: Integers) -> list[bytes]:
        """Return the digests of the bodies of statements."""
        return [self._digests[number] for number in chosen.tolist()]

    def columns(self) -> Columns:
        """Return what all statements are about."""
        first, second = np.array(self._first, np.int64), np.array(self._second, np.int64)
        return Columns(
            np.array(self._kind, np.int64),
            first << 32 | second,
            np.array(self._tca, np.int64),
            np.array(self._start, np.int64),
            np.array(self._end, np.int64),
            np.array(self._sources, np.int64),
            np.array(self._until, np.int64),
            tuple(self._kinds),
            tuple(self._all_sources),
        )

    def _added(self, body: Body, values: Sequence[Any]) -> int:
        digest, text = body
        key = sha256(repr((digest, tuple(values))).encode()).digest()[:KEY_BYTES]
        number = self._numbers.get(key)
        if number is None:
            number = self._note(key, digest, values)
            self._unwritten[number] = text
        return number

    def _note(self, key: bytes, digest: bytes, values: Sequence[Any]) -> int:
        kind, first, second, tca, start, end, sources = values
        number = self._numbers[key] = len(self._keys)
        self._keys.append(key)
        self._digests.append(digest)
        self._kind.append(self._kinds.setdefault(kind, len(self._kinds)))
        self._first.append(first)
        self._second.append(second)
        self._tca.append(tca)
        self._start.append(start)
        self._end.append(end)
        self._sources.append(self._all_sources.setdefault(sources, len(self._all_sources)))
        self._until.append(NEVER)
        return number


def sources_text(names: Iterable[str]) -> str:
    """Return sources each between spaces, as statements keep them."""
    return f" {' '.join(names)} "


def added_once(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows that are not there yet; values are given as they are stored."""
    postgres = connection.dialect.name == "postgresql"
    added = (postgresql.insert if postgres else sqlite.insert)(table).on_conflict_do_nothing()
    _execute_all(connection, added, names, list(rows))


def _execute_all(
    connection: Connection, what: UpdateBase, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Execute an insert of columns, or an update with parameters, of these names, for each row.

    The driver takes the rows as they are: SQLAlchemy's way is three times as long.
    """
    if not rows:
        return
    columns = list(names) if isinstance(what, Insert) else None
    compiled = what.compile(dialect=connection.dialect, column_keys=columns)
    if compiled.positional:
        places = [names.index(name) for name in compiled.positiontup or ()]
        connection.exec_driver_sql(compiled.string, [tuple(row[k] for k in places) for row in rows])
    else:
        named = [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(compiled.string, named)


def _stored(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column whose values are read as they are stored."""
    return type_coerce(column, BigInteger) if isinstance(column.type, UtcTime) else column
