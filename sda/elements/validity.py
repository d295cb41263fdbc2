"""Say what an element set must satisfy, and record what does not.

Reading never stops at a bad record: it becomes a `Reject`, and the rest is read.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["MalformedError", "Reject", "require_usable", "shorten"]

_TEXT_WIDTH: Final = 120
_SGP4_TYPES: Final = frozenset({0, 2, 3})
"""Ephemeris types that mean SGP4: 0 as published, 2 and 3 as in Spacetrack Report 3."""
_SGP4_XP: Final = 4


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was not read, and why."""

    file: str
    line: int
    """Line in the file, from 1."""
    reason: str
    expected: str
    """The format that was expected there."""
    text: str
    """The line at fault, shortened."""


class MalformedError(ElementError):
    """A record cannot be read: carries the reason, and the format that was expected."""

    def __init__(self, reason: str, expected: str) -> None:
        super().__init__(f"{reason}; expected {expected}")
        self.reason = reason
        self.expected = expected


def shorten(text: str) -> str:
    """Return a line without its outer blanks, cut to a width that a report can show."""
    line = text.strip().partition("\n")[0].rstrip()
    return line if len(line) <= _TEXT_WIDTH else line[: _TEXT_WIDTH - 3] + "..."


def require_usable(elements: ElementSet) -> ElementSet:
    """Return a set that SGP4 can take.

    Raises MalformedError for values that are not finite or out of range, for a catalogue number
    outside 1 to 999999999, for a theory other than SGP4, and for texts that cannot be stored.
    """
    e = elements
    # NaN fails each comparison, so one expression passes the good sets quickly.
    if (
        0.0 <= e.eccentricity < 1.0
        and 0.0 < e.mean_motion_rev_day < inf
        and 0.0 <= e.inclination_deg <= 180.0
        and -360.0 <= e.ra_of_asc_node_deg <= 360.0
        and -360.0 <= e.arg_of_pericenter_deg <= 360.0
        and -360.0 <= e.mean_anomaly_deg <= 360.0
        and -inf < e.bstar_per_earth_radius < inf
        and -inf < e.mean_motion_dot_rev_day2 < inf
        and -inf < e.mean_motion_ddot_rev_day3 < inf
        and 0 < e.norad_id < 1_000_000_000
        and e.ephemeris_type in _SGP4_TYPES
        and e.element_set_no >= 0
        and e.rev_at_epoch >= 0
        and _is_text(e.name + e.object_id + e.classification)
    ):
        return elements
    raise _fault(elements)


def _is_text(text: str) -> bool:
    """Return whether UTF-8 and the databases can hold a text."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    # JSON may name half a surrogate pair, as \ud800, which no file can hold.
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _fault(e: ElementSet) -> MalformedError:
    """Return the reason for which a set is not usable."""
    if e.ephemeris_type == _SGP4_XP:
        return MalformedError(
            "EPHEMERIS_TYPE 4 is SGP4-XP, for which SGP4 would give a wrong orbit",
            "EPHEMERIS_TYPE 0 (SGP4)",
        )
    if e.ephemeris_type not in _SGP4_TYPES:
        return MalformedError(f"EPHEMERIS_TYPE {e.ephemeris_type} is not SGP4", "EPHEMERIS_TYPE 0")
    for name, value, low, high in (
        ("catalogue number", e.norad_id, 1, 999_999_999),
        ("inclination", e.inclination_deg, 0, 180),
        ("right ascension of the node", e.ra_of_asc_node_deg, -360, 360),
        ("argument of pericentre", e.arg_of_pericenter_deg, -360, 360),
        ("mean anomaly", e.mean_anomaly_deg, -360, 360),
    ):
        if not low <= value <= high:
            return MalformedError(f"{name} {value} is out of range", f"{low} to {high}")
    if not 0.0 <= e.eccentricity < 1.0:
        return MalformedError(
            f"eccentricity {e.eccentricity} is out of range", "0 <= eccentricity < 1"
        )
    if not 0.0 < e.mean_motion_rev_day < inf:
        return MalformedError(
            f"mean motion {e.mean_motion_rev_day} is out of range", "revolutions per day > 0"
        )
    if e.element_set_no < 0 or e.rev_at_epoch < 0:
        return MalformedError("a counter is negative", "ELEMENT_SET_NO and REV_AT_EPOCH >= 0")
    if not _is_text(e.name + e.object_id + e.classification):
        return MalformedError(
            "the name, designator or class holds a NUL or half a surrogate pair", "printable text"
        )
    return MalformedError("a drag term is not finite", "a finite BSTAR and mean motion derivatives")
