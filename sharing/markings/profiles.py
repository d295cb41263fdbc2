"""The two profiles that markings are rolled up under, and the paragraph behind each of their steps.

IC: the IC Markings Register and Manual (2016, public release) with the roll-up rules of ODNI's
ISM.XML. DoD: DoDM 5200.01 Volume 2, Enclosures 3 and 4, which does not make NOFORN of what was not
marked. National intelligence under Defense Intelligence Components follows the IC rule there, too.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["PARAGRAPHS", "Profile", "Step", "step"]


class Profile(StrEnum):
    """Whose rules roll a document up."""

    IC = "ic"
    DOD = "dod"


@dataclass(frozen=True, slots=True)
class Step:
    """What a roll-up decided, and by which rule and paragraph."""

    rule: str
    paragraph: str
    text: str


_IC = "IC Markings Register and Manual 2016"
_TABLE = f"{_IC}, D.2 Table 3"
_DOD = "DoDM 5200.01 Vol. 2 Encl. 4"

PARAGRAPHS: Final[dict[str, tuple[str, str]]] = {
    "level": (f"{_IC}, H.1; ISM-ID-00056", "DoDM 5200.01 Vol. 2 Encl. 3"),
    "restricted": (f"{_IC}, H.7 (foreign RESTRICTED is protected as CONFIDENTIAL)",) * 2,
    "fgi": (f"{_IC}, H.7 (union)", f"{_DOD}, 9"),
    "fgi-concealed": (f"{_IC}, H.7 (a concealed source hides all)", f"{_DOD}, 9"),
    "foreign-to-fgi": (f"{_IC}, H.2, H.3 and H.7", f"{_DOD}, 4, 5 and 9"),
    "sci": (f"{_IC}, H.4 (union)", f"{_DOD}, 6"),
    "controls": (f"{_IC}, H.8 (union)", f"{_DOD}, 10"),
    "oc-usgov": (f"{_IC}, H.8, ORCON-USGOV (only if all ORCON portions carry it)",) * 2,
    "fouo": (f"{_IC}, H.8, FOUO p. 134", f"{_DOD}, 10.b(3)"),
    "non-ic": (f"{_IC}, H.9 (union)", f"{_DOD}, 11"),
    "non-ic-noforn": (f"{_IC}, H.9, SBU-NF and LES-NF; ISM-ID-00087, 00146, 00372",) * 2,
    "non-ic-classified": (
        f"{_IC}, H.9, SBU; ODNI's roll-up keeps it, ISM-ID-00037 would leave it out",
    )
    * 2,
    "nodis": (f"{_IC}, H.9, NODIS (takes the place of EXDIS)",) * 2,
    "cui": ("32 CFR 2002.20 (union)", "DoDI 5200.48"),
    "second-line": ("ODNI ISM.XML V2021-NOV, secondBannerLine (union)",) * 2,
    "noforn": (f"{_TABLE}; H.8, NOFORN p. 145", f"{_DOD}, 2.b-f pp. 65-66"),
    "noforn-default": (
        f"{_TABLE}; B.3 (caveated, before 2010-06-28, or FGI without a marking)",
        f"{_DOD}, 10.d(8)(b) p. 91 (the IC rule)",
    ),
    "relido-default": (f"{_TABLE}; B.3 (uncaveated, from 2010-06-28 on)",) * 2,
    "rel": (f"{_TABLE}; H.8, REL TO (intersection)", f"{_DOD}, 10.d(7) p. 90"),
    "eyes": (f"{_TABLE}; H.8, EYES ONLY (only if all portions carry it)",) * 2,
    "rel-none": (f"{_TABLE}; H.8, REL TO (none in common)", f"{_DOD}, 10.d(8)(a) pp. 90-91"),
    "rel-unmarked": (
        f"{_TABLE}; H.8, REL TO (unmarked portions)",
        f"{_DOD}, 10.d(8)(a) pp. 90-91",
    ),
    "display": (
        f"{_TABLE}; H.8, DISPLAY ONLY (release implies disclosure)",
        f"{_DOD}, 10.e(4) p. 92",
    ),
    "display-unlisted": (f"{_TABLE}; ISM-ID-00213 (DISPLAY ONLY without a list)",) * 2,
    "display-none": (
        f"{_TABLE}; H.8, DISPLAY ONLY (none in common)",
        f"{_DOD}, 10.e(6) p. 93",
    ),
    "relido": (f"{_TABLE}; H.8, RELIDO (all portions)", f"{_DOD}, 10.d(8)(b) p. 91"),
    "relido-lost": (f"{_TABLE}; H.8, RELIDO (beside others)", f"{_DOD}, 10.d(8)(b) p. 91"),
    "relido-orcon": (f"{_IC}, H.8, ORCON; ISM-ID-00325",) * 2,
    "none": (f"{_IC}, B.3 (no disclosure marking)", f"{_DOD}, 10.d(8)(a) pp. 90-91"),
}
"""Paragraph of each step: IC, DoD."""


def step(rule: str, profile: Profile, text: str) -> Step:
    """Return a step of a roll-up with the paragraph of its profile."""
    return Step(rule, PARAGRAPHS[rule][profile is Profile.DOD], text)
