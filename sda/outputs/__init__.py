"""Write results to files and stdout so that a reader never sees half of one."""

from sda.outputs.files import opened, require_writable
from sda.outputs.sorting import Format, Spool, sorted_rows
from sda.outputs.table import Column, Lists, Table, Texts, Words

__all__ = [
    "Column",
    "Format",
    "Lists",
    "Spool",
    "Table",
    "Texts",
    "Words",
    "opened",
    "require_writable",
    "sorted_rows",
]
