"""Read element sets from files of any format, and pick the newest of each object.

The format is told from the content, never from the name; gzip too. Nothing is dropped
uncounted: what is not read is in `Reading.rejects`.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sda.elements.line_fields import has_line_fields
from sda.elements.omm import OmmFormat, read_omm
from sda.elements.tle import read_tle
from sda.elements.validity import Reject, shorten
from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["Reading", "files_of", "newest", "read_files", "read_text"]

_EXPECTED: Final = "TLE or 3LE lines, alone or in a table, or an OMM in JSON, CSV, XML or KVN"
_GZIP: Final = b"\x1f\x8b"
_ELEMENT_PAIR: Final = re.compile(r"^1 [^\n]{60,}\n2 ", re.MULTILINE)
_ELEMENT_LINE: Final = re.compile(r"^\s*[12] ", re.MULTILINE)
_DOCUMENTS: Final = frozenset({".md", ".rst", ".py", ".pyc"})
"""What stands beside data in a directory and is not data."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The element sets of some text or files, in their order, and what could not be read."""

    elements: tuple[ElementSet, ...]
    rejects: tuple[Reject, ...]


def read_files(paths: Iterable[Path], source: str | None = None) -> Reading:
    """Read files and directories; without a source each set carries its file's name.

    A directory is read with all below it, in sorted order, without hidden files, *.md, *.rst
    and *.py. Raises ElementError for a path that does not exist or cannot be opened.
    """
    elements: list[ElementSet] = []
    rejects: list[Reject] = []
    for path in paths:
        for file in files_of(path):
            reading = _read_file(file, source)
            elements += reading.elements
            rejects += reading.rejects
    return Reading(tuple(elements), tuple(rejects))


def read_text(text: str, name: str, source: str | None = None) -> Reading:
    """Read one text in whatever format it is; `name` is its file's, for rejects and as source."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    origin = name if source is None else source
    format = _format(text)
    if isinstance(format, OmmFormat):
        elements, rejects = read_omm(text, format, name, origin)
    elif format is None:
        elements, rejects = read_tle(text, name, origin)
    else:
        elements, rejects = [], [Reject(name, 1, format, _EXPECTED, shorten(text.lstrip()[:200]))]
    return Reading(tuple(elements), tuple(rejects))


def newest(elements: Iterable[ElementSet]) -> tuple[ElementSet, ...]:
    """Return the newest set of each object, by catalogue number; of equal epochs the last read."""
    kept: dict[int, ElementSet] = {}
    for e in elements:
        known = kept.get(e.norad_id)
        if known is None or e.epoch >= known.epoch:
            kept[e.norad_id] = e
    return tuple(kept[norad_id] for norad_id in sorted(kept))


def files_of(path: Path) -> Iterator[Path]:
    """Yield a file, or the data files below a directory in sorted order.

    Raises ElementError for a path that does not exist.
    """
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden and file.suffix not in _DOCUMENTS:
                yield file
    elif path.exists():
        yield path
    else:
        raise ElementError(f"no file or directory {path}: check the path of the element sets")


def _read_file(path: Path, source: str | None) -> Reading:
    name = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ElementError(f"cannot read {path}: {error.strerror}; check its permissions") from None
    if raw[:2] == _GZIP:
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            reason = f"the compressed file is cut or broken ({error})"
            return Reading((), (Reject(name, 1, reason, "a whole gzip file", ""),))
    # A stray byte in a name must not cost the file; in an element line it becomes a reject.
    return read_text(raw.decode(errors="replace"), name, path.name if source is None else source)


def _format(text: str) -> OmmFormat | str | None:
    """Return the OMM form of a text, None for lines of elements, else why it is neither."""
    start = text.lstrip()
    first = start.partition("\n")[0]
    if not start:
        return "the file is empty"
    # First of all, for the name before the lines may start like any other format.
    if _ELEMENT_PAIR.search(start[:4096]):
        return None
    if start[0] in "[{":
        return OmmFormat.JSON
    if start[0] == "<":
        head = start[:4096].lower()
        if "<html" in head or "<!doctype html" in head:
            return "a web page, not element sets: look at what the source answered"
        return OmmFormat.XML
    if "," in first and ("NORAD_CAT_ID" in first.upper() or has_line_fields(first)):
        return OmmFormat.CSV
    if "CCSDS_OMM_VERS" in start[:4096]:
        return OmmFormat.KVN
    if _ELEMENT_LINE.search(text):
        return None
    if "no gp data found" in first.lower():
        return "the source had no data: CelesTrak serves numbers above 99999 only as OMM"
    return "not a format of element sets"
