"""Write results so that a reader never sees half of one.

A file is written as OUT.partial and renamed when complete; an interrupted run leaves the
.partial behind and an older OUT untouched.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import orjson

__all__ = ["Format", "opened", "write_rows"]


class Format(StrEnum):
    """Format of a list of rows."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@contextmanager
def opened(out: Path | None) -> Iterator[BinaryIO]:
    """Open OUT.partial for writing and rename it to OUT at the end; None is stdout."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = out.with_name(out.name + ".partial")
    with partial.open("wb") as stream:
        yield stream
    partial.replace(out)


def write_rows(
    stream: BinaryIO, rows: Iterable[Mapping[str, Any]], format: Format, columns: Sequence[str]
) -> None:
    """Write rows as CSV (the columns alone), as one JSON array, or as one object a line."""
    if format is Format.CSV:
        _write_csv(stream, rows, columns)
    elif format is Format.JSON:
        stream.write(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for row in rows:
            stream.write(orjson.dumps(row) + b"\n")


class _Utf8:
    """A text face for a binary stream, without taking over its lifetime."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.encode())


def _write_csv(stream: BinaryIO, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.DictWriter(_Utf8(stream), columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
