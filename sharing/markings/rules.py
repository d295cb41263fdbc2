"""The hard rules of ISM: what may not stand together, by the number of each rule.

ODNI ISM.XML V2021-NOV. Rules on a marking alone are kept when text is read; those on a whole and
its portions, and on the age of a code, are asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.controls import DISCLOSURE, NON_IC_NOFORN, US
from sharing.markings.marking import Classification, Marking
from sharing.markings.profiles import Profile
from sharing.markings.refusals import ILLEGAL
from sharing.markings.register import Register

__all__ = [
    "UNWRITABLE",
    "Violation",
    "of_portion",
    "of_register",
    "of_whole",
    "require_legal",
    "violations",
]

_TRIGRAPH_LETTERS: Final = 3
UNWRITABLE: Final = frozenset({"ISM-ID-00031", "ISM-ID-00032", "ISM-ID-00168", "ISM-ID-00213"})
"""Rules without which a marking cannot be written at all, or only without one of its lists."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a marking breaks, with what to do."""

    rule: str
    text: str


def require_legal(marking: Marking) -> None:
    """Raise MarkingError that names the first rule a marking breaks."""
    for violation in violations(marking):
        raise MarkingError(f"{violation.text} ({violation.rule})", ILLEGAL)


def violations(marking: Marking) -> tuple[Violation, ...]:
    """Return the rules that a marking breaks by itself."""
    return tuple(
        Violation(rule, text)
        for rule, text in (
            *_exclusive(marking),
            *_lists(marking),
            *_owned(marking),
        )
    )


def _exclusive(marking: Marking) -> Iterable[tuple[str, str]]:
    tokens = {*marking.dissemination}
    if len(found := tokens & {"REL", "EYES", "NF"}) > 1:
        words = " and ".join(_words(found))
        yield "ISM-ID-00033", f"{words} exclude one another: keep one"
    if len(found := tokens & {"DISPLAYONLY", "RELIDO", "NF"}) > 1:
        words = " and ".join(_words(found))
        yield "ISM-ID-00169", f"{words} exclude one another: keep one"
    if {"OC", "RELIDO"} <= tokens:
        yield "ISM-ID-00325", "ORCON excludes RELIDO: keep one"
    if "OC-USGOV" in tokens and "OC" not in tokens:
        yield "ISM-ID-00302", "ORCON-USGOV needs ORCON: add it"
    if (own := NON_IC_NOFORN.keys() & {*marking.non_ic}) and (beside := tokens & DISCLOSURE):
        words = " and ".join(_words(beside))
        yield (
            "ISM-ID-00372",
            f"{min(own)} never stands beside {words}: write {min(own)[:-3]} and NF",
        )


def _lists(marking: Marking) -> Iterable[tuple[str, str]]:
    tokens = {*marking.dissemination}
    released = tokens & {"REL", "EYES"}
    if released and marking.releasable_to is None:
        yield "ISM-ID-00031", f"{' and '.join(_words(released))} without a list: name the countries"
    if marking.releasable_to is not None and not released:
        yield "ISM-ID-00032", "releasableTo without REL or EYES: add the control"
    if "DISPLAYONLY" in tokens and marking.display_only_to is None:
        yield "ISM-ID-00213", "DISPLAY ONLY without a list: name the countries"
    if marking.display_only_to is not None and "DISPLAYONLY" not in tokens:
        yield "ISM-ID-00168", "displayOnlyTo without DISPLAYONLY: add the control"


def _owned(marking: Marking) -> Iterable[tuple[str, str]]:
    codes = marking.releasable_to
    # A foreign owner's own release is not written by the rules of US documents.
    if codes and US in marking.owners:
        if US not in codes:
            yield "ISM-ID-00214", f"REL TO {', '.join(codes)} lacks USA: put it first"
        elif len(codes) == 1:
            yield "ISM-ID-00319", "REL TO USA alone is illegal: name another, or write NF"
    if marking.joint and US not in marking.owners:
        yield "ISM-ID-00383", f"JOINT of {' '.join(marking.owners)} lacks USA: leave JOINT out"
    if marking.joint:
        known = all(len(code) == _TRIGRAPH_LETTERS for code in codes or ())
        if known and (lacking := {*marking.owners} - {*(codes or ())}):
            owners = ", ".join(sorted(lacking))
            yield "ISM-ID-00377", f"the owners of JOINT are within REL TO: add {owners}"


def of_portion(marking: Marking, profile: Profile = Profile.IC) -> tuple[Violation, ...]:
    """Return what is wrong with a portion under a profile, beside the marking alone.

    IC: a classified portion says who may have it. DoD: NOFORN on foreign information is a misuse
    that may be challenged (Vol. 1 Encl. 4, 22), so over-classification shows by itself.
    """
    disclosed = marking.noforn or bool(DISCLOSURE & {*marking.dissemination})
    if profile is Profile.IC and not disclosed and marking.classification > Classification.U:
        text = "a classified portion says DISPLAY ONLY, REL TO, RELIDO, EYES or NOFORN: add one"
        return (Violation("ISM-ID-00119", text),)
    foreign = marking.fgi_open or marking.fgi_protected or not marking.is_us_owned
    if profile is Profile.DOD and marking.noforn and foreign:
        nato = marking.owners == ("NATO",) or marking.fgi_open == ("NATO",)
        paragraph = "4.b(3)" if nato else "9.m"
        text = f"NOFORN on {'NATO' if nato else 'foreign government'} information: leave it out"
        return (Violation(f"DoDM 5200.01 Vol. 2 Encl. 4, {paragraph}", text),)
    return ()


def of_register(marking: Marking, register: Register, day: date) -> tuple[Violation, ...]:
    """Return codes of REL TO that are deprecated on a day (00199) or will be (00198, a warning)."""
    return tuple(
        Violation(
            "ISM-ID-00199" if since <= day else "ISM-ID-00198",
            f"{code} is deprecated from {since} on: name its countries",
        )
        for code in marking.releasable_to or ()
        if (since := register.deprecated.get(code)) is not None
    )


_COMPILED: Final = {
    Classification.TS: "ISM-ID-00108",
    Classification.S: "ISM-ID-00109",
    Classification.C: "ISM-ID-00110",
}


def of_whole(
    whole: Marking, portions: Iterable[Marking], compilation_reason: str = ""
) -> tuple[Violation, ...]:
    """Return whether a banner's level occurs in no portion and no compilation explains it."""
    rule = _COMPILED.get(whole.classification)
    levels = {portion.classification for portion in portions}
    if rule is None or compilation_reason or whole.classification in levels:
        return ()
    text = f"no portion is {whole.classification.word}: lower the banner, or give the reason"
    return (Violation(rule, text),)


def _words(tokens: Iterable[str]) -> list[str]:
    spelled = {"NF": "NOFORN", "REL": "REL TO", "EYES": "EYES ONLY", "DISPLAYONLY": "DISPLAY ONLY"}
    return sorted(spelled.get(token, token) for token in tokens)
