"""Tell a manoeuvre from nature in the geostationary ring, also in sets a month apart.

The pull of the equator moves an object that is left alone, by the laws of `sda.rpo.ring.motion`,
so well that most dead ones are met within 0.005 deg a month later. What a later set has beyond it,
in longitude or in drift, is a manoeuvre of at least some size: the least sum of burns along the
track that explains both.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import GEO_RADIUS_KM, SECONDS_PER_DAY
from sda.rpo.ring.config import NatureConfig
from sda.rpo.ring.motion import RingStates, wrapped_rad

__all__ = ["DriftChange", "drift_changes", "least_burns_m_s"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_M_S_PER_RAD_DAY: Final = 1000 * GEO_RADIUS_KM / 3 / SECONDS_PER_DAY
"""Burn along the track per change of drift: n = (mu / a^3)^(1/2) gives dn = -3 dv / a."""


@dataclass(frozen=True, slots=True)
class DriftChange:
    """What happened to an object between two of its sets, beyond what nature does."""

    start: datetime
    end: datetime
    """Epochs of the sets before and after."""
    drift_deg_day: float
    """Drift of the later set beyond its prediction."""
    displaced_deg: float
    """Longitude of the later set beyond its prediction."""
    delta_v_m_s: float
    """Least sum of burns along the track that explains both; 0 if nature does."""

    @property
    def is_natural(self) -> bool:
        """Whether the object may have been left alone."""
        return self.delta_v_m_s == 0.0


def drift_changes(
    epochs: tuple[datetime, ...], states: RingStates, config: NatureConfig
) -> tuple[tuple[DriftChange, ...], tuple[int, ...]]:
    """Return how an object's drift changed from set to set, and the places of stray sets.

    Sets come by rising epoch; those compared are at least the baseline apart, and together they
    cover the whole history. A set is a stray when the two changes at it need burns, those next to
    them do not, and its neighbours need none between them: then it is wrong, and nothing happened.
    """
    anchors = _anchors(states.days, config.baseline_days)
    if len(anchors) < 2:
        return (), ()
    drift, displaced = _beyond_nature(states, anchors[:-1], anchors[1:])
    burn = least_burns_m_s(states, anchors[:-1], anchors[1:], config)
    needed = np.concatenate([[False], burn > 0, [False]])
    strays = np.flatnonzero(needed[1:-2] & needed[2:-1] & ~needed[:-3] & ~needed[3:]) + 1
    if len(strays):
        skipping = least_burns_m_s(states, anchors[strays - 1], anchors[strays + 1], config)
        strays = strays[skipping == 0]
        burn[strays - 1] = burn[strays] = 0.0
    changes = (
        DriftChange(epochs[first], epochs[last], *values)
        for first, last, *values in zip(
            anchors[:-1].tolist(),
            anchors[1:].tolist(),
            np.degrees(drift).tolist(),
            np.degrees(displaced).tolist(),
            burn.tolist(),
            strict=True,
        )
    )
    return tuple(changes), tuple(anchors[strays].tolist())


def _anchors(days: Floats, baseline_days: float) -> Indices:
    """Return places of sets of which each is the first so long after the one before.

    The last set is one of them; it takes the place of one that is too near to it.
    """
    chosen: list[int] = []
    for k, day in enumerate(days.tolist()):
        if not chosen or day - days[chosen[-1]] >= baseline_days:
            chosen.append(k)
    last = len(days) - 1
    if len(chosen) > 1 and chosen[-1] != last:
        chosen[-1] = last
    return np.array(chosen, np.intp)


def least_burns_m_s(
    states: RingStates, first: Indices, last: Indices, config: NatureConfig
) -> Floats:
    """Return the least sum of burns `(n,)` between sets at places `(n,)` and `(n,)`; 0 if nature.

    Burns u1 at the start and u2 at the end change the drift by u1 + u2 and the longitude by u1 T.
    One burn in between does for both if it has the sign of both and displaces by no more than if
    it came at once; if not, u1 and u2 are the least.
    """
    drift, displaced = _beyond_nature(states, first, last)
    span = states.days[last] - states.days[first]
    reach = np.radians(config.longitude_deg + config.longitude_deg_day * span)
    mean = _shrunk(displaced, reach) / span
    late = _shrunk(drift, np.radians(config.drift_deg_day))
    one_burn = (mean * late >= 0) & (np.abs(mean) <= np.abs(late))
    least = np.where(one_burn, np.abs(late), np.abs(mean) + np.abs(late - mean))
    burns: Floats = least * _M_S_PER_RAD_DAY
    return np.where(burns < config.burn_m_s, 0.0, burns)


def _beyond_nature(states: RingStates, first: Indices, last: Indices) -> tuple[Floats, Floats]:
    """Return drift and longitude `(n,)` of later sets beyond what earlier ones predict, in rad."""
    carried_rad, carried_rad_day = states[first].carried(states.days[last] - states.days[first])
    displaced = wrapped_rad(states.longitude_rad[last] - carried_rad)
    return states.drift_rad_day[last] - carried_rad_day, displaced


def _shrunk(values: Floats, tolerance: Floats | float) -> Floats:
    """Return what of values `(n,)` lies beyond a tolerance, with its sign."""
    beyond: Floats = np.sign(values) * np.maximum(np.abs(values) - tolerance, 0.0)
    return beyond
