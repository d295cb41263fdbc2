"""The words of markings: how each control is written in a portion and in a banner, and their order.

Sources: IC Markings Register and Manual 2016, H.4 (SCI), H.8 (dissemination) and H.9 (non-IC); ODNI
ISM.XML V2021-NOV for the tokens; the CUI registry for limited dissemination controls.
"""

import re
from collections.abc import Iterable
from typing import Final

from sharing.errors import MarkingError

__all__ = [
    "CUI_LIMITED",
    "DISCLOSURE",
    "DISSEMINATION",
    "NATO_CONTROLS",
    "NON_IC",
    "NON_IC_NOFORN",
    "UNWRITTEN",
    "US",
    "code_order",
    "in_order_of_banner",
    "in_order_of_cui",
    "names_of",
    "non_ic_order",
    "owner_order",
    "require_code",
    "require_cui",
    "require_sci",
]

US: Final = "USA"
_TRIGRAPH_LETTERS: Final = 3

DISSEMINATION: Final = {
    "RS": "RSEN",
    "FOUO": "FOUO",
    "OC": "ORCON",
    "OC-USGOV": "ORCON-USGOV",
    "IMC": "IMCON",
    "NF": "NOFORN",
    "PR": "PROPIN",
    "REL": "REL TO",
    "RELIDO": "RELIDO",
    "EYES": "EYES ONLY",
    "DSEN": "DEA SENSITIVE",
    "RAWFISA": "RAWFISA",
    "FISA": "FISA",
    "DISPLAYONLY": "DISPLAY ONLY",
    "EXEMPT_FROM_ICD501_DISCOVERY": "EXEMPT_FROM_ICD501_DISCOVERY",
    "AC": "Attorney-Client",
    "AWP": "Attorney-WP",
    "DL_ONLY": "DL_ONLY",
    "FED_ONLY": "FED_ONLY",
    "FEDCON": "FEDCON",
    "NOCON": "NOCON",
}
"""Dissemination controls: token of a portion to word of a banner, in the order of a banner."""

UNWRITTEN: Final = "EXEMPT_FROM_ICD501_DISCOVERY"
"""The one control that is an attribute alone: neither a banner nor a portion shows it."""

CUI_LIMITED: Final = (
    "AC",
    "AWP",
    "DISPLAYONLY",
    "DL_ONLY",
    UNWRITTEN,
    "FED_ONLY",
    "FEDCON",
    "NF",
    "NOCON",
    "REL",
    "RELIDO",
)
"""Controls that a pure CUI marking may carry, in its own order."""

DISCLOSURE: Final = frozenset({"NF", "REL", "RELIDO", "EYES", "DISPLAYONLY"})
"""Controls that say who abroad may have or see a portion; the others are caveats."""

NON_IC: Final = {
    "DS": "LIMDIS",
    "XD": "EXDIS",
    "ND": "NODIS",
    "SBU": "SBU",
    "SBU-NF": "SBU NOFORN",
    "LES": "LES",
    "LES-NF": "LES NOFORN",
    "SSI": "SSI",
    "NNPI": "NNPI",
}
"""Non-IC controls likewise; ACCM nicknames stand behind the first."""
NON_IC_NOFORN: Final = {"SBU-NF": "SBU", "LES-NF": "LES"}
"""Non-IC controls that carry NOFORN in them, and what is left without it."""

NATO_CONTROLS: Final = ("BALK", "BOHEMIA")
"""Controls of NATO that join SCI, in ISM with NATO- before them or not; ATOMAL is refused."""

_SCI_SYSTEMS: Final = ("BUR", "EL", "HCS", "KDK", "KLM", "MVL", "RSV", "SI", "TK")
_SCI: Final = re.compile(rf"({'|'.join(_SCI_SYSTEMS)})(-[A-Z0-9]+){{0,2}}")
_ACCM: Final = re.compile(r"ACCM-[A-Z0-9][A-Z0-9_-]*")
_CODE: Final = re.compile(r"[A-Z]{2}[A-Z0-9_]*|NATO:\w+")

_CUI_NAME: Final = re.compile(r"[A-Z][A-Z0-9_-]*")

_NAMES: Final = {
    "OC-USGOV": "ORCON",
    "RAWFISA": "FISA",
    "DSEN": "DSEN",
    "EYES": "EYES",
    **dict.fromkeys(("AC", "AWP", "DL_ONLY", "FED_ONLY", "FEDCON", "NOCON"), "CUI"),
}


def code_order(code: str) -> tuple[bool, bool, str]:
    """Sort REL TO and DISPLAY ONLY: USA, then trigraphs, then tetragraphs, each from A to Z."""
    return code != US, len(code) != _TRIGRAPH_LETTERS, code


def owner_order(code: str) -> tuple[bool, str]:
    """Sort owners and FGI sources: trigraphs, then tetragraphs, each from A to Z."""
    return len(code) != _TRIGRAPH_LETTERS, code


def in_order_of_banner(tokens: Iterable[str]) -> tuple[str, ...]:
    """Return dissemination tokens, each once. Raises MarkingError for one that is not known."""
    return _ordered(tokens, tuple(DISSEMINATION), "a dissemination control")


def in_order_of_cui(tokens: Iterable[str]) -> tuple[str, ...]:
    """Return tokens of a pure CUI marking in its order."""
    return _ordered(tokens, CUI_LIMITED, "a control of CUI")


def _ordered(tokens: Iterable[str], order: tuple[str, ...], what: str) -> tuple[str, ...]:
    given = set(tokens)
    if unknown := sorted(given - set(order)):
        raise MarkingError(f"{unknown[0]!r} is not {what} that is known here")
    return tuple(sorted(given, key=order.index))


def non_ic_order(control: str) -> tuple[bool, int, str]:
    """Sort non-IC controls: LIMDIS, ACCM nicknames from A to Z, the others.

    Raises MarkingError for one that is not known.
    """
    if _ACCM.fullmatch(control):
        return True, 0, control
    if control not in NON_IC:
        raise MarkingError(f"{control!r} is not a non-IC control that is known here")
    return control != "DS", tuple(NON_IC).index(control), control


def require_code(code: str) -> str:
    """Return a country code or tetragraph. Raises MarkingError for what cannot be one."""
    if not _CODE.fullmatch(code):
        raise MarkingError(f"{code!r} is no country code or tetragraph: write GBR or NATO")
    return code


def require_sci(token: str) -> str:
    """Return an SCI token, `SI`, `SI-G` or `SI-G-ABCD`. Raises MarkingError for another."""
    if not _SCI.fullmatch(token):
        raise MarkingError(
            f"{token!r} is no SCI control that is known here: begin with {', '.join(_SCI_SYSTEMS)}"
        )
    return token


def require_cui(name: str) -> str:
    """Return the marking of a category of CUI. Raises MarkingError for what cannot be one."""
    if not _CUI_NAME.fullmatch(name) or name.startswith("SP-"):
        raise MarkingError(f"{name!r} is no category of CUI: write PRVCY, without SP-")
    return name


def names_of(tokens: Iterable[str]) -> set[str]:
    """Return the names by which policies know dissemination controls; REL and NF have none.

    The audience says all there is to say of those two.
    """
    asked = (token for token in tokens if token not in ("REL", "NF"))
    return {_NAMES.get(token, DISSEMINATION[token]) for token in asked}
