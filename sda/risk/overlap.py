"""Find where two uncertain orbits may both be: the place of greatest joint density at a time.

Hall (2021, J. Spacecraft and Rockets 58(3), 715), section "peak overlap position". The errors of
each object are Gaussian in its equinoctial elements at TCA. Positions at another time are not, but
about any orbit they are to first order. The orbit to take is the one that passes through the place
where the product of both densities is greatest, which depends on it: so it is found by iteration.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_EGM96_KM3_S2
from sda.errors import RiskError
from sda.orbit.equinoctial import from_state, jacobian, propagated
from sda.risk.conjunction import Conjunction

__all__ = ["Bodies", "Overlap", "bodies_of", "overlap"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_CLIP: Final = 1e-4
"""Deviations below this share of the radius are raised to it (Hall et al. 2017, AAS 17-567)."""
_ROUNDS: Final = 100
_DAMPED: Final = 35
"""Rounds after which each step is halved, for those that swing."""
_TINY: Final = 1e-300
_TOLERANCE: Final = 1e-6
"""Squared Mahalanobis distance that the place may still move by."""


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Two objects' elements at TCA `(2, 6)` and their covariances `(2, 6, 6)`.

    The axes are turned so that neither orbit is near the singularity of the elements.
    """

    elements: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """The relative motion at times, made linear about the orbits through the overlap, `(n, ...)`.

    `miss_km` `(n, 3)` and `velocity_km_s` `(n, 3)` are of object 2 from object 1, `covariance`
    `(n, 6, 6)` is theirs; `known` is false where no place was found.
    """

    miss_km: Floats
    velocity_km_s: Floats
    covariance: Floats
    known: Mask


def bodies_of(conjunction: Conjunction) -> Bodies:
    """Return the elements of both objects and their covariances.

    Raises RiskError for an orbit that is not bound.
    """
    states = (conjunction.object_1, conjunction.object_2)
    axes = _axes(*(np.cross(one.r_km, one.v_km_s) for one in states))
    turn = np.zeros((6, 6))
    turn[:3, :3] = turn[3:, 3:] = axes
    elements = np.stack([from_state(axes @ one.r_km, axes @ one.v_km_s) for one in states])
    if not np.isfinite(elements).all():
        raise RiskError("a state is not on a bound orbit: check its frame and units")
    _, by_element = jacobian(elements, np.zeros(2))
    into = np.linalg.solve(by_element, np.broadcast_to(turn, (2, 6, 6)))
    covariance = into @ np.stack([one.covariance for one in states]) @ np.swapaxes(into, -1, -2)
    return Bodies(elements, (covariance + np.swapaxes(covariance, -1, -2)) / 2)


@np.errstate(all="ignore")  # What is not finite is told by `known`.
def overlap(bodies: Bodies, seconds: Floats, radius_km: float) -> Overlap:
    """Return the relative motion at seconds `(n,)` after TCA."""
    n = len(seconds)
    centre = np.repeat(bodies.elements[:, np.newaxis], n, axis=1)
    miss_km, velocity_km_s = np.full((n, 3), np.nan), np.full((n, 3), np.nan)
    covariance = np.full((n, 6, 6), np.nan)
    known = np.zeros(n, np.bool_)
    place_km = np.full((n, 3), np.nan)
    open_ = np.arange(n)
    least_km2 = (_CLIP * radius_km) ** 2
    for count in range(_ROUNDS):
        if len(open_) == 0:
            break
        at_s = seconds[open_]
        mean, spread = _linear(bodies, centre[:, open_], at_s)
        # Errors beyond an orbit lead to orbits that are none: these times stay without an answer.
        sound = np.isfinite(mean).all(axis=(0, 2)) & np.isfinite(spread).all(axis=(0, 2, 3))
        open_, at_s, mean, spread = open_[sound], at_s[sound], mean[:, sound], spread[:, sound]
        inverse = _inverses(spread[..., :3, :3], least_km2)
        both = _inverses(inverse[0] + inverse[1], _TINY)
        pulled = np.einsum("bnij,bnj->ni", inverse, mean[..., :3])
        place = np.einsum("nij,nj->ni", both, pulled)
        if count > _DAMPED:
            place = (place + place_km[open_]) / 2
        moved = place - place_km[open_]
        scale = _inverses(both + radius_km**2 * np.eye(3), radius_km**2)
        settled = np.einsum("ni,nij,nj->n", moved, scale, moved) <= _TOLERANCE
        offset = np.einsum("bnij,bnj->bni", inverse, place - mean[..., :3])
        speed = mean[..., 3:] + np.einsum("bnij,bnj->bni", spread[..., 3:, :3], offset)
        distance = np.linalg.norm(place, axis=-1)
        energy = np.einsum("bni,bni->bn", speed, speed) / 2 - MU_EGM96_KM3_S2 / distance
        unbound = ~(energy < 0).all(axis=0)
        done = settled & ~unbound
        rows = open_[done]
        miss_km[rows] = (mean[1] - mean[0])[done, :3]
        velocity_km_s[rows] = (mean[1] - mean[0])[done, 3:]
        covariance[rows] = (spread[0] + spread[1])[done]
        known[rows] = True
        place_km[open_] = place
        going = ~(settled | unbound)
        open_, at_s = open_[going], at_s[going]
        through = from_state(np.broadcast_to(place, speed.shape)[:, going], speed[:, going])
        centre[:, open_] = propagated(through, np.broadcast_to(-at_s, through.shape[:-1]))
    return Overlap(miss_km, velocity_km_s, covariance, known)


def _linear(bodies: Bodies, centre: Floats, seconds: Floats) -> tuple[Floats, Floats]:
    """Return mean states `(2, n, 6)` and covariances `(2, n, 6, 6)` made linear about orbits."""
    at_s = np.broadcast_to(seconds, centre.shape[:-1])
    states, by_element = jacobian(propagated(centre, at_s), at_s)
    off = bodies.elements[:, np.newaxis] - centre
    off[..., 5] = (off[..., 5] + np.pi) % (2 * np.pi) - np.pi
    mean = states + np.einsum("bnij,bnj->bni", by_element, off)
    spread = by_element @ bodies.covariance[:, np.newaxis] @ np.swapaxes(by_element, -1, -2)
    return mean, (spread + np.swapaxes(spread, -1, -2)) / 2


def _inverses(matrices: Floats, least: float) -> Floats:
    """Return the inverses of symmetric matrices `(..., 3, 3)`, eigenvalues clipped."""
    values, vectors = np.linalg.eigh(matrices)
    values = np.maximum(values, least)
    inverse: Floats = (vectors / values[..., np.newaxis, :]) @ np.swapaxes(vectors, -1, -2)
    return inverse


def _axes(momentum_1: Floats, momentum_2: Floats) -> Floats:
    """Return axes `(3, 3)` whose third is within a right angle or so of both momenta."""
    one, other = (m / np.linalg.norm(m) for m in (momentum_1, momentum_2))
    third = one + other
    if np.linalg.norm(third) < 0.1:  # opposite: any axis across them is as far from either
        third = np.cross(one, np.eye(3)[np.abs(one).argmin()])
    third /= np.linalg.norm(third)
    first = np.cross(third, np.eye(3)[np.abs(third).argmin()])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(third, first), third])
