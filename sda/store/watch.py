"""Tell, at next to no cost, whether a database is as it was."""

import sqlite3

from sqlalchemy import Engine

from sda.store.engine import database_file

__all__ = ["Watch"]


class Watch:
    """Looks after an SQLite file; a server such as PostgreSQL has to be asked itself."""

    def __init__(self, engine: Engine) -> None:
        self._file = database_file(engine)
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """Return a number that is another after whatever is written; None when it cannot be told.

        Source: https://www.sqlite.org/pragma.html#pragma_data_version, for a connection that
        writes nothing itself.
        """
        if self._file is None:
            return None
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._file, check_same_thread=False)
            row = self._connection.execute("PRAGMA data_version").fetchone()
            return int(row[0])
        except sqlite3.Error:
            return None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
