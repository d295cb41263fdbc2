"""Categories that are refused by name: what is not understood must not vanish, nor be released."""

import re
from typing import Final

from sharing.errors import MarkingError

__all__ = ["ILLEGAL", "UNREADABLE", "UNSUPPORTED", "refusal_of", "unsupported"]

UNREADABLE: Final = "unreadable"
"""Code of a text or value that is no marking."""
ILLEGAL: Final = "illegal"
"""Code of a marking that a hard rule of ISM forbids."""
UNSUPPORTED: Final = "unsupported-category"
"""Code of a category that is known, and refused by name."""

_SUPPORTED_NOWHERE: Final = {
    "ATOMAL": r".*\bATOMAL\b.*|CTSA|NSAT|NCA|CTS-A",
    "SAP": r"(SAR|SPECIAL ACCESS REQUIRED|SAP|WAIVED)\b.*|HVSACO",
    "AEA": r"(RD|FRD|(FORMERLY )?RESTRICTED DATA|TFNI|CNWDI|(DOD |DOE )?UCNI|DCNI)\b.*",
}


def unsupported(name: str, item: str) -> MarkingError:
    """Return the refusal of a category by its name."""
    return MarkingError(f"{name} ({item}) is not supported, and denies release", UNSUPPORTED)


def refusal_of(item: str, hint: str = "") -> MarkingError:
    """Return why an item of a marking cannot be read: refused by name, or not known at all."""
    for name, pattern in _SUPPORTED_NOWHERE.items():
        if re.fullmatch(pattern, item):
            return unsupported(name, item)
    return MarkingError(f"{item!r} is not a marking that is known here{hint}")
