"""Orbit mean-elements messages from and to `ElementSet`: JSON, CSV, XML and KVN.

CCSDS 502.0-B-3, section 4, as CelesTrak and Space-Track serve it: constant metadata may be
missing, OBJECT_ID may be empty, unknown keywords are passed over. Numbers are read strictly;
an optional sign, ASCII digits with an optional point, an optional exponent.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from json import JSONDecodeError, JSONDecoder
from math import pi, sqrt
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import orjson

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.elements.reject import Reject, checked
from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["EXPECTED_OMM", "OmmFormat", "read_omm", "write_omm"]

EXPECTED_OMM = (
    "an OMM with EPOCH, MEAN_MOTION, ECCENTRICITY, INCLINATION, RA_OF_ASC_NODE, "
    "ARG_OF_PERICENTER, MEAN_ANOMALY, NORAD_CAT_ID and BSTAR"
)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"\+?[0-9]{1,9}")
_CALENDAR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9:]{8})(?:\.([0-9]*))?Z?")
_DAY_OF_YEAR = re.compile(r"([0-9]{4})-([0-9]{3})T([0-9:]{8})(?:\.([0-9]*))?Z?")
_THEORIES = {"SGP4", "SGP/SGP4", "SDP4", "SGP4/SDP4", "SGP4-XP"}
_FRAMES = {"TEME", "TEMEOFEPOCH", "TEMEOFDATE"}


class OmmFormat(StrEnum):
    """Encodings of an OMM."""

    JSON = "json"
    CSV = "csv"
    XML = "xml"
    KVN = "kvn"


def read_omm(
    text: str, format: OmmFormat, file: str, source: str
) -> Iterator[ElementSet | Reject]:
    """Read OMMs of one encoding: element sets and rejects, in the order of the file."""
    for line, fields in _READERS[format](text):
        try:
            if isinstance(fields, str):
                raise ElementError(fields)
            yield _element_set(fields, source)
        except ElementError as error:
            shown = fields if isinstance(fields, str) else str(dict(fields))
            yield Reject(file, line, str(error), EXPECTED_OMM, shown[:200])


def write_omm(elements: Iterable[ElementSet], format: OmmFormat) -> str:
    """Return element sets as one JSON array, CSV table, XML `ndm` or run of KVN messages.

    Numbers are written with all their digits, so that reading gives the same element sets.
    """
    return _WRITERS[format]([_fields(one) for one in elements])


# Fields to element set ---------------------------------------------------------------------


def _element_set(fields: Mapping[str, Any], source: str) -> ElementSet:
    _check_metadata(fields)
    return checked(
        ElementSet(
            norad_id=_integer(fields, "NORAD_CAT_ID", None),
            name=str(fields.get("OBJECT_NAME") or "").strip(),
            object_id=str(fields.get("OBJECT_ID") or "").strip(),
            epoch=_epoch(str(fields.get("EPOCH") or "").strip()),
            mean_motion_rev_day=_mean_motion(fields),
            eccentricity=_number(fields, "ECCENTRICITY"),
            inclination_deg=_number(fields, "INCLINATION"),
            ra_of_asc_node_deg=_number(fields, "RA_OF_ASC_NODE"),
            arg_of_pericenter_deg=_number(fields, "ARG_OF_PERICENTER"),
            mean_anomaly_deg=_number(fields, "MEAN_ANOMALY"),
            bstar_per_earth_radius=_number(fields, "BSTAR"),
            mean_motion_dot_rev_day2=_number(fields, "MEAN_MOTION_DOT", 0.0),
            mean_motion_ddot_rev_day3=_number(fields, "MEAN_MOTION_DDOT", 0.0),
            classification=str(fields.get("CLASSIFICATION_TYPE") or "U").strip() or "U",
            ephemeris_type=_integer(fields, "EPHEMERIS_TYPE", 0),
            element_set_no=_integer(fields, "ELEMENT_SET_NO", 0),
            rev_at_epoch=_integer(fields, "REV_AT_EPOCH", 0),
            source=source,
        )
    )


def _check_metadata(fields: Mapping[str, Any]) -> None:
    theory = str(fields.get("MEAN_ELEMENT_THEORY") or "SGP4").strip().upper()
    if theory not in _THEORIES:
        raise ElementError(f"MEAN_ELEMENT_THEORY {theory} is not SGP4")
    if theory == "SGP4-XP":
        raise ElementError("MEAN_ELEMENT_THEORY SGP4-XP, which SGP4 would get silently wrong")
    frame = re.sub(r"[\s_]", "", str(fields.get("REF_FRAME") or "TEME")).upper()
    if frame not in _FRAMES:
        raise ElementError(f"REF_FRAME {frame} is not TEME, the frame of SGP4")
    system = str(fields.get("TIME_SYSTEM") or "UTC").strip().upper()
    if system != "UTC":
        raise ElementError(f"TIME_SYSTEM {system} is not UTC")
    center = str(fields.get("CENTER_NAME") or "EARTH").strip().upper()
    if center != "EARTH":
        raise ElementError(f"CENTER_NAME {center} is not EARTH")


def _mean_motion(fields: Mapping[str, Any]) -> float:
    """Return rev/d, from SEMI_MAJOR_AXIS (km) where the message has that instead."""
    if fields.get("MEAN_MOTION") not in (None, "") or not fields.get("SEMI_MAJOR_AXIS"):
        return _number(fields, "MEAN_MOTION")
    axis_km = _number(fields, "SEMI_MAJOR_AXIS")
    if axis_km <= 0.0:
        raise ElementError(f"SEMI_MAJOR_AXIS {axis_km} is not positive")
    return sqrt(MU_KM3_S2 / axis_km**3) * SECONDS_PER_DAY / (2.0 * pi)


def _number(fields: Mapping[str, Any], keyword: str, default: float | None = None) -> float:
    value = fields.get(keyword)
    if value is None or value == "":
        if default is None:
            raise ElementError(f"{keyword} is missing")
        return default
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise ElementError(f"{keyword} {value!r} is not a number")
        return float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ElementError(f"{keyword} {value!r} is not a number")
    return float(value)


def _integer(fields: Mapping[str, Any], keyword: str, default: int | None) -> int:
    value = fields.get(keyword)
    if value is None or value == "":
        if default is None:
            raise ElementError(f"{keyword} is missing")
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if isinstance(value, bool) or not _INTEGER.fullmatch(text):
        raise ElementError(f"{keyword} {value!r} is not a whole number of up to nine digits")
    return int(text)


def _epoch(text: str) -> datetime:
    """Return a CCSDS time, calendar or day of year, to the nearest microsecond."""
    if calendar := _CALENDAR.fullmatch(text):
        day, clock, fraction = calendar.groups()
    elif by_day := _DAY_OF_YEAR.fullmatch(text):
        year, number, clock, fraction = by_day.groups()
        start = datetime(int(year), 1, 1) + timedelta(days=int(number) - 1)  # noqa: DTZ001
        if start.year != int(year):
            raise ElementError(f"EPOCH {text!r}: there is no day {number} in {year}")
        day = start.date().isoformat()
    else:
        raise ElementError(f"EPOCH {text!r} is not like 2025-08-08T12:00:00.123456")
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        raise ElementError(f"EPOCH {text!r} is no time of the calendar") from None
    if not fraction:
        return whole
    return whole + timedelta(microseconds=round(int(fraction) / 10 ** (len(fraction) - 6)))


# Text to fields: each reader yields (line, fields), or (line, what is wrong) ---------------------

_Record = tuple[int, Mapping[str, Any] | str]


def _from_json(text: str) -> Iterator[_Record]:
    decoder = JSONDecoder()
    blank = re.compile(r"[\s,]*")
    at, line = 0, 1

    def skip(pattern: re.Pattern[str]) -> None:
        nonlocal at, line
        match = pattern.match(text, at)
        end = match.end() if match else at
        line += text.count("\n", at, end)
        at = end

    skip(re.compile(r"\s*"))
    in_list = text.startswith("[", at)
    at += in_list
    while True:
        skip(blank)
        if at >= len(text):
            if in_list:
                yield line, "the JSON list has no closing bracket: the file was cut off"
            return
        if in_list and text[at] == "]":
            return
        try:
            record, end = decoder.raw_decode(text, at)
        except JSONDecodeError as error:
            yield line, f"not valid JSON from here on: {error.msg}"
            return
        yield line, record if isinstance(record, dict) else f"{str(record)[:60]!r} is no object"
        line += text.count("\n", at, end)
        at = end


def _from_csv(text: str) -> Iterator[_Record]:
    rows = csv.reader(io.StringIO(text), strict=True)
    header = [keyword.strip().upper() for keyword in next(rows, [])]
    try:
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                yield rows.line_num, f"the row has {len(row)} columns, the header {len(header)}"
            else:
                yield rows.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        yield rows.line_num, f"not valid CSV from here on: {error}"


def _from_kvn(text: str) -> Iterator[_Record]:
    fields: dict[str, str] = {}
    start, wrong = 1, ""
    for at, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line == "COMMENT" or line.startswith(("COMMENT ", "COMMENT\t")):
            continue
        keyword, equals, value = line.partition("=")
        keyword = keyword.strip().upper()
        if keyword == "CCSDS_OMM_VERS":
            if fields or wrong:
                yield start, wrong or fields
            fields, start, wrong = {}, at, ""
        if not equals:
            wrong = wrong or f"line {at}: {line[:60]!r} is not KEYWORD = value"
        fields[keyword] = re.sub(r"\s*\[[^\]]*\]$", "", value.strip())
    if fields or wrong:
        yield start, wrong or fields


def _from_xml(text: str) -> Iterator[_Record]:
    """Read every `omm` element; a document type declaration is refused (entity bombs)."""
    records: list[_Record] = []
    open_at, fields, leaf, parameter = 0, dict[str, str](), list[str](), ""
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal open_at, fields, parameter
        if tag.rpartition(":")[2].lower() == "omm":
            open_at, fields = parser.CurrentLineNumber, {}
        parameter = attributes.get("parameter", "")
        leaf.clear()

    def end(tag: str) -> None:
        nonlocal open_at
        name = tag.rpartition(":")[2]
        if name.lower() == "omm":
            records.append((open_at, fields))
            open_at = 0
        elif open_at and (value := "".join(leaf).strip()):
            fields[parameter or name.upper()] = value
        leaf.clear()

    def refuse(*_: object) -> None:
        raise ElementError("a document type declaration is refused: send the OMM without one")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = leaf.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        reason = f"not valid XML from here on: {expat.ErrorString(error.code)}"
        records.append((open_at or error.lineno, reason))
    except ElementError as error:
        records.append((parser.CurrentLineNumber, str(error)))
    if not records:
        records.append((1, "there is no omm element in the XML"))
    return iter(records)


_READERS = {
    OmmFormat.JSON: _from_json,
    OmmFormat.CSV: _from_csv,
    OmmFormat.XML: _from_xml,
    OmmFormat.KVN: _from_kvn,
}


# Element set to text -----------------------------------------------------------------------

_METADATA = ("OBJECT_NAME", "OBJECT_ID")
_MEAN_ELEMENTS = (
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
)
_TLE_PARAMETERS = (
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
)
_CONSTANTS = {
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
}


def _fields(one: ElementSet) -> dict[str, Any]:
    return {
        "OBJECT_NAME": one.name,
        "OBJECT_ID": one.object_id,
        "EPOCH": one.epoch.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "MEAN_MOTION": one.mean_motion_rev_day,
        "ECCENTRICITY": one.eccentricity,
        "INCLINATION": one.inclination_deg,
        "RA_OF_ASC_NODE": one.ra_of_asc_node_deg,
        "ARG_OF_PERICENTER": one.arg_of_pericenter_deg,
        "MEAN_ANOMALY": one.mean_anomaly_deg,
        "EPHEMERIS_TYPE": one.ephemeris_type,
        "CLASSIFICATION_TYPE": one.classification,
        "NORAD_CAT_ID": one.norad_id,
        "ELEMENT_SET_NO": one.element_set_no,
        "REV_AT_EPOCH": one.rev_at_epoch,
        "BSTAR": one.bstar_per_earth_radius,
        "MEAN_MOTION_DOT": one.mean_motion_dot_rev_day2,
        "MEAN_MOTION_DDOT": one.mean_motion_ddot_rev_day3,
    }


def _to_json(records: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(records, option=orjson.OPT_INDENT_2).decode() + "\n"


def _to_csv(records: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(
        out, (*_METADATA, *_MEAN_ELEMENTS, *_TLE_PARAMETERS), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def _to_kvn(records: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(
        "".join(
            f"{keyword} = {value}\n"
            for keyword, value in {
                "CCSDS_OMM_VERS": "3.0",
                "CREATION_DATE": record["EPOCH"],
                "ORIGINATOR": "TEARLINE",
                **{keyword: record[keyword] for keyword in _METADATA},
                **_CONSTANTS,
                **{keyword: record[keyword] for keyword in (*_MEAN_ELEMENTS, *_TLE_PARAMETERS)},
            }.items()
        )
        for record in records
    )


def _to_xml(records: Sequence[Mapping[str, Any]]) -> str:
    def leaves(record: Mapping[str, Any], keywords: Iterable[str]) -> str:
        return "".join(f"<{k}>{escape(str(record[k]))}</{k}>" for k in keywords)

    messages = "".join(
        '<omm id="CCSDS_OMM_VERS" version="3.0">'
        f"<header><CREATION_DATE>{record['EPOCH']}</CREATION_DATE>"
        "<ORIGINATOR>TEARLINE</ORIGINATOR></header><body><segment>"
        f"<metadata>{leaves(record, _METADATA)}{leaves(_CONSTANTS, _CONSTANTS)}</metadata>"
        f"<data><meanElements>{leaves(record, _MEAN_ELEMENTS)}</meanElements>"
        f"<tleParameters>{leaves(record, _TLE_PARAMETERS)}</tleParameters></data>"
        "</segment></body></omm>\n"
        for record in records
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>\n{messages}</ndm>\n'


_WRITERS = {
    OmmFormat.JSON: _to_json,
    OmmFormat.CSV: _to_csv,
    OmmFormat.XML: _to_xml,
    OmmFormat.KVN: _to_kvn,
}
