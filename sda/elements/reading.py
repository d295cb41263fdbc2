"""Read element sets from files of any format, and count what could not be read."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sda.elements.omm import EXPECTED_OMM, OmmFormat, read_omm
from sda.elements.reject import Reject
from sda.elements.tle import EXPECTED_TLE, read_tle
from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["Reading", "newest", "read_files", "read_text"]

_SUFFIXES = {".tle", ".3le", ".2le", ".txt", ".json", ".csv", ".xml", ".kvn", ".omm", ".gz"}
"""What is read out of a directory; a file that is named is read whatever its suffix."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: every record is in one of the two."""

    elements: tuple[ElementSet, ...]
    rejects: tuple[Reject, ...]


def read_files(paths: Iterable[Path], source: str | None = None) -> Reading:
    """Read files (also .gz) and directories of TLE, 3LE and OMM, in the order given.

    Each element set carries the source, or the name of its file where none is given. Raises
    ElementError for a path that does not exist or cannot be read.
    """
    elements: list[ElementSet] = []
    rejects: list[Reject] = []
    for file in _files(paths):
        reading = read_text(_text(file), str(file), file.name if source is None else source)
        elements += reading.elements
        rejects += reading.rejects
    return Reading(tuple(elements), tuple(rejects))


def read_text(text: str, name: str, source: str | None = None) -> Reading:
    """Read the text of one file, whose format shows in its first characters."""
    elements: list[ElementSet] = []
    rejects: list[Reject] = []
    for record in _records(text.removeprefix("\ufeff"), name, name if source is None else source):
        if isinstance(record, Reject):
            rejects.append(record)
        else:
            elements.append(record)
    return Reading(tuple(elements), tuple(rejects))


def newest(elements: Iterable[ElementSet]) -> tuple[ElementSet, ...]:
    """Return the newest set of each object, by catalogue number; of one epoch, the last read."""
    best: dict[int, ElementSet] = {}
    for one in elements:
        known = best.get(one.norad_id)
        if known is None or one.epoch >= known.epoch:
            best[one.norad_id] = one
    return tuple(best[norad_id] for norad_id in sorted(best))


def _records(text: str, file: str, source: str) -> Iterator[ElementSet | Reject]:
    head = text[:2000].lstrip()
    if not head:
        return iter([Reject(file, 1, "the file is empty", EXPECTED_TLE, "")])
    if re.match(r"<!doctype html|<html", head, re.IGNORECASE):
        reason = "a web page, not element sets: the download failed"
        return iter([Reject(file, 1, reason, EXPECTED_OMM, head[:60])])
    if head[0] in "[{":
        return read_omm(text, OmmFormat.JSON, file, source)
    if head[0] == "<":
        return read_omm(text, OmmFormat.XML, file, source)
    if re.search(r"^\s*CCSDS_OMM_VERS\s*=", head, re.MULTILINE):
        return read_omm(text, OmmFormat.KVN, file, source)
    header = head.partition("\n")[0].upper()
    if "," in header and "NORAD_CAT_ID" in header:
        return read_omm(text, OmmFormat.CSV, file, source)
    return read_tle(text, file, source)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in _SUFFIXES)
        elif path.exists():
            yield path
        else:
            raise ElementError(f"no file or directory {path}: check the path")


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        return raw.decode("utf-8", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise ElementError(f"cannot read {file}: {error}") from None
