"""Choose the format of an answer by `?format=`, or by the Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from starlette.requests import Request

from sda.ccsds import CdmFormat
from sharing.api.problems import ProblemError

__all__ = ["CDM", "FEED", "FeedFormat", "Offer", "accepted"]


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
    """The formats of an answer, the default first, and the type of each."""

    media: Mapping[_Format, str]

    def choose(self, asked: _Format | None, request: Request) -> _Format:
        """Return the format of `?format=`, else the best of the Accept header, else the default.

        Of each format the most particular range counts, `text/csv` before `text/*` before `*/*`;
        of those that are wanted alike the one that is named first, then the first of ours. Raises
        ProblemError (406) when the header names nothing that there is.
        """
        if asked is not None:
            return asked
        ranges = _ranges(accepted(request))
        if not ranges:
            return next(iter(self.media))
        ranked = [(_wanted(media, ranges), form) for form, media in self.media.items()]
        (quality, _), best = max(ranked, key=lambda one: one[0])
        if quality <= 0:
            offered = ", ".join(self.media.values())
            raise ProblemError(406, f"no such format: accept one of {offered}")
        return best


def accepted(request: Request) -> str:
    """Return what a request accepts: its headers Accept as one (RFC 9110, 5.3)."""
    return ", ".join(request.headers.getlist("accept"))


FEED: Final = Offer(
    {
        FeedFormat.JSON: "application/json",
        FeedFormat.CSV: "text/csv",
        # None of these has a type of its own that is registered.
        FeedFormat.SPACETRACK: "application/vnd.tearline.spacetrack+json",
        FeedFormat.UDL: "application/vnd.tearline.udl+json",
        FeedFormat.CZML: "application/vnd.tearline.czml+json",
    }
)
CDM: Final = Offer(
    {
        CdmFormat.KVN: "text/plain",
        CdmFormat.XML: "application/xml",
        CdmFormat.JSON: "application/json",
    }
)


def _ranges(accept: str) -> dict[str, tuple[float, int]]:
    """Return how much each range is wanted, and how late it is named, as a negative number."""
    found: dict[str, tuple[float, int]] = {}
    for n, part in enumerate(accept.split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            found.setdefault(name, (_quality(parameters), -n))
    return found


def _quality(parameters: Iterable[str]) -> float:
    """Return the weight among the parameters of a range, 1 without one; of no sense: 0."""
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter[2:])
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0


def _wanted(media: str, ranges: Mapping[str, tuple[float, int]]) -> tuple[float, int]:
    for name in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0, 0
