"""Split OMM text into records: JSON, CSV, KVN and XML hold the same keywords.

Each reader yields a `Record` per message, with the line it starts on, or a `Reject`; what a
value means is the business of `sda.elements.omm`.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

import orjson

from sda.elements.validity import MalformedError, Reject, shorten

__all__ = ["UNITS", "Record", "locate_json", "read_csv", "read_json", "read_kvn", "read_xml"]

_CELLS: Final = "one row a message, as many cells as the header"
_ASSIGNMENT: Final = "KEYWORD = value [unit]"
_VERSION: Final = "CCSDS_OMM_VERS"
_XML: Final = "<omm> messages, in <ndm> or alone, without a document type"
_OBJECTS: Final = "a JSON object, or a list of them"

UNITS: Final = {
    "MEAN_MOTION": "rev/day",
    "SEMI_MAJOR_AXIS": "km",
    "ECCENTRICITY": "",
    "INCLINATION": "deg",
    "RA_OF_ASC_NODE": "deg",
    "ARG_OF_PERICENTER": "deg",
    "MEAN_ANOMALY": "deg",
    "GM": "km**3/s**2",
    "EPHEMERIS_TYPE": "",
    "NORAD_CAT_ID": "",
    "ELEMENT_SET_NO": "",
    "REV_AT_EPOCH": "",
    "BSTAR": "1/er",
    "MEAN_MOTION_DOT": "rev/day**2",
    "MEAN_MOTION_DDOT": "rev/day**3",
}
"""The numbers that we read, each with the only unit that the standard allows for it."""

_AXES: Final = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_KEYWORDS: Final = frozenset(UNITS) | {
    *("CLASSIFICATION", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID", "COMMENT", _VERSION),
    *("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "REF_FRAME_EPOCH", "TIME_SYSTEM"),
    *("MEAN_ELEMENT_THEORY", "EPOCH", "CLASSIFICATION_TYPE", "BTERM", "AGOM", "COV_REF_FRAME"),
    *("MASS", "SOLAR_RAD_AREA", "SOLAR_RAD_COEFF", "DRAG_AREA", "DRAG_COEFF"),
    *(f"C{row}_{column}" for at, row in enumerate(_AXES) for column in _AXES[: at + 1]),
    *("RMS", "DATA_SOURCE"),  # CelesTrak's supplemental sets carry these two
}
"""The keywords of CCSDS 502.0-B-3, tables 4-1 to 4-3: in KVN and XML the list is closed."""


@dataclass(frozen=True, slots=True)
class Record:
    """The keywords of one message, and where it starts."""

    line: int
    text: str
    values: Mapping[str, Any]


def read_json(text: str) -> list[Record] | None:
    """Return the objects of a JSON list, or the only one, all on line 1.

    None where the text is not that: `locate_json`, which is slower, tells what is wrong where.
    """
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    objects = parsed if isinstance(parsed, list) else [parsed]
    if not objects or not all(isinstance(each, dict) for each in objects):
        return None
    return [Record(1, "", each) for each in objects]


def locate_json(text: str, name: str) -> Iterator[Record | Reject]:
    """Yield the objects of a JSON list with their lines; one that is broken is passed over."""
    decode = json.JSONDecoder().raw_decode
    at = len(text) - len(text.lstrip())
    is_list = text[at : at + 1] == "["
    at += is_list
    line, counted = 1, 0
    closed = not is_list
    found = False

    def reject(reason: str) -> Reject:
        return Reject(name, line, reason, _OBJECTS, shorten(text[at : at + 200].split("\n")[0]))

    while True:
        while at < len(text) and (text[at].isspace() or (is_list and text[at] == ",")):
            at += 1
        line += text.count("\n", counted, at)
        counted = at
        if at == len(text):
            break
        if text[at] == "]" and not closed:
            closed, at = True, at + 1
            continue
        if closed and (is_list or found):
            yield reject("text after the end of the JSON")
            return
        found = True
        try:
            value, end = decode(text, at)
        except ValueError as fault:
            yield reject(f"the JSON is cut or broken here ({fault})")
            at = text.find("{", at + 1)
            if at < 0:
                return
            continue
        if isinstance(value, dict):
            yield Record(line, shorten(text[at:end].replace("\n", " ")), value)
        else:
            yield reject("not a JSON object")
        at = end
    if not closed:
        reason = "the JSON list ends without its closing bracket: the file is cut"
        yield Reject(name, line, reason, _OBJECTS, shorten(text.rstrip()[-80:].rpartition("\n")[2]))
    elif not found:
        yield reject("the list is empty")


def read_csv(text: str, name: str) -> Iterator[Record | Reject]:
    """Yield the rows under a header of keywords."""
    lines = text.split("\n")
    reader = csv.reader(lines)
    header: list[str] = []
    while True:
        at = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield Reject(name, at + 1, f"not a CSV row: {fault}", _CELLS, shorten(lines[at]))
            continue
        if not row:
            continue
        if not header:
            header = [cell.strip().upper() for cell in row]
        elif len(row) == len(header):
            yield Record(at + 1, lines[at], dict(zip(header, row, strict=True)))
        else:
            whose = dict(zip(header, row, strict=False)).get("NORAD_CAT_ID", "unknown")
            reason = f"{len(row)} cells under a header of {len(header)}, NORAD_CAT_ID {whose}"
            yield Reject(name, at + 1, reason, _CELLS, shorten(lines[at]))


def read_kvn(text: str, name: str) -> Iterator[Record | Reject]:
    """Yield the messages of KVN text; each starts with its version.

    A message with a line that the standard does not know is refused as a whole: what the
    line meant to change about the others cannot be known.
    """
    values: dict[str, str] = {}
    start, first = 0, ""
    fault: Reject | None = None
    for at, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        if not content or content == "COMMENT" or content.startswith("COMMENT "):
            continue
        keyword, equals, value = content.partition("=")
        keyword, value = keyword.rstrip(), value.lstrip()
        if keyword == _VERSION or not start:
            if start:
                yield fault or Record(start, first, values)
            values, start, first, fault = {}, at, line, None
        try:
            if not equals:
                raise MalformedError("a line without an equals sign", _ASSIGNMENT)
            _require_keyword(keyword)
            if keyword in values:
                raise MalformedError(f"{keyword} stands twice in one message", _ASSIGNMENT)
            values[keyword] = _without_unit(keyword, value)
        except MalformedError as error:
            fault = fault or Reject(name, at, error.reason, error.expected, shorten(line))
    if start:
        yield fault or Record(start, first, values)


def _require_keyword(keyword: str) -> None:
    if keyword not in _KEYWORDS and not keyword.startswith("USER_DEFINED_"):
        raise MalformedError(
            f"{keyword!r} is not a keyword of an OMM", "a keyword of CCSDS 502.0-B-3"
        )


def _without_unit(keyword: str, value: str) -> str:
    """Return the number before `[unit]`; names may end in brackets too, and keep them."""
    if keyword not in UNITS or not value.endswith("]"):
        return value
    number, _, unit = value[:-1].partition("[")
    _require_unit(keyword, unit)
    return number.rstrip()


def _require_unit(keyword: str, unit: str) -> None:
    """Refuse any unit but the standard's: radians taken for degrees would be a silent error."""
    if keyword in UNITS and unit.strip().lower() != UNITS[keyword]:
        raise MalformedError(f"{keyword} is given in {unit!r}", f"{keyword} in {UNITS[keyword]}")


