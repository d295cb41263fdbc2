"""Make values coarse on fixed grids, the same for everybody; never with noise.

Fresh noise averages out over revisions and over members of a coalition. A fixed grid says the
same thing however often and by however many it is asked.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sda.times import format_utc, parse_utc
from sharing.registry import ReleaseRules
from sharing.release.facts import FACTS, Coarse
from sharing.release.solutions import Scalar

__all__ = ["coarse_from", "coarse_value", "has_coarse_form", "time_on_grid"]

_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1 << 17)
def time_on_grid(time: datetime, grid_min: int) -> datetime:
    """Return the start of the grid interval that a time lies in."""
    return time - (time - _ORIGIN) % timedelta(minutes=grid_min)


def has_coarse_form(fact: str, rules: ReleaseRules) -> bool:
    """Return whether anything of a fact is left where only coarse values may be seen."""
    kind = FACTS.get(fact)
    if kind is None or kind.coarse is Coarse.NOTHING:
        return False
    return kind.coarse is not Coarse.GRID or any(grid.fact == fact for grid in rules.grids)


def coarse_value(fact: str, value: Scalar, rules: ReleaseRules) -> Scalar:
    """Return a value on the grid of its fact: `<5` below the edge 5, `>=25` above the last.

    A longitude becomes its cell, `130 to 140`, the second not in it. Raises ValueError for a value
    that its grid cannot place.
    """
    coarse = FACTS[fact].coarse
    if coarse is Coarse.SAME:
        return value
    if coarse is Coarse.TIME and isinstance(value, str):
        return format_utc(time_on_grid(parse_utc(value), rules.time_grid_min))
    if coarse is Coarse.LONGITUDE:
        return _longitude_cell(fact, value, rules.longitude_grid_deg)
    edges = next((grid.edges for grid in rules.grids if grid.fact == fact), ())
    if isinstance(value, bool) or not isinstance(value, int | float) or not (edges and value >= 0):
        raise ValueError(f"{fact} {value!r} has no place on its grid")
    index = bisect_right(edges, value)
    return f"<{edges[index]:g}" if index < len(edges) else f">={edges[-1]:g}"


def coarse_from(fact: str, least: float, rules: ReleaseRules) -> tuple[str, ...]:
    """Return the coarse values of a fact whose lower edge is not below a number."""
    edges = next((grid.edges for grid in rules.grids if grid.fact == fact), ())
    below = [(low, f"<{edge:g}") for low, edge in zip((0.0, *edges), edges, strict=False)]
    above = [(edge, f">={edge:g}") for edge in edges[-1:]]
    return tuple(text for low, text in (*below, *above) if low >= least)


def _longitude_cell(fact: str, value: Scalar, width_deg: int) -> str:
    """Return the cell of the circle that a longitude lies in; 180 is -180."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -180 <= value <= 180:
        raise ValueError(f"{fact} {value!r} has no place on its grid")
    west = int(value // width_deg) * width_deg if value < 180 else -180
    return f"{west} to {west + width_deg}"
