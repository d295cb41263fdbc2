"""Find the steps that manoeuvres leave in a series of one orbital element.

A step is rarely sharp. Element sets are fitted to days of observations, ten and more in the
1990s, one today, and for so long the fit creeps from the old orbit to the new one. So sums over
windows of several lengths are held against what such sums come to where nothing happens, and a
step must last: the medians of some sets on either side must differ as well.

The constants below give the shape of the search. F1 over the operators' times of ten satellites
falls by 0.025 at most when one of them is halved or raised by half, but by 0.04 with two lasting
sets, which are too few (benchmarks/manoeuvres.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.rpo.noise import medians, running_quantile, running_sigma

__all__ = ["NO_DRAG", "DragConfig", "Step", "StepConfig", "find_steps"]

Floats = NDArray[np.float64]

_MIN_SETS: Final = 5
_WINDOWS: Final = (1, 2, 3, 5, 8)
"""Moves that are summed, for daily sets; more where there are more in a day."""
_DAILY_GAP_DAYS: Final = 0.75
_MEDIAN_SETS: Final = 3
_LASTING_SETS: Final = 5
_LAGS: Final = (1, 3, 6, 10)
"""Sets from the last before a step to the first after it."""
_SHORT_LAGS: Final = (1, 3)
_RATE_SETS: Final = 30
_NOISE_SETS: Final = 40
_CHANGE_NOISE_SETS: Final = 150
"""Sets on either side from which drift, noise of sums and noise of changes are taken."""
_SHARE_OF_MEAN: Final = 0.4
"""A move belongs to a sum if it has this share of what each would have, were they equal."""
_SHARE_OF_GREATEST: Final = 0.3
"""A move belongs to a change of medians if it has this share of the greatest near it."""
_GROWTH: Final = 0.2
_GROWTH_DAYS: Final = 6.0
"""A step begins so much earlier, as long as moves have this share of its mean rate."""
_PASSES: Final = 3
_WEAK: Final = 0.6
"""A step that falls short by no more than this is told of, and is no detection."""
_CONFIRMING_SETS: Final = 2
_UNCONFIRMED: Final = 0.9
"""What less sets on either side show may be an outlier: strength of a step until there are more."""
_MIN_RATE_DAYS: Final = 0.25
"""Sets nearer to each other than this say nothing about rates."""
_MIN_SETS_FOR_NOISE: Final = 30


class StepConfig(BaseModel):
    """From what on a change of one element is a step; config/rpo.toml gives reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    floor: float = Field(gt=0)
    pooled_floor: float = Field(gt=0)
    sum_sigma: float = Field(gt=0)
    median_sigma: float = Field(gt=0)
    lasting_sigma: float = Field(gt=0)

    def least_noise(self, n: int) -> float:
        """Return the least noise to assume of so many sets: of few, that of many objects."""
        return self.floor if n >= _MIN_SETS_FOR_NOISE else self.pooled_floor


class DragConfig(BaseModel):
    """What changes of the semi-major axis drag makes by itself, in units of its mean rate."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    fall_factor: float = Field(ge=0)
    rise_factor: float = Field(ge=0)
    caution: float = Field(ge=1)
    """So many times as clear a fall must be as a rise."""


NO_DRAG: Final = DragConfig(fall_factor=0.0, rise_factor=0.0, caution=1.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One lasting change of an element, in one direction."""

    first: int
    """Index of the last set before it."""
    last: int
    """Index of the first set that has all of it."""
    size: float
    """Level after minus level before, without the drift."""
    progress: Floats
    """Share of the change `(last - first + 1,)` that each set from `first` to `last` has."""
    strength: float
    """The statistic in units of its threshold; 1 and more is a detection."""


def find_steps(
    times_days: Floats,
    levels: Floats,
    config: StepConfig,
    *,
    max_gap_days: float,
    drag: DragConfig = NO_DRAG,
) -> tuple[Step, ...]:
    """Return the steps of a series `(n,)` at rising times `(n,)`, by time.

    What drag may do is no step. Nothing is said of windows longer than `max_gap_days`. Noise is
    measured anew without the steps that were found, since frequent burns would pass for it.
    """
    n = len(levels)
    if n < _MIN_SETS:
        return ()
    gaps = np.diff(times_days)
    density = max(1, round(_DAILY_GAP_DAYS / float(np.median(gaps))))
    rate = np.diff(levels) / np.maximum(gaps, _MIN_RATE_DAYS)
    drift = running_quantile(rate, _RATE_SETS * density, 0.5)
    moves = np.diff(levels) - drift * gaps
    series = _Series(times_days, moves, drift, density, config, max_gap_days, drag)
    steps: tuple[Step, ...] = ()
    quiet = moves
    for _ in range(_PASSES):
        found = series.steps(quiet)
        if [one.first for one in found] == [one.first for one in steps]:
            return found
        steps, quiet = found, moves.copy()
        for one in steps:
            if one.strength >= 1:
                quiet[one.first : one.last] = 0.0
    return steps


