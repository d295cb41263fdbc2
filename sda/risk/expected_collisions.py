"""Count the collisions to be expected where paths are curved: slow, long and offset encounters.

The 3-D method of Hall (2021, "Expected Collision Rates for Tracked Satellites", J. Spacecraft and
Rockets 58(3), 715), which carries that of Coppola (2012, AAS 12-247) to curved paths. Both objects
move by two-body motion; their errors are Gaussian in equinoctial elements at TCA, where they stay
so longest. At each time the rate at which the relative position enters the sphere of the combined
radius (`sda.risk.collision_rate`) is taken from a Gaussian that is not that of the mean orbits:
each object's motion is made linear about the orbit through the place where both densities,
multiplied, are greatest (`sda.risk.overlap`). So a banana of errors is met where it matters, and
not where its tangent would be. For a single encounter the number to be expected is the probability.
"""

from dataclasses import dataclass, replace
from math import exp, inf, nan, pi, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.errors import RiskError
from sda.orbit.equinoctial import propagated, to_state
from sda.risk.collision_rate import log_rate, mahalanobis, rate_of, spread
from sda.risk.conjunction import Conjunction, State
from sda.risk.overlap import Bodies, Overlap, bodies_of, overlap

__all__ = ["Expected", "expected_collisions"]

Floats = NDArray[np.float64]

_REACH: Final = 36.0
"""Rates whose logarithm is further below the greatest add less than 1e-14 of it."""
_BEND: Final = 2.0
"""Greatest distance of the logarithm of the rate from a line within one piece of time."""
_ROUNDS: Final = 40
_HALVINGS: Final = 16
_ONGOING: Final = 0.01
"""Share of the greatest rate at an end above which the encounter is not over there."""
_NO_RATE: Final = -1e300
"""Stands for the logarithm of a rate of zero, which is known: nothing moves."""
_MOST_PIECES: Final = 1000
"""Sound encounters need 30 to 300."""
_SAMPLES: Final = 241
_RAGGED: Final = "the rate of collisions is not smooth enough in time to be summed"
_DOUBT: Final = 0.01
"""Share of an integral that may still change when halving has come to an end."""
_TAU, _WEIGHT = np.polynomial.legendre.leggauss(5)


_STILL: Final = "a covariance has no part of the velocity, so where its errors lead is not known"


@dataclass(frozen=True, slots=True)
class _Counted:
    """An integral of the rate, when it counts, and its share of the greatest at both ends."""

    number: float
    first_s: float
    last_s: float
    at_begin: float
    at_end: float


