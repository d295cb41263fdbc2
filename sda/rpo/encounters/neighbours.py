"""Find all pairs of a catalogue that are near each other and slow, on one day.

Fast pairs pass within seconds, and there are tens of thousands a day; slow ones stay near for
minutes, so looking every ten minutes finds them. What is found here is a candidate: `encounters`
works out with SGP4 what it did.

**Which pairs are found.** Take a pair that comes within `near_km` at a time t and is slower than
`slow_m_s` in the Hill frame from half a step before t to half a step after. The range changes at
most at the speed in the Hill frame: turning with the frame does not change it. Some sample lies
within half a step of t, so there the pair is within near_km + slow_m_s step_s / 2, the radius
searched, and slower than slow_m_s: it is found. Both numbers are those of the regime with the
wider near_km, so trees of low orbits are asked for the short radius alone. A pair that is found
need not come within near_km.

Positions are those of `sda.orbit.fleet`, within 5 m of SGP4; speeds are theirs over ten seconds,
good to 1 mm/s for slow pairs. The ends of the window are samples.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Annotated, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from scipy.spatial import cKDTree

from sda.model import ElementSet
from sda.orbit import Propagator, Regime, regime_of
from sda.orbit.fleet import fleets
from sda.orbit.relative import hill_speed_km_s
from sda.rpo.encounters.nearness import NearLimits, usable_between
from sda.screening.vectors import lengths
from sda.times import require_utc

__all__ = ["CandidatesConfig", "NeighbourSettings", "SlowPair", "neighbours"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_APART_S: Final = 10.0
"""Between the two positions that a speed is taken from."""
_SAMPLES_AT_ONCE: Final = 12
"""16 MB of positions of 28,000 objects."""
_KM_S_PER_M_S: Final = 1e-3


def _whole(table: dict[Regime, float]) -> dict[Regime, float]:
    """Refuse a table that leaves out a regime."""
    for regime in Regime:
        if not table.get(regime, 0.0) > 0:
            raise ValueError(f"{regime} needs a speed above 0")
    return table


class CandidatesConfig(BaseModel):
    """How slow pairs are looked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    step_s: float = Field(ge=60, le=1800)
    """Time between looks."""
    slow_m_s: Annotated[dict[Regime, float], AfterValidator(_whole)]
    """Greatest speed in the Hill frame of pairs of a regime."""


class NeighbourSettings(Protocol):
    """What of the configuration the search depends on."""

    @property
    def max_age_days(self) -> Mapping[Regime, float]:
        """Age up to which a set is used."""

    @property
    def encounters(self) -> NearLimits:
        """What is near."""

    @property
    def candidates(self) -> CandidatesConfig:
        """How slow pairs are looked for."""


@dataclass(frozen=True, slots=True)
class SlowPair:
    """Two objects that were near and slow at some sample; the number of `set_1` is the lower."""

    set_1: ElementSet
    set_2: ElementSet
    n_samples: int
    """At how many they were."""

    @property
    def pair(self) -> tuple[int, int]:
        """The two catalogue numbers, the lower first."""
        return self.set_1.norad_id, self.set_2.norad_id


@dataclass(frozen=True, slots=True)
class _Limits:
    """What counts for each object `(n,)`; a pair takes the values of the one with the wider."""

    near_km: Floats
    slow_km_s: Floats
    is_low: Mask
    """In low orbit."""
    half_step_s: float

    def __getitem__(self, objects: Indices) -> "_Limits":
        return _Limits(
            self.near_km[objects], self.slow_km_s[objects], self.is_low[objects], self.half_step_s
        )

    def of(self, first: Indices, second: Indices) -> tuple[Floats, Floats]:
        """Return the radius to search, km, and the greatest speed, km/s, of pairs `(m,)`."""
        near_1_km, near_2_km = self.near_km[first], self.near_km[second]
        slow_1, slow_2 = self.slow_km_s[first], self.slow_km_s[second]
        slow_km_s = np.where(near_1_km > near_2_km, slow_1, slow_2)
        slow_km_s = np.where(near_1_km == near_2_km, np.maximum(slow_1, slow_2), slow_km_s)
        return np.maximum(near_1_km, near_2_km) + slow_km_s * self.half_step_s, slow_km_s

    def widest_km(self, objects: Indices) -> float:
        """Return a radius that holds all pairs that some objects make with each other."""
        near_km, slow_km_s = self.near_km[objects], self.slow_km_s[objects]
        return float(near_km.max(initial=0.0) + slow_km_s.max(initial=0.0) * self.half_step_s)


