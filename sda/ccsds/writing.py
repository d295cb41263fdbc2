"""Write Conjunction Data Messages in any of the three formats."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sda.ccsds.cdm import Cdm
from sda.ccsds.flat_json import write_json
from sda.ccsds.kvn import write_kvn
from sda.ccsds.xml import write_xml

__all__ = ["CdmFormat", "write_cdm"]


class CdmFormat(StrEnum):
    """Text form of a Conjunction Data Message."""

    KVN = "kvn"
    XML = "xml"
    JSON = "json"


def write_cdm(messages: Iterable[Cdm], format: CdmFormat) -> str:
    """Return messages as text, each keyword, value text, unit and comment as it is in them.

    The order of keywords is the standard's. In XML comments move to the start of their block
    (see `sda.ccsds.xml`); nothing else moves. A single message is the whole document; several
    are one after the other in KVN, in `<ndm>` in XML, and a list in JSON.
    """
    return _WRITERS[format](messages)


_WRITERS: Final[Mapping[CdmFormat, Callable[[Iterable[Cdm]], str]]] = MappingProxyType(
    {CdmFormat.KVN: write_kvn, CdmFormat.XML: write_xml, CdmFormat.JSON: write_json}
)
