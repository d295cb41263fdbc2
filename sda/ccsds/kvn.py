"""Read and write Conjunction Data Messages in KVN: a line `KEYWORD = value [unit]` each.

CCSDS 508.0-B-1, sections 3 and 6.3. Within a section the keywords may come in any order; what is
written is in the order of the standard.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sda.ccsds.assembly import (
    HEADER,
    OBJECT_1,
    OBJECT_2,
    RELATIVE,
    USER,
    Assembly,
    message_error,
)
from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import Fault, is_user_defined
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import KEYWORDS, USER_DEFINED, VERSION, Section

__all__ = ["read_kvn", "write_kvn"]

_ASSIGNMENT: Final = "KEYWORD = value [unit]"
_WIDTH: Final = 30
"""Column of the equals sign; the few longer keywords push theirs out."""

_PLACE: Final = {Section.HEADER: HEADER, Section.RELATIVE: RELATIVE, Section.OBJECT: OBJECT_1}
_KNOWN: Final = {one.name: (one.name, _PLACE[one.section], one.numeric) for one in KEYWORDS}
_COMMENT: Final = "COMMENT"


def read_kvn(text: str, name: str) -> Iterator[Cdm]:
    """Yield the messages of KVN text; each starts with its version.

    Raises MessageError for the first thing that is wrong.
    """
    lines = text.split("\n")
    message: Assembly | None = None
    comments: list[str] = []
    place = HEADER
    for at, line in enumerate(lines, 1):
        keyword, equals, value = line.partition("=")
        known = _KNOWN.get(keyword.rstrip()) or _KNOWN.get(keyword.strip())
        if known is None or not equals:
            content = line.strip()
            if not content:
                continue
            if content.partition(" ")[0] == _COMMENT or content.partition("\t")[0] == _COMMENT:
                (message.pending if message else comments).append(content[7:].strip())
                continue
            keyword, value = keyword.strip(), value.strip()
            if keyword == VERSION:
                if message:
                    yield message.finish()
                message = Assembly(name, value, at, lambda line: lines[line - 1], pending=comments)
                place, comments = HEADER, []
            elif message is None:
                fault = Fault(at, f"{VERSION} does not stand first", f"{VERSION} = 1.0")
                raise message_error(name, fault, line)
            elif not equals:
                message.refuse(at, "a line without an equals sign", _ASSIGNMENT)
            elif is_user_defined(keyword) and place >= OBJECT_1:
                message.add(USER, keyword, value, None, at)
            else:
                _refuse_keyword(message, keyword, at)
            continue
        if message is None:
            fault = Fault(at, f"{VERSION} does not stand first", f"{VERSION} = 1.0")
            raise message_error(name, fault, line)
        keyword, section, numeric = known
        if section != place or keyword == "OBJECT":
            place = _next_place(message, keyword, section, place, at)
        value = value.strip()
        unit: str | None = None
        if numeric and "[" in value:
            value, _, unit = value.partition("[")
            value, unit = value.rstrip(), unit.removesuffix("]").strip()
        message.add(place, keyword, value, unit, at)
    if message is None:
        fault = Fault(1, f"no {VERSION} in the file", f"{VERSION} = 1.0 in its first line")
        raise message_error(name, fault, lines[0])
    yield message.finish()


def _next_place(message: Assembly, keyword: str, section: int, place: int, at: int) -> int:
    """Return the place of a keyword that is not of the section before it."""
    if section == OBJECT_1:
        if keyword != "OBJECT":
            if place < OBJECT_1:
                message.refuse(at, f"{keyword} stands before OBJECT", "OBJECT = OBJECT1 first")
            return place
        if place == OBJECT_2:
            message.refuse(at, "OBJECT stands a third time", "two objects in a message")
        return OBJECT_1 if place < OBJECT_1 else OBJECT_2
    if section < place:
        where = "the data of an object" if place >= OBJECT_1 else "the relative data"
        message.refuse(at, f"{keyword} stands in {where}", f"{keyword} before {where}")
    return section


def _refuse_keyword(message: Assembly, keyword: str, at: int) -> None:
    if keyword.startswith(USER_DEFINED):
        message.refuse(
            at, f"{keyword!r} stands before the objects", f"{USER_DEFINED}name at the end"
        )
    expected = "a keyword of CCSDS 508.0-B-1 or of the draft of version 2.0"
    message.refuse(at, f"{keyword!r} is not a keyword of a CDM", expected)


def write_kvn(messages: Iterable[Cdm]) -> str:
    """Return messages as KVN text, an empty line between two."""
    return "\n".join(map(_message, messages))


def _message(cdm: Cdm) -> str:
    lines = [f"{VERSION:{_WIDTH}} = {cdm.version}"]
    for entries in (cdm.header, cdm.relative, cdm.object_1, cdm.object_2, cdm.user_defined):
        lines += map(_lines, entries)
    lines += map(_comment, cdm.closing_comments)
    return "\n".join(lines) + "\n"


def _lines(entry: Entry) -> str:
    unit = "" if entry.unit is None else f" [{entry.unit}]"
    line = f"{entry.keyword:{_WIDTH}} = {entry.value}{unit}".rstrip()
    return "\n".join([*map(_comment, entry.comments), line]) if entry.comments else line


def _comment(text: str) -> str:
    return f"{_COMMENT} {text}".rstrip()
