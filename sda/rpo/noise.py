"""Measure the noise of a series that also holds what is looked for.

Differences of element sets have heavy tails (kurtosis 190 to 3,900), so that no mean and no
variance says anything. All is counted in quantiles, of windows that slide along the series.
"""

from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import erfinv

__all__ = ["medians", "running_quantile", "running_sigma"]

Floats = NDArray[np.float64]


def running_quantile(values: Floats, half: int, share: float) -> Floats:
    """Return a quantile `(n,)` of the values `(n,)` around each, `half` on either side.

    At the ends the series is reflected; a short one has a shorter window.
    """
    n = len(values)
    half = min(half, (n - 1) // 2)
    if half <= 0:
        return values.copy()
    padded = np.pad(values, half, mode="reflect")
    rank = round(share * 2 * half)
    windows = sliding_window_view(padded, 2 * half + 1)
    found: Floats = np.partition(windows, rank, axis=1)[:, rank]
    return found


def running_sigma(values: Floats, half: int, share: float) -> Floats:
    """Return the standard deviation `(n,)` that normal values of mean zero would have.

    It is that of which this share of the values around each lies within the quantile: one half
    for the median absolute deviation.
    """
    return running_quantile(np.abs(values), half, share) / (sqrt(2) * float(erfinv(share)))


def medians(levels: Floats, size: int) -> tuple[Floats, Floats]:
    """Return medians `(n,)` of the levels `(n,)` that end at each, and of those that begin there.

    At the ends there are fewer than `size` of them.
    """
    if size == 1:
        return levels, levels
    n = len(levels)
    size = min(size, n)
    inner = np.median(sliding_window_view(levels, size), axis=1)
    starts = [float(np.median(levels[: k + 1])) for k in range(size - 1)]
    ends = [float(np.median(levels[k:])) for k in range(n - size + 1, n)]
    return np.concatenate([starts, inner]), np.concatenate([inner, ends])
