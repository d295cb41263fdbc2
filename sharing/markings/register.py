"""Which countries a tetragraph stands for, by dated editions.

Every decomposable code is expanded, codes within codes too (ISMCAT; the register of CAPCO 2016
would expand TEYE, ACGU and FVEY alone). An opaque code, a deprecated one, and one that the register
does not know stand for themselves alone, which can only narrow what is released.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sharing.errors import MarkingError

__all__ = ["Register"]


@dataclass(frozen=True, slots=True)
class Register:
    """Members of decomposable tetragraphs at one edition, and the editions before it."""

    edition: date = date.min
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deprecated: Mapping[str, date] = field(default_factory=dict)
    """Codes that are no longer to be used, each with the day since when."""
    opaque: tuple[str, ...] = ()
    """Known codes whose members are not told."""
    earlier: tuple["Register", ...] = ()
    """Older editions, by date."""

    def __post_init__(self) -> None:
        for code in self.members:
            self._expand(code, ())

    def at(self, day: date) -> "Register":
        """Return the edition that held on a day, so that a decision of that day can be replayed.

        Raises MarkingError for a day before the first edition.
        """
        if self.edition <= day:
            return self
        for edition in reversed(self.earlier):
            if edition.edition <= day:
                return edition
        first = self.earlier[0].edition if self.earlier else self.edition
        raise MarkingError(f"no edition of the register holds on {day}: the first is of {first}")

    def atoms(self, codes: Iterable[str]) -> frozenset[str]:
        """Return the countries (and opaque codes) that codes stand for, taken together."""
        return frozenset(atom for code in codes for atom in self._expand(code, ()))

    def knows(self, code: str) -> bool:
        """Return whether a code is a tetragraph of this edition."""
        return code in self.members or code in self.opaque or code in self.deprecated

    def _expand(self, code: str, above: tuple[str, ...]) -> Iterable[str]:
        if code in above:
            raise MarkingError(f"tetragraph {code} contains itself: correct config/register")
        inside = self.members.get(code)
        if inside is None:
            return (code,)
        return [atom for member in inside for atom in self._expand(member, (*above, code))]
