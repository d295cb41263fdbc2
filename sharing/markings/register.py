"""Which countries a tetragraph stands for.

Only decomposable codes are listed; an opaque one, or one that the register does not know,
stands for itself alone, which can only narrow what is released.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sharing.errors import MarkingError

__all__ = ["Register"]


@dataclass(frozen=True, slots=True)
class Register:
    """Members of decomposable tetragraphs at one edition, members that are codes expanded."""

    edition: date = date.min
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code in self.members:
            self._expand(code, ())

    def atoms(self, codes: Iterable[str]) -> frozenset[str]:
        """Return the countries (and opaque codes) that codes stand for, taken together."""
        return frozenset(atom for code in codes for atom in self._expand(code, ()))

    def _expand(self, code: str, above: tuple[str, ...]) -> Iterable[str]:
        if code in above:
            raise MarkingError(f"tetragraph {code} contains itself: correct config/register")
        inside = self.members.get(code)
        if inside is None:
            return (code,)
        return [atom for member in inside for atom in self._expand(member, (*above, code))]