@dataclass(frozen=True, slots=True)
class _Series:
    """An element as moves from set to set `(n - 1,)`, without its drift."""

    times_days: Floats
    moves: Floats
    drift: Floats
    density: int
    """Sets in a day, in round numbers."""
    config: StepConfig
    max_gap_days: float
    drag: DragConfig

    def steps(self, quiet: Floats) -> tuple[Step, ...]:
        """Return the steps, with noise measured on moves from which steps are taken out."""
        levels, calm = _summed(self.moves), _summed(quiet)
        strength = np.zeros(len(self.moves))
        for size, sigma in self._sum_sigmas(calm).items():
            self._mark_sums(levels, size, sigma, strength)
        changes = self._change_sigmas(calm, _MEDIAN_SETS)
        for lag in _SHORT_LAGS:
            if lag in changes:
                self._mark_changes(levels, lag, changes[lag], strength)
        if not strength.any():
            return ()
        runs = self._runs(strength)
        return self._lasting(levels, runs, self._change_sigmas(calm, _LASTING_SETS), strength)

    def _sum_sigmas(self, calm: Floats) -> Mapping[int, Floats]:
        """Return the noise `(n,)` of sums of moves by their number, from calm levels `(n,)`.

        Longer sums are never quieter than shorter ones.
        """
        n = len(calm)
        least = np.full(n, self.config.least_noise(n))
        sigmas: dict[int, Floats] = {}
        for size in sorted({1, 2, 3, *(window * self.density for window in _WINDOWS)}):
            if size > 1 and n <= size + _MIN_SETS:
                break
            sigma = running_sigma(calm[size:] - calm[:-size], _NOISE_SETS * self.density)
            sigmas[size] = least = np.maximum(least, _extended(sigma, n))
        return sigmas

    def _change_sigmas(self, calm: Floats, sets: int) -> Mapping[int, Floats]:
        """Return the noise `(n,)` of changes of medians by lag, from calm levels `(n,)`."""
        n = len(calm)
        sets = _affordable(sets, n)
        before, after = medians(calm, sets)
        least = np.full(n, self.config.least_noise(n))
        sigmas: dict[int, Floats] = {}
        for lag in _LAGS:
            if n <= lag + 2 * sets:
                break
            sigma = running_sigma(after[lag:] - before[:-lag], _CHANGE_NOISE_SETS * self.density)
            sigmas[lag] = least = np.maximum(least, _extended(sigma, n))
        return sigmas

    def _excess(self, change: Floats, first: NDArray[np.intp], days: Floats) -> Floats:
        """Return by how much changes `(m,)` exceed what drag may do in a time by itself."""
        factor = np.where(change < 0, self.drag.fall_factor, self.drag.rise_factor)
        return np.maximum(np.abs(change) - factor * np.abs(self.drift[first]) * days, 0.0)

    def _mark_sums(self, levels: Floats, size: int, sigma: Floats, strength: Floats) -> None:
        """Note in the gaps `(n - 1,)` that make up an unlikely sum how unlikely it is."""
        t = self.times_days
        change, days = levels[size:] - levels[:-size], t[size:] - t[:-size]
        first = np.arange(len(change))
        found = self._excess(change, first, days) / sigma[first] / self.config.sum_sigma
        found[days > self.max_gap_days] = 0.0
        gaps = np.diff(t)
        for k in np.flatnonzero(found >= 1).tolist():
            part = slice(k, k + size)
            share = _SHARE_OF_MEAN * abs(change[k]) * gaps[part] / days[k]
            belongs = np.sign(change[k]) * self.moves[part] >= share
            strength[part] = np.maximum(strength[part], np.where(belongs, found[k], 0.0))

    def _mark_changes(self, levels: Floats, lag: int, sigma: Floats, strength: Floats) -> None:
        """Note the gaps between medians that differ by more than noise."""
        t, n = self.times_days, len(levels)
        sets = _affordable(_MEDIAN_SETS, n)
        before, after = medians(levels, sets)
        change, days = after[lag:] - before[:-lag], t[lag:] - t[:-lag]
        first = np.arange(len(change))
        # Medians stand for times some sets apart.
        found = self._excess(change, first, days + sets // 2) / sigma[first]
        found /= self.config.median_sigma
        found[days > self.max_gap_days] = 0.0
        for k in np.flatnonzero(found >= 1).tolist():
            if found[k] < found[max(k - sets, 0) : k + sets + 1].max():
                continue
            low, high = max(0, k - 1), min(n - 1, k + lag + 1)
            towards = np.sign(change[k]) * self.moves[low:high]
            gaps = low + np.flatnonzero(towards >= _SHARE_OF_GREATEST * max(towards.max(), 0.0))
            gaps = gaps[np.diff(t)[gaps] <= self.max_gap_days]
            strength[gaps] = np.maximum(strength[gaps], found[k])

    def _runs(self, strength: Floats) -> list[tuple[int, int]]:
        """Return first and last gap of each run of moves in one direction; one may be missing."""
        runs: list[tuple[int, int]] = []
        for k in np.flatnonzero(strength > 0).tolist():
            if runs and k - runs[-1][1] <= 2 and self.moves[k] * self.moves[runs[-1][1]] > 0:
                runs[-1] = runs[-1][0], k
            else:
                runs.append((k, k))
        free = [0, *(end + 1 for _, end in runs)]
        return [(self._onset(*run, low), run[1]) for run, low in zip(runs, free, strict=False)]

    def _onset(self, begin: int, end: int, low: int) -> int:
        """Return the gap, not before another, in which the fit began to creep into a run."""
        t = self.times_days
        rate = float(np.sum(self.moves[begin : end + 1])) / float(t[end + 1] - t[begin])
        onset = begin
        while onset > low and t[begin] - t[onset - 1] <= _GROWTH_DAYS:
            since = max(onset - 2, low)
            crept = float(np.sum(self.moves[since:onset])) / (t[onset] - t[since])
            if self.moves[onset - 1] * rate <= 0 or crept / rate < _GROWTH:
                break
            onset -= 1
        return onset

    def _lasting(
        self,
        levels: Floats,
        runs: list[tuple[int, int]],
        sigmas: Mapping[int, Floats],
        strength: Floats,
    ) -> tuple[Step, ...]:
        """Return the runs after which the level stays another one, until the next run."""
        t, n = self.times_days, len(levels)
        reach = _LASTING_SETS * self.density
        steps: list[Step] = []
        for i, (begin, end) in enumerate(runs):
            low = max(0, begin - reach + 1, runs[i - 1][1] + 1 if i else 0)
            high = min(n, end + 1 + reach, runs[i + 1][0] + 1 if i + 1 < len(runs) else n)
            size = float(np.median(levels[end + 1 : high]) - np.median(levels[low : begin + 1]))
            total = float(levels[end + 1] - levels[begin])
            lags = [lag for lag in sigmas if lag >= end + 1 - begin] or [max(sigmas, default=0)]
            sigma = sigmas[lags[0]][begin] if sigmas else self.config.least_noise(n)
            days = np.array([t[end + 1] - t[begin]])
            excess = float(self._excess(np.array([size]), np.array([begin]), days)[0])
            lasting = excess / float(sigma) / self.config.lasting_sigma
            if size < 0:
                lasting /= self.drag.caution
            if lasting >= _WEAK and size * total > 0:
                progress = (levels[begin : end + 2] - levels[begin]) / total
                least = min(lasting, float(strength[begin : end + 1].max()))
                if n - end - 1 < _CONFIRMING_SETS or begin + 1 < _CONFIRMING_SETS:
                    least = min(least, _UNCONFIRMED)
                steps.append(Step(begin, end + 1, size, progress, least))
        return tuple(steps)


def _summed(moves: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(moves)])


def _affordable(sets: int, n: int) -> int:
    """Return how many sets to take the median of: of few no more than a third."""
    return min(sets, max((n - 1) // 3, 1))


def _extended(values: Floats, n: int) -> Floats:
    """Return values continued to a length by the last of them."""
    longer: Floats = np.concatenate([values, np.repeat(values[-1:], n - len(values))])
    return longer
