"""What may be asked of a feed, and what that means for the partner that asks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request

from sda.errors import TimeError
from sda.times import parse_utc
from sharing.feeds.filters import Filter, Likelihood
from sharing.registry import Partner, Registry
from sharing.release.grids import coarse_from

__all__ = ["FilterQuery", "next_link"]

_MOST_OBJECTS: Final = 100
_LARGEST_NUMBER: Final = 999_999_999
"""Of a catalogue number: nine digits, as OMM allows."""


def _time(given: object) -> datetime:
    if not isinstance(given, str):
        raise TimeError("write 2026-11-02T00:00:00Z")
    try:
        return parse_utc(given)
    except OverflowError:
        raise TimeError(f"{given!r} is no time in UTC: write 2026-11-02T00:00:00Z") from None


_Time = Annotated[datetime, BeforeValidator(_time)]
_Object = Annotated[int, Field(ge=1, le=_LARGEST_NUMBER)]


class FilterQuery(BaseModel):
    """Filters of a feed; anything else is refused, not overlooked.

    Retracted and closed items have no facts: filters other than `kind` let them all by.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str | None, Field(pattern="^[a-z-]{1,32}$")] = Field(
        None,
        description="Only items of this kind: crossing, proximity, coincident, edge, rpo (an "
        "operation), or undisclosed where you may know no more.",
        examples=["crossing"],
    )
    object: Annotated[list[_Object], Field(max_length=_MOST_OBJECTS)] = Field(
        [],
        description="Only items with this catalogue number; repeat for more.",
        examples=[[25544, 48274]],
    )
    own: bool = Field(
        False,
        description="Only items with an object in which you hold a stake, or that your feed names.",
        examples=[True],
    )
    since: _Time | None = Field(
        None,
        description="Only items whose time, as released to you, is not before this one.",
        examples=["2026-11-01T00:00:00Z"],
    )
    until: _Time | None = Field(
        None,
        description="Only items whose time, as released to you, is before this one.",
        examples=["2026-11-02T00:00:00Z"],
    )
    min_probability: float | None = Field(
        None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Only items whose probability or max_probability, as released to you, is this "
        "or more; of a coarse value its lower edge counts. Items with neither are left out.",
        examples=[1e-6],
    )

    def filter(self, partner: Partner, registry: Registry) -> Filter:
        """Return what is asked for by this partner."""
        return Filter(
            kind=self.kind,
            objects=tuple(self.object) or None,
            own=_own(partner, registry) if self.own else None,
            since=self.since,
            until=self.until,
            likelihood=self._likelihood(registry),
        )

    def _likelihood(self, registry: Registry) -> Likelihood | None:
        least = self.min_probability
        if least is None:
            return None
        return Likelihood(
            least,
            tuple(
                (name, coarse_from(name, least, registry.rules))
                for name in ("max_probability", "probability")
            ),
        )


def next_link(request: Request, cursor: str) -> Mapping[str, str]:
    """Return the header that links to the page after a cursor, with the same filters.

    The reference is relative, so that it holds behind a proxy too (RFC 8288; RFC 3986, 5.2).
    """
    kept = [one for one in request.query_params.multi_items() if one[0] != "after"]
    return {"Link": f'<?{urlencode([*kept, ("after", cursor)])}>; rel="next"'}


def _own(partner: Partner, registry: Registry) -> tuple[int, ...]:
    held = (
        asset.norad_id
        for asset in registry.assets.values()
        if any(equity.nation in partner.codes for equity in asset.equities)
    )
    return tuple(sorted({*held, *partner.feed.objects}))
