"""Read banners and portions back into markings.

What is not supported is refused by name, never dropped: a control that is not understood must not
vanish. What the hard rules of ISM forbid is refused with their number.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sharing.errors import MarkingError
from sharing.markings.controls import (
    CUI_LIMITED,
    DISSEMINATION,
    NATO_CONTROLS,
    NON_IC,
    UNWRITTEN,
    US,
    require_sci,
)
from sharing.markings.handling import read_line
from sharing.markings.marking import CONCEALED, Classification, Marking
from sharing.markings.refusals import UNREADABLE, refusal_of
from sharing.markings.rendering import NATO_BODIES
from sharing.markings.rules import require_legal

__all__ = ["parse"]

_LEVELS: Final = {
    **{level.word: level for level in Classification},
    **{level.name: level for level in Classification},
}
_ELSEWHERE: Final = ("REL", "EYES", UNWRITTEN)
"""Tokens that are never read by themselves: they have a list, or are not written."""
_CONTROLS: Final = {
    **{word: token for token, word in DISSEMINATION.items() if token not in _ELSEWHERE},
    **{token: token for token in DISSEMINATION if token not in (*_ELSEWHERE, "DISPLAYONLY")},
    "NOT RELEASABLE TO FOREIGN NATIONALS": "NF",
    "ORIGINATOR CONTROLLED": "OC",
    "FOR OFFICIAL USE ONLY": "FOUO",
    "ATTORNEY-CLIENT": "AC",
    "ATTORNEY-WP": "AWP",
    "DL ONLY": "DL_ONLY",
    "FED ONLY": "FED_ONLY",
}
_OTHERS: Final = {
    **{word: token for token, word in NON_IC.items()},
    **{token: token for token in NON_IC},
    "SBU-NOFORN": "SBU-NF",
    "LES-NOFORN": "LES-NF",
}
_RELEASED: Final = re.compile(r"(?:REL|RELEASABLE) TO (.+)")
_DISPLAYED: Final = re.compile(r"DISPLAY ONLY (.+)")
_EYES: Final = re.compile(r"\b(USA(?:/[A-Z][A-Z0-9_]+)*) EYES(?: ONLY)?(?=/|$)")
_NAMED_EYES: Final = re.compile(r"EYES ([A-Z0-9_+]+)")
_CUI_NAME: Final = re.compile(r"(SP-)?[A-Z][A-Z0-9_-]*")
_PRIVATE_BODIES: Final = ("PFP",)
"""Names of NATO bodies that a list of codes would else take for tetragraphs behind NATO."""
_ALSO_CUI: Final = ("PROPIN", "FISA", "SSI", "NNPI")
"""Controls whose word is a category of CUI, too."""
_SHORT: Final = 3
"""Letters of a level as portions have it: U, TS, NKC; written out each has more."""
_PLACES: Final = ("SCI", "FGI", "CUI", "CUI category", "dissemination", "non-IC")


def parse(text: str, whole: Marking | None = None) -> Marking:
    """Read a banner, `SECRET//REL TO USA, GBR`, or a portion, with or without parentheses.

    A portion that says REL alone has the list of the whole, which must then be given.
    Raises MarkingError that shows the text and names the category or the rule at fault.
    """
    try:
        marking = _read(text, whole)
        require_legal(marking)
    except MarkingError as error:
        raise MarkingError(f"{text!r}: {error}", error.code) from None
    return marking


def _read(text: str, whole: Marking | None) -> Marking:
    bare = text.strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1].strip()
    bare, bar, second = bare.partition("|")
    foreign = bare.startswith("//")
    head, *categories = bare.removeprefix("//").split("//")
    fields = _foreign_head(head.strip()) if foreign else _head(head.strip())
    is_cui, place = "cui" in fields, -1
    is_short = len(head.split()[-1]) <= _SHORT
    for left, category in enumerate((one.strip() for one in categories), 1 - len(categories)):
        # What is CUI alone begins with CUI, so behind a level the last words are controls; but for
        # a word behind a short level: there a control has its token.
        may_be_cui = is_cui or left < 0 or (is_short and _is_spelt_out(category))
        name, found = _category(category, fields, whole, may_be_cui)
        if _PLACES.index(name) <= place:
            raise MarkingError(f"{category!r} stands twice or out of its place")
        place = _PLACES.index(name)
        fields.update(found)
    if bar:
        fields["second_line"], fields["channels"] = read_line(second)
    return Marking(**fields)


def _head(text: str) -> dict[str, Any]:
    if text == "CUI" or text == "CONTROLLED UNCLASSIFIED INFORMATION":
        return {"classification": Classification.U, "cui": True}
    level = _LEVELS.get(text)
    if level is None:
        raise refusal_of(text, "; begin with U, C, S, TS or a word")
    return {"classification": level}


def _foreign_head(text: str) -> dict[str, Any]:
    """Read JOINT, NATO and foreign ownership: owners and level in one."""
    if text.startswith("JOINT "):
        for word, level in _LEVELS.items():
            if text.startswith(f"JOINT {word} "):
                owners = _spaced(text.removeprefix(f"JOINT {word} "))
                return {"classification": level, "owners": owners, "joint": True}
        raise MarkingError(f"{text!r}: write JOINT, the level, and the owners from A to Z")
    if text in ("CTS", "COSMIC TOP SECRET"):
        return {"classification": Classification.TS, "owners": ("NATO",)}
    if short := re.fullmatch(r"N([A-Z]?)(U|R|C|S|TS)", text):
        bodies = {letter: f"NATO:{name}" for name, letter in NATO_BODIES.items()}
        owner = bodies.get(short[1]) if short[1] else "NATO"
        if owner:
            return {"classification": _LEVELS[short[2]], "owners": (owner,)}
    for word in sorted(_LEVELS, key=len, reverse=True):
        if text.endswith(f" {word}"):
            owners = _spaced(text.removesuffix(f" {word}"))
            fields = {"classification": _LEVELS[word], "owners": owners}
            if owners == (CONCEALED,):
                fields["fgi_protected"] = True
            if US in owners:
                break
            return fields
    raise refusal_of(text, "; begin with an owner and a level, //DEU SECRET or //NS")


def _category(
    text: str, fields: dict[str, Any], whole: Marking | None, may_be_cui: bool
) -> tuple[str, dict[str, Any]]:
    """Return which category of the grammar a text is, and what it says.

    `may_be_cui` tells how to read words that are both controls and categories of CUI.
    """
    if text == "FGI" or text.startswith("FGI "):
        sources = _spaced(text.removeprefix("FGI").strip())
        concealed = not sources or CONCEALED in sources
        return "FGI", {"fgi_protected": concealed, "fgi_open": () if concealed else sources}
    if text == "CUI":
        return "CUI", {"cui": True}
    items = _items(text)
    if fields.get("cui") and "cui_basic" not in fields and _is_cui(items, may_be_cui):
        special = [item.removeprefix("SP-") for item in items if item.startswith("SP-")]
        basic = [item for item in items if not item.startswith("SP-")]
        return "CUI category", {"cui_basic": tuple(basic), "cui_specified": tuple(special)}
    if _is_dissemination(items[0]):
        return "dissemination", _dissemination(items, whole)
    if _is_non_ic(items[0]):
        return "non-IC", {"non_ic": _non_ic(items)}
    return "SCI", _sci(items)


def _items(text: str) -> list[str]:
    """Split at `/`, but not within USA/GBR EYES ONLY."""
    joined = _EYES.sub(lambda found: f"EYES {found[1].replace('/', '+')}", text)
    return [item.strip() for item in joined.split("/")]


def _is_dissemination(item: str) -> bool:
    starts = ("REL TO ", "RELEASABLE TO ", "DISPLAY ONLY", "EYES ")
    return item in _CONTROLS or item in ("REL", "EYES") or item.startswith(starts)


def _is_non_ic(item: str) -> bool:
    return item in _OTHERS or item.startswith("ACCM-")


def _is_spelt_out(text: str) -> bool:
    """Return whether a control among these is not written by its token."""
    return any(_CONTROLS.get(item, item) != item for item in _items(text))


def _is_cui(items: Sequence[str], may_be_cui: bool) -> bool:
    """Tell categories of CUI from the controls that may follow a bare CUI as well."""
    if not all(_CUI_NAME.fullmatch(item) for item in items):
        return False
    if all(_is_dissemination(item) or _is_non_ic(item) for item in items):
        return may_be_cui and all(item in _ALSO_CUI for item in items)
    return not any(
        _CONTROLS.get(item) in CUI_LIMITED or (_is_non_ic(item) and item not in _ALSO_CUI)
        for item in items
    )


def _dissemination(items: Sequence[str], whole: Marking | None) -> dict[str, Any]:
    tokens: list[str] = []
    fields: dict[str, Any] = {}
    for item in items:
        if found := _RELEASED.fullmatch(item):
            control, fields["releasable_to"] = "REL", _comma_list(found[1], item)
        elif found := _DISPLAYED.fullmatch(item):
            control, fields["display_only_to"] = "DISPLAYONLY", _comma_list(found[1], item)
        elif found := _NAMED_EYES.fullmatch(item):
            control, fields["releasable_to"] = "EYES", tuple(found[1].split("+"))
        elif item in ("REL", "EYES") and whole is not None and item in whole.dissemination:
            control, fields["releasable_to"] = item, whole.releasable_to
        elif item in ("REL", "EYES"):
            raise MarkingError(f"{item} without a list is the list of the banner: give the banner")
        elif item in _CONTROLS:
            control = _CONTROLS[item]
        else:
            raise refusal_of(item)
        if control in tokens:
            raise MarkingError(f"{item!r} stands twice: keep one")
        tokens.append(control)
    if "OC-USGOV" in tokens:
        tokens.append("OC")
    return {**fields, "dissemination": tuple(tokens)}


def _non_ic(items: Sequence[str]) -> tuple[str, ...]:
    tokens: list[str] = []
    for item in items:
        if item in _OTHERS:
            tokens.append(_OTHERS[item])
        elif item.startswith("ACCM-") or any(token.startswith("ACCM-") for token in tokens):
            tokens.append(f"ACCM-{item.removeprefix('ACCM-').replace(' ', '_')}")
        else:
            raise refusal_of(item)
    return tuple(tokens)


def _sci(items: Sequence[str]) -> dict[str, Any]:
    tokens: list[str] = []
    nato: list[str] = []
    for item in items:
        if item in NATO_CONTROLS:
            nato.append(item)
            continue
        system, *compartments = item.split("-")
        try:
            tokens.append(require_sci(system))
            for compartment in compartments:
                name, *subs = compartment.split()
                tokens.append(require_sci(f"{system}-{name}"))
                tokens += [require_sci(f"{system}-{name}-{sub}") for sub in subs]
        except ValueError:
            raise refusal_of(item) from None
    return {"sci": tuple(tokens), "nato_controls": tuple(nato)}


def _comma_list(text: str, item: str) -> tuple[str, ...]:
    codes = tuple(_code(one.strip().split()) for one in text.split(","))
    if len(set(codes)) != len(codes):
        raise MarkingError(f"a code stands twice in {item!r}: keep one")
    return codes


def _code(words: Sequence[str]) -> str:
    """Return a code from its words, NATO:PfP from `NATO PfP`."""
    if len(words) > 1 and words[0] == "NATO":
        return f"NATO:{'_'.join(words[1:])}"
    if len(words) != 1:
        raise MarkingError(
            f"{' '.join(words)!r} is no code: separate codes with commas", UNREADABLE
        )
    return words[0]


def _spaced(text: str) -> tuple[str, ...]:
    """Read codes with spaces between; a body of NATO stands behind NATO, before later codes."""
    codes: list[list[str]] = []
    for word in text.split():
        is_code = word.isupper() and word not in _PRIVATE_BODIES
        inside = codes and codes[-1][0] == "NATO"
        # Codes stand from A to Z, so one below NATO that follows it is no tetragraph of its own.
        if inside and (not is_code or word < "NATO" or len(codes[-1]) > 2):
            codes[-1].append(word)
        else:
            codes.append([word])
    return tuple(_code(words) for words in codes)
