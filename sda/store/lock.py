"""Let one run at a time work on a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine, func, select

from sda.errors import StoreError
from sda.store.engine import advisory_key, database_file

__all__ = ["run_lock"]


@contextmanager
def run_lock(engine: Engine, name: str = "run") -> Iterator[None]:
    """Hold the database's run lock; it is free again when the process ends, however it ends.

    Beside an SQLite file it is a lock on FILE.NAME.lock, on PostgreSQL an advisory lock.

    Raises StoreError at once when another process, or this one, holds it.
    """
    file = database_file(engine)
    held = _on_postgresql(engine, name) if file is None else _beside(file, name)
    with held:
        yield


@contextmanager
def _beside(file: Path, name: str) -> Iterator[None]:
    lock = FileLock(f"{file}.{name}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(_under_way(name, lock.lock_file)) from None
    except OSError as error:
        raise StoreError(f"cannot make the lock {lock.lock_file}: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _on_postgresql(engine: Engine, name: str) -> Iterator[None]:
    key = advisory_key(name)
    # A session lock belongs to its connection; autocommit, for a run is no transaction.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(key))):
            raise StoreError(_under_way(name, f"advisory lock {key}"))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(key)))


def _under_way(name: str, held: str) -> str:
    return f"another {name} is under way ({held} is held): wait until it ends and try again"
