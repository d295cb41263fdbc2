"""Lay items out flat, a row each, ready for a table."""

import re
from collections.abc import Iterable
from typing import Any, Final

from sharing.client.pages import Item

__all__ = ["rows"]

_COARSE: Final = re.compile(r"(<|>=)\d|-?\d+ to -?\d+$")
"""A value below or from an edge on, and a cell of longitude."""


def rows(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return a flat row an item, in order: `pandas.DataFrame(rows(items))` is a table of them.

    Beside the columns of the item, each fact has `NAME` with its value, `NAME_unit` where it has a
    unit, and `NAME_marking`. A coarse value (`<5`, `70 to 80`) stands in `NAME_coarse`, and `NAME`
    is None, so that a column of numbers holds nothing but numbers. A coarse time is the start of
    its interval, and `NAME_interval` says which (START/END).
    """
    return [_row(item) for item in items]


def _row(item: Item) -> dict[str, Any]:
    contact = item.get("contact") or {}
    row: dict[str, Any] = {
        "id": item["id"],
        "revision": item["revision"],
        "status": item["status"],
        "kind": item["kind"],
        "banner": item["marking"]["banner"],
        "portion": item["marking"]["portion"],
        "rendition": item["rendition"],
        "omitted": " ".join(item.get("omitted", ())),
        "contact": contact.get("office"),
        "exercise": item["exercise"],
    }
    intervals = item.get("intervals", {})
    for name, fact in item["facts"].items():
        value = fact["value"]
        coarse = isinstance(value, str) and _COARSE.match(value) is not None
        row[name] = None if coarse else value
        if coarse:
            row[f"{name}_coarse"] = value
        if name in intervals:
            row[f"{name}_interval"] = intervals[name]
        if fact["unit"]:
            row[f"{name}_unit"] = fact["unit"]
        row[f"{name}_marking"] = fact["marking"]
    return row
