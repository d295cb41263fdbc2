"""Tell what a file of a feed is and how it is marked, whatever its format."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

__all__ = ["Contents", "contents_of"]

_BANNERS: Final = ("banner", "classificationMarking", "CLASSIFICATION", "MARKING")
"""Names under which formats carry a banner."""
_LINE: Final = re.compile(
    r"(?:MARKING|CLASSIFICATION)\s*[:=]\s*([^\r\n<]+?)\s*(?:\r|\n|<|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file."""

    what: str
    items: int | None
    """None where the format does not say."""
    markings: tuple[str, ...]
    """The marking of the whole where it has one, else those of its items; each once, sorted."""
    exercise: bool


def contents_of(content: bytes) -> Contents:
    """Return what a content is; one that cannot be read is `unknown`, with no marking."""
    text = content.decode("utf-8", errors="replace")
    exercise = "EXERCISE" in text or '"exercise":true' in text.replace(" ", "")
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _of_text(text, exercise)
    if not isinstance(document, dict | list):
        return Contents("unknown", None, (), exercise)
    items = document.get("items") if isinstance(document, dict) else document
    whole = _banner(document)
    found = {whole} if whole else {*_banners(document)}
    if isinstance(items, list):
        return Contents("page", len(items), tuple(sorted(found)), exercise)
    what = "item" if "facts" in document else "JSON"
    return Contents(what, 1 if what == "item" else None, tuple(sorted(found)), exercise)


def _of_text(text: str, exercise: bool) -> Contents:
    first = text.partition("\n")[0].rstrip("\r").split(",")
    if "MARKING" in first:
        rows = list(csv.DictReader(StringIO(text, newline="")))
        banners = {str(row["MARKING"]) for row in rows if row["MARKING"]}
        return Contents("page", len(rows), tuple(sorted(banners)), exercise)
    banners = {found.group(1) for found in _LINE.finditer(text)}
    return Contents("message" if banners else "unknown", None, tuple(sorted(banners)), exercise)


def _banner(document: Any) -> str | None:
    """Return the marking that a document gives to the whole of itself."""
    if not isinstance(document, dict):
        return None
    marking = document.get("marking")
    if isinstance(marking, dict) and isinstance(marking.get("banner"), str):
        return str(marking["banner"])
    return next((document[name] for name in _BANNERS if isinstance(document.get(name), str)), None)


def _banners(document: Any) -> Iterator[str]:
    """Yield the markings of all that has one in a document, the outermost of each alone."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if (banner := _banner(one)) is not None:
            yield banner
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
