"""Write tables as Parquet, with the types that their columns have.

Import it only where Parquet is asked for: pyarrow takes longer to load than a small screening.
"""

from functools import lru_cache
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sda.outputs.table import Column, Lists, Table, Texts, Words

__all__ = ["KeptParquet"]

Indices = NDArray[np.intp]

_GROUP_ROWS: Final = 65_536


class KeptParquet:
    """Row groups in a file, so that their rows can be copied in another order.

    Small tables wait until they make a group: each costs some kilobytes of its own.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._writer: Any = None
        self._waiting: list[Any] = []

    def add(self, table: Table) -> None:
        """Take the rows of a table; they are in the file when a group is full."""
        self._waiting.append(_arrow(table))
        if sum(map(len, self._waiting)) >= _GROUP_ROWS:
            self._write()

    def close(self) -> None:
        """Make a whole file of what is there; nothing can be added then."""
        self._write()
        if self._writer is not None:
            self._writer.close()
        self._file.flush()

    def copy(self, order: Indices, stream: BinaryIO) -> None:
        """Write the rows in an order to another file, a group of it in memory at a time."""
        self.close()
        kept = pq.ParquetFile(self._file)
        counts = [kept.metadata.row_group(k).num_rows for k in range(kept.num_row_groups)]
        ends = np.cumsum(counts)
        with pq.ParquetWriter(stream, kept.schema_arrow) as writer:
            for begin in range(0, len(order), _GROUP_ROWS):
                places = order[begin : begin + _GROUP_ROWS]
                group = np.searchsorted(ends, places, side="right")
                needed, at = np.unique(group, return_inverse=True)
                size = np.array(counts)[needed]
                shift = np.cumsum(size) - ends[needed]
                rows = kept.read_row_groups(needed.tolist())
                writer.write_table(rows.take(pa.array(places + shift[at])))

    def _write(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            self._waiting = []
            self._writer = self._writer or pq.ParquetWriter(self._file, table.schema)
            if len(table):
                self._writer.write_table(table)


def _arrow(table: Table) -> Any:
    return pa.table({name: _array(column) for name, column in table.items()})


def _array(column: Column) -> Any:
    if isinstance(column, Texts):
        return _words(column.words).take(pa.array(column.code))
    if isinstance(column, Lists):
        begins = np.append(0, column.end).astype(np.int32)
        fields = {name: _array(inner) for name, inner in column.table.items()}
        records = pa.StructArray.from_arrays(list(fields.values()), list(fields))
        return pa.ListArray.from_arrays(begins, records)
    if column.dtype.kind == "M":
        return pa.array(column, pa.timestamp("us", tz="UTC"))
    return pa.array(column, from_pandas=True)


@lru_cache(maxsize=8)
def _words(words: Words) -> Any:
    return pa.array(words.texts, pa.string())
