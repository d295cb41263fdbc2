"""The marking of one portion or one whole: level, REL TO and NOFORN.

The first chain needs no more. A further category (SCI, FGI, ORCON, JOINT, ...) becomes a
further field here, a further block in `grammar` and a further rule in `rollup`; until then
`grammar` refuses it by name.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from sharing.errors import MarkingError

__all__ = ["US", "Classification", "Marking"]

US = "USA"
"""The releasing side; first in every REL TO list (ISM-ID-00214)."""

_CODE = re.compile(r"[A-Z]{2}[A-Z0-9_]*")
_TRIGRAPH_LETTERS = 3


class Classification(IntEnum):
    """Level of classification, ordered by what it protects."""

    U = 0
    C = 1
    S = 2
    TS = 3

    @property
    def word(self) -> str:
        """The level as a banner spells it."""
        return _WORDS[self]


_WORDS = {
    Classification.U: "UNCLASSIFIED",
    Classification.C: "CONFIDENTIAL",
    Classification.S: "SECRET",
    Classification.TS: "TOP SECRET",
}


@dataclass(frozen=True, slots=True)
class Marking:
    """A US marking: a level, and at most one of REL TO and NOFORN.

    `releasable_to` holds trigraphs and tetragraphs in the order of a banner: USA first, then
    trigraphs from A to Z, then tetragraphs from A to Z. None means that the portion has no REL
    TO, which lets everybody read an unclassified portion and nobody abroad a classified one.

    Raises MarkingError, with the ISM rule, for what may not stand together.
    """

    classification: Classification
    releasable_to: tuple[str, ...] | None = None
    noforn: bool = False

    def __post_init__(self) -> None:
        codes = self.releasable_to
        if codes is None:
            return
        if self.noforn:
            raise MarkingError("REL TO and NOFORN exclude one another (ISM-ID-00033): keep one")
        for code in codes:
            if not _CODE.fullmatch(code):
                raise MarkingError(f"{code!r} is no country code or tetragraph: write GBR or NATO")
        if US not in codes:
            raise MarkingError(f"REL TO {', '.join(codes)} lacks USA (ISM-ID-00214): put it first")
        if len(set(codes)) < 2:
            raise MarkingError("REL TO USA alone is illegal (ISM-ID-00319): name another, or NF")
        object.__setattr__(self, "releasable_to", tuple(sorted(set(codes), key=_banner_order)))

    @property
    def banner(self) -> str:
        """The marking as a banner, `SECRET//REL TO USA, AUS, GBR`."""
        return self.classification.word + self._dissemination("NOFORN")

    @property
    def portion(self) -> str:
        """The marking as a portion, `(S//REL TO USA, AUS, GBR)`."""
        return f"({self.classification.name}{self._dissemination('NF')})"

    @property
    def is_unrestricted(self) -> bool:
        """Whether the marking alone keeps the portion from nobody."""
        plain = self.releasable_to is None and not self.noforn
        return plain and self.classification is Classification.U

    def _dissemination(self, noforn: str) -> str:
        if self.noforn:
            return f"//{noforn}"
        return f"//REL TO {', '.join(self.releasable_to)}" if self.releasable_to else ""


def _banner_order(code: str) -> tuple[bool, bool, str]:
    return code != US, len(code) != _TRIGRAPH_LETTERS, code