def neighbours(
    elements: Sequence[ElementSet], start: datetime, end: datetime, config: NeighbourSettings
) -> tuple[SlowPair, ...]:
    """Return all slow pairs of a catalogue between two times, sorted by their numbers.

    Takes one set of each object, in any order; each counts while its age is within the limits and
    SGP4 gives states. Sets that SGP4 cannot start from make no pairs: a `Propagator` names them.
    """
    start, end = require_utc(start), require_utc(end)
    propagator = Propagator(sorted(elements, key=lambda one: one.norad_id))
    usable = propagator.elements
    if len(usable) < 2 or start >= end:
        return ()
    found = [np.sort(pair, axis=1) for pair in _slow_pairs(propagator, start, end, config)]
    pairs, counts = np.unique(np.concatenate(found), axis=0, return_counts=True)
    return tuple(
        SlowPair(usable[i], usable[j], n)
        for (i, j), n in zip(pairs.tolist(), counts.tolist(), strict=True)
        if usable[i].norad_id != usable[j].norad_id
    )


def _slow_pairs(
    propagator: Propagator, start: datetime, end: datetime, config: NeighbourSettings
) -> Iterator[Indices]:
    """Yield the pairs of elements `(m, 2)` that are near and slow at each sample."""
    length_s = (end - start).total_seconds()
    samples_s = np.linspace(0.0, length_s, ceil(length_s / config.candidates.step_s) + 1)
    (fleet,) = fleets(propagator, [np.arange(len(propagator))], start, 0.0, length_s)
    elements = [propagator.elements[k] for k in fleet.members.tolist()]
    limits = _limits(elements, config)
    between = [usable_between(one, config.max_age_days) for one in elements]
    from_s = np.array([(since - start).total_seconds() for since, _ in between])
    to_s = np.array([(until - start).total_seconds() for _, until in between])
    for begin in range(0, len(samples_s), _SAMPLES_AT_ONCE):
        times_s = samples_s[begin : begin + _SAMPLES_AT_ONCE]
        ends_s = times_s[:, np.newaxis] + _APART_S / 2 * np.array([-1.0, 1.0])
        r_km = fleet.positions(start, ends_s.ravel()).reshape(len(times_s), 2, -1, 3)
        for time_s, (before_km, after_km) in zip(times_s, r_km, strict=True):
            alive = np.isfinite(before_km[:, 0] + after_km[:, 0])
            there = np.flatnonzero(alive & (from_s <= time_s) & (time_s <= to_s))
            before_km, after_km = before_km[there], after_km[there]
            r_mid_km, v_km_s = (before_km + after_km) / 2, (after_km - before_km) / _APART_S
            yield fleet.members[there[_near_and_slow(r_mid_km, v_km_s, limits[there])]]


def _limits(elements: Sequence[ElementSet], config: NeighbourSettings) -> _Limits:
    regimes = [regime_of(one) for one in elements]
    slow_m_s = config.candidates.slow_m_s
    return _Limits(
        np.array([config.encounters[regime].near_km for regime in regimes]),
        np.array([slow_m_s[regime] for regime in regimes]) * _KM_S_PER_M_S,
        np.array([regime is Regime.LEO for regime in regimes]),
        config.candidates.step_s / 2,
    )


def _near_and_slow(r_km: Floats, v_km_s: Floats, limits: _Limits) -> Indices:
    """Return the pairs `(m, 2)` of objects at states `(n, 3)` that are near and slow."""
    pairs = _near(r_km, limits)
    one, two = pairs.T
    radius_km, slow_km_s = limits.of(one, two)
    # Most pairs pass fast: only for the rest is the frame worked out. It turns at v / r at most.
    turn = lengths(v_km_s) / lengths(r_km)
    faster_km_s = lengths(v_km_s[two] - v_km_s[one]) - turn[one] * radius_km
    slower = faster_km_s <= slow_km_s
    one, two, radius_km, slow_km_s = one[slower], two[slower], radius_km[slower], slow_km_s[slower]
    near = lengths(r_km[two] - r_km[one]) <= radius_km
    slow = hill_speed_km_s(r_km[one], v_km_s[one], r_km[two], v_km_s[two]) <= slow_km_s
    kept: Indices = pairs[slower][near & slow]
    return kept


def _near(r_km: Floats, limits: _Limits) -> Indices:
    """Return the pairs `(m, 2)` of objects at positions `(n, 3)` that may be within reach.

    Low orbits have a tree of their own, or all of them would be searched at the wide radius.
    """
    low, high = np.flatnonzero(limits.is_low), np.flatnonzero(~limits.is_low)
    low_tree, high_tree = (cKDTree(r_km[part]) if len(part) else None for part in (low, high))
    found = [np.empty((0, 2), np.intp)]
    for part, tree in ((low, low_tree), (high, high_tree)):
        if tree is not None:
            reach_km = limits.widest_km(part)
            found.append(part[tree.query_pairs(reach_km, output_type="ndarray")])
    if low_tree is not None and high_tree is not None:
        reach_km = limits.widest_km(np.arange(len(r_km)))
        met = high_tree.sparse_distance_matrix(low_tree, reach_km, output_type="ndarray")
        found.append(np.stack([high[met["i"]], low[met["j"]]], axis=1))
    return np.concatenate(found)
