"""Read what kind of object each catalogue number is, and whose.

Element sets do not say it. Satellite catalogues do: CelesTrak's SATCAT (OBJECT_TYPE in short,
OWNER, RCS in m^2) and Space-Track's SATCAT (COUNTRY) and GP class (COUNTRY_CODE), the type in full;
CSV or JSON, gzip too. The codes of owners differ between the two, and are kept as they are.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any, Final

from sda.elements.alpha5 import from_alpha5
from sda.elements.containers import Record, locate_json, read_csv, read_json
from sda.elements.validity import MalformedError, Reject, shorten
from sda.errors import ElementError

__all__ = ["ObjectType", "Satcat", "SatcatEntry", "read_satcat", "type_of_name"]


class ObjectType(StrEnum):
    """What an object is."""

    PAYLOAD = "PAYLOAD"
    ROCKET_BODY = "ROCKET_BODY"
    DEBRIS = "DEBRIS"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class SatcatEntry:
    """What a satellite catalogue says of one object."""

    type: ObjectType
    owner: str
    """The catalogue's code in capitals, empty when not known."""
    rcs_m2: float | None = None
    """Radar cross-section, None when not known; Space-Track gives a size class alone."""


@dataclass(frozen=True, slots=True)
class Satcat:
    """The entries of a satellite catalogue by catalogue number, and what could not be read."""

    entries: Mapping[int, SatcatEntry]
    rejects: tuple[Reject, ...]


_GZIP: Final = b"\x1f\x8b"
_NUMBER: Final = "NORAD_CAT_ID"
_TYPE: Final = "OBJECT_TYPE"
_RCS: Final = "RCS"
_OWNERS: Final = ("OWNER", "COUNTRY", "COUNTRY_CODE")
_EXPECTED: Final = f"a CSV with a header, or a JSON array, of {_NUMBER}, {_TYPE} and {_OWNERS[0]}"
_EXPECTED_TYPE: Final = "PAY or PAYLOAD, R/B or ROCKET BODY, DEB or DEBRIS, UNK, UNKNOWN or TBA"
_TYPES: Final = {
    "PAY": ObjectType.PAYLOAD,
    "PAYLOAD": ObjectType.PAYLOAD,
    "R/B": ObjectType.ROCKET_BODY,
    "ROCKET BODY": ObjectType.ROCKET_BODY,
    "DEB": ObjectType.DEBRIS,
    "DEBRIS": ObjectType.DEBRIS,
    "UNK": ObjectType.UNKNOWN,
    "UNKNOWN": ObjectType.UNKNOWN,
    "TBA": ObjectType.UNKNOWN,
    "": ObjectType.UNKNOWN,
}
_DEBRIS_NAME: Final = re.compile(r"\b(DEB|DEBRIS)\b")
_ROCKET_NAME: Final = re.compile(r"\bR/B\b")


def read_satcat(path: Path) -> Satcat:
    """Read a satellite catalogue; of several entries of one object the last one counts.

    Raises ElementError for a file that cannot be read, is in another format, or has neither types
    nor owners.
    """
    text = _text(path).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    name, start = str(path), text.lstrip()
    entries: dict[int, SatcatEntry] = {}
    if start[:1] in ("[", "{"):
        records = read_json(text)
        rejects = _collect(locate_json(text, name) if records is None else records, name, entries)
        if rejects and records is not None:
            rejects = _collect(locate_json(text, name), name, entries)
    elif _NUMBER in start.partition("\n")[0].upper():
        rejects = _collect(read_csv(text, name), name, entries)
    else:
        raise ElementError(f"{path} is no satellite catalogue: give {_EXPECTED}")
    if not entries:
        why = f" ({rejects[0].reason})" if rejects else ""
        raise ElementError(f"{path} has no usable entry{why}: give {_EXPECTED}")
    return Satcat(entries, tuple(rejects))


def type_of_name(name: str) -> ObjectType:
    """Return the type that a name of the public catalogue tells: `R/B`, `DEB` or neither.

    `SL-8 R/B(2)` is a rocket body, `SL-16 R/B DEB` and `FENGYUN 1C DEB *` are debris. A name
    without either is UNKNOWN: it may be a payload or not identified yet.
    """
    if _DEBRIS_NAME.search(name):
        return ObjectType.DEBRIS
    return ObjectType.ROCKET_BODY if _ROCKET_NAME.search(name) else ObjectType.UNKNOWN


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw[:2] == _GZIP:
            raw = gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ElementError(f"{path}: the compressed file is cut or broken ({error})") from None
    except OSError as error:
        raise ElementError(
            f"cannot read the satellite catalogue {path}: {error.strerror}"
        ) from None
    return raw.decode(errors="replace")


def _collect(
    records: Iterable[Record | Reject], name: str, entries: dict[int, SatcatEntry]
) -> list[Reject]:
    """Put the entries of records into a mapping and return what is not one."""
    rejects = []
    for record in records:
        if isinstance(record, Reject):
            rejects.append(record)
            continue
        try:
            norad_id, entry = _entry(record.values)
        except MalformedError as fault:
            text = shorten(record.text)
            rejects.append(Reject(name, record.line, fault.reason, fault.expected, text))
        else:
            entries[norad_id] = entry
    return rejects


def _entry(values: Mapping[str, Any]) -> tuple[int, SatcatEntry]:
    owner = next((values[column] for column in _OWNERS if column in values), None)
    if owner is None and _TYPE not in values:
        raise MalformedError(f"neither {_TYPE} nor {_OWNERS[0]} is given", _EXPECTED)
    kind = _cell(values.get(_TYPE))
    if kind not in _TYPES:
        raise MalformedError(f"{_TYPE} {shorten(kind)!r} is not known", _EXPECTED_TYPE)
    entry = SatcatEntry(_TYPES[kind], _cell(owner), _area(_cell(values.get(_RCS))))
    return _number(_cell(values.get(_NUMBER))), entry


def _area(text: str) -> float | None:
    """Return a cross-section, None where the catalogue has none or nonsense."""
    try:
        area_m2 = float(text)
    except ValueError:
        return None
    return area_m2 if 0.0 < area_m2 < inf else None


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip().upper()


def _number(text: str) -> int:
    try:
        number = int(text) if text.isdigit() and text.isascii() and len(text) <= 9 else 0
        number = number or from_alpha5(text)
    except ElementError:
        number = 0
    if not number:
        raise MalformedError(
            f"{_NUMBER} {shorten(text)!r} is no catalogue number", "1 to 999999999"
        )
    return number
