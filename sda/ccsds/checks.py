"""Say what the entries of a Conjunction Data Message must satisfy.

Checked are keywords, values and units; the first entry at fault is the one that is told.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from types import MappingProxyType
from typing import Final

from sda.ccsds.entry import Entry
from sda.ccsds.keywords import (
    ALTERNATE,
    KEYWORDS,
    OF_SECTION,
    USER_DEFINED,
    Keyword,
    Kind,
    Section,
)
from sda.errors import TimeError
from sda.times import parse_ccsds

__all__ = ["VERSIONS", "Fault", "faults_of", "is_unit", "is_user_defined", "known", "text_fault"]

VERSIONS: Final = ("1.0", "2.0")
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
_USER_KEYWORD: Final = re.compile(rf"{USER_DEFINED}[^\s=]+")
_FIRST_ALTERNATE: Final = ALTERNATE["CX_X"]
_OBLIGATORY: Final = {
    section: frozenset(one.order for one in KEYWORDS if one.section is section and one.obligatory)
    for section in Section
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an entry, and what was expected instead."""

    line: int
    reason: str
    expected: str


def known(entry: Entry, section: Section) -> Keyword:
    """Return what the standard says of an entry that has been checked."""
    return (ALTERNATE if entry.alternate else OF_SECTION[section])[entry.keyword]


def is_user_defined(keyword: str) -> bool:
    """Return whether a keyword is of the parties' own making, and can be written in KVN."""
    return _USER_KEYWORD.fullmatch(keyword) is not None


def faults_of(
    entries: Sequence[Entry], section: Section, obj: int | None, end: int
) -> Iterator[Fault]:
    """Yield what is wrong in a section: `obj` is 1 or 2 for an object, `end` its last line."""
    table = OF_SECTION[section]
    seen: set[int] = set()
    for entry in entries:
        spec = (ALTERNATE if entry.alternate else table).get(entry.keyword)
        if spec is None:
            where = f"object {obj}" if obj else f"the {section} section"
            yield Fault(
                entry.line,
                f"{entry.keyword!r} is not a keyword of {where} of a CDM",
                "a keyword of CCSDS 508.0-B-1 or of the draft of version 2.0",
            )
            continue
        if spec.order in seen:
            of = f" for object {obj}" if obj else ""
            expected = f"{entry.keyword} once{of}"
            yield Fault(entry.line, f"{entry.keyword} stands twice", expected)
        seen.add(spec.order)
        value, unit = entry.value, entry.unit
        if value:
            reason = _CHECKS[spec.kind](spec, value)
            if reason is not None:
                yield Fault(entry.line, f"{entry.keyword} {value!r} {reason}", expected_of(spec))
        elif spec.obligatory:
            yield Fault(entry.line, f"{entry.keyword} is empty", expected_of(spec))
        if unit is not None and unit != spec.unit:
            yield from _unit_faults(entry, spec)
        # What is printable and without blanks around it is nearly everything, and told quickly.
        if unit or entry.comments or not value.isprintable() or " " in (value[:1], value[-1:]):
            yield from text_fault(entry)
    if obj and entries and entries[0].keyword == "OBJECT":
        given = entries[0]
        if given.value and given.value.upper() != f"OBJECT{obj}":
            reason = f"OBJECT {given.value!r} where the data of object {obj} begin"
            yield Fault(given.line, reason, f"OBJECT = OBJECT{obj}")
    if any(entry.alternate for entry in entries) and _FIRST_ALTERNATE.order not in seen:
        # Without it nothing in KVN tells these terms from those of the RTN matrix.
        reason = f"the alternate covariance has no {_FIRST_ALTERNATE.name}"
        yield Fault(end, reason, expected_of(_FIRST_ALTERNATE))
    for order in sorted(_OBLIGATORY[section] - seen):
        spec = KEYWORDS[order]
        of = f" for object {obj}" if obj else ""
        yield Fault(end, f"{spec.name} is missing{of}", expected_of(spec))


