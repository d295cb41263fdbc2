"""Write tables as text, a line a row: CSV, JSON and JSON lines.

Every cell is made by the column, never row by row, and the cells are joined to lines at the end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import SEEK_END
from itertools import pairwise
from typing import Any, BinaryIO, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from sda.outputs.table import Column, Lists, Table, Texts, Words

__all__ = ["CSV", "JSON", "JSONL", "KeptText"]

Indices = NDArray[np.intp]

_NUMPY: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
_TIME: Final = "2025-08-08T12:00:00.000000Z"
_NEEDS_QUOTES: Final = re.compile('[,"\r\n]')
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines become a file: what stands before, after each but the last, and behind."""

    opening: Callable[[Table], bytes]
    lines: Callable[[Table], list[bytes]]
    ending: bytes
    last_ending: bytes
    closing: bytes


class KeptText:
    """Lines in a file, and where each begins, so that they can be copied in another order."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._opening = b""
        self._lengths: list[NDArray[np.int64]] = []

    def add(self, table: Table) -> None:
        """Write the rows of a table, so that a reader sees them in the file at once."""
        if not self._lengths:
            self._opening = self._layout.opening(table)
            self._file.write(self._opening)
        ending = self._layout.ending
        lines = self._layout.lines(table)
        self._lengths.append(np.array([len(line) + len(ending) for line in lines], np.int64))
        self._file.write(b"".join([line + ending for line in lines]))
        self._file.flush()

    def close(self) -> None:
        """Make a whole file of what is there; nothing can be added then."""
        if not self._lengths:
            return
        if any(map(len, self._lengths)):
            self._file.seek(-len(self._layout.ending), SEEK_END)
            self._file.write(self._layout.last_ending)
        self._file.write(self._layout.closing)
        self._file.flush()

    def copy(self, order: Indices, stream: BinaryIO) -> None:
        """Write the rows in an order to another file; those that stay neighbours, at once."""
        stream.write(self._opening)
        if len(order):
            length = np.concatenate(self._lengths)
            end = len(self._opening) + np.cumsum(length)
            end, begin = end[order], (end - length)[order]
            parts = np.append(begin[1:] != end[:-1], True)
            begins, ends = begin[np.append(True, parts[:-1])], end[parts]
            ends[-1] -= len(self._layout.ending)
            for low, high in zip(begins.tolist(), ends.tolist(), strict=True):
                self._file.seek(low)
                while chunk := self._file.read(min(_CHUNK, high - self._file.tell())):
                    stream.write(chunk)
            stream.write(self._layout.last_ending)
        stream.write(self._layout.closing)


def _csv_lines(table: Table) -> list[bytes]:
    cells = [_cells(c, b"", b"", _csv_words) for c in table.values() if not isinstance(c, Lists)]
    return list(map(b",".join, zip(*cells, strict=True)))


def _csv_header(table: Table) -> bytes:
    return ",".join(n for n, c in table.items() if not isinstance(c, Lists)).encode() + b"\n"


def _json_lines(table: Table) -> list[bytes]:
    names = (orjson.dumps(name).replace(b"%", b"%%") for name in table)
    line = b"{" + b",".join(name + b":%b" for name in names) + b"}"
    cells = [_json_cells(column) for column in table.values()]
    return list(map(line.__mod__, zip(*cells, strict=True)))


def _json_cells(column: Column) -> list[bytes]:
    if isinstance(column, Lists):
        records = _json_lines(column.table)
        ends = pairwise([0, *column.end.tolist()])
        return [b"[" + b",".join(records[begin:end]) + b"]" for begin, end in ends]
    return _cells(column, b"null", b'"', _json_words)


def _cells(
    column: NDArray[Any] | Texts, none: bytes, quote: bytes, spelt: Callable[[Words], list[bytes]]
) -> list[bytes]:
    """Return the cells of a column, given what stands for nothing and around a time."""
    if isinstance(column, Texts):
        words = spelt(column.words)
        return [words[code] for code in column.code.tolist()]
    if column.dtype.kind == "M":
        present = np.flatnonzero(~np.isnat(column))
        cells = [none] * len(column)
        for k, time in zip(present.tolist(), _times(column[present], quote), strict=True):
            cells[k] = time
        return cells
    return _listed(column, b"null", none)


def _times(times: NDArray[np.datetime64], quote: bytes) -> list[bytes]:
    # orjson leaves out a fraction of zero seconds.
    whole = len(quote + _TIME.encode() + quote)
    return [
        cell if len(cell) == whole else cell.replace(b"Z", b".000000Z")
        for cell in _listed(times, b'"', quote)
    ]


def _listed(column: NDArray[Any], old: bytes, new: bytes) -> list[bytes]:
    """Return a column's values as orjson writes them, with one text replaced by another."""
    if len(column) == 0:
        return []
    text = orjson.dumps(np.ascontiguousarray(column), option=_NUMPY)
    return text[1:-1].replace(old, new).split(b",")


@lru_cache(maxsize=8)
def _csv_words(words: Words) -> list[bytes]:
    """Quote texts as RFC 4180 has it, and as the csv module does: where it is needed."""
    return [
        ('"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text).encode()
        for text in words.texts
    ]


@lru_cache(maxsize=8)
def _json_words(words: Words) -> list[bytes]:
    return [orjson.dumps(text) for text in words.texts]


def _nothing(_: Table) -> bytes:
    return b""


def _bracket(_: Table) -> bytes:
    return b"[\n"


CSV: Final = Layout(_csv_header, _csv_lines, b"\n", b"\n", b"")
"""A header, then the columns; lists are left out."""
JSON: Final = Layout(_bracket, _json_lines, b",\n", b"\n", b"]\n")
"""One array, an object a line."""
JSONL: Final = Layout(_nothing, _json_lines, b"\n", b"\n", b"")
"""An object a line."""
