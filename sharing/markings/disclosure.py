"""What portions, taken together, let be released or shown abroad.

Each portion has a stance: the list that it releases to, the list that it may be shown to (which
release implies), whether a disclosure official may release it (RELIDO), or nothing (NOFORN). The
whole has what all have, so its marking takes no heed of order or grouping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Final

from sharing.markings.controls import DISCLOSURE, US
from sharing.markings.marking import Marking
from sharing.markings.profiles import Profile
from sharing.markings.register import Register

__all__ = ["RELIDO_SINCE", "Disclosure", "Stance", "stance_of", "together"]

RELIDO_SINCE: Final = date(2010, 6, 28)
"""From then on an uncaveated portion without a disclosure marking counts as RELIDO, before as
NOFORN (IC Markings Register and Manual 2016, B.3)."""


@dataclass(frozen=True, slots=True)
class Stance:
    """What one portion lets be disclosed; the codes are those of its lists, USA left out."""

    noforn: bool = False
    released: frozenset[str] | None = None
    """None has no REL TO or EYES ONLY."""
    shown: frozenset[str] | None = None
    """None has no DISPLAY ONLY."""
    unlisted: bool = False
    """Whether DISPLAY ONLY stands without its list, which is illegal (ISM-ID-00213)."""
    relido: bool = False
    eyes: bool = False
    default: bool = False
    """Whether it is not marked, so that this is the default."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The disclosure marking of a whole, and the rule that it follows."""

    rule: str
    text: str
    tokens: tuple[str, ...] = ()
    releasable_to: tuple[str, ...] | None = None
    display_only_to: tuple[str, ...] | None = None


def stance_of(portion: Marking, profile: Profile = Profile.IC) -> Stance:
    """Return what a portion lets be disclosed, by its marking or by default."""
    tokens = {*portion.dissemination}
    if "NF" in tokens:
        return Stance(noforn=True)
    if tokens & DISCLOSURE:
        lists = bool(tokens & {"REL", "EYES"})
        return Stance(
            released=frozenset(portion.releasable_to or ()) - {US} if lists else None,
            shown=frozenset(portion.display_only_to or ()) - {US}
            if "DISPLAYONLY" in tokens
            else None,
            unlisted="DISPLAYONLY" in tokens and portion.display_only_to is None,
            relido="RELIDO" in tokens,
            eyes="EYES" in tokens,
        )
    old = portion.created is not None and portion.created < RELIDO_SINCE
    caveated = bool(tokens or portion.non_ic or portion.cui)
    foreign = portion.fgi_open or portion.fgi_protected or not portion.is_us_owned
    if profile is Profile.DOD:
        # 9.m and 4.b(3): foreign information is not made NOFORN. A date is the IC's own matter.
        return Stance(noforn=caveated, relido=not caveated, default=True)
    closed = old or caveated or bool(foreign)
    return Stance(noforn=closed, relido=not closed, default=True)


def together(
    stances: Sequence[Stance],
    classified: bool,
    with_orcon: bool,
    register: Register,
    profile: Profile,
) -> Disclosure:
    """Return what all stances allow; at least one must be given."""
    closed = [stance for stance in stances if stance.noforn]
    if any(not stance.default for stance in closed):
        return _noforn("noforn", "a portion is NOFORN")
    if closed:
        text = "a portion without a disclosure marking is caveated, old or foreign: NOFORN"
        return _noforn("noforn-default", text)
    # The plain level of an unclassified document would open it to everybody.
    leaves_plain = profile is Profile.DOD and classified
    if leaves_plain and not any(one.relido and not one.default for one in stances):
        return _plain_or_common(stances, register)
    return _in_common(stances, with_orcon, register, profile)