_NOTHING: Final = _Counted(0.0, np.nan, np.nan, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Expected:
    """Collisions to be expected in one encounter, or why they cannot be told."""

    number: float
    """NaN where `fault` says why."""
    begin_s: float
    """Seconds after TCA between which collisions are counted: the greatest ranges around it."""
    end_s: float
    first_s: float
    """Seconds after TCA between which the rate is above 1e-6 of its greatest."""
    last_s: float
    ongoing: bool
    """Whether the rate at an end is above a hundredth of the greatest: it goes on."""
    contact_bound: float
    """Upper bound of the probability that the two touch at the beginning already, not counted."""
    mahalanobis: float
    """Least distance of the mean relative path from contact's centre, in standard deviations."""
    nearest_km: float
    """Least distance of the mean relative path."""
    fault: str


def expected_collisions(
    conjunction: Conjunction,
    radius_km: float,
    between_s: tuple[float, float] | None = None,
    accuracy: float = 1e-4,
    most_pieces: int = _MOST_PIECES,
) -> Expected:
    """Return the collisions to be expected between two times, seconds after TCA.

    Without `between_s` they are the greatest ranges of the mean orbits on both sides of TCA.
    `accuracy` is relative, of the integration, and `most_pieces` bounds the effort: a rate that is
    still not smooth in so many pieces of time is no answer; nor is one without errors of velocity,
    which many messages leave at zero.

    Raises RiskError for a radius that is not positive, and for an orbit that is not bound.
    """
    if not 0.0 < radius_km < inf:
        raise RiskError(f"a combined radius of {radius_km} km is not positive")
    bodies = bodies_of(conjunction)
    begin_s, end_s = between_s or _between_greatest_ranges(bodies)
    if any(_still(one) for one in (conjunction.object_1, conjunction.object_2)):
        return _unknown(begin_s, end_s, _STILL)
    first = _first_edges(conjunction, begin_s, end_s)
    edges, levels = _pieces(bodies, radius_km, begin_s, end_s, first, most_pieces)
    known = np.isfinite(levels)
    if not known.any():
        fault = "no bound orbit leads through a place where both may be"
        return _unknown(begin_s, end_s, fault)
    top = float(levels[known].max())
    greatest = np.fmax(levels[:-1], levels[1:])
    whole = known[:-1] & known[1:]
    counts = whole & (greatest > top - _REACH)
    # A time without an answer matters only beside one at which the rate counts.
    fault = "the place where both may be is not found at all times"
    if (~whole & (greatest > top - _REACH / 2)).any():
        return _unknown(begin_s, end_s, fault)
    if len(edges) > most_pieces:
        return _unknown(begin_s, end_s, _RAGGED)
    low_s, high_s = edges[:-1][counts], edges[1:][counts]
    counted = _integral(bodies, radius_km, accuracy, low_s, high_s) if len(low_s) else _NOTHING
    if not np.isfinite(counted.number):
        return _unknown(begin_s, end_s, _RAGGED)
    found = overlap(bodies, edges[known], radius_km)
    ongoing = max(counted.at_begin if counts[0] else 0.0, counted.at_end if counts[-1] else 0.0)
    bound = 4.0 / 3.0 * pi * radius_km**3 * _density_bound(found, radius_km) if known[0] else 0.0
    return Expected(
        number=counted.number,
        begin_s=begin_s,
        end_s=end_s,
        first_s=counted.first_s,
        last_s=counted.last_s,
        ongoing=ongoing > _ONGOING,
        contact_bound=min(bound, 1.0),
        mahalanobis=float(mahalanobis(found, radius_km).min()),
        nearest_km=float(np.linalg.norm(found.miss_km, axis=-1).min()),
        fault="",
    )


def _still(state: State) -> bool:
    """Return whether a state has errors of position and, as if by a wonder, none of velocity."""
    variances = np.diagonal(state.covariance)
    return bool(variances[:3].max() > 0 and not variances[3:].any())


def _unknown(begin_s: float, end_s: float, fault: str) -> Expected:
    return Expected(nan, begin_s, end_s, nan, nan, False, nan, nan, nan, fault)


def _between_greatest_ranges(bodies: Bodies) -> tuple[float, float]:
    """Return when the mean orbits are furthest apart before and after TCA, seconds.

    Where one of them has no such time within an orbit, half the shorter period stands in.
    """
    periods_s = 2 * pi / bodies.elements[:, 0]
    reach_s = min(1.1 * periods_s.max(), 2.2 * periods_s.min())
    times_s = np.linspace(-reach_s, reach_s, _SAMPLES)
    moved = propagated(bodies.elements[:, np.newaxis], np.broadcast_to(times_s, (2, _SAMPLES)))
    states = to_state(moved)
    range_km = np.linalg.norm(states[1, :, :3] - states[0, :, :3], axis=-1)
    inner = range_km[1:-1]
    turns_s = times_s[1:-1][(inner >= range_km[:-2]) & (inner > range_km[2:])]
    half_s = float(periods_s.min()) / 2
    before, after = turns_s[turns_s < 0], turns_s[turns_s > 0]
    if len(before) == 0 or len(after) == 0:
        return -half_s, half_s
    return float(before[-1]), float(after[0])


def _first_edges(conjunction: Conjunction, begin_s: float, end_s: float) -> Floats:
    """Return times to begin with: even ones, and those of a straight passage."""
    covariance = conjunction.position_covariance_km2
    velocity, miss = conjunction.velocity_km_s, conjunction.miss_vector_km
    even = np.linspace(begin_s, end_s, 33)
    solved = np.linalg.lstsq(covariance, np.stack([velocity, miss], axis=1), rcond=None)[0]
    curvature = float(velocity @ solved[:, 0])
    if not curvature > 0:
        return even
    at_s, sigma_s = -float(velocity @ solved[:, 1]) / curvature, 1 / sqrt(curvature)
    straight = at_s + sigma_s * np.linspace(-8.0, 8.0, 33)
    near = straight[(straight > begin_s) & (straight < end_s)]
    return np.unique(np.concatenate([even, near]))


def _pieces(
    bodies: Bodies, radius_km: float, begin_s: float, end_s: float, edges: Floats, most: int
) -> tuple[Floats, Floats]:
    """Return edges of pieces of time in which the logarithm of the rate is nearly a line.

    And those logarithms, NaN where the rate is not known.
    """
    levels = _levels(bodies, radius_km, edges)
    fresh = np.ones(len(edges) - 1, np.bool_)
    for _ in range(_ROUNDS):
        if not fresh.any() or len(edges) > most:
            break
        places = np.flatnonzero(fresh)
        middle_s = (edges[places] + edges[places + 1]) / 2
        found = _levels(bodies, radius_km, middle_s)
        ends = levels[places], levels[places + 1]
        top = np.nanmax(np.concatenate([levels, found, [_NO_RATE]]))
        greatest = np.fmax(np.fmax(ends[0], ends[1]), found)
        with np.errstate(invalid="ignore"):
            bent = ~(np.abs(found - (ends[0] + ends[1]) / 2) <= _BEND)
        # The bend of a piece is a quarter of that of the whole: it hides nothing much greater.
        counts = greatest > top - _REACH - np.where(np.isfinite(found), 0.0, _REACH)
        finer = bent & counts & (np.diff(edges)[places] > 1e-9 * (end_s - begin_s))
        edges = np.insert(edges, places + 1, middle_s)
        levels = np.insert(levels, places + 1, found)
        again = np.zeros(len(edges) - 1, np.bool_)
        first = places + np.arange(len(places))
        again[first], again[first + 1] = finer, finer
        fresh = again
    return edges, levels


def _levels(bodies: Bodies, radius_km: float, times_s: Floats) -> Floats:
    """Return logarithms of the rate `(n,)`, far down for none, NaN where it is not known."""
    return np.maximum(log_rate(overlap(bodies, times_s, radius_km), radius_km), _NO_RATE)


def _density_bound(found: Overlap, radius_km: float) -> float:
    """Return an upper bound of the density within the sphere at the first time."""
    values, _ = spread(found, radius_km)
    distance = float(mahalanobis(found, radius_km)[0])
    nearest = max(distance - radius_km / sqrt(values[0, 0]), 0.0)
    peak = (2 * pi) ** -1.5 / sqrt(float(values[0].prod()))
    return float(peak * exp(-(nearest**2) / 2))


def _integral(
    bodies: Bodies, radius_km: float, accuracy: float, low_s: Floats, high_s: Floats
) -> _Counted:
    """Return the integral of the rate over pieces; they are halved until the halves agree.

    It is NaN where they do not in the end.
    """
    whole, when_s, rates = _piecewise(bodies, radius_km, low_s, high_s)
    ends = rates[0, 0], rates[-1, -1]
    told_s, told = [when_s.ravel()], [rates.ravel()]
    number, evaluated, doubt = 0.0, 0, 0.0
    for _ in range(_HALVINGS):
        middle_s = (low_s + high_s) / 2
        low_s, high_s = np.stack([low_s, middle_s], axis=1), np.stack([middle_s, high_s], axis=1)
        halves, when_s, rates = _piecewise(bodies, radius_km, low_s.ravel(), high_s.ravel())
        told_s.append(when_s.ravel())
        told.append(rates.ravel())
        both = halves.reshape(-1, 2).sum(axis=1)
        total = number + float(both.sum())
        apart = np.abs(both - whole)
        open_ = apart > accuracy * abs(total) / sqrt(len(whole))
        doubt = float(apart[open_].sum())
        number += float(both[~open_].sum())
        low_s, high_s = low_s[open_].ravel(), high_s[open_].ravel()
        whole = halves.reshape(-1, 2)[open_].ravel()
        evaluated += len(both)
        if len(whole) == 0 or evaluated > _MOST_PIECES:
            break
    number += float(whole.sum())
    if doubt > _DOUBT * abs(number):
        number = nan
    rate, time_s = np.concatenate(told), np.concatenate(told_s)
    top = float(rate.max())
    if not top > 0:
        return replace(_NOTHING, number=number)
    counts = time_s[rate > 1e-6 * top]
    return _Counted(
        number, float(counts.min()), float(counts.max()), float(ends[0]) / top, float(ends[1]) / top
    )


def _piecewise(
    bodies: Bodies, radius_km: float, low_s: Floats, high_s: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the integral of the rate over each piece `(m,)`, its nodes and rates `(m, 5)`."""
    half_s = (high_s - low_s) / 2
    times_s = ((low_s + high_s) / 2)[:, np.newaxis] + half_s[:, np.newaxis] * _TAU
    rates = rate_of(overlap(bodies, times_s.ravel(), radius_km), radius_km).reshape(times_s.shape)
    return rates @ _WEIGHT * half_s, times_s, rates
