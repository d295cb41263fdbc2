"""Write items as CSV in the columns of SOCRATES, followed by ours.

TCA_RANGE and DILUTION are in km, TCA_RELATIVE_SPEED in km/s, DSE (days since epoch) in days, TCA
in ISO 8601. A cell whose fact a partner does not have stays empty, and so does one whose fact is
coarse, for readers of SOCRATES take what stands there for a number, or for the time: a column of
ours says `<5 km`, and between which times TCA lies.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead
from sharing.feeds.formats.told import Told

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
_COARSE: Final = {
    f"{column}_COARSE": _FACTS[column]
    for column in ("TCA", "TCA_RANGE", "TCA_RELATIVE_SPEED", "MAX_PROB")
}
COLUMNS: Final = (*_FACTS, *_OURS, *_COARSE)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters by which a spreadsheet takes text for a formula, or may come to (OWASP).

The last four are the same in full width, which some take for the others."""


def item_table(items: Iterable[FeedItem], head: Letterhead) -> str:
    """Return items as CSV with a header line."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        cells = _cells(Told(item, head.registry.rules), head)
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _cells(told: Told, head: Letterhead) -> list[Any]:
    item = told.item
    return [
        *(told.exact(fact) for fact in _FACTS.values()),
        item.item_id,
        item.revision,
        item.status,
        told.kind,
        told.rendition,
        told.banner,
        item.body["contact"],
        head.data_mode,
        *(told.coarse(fact) for fact in _COARSE.values()),
    ]


def _harmless(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
