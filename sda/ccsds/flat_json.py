"""Read and write Conjunction Data Messages in JSON: an object of flat keywords, or a list of them.

No standard has one. Here it is the keywords of KVN, with `SAT1_` and `SAT2_` before those of the
objects, as Space-Track and LeoLabs give them:

    KEYWORD            the value: a number as a JSON number with its digits as written, any other
                       as a string, null where it is empty
    KEYWORD_UNIT       the unit as given
    COMMENT_KEYWORD    the comments before a keyword, a list of strings
    COMMENT            the comments after the last one

A term of the alternate covariance that the RTN matrix has too is `ALTERNATE_CDRG_DRG`, with the
prefix of its object before. On reading, numbers may be strings, a comment may be one string under
any name (then it belongs to the keyword after it), a time may have a blank for its T, and keys
that are no keywords are passed over: publishers add their own.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from sda.ccsds.assembly import (
    HEADER,
    OBJECT_1,
    OBJECT_2,
    RELATIVE,
    SHARED,
    USER,
    Assembly,
    message_error,
)
from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import Fault, is_user_defined, known
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import KEYWORDS, OF_SECTION, VERSION, Kind, Section
from sda.errors import MessageError

__all__ = ["read_json", "write_json"]

_OBJECTS: Final = "a JSON object of keywords, or a list of them"
_ALTERNATE: Final = "ALTERNATE_"
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""What the grammar of JSON takes for a number; other numbers are written as strings."""
_BLANK_FOR_T: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]")
_COMMENT: Final = "COMMENT"
_COMMENT_KEY: Final = re.compile(r"(SAT[12]_)?COMMENT_|(SAT[12]_)COMMENT$")
_SINGLE_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.COUNT, Kind.PROBABILITY})
_TIMES: Final = frozenset(one.name for one in KEYWORDS if one.kind is Kind.TIME)


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in their order, where a key may stand twice."""


_DECODE: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=str
).raw_decode


def _keys() -> Iterator[tuple[str, tuple[int, str, bool, bool]]]:
    """Yield the keys: place, keyword, whether it is of the alternate covariance, and numeric."""
    for section, prefixes in (
        (Section.HEADER, {"": HEADER}),
        (Section.RELATIVE, {"": RELATIVE}),
        (Section.OBJECT, {"SAT1_": OBJECT_1, "SAT2_": OBJECT_2}),
    ):
        for prefix, place in prefixes.items():
            for name, spec in OF_SECTION[section].items():
                yield prefix + name, (place, name, False, spec.numeric)
                if section is Section.OBJECT and name in SHARED:
                    yield f"{prefix}{_ALTERNATE}{name}", (place, name, True, True)


_KNOWN: Final = dict(_keys())


def read_json(text: str, name: str) -> Iterator[Cdm]:
    """Yield the messages of JSON text. Raises MessageError for the first thing that is wrong."""
    lines = text.split("\n")

    def text_of(line: int) -> str:
        return lines[min(max(line, 1), len(lines)) - 1]

    def error(line: int, reason: str) -> MessageError:
        return message_error(name, Fault(line, reason, _OBJECTS), text_of(line))

    start = len(text) - len(text.lstrip())
    try:
        decoded, end = _DECODE(text, start)
    except json.JSONDecodeError as fault:
        raise error(fault.lineno, f"the JSON is cut or broken here ({fault.msg})") from None
    except RecursionError:
        raise error(1, "the JSON is nested too deeply") from None
    if text[end:].strip():
        raise error(text.count("\n", 0, end) + 1, "text after the end of the JSON")
    objects = [decoded] if isinstance(decoded, _Pairs) else decoded
    if not objects or not all(isinstance(one, _Pairs) for one in objects):
        raise error(1, "not an object, nor a list of them")
    locate = _Locator(text)
    for pairs in objects:
        yield _Reader(name, pairs, locate, text_of).message()


class _Locator:
    """Finds the lines of keys that are asked for in the order of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1

    def line_of(self, key: str) -> int:
        """Return the line of the next key of a name; that of the last one if it is not found."""
        at = self.text.find(f'"{key}"', self.at)
        if at >= 0:
            self.line += self.text.count("\n", self.at, at)
            self.at = at + 1
        return self.line


