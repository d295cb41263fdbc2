"""Find the minima of one pair's range by plain sampling: what the screening is held against.

Shares no line with it: SGP4's scalar call, samples each second, a root of the range rate by
Brent's method.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.optimize import brentq

from sda.model import ElementSet
from sda.orbit import Propagator
from sda.times import julian

_HALF_STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Dip:
    utc: datetime
    range_km: float
    speed_km_s: float


class Pair:
    """The range of two objects as a function of seconds after a start."""

    def __init__(self, one: ElementSet, two: ElementSet, start: datetime) -> None:
        propagator = Propagator([one, two])
        self._records = [propagator.record(k) for k in range(len(propagator.elements))]
        self._jd, self._fr = julian(start)
        self._start = start

    def _states(self, time_s):
        states = (r.sgp4(self._jd, self._fr + time_s / 86400.0) for r in self._records)
        return [(np.array(r), np.array(v)) for _, r, v in states]

    def range_km(self, time_s: float) -> float:
        (r1, _), (r2, _) = self._states(time_s)
        return float(np.linalg.norm(r2 - r1))

    def speed_km_s(self, time_s: float) -> float:
        (_, v1), (_, v2) = self._states(time_s)
        return float(np.linalg.norm(v2 - v1))

    def _climb(self, time_s: float) -> float:
        later, earlier = self.range_km(time_s + _HALF_STEP_S), self.range_km(time_s - _HALF_STEP_S)
        return later**2 - earlier**2

    def sampled_km(self, length_s: float, step_s: float = 1.0):
        """Return sample times and ranges over the window, both ends included."""
        times_s = np.linspace(0.0, length_s, round(length_s / step_s) + 1)
        return times_s, self._at(times_s)

    def _at(self, times_s):
        jd, fr = np.full(len(times_s), self._jd), self._fr + times_s / 86400.0
        one, two = (record.sgp4_array(jd, fr)[1] for record in self._records)
        return np.linalg.norm(two - one, axis=1)

    def dips(self, length_s: float, threshold_km: float) -> list[Dip]:
        """Return all minima inside the window with range at most the threshold."""
        times_s = np.arange(-1.0, length_s + 2.0)
        range_km = self._at(times_s)
        low = (range_km[1:-1] < range_km[:-2]) & (range_km[1:-1] <= range_km[2:])
        found = []
        for k in np.flatnonzero(low) + 1:
            time_s = brentq(self._climb, times_s[k - 1], times_s[k + 1], xtol=1e-9)
            if 0.0 < time_s < length_s and self.range_km(time_s) <= threshold_km:
                when = self._start + timedelta(seconds=time_s)
                found.append(Dip(when, self.range_km(time_s), self.speed_km_s(time_s)))
        return found
