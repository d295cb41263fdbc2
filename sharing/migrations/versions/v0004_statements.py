"""Keep what bodies are about once for all partners, and ids of items as the bytes they are."""

from base64 import b32decode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

from sda.store.columns import UtcTime

revision = "0004"
down_revision = "0003"

_ROWS = 5000
_ABOUT = ("kind", "norad_id_1", "norad_id_2", "tca", "span_start", "span_end", "sources")


def upgrade() -> None:
    connection = op.get_bind()
    for name in ("ledger", "items"):
        connection.execute(sa.text(f"CREATE TABLE {name}_before AS SELECT * FROM {name}"))  # noqa: S608
        op.drop_table(name)
    statements = op.create_table(
        "statements",
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("span_start", UtcTime, nullable=False),
        sa.Column("span_end", UtcTime, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("valid_until", UtcTime),
        sa.PrimaryKeyConstraint("statement", name="pk_statements"),
        sa.ForeignKeyConstraint(["body"], ["bodies.digest"], name="fk_statements_bodies"),
    )
    ledger = op.create_table(
        "ledger",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("publication", sa.Integer, nullable=False),
        sa.Column("item_id", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", "n", name="pk_ledger"),
        sa.ForeignKeyConstraint(
            ["publication"],
            ["publications.publication"],
            name="fk_ledger_publications",
            deferrable=True,
            initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    items = op.create_table(
        "items",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("item_id", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", "seq", name="pk_items"),
        sa.UniqueConstraint("partner", "item_id", name="uq_items_partner_item_id"),
        sqlite_with_rowid=False,
    )
    _copy(connection, "ledger_before", lambda rows: [(ledger, [_entry(row) for row in rows])])
    until: dict[bytes, int | None] = {}
    for rows in _parts(connection, "items_before"):
        for row in rows:
            key, time = _statement(row), row["valid_until"]
            before = until.get(key)
            until[key] = time if before is None else min(before, before if time is None else time)
    known: set[bytes] = set()

    def items_and_statements(rows: list[dict[str, Any]]) -> list[tuple[sa.Table, list[Any]]]:
        said = {_statement(row): row for row in rows}
        fresh = {key: row for key, row in said.items() if key not in known}
        known.update(fresh)
        about = [
            {"statement": key, "body": row["body"], "valid_until": until[key]}
            | {name: row[name] for name in _ABOUT}
            for key, row in fresh.items()
        ]
        shown = [_entry(row) | {"statement": _statement(row)} for row in rows]
        columns = items.columns.keys()
        return [
            (statements, about),
            (items, [{name: row[name] for name in columns} for row in shown]),
        ]

    _copy(connection, "items_before", items_and_statements)


def _copy(
    connection: sa.Connection,
    name: str,
    made: Callable[[list[dict[str, Any]]], list[tuple[sa.Table, list[Any]]]],
) -> None:
    """Write the rows of a table anew, and drop it. Times stay the integers that they are."""
    for rows in list(_parts(connection, name)):
        for table, new in made(rows):
            if new:
                plain = sa.table(table.name, *(sa.column(key) for key in new[0]))
                connection.execute(plain.insert(), new)
    op.drop_table(name)


def _parts(connection: sa.Connection, name: str) -> Iterator[list[dict[str, Any]]]:
    rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()  # noqa: S608
    while some := rows.fetchmany(_ROWS):
        yield [dict(row) for row in some]


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"item_id": b32decode(row["item_id"].upper() + "======")}


def _statement(row: dict[str, Any]) -> bytes:
    """Return the key of a statement, as `sharing.stock` makes it."""
    values = tuple(row[name] for name in _ABOUT)
    return sha256(repr((bytes(row["body"]), values)).encode()).digest()[:16]
