"""Tell from their names which objects belong together.

A name of the public catalogue is words and a serial: `STARLINK-1008`, `O3B FM5`,
`SHIJIAN-17 (SJ-17)`. No list of families is kept: what stands before the serial is the family,
and the names themselves show which shorter and which other names mean the same.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from sda.rpo.context.config import FamilyConfig

__all__ = ["families_of", "second_name"]

_Words = tuple[str, ...]

_BRACKETED: Final = re.compile(r"[\[(]([^\])]*)[\])]?")
_BREAK: Final = re.compile(r"[\s_\-]+")
_DIGITS: Final = re.compile(r"\d+")
_SERIAL: Final = re.compile(r"[A-Z]*\d+[A-Z]{0,2}")
"""`17`, `FM5`, `01A`; words such as O3B, whose letters go on, are caught by their place: first."""
_TYPES: Final = frozenset({"DEB", "R/B", "AKM", "PKM"})
_NAMELESS: Final = re.compile(r"\d{4}-\d{3}|OBJECT\b|TBA\b|UNKNOWN\b")
"""Names given before there is one: `2024-092D`, `OBJECT B`, `TBA - TO BE ASSIGNED`."""


def families_of(names: Iterable[str], config: FamilyConfig) -> Mapping[str, str]:
    """Return the family of each name, empty for a name that says none.

    The stem is what stands before the serial. A longer stem joins the shortest that begins it
    and has several members (`O3B MPOWER` joins `O3B`). A second name in brackets with the same
    serial means the same (in `SHIJIAN-17 (SJ-17)` SHIJIAN is SJ), one with another serial does not
    (`NAVSTAR 43 (USA 132)`); of the two the more frequent is the family.
    """
    parsed = {name: _parse(name.upper(), config.no_family) for name in set(names)}
    # Sorted, so that ties between equally frequent stems fall the same in every process.
    stems = Counter(stem for _, (stem, serial, _) in sorted(parsed.items()) if stem and serial)
    known = {stem for stem, n in stems.items() if n >= config.min_members}
    same = {stem: _shortest(stem, known) for stem in {stem for stem, _, _ in parsed.values()}}
    members = Counter[_Words]()
    for stem, n in stems.items():
        members[same[stem]] += n
    seconds = Counter(
        (same[stem], _shortest(other, known)) for stem, _, other in parsed.values() if other
    )
    roots = _joined([pair for pair, n in seconds.items() if n >= config.min_seconds], members)
    return {
        name: " ".join(roots.get(same[stem], same[stem])) for name, (stem, _, _) in parsed.items()
    }


def second_name(name: str, config: FamilyConfig) -> str:
    """Return the stem of a name's second name: GLONASS of `COSMOS 2584 (GLONASS)`, else nothing."""
    found = _BRACKETED.search(name.upper())
    return " ".join(_split(found.group(1), config.no_family)[0]) if found else ""


def _parse(name: str, no_family: frozenset[str]) -> tuple[_Words, tuple[int, ...], _Words]:
    """Return stem, numbers of the serial, and the stem of a second name with the same numbers."""
    second = _BRACKETED.search(name)
    name = _BRACKETED.sub(" ", name).strip()
    stem, serial = _split(name, no_family)
    if second and serial:
        other, numbers = _split(second.group(1), no_family)
        if numbers == serial and stem and other != stem:
            return stem, serial, other
    return stem, serial, ()


def _split(name: str, no_family: frozenset[str]) -> tuple[_Words, tuple[int, ...]]:
    if _NAMELESS.match(name):
        return (), ()
    words = [word for word in _BREAK.split(name) if word and word not in no_family]
    stem: list[str] = []
    for k, word in enumerate(words):
        if word in _TYPES or (k and len(word) == 1):
            break
        if _SERIAL.fullmatch(word):
            if k == 0 and (letters := word.rstrip("0123456789")) and not _DIGITS.search(letters):
                stem.append(letters)
            elif k == 0 and not word.isdigit():
                stem.append(word)
                k += 1
            break
        stem.append(word)
    else:
        k = len(words)
    numbers = tuple(int(digits) for digits in _DIGITS.findall(" ".join(words[k:])))
    # A lone letter is no family: `H-2A R/B`.
    return (tuple(stem) if len("".join(stem)) > 1 else ()), numbers


def _shortest(stem: _Words, known: Container[_Words]) -> _Words:
    return next((stem[:k] for k in range(1, len(stem)) if stem[:k] in known), stem)


def _joined(
    aliases: Iterable[tuple[_Words, _Words]], members: Mapping[_Words, int]
) -> Mapping[_Words, _Words]:
    """Return for each stem that has another name the most frequent of its names."""
    groups: dict[_Words, set[_Words]] = {}
    for pair in sorted(aliases):
        group = set[_Words]().union(*(groups.get(stem, {stem}) for stem in pair))
        groups.update(dict.fromkeys(group, group))
    return {stem: _most_frequent(sorted(group), members) for stem, group in groups.items()}


def _most_frequent(stems: Sequence[_Words], members: Mapping[_Words, int]) -> _Words:
    return max(stems, key=lambda stem: members.get(stem, 0))
