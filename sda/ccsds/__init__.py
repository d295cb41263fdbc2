"""Turn Conjunction Data Messages of CCSDS into values and back, in KVN, XML and JSON."""

from sda.ccsds.cdm import Cdm, warnings_of
from sda.ccsds.entry import Entry
from sda.ccsds.reading import read_cdm, read_cdm_text
from sda.ccsds.writing import CdmFormat, write_cdm

__all__ = [
    "Cdm",
    "CdmFormat",
    "Entry",
    "read_cdm",
    "read_cdm_text",
    "warnings_of",
    "write_cdm",
]
