"""Messages to test on: the packaged one, and pieces of it to break."""

from itertools import groupby
from pathlib import Path

from sda.ccsds import Cdm, CdmFormat, read_cdm
from sda.ccsds.checks import known
from sda.ccsds.keywords import Section

SAMPLES = Path(__file__).parents[2] / "tle_samples" / "messages"
KVN = (SAMPLES / "exercise-crossing.cdm.kvn").read_text()
XML = (SAMPLES / "exercise-crossing.cdm.xml").read_text()
JSON = (SAMPLES / "exercise-crossing.cdm.json").read_text()
TEXT_OF = {CdmFormat.KVN: KVN, CdmFormat.XML: XML, CdmFormat.JSON: JSON}
SECTIONS = ("header", "relative", "object_1", "object_2", "user_defined")


def sample() -> Cdm:
    (cdm,) = read_cdm(SAMPLES / "exercise-crossing.cdm.kvn")
    return cdm


def values(cdm: Cdm) -> list[object]:
    """Return all that is in a message but its comments."""
    return [
        (name, entry.keyword, entry.value, entry.unit, entry.alternate)
        for name in SECTIONS
        for entry in getattr(cdm, name)
    ]


def comments_by_block(cdm: Cdm) -> list[object]:
    """Return the comments of each block; those at the end belong to the last one."""
    found: list[tuple[object, list[str]]] = []
    for name in SECTIONS:
        section = Section(name.partition("_")[0]) if name != "user_defined" else None
        blocks = [
            # The relative state has no comments of its own in XML.
            (name if section is not Section.OBJECT else known(entry, section).block, entry)
            for entry in getattr(cdm, name)
        ]
        for block, group in groupby(blocks, lambda pair: pair[0]):
            found.append(((name, block), [text for _, one in group for text in one.comments]))
    found[-1][1].extend(cdm.closing_comments)
    return [(where, texts) for where, texts in found if texts]
