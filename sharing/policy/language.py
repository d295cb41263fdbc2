"""Tell what policies can tell apart: the words, numbers and attributes that they speak of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Language", "language_of"]

_CONTAINMENT: Final = frozenset({"contains", "containsAll", "containsAny"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "neg"})
_LOGICAL: Final = frozenset({"&&", "||", "!", "if-then-else"})


@dataclass(frozen=True, slots=True)
class Language:
    """What occurs in policies. Two values that none of it tells apart are decided alike."""

    words: frozenset[str] = frozenset()
    """Literals and ids of entities."""
    numbers: frozenset[int] = frozenset()
    attributes: frozenset[str] = frozenset()
    """Names of attributes."""
    enclosing: frozenset[str] = frozenset()
    """Those among them that are only asked whether they contain elements of other sets."""
    linked: frozenset[frozenset[str]] = frozenset()
    """Names that occur together in one comparison; what of others is alike says nothing of them."""
    has_patterns: bool = False
    """Whether strings are compared by `like`, and so by what is in them."""
    has_arithmetic: bool = False
    """Whether numbers are computed with, and so matter by more than their order."""

    def __or__(self, other: "Language") -> "Language":
        """Return what either speaks of."""
        return Language(
            self.words | other.words,
            self.numbers | other.numbers,
            self.attributes | other.attributes,
            (self.enclosing - other._counted) | (other.enclosing - self._counted),
            self.linked | other.linked,
            self.has_patterns or other.has_patterns,
            self.has_arithmetic or other.has_arithmetic,
        )

    def families(self) -> tuple[frozenset[str], ...]:
        """Return the attributes, those together that are compared by way of one another."""
        found: list[frozenset[str]] = []
        for names in (*self.linked, *(frozenset({name}) for name in self.attributes)):
            apart = [one for one in found if one.isdisjoint(names)]
            found = [*apart, names.union(*(one for one in found if one not in apart))]
        return tuple(sorted(found, key=sorted))

    @property
    def _counted(self) -> frozenset[str]:
        return self.attributes - self.enclosing


def language_of(document: Mapping[str, Any]) -> Language:
    """Return the language of policies in Cedar's JSON, annotations left out."""
    found = list(_walk(document))
    attributes = frozenset(str(value) for key, value in found if key == "attr")
    return Language(
        words=frozenset(
            value for key, value in found if key in ("Value", "id") and isinstance(value, str)
        ),
        numbers=frozenset(value for key, value in found if key == "Value" and type(value) is int),
        attributes=attributes,
        enclosing=attributes - frozenset(_counted(document)),
        linked=frozenset(
            linked
            for key, value in found
            if key == "conditions"
            for linked in _linked([one["body"] for one in value])
        ),
        has_patterns=any(key == "like" for key, _ in found),
        has_arithmetic=any(key in _ARITHMETIC for key, _ in found),
    )


def _walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value."""
    if isinstance(node, list):
        for one in node:
            yield from _walk(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key != "annotations":
                yield key, value
                yield from _walk(value)


def _linked(node: Any) -> Iterator[frozenset[str]]:
    """Yield the attributes of each expression that is more than others joined by logic."""
    if isinstance(node, list):
        for one in node:
            yield from _linked(one)
    elif node.keys() <= _LOGICAL:
        for value in node.values():
            yield from _linked([*value.values()])
    else:
        yield frozenset(str(value) for key, value in _walk(node) if key == "attr")


def _counted(node: Any) -> Iterator[str]:
    """Yield the attributes that are asked more than what of another set they contain."""
    if isinstance(node, list):
        for one in node:
            yield from _counted(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "annotations":
                continue
            if key in _CONTAINMENT and set(value["left"]) == {"."}:
                yield from _counted(value["right"])
                yield from _counted(value["left"]["."]["left"])
            elif key == "attr":
                yield str(value)
            else:
                yield from _counted(value)