def expected_of(spec: Keyword) -> str:
    """Return how a keyword is written."""
    unit = f" [{spec.unit}]" if spec.unit else ""
    return f"{spec.name} = {_FORMS.get(spec.kind, '') or ' or '.join(spec.choices)}{unit}"


def text_fault(entry: Entry) -> Iterator[Fault]:
    """Yield a fault if a text of an entry would not be read back as it was written."""
    for text in (entry.value, entry.unit or "", *entry.comments):
        if not text.isprintable() and _UNPRINTABLE.search(text):
            reason = f"{entry.keyword} or its comment holds a control character"
            yield Fault(entry.line, reason, "printable text on one line")
            return
        if text != text.strip():
            reason = f"{entry.keyword} or its comment has blanks around it"
            yield Fault(entry.line, reason, "text without them")
            return


def is_unit(given: str | None, standard: str | None) -> bool:
    """Return whether a unit is that of the standard, or none, in whatever capitals and powers."""
    return given is None or given.lower().replace("^", "**") == (standard or "").lower()


def _unit_faults(entry: Entry, spec: Keyword) -> Iterator[Fault]:
    if not spec.numeric:
        reason = f"{entry.keyword} is given in {entry.unit!r}, and takes no unit"
        yield Fault(entry.line, reason, expected_of(spec))
    elif spec.computed and not is_unit(entry.unit, spec.unit):
        reason = f"{entry.keyword} is given in {entry.unit!r}"
        yield Fault(entry.line, reason, f"{entry.keyword} in {spec.unit}")


def _number(spec: Keyword, value: str) -> str | None:
    """Return why a text is not a number; NaN is one where nothing is computed with it."""
    try:
        # Python alone reads 1_0 as ten, and digits of every script.
        number = float(value) if value.isascii() and "_" not in value else None
    except ValueError:
        number = None
    if number is None:
        return "is not a number"
    if number - number != 0.0 and (spec.computed or not isnan(number)):
        return "is not a finite number"
    return None


def _numbers(spec: Keyword, value: str) -> str | None:
    for one in value.split():
        if reason := _number(spec, one):
            return reason.replace("is not", "holds what is not")
    return None


def _count(spec: Keyword, value: str) -> str | None:
    if (value.isdigit() and value.isascii()) or value.lower() == "nan":
        return None
    return "is not a whole number"


def _probability(spec: Keyword, value: str) -> str | None:
    reason = _number(spec, value)
    if reason is None and not 0.0 <= float(value) <= 1.0 and not isnan(float(value)):
        return "is not a probability"
    return reason


def _time(spec: Keyword, value: str) -> str | None:
    try:
        parse_ccsds(value)
    except TimeError as error:
        return str(error)
    return None


def _choice(spec: Keyword, value: str) -> str | None:
    # All capitals or none, by the standard; ROCKET_BODY is met too.
    return None if value.upper().replace("_", " ") in spec.choices else "is not in the closed list"


def _text(spec: Keyword, value: str) -> str | None:
    return None


_CHECKS: Final[Mapping[Kind, Callable[[Keyword, str], str | None]]] = MappingProxyType(
    {
        Kind.TEXT: _text,
        Kind.NUMBER: _number,
        Kind.NUMBERS: _numbers,
        Kind.COUNT: _count,
        Kind.PROBABILITY: _probability,
        Kind.TIME: _time,
        Kind.CHOICE: _choice,
    }
)
_FORMS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.TEXT: "a text",
        Kind.NUMBER: "a number",
        Kind.NUMBERS: "numbers with blanks between them",
        Kind.COUNT: "a whole number",
        Kind.PROBABILITY: "a number from 0 to 1",
        Kind.TIME: "YYYY-MM-DDThh:mm:ss.sss or YYYY-DDDThh:mm:ss.sss",
    }
)
