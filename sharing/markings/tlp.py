"""Traffic Light Protocol 2.0 (FIRST, 2022): how far a recipient may pass something on.

A sharing label beside the marking, never in the place of one: it says nothing of classification,
and no policy releases by it.
"""

from collections.abc import Iterable
from enum import StrEnum

from sharing.errors import MarkingError

__all__ = ["Tlp", "parse_tlp", "roll_up_tlp"]


class Tlp(StrEnum):
    """The five labels, the most restrictive first."""

    RED = "TLP:RED"
    """For the eyes and ears of the recipients alone."""
    AMBER_STRICT = "TLP:AMBER+STRICT"
    """Within the recipients' organisation."""
    AMBER = "TLP:AMBER"
    """Within their organisation and to its clients, as far as they need to know."""
    GREEN = "TLP:GREEN"
    """Within the community, not in public."""
    CLEAR = "TLP:CLEAR"
    """Without a limit."""

    def permits(self, other: "Tlp") -> bool:
        """Return whether what bears this label may be passed on under another."""
        order = tuple(Tlp)
        return order.index(other) <= order.index(self)


def parse_tlp(text: str) -> Tlp:
    """Read a label, with or without its prefix; the WHITE of version 1 is refused.

    Raises MarkingError for what is no label of version 2.0.
    """
    name = text.strip().upper().removeprefix("TLP:")
    for label in Tlp:
        if label.removeprefix("TLP:") == name:
            return label
    known = ", ".join(label.removeprefix("TLP:") for label in Tlp)
    raise MarkingError(f"{text!r} is no label of TLP 2.0: choose of {known}")


def roll_up_tlp(labels: Iterable[Tlp]) -> Tlp:
    """Return the label of a whole: the most restrictive of its parts.

    Raises MarkingError when there is none: nothing has no label.
    """
    found = set(labels)
    if not found:
        raise MarkingError("there is no label to roll up: label at least one part")
    return min(found, key=tuple(Tlp).index)
