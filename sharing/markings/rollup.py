"""Roll portions up into the marking of the whole: never less restrictive than any of them.

The whole is a US document. Under the IC profile its disclosure marking is what all portions allow,
list by list: REL TO the countries that all release to, DISPLAY ONLY those that all at least show
to, RELIDO if all carry it; else NOFORN. A portion without one is read by default (caveated, old or
FGI: NOFORN; else RELIDO), and where no portion has any, the whole has none. Of unclassified
portions without one the uncaveated take no part. The sources conflict on those with a caveat,
U//FISA: here they take part under the IC profile, as in ODNI's own roll-up, and not under the DoD
one. The DoD profile makes the plain level, not NOFORN, of lists with nothing in common and of
uncaveated portions without one; not so of an unclassified document, whose plain level would open it
to everybody. The sources conflict on SBU in a classified document, too: ODNI's roll-up keeps it,
though ISM-ID-00037 would not, and here it stays, for it takes nothing away.

Every step is told with its paragraph (`profiles`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.controls import (
    DISCLOSURE,
    NON_IC_NOFORN,
    UNWRITTEN,
    US,
    non_ic_order,
    owner_order,
)
from sharing.markings.disclosure import Disclosure, Stance, stance_of, together
from sharing.markings.handling import join_channels
from sharing.markings.marking import CONCEALED, Classification, Marking
from sharing.markings.profiles import Profile, Step, step
from sharing.markings.register import Register

__all__ = ["RolledUp", "explain_roll_up", "roll_up"]

_OPAQUE: Final = Register()


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The marking of a whole, and the steps that led to it."""

    marking: Marking
    steps: tuple[Step, ...]


def roll_up(
    markings: Iterable[Marking], register: Register = _OPAQUE, profile: Profile = Profile.IC
) -> Marking:
    """Return the marking of a whole made of portions.

    The register says which countries a tetragraph stands for; without one each stands for itself
    alone. Raises MarkingError when there is no portion: nothing has no marking.
    """
    return explain_roll_up(markings, register, profile).marking


def explain_roll_up(
    markings: Iterable[Marking], register: Register = _OPAQUE, profile: Profile = Profile.IC
) -> RolledUp:
    """Return the marking of a whole made of portions, and why it is that.

    Raises MarkingError when there is no portion: nothing has no marking.
    """
    portions = tuple(dict.fromkeys(markings))
    if not portions:
        raise MarkingError("there is no portion to roll up: mark at least one")
    steps: list[Step] = []

    def say(rule: str, text: str) -> None:
        steps.append(step(rule, profile, text))

    level = _level(portions)
    say("level", level.word)
    if any(portion.classification is Classification.R for portion in portions):
        say("restricted", "foreign RESTRICTED counts as CONFIDENTIAL")
    fgi_open, fgi_protected = _fgi(portions)
    if any(not portion.is_us_owned for portion in portions):
        say("foreign-to-fgi", "foreign-owned portions are FGI in a US document")
    if fgi_protected:
        say("fgi-concealed", "a concealed source: FGI without names")
    elif fgi_open:
        say("fgi", f"FGI {' '.join(fgi_open)}")
    sci = _union(portion.sci for portion in portions)
    nato_controls = _union(portion.nato_controls for portion in portions)
    if sci or nato_controls:
        say("sci", " ".join((*sci, *nato_controls)))
    non_ic, bears_noforn = _non_ic(portions, level)
    caveats = _caveats(portions, level, non_ic)
    if caveats:
        say("controls", " ".join(caveats))
    if "FOUO" in _all_controls(portions) and "FOUO" not in caveats:
        say("fouo", "FOUO drops: something else protects the document")
    if "OC-USGOV" in _all_controls(portions) and "OC-USGOV" not in caveats:
        say("oc-usgov", "not all ORCON portions are ORCON-USGOV: ORCON alone")
    others = {token for portion in portions for token in portion.non_ic}
    if "SBU" in non_ic and level > Classification.U:
        say("non-ic-classified", "SBU stays, though the classification protects the document")
    if {"ND", "XD"} <= others:
        say("nodis", "NODIS takes the place of EXDIS")
    if non_ic:
        say("non-ic", " ".join(non_ic))
    if any(portion.cui for portion in portions):
        say("cui", "controlled unclassified information in it")
    second_line = _union(portion.second_line for portion in portions)
    if second_line:
        say("second-line", " ".join(second_line))
    if bears_noforn:
        say("non-ic-noforn", "SBU-NF or LES-NF beside others: NOFORN of its own")
    disclosure = _disclosure(portions, level, caveats, bears_noforn, register, profile)
    say(disclosure.rule, disclosure.text)
    whole = Marking(
        classification=level,
        dissemination=(*caveats, *disclosure.tokens),
        releasable_to=disclosure.releasable_to,
        display_only_to=disclosure.display_only_to,
        sci=sci,
        nato_controls=nato_controls,
        fgi_open=fgi_open,
        fgi_protected=fgi_protected,
        non_ic=non_ic,
        cui_basic=_union(portion.cui_basic for portion in portions),
        cui_specified=_union(portion.cui_specified for portion in portions),
        cui=any(portion.cui for portion in portions),
        second_line=second_line,
        channels=join_channels(portion.channels for portion in portions),
        approximate=any(portion.approximate for portion in portions),
    )
    return RolledUp(whole, tuple(steps))


