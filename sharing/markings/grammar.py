"""Read banners and portions.

    US    CLASS[//REL TO USA, <trigraphs>, <tetragraphs> | //NOFORN]

`//` stands between categories and `/` between the items of one. What the first chain does not
support is refused by name, never dropped: a control that is not understood must not vanish.
"""

import re
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.marking import Classification, Marking

__all__ = ["parse"]

_LEVELS: Final = {
    "UNCLASSIFIED": Classification.U,
    "CONFIDENTIAL": Classification.C,
    "SECRET": Classification.S,
    "TOP SECRET": Classification.TS,
    **{level.name: level for level in Classification},
}
_NOFORN: Final = ("NOFORN", "NF")

_REFUSED: Final = {
    "JOINT ownership": r"JOINT( .*)?",
    "SAP": r"(SAR|SPECIAL ACCESS REQUIRED)\b.*",
    "AEA": r"(RD|FRD|(FORMERLY )?RESTRICTED DATA|TFNI|(DOD |DOE )?UCNI|DCNI)\b.*",
    "ATOMAL": r".*\bATOMAL\b.*",
    "SCI": r"(SI|HCS|TK|KLONDIKE|KDK|BUR|RSV|COMINT|TALENT KEYHOLE|BALK|BOHEMIA)\b.*",
    "FGI": r"(FGI|FOREIGN GOVERNMENT INFORMATION)\b.*",
    "ORCON": r"(OC|ORCON|OC-USGOV|ORCON-USGOV)",
    "IMCON": r"(IMC|IMCON)",
    "PROPIN": r"(PR|PROPIN)",
    "RELIDO": r"RELIDO",
    "EYES ONLY": r"(.* )?EYES( ONLY)?",
    "DISPLAY ONLY": r"DISPLAY ONLY.*",
    "RSEN": r"(RS|RSEN)",
    "DSEN": r"DSEN",
    "FISA": r"(RAWFISA|FISA)",
    "FOUO": r"FOUO|FOR OFFICIAL USE ONLY",
    "CUI": r"(CUI\b.*|CONTROLLED UNCLASSIFIED INFORMATION)",
    "non-IC controls": r"(LIMDIS|DS|EXDIS|XD|NODIS|ND|SBU|LES|SSI|NNPI)( NOFORN|-NF)?",
}


def parse(text: str) -> Marking:
    """Read a banner, `SECRET//REL TO USA, GBR`, or a portion, with or without parentheses.

    Raises MarkingError that shows the text and names the category at fault.
    """
    bare = text.strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1].strip()
    if bare.startswith("//"):
        raise MarkingError(f"{text!r}: foreign, NATO and JOINT ownership is not supported yet")
    level_text, *categories = bare.split("//")
    level = _LEVELS.get(level_text)
    if level is None:
        raise MarkingError(f"{text!r}: {_refusal(level_text)}; begin with U, C, S, TS or a word")
    codes: tuple[str, ...] | None = None
    noforn = False
    for item in (item.strip() for category in categories for item in category.split("/")):
        if item in _NOFORN and not noforn:
            noforn = True
        elif item.startswith("REL TO ") and codes is None:
            codes = _codes(item, text)
        else:
            raise MarkingError(f"{text!r}: {_refusal(item)}")
    try:
        return Marking(level, codes, noforn)
    except MarkingError as error:
        raise MarkingError(f"{text!r}: {error}") from None


def _codes(item: str, text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in item.removeprefix("REL TO ").split(","))
    if len(set(codes)) != len(codes):
        raise MarkingError(f"{text!r}: a code stands twice in {item!r}: keep one")
    return codes


def _refusal(item: str) -> str:
    for name, pattern in _REFUSED.items():
        if re.fullmatch(pattern, item):
            return f"{name} ({item}) is not supported"
    return f"{item!r} is not a marking that is known here, or stands twice"