def _in_common(
    stances: Sequence[Stance], with_orcon: bool, register: Register, profile: Profile
) -> Disclosure:
    """Follow the IC profile, and the DoD one where RELIDO tells of national intelligence."""
    released = _released(stances, register)
    shown = _shown(stances, released, register, profile)
    relido = all(stance.relido for stance in stances) and not shown
    tokens = _tokens(stances, released, shown)
    if relido and with_orcon:
        relido = False
        if not tokens:
            return _noforn("relido-orcon", "RELIDO may not stand with the ORCON of the whole")
    if not tokens and relido:
        if any(stance.default for stance in stances):
            text = "every portion is RELIDO, one without a marking by default"
            return Disclosure("relido-default", text, ("RELIDO",))
        return Disclosure("relido", "every portion is RELIDO", ("RELIDO",))
    if not tokens and _is_unlisted(stances):
        text = "all portions release or show, one without a list: DISPLAY ONLY, to nobody"
        return Disclosure("display-unlisted", text, ("DISPLAYONLY",))
    if not tokens:
        return _noforn(*_lost(stances))
    return _listed(stances, released, shown, (*tokens, *(("RELIDO",) if relido else ())))


def _plain_or_common(stances: Sequence[Stance], register: Register) -> Disclosure:
    """Follow the DoD profile: what is not common to all leaves the plain level."""
    if any(stance.default for stance in stances):
        return Disclosure("rel-unmarked", "a portion has no list: the plain level")
    released = _released(stances, register)
    shown = _shown(stances, released, register, Profile.DOD)
    tokens = _tokens(stances, released, shown)
    if not tokens:
        rule = "rel-none" if all(one.shown is None for one in stances) else "display-none"
        return Disclosure(rule, "nothing is common to all portions: the plain level")
    return _listed(stances, released, shown, tokens)


def _listed(
    stances: Sequence[Stance],
    released: frozenset[str],
    shown: frozenset[str],
    tokens: tuple[str, ...],
) -> Disclosure:
    rule = "display" if shown else "eyes" if "EYES" in tokens else "rel"
    texts = [f"release to {' '.join(sorted(released))}"] if released else []
    texts += [f"show to {' '.join(sorted(shown))}"] if shown else []
    return Disclosure(
        rule,
        f"all portions {' and '.join(texts)}",
        tokens,
        (US, *released) if released else None,
        tuple(shown) if shown else None,
    )


def _released(stances: Sequence[Stance], register: Register) -> frozenset[str]:
    lists = [stance.released for stance in stances if stance.released is not None]
    return _common(lists, register) if len(lists) == len(stances) else frozenset()


def _shown(
    stances: Sequence[Stance], released: frozenset[str], register: Register, profile: Profile
) -> frozenset[str]:
    """Return whom all portions may be shown to beyond those that they are released to.

    Under the DoD profile nobody, unless all portions carry the same lists (10.e(4), (6)).
    """
    if profile is Profile.DOD and len({(one.released, one.shown) for one in stances}) > 1:
        return frozenset()
    lists = [(stance.released or frozenset()) | (stance.shown or frozenset()) for stance in stances]
    given = register.atoms(released)
    return frozenset(
        code for code in _common(lists, register) if not register.atoms((code,)) - {US} <= given
    )


def _common(lists: Sequence[frozenset[str]], register: Register) -> frozenset[str]:
    """Return the codes that all lists admit; a tetragraph in every list stays as it is."""
    kept = reduce(frozenset.intersection, lists)
    atoms = reduce(frozenset.intersection, (register.atoms(codes) for codes in lists))
    return kept | (atoms - register.atoms(kept) - {US})


def _tokens(
    stances: Sequence[Stance], released: frozenset[str], shown: frozenset[str]
) -> tuple[str, ...]:
    listed = "EYES" if all(stance.eyes for stance in stances) else "REL"
    return ((listed,) if released else ()) + (("DISPLAYONLY",) if shown else ())


def _is_unlisted(stances: Sequence[Stance]) -> bool:
    """Return whether a missing list alone keeps what all portions show from having one."""
    listed = all(one.released is not None or one.shown is not None for one in stances)
    return listed and any(one.unlisted for one in stances)


def _lost(stances: Sequence[Stance]) -> tuple[str, str]:
    """Return why nothing is left."""
    if any(stance.default for stance in stances):
        return "rel-unmarked", "marked and unmarked portions are mixed: NOFORN"
    if any(stance.relido for stance in stances):
        return "relido-lost", "RELIDO beside other disclosure markings: NOFORN"
    if any(stance.shown is not None for stance in stances):
        return "display-none", "nobody is on the lists of all portions: NOFORN"
    return "rel-none", "no country is on the lists of all portions: NOFORN"


def _noforn(rule: str, text: str) -> Disclosure:
    return Disclosure(rule, text, ("NF",))