class _Reader:
    """Reads one object."""

    def __init__(
        self, name: str, pairs: _Pairs, locate: _Locator, text_of: Callable[[int], str]
    ) -> None:
        self.pairs = pairs
        self.locate = locate
        self.keys = {key for key, _ in pairs}
        self.values = dict(pairs)
        version = self.values.get(VERSION)
        self.line = locate.line_of(VERSION if version else pairs[0][0] if pairs else "")
        if not isinstance(version, str):
            fault = Fault(self.line, f"{VERSION} is missing", f'"{VERSION}": "1.0"')
            raise message_error(name, fault, text_of(self.line))
        self.assembly = Assembly(name, version.strip(), self.line, text_of)
        if [key for key, _ in pairs].count(VERSION) > 1:
            self.assembly.refuse(self.line, f"{VERSION} stands twice", "one message an object")

    def message(self) -> Cdm:
        """Return the message of the object."""
        assembly = self.assembly
        waiting: dict[str, list[str]] = {}
        for key, value in self.pairs:
            target = self.target(key)
            if target in self.keys and target != key:
                waiting.setdefault(target, []).extend(self.comments(key, value))
        for key, value in self.pairs:
            known = _KNOWN.get(key)
            if known is None and is_user_defined(key):
                known = (USER, key, False, False)
            if known is not None:
                place, keyword, alternate, numeric = known
                self.line = self.locate.line_of(key)
                self.require_whole_time(key)
                assembly.pending += waiting.pop(key, ())
                unit = self.unit(key) if numeric else None
                text = self.text(key, value)
                assembly.add(place, keyword, text, unit, self.line, alternate)
            elif self.target(key) != key and self.target(key) not in self.keys:
                assembly.pending += self.comments(key, value)
        assembly.pending += self.comments(_COMMENT, self.values.get(_COMMENT))
        return assembly.finish()

    def target(self, key: str) -> str:
        """Return the key of the keyword before which a comment stands; other keys as they are."""
        if _COMMENT not in key:
            return key
        match = _COMMENT_KEY.match(key)
        return key if match is None else (match[1] or match[2] or "") + key[match.end() :]

    def comments(self, key: str, value: Any) -> list[str]:
        texts = [] if value is None else value if type(value) is list else [value]
        return [line.strip() for text in texts for line in self.raw(key, text).split("\n")]

    def unit(self, key: str) -> str | None:
        value = self.values.get(f"{key}_UNIT")
        return None if value is None else self.text(f"{key}_UNIT", value)

    def text(self, key: str, value: Any) -> str:
        """Return a value on one line; a time with its T."""
        if value is None:
            return ""
        text = " ".join(self.raw(key, value).split("\n")).strip()
        if _BLANK_FOR_T.match(text) and key.removeprefix("SAT1_").removeprefix("SAT2_") in _TIMES:
            text = text.replace(" ", "T", 1)
        return text

    def raw(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            self.assembly.refuse(self.line, f"{key} is neither text nor number", "a value")
        return str(value)

    def require_whole_time(self, key: str) -> None:
        """Refuse a fraction of a second in a field of its own, whose unit nobody tells."""
        fraction = self.values.get(f"{key}_FRACTION")
        if fraction not in (None, "", "0"):
            reason = f"{key}_FRACTION {fraction} has no unit that is known"
            self.assembly.refuse(self.line, reason, f"{key} with its fraction, or KVN or XML")


def write_json(messages: Iterable[Cdm]) -> str:
    """Return messages as JSON text: an object for one, a list for several."""
    written = [_members(cdm) for cdm in messages]
    document = written[0] if len(written) == 1 else written
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def _members(cdm: Cdm) -> dict[str, Any]:
    members: dict[str, Any] = {VERSION: cdm.version}
    for prefix, section, entries in (
        ("", Section.HEADER, cdm.header),
        ("", Section.RELATIVE, cdm.relative),
        ("SAT1_", Section.OBJECT, cdm.object_1),
        ("SAT2_", Section.OBJECT, cdm.object_2),
        ("", None, cdm.user_defined),
    ):
        for entry in entries:
            name = f"{_ALTERNATE}{entry.keyword}" if entry.alternate else entry.keyword
            if entry.comments:
                members[f"{prefix}{_COMMENT}_{name}"] = entry.comments
            members[prefix + name] = _value(entry, section)
            if entry.unit is not None:
                members[f"{prefix}{name}_UNIT"] = entry.unit
    if cdm.closing_comments:
        members[_COMMENT] = cdm.closing_comments
    return members


def _value(entry: Entry, section: Section | None) -> Any:
    if not entry.value:
        return None
    single = section is not None and known(entry, section).kind in _SINGLE_NUMBERS
    if single and _NUMBER.fullmatch(entry.value):
        return orjson.Fragment(entry.value)
    return entry.value
