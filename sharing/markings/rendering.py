"""Write markings as banners and portions.

    US      CLASS//SCI//FGI//CUI//DISSEM//OTHER     // between categories, / between items
    JOINT   //JOINT SECRET GBR USA//REL TO USA, GBR
    foreign //DEU SECRET                            NATO: //NATO SECRET, //COSMIC TOP SECRET
    CUI     CUI//SP-AIV/LEI//NOFORN                 no level where nothing but CUI's own stands
    second  SECRET//NOFORN|SOURCE SELECTION SENSITIVE               behind a banner alone

IC Markings Register and Manual 2016, D.1 and H.1 to H.9; ODNI ISM.XML V2021-NOV for what it leaves
open (SCI compartments, CUI among classified, NATO's bodies).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sharing.markings.controls import (
    DISSEMINATION,
    NON_IC,
    UNWRITTEN,
    US,
    in_order_of_cui,
)
from sharing.markings.handling import write_line

if TYPE_CHECKING:
    from sharing.markings.marking import Marking

__all__ = ["NATO_BODIES", "banner_of", "portion_of", "spelled"]

NATO_BODIES: Final = {"ISAF": "I", "EAPC": "E", "PfP": "P"}
"""Bodies of NATO that a portion shortens, //NIR for //NATO ISAF RESTRICTED, each to its letter."""


def banner_of(marking: "Marking") -> str:
    """Return a marking as a banner."""
    return _text(marking, True, None) + write_line(marking.second_line, marking.channels)


def portion_of(marking: "Marking", whole: "Marking | None" = None) -> str:
    """Return a marking as a portion without parentheses.

    With the marking of the whole, a REL TO that is the whole's is shortened to REL.
    """
    return _text(marking, False, whole)


def spelled(code: str) -> str:
    """Return a code as it is written, NATO:PfP as `NATO PfP`."""
    return code.replace("_", " ").replace(":", " ") if code.startswith("NATO:") else code


def _text(marking: "Marking", banner: bool, whole: "Marking | None") -> str:
    categories = (
        _head(marking, banner),
        _sci(marking.sci, marking.nato_controls),
        _fgi(marking),
        *_cui(marking),
        _dissemination(marking, banner, whole),
        _non_ic(marking.non_ic, banner),
    )
    return "//".join(category for category in categories if category is not None)


def _head(marking: "Marking", banner: bool) -> str:
    level = marking.classification.word if banner else marking.classification.name
    owners = " ".join(spelled(owner) for owner in marking.owners)
    if marking.is_pure_cui:
        return "CUI"
    if marking.joint:
        return f"//JOINT {level} {owners}"
    if marking.is_us_owned:
        return level
    if marking.fgi_protected or "UNKNOWN" in marking.fgi_open:
        return f"//FGI {level}"
    if marking.owners == ("NATO",) and marking.classification.name == "TS":
        return "//COSMIC TOP SECRET" if banner else "//CTS"
    if marking.owners == ("NATO",) and not banner:
        return f"//N{level}"
    body = NATO_BODIES.get(marking.owners[0].removeprefix("NATO:"))
    if body and len(marking.owners) == 1 and not banner:
        return f"//N{body}{level}"
    return f"//{owners} {level}"


def _sci(tokens: Sequence[str], nato_controls: Sequence[str]) -> str | None:
    """Write systems with `/`, compartments with `-`, sub-compartments with a space."""
    systems: dict[str, dict[str, list[str]]] = {}
    for token in tokens:
        system, compartment, sub = (*token.split("-"), "", "")[:3]
        compartments = systems.setdefault(system, {})
        if compartment:
            subs = compartments.setdefault(compartment, [])
            subs += [sub] if sub else []
    items = [
        "-".join([system, *(" ".join([name, *subs]) for name, subs in compartments.items())])
        for system, compartments in systems.items()
    ]
    return "/".join([*items, *nato_controls]) or None


def _fgi(marking: "Marking") -> str | None:
    """Write named sources, or a bare FGI where any is concealed; a foreign owner is no source."""
    if US not in marking.owners:
        sources = [one for one in marking.fgi_open if one not in (*marking.owners, "UNKNOWN")]
        return f"FGI {' '.join(map(spelled, sources))}" if sources else None
    if marking.fgi_protected or "UNKNOWN" in marking.fgi_open:
        return "FGI"
    if not marking.fgi_open:
        return None
    return f"FGI {' '.join(map(spelled, marking.fgi_open))}"


def _cui(marking: "Marking") -> tuple[str | None, str | None]:
    names = [*(f"SP-{name}" for name in marking.cui_specified), *marking.cui_basic]
    word = "CUI" if marking.cui and not marking.is_pure_cui else None
    return word, "/".join(names) or None


def _dissemination(marking: "Marking", banner: bool, whole: "Marking | None") -> str | None:
    tokens: Iterable[str] = marking.dissemination
    if marking.is_pure_cui:
        tokens = in_order_of_cui(tokens)
    # ORCON-USGOV says ORCON already.
    written = [one for one in tokens if one != "OC" or "OC-USGOV" not in marking.dissemination]
    written = [one for one in written if one != UNWRITTEN]
    return "/".join(_item(token, marking, banner, whole) for token in written) or None


def _item(control: str, marking: "Marking", banner: bool, whole: "Marking | None") -> str:
    released = [spelled(code) for code in marking.releasable_to or ()]
    if control in ("REL", "EYES") and released:
        if _is_of_whole(control, marking, whole):
            return control
        if control == "EYES":
            return f"{'/'.join(released)} EYES ONLY"
        nato = banner and marking.owners == ("NATO",)
        return f"{'RELEASABLE' if nato else 'REL'} TO {', '.join(released)}"
    if control == "DISPLAYONLY" and marking.display_only_to:
        return f"DISPLAY ONLY {', '.join(map(spelled, marking.display_only_to))}"
    if control == "DISPLAYONLY":
        return "DISPLAY ONLY"
    return DISSEMINATION[control] if banner and control not in ("REL", "EYES") else control


def _is_of_whole(control: str, marking: "Marking", whole: "Marking | None") -> bool:
    """Return whether a control and its list are those of the whole, so that it says both alone."""
    if whole is None or control not in whole.dissemination:
        return False
    return whole.releasable_to == marking.releasable_to


def _non_ic(tokens: Sequence[str], banner: bool) -> str | None:
    items = []
    for token in tokens:
        if not token.startswith("ACCM-"):
            items.append(NON_IC[token] if banner else token)
            continue
        nickname = token.removeprefix("ACCM-").replace("_", " ")
        first = not any(one.startswith("ACCM-") for one in items)
        items.append(f"ACCM-{nickname}" if first else nickname)
    return "/".join(items) or None
