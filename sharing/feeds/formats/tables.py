"""Write items as CSV in the columns of SOCRATES, followed by ours.

TCA_RANGE and DILUTION are in km, TCA_RELATIVE_SPEED in km/s, DSE (days since epoch) in days, TCA
in ISO 8601. A cell whose fact a partner does not have stays empty. A coarse value stands as it was
released, for example `<5`.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from sharing.feeds.entries import FeedItem

__all__ = ["COLUMNS", "item_table"]

_FACTS: Final = {
    "NORAD_CAT_ID_1": "norad_id_1",
    "OBJECT_NAME_1": "name_1",
    "DSE_1": "age_1",
    "NORAD_CAT_ID_2": "norad_id_2",
    "OBJECT_NAME_2": "name_2",
    "DSE_2": "age_2",
    "TCA": "tca",
    "TCA_RANGE": "miss_distance",
    "TCA_RELATIVE_SPEED": "relative_speed",
    "MAX_PROB": "max_probability",
    "DILUTION": "dilution",
}
_OURS: Final = (
    "ITEM_ID",
    "REVISION",
    "STATUS",
    "KIND",
    "RENDITION",
    "MARKING",
    "CONTACT",
    "DATA_MODE",
)
COLUMNS: Final = (*_FACTS, *_OURS)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet takes text for a formula, or may come to (OWASP)."""


def item_table(items: Iterable[FeedItem], exercise: bool) -> str:
    """Return items as CSV with a header line."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([_harmless(cell) for cell in _cells(item, exercise)])
    return text.getvalue()


def _cells(item: FeedItem, exercise: bool) -> list[Any]:
    body = item.body
    facts = body["facts"]
    return [
        *(facts[fact]["value"] if fact in facts else None for fact in _FACTS.values()),
        item.item_id,
        item.revision,
        item.status,
        body["kind"],
        body["rendition"],
        body["marking"]["banner"],
        body["contact"],
        "EXERCISE" if exercise else "REAL",
    ]


def _harmless(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
