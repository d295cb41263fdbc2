"""Turn the text of element sets into `ElementSet`s and back: TLE, 3LE and OMM."""

from sda.elements.alpha5 import ALPHA5_MAX, from_alpha5, to_alpha5
from sda.elements.omm import OmmFormat, write_omm
from sda.elements.reading import Reading, files_of, newest, read_files, read_text
from sda.elements.tle import write_3le, write_tle
from sda.elements.validity import Reject

__all__ = [
    "ALPHA5_MAX",
    "OmmFormat",
    "Reading",
    "Reject",
    "files_of",
    "from_alpha5",
    "newest",
    "read_files",
    "read_text",
    "to_alpha5",
    "write_3le",
    "write_omm",
    "write_tle",
]
