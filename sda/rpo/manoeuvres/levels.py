"""Turn the element sets of one object into the series in which manoeuvres leave steps.

In low orbit the mean motion that a set publishes is the sharpest witness: it is fitted to what was
observed, while SGP4's forecast from the set before also holds that set's error in drag. In deep
space Sun, Moon and resonance move the semi-major axis, and neighbours are compared where SGP4
has taken both of them. So are the planes, everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.orbit.differences import neighbour_differences
from sda.times import require_utc

__all__ = ["Levels", "levels_of"]

Floats = NDArray[np.float64]

_DEEP_SPACE_REV_DAY: Final = 1440 / 225
"""SGP4 reckons with Sun, Moon and resonance from a period of 225 minutes."""
_MIN_GAP_DAYS: Final = 0.02
"""A set that is followed so soon was issued again; the later one knows more."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The sets of one object, by rising epoch, and their elements as series `(n,)`."""

    sets: tuple[ElementSet, ...]
    days: Floats
    """Epochs, days since 1970-01-01."""
    axis_m: Floats
    """Semi-major axes that the mean motions belong to."""
    energy_m: Floats
    """Semi-major axes without what nature does to them, from any zero."""
    tilt_m: Floats
    """Inclinations without what nature does to them, times the semi-major axis, from any zero."""
    is_deep: bool

    @property
    def speed_m_s(self) -> Floats:
        """Circular speeds `(n,)` at the semi-major axes."""
        speeds: Floats = np.sqrt(MU_KM3_S2 / (self.axis_m / 1e3)) * 1e3
        return speeds


def levels_of(track: Sequence[ElementSet]) -> Levels:
    """Return the series of an object's sets in any order, without those SGP4 cannot start from."""
    propagator = Propagator(_distinct(track))
    sets = propagator.elements
    days = np.array([one.epoch.timestamp() for one in sets]) / SECONDS_PER_DAY
    motion_rev_day = np.array([one.mean_motion_rev_day for one in sets])
    axis_m = 1e3 * np.cbrt(MU_KM3_S2 / (motion_rev_day * 2 * np.pi / SECONDS_PER_DAY) ** 2)
    if not sets:
        return Levels((), days, axis_m, axis_m, axis_m, False)
    deep = float(np.median(motion_rev_day)) < _DEEP_SPACE_REV_DAY
    differences = neighbour_differences(propagator)
    return Levels(
        sets=sets,
        days=days,
        axis_m=axis_m,
        energy_m=_summed(differences.semi_major_km * 1e3) if deep else axis_m,
        tilt_m=_summed(differences.tilt_rad * axis_m[:-1]),
        is_deep=deep,
    )


def _distinct(track: Sequence[ElementSet]) -> list[ElementSet]:
    """Return the sets by epoch, of those close together the last."""
    ordered = sorted(track, key=lambda one: require_utc(one.epoch))
    return [
        one
        for one, later in zip_longest(ordered, ordered[1:])
        if later is None
        or (later.epoch - one.epoch).total_seconds() >= _MIN_GAP_DAYS * SECONDS_PER_DAY
    ]


def _summed(moves: Floats) -> Floats:
    """Return the series `(n,)` of which these are the moves; a move not known is none."""
    return np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(moves), moves, 0.0))])
