"""Say where a pair in low orbit would have drifted by itself.

The in-track distance grows by -1.5 n da (Clohessy and Wiltshire 1960), and da by the difference of
the two decays that the element sets publish. What is found elsewhere was steered there, if it lies
beyond what errors of da and of the decay explain.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot, pi
from typing import Final

from sda.rpo.config import ForesightConfig
from sda.rpo.judgement.orbits import axis_km, decay_km_day
from sda.rpo.model import Encounter

__all__ = ["Surprise", "is_jump", "surprise"]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Surprise:
    """How far along the orbit a pair is from where it would have drifted."""

    along_km: float
    sigma_km: float
    """1-sigma error of what was foreseen."""

    def is_one(self, config: ForesightConfig) -> bool:
        """Return whether errors do not explain it."""
        return self.along_km > max(config.along_km, config.sigmas * self.sigma_km)


def surprise(earlier: Encounter, later: Encounter, config: ForesightConfig) -> Surprise:
    """Return how far a later day is from what an earlier one foresees.

    The decay is the mean of both days' sets; distances are taken around the orbit, the short way.
    """
    days = (_middle(later) - _middle(earlier)) / _DAY
    n_rad_day = 2 * pi * earlier.set_1.mean_motion_rev_day
    drawn_km_day = (_drawn_km_day(earlier) + _drawn_km_day(later)) / 2
    foreseen_km = earlier.relative.dlambda_km - 1.5 * n_rad_day * days * (
        earlier.relative.da_km + drawn_km_day * days / 2
    )
    round_km = 2 * pi * axis_km(earlier.set_1)
    off_km = (later.relative.dlambda_km - foreseen_km + round_km / 2) % round_km - round_km / 2
    by_axis_km = 1.5 * n_rad_day * days * config.da_km
    decay_km_day_error = config.decay_km_day + config.decay_share * abs(drawn_km_day)
    by_decay_km = 0.75 * n_rad_day * days**2 * decay_km_day_error
    return Surprise(abs(off_km), hypot(by_axis_km, by_decay_km))


def is_jump(earlier: Encounter, later: Encounter, config: ForesightConfig) -> bool:
    """Return whether a pair went further along the orbit in a day or so than its periods allow.

    No burn does that: one of the sets is another object's.
    """
    days = (_middle(later) - _middle(earlier)) / _DAY
    if not 0 < days <= config.jump_days:
        return False
    n_rad_day = 2 * pi * earlier.set_1.mean_motion_rev_day
    da_km = max(abs(earlier.relative.da_km), abs(later.relative.da_km))
    round_km = 2 * pi * axis_km(earlier.set_1)
    went_km = later.relative.dlambda_km - earlier.relative.dlambda_km
    went_km = abs((went_km + round_km / 2) % round_km - round_km / 2)
    return went_km > 1.5 * n_rad_day * days * da_km + config.jump_km


def _middle(day: Encounter) -> datetime:
    """Return the time that the relative elements of a day are for."""
    return day.start + (day.end - day.start) / 2


def _drawn_km_day(day: Encounter) -> float:
    """Return how fast drag changes da on a day."""
    return decay_km_day(day.set_2) - decay_km_day(day.set_1)
