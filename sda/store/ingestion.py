"""Put the element sets of one reading into the archive, each once, with its provenance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    Case,
    Column,
    ColumnElement,
    Connection,
    Select,
    case,
    cast,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from sda.errors import StoreError
from sda.model import ElementSet
from sda.store.schema import element_sets, ingestions, objects, rejects

__all__ = ["Added", "Ingestion", "Reject", "begin_log", "finish_log", "ingest", "storable"]

_CHUNK = 5000
"""Sets looked up and inserted at once; SQLite takes 32766 values in one statement."""

_ORBIT = (
    "mean_motion_rev_day",
    "eccentricity",
    "inclination_deg",
    "ra_of_asc_node_deg",
    "arg_of_pericenter_deg",
    "mean_anomaly_deg",
    "bstar_per_earth_radius",
    "mean_motion_dot_rev_day2",
    "mean_motion_ddot_rev_day3",
    "ephemeris_type",
)
"""What SGP4 reads. Names and counters may differ between two publications of one set."""

_NAMES = tuple(field.name for field in fields(ElementSet))
_COLUMNS = tuple(element_sets.c[name] for name in _NAMES)
_values = attrgetter(*_NAMES)
_orbit = attrgetter(*_ORBIT)
_identity = attrgetter("norad_id", "source", "epoch")


@dataclass(frozen=True, slots=True)
class Reject:
    """Something in a file that is no usable element set or message."""

    place: str
    """Where it stood: `line 12`, `object 3`, `message A-1`."""
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ingestion:
    """Where element sets or messages came from: one reading of one file."""

    file: str
    sha256: str
    source: str
    at: datetime
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the element sets or messages handed in; the three make up their number."""

    new: int
    known: int
    differing: int = 0
    """Sets with another orbit than the one kept for the same object, source and epoch."""


def ingest(connection: Connection, elements: Sequence[ElementSet], ingestion: Ingestion) -> Added:
    """Keep the sets that are new within a transaction that `writing` opened.

    Raises StoreError when a set is of another source than the ingestion.
    """
    if strange := next((e for e in elements if e.source != ingestion.source), None):
        raise StoreError(
            f"the set of {strange.norad_id} is of source {strange.source!r}, "
            f"its ingestion of {ingestion.source!r}: ingest each source on its own"
        )
    ordered = sorted(elements, key=_identity)
    number = begin_log(connection, ingestion)
    fresh, differing = _sift(connection, ordered)
    for at in range(0, len(fresh), _CHUNK):
        _insert_sets(connection, fresh[at : at + _CHUNK], number)
    known = len(ordered) - len(fresh) - len(differing)
    added = Added(len(fresh), known, len(differing))
    finish_log(connection, number, ingestion, added, differing)
    return added


def begin_log(connection: Connection, ingestion: Ingestion) -> int:
    """Enter an ingestion in the log, and return its number."""
    log = insert(ingestions).values(
        file=storable(ingestion.file),
        sha256=ingestion.sha256,
        source=ingestion.source,
        at=ingestion.at,
        new_sets=0,
        known_sets=0,
        rejected=0,
    )
    number: int = connection.execute(log.returning(ingestions.c.ingestion_id)).scalar_one()
    return number


def finish_log(
    connection: Connection,
    number: int,
    ingestion: Ingestion,
    added: Added,
    differing: Sequence[Reject] = (),
) -> None:
    """Keep the rejects of an ingestion, and enter in the log what became of the rest."""
    _insert_rejects(connection, [*ingestion.rejects, *differing], ingestion, number)
    connection.execute(
        ingestions.update()
        .where(ingestions.c.ingestion_id == number)
        .values(
            new_sets=added.new,
            known_sets=added.known,
            rejected=len(ingestion.rejects) + added.differing,
        )
    )