class _Stop(Exception):  # noqa: N818 - not an error of the caller's
    """Ends the parsing of an XML text that must not be read on."""


def read_xml(text: str, name: str) -> Iterator[Record | Reject]:
    """Yield the `<omm>` messages of XML text, in `<ndm>` or alone.

    A document type is refused: an OMM has none, and its entities can grow without bound.
    """
    found: list[Record | Reject] = []
    lines = text.split("\n")
    values: dict[str, str] = {}
    content: list[str] = []
    start = 0
    fault: Reject | None = None
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True

    def reject(reason: str, expected: str) -> Reject:
        at = parser.CurrentLineNumber
        return Reject(name, at, reason, expected, shorten(lines[min(at, len(lines)) - 1]))

    def document_type(*_: object) -> None:
        found.append(reject("the XML has a document type, which is never read", _XML))
        raise _Stop

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal start, fault, values
        content.clear()
        keyword = tag.rpartition(":")[2]
        if keyword == "omm":
            start, values, fault = parser.CurrentLineNumber, {}, None
        elif start and "units" in attributes:
            try:
                _require_unit(keyword, attributes["units"])
            except MalformedError as error:
                fault = fault or reject(error.reason, error.expected)

    def closed(tag: str) -> None:
        nonlocal start, fault
        keyword = tag.rpartition(":")[2]
        if keyword == "omm":
            found.append(fault or Record(start, shorten(lines[start - 1]), values))
            start = 0
        elif start and keyword.isupper() and keyword not in ("COMMENT", "USER_DEFINED"):
            try:
                _require_keyword(keyword)
            except MalformedError as error:
                fault = fault or reject(error.reason, error.expected)
            if keyword in values:
                fault = fault or reject(f"{keyword} stands twice in one message", _XML)
            values[keyword] = "".join(content).strip()
        content.clear()

    parser.StartDoctypeDeclHandler = document_type
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = content.append
    try:
        parser.Parse(text.encode(), True)
    except _Stop:
        pass
    except expat.ExpatError as error:
        found.append(reject(f"the XML is cut or broken here ({error})", _XML))
    if not found:
        found.append(Reject(name, 1, "no <omm> message in the XML", _XML, shorten(lines[0])))
    return iter(found)
