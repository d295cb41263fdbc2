"""Choose the format of an answer by `?format=`, or by the Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from sda.ccsds import CdmFormat
from sharing.api.problems import ProblemError

__all__ = ["CDM", "FEED", "FeedFormat", "Offer"]


class FeedFormat(StrEnum):
    """Formats of a feed."""

    JSON = "json"
    CSV = "csv"
    SPACETRACK = "spacetrack"
    UDL = "udl"
    CZML = "czml"


_Format = TypeVar("_Format", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Offer(Generic[_Format]):
    """The formats of an answer, the default first, and what an Accept header may name them by."""

    media: Mapping[_Format, str]
    ranges: Mapping[str, _Format]
    """The format for types with an asterisk."""

    def choose(self, asked: _Format | None, accept: str | None) -> _Format:
        """Return the format of `?format=`, else the best of the Accept header, else the default.

        Raises ProblemError (406) when the header names nothing that there is.
        """
        if asked is not None:
            return asked
        if not accept:
            return next(iter(self.media))
        named = {media: one for one, media in self.media.items()} | dict(self.ranges)
        ranked = sorted((_preference(part) for part in accept.split(",")), key=lambda one: -one[0])
        for quality, name in ranked:
            if quality > 0 and name in named:
                return named[name]
        raise ProblemError(406, f"no such format: accept one of {', '.join(self.media.values())}")


FEED: Final = Offer(
    {
        FeedFormat.JSON: "application/json",
        FeedFormat.CSV: "text/csv",
        # None of these has a type of its own that is registered.
        FeedFormat.SPACETRACK: "application/vnd.tearline.spacetrack+json",
        FeedFormat.UDL: "application/vnd.tearline.udl+json",
        FeedFormat.CZML: "application/vnd.tearline.czml+json",
    },
    {"*/*": FeedFormat.JSON, "application/*": FeedFormat.JSON, "text/*": FeedFormat.CSV},
)
CDM: Final = Offer(
    {
        CdmFormat.KVN: "text/plain",
        CdmFormat.XML: "application/xml",
        CdmFormat.JSON: "application/json",
    },
    {"*/*": CdmFormat.KVN, "text/*": CdmFormat.KVN, "application/*": CdmFormat.XML},
)


def _preference(part: str) -> tuple[float, str]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:]), name
            except ValueError:
                return 0.0, name
    return 1.0, name
