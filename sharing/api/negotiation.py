"""Choose the format of an answer."""

from enum import StrEnum

from sharing.api.problems import ProblemError

__all__ = ["FeedFormat", "choose_format"]


class FeedFormat(StrEnum):
    """Formats of a feed."""

    JSON = "json"
    CSV = "csv"


_TYPES = {"application/json": FeedFormat.JSON, "text/csv": FeedFormat.CSV}
_RANGES = {"*/*": FeedFormat.JSON, "application/*": FeedFormat.JSON, "text/*": FeedFormat.CSV}


def choose_format(asked: FeedFormat | None, accept: str | None) -> FeedFormat:
    """Return the format of `?format=`, else the best of the Accept header, else JSON.

    Raises ProblemError (406) when the header names nothing that there is.
    """
    if asked is not None:
        return asked
    if not accept:
        return FeedFormat.JSON
    ranked = sorted((_preference(part) for part in accept.split(",")), key=lambda one: -one[0])
    for quality, name in ranked:
        chosen = _TYPES.get(name) or _RANGES.get(name)
        if chosen is not None and quality > 0:
            return chosen
    raise ProblemError(406, f"no such format: accept one of {', '.join(_TYPES)}")


def _preference(part: str) -> tuple[float, str]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:]), name
            except ValueError:
                return 0.0, name
    return 1.0, name
