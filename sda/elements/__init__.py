"""Element sets from and to text: TLE and 3LE with Alpha-5, OMM in JSON, CSV, XML and KVN."""

from sda.elements.alpha5 import from_alpha5, to_alpha5
from sda.elements.omm import OmmFormat, write_omm
from sda.elements.reading import Reading, newest, read_files, read_text
from sda.elements.reject import Reject
from sda.elements.tle import checksum, parse_tle, write_3le, write_tle

__all__ = [
    "OmmFormat",
    "Reading",
    "Reject",
    "checksum",
    "from_alpha5",
    "newest",
    "parse_tle",
    "read_files",
    "read_text",
    "to_alpha5",
    "write_3le",
    "write_omm",
    "write_tle",
]