def storable(text: str) -> str:
    """Write out what PostgreSQL and UTF-8 cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def _sift(
    connection: Connection, ordered: Sequence[ElementSet]
) -> tuple[list[ElementSet], list[Reject]]:
    """Return the sets of one source that are not kept yet, and those that clash with one kept."""
    fresh, clashes = list[ElementSet](), list[Reject]()
    spans = _spans(connection, ordered[0].source) if ordered else {}
    for at in range(0, len(ordered), _CHUNK):
        chunk = ordered[at : at + _CHUNK]
        kept = _kept(connection, chunk, spans)
        if fresh:  # Sets of one key stand side by side, but may fall into two chunks.
            kept.setdefault(_identity(fresh[-1]), fresh[-1])
        for elements in chunk:
            standing = kept.get(_identity(elements))
            if standing is None:
                kept[_identity(elements)] = elements
                fresh.append(elements)
            elif _orbit(standing) != _orbit(elements):
                clashes.append(_clash(elements))
    return fresh, clashes


def _spans(connection: Connection, source: str) -> dict[int, tuple[datetime, datetime]]:
    """Return the first and last epoch that a source has of each object."""
    query = select(objects.c.norad_id, objects.c.first_epoch, objects.c.last_epoch)
    rows = connection.execute(query.where(objects.c.source == source))
    return {norad_id: (first, last) for norad_id, first, last in rows}


def _kept(
    connection: Connection,
    chunk: Sequence[ElementSet],
    spans: Mapping[int, tuple[datetime, datetime]],
) -> dict[Any, ElementSet]:
    """Return the sets that the archive has under the keys of a chunk, by key.

    Only epochs within the span of their object are looked up: a first filling and a daily
    update look up next to nothing.
    """
    keys = [
        (e.norad_id, e.epoch)
        for e in chunk
        if (span := spans.get(e.norad_id)) and span[0] <= e.epoch <= span[1]
    ]
    if not keys:
        return {}
    query = select(*_COLUMNS).where(
        element_sets.c.source == chunk[0].source,
        tuple_(element_sets.c.norad_id, element_sets.c.epoch).in_(_among(connection, keys)),
    )
    found = (ElementSet(*row) for row in connection.execute(query))
    return {_identity(elements): elements for elements in found}


def _among(connection: Connection, keys: Sequence[tuple[int, datetime]]) -> Any:
    """Return keys for an IN: PostgreSQL tries a long list on every row, but joins arrays."""
    if connection.dialect.name != "postgresql":
        return keys
    return _as_table((element_sets.c.norad_id, element_sets.c.epoch), keys)


def _as_table(
    columns: Sequence[Column[Any]], rows: Iterable[Sequence[object]]
) -> Select[tuple[Any, ...]]:
    """Return rows as a PostgreSQL query over one array a column, its fastest way in."""
    arrays = [
        cast(list(values), ARRAY(column.type))
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    table = func.unnest(*arrays).table_valued(*(column.name for column in columns))
    return select(*table.render_derived().c)


def _clash(elements: ElementSet) -> Reject:
    return Reject(
        f"object {elements.norad_id}",
        orjson.dumps(asdict(elements)).decode(),
        "differs from the set kept for the same object, source and epoch",
    )


def _insert_sets(connection: Connection, fresh: Sequence[ElementSet], number: int) -> None:
    """Insert sets, sorted by object, of one source, and bring `objects` up to date."""
    if not fresh:
        return
    columns = (*_COLUMNS, element_sets.c.ingestion_id)
    rows = [(*_values(elements), number) for elements in fresh]
    if connection.dialect.name == "postgresql":
        connection.execute(insert(element_sets).from_select(columns, _as_table(columns, rows)))
    else:
        names = [column.name for column in columns]
        connection.execute(
            insert(element_sets), [dict(zip(names, row, strict=True)) for row in rows]
        )
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(objects)
    newer = row.excluded.last_epoch > objects.c.last_epoch
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[objects.c.norad_id, objects.c.source],
            set_={
                "name": case((newer, row.excluded.name), else_=objects.c.name),
                "object_id": case((newer, row.excluded.object_id), else_=objects.c.object_id),
                "n_sets": objects.c.n_sets + row.excluded.n_sets,
                "first_epoch": _least(objects.c.first_epoch, row.excluded.first_epoch),
                "last_epoch": _greatest(objects.c.last_epoch, row.excluded.last_epoch),
            },
        ),
        [_object(list(same)) for _, same in groupby(fresh, attrgetter("norad_id"))],
    )


def _least(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> Case[datetime]:
    return case((one < other, one), else_=other)


def _greatest(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> Case[datetime]:
    return case((one > other, one), else_=other)


def _object(sets: Sequence[ElementSet]) -> dict[str, Any]:
    """Return the row of `objects` for sets of one object by epoch."""
    return {
        "norad_id": sets[-1].norad_id,
        "source": sets[-1].source,
        "name": sets[-1].name,
        "object_id": sets[-1].object_id,
        "n_sets": len(sets),
        "first_epoch": sets[0].epoch,
        "last_epoch": sets[-1].epoch,
    }


def _insert_rejects(
    connection: Connection, refused: Sequence[Reject], ingestion: Ingestion, number: int
) -> None:
    if not refused:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(rejects).on_conflict_do_nothing(),
        [
            {
                "sha256": ingestion.sha256,
                "source": ingestion.source,
                "digest": sha256(repr((r.place, r.text, r.reason)).encode()).hexdigest(),
                "place": storable(r.place),
                "text": storable(r.text),
                "reason": storable(r.reason),
                "ingestion_id": number,
            }
            for r in refused
        ],
    )
