"""Look for outliers where tracks are dense enough to tell them from manoeuvres.

`outliers` knows the noise of each track, and takes its time. Only tracks are given to it in which
some set is far out at first sight, which is seen in all tracks at once.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.model import ElementSet
from sda.orbit import regime_of
from sda.rpo.history.changes import MeanElements
from sda.rpo.history.outliers import OutlierConfig, outliers

__all__ = ["dense_outliers"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_MOST: Final = 2
"""Outliers on end, as in `outliers`."""
_SURE: Final = 0.7
"""Of the least jump: drift is taken off here by the mean of the track."""
_LEFT: Final = 0.6
"""Of the smaller jump, at least `OutlierConfig.ratio` and room for the drift."""


def dense_outliers(
    elements: Sequence[ElementSet], of: MeanElements, max_days: float, config: OutlierConfig
) -> Bools:
    """Return which sets `(n,)`, by number and epoch, are outliers.

    The sets on either side are at most so many days apart, for over longer spans a satellite may
    go elsewhere and return. And they have the same orbit: where it is another one in any element,
    the set between may be of the transfer.
    """
    found = np.zeros(len(elements), np.bool_)
    if not len(elements):
        return found
    begins = np.flatnonzero(np.diff(of.norad_id, prepend=-1))
    ends = np.append(begins[1:], len(elements))
    sizes = ends - begins
    track_of = np.repeat(np.arange(len(begins)), sizes)
    regimes = [regime_of(elements[k]) for k in ((begins + ends) // 2).tolist()]
    levels = [
        (level, config.sigma * np.array([floor[one] for one in regimes])[track_of])
        for level, floor in (
            (of.axis_km, config.semi_major_km),
            (np.degrees(of.inclination_rad), config.inclination_deg),
            (of.eccentricity, config.eccentricity),
        )
    ]
    for k in np.unique(track_of[_far_out(of, begins, sizes, levels, max_days)]).tolist():
        out = outliers(elements[begins[k] : ends[k]], config)
        found[begins[k] + np.array(out, np.intp)] = True
    places, kept = np.flatnonzero(found), np.flatnonzero(~found)
    after = np.searchsorted(kept, places)
    # The first and the last set of a track are never out, so that both neighbours are of it.
    before, after = kept[after - 1], kept[after]
    real = of.epoch_days[after] - of.epoch_days[before] > max_days
    for level, least in levels:
        real |= np.abs(level[after] - level[before]) > least[before]
    found[places[real]] = False
    return found


def _far_out(
    of: MeanElements,
    begins: Indices,
    sizes: Indices,
    levels: Sequence[tuple[Floats, Floats]],
    max_days: float,
) -> Indices:
    """Return the places of sets that jump out and back; `levels` are elements and least jumps."""
    suspects: list[Indices] = []
    for level, least in levels:
        drift = np.repeat(
            (level[begins + sizes - 1] - level[begins]) / np.maximum(sizes - 1, 1), sizes
        )
        for run in range(1, _MOST + 1):
            k = np.flatnonzero(of.norad_id[run + 1 :] == of.norad_id[: -run - 1])
            there = level[k + 1] - level[k] - drift[k]
            back = level[k + run + 1] - level[k + run] - drift[k]
            smaller = np.minimum(np.abs(there), np.abs(back))
            out = (there * back < 0) & (smaller > _SURE * least[k])
            out &= np.abs(level[k + run + 1] - level[k]) < _LEFT * smaller
            out &= of.epoch_days[k + run + 1] - of.epoch_days[k] <= run * max_days
            suspects.append(k[out] + 1)
    return np.unique(np.concatenate(suspects))
