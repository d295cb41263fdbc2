"""A Conjunction Data Message (CCSDS 508.0-B-1, and the draft of version 2.0) without loss.

A `Cdm` holds what the message says as it says it, and reads as numbers and times on demand. It
is well-formed from the moment it exists: no reader, and no writer, holds a message without an
obligatory keyword. What is odd but harms nobody is kept, and `warnings_of` tells it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from operator import attrgetter, itemgetter
from typing import Final

from sda.ccsds.checks import (
    VERSIONS,
    Fault,
    faults_of,
    is_user_defined,
    known,
    text_fault,
)
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import OF_SECTION, USER_DEFINED, VERSION, Section
from sda.errors import MessageError
from sda.times import parse_ccsds

__all__ = ["Cdm", "Entry", "FaultyCdmError", "warnings_of"]


class FaultyCdmError(MessageError):
    """A message is not well-formed: carries the fault, for a reader that knows file and line."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}; expected {fault.expected}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Cdm:
    """A message; the entries of each section are in the order of the standard.

    Raises MessageError if the entries given do not make a message: for an unknown or repeated
    keyword, one that is missing, a value of the wrong kind, or a unit other than the standard's
    in what is computed with (the miss distance, the states, the covariances).
    """

    version: str
    header: tuple[Entry, ...]
    relative: tuple[Entry, ...]
    object_1: tuple[Entry, ...]
    object_2: tuple[Entry, ...]
    user_defined: tuple[Entry, ...] = ()
    closing_comments: tuple[str, ...] = ()
    """The comments after the last entry."""

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise FaultyCdmError(min(faults, key=attrgetter("line")))
        for name, section, _ in _SECTIONS:
            entries: tuple[Entry, ...] = getattr(self, name)
            orders = [known(entry, section).order for entry in entries]
            if orders != sorted(orders):
                in_order = sorted(zip(orders, entries, strict=True), key=itemgetter(0))
                object.__setattr__(self, name, tuple(entry for _, entry in in_order))

    def entry(self, keyword: str, obj: int | None = None, alternate: bool = False) -> Entry | None:
        """Return the entry of a keyword, or None; `obj` is 1 or 2 for a keyword of an object.

        `alternate` asks for a term of the alternate covariance that the RTN matrix has too.
        Raises KeyError for a keyword that the standard does not know there.
        """
        for entry in self._section(keyword, obj):
            if entry.keyword == keyword and entry.alternate == alternate:
                return entry
        return None

    def text(self, keyword: str, obj: int | None = None) -> str | None:
        """Return a value as written; None where it is absent or empty."""
        entry = self.entry(keyword, obj)
        return (entry.value or None) if entry else None

    def number(self, keyword: str, obj: int | None = None, alternate: bool = False) -> float | None:
        """Return a value in the unit of the standard; None where it is absent, empty or NaN."""
        entry = self.entry(keyword, obj, alternate)
        if entry is None or not entry.value:
            return None
        number = float(entry.value)
        return None if isnan(number) else number

    def time(self, keyword: str, obj: int | None = None) -> datetime | None:
        """Return a time in UTC to the microsecond; None where it is absent or empty."""
        text = self.text(keyword, obj)
        return None if text is None else parse_ccsds(text)

    def comments(self, obj: int | None = None) -> tuple[str, ...]:
        """Return the comments of an object, or without one those of the whole message in order."""
        sections = {1: (self.object_1,), 2: (self.object_2,)}.get(
            obj or 0,
            (self.header, self.relative, self.object_1, self.object_2, self.user_defined),
        )
        found = tuple(one for section in sections for entry in section for one in entry.comments)
        return found if obj else found + self.closing_comments

    def find_comment(self, pattern: str, obj: int | None = None) -> re.Match[str] | None:
        """Return the first match of a regular expression in the comments of `comments`."""
        for comment in self.comments(obj):
            if match := re.search(pattern, comment):
                return match
        return None

    def _section(self, keyword: str, obj: int | None) -> tuple[Entry, ...]:
        """Return the entries among which a keyword would be."""
        if obj is not None:
            if keyword not in OF_SECTION[Section.OBJECT]:
                raise KeyError(f"{keyword} is not a keyword of an object")
            return {1: self.object_1, 2: self.object_2}[obj]
        if keyword in OF_SECTION[Section.RELATIVE]:
            return self.relative
        if keyword in OF_SECTION[Section.HEADER]:
            return self.header
        if keyword.startswith(USER_DEFINED):
            return self.user_defined
        raise KeyError(f"{keyword} is not a keyword of a CDM outside its objects")

    def _faults(self) -> Iterator[Fault]:
        if self.version not in VERSIONS:
            reason = f"{VERSION} {self.version!r} is not a version that is known"
            yield Fault(0, reason, f"{VERSION} = {' or '.join(VERSIONS)}")
        end = 0
        for name, section, obj in _SECTIONS:
            entries: tuple[Entry, ...] = getattr(self, name)
            end = max([end, *[entry.line for entry in entries]])
            yield from faults_of(entries, section, obj, end)
        seen: set[str] = set()
        for entry in self.user_defined:
            if not is_user_defined(entry.keyword) or entry.unit is not None:
                reason = f"{entry.keyword!r} is not a parameter of the user's, or has a unit"
                yield Fault(entry.line, reason, f"{USER_DEFINED}name = value")
            if entry.keyword in seen:
                reason = f"{entry.keyword} stands twice"
                yield Fault(entry.line, reason, f"{entry.keyword} once")
            seen.add(entry.keyword)
            yield from text_fault(entry)
        yield from text_fault(Entry("the end", "", None, self.closing_comments, end))


_SECTIONS: Final = (
    ("header", Section.HEADER, None),
    ("relative", Section.RELATIVE, None),
    ("object_1", Section.OBJECT, 1),
    ("object_2", Section.OBJECT, 2),
)


def warnings_of(cdm: Cdm) -> tuple[str, ...]:
    """Return what is odd in a message, a line each.

    Told are units other than the standard's where nothing is computed with the value, NaN,
    keywords of version 2.0 in a message of 1.0, and objects in different frames.
    """
    found: list[str] = []
    nan: list[str] = []
    later: list[str] = []
    for name, section, obj in _SECTIONS:
        of = f" of object {obj}" if obj else ""
        entries: tuple[Entry, ...] = getattr(cdm, name)
        for entry in entries:
            spec = known(entry, section)
            if entry.unit is not None and entry.unit != spec.unit:
                standard = f"in {spec.unit}" if spec.unit else "without a unit"
                given = f"{entry.keyword}{of} is given in {entry.unit!r}"
                found.append(f"{given}, by the standard it is {standard}")
            if spec.numeric and "nan" in entry.value.lower():
                nan.append(f"{entry.keyword}{of}")
            if spec.since > cdm.version:
                later.append(f"{entry.keyword}{of}")
    if cdm.version == "1.0":
        later += [entry.keyword for entry in cdm.user_defined]
    if nan:
        found.append(f"{_few(nan)} NaN, read as absent")
    if later:
        found.append(f"{_few(later)} of version 2.0 in a message of {cdm.version}")
    if cdm.text("REF_FRAME", 1) != cdm.text("REF_FRAME", 2):
        found.append("REF_FRAME differs between the objects, and the standard wants one")
    return tuple(found)


def _few(names: list[str]) -> str:
    """Return one name, or the first and how many more, with their verb."""
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more are"
