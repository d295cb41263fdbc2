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
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from sda.ccsds.assembly import HEADER, OBJECT_1, OBJECT_2, RELATIVE, SHARED, USER, Assembly
from sda.ccsds.assembly import message_error
from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import Fault, is_user_defined
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import OF_SECTION, USER_DEFINED, VERSION, Kind, Section

__all__ = ["read_json", "write_json"]

_OBJECTS: Final = "a JSON object of keywords, or a list of them"
_ALTERNATE: Final = "ALTERNATE_"
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""What the grammar of JSON takes for a number; other numbers are written as strings."""
_BLANK_FOR_T: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]")
_COMMENT: Final = "COMMENT"


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
