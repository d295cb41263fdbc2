"""Find element sets that jump out of their track, which goes on as if they were not there.

Fits to too few observations, or to those of a neighbour, differ from the sets before and after
them by much and in one direction, and the set after them undoes it. A manoeuvre stays.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.noise import running_quantile, running_sigma

__all__ = ["OutlierConfig", "out_and_back", "outliers"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_RATE_SETS: Final = 20
_NOISE_SETS: Final = 40
"""Sets on either side from which drift and noise are taken: a month and more of daily ones."""
_MIN_SETS: Final = 5
_ALIKE: Final = 0.5
"""Sets that are out together differ from each other by less than this share of the jump."""


class OutlierConfig(BaseModel):
    """From what on a set is not used, beyond noise; config/rpo.toml gives reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sigma: float = Field(gt=0)
    ratio: float = Field(gt=0, lt=1)
    semi_major_km: dict[Regime, float]
    inclination_deg: dict[Regime, float]
    eccentricity: dict[Regime, float]


def outliers(track: Sequence[ElementSet], config: OutlierConfig) -> tuple[int, ...]:
    """Return the places of the outliers in a track of one object, by rising epoch.

    A jump counts in the semi-major axis, the inclination or the eccentricity. Tracks of fewer
    than five sets have none: nothing tells there which set is the odd one.
    """
    if len(track) < _MIN_SETS:
        return ()
    regime = regime_of(track[len(track) // 2])
    motion = np.array([one.mean_motion_rev_day for one in track]) * 2 * np.pi / SECONDS_PER_DAY
    out = np.zeros(len(track), np.bool_)
    for levels, floor in (
        (np.cbrt(MU_KM3_S2 / motion**2), config.semi_major_km[regime]),
        (np.array([one.inclination_deg for one in track]), config.inclination_deg[regime]),
        (np.array([one.eccentricity for one in track]), config.eccentricity[regime]),
    ):
        out |= out_and_back(levels, floor=floor, sigma=config.sigma, ratio=config.ratio)
    return tuple(np.flatnonzero(out).tolist())


def out_and_back(levels: Floats, *, floor: float, sigma: float, ratio: float) -> Bools:
    """Return which levels `(n,)` of a series jump out of it and are left by a jump back.

    They are one or two on end. Both jumps exceed `sigma` times the noise, which is `floor` at
    least, and what is left of them is less than `ratio` of the smaller: more is a burn and
    another one against it.
    """
    out = np.zeros(len(levels), np.bool_)
    for turn, run in enumerate((1, 2, 1, 2)):
        if turn == 2 and not out.any():
            break  # nobody was out, who hid a neighbour that is
        kept = np.flatnonzero(~out)
        y = levels[kept]
        n = len(y)
        if n < _MIN_SETS:
            return out
        jumps = np.diff(y)
        jumps -= running_quantile(jumps, _RATE_SETS, 0.5)
        noise = np.maximum(running_sigma(jumps, _NOISE_SETS), floor)
        there, back = jumps[: n - 1 - run], jumps[run:]
        smaller = np.minimum(np.abs(there), np.abs(back))
        found = there * back < 0
        found &= np.abs(y[run + 1 :] - y[: n - run - 1]) < ratio * smaller
        found &= smaller > sigma * np.maximum(noise[: n - 1 - run], noise[run:])
        if run == 2:
            found &= np.abs(jumps[1 : n - 2]) < _ALIKE * smaller
        taken = np.zeros(n, np.bool_)
        for k in sorted(np.flatnonzero(found).tolist(), key=lambda k: -smaller[k]):
            # The jump back from one is a jump out to the next: the greater one decides.
            if not taken[k : k + run + 2].any():
                taken[k + 1 : k + 1 + run] = True
        out[kept[taken]] = True
    return out
