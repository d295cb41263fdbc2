"""Read TLE lines that stand in the fields of a table, with no mean elements beside them.

Space-Track names them TLE_LINE0, TLE_LINE1 and TLE_LINE2, other archives line1 and line2, with the
name in a column of its own. A table that holds the mean elements too is read by those.
"""

from collections.abc import Mapping
from typing import Any, Final

from sda.elements.tle import element_set_of_lines
from sda.elements.validity import MalformedError
from sda.model import ElementSet

__all__ = ["element_set_in_fields", "has_line_fields"]

_LINES: Final = (("TLE_LINE1", "TLE_LINE2"), ("LINE1", "LINE2"))
_NAMES: Final = ("OBJECT_NAME", "NAME", "TLE_LINE0", "LINE0")
_NUMBERS: Final = ("NORAD_CAT_ID", "NORAD", "NORAD_ID")
_BOTH: Final = "both lines of an element set"


def has_line_fields(header: str) -> bool:
    """Return whether a CSV header names two columns of lines."""
    names = {name.strip().strip('"').upper() for name in header.split(",")}
    return any(names.issuperset(pair) for pair in _LINES)


def element_set_in_fields(values: Mapping[str, Any], source: str) -> ElementSet | None:
    """Return the set whose lines a record holds; None for a record without fields for them.

    Field names are taken in any case. Raises MalformedError for lines that cannot be read, and
    where the record's catalogue number is not that of its lines.
    """
    fields = {name.upper(): value for name, value in values.items()}
    pair = next((pair for pair in _LINES if pair[0] in fields or pair[1] in fields), None)
    if pair is None:
        return None
    one, two = (fields.get(name) for name in pair)
    if not (isinstance(one, str) and isinstance(two, str) and one and two):
        raise MalformedError(f"{pair[0]} or {pair[1]} is missing", _BOTH)
    title = next(
        (text for name in _NAMES if isinstance(text := fields.get(name), str) and text), ""
    )
    found = element_set_of_lines(title, one.rstrip(), two.rstrip(), source)
    number = next((str(fields[name]).strip() for name in _NUMBERS if fields.get(name)), "")
    if number.isascii() and number.isdigit() and int(number) != found.norad_id:
        raise MalformedError(f"catalogue number {number} above lines of {found.norad_id}", _BOTH)
    return found
