"""Find the steps that manoeuvres leave in a series of one orbital element.

A step is rarely sharp. Element sets are fitted to days of observations, ten and more in the
1990s, one today, and for so long the fit creeps from the old orbit to the new one. So sums over
windows of several lengths are held against what such sums come to where nothing happens, and a
step must last: the medians of some sets on either side must differ as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.rpo.noise import medians, running_quantile, running_sigma

__all__ = ["Step", "StepConfig", "find_steps"]

Floats = NDArray[np.float64]

_LAGS = (1, 3, 6, 10)
_DAILY_GAP_DAYS = 0.75
_MIN_RATE_DAYS = 0.25
_MIN_SETS = 5


class StepConfig(BaseModel):
    """From what on a change of one element is a step; config/rpo.toml gives reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    floor: float = Field(gt=0)
    pooled_floor: float = Field(gt=0)
    sum_sigma: float = Field(gt=0)
    median_sigma: float = Field(gt=0)
    lasting_sigma: float = Field(gt=0)
    outlier_sigma: float = Field(gt=0)
    outlier_ratio: float = Field(gt=0, lt=1)
    fall_factor: float = Field(ge=0)
    rise_factor: float = Field(ge=0)
    windows: tuple[int, ...]
    median_sets: int = Field(ge=1)
    lasting_sets: int = Field(ge=1)
    rate_sets: int = Field(ge=1)
    noise_sets: int = Field(ge=1)
    median_noise_sets: int = Field(ge=1)
    noise_share: float = Field(gt=0, lt=1)
    share_of_mean: float = Field(ge=0, lt=1)
    passes: int = Field(ge=1)
    skip: int = Field(ge=0)
    max_gap_days: float = Field(gt=0)
    min_sets_for_noise: int = Field(ge=1)

    def least_noise(self, n: int) -> float:
        """Return the least noise to assume of so many sets: of few, that of many objects."""
        return self.floor if n >= self.min_sets_for_noise else self.pooled_floor


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


def find_steps(times_days: Floats, levels: Floats, config: StepConfig) -> tuple[Step, ...]:
    """Return the steps of a series `(n,)` at rising times `(n,)`, by time.

    Noise is measured anew without the steps that were found, since frequent burns would pass
    for it.
    """
    n = len(levels)
    if n < _MIN_SETS:
        return ()
    gaps = np.diff(times_days)
    rate = np.diff(levels) / np.maximum(gaps, _MIN_RATE_DAYS)
    density = max(1, round(_DAILY_GAP_DAYS / float(np.median(gaps))))
    drift = running_quantile(rate, config.rate_sets * density, 0.5)
    moves = np.diff(levels) - drift * gaps
    series = _Series(times_days, moves, drift, density, config)
    steps: tuple[Step, ...] = ()
    quiet = moves
    for _ in range(config.passes):
        steps = series.steps(quiet)
        quiet = moves.copy()
        for one in steps:
            quiet[one.first : one.last] = 0.0
    return steps


