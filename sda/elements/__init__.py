"""Turn the text of element sets into `ElementSet`s and back, and read satellite catalogues."""

from sda.elements.alpha5 import ALPHA5_MAX, from_alpha5, to_alpha5
from sda.elements.omm import OmmFormat, write_omm
from sda.elements.reading import Reading, files_of, newest, read_files, read_text
from sda.elements.satcat import ObjectType, Satcat, SatcatEntry, read_satcat, type_of_name
from sda.elements.tle import write_3le, write_tle
from sda.elements.validity import Reject

__all__ = [
    "ALPHA5_MAX",
    "ObjectType",
    "OmmFormat",
    "Reading",
    "Reject",
    "Satcat",
    "SatcatEntry",
    "files_of",
    "from_alpha5",
    "newest",
    "read_files",
    "read_satcat",
    "read_text",
    "to_alpha5",
    "type_of_name",
    "write_3le",
    "write_omm",
    "write_tle",
]
