"""Write rows as they come, and put them in order at the end.

The rows of a long job cannot all be held, and the last of them may belong before the first. So
they are written to OUT.partial at once, a sort key of each is held, and at the end the file is
copied in order and takes its name. An interrupted job leaves OUT.partial, a whole file of the
rows that were found, and an older OUT untouched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from sda.outputs.files import is_stream, opened, telling
from sda.outputs.table import Column, Lists, Table, Texts
from sda.outputs.texts import CSV, JSON, JSONL, KeptText

__all__ = ["Format", "Spool", "sorted_rows"]

Indices = NDArray[np.intp]


class Format(StrEnum):
    """Format of a list of rows."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


class _Kept(Protocol):
    """Rows in a file of some format."""

    def add(self, table: Table) -> None: ...
    def close(self) -> None: ...
    def copy(self, order: Indices, stream: BinaryIO) -> None: ...


class Spool:
    """Rows that have been written, and what to sort them by."""

    def __init__(self, kept: _Kept, file: Path | None, order_by: Sequence[str]) -> None:
        self._kept = kept
        self._file = file
        self._order_by = order_by
        self._keys: list[list[NDArray[Any]]] = []

    def add(self, table: Table) -> None:
        """Write the rows of a table; every table has the same columns, and there is one at least.

        Raises OutputError.
        """
        with telling(self._file):
            self._kept.add(table)
        self._keys.append([_key(table[name]) for name in self._order_by])

    def order(self) -> Indices:
        """Return the places of the rows, in the order in which they came, when sorted."""
        columns = [np.concatenate(parts) for parts in zip(*self._keys, strict=True)]
        return np.lexsort(columns[::-1])


@contextmanager
def sorted_rows(out: Path | None, format: Format, order_by: Sequence[str]) -> Iterator[Spool]:
    """Yield a spool for rows in any order; at the end they stand in OUT, sorted by some columns.

    None is stdout: nothing is written there before the end. Raises OutputError.
    """
    partial = None if out is None or is_stream(out) else out.with_name(out.name + ".partial")
    with telling(partial):
        file: BinaryIO = TemporaryFile() if partial is None else partial.open("w+b")  # noqa: SIM115
    kept = _kept(file, format)
    spool = Spool(kept, partial, order_by)
    try:
        yield spool
        with opened(out) as stream:
            kept.copy(spool.order(), stream)
    except BaseException:
        with suppress(OSError):
            kept.close()
        raise
    finally:
        with suppress(OSError):
            file.close()
    if partial is not None:
        partial.unlink()


def _kept(file: BinaryIO, format: Format) -> _Kept:
    if format is Format.PARQUET:
        # pyarrow takes longer to load than a small screening.
        from sda.outputs.parquet import KeptParquet

        return KeptParquet(file)
    return KeptText(file, {Format.CSV: CSV, Format.JSON: JSON, Format.JSONL: JSONL}[format])


def _key(column: Column) -> NDArray[Any]:
    if isinstance(column, Texts):
        return column.code
    if isinstance(column, Lists):
        raise TypeError("rows cannot be sorted by a column of lists")
    return column
