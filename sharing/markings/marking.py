"""The marking of one portion or one whole, as a value with the attributes of ISM.

A marking can hold what is illegal, for others' tools write such; `rules.violations` names it, and
`parse` refuses it. SAP, AEA and ATOMAL have no field: whoever reads them refuses them by name.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.controls import (
    CUI_LIMITED,
    NATO_CONTROLS,
    US,
    code_order,
    in_order_of_banner,
    names_of,
    non_ic_order,
    owner_order,
    require_code,
    require_cui,
    require_sci,
)
from sharing.markings.handling import require_line
from sharing.markings.rendering import banner_of, portion_of

__all__ = ["CONCEALED", "US", "Classification", "Marking"]

CONCEALED: Final = "FGI"
"""Stands for a foreign owner or source that must not be named."""


class Classification(IntEnum):
    """Level of classification, ordered by what it protects; R is foreign and NATO's alone."""

    U = 0
    R = 1
    C = 2
    S = 3
    TS = 4

    @property
    def word(self) -> str:
        """The level as a banner spells it."""
        return _WORDS[self]


_WORDS = {
    Classification.U: "UNCLASSIFIED",
    Classification.R: "RESTRICTED",
    Classification.C: "CONFIDENTIAL",
    Classification.S: "SECRET",
    Classification.TS: "TOP SECRET",
}


@dataclass(frozen=True, slots=True)
class Marking:
    """A marking with each list in the order of a banner, and each entry once.

    Raises MarkingError for a token that is not known, or for several owners with USA among them
    that are not JOINT.
    """

    classification: Classification
    dissemination: tuple[str, ...] = ()
    """Tokens of ISM: NF, REL, OC, RELIDO, DISPLAYONLY, ..."""
    releasable_to: tuple[str, ...] | None = None
    """Trigraphs and tetragraphs of REL TO or EYES ONLY. None lets everybody read an unclassified
    portion that nothing else restricts, and nobody abroad a classified one."""
    display_only_to: tuple[str, ...] | None = None
    """Those who may be shown it, and given nothing."""
    owners: tuple[str, ...] = (US,)
    joint: bool = False
    sci: tuple[str, ...] = ()
    nato_controls: tuple[str, ...] = ()
    fgi_open: tuple[str, ...] = ()
    fgi_protected: bool = False
    non_ic: tuple[str, ...] = ()
    cui_basic: tuple[str, ...] = ()
    cui_specified: tuple[str, ...] = ()
    cui: bool = False
    """Whether there is controlled unclassified information in it, of a named category or not."""
    second_line: tuple[str, ...] = ()
    """Tokens of a banner's second line: HVCO, CUSPI, SSS, ..."""
    channels: str = ""
    """The channels of HVCO."""
    approximate: bool = False
    """ISM's hasApproximateMarkings: somebody guessed."""
    created: date | None = None
    """When the portion was marked, where that is known; one without a date is of today."""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "dissemination", in_order_of_banner(self.dissemination))
        for name in ("releasable_to", "display_only_to"):
            codes = {require_code(code) for code in getattr(self, name) or ()}
            put(self, name, tuple(sorted(codes, key=code_order)) or None)
        for name in ("owners", "fgi_open"):
            codes = {require_code(code) for code in getattr(self, name)}
            put(self, name, tuple(sorted(codes, key=owner_order)))
        # A compartment is written after its system, so the system always stands with it.
        tokens = [require_sci(token).split("-") for token in self.sci]
        systems = {"-".join(parts[:n]) for parts in tokens for n in range(1, len(parts) + 1)}
        put(self, "sci", tuple(sorted(systems)))
        put(self, "nato_controls", tuple(sorted(set(self.nato_controls))))
        if unknown := {*self.nato_controls} - {*NATO_CONTROLS}:
            raise MarkingError(f"{min(unknown)!r} is no control of NATO that is known here")
        put(self, "non_ic", tuple(sorted(set(self.non_ic), key=non_ic_order)))
        put(self, "cui_basic", tuple(sorted(set(self.cui_basic))))
        put(self, "cui_specified", tuple(sorted(set(self.cui_specified))))
        for name in (*self.cui_basic, *self.cui_specified):
            require_cui(name)
        put(self, "cui", self.cui or bool(self.cui_basic or self.cui_specified))
        second_line, channels = require_line(self.second_line, self.channels)
        put(self, "second_line", second_line)
        put(self, "channels", channels)
        self._check_owners()

    def _check_owners(self) -> None:
        if not self.owners:
            raise MarkingError("a marking without an owner: name one in ownerProducer")
        if self.joint and len(self.owners) == 1:
            alone = f"JOINT with {self.owners[0]} alone: name the other owners"
            raise MarkingError(f"{alone} (ISM-ID-00382)")
        if len(self.owners) > 1 and US in self.owners and not self.joint:
            raise MarkingError(f"USA with {' '.join(self.owners)} is JOINT: set joint to true")
        if self.classification is Classification.R and self.is_us_owned:
            raise MarkingError("RESTRICTED (R) is no US level: write U, C, S or TS (ISM-ID-00040)")

    @property
    def banner(self) -> str:
        """The marking as a banner, `SECRET//REL TO USA, AUS, GBR`."""
        return banner_of(self)

    @property
    def portion(self) -> str:
        """The marking as a portion, `(S//REL TO USA, AUS, GBR)`."""
        return f"({portion_of(self)})"

    @property
    def noforn(self) -> bool:
        """Whether NOFORN stands in it, also within SBU NOFORN and LES NOFORN."""
        return "NF" in self.dissemination or any(one.endswith("-NF") for one in self.non_ic)

    @property
    def is_us_owned(self) -> bool:
        """Whether USA alone owns it."""
        return self.owners == (US,)

    @property
    def is_pure_cui(self) -> bool:
        """Whether it is written `CUI//...`, for nothing but CUI's own controls stand in it."""
        others = self.sci or self.nato_controls or self.fgi_open or self.non_ic
        return (
            self.cui
            and self.classification is Classification.U
            and self.is_us_owned
            and not (others or self.fgi_protected)
            and {*self.dissemination} <= {*CUI_LIMITED}
        )

    @property
    def controls(self) -> frozenset[str]:
        """Names of all that restricts beside level, REL TO and NOFORN; empty for plain markings."""
        found = names_of(self.dissemination)
        categories = {
            "SCI": self.sci or self.nato_controls,
            "FGI": self.fgi_open or self.fgi_protected,
            "JOINT": self.joint,
            "FOREIGN": not self.joint and not self.is_us_owned,
            "NON-IC": self.non_ic,
            "CUI": self.cui,
            "DISPLAY ONLY": self.display_only_to,
            "HANDLING": self.second_line,
        }
        return frozenset(found | {name for name, stands in categories.items() if stands})

    @property
    def is_unrestricted(self) -> bool:
        """Whether the marking alone keeps the portion from nobody."""
        plain = not (self.dissemination or self.releasable_to or self.controls)
        return plain and self.classification is Classification.U