@dataclass(frozen=True, slots=True)
class _Series:
    """An element as moves from set to set, without its drift."""

    times_days: Floats
    moves: Floats
    drift: Floats
    density: int
    """Sets in a day, in round numbers."""
    config: StepConfig

    def steps(self, quiet: Floats) -> tuple[Step, ...]:
        """Return the steps, with noise measured on moves from which burns are taken out."""
        sums, changes = self._sigmas(quiet)
        levels = np.concatenate([[0.0], np.cumsum(self.moves)])
        strength = np.zeros(len(self.moves))
        for size, sigma in sums.items():
            self._mark_sums(levels, size, sigma, strength)
        for lag in (1, 3):
            if lag in changes:
                self._mark_changes(levels, lag, changes[lag], strength)
        return self._lasting(levels, self._runs(strength), changes, strength)

    def _sigmas(self, quiet: Floats) -> tuple[Mapping[int, Floats], Mapping[int, Floats]]:
        """Return the noise `(n,)` of sums over windows, and of changes of medians by lag.

        Longer windows are never quieter than shorter ones.
        """
        config, n = self.config, len(quiet) + 1
        levels = np.concatenate([[0.0], np.cumsum(quiet)])
        least = np.full(n, config.least_noise(n))
        sums: dict[int, Floats] = {}
        near = config.noise_sets * self.density
        for size in sorted({1, 2, 3, *(w * self.density for w in config.windows)}):
            if size > 1 and n <= size + _MIN_SETS:
                break
            sigma = running_sigma(levels[size:] - levels[:-size], near, config.noise_share)
            least = np.maximum(least, _extended(sigma, n))
            sums[size] = least
        m = min(config.median_sets, max((n - 1) // 3, 1))
        before, after = medians(levels, m)
        least = np.full(n, config.least_noise(n))
        changes: dict[int, Floats] = {}
        for lag in _LAGS:
            if n <= lag + 2 * m:
                break
            sigma = running_sigma(
                after[lag:] - before[:-lag],
                config.median_noise_sets * self.density,
                config.noise_share,
            )
            least = np.maximum(least, _extended(sigma, n))
            changes[lag] = least
        return sums, changes

    def _excess(self, change: Floats, first: NDArray[np.intp], days: Floats) -> Floats:
        """Return by how much changes `(m,)` exceed what drag may do in a time by itself."""
        factor = np.where(change < 0, self.config.fall_factor, self.config.rise_factor)
        return np.maximum(np.abs(change) - factor * np.abs(self.drift[first]) * days, 0.0)

    def _mark_sums(self, levels: Floats, size: int, sigma: Floats, strength: Floats) -> None:
        """Note in the gaps `(n - 1,)` that make up an unlikely sum how unlikely it is."""
        config, t = self.config, self.times_days
        change, days = levels[size:] - levels[:-size], t[size:] - t[:-size]
        first = np.arange(len(change))
        found = self._excess(change, first, days) / sigma[first] / config.sum_sigma
        found[days > config.max_gap_days] = 0.0
        gaps = np.diff(t)
        for k in np.flatnonzero(found >= 1).tolist():
            part = slice(k, k + size)
            share = config.share_of_mean * abs(change[k]) * gaps[part] / days[k]
            belongs = np.sign(change[k]) * self.moves[part] >= share
            strength[part] = np.maximum(strength[part], np.where(belongs, found[k], 0.0))

    def _mark_changes(self, levels: Floats, lag: int, sigma: Floats, strength: Floats) -> None:
        """Note the gaps between medians that differ by more than noise."""
        config, t, n = self.config, self.times_days, len(levels)
        m = min(config.median_sets, max((n - 1) // 3, 1))
        before, after = medians(levels, m)
        change, days = after[lag:] - before[:-lag], t[lag:] - t[:-lag]
        first = np.arange(len(change))
        # Medians stand for times some sets apart.
        found = self._excess(change, first, days + m // 2) / sigma[first] / config.median_sigma
        found[days > config.max_gap_days] = 0.0
        for k in np.flatnonzero(found >= 1).tolist():
            if found[k] < found[max(k - m, 0) : k + m + 1].max():
                continue
            low, high = max(0, k - 1), min(n - 1, k + lag + 1)
            towards = np.sign(change[k]) * self.moves[low:high]
            gaps = low + np.flatnonzero(towards >= 0.3 * max(towards.max(), 0.0))
            gaps = gaps[np.diff(t)[gaps] <= config.max_gap_days]
            strength[gaps] = np.maximum(strength[gaps], found[k])

    def _runs(self, strength: Floats) -> list[tuple[int, int]]:
        """Return first and last gap of each run of moves in one direction."""
        runs: list[tuple[int, int]] = []
        for k in np.flatnonzero(strength > 0).tolist():
            if runs:
                begin, end = runs[-1]
                alike = self.moves[k] * self.moves[end] > 0
                if k - end <= 1 + self.config.skip and alike:
                    runs[-1] = begin, k
                    continue
            runs.append((k, k))
        return runs

    def _lasting(
        self,
        levels: Floats,
        runs: list[tuple[int, int]],
        changes: Mapping[int, Floats],
        strength: Floats,
    ) -> tuple[Step, ...]:
        """Return the runs after which the level stays another one, until the next run."""
        config, t, n = self.config, self.times_days, len(levels)
        reach = config.lasting_sets * self.density
        steps: list[Step] = []
        for i, (begin, end) in enumerate(runs):
            low = max(0, begin - reach + 1, runs[i - 1][1] + 1 if i else 0)
            high = min(n, end + 1 + reach, runs[i + 1][0] + 1 if i + 1 < len(runs) else n)
            size = float(np.median(levels[end + 1 : high]) - np.median(levels[low : begin + 1]))
            total = float(levels[end + 1] - levels[begin])
            lags = [lag for lag in changes if lag >= end + 1 - begin] or [max(changes, default=0)]
            sigma = changes[lags[0]][begin] if changes else config.least_noise(n)
            days = t[end + 1] - t[begin]
            excess = self._excess(np.array([size]), np.array([begin]), np.array([days]))[0]
            lasting = float(excess) / float(sigma) / config.lasting_sigma
            if lasting >= 1 and size * total > 0:
                progress = (levels[begin : end + 2] - levels[begin]) / total
                least = min(lasting, float(strength[begin : end + 1].max()))
                steps.append(Step(begin, end + 1, size, progress, least))
        return tuple(steps)


def _extended(values: Floats, n: int) -> Floats:
    """Return values continued to a length by the last of them."""
    longer: Floats = np.concatenate([values, np.repeat(values[-1:], n - len(values))])
    return longer
