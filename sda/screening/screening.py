"""Ask for a screening, and hold its answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sda.errors import ScreeningError
from sda.model import CloseApproach, ElementSet
from sda.orbit.propagation import Propagator, reason_of
from sda.screening.config import ScreeningConfig
from sda.screening.lifetimes import FAILURE_TOLERANCE_S
from sda.screening.proximity import find_approaches
from sda.screening.refinement import Spans
from sda.screening.rows import Rows
from sda.times import add_seconds, julian_grid, require_utc

__all__ = [
    "Screening",
    "Unpropagated",
    "Window",
    "conclude",
    "prepare",
    "screening_of",
    "unpropagated",
]

_JUMPS = "the path jumps further than escape speed allows: the element set is not an orbit"


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is screened."""

    start: datetime
    length_s: float

    @property
    def end(self) -> datetime:
        """Return the end, to the microsecond."""
        return add_seconds(self.start, self.length_s)


@dataclass(frozen=True, slots=True)
class Unpropagated:
    """An object that takes no part in the window, or only a part of it.

    `since` is None when its element set cannot be started from, else the time at which SGP4
    first fails for it.
    """

    element_set: ElementSet
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Screening:
    """Every close approach in a window, and every object that could not be followed."""

    start: datetime
    end: datetime
    threshold_km: float
    n_objects: int
    approaches: tuple[CloseApproach, ...]
    unusable: tuple[Unpropagated, ...]


def prepare(
    elements: Sequence[ElementSet], start: datetime, hours: float, threshold_km: float
) -> tuple[Window, Propagator]:
    """Check what is asked and set up SGP4, elements sorted by catalogue number.

    Raises ScreeningError for a window or threshold that is not positive and finite, and for two
    sets of one object.
    """
    for name, value in (("hours", hours), ("threshold", threshold_km)):
        if not (math.isfinite(value) and value > 0):
            raise ScreeningError(f"the {name} must be a positive number, not {value}")
    ordered = sorted(elements, key=lambda element_set: element_set.norad_id)
    for one, other in pairwise(ordered):
        if one.norad_id == other.norad_id:
            raise ScreeningError(
                f"object {one.norad_id} has two element sets: choose one, the newest as a rule"
            )
    start = require_utc(start)
    length_s = timedelta(hours=hours).total_seconds()
    if length_s <= 0:
        raise ScreeningError(f"the window of {hours} hours is shorter than a microsecond")
    return Window(start, length_s), Propagator(ordered)


def conclude(
    propagator: Propagator,
    window: Window,
    spans: Spans,
    until_s: NDArray[np.float64],
    threshold_km: float,
    config: ScreeningConfig,
) -> Rows:
    """Decide the candidates of a search.

    `spans` hold every time at which a pair is within the threshold, or within coincident_km where
    that is more, but for fast passages that the search has decided itself; `until_s` `(n,)` is how
    long each object can be propagated, infinite where SGP4 does not fail within the window.
    """
    ends_s = np.minimum(until_s, window.length_s)
    return find_approaches(propagator, window.start, ends_s, spans, threshold_km, config)


def screening_of(
    propagator: Propagator,
    window: Window,
    threshold_km: float,
    rows: Rows,
    until_s: NDArray[np.float64],
) -> Screening:
    """Return a search's answer as values."""
    return Screening(
        start=window.start,
        end=window.end,
        threshold_km=threshold_km,
        n_objects=len(propagator) + len(propagator.unusable),
        approaches=rows[rows.order()].approaches(propagator.elements, window.start),
        unusable=unpropagated(propagator, window, until_s),
    )


def unpropagated(
    propagator: Propagator, window: Window, until_s: NDArray[np.float64]
) -> tuple[Unpropagated, ...]:
    """Return the objects that take no part in the window, or in a part of it only."""
    never = (Unpropagated(u.element_set, u.reason, None) for u in propagator.unusable)
    unusable = (*never, *_failed(propagator, window, until_s))
    return tuple(sorted(unusable, key=lambda u: u.element_set.norad_id))


def _failed(
    propagator: Propagator, window: Window, until_s: NDArray[np.float64]
) -> list[Unpropagated]:
    """Return the objects that SGP4 gives up within the window."""
    failed = []
    for i in np.flatnonzero(np.isfinite(until_s)):
        probes_s = until_s[i] + np.array([0.0, 2 * FAILURE_TOLERANCE_S])
        codes, _, _ = propagator.at(np.array([i, i]), *julian_grid(window.start, probes_s))
        reason = reason_of(int(codes.max())) if codes.any() else _JUMPS
        since = add_seconds(window.start, until_s[i])
        failed.append(Unpropagated(propagator.elements[i], reason, since))
    return failed
