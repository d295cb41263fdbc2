"""Give OMM keywords their meaning, and write sets as OMM (CCSDS 502.0-B-3, section 4).

Numbers may come as text or as numbers, unknown columns are passed over in CSV and JSON, and
what the publishers leave out of those two (centre, frame, time system, theory) is what the
TLE implies. What is given must fit SGP4: another theory, frame or time scale is refused.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite, pi, sqrt
from typing import Any, Final
from xml.sax.saxutils import escape

import orjson

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.elements.containers import (
    Record,
    locate_json,
    read_csv,
    read_json,
    read_kvn,
    read_xml,
)
from sda.elements.line_fields import element_set_in_fields
from sda.elements.validity import MalformedError, Reject, require_usable, shorten
from sda.errors import ElementError, TimeError
from sda.model import ElementSet
from sda.times import parse_ccsds, require_utc

__all__ = ["OmmFormat", "read_omm", "write_omm"]


class OmmFormat(StrEnum):
    """Text form of an OMM."""

    JSON = "json"
    CSV = "csv"
    XML = "xml"
    KVN = "kvn"


_METADATA: Final = (
    ("CENTER_NAME", "EARTH", frozenset({"EARTH"})),
    ("REF_FRAME", "TEME", frozenset({"TEME", "TEMEOFDATE"})),
    ("TIME_SYSTEM", "UTC", frozenset({"UTC"})),
    ("MEAN_ELEMENT_THEORY", "SGP4", frozenset({"SGP4", "SGP/SGP4"})),
)
"""What SGP4 needs: keyword, the value to write, the values to accept."""
_EXPECTED_EPOCH: Final = "EPOCH = YYYY-MM-DDThh:mm:ss.ffffff or YYYY-DDDThh:mm:ss.ffffff, UTC"


def read_omm(
    text: str, format: OmmFormat, name: str, source: str
) -> tuple[list[ElementSet], list[Reject]]:
    """Read the messages of a text; each ends up as a set or as a reject."""
    if format is OmmFormat.JSON:
        records = read_json(text)
        if records is not None:
            sets, rejects = _collect(records, name, source)
            if not rejects:
                return sets, rejects
        return _collect(locate_json(text, name), name, source)
    read = {OmmFormat.CSV: read_csv, OmmFormat.XML: read_xml, OmmFormat.KVN: read_kvn}[format]
    return _collect(read(text, name), name, source)


def _collect(
    records: Iterable[Record | Reject], name: str, source: str
) -> tuple[list[ElementSet], list[Reject]]:
    sets: list[ElementSet] = []
    rejects: list[Reject] = []
    for record in records:
        if isinstance(record, Reject):
            rejects.append(record)
            continue
        try:
            sets.append(_element_set(record.values, source))
        except MalformedError as fault:
            text = shorten(record.text)
            rejects.append(Reject(name, record.line, fault.reason, fault.expected, text))
    return sets, rejects


def _element_set(values: Mapping[str, Any], source: str) -> ElementSet:
    """Return the set of one message. Raises MalformedError."""
    get = values.get
    if get("MEAN_MOTION") in (None, "") and get("SEMI_MAJOR_AXIS") in (None, ""):
        of_lines = element_set_in_fields(values, source)
        if of_lines is not None:
            return of_lines
    for keyword, default, accepted in _METADATA:
        given = get(keyword)
        if given and str(given).strip().upper() not in accepted:
            raise MalformedError(f"{keyword} {given} is not for SGP4", f"{keyword} = {default}")
    kind = _integer(get("EPHEMERIS_TYPE"), "EPHEMERIS_TYPE", 0)
    # Of an SGP4-XP set the theory is the news, not the BSTAR that it lacks.
    bstar = get("BSTAR") if kind != 4 else 0.0
    return require_usable(
        ElementSet(
            _integer(get("NORAD_CAT_ID"), "NORAD_CAT_ID"),
            _text(get("OBJECT_NAME")),
            _text(get("OBJECT_ID")),
            _epoch(get("EPOCH")),
            _mean_motion(values),
            _number(get("ECCENTRICITY"), "ECCENTRICITY"),
            _number(get("INCLINATION"), "INCLINATION"),
            _number(get("RA_OF_ASC_NODE"), "RA_OF_ASC_NODE"),
            _number(get("ARG_OF_PERICENTER"), "ARG_OF_PERICENTER"),
            _number(get("MEAN_ANOMALY"), "MEAN_ANOMALY"),
            _number(bstar, "BSTAR"),
            _number(get("MEAN_MOTION_DOT"), "MEAN_MOTION_DOT", 0.0),
            _number(get("MEAN_MOTION_DDOT"), "MEAN_MOTION_DDOT", 0.0),
            _text(get("CLASSIFICATION_TYPE")) or "U",
            kind,
            _integer(get("ELEMENT_SET_NO"), "ELEMENT_SET_NO", 0),
            _integer(get("REV_AT_EPOCH"), "REV_AT_EPOCH", 0),
            source,
        )
    )


def _mean_motion(values: Mapping[str, Any]) -> float:
    """Return revolutions per day; from the semi-major axis where that is what is given."""
    given = values.get("MEAN_MOTION")
    axis = values.get("SEMI_MAJOR_AXIS")
    if (given is None or given == "") and axis not in (None, ""):
        axis_km = _number(axis, "SEMI_MAJOR_AXIS")
        mu_km3_s2 = _number(values.get("GM"), "GM", MU_KM3_S2)
        if not (axis_km > 0.0 and isfinite(axis_km) and mu_km3_s2 > 0.0):
            raise MalformedError(
                f"SEMI_MAJOR_AXIS {axis} is out of range", "SEMI_MAJOR_AXIS in km > 0"
            )
        return SECONDS_PER_DAY / (2.0 * pi) * sqrt(mu_km3_s2 / axis_km**3)
    return _number(given, "MEAN_MOTION")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def _number(value: Any, keyword: str, default: float | None = None) -> float:
    """Return a number that came as a number or as text."""
    if value is None or value == "":
        if default is None:
            raise MalformedError(f"{keyword} is missing", f"{keyword} = a number")
        return default
    try:
        # Python alone reads 1_0 as ten, and true as one.
        if type(value) in (float, int) or (type(value) is str and "_" not in value):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise MalformedError(f"{keyword} {value!r} is not a number", f"{keyword} = a number")


def _integer(value: Any, keyword: str, default: int | None = None) -> int:
    """Return a whole number that came as a number or as text."""
    if type(value) is int:
        return value
    if value is None or value == "":
        if default is None:
            raise MalformedError(f"{keyword} is missing", f"{keyword} = a whole number")
        return default
    if type(value) is str and value.isdigit() and value.isascii() and len(value) < 20:
        return int(value)
    digits = value.strip() if isinstance(value, str) else ""
    if digits[:1] == "+":
        digits = digits[1:]
    if not (digits.isdigit() and digits.isascii() and len(digits) < 20):
        raise MalformedError(
            f"{keyword} {value!r} is not a whole number", f"{keyword} = a whole number"
        )
    return int(digits)


def _epoch(value: Any) -> datetime:
    """Return an epoch by calendar or by day of year, to the nearest microsecond."""
    if not isinstance(value, str):
        raise MalformedError("EPOCH is missing", _EXPECTED_EPOCH)
    try:
        return parse_ccsds(value)
    except TimeError as error:
        raise MalformedError(f"EPOCH {value!r} {error}", _EXPECTED_EPOCH) from None


def write_omm(
    elements: Iterable[ElementSet],
    format: OmmFormat,
    originator: str = "",
    created: datetime | None = None,
) -> str:
    """Return sets as OMM text, each number with as many digits as it has.

    KVN and XML have a header that CCSDS 502.0-B-3 wants an originator and a creation date in: give
    them where sets are published. Without them they stay empty, as at CelesTrak, for whoever only
    passes sets on has not made them. CSV and JSON have no header. Raises ElementError for a set
    that is not usable, or a text with a control character, and TimeError for a naive time.
    """
    messages = [_message(e) for e in elements]
    _require_line(originator, "the originator")
    date = "" if created is None else _time(require_utc(created))
    return _WRITERS[format](messages, {"CREATION_DATE": date, "ORIGINATOR": originator})


def _message(e: ElementSet) -> dict[str, Any]:
    """Return the keywords of a set in the order of the standard."""
    require_usable(e)
    for text in (e.name, e.object_id, e.classification):
        _require_line(text, str(e.norad_id))
    return {
        "OBJECT_NAME": e.name,
        "OBJECT_ID": e.object_id,
        "EPOCH": _time(e.epoch),
        "MEAN_MOTION": e.mean_motion_rev_day,
        "ECCENTRICITY": e.eccentricity,
        "INCLINATION": e.inclination_deg,
        "RA_OF_ASC_NODE": e.ra_of_asc_node_deg,
        "ARG_OF_PERICENTER": e.arg_of_pericenter_deg,
        "MEAN_ANOMALY": e.mean_anomaly_deg,
        "EPHEMERIS_TYPE": e.ephemeris_type,
        "CLASSIFICATION_TYPE": e.classification,
        "NORAD_CAT_ID": e.norad_id,
        "ELEMENT_SET_NO": e.element_set_no,
        "REV_AT_EPOCH": e.rev_at_epoch,
        "BSTAR": e.bstar_per_earth_radius,
        "MEAN_MOTION_DOT": e.mean_motion_dot_rev_day2,
        "MEAN_MOTION_DDOT": e.mean_motion_ddot_rev_day3,
    }


def _require_line(text: str, whose: str) -> None:
    if not text.isprintable():
        raise ElementError(f"{text!r} of {whose} does not fit a line: take out the breaks")


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


_Header = Mapping[str, str]
_SECTIONS: Final = (
    ("OBJECT_NAME", "OBJECT_ID"),
    (
        *("EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION"),
        *("RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY"),
    ),
    (
        *("EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO"),
        *("REV_AT_EPOCH", "BSTAR", "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT"),
    ),
)
"""The keywords of the metadata, the mean elements and the TLE parameters."""


def _json(messages: list[dict[str, Any]], header: _Header) -> str:
    return orjson.dumps(messages, option=orjson.OPT_INDENT_2).decode() + "\n"


def _csv(messages: list[dict[str, Any]], header: _Header) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([keyword for section in _SECTIONS for keyword in section])
    writer.writerows(message.values() for message in messages)
    return stream.getvalue()


def _kvn(messages: list[dict[str, Any]], header: _Header) -> str:
    lines: list[str] = []
    for message in messages:
        metadata, mean, tle = ({key: message[key] for key in section} for section in _SECTIONS)
        constant = {keyword: value for keyword, value, _ in _METADATA}
        lines.append("CCSDS_OMM_VERS = 3.0")
        for section in (header, metadata | constant, mean, tle):
            lines += [f"{keyword} = {value}".rstrip() for keyword, value in section.items()]
            lines.append("")
    return "\n".join(lines)


def _xml(messages: list[dict[str, Any]], header: _Header) -> str:
    def block(section: Mapping[str, Any], tag: str) -> str:
        inside = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in section.items())
        return f"<{tag}>{inside}</{tag}>"

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<ndm>"]
    for message in messages:
        metadata, mean, tle = ({key: message[key] for key in section} for section in _SECTIONS)
        constant = {keyword: value for keyword, value, _ in _METADATA}
        lines += [
            '<omm id="CCSDS_OMM_VERS" version="3.0">',
            block(header, "header"),
            f"<body><segment>{block(metadata | constant, 'metadata')}",
            f"<data>{block(mean, 'meanElements')}",
            f"{block(tle, 'tleParameters')}</data></segment></body>",
            "</omm>",
        ]
    return "\n".join([*lines, "</ndm>", ""])


_WRITERS: Final[Mapping[OmmFormat, Callable[[list[dict[str, Any]], _Header], str]]] = {
    OmmFormat.JSON: _json,
    OmmFormat.CSV: _csv,
    OmmFormat.KVN: _kvn,
    OmmFormat.XML: _xml,
}
