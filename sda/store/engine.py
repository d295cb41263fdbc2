"""Open the database and write to it, on SQLite and PostgreSQL alike."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError

from sda.errors import StoreError

__all__ = ["advisory_key", "database_file", "open_engine", "writing"]

_BUSY_TIMEOUT_S = 60
"""How long a writer waits for another: longer than ingesting two weeks of history takes."""


def open_engine(url: str | URL) -> Engine:
    """Return an engine on an SQLite file or a PostgreSQL database, once it has answered.

    SQLite is set to WAL, so that readers go on while one process writes. An SQLite database in
    memory is refused: nothing in it outlives the process, and WAL does not exist for it.

    Raises StoreError when the URL is not of these two, or the database cannot be reached or
    written to. Whatever the database itself refuses later is a StoreError as well; no error shows
    the values that it was about.
    """
    place = _parse(url)
    engine = _sqlite(place) if place.drivername.startswith("sqlite") else _postgresql(place)
    event.listen(engine, "handle_error", _raise_store_error)
    with engine.connect():
        return engine


@contextmanager
def writing(engine: Engine, lock: str = "write") -> Iterator[Connection]:
    """Open a transaction that holds the right to write from its first line.

    What is read inside cannot change before it is written: on SQLite the file has one writer,
    on PostgreSQL transactions of the same `lock` name wait for each other.
    """
    immediate = engine.execution_options(sqlite_begin="IMMEDIATE")
    with immediate.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(advisory_key(lock))))
        yield connection


def advisory_key(name: str) -> int:
    """Return the number under which PostgreSQL knows a lock of ours."""
    return zlib.crc32(f"tearline {name}".encode())


def database_file(engine: Engine) -> Path | None:
    """Return the file of an SQLite database, None on PostgreSQL."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def _parse(url: str | URL) -> URL:
    try:
        place = make_url(url)
    except ArgumentError:
        raise StoreError(
            "the database URL cannot be read: write sqlite:///tearline.db or "
            "postgresql://user@host/name"
        ) from None
    if place.drivername in ("postgresql", "postgres"):
        place = place.set(drivername="postgresql+psycopg")
    if place.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(
            f"cannot keep data in {place.drivername!r}: use an sqlite:/// or postgresql:// URL"
        )
    return place


def _sqlite(place: URL) -> Engine:
    if place.database in (None, "", ":memory:") or "mode=memory" in str(place):
        raise StoreError("an SQLite database in memory keeps nothing: write sqlite:///tearline.db")
    path = Path(str(place.database))
    target = path if path.exists() else path.parent
    if not target.exists():
        raise StoreError(f"no directory {target} for the database: make it first")
    if path.is_dir() or not os.access(target, os.W_OK):
        raise StoreError(f"cannot write the database {path}: check the path and its permissions")
    engine = create_engine(place, connect_args={"timeout": _BUSY_TIMEOUT_S}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's sqlite3 otherwise begins transactions on its own, late, and never around DDL.
    connection.isolation_level = None
    # A file keeps the size of pages that it began with; with large ones publishing writes faster.
    for pragma in (
        "page_size = 16384",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "cache_size = -65536",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin")
    if mode:
        connection.exec_driver_sql(f"BEGIN {mode}").close()
    else:
        # This waits for nobody, so there is nothing for SQLAlchemy to see to.
        connection.connection.dbapi_connection.execute("BEGIN").close()  # type: ignore[union-attr]


def _postgresql(place: URL) -> Engine:
    try:
        return create_engine(
            place, pool_pre_ping=True, connect_args={"connect_timeout": 10}, hide_parameters=True
        )
    except ModuleNotFoundError:
        raise StoreError(
            "PostgreSQL needs its driver: pip install 'tearline[postgresql]'"
        ) from None


def _raise_store_error(context: ExceptionContext) -> None:
    """Turn what the database refuses into one line, without statement, values or password."""
    error = context.sqlalchemy_exception
    refused = isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
    if not refused or context.is_pre_ping:
        return
    url = context.engine.url if context.engine is not None else None
    where = url.set(query={}).render_as_string(hide_password=True) if url else "the database"
    reason = " ".join(str(context.original_exception).split())
    raise StoreError(f"{where}: {reason}") from context.original_exception
