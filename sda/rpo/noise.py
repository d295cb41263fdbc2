"""Measure the noise of a series that also holds what is looked for.

Differences of element sets have heavy tails (kurtosis 190 to 3,900), so that no mean and no
variance says anything. All is counted in medians, of windows that slide along the series.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["medians", "running_quantile", "running_sigma"]

Floats = NDArray[np.float64]

_PER_HALF: Final = 8
_NORMAL: Final = 1.4826
"""Standard deviation of normal values with a median absolute deviation of one."""


def running_quantile(values: Floats, half: int, share: float) -> Floats:
    """Return a quantile `(n,)` of the values `(n,)` around each, `half` on either side.

    At the ends the series is reflected; one that is no longer than half a window has one quantile.
    It is taken at every eighth of half a window and interpolated between: it moves slowly.
    """
    n = len(values)
    if n <= half:
        rank = round(share * (n - 1))
        return np.full(n, np.partition(values, rank)[rank])
    half = min(half, (n - 1) // 2)
    padded = np.pad(values, half, mode="reflect")
    rank = round(share * 2 * half)
    step = max(1, half // _PER_HALF)
    places = np.append(np.arange(0, n - 1, step), n - 1)
    windows = sliding_window_view(padded, 2 * half + 1)[places]
    found: Floats = np.partition(windows, rank, axis=1)[:, rank]
    return found if step == 1 else np.interp(np.arange(n), places, found)


def running_sigma(values: Floats, half: int) -> Floats:
    """Return the standard deviation `(n,)` of normal values, of mean zero, with such a median."""
    return running_quantile(np.abs(values), half, 0.5) * _NORMAL


def medians(levels: Floats, size: int) -> tuple[Floats, Floats]:
    """Return medians `(n,)` of the levels `(n,)` that end at each, and of those that begin there.

    At the ends there are fewer than `size` of them.
    """
    n = len(levels)
    size = min(size, n)
    if size <= 1:
        return levels, levels
    inner = np.median(sliding_window_view(levels, size), axis=1)
    starts = [_median(levels[: k + 1].tolist()) for k in range(size - 1)]
    ends = [_median(levels[k:].tolist()) for k in range(n - size + 1, n)]
    return np.concatenate([starts, inner]), np.concatenate([inner, ends])


def _median(values: list[float]) -> float:
    """Return the median of a few values, without the cost of an array."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
