"""The second line of a banner: how its readers handle what it heads, whoever they are.

    SECRET//NOFORN|HANDLE VIA ALPHA CHANNELS ONLY/SOURCE SELECTION SENSITIVE

ODNI ISM.XML V2021-NOV, secondBannerLine and handleViaChannels. A portion never shows it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.refusals import refusal_of, unsupported

__all__ = ["join_channels", "read_line", "require_line", "write_line"]

_VIA: Final = "HVCO"
_LINES: Final = {
    "ACPI": "ATTORNEY-CLIENT PRIVILEGED INFO",
    "AWP": "ATTORNEY WORK PRODUCT",
    "CUSPI": "CONTENTS INCLUDE US PERSON INFORMATION",
    "DPPD": "DELIBERATIVE PROCESS PRIVILEGED DOCUMENT",
    _VIA: "HANDLE VIA {} CHANNELS ONLY",
    "SSS": "SOURCE SELECTION SENSITIVE",
}
_TOKENS: Final = {text: token for token, text in _LINES.items()}
_HANDLED: Final = re.compile(r"HANDLE VIA (.+) CHANNELS ONLY")
_CHANNELS: Final = re.compile(r"[\w,&. -]+", re.ASCII)
_AND: Final = " AND "
_SPECIAL: Final = "SPECIAL ACCESS"


def require_line(tokens: Iterable[str], channels: str) -> tuple[tuple[str, ...], str]:
    """Return the tokens of a second line in their order, and the channels of HVCO.

    Raises MarkingError for a token that is not known, for HVCO without channels or channels without
    it, and for those of special access, HVSACO.
    """
    found, via = tuple(sorted(set(tokens))), " ".join(channels.split())
    for token in found:
        if token not in _LINES:
            raise refusal_of(token, ": it is no second line")
    if _VIA in found and not _CHANNELS.fullmatch(via):
        raise MarkingError(f"handleViaChannels {via!r} names no channels: HVCO needs some")
    if _SPECIAL in via:
        raise unsupported("SAP", _LINES[_VIA].format(via))
    if via and _VIA not in found:
        raise MarkingError(f"handleViaChannels {via!r} without HVCO: add it to secondBannerLine")
    return found, via


def write_line(tokens: Sequence[str], channels: str) -> str:
    """Return a second line as it stands behind a banner, `|` included; none is empty."""
    written = "/".join(_LINES[token].format(channels) for token in tokens)
    return f"|{written}" if written else ""


def read_line(text: str) -> tuple[tuple[str, ...], str]:
    """Read what stands behind the `|` of a banner: its tokens, and the channels of HVCO.

    Raises MarkingError for what is not known, or stands twice.
    """
    tokens: list[str] = []
    channels = ""
    for item in (one.strip() for one in text.split("/")):
        if via := _HANDLED.fullmatch(item):
            channels = via[1]
        token = _VIA if via else _TOKENS.get(item, item)
        if token in tokens:
            raise MarkingError(f"{item!r} stands twice: keep one")
        tokens.append(token)
    return tuple(tokens), channels


def join_channels(channels: Iterable[str]) -> str:
    """Return the channels of several portions as those of their whole."""
    return _AND.join(sorted({one for text in channels if text for one in text.split(_AND)}))
