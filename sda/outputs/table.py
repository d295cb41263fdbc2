"""Hold a table as columns, whatever it is about and however it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "Lists", "Table", "Texts", "Words"]

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Texts that a column is made of, equal only to itself.

    So what a format makes of them is made once, however many tables they stand in.
    """

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts: row k holds `words.texts[code[k]]`."""

    words: Words
    code: Indices


@dataclass(frozen=True, slots=True)
class Lists:
    """A column of lists of records: row k holds rows `end[k - 1]` to `end[k]` of a table."""

    table: "Table"
    end: Indices


Column = NDArray[Any] | Texts | Lists
"""An array is of int64, bool, float64 (NaN: absent) or datetime64[us], in UTC (NaT: absent)."""

Table = Mapping[str, Column]
"""Columns of one length, by name, in order."""