def _level(portions: Sequence[Marking]) -> Classification:
    level = max(portion.classification for portion in portions)
    return Classification.C if level is Classification.R else level


def _fgi(portions: Sequence[Marking]) -> tuple[tuple[str, ...], bool]:
    """Return the named foreign sources, none when any is concealed, and whether any is."""
    sources = {code for portion in portions for code in (*portion.fgi_open, *portion.owners)}
    concealed = {CONCEALED, "UNKNOWN"} & sources
    if concealed or any(portion.fgi_protected for portion in portions):
        return (), True
    return tuple(sorted(sources - {US}, key=owner_order)), False


def _caveats(
    portions: Sequence[Marking], level: Classification, non_ic: Sequence[str]
) -> tuple[str, ...]:
    """Return the dissemination controls of the whole that say nothing of disclosure."""
    found = _all_controls(portions) - DISCLOSURE
    ordered = [portion.dissemination for portion in portions if "OC" in portion.dissemination]
    if not all("OC-USGOV" in tokens for tokens in ordered):
        found -= {"OC-USGOV"}
    if level > Classification.U or found - {"FOUO", UNWRITTEN} or non_ic:
        found -= {"FOUO"}
    return tuple(sorted(found))


def _non_ic(portions: Sequence[Marking], level: Classification) -> tuple[tuple[str, ...], bool]:
    """Return the non-IC controls of the whole, and whether they leave a NOFORN of its own."""
    found = {token for portion in portions for token in portion.non_ic}
    if "ND" in found:
        found -= {"XD"}
    carried = found & NON_IC_NOFORN.keys()
    beside = DISCLOSURE & _all_controls(portions)
    apart = bool(carried) and (level > Classification.U or bool(beside))
    if apart:
        found = (found - carried) | {NON_IC_NOFORN[token] for token in carried}
    for token in carried - ({*carried} if apart else set()):
        found -= {NON_IC_NOFORN[token]}
    return tuple(sorted(found, key=non_ic_order)), apart


def _disclosure(
    portions: Sequence[Marking],
    level: Classification,
    caveats: Sequence[str],
    bears_noforn: bool,
    register: Register,
    profile: Profile,
) -> Disclosure:
    taking_part = [portion for portion in portions if _takes_part(portion, profile)]
    marked = any(DISCLOSURE & {*portion.dissemination} for portion in portions)
    if not marked and not bears_noforn:
        return Disclosure("none", "no portion has a disclosure marking, so the whole has none")
    stances = [stance_of(portion, profile) for portion in taking_part]
    if bears_noforn:
        stances.append(Stance(noforn=True))
    classified = level > Classification.U
    return together(stances, classified, "OC" in caveats, register, profile)


def _takes_part(portion: Marking, profile: Profile) -> bool:
    """Return whether a portion has a say in whom the whole is disclosed to."""
    if portion.classification > Classification.U or DISCLOSURE & {*portion.dissemination}:
        return True
    return profile is Profile.IC and bool(portion.dissemination or portion.non_ic)


def _all_controls(portions: Sequence[Marking]) -> set[str]:
    return {token for portion in portions for token in portion.dissemination}


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({token for one in lists for token in one}))
