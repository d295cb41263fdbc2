"""Roll portions up into the marking of the whole: never less restrictive than any of them.

Rules of the IC profile for level, REL TO and NOFORN (IC Markings Register and Manual 2016;
DoDM 5200.01 Vol. 2 Encl. 4):

    any NF                               NOFORN
    REL + REL, countries in common       REL TO the intersection
    REL + REL, none in common            NOFORN
    REL + unmarked classified            NOFORN
    unmarked classified alone            the plain level
    U without a disclosure marking       takes no part
"""

from collections.abc import Iterable, Sequence
from functools import reduce

from sharing.errors import MarkingError
from sharing.markings.marking import US, Marking
from sharing.markings.register import Register

__all__ = ["roll_up"]

_OPAQUE = Register()


def roll_up(markings: Iterable[Marking], register: Register = _OPAQUE) -> Marking:
    """Return the marking of a whole made of portions.

    The register says which countries a tetragraph stands for; without one each stands for
    itself alone. Raises MarkingError when there is no portion: nothing has no marking.
    """
    portions = tuple(dict.fromkeys(markings))
    if not portions:
        raise MarkingError("there is no portion to roll up: mark at least one")
    level = max(marking.classification for marking in portions)
    taking_part = [marking for marking in portions if not marking.is_unrestricted]
    lists = [marking.releasable_to for marking in taking_part if marking.releasable_to]
    if any(marking.noforn for marking in taking_part):
        return Marking(level, noforn=True)
    if not lists:
        return Marking(level)
    if len(lists) < len(taking_part):
        return Marking(level, noforn=True)
    common = _common(lists, register)
    return Marking(level, common) if common else Marking(level, noforn=True)


def _common(lists: Sequence[tuple[str, ...]], register: Register) -> tuple[str, ...]:
    """Return the codes that all lists admit, none when that is USA alone.

    A tetragraph that stands in every list is kept as it is, the rest is spelled out.
    """
    kept = reduce(frozenset.intersection, map(frozenset, lists))
    atoms = reduce(frozenset.intersection, map(register.atoms, lists))
    codes = kept | (atoms - register.atoms(kept - {US}))
    return tuple(codes | {US}) if codes - {US} else ()
