"""Say how fast uncertain relative positions enter the sphere in which two bodies touch.

    dNc/dt = R^2 int over directions u of  nu(u) N(R u; m, A) du

with the relative position Gaussian, mean m and covariance A, and nu the mean speed inwards of those
that are at R u (Coppola 2012, AAS 12-247, eqs. 31, 36 and 37; Hall 2021, J. Spacecraft 58(3)).
"""

from math import log, pi, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc, erfcx

from sda.risk.overlap import Overlap

__all__ = ["log_rate", "mahalanobis", "rate_of", "spread"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_NARROW_RULE: Final = np.polynomial.legendre.leggauss(24)
_ARC_RULE: Final = np.polynomial.legendre.leggauss(32)
_RING: Final = 20
_AT_ONCE: Final = 32
"""Times worked out together: a few megabytes."""
_WIDE: Final = 0.7
"""Narrowest deviation, in radii, from which the density is smooth enough over the sphere."""
_NARROW: Final = 6.5
"""Deviations of the narrowest axis that are integrated over on either side."""


def log_rate(found: Overlap, radius_km: float) -> Floats:
    """Return an upper estimate of the logarithm of the rate `(n,)`; NaN where it is not known.

    The density at the sphere's centre, or as near to it as the mean comes within the sphere, times
    the sphere's cross-section and the mean relative speed.
    """
    values, _ = spread(found, radius_km)
    nearest = mahalanobis(found, radius_km) - radius_km / np.sqrt(values[:, 0])
    nearest = np.maximum(nearest, 0.0)
    speed = np.linalg.norm(found.velocity_km_s, axis=-1)
    variance = np.trace(found.covariance[:, 3:, 3:], axis1=1, axis2=2)
    speed = np.hypot(speed, np.sqrt(np.maximum(variance, 0.0)))
    with np.errstate(divide="ignore"):
        level: Floats = (
            log(pi * radius_km**2) + np.log(speed) - nearest**2 / 2
            - 0.5 * np.log(values).sum(axis=-1) - 1.5 * log(2 * pi)
        )  # fmt: skip
    return np.where(found.known, level, np.nan)


def mahalanobis(found: Overlap, radius_km: float) -> Floats:
    """Return how many standard deviations the mean miss is away `(n,)`."""
    values, vectors = spread(found, radius_km)
    offset = np.einsum("nij,ni->nj", vectors, found.miss_km) / np.sqrt(values)
    distance: Floats = np.linalg.norm(offset, axis=-1)
    return distance


def spread(found: Overlap, radius_km: float) -> tuple[Floats, Floats]:
    """Return eigenvalues `(n, 3)` of the miss's covariance, rising and clipped, and its axes."""
    safe = np.where(found.known[:, np.newaxis, np.newaxis], found.covariance[:, :3, :3], np.eye(3))
    values, vectors = np.linalg.eigh(safe)
    return np.maximum(values, (1e-4 * radius_km) ** 2), vectors


def rate_of(found: Overlap, radius_km: float) -> Floats:
    """Return dNc/dt `(n,)`, 1/s; NaN where the overlap is not known."""
    values, vectors = spread(found, radius_km)
    is_narrow = np.sqrt(values[:, 0]) < _WIDE * radius_km
    rate = np.full(len(values), np.nan)
    for directions, chosen in ((_narrow_directions, is_narrow), (_wide_directions, ~is_narrow)):
        rows = np.flatnonzero(found.known & chosen)
        for begin in range(0, len(rows), _AT_ONCE):
            some = rows[begin : begin + _AT_ONCE]
            towards, weight = directions(found, values, vectors, radius_km, some)
            flow = _flow(found, values[some], vectors[some], radius_km, some, towards)
            rate[some] = radius_km**2 * (flow * weight).sum(axis=-1)
    return rate


def _flow(
    found: Overlap, values: Floats, vectors: Floats, radius_km: float, rows: Indices,
    towards: Floats,
) -> Floats:  # fmt: skip
    """Return nu(u) N(R u; m, A) of times `(m,)` towards directions u `(m, k, 3)`: `(m, k)`."""
    covariance = found.covariance[rows]
    offset = radius_km * towards - found.miss_km[rows, np.newaxis]
    inverse = (vectors / values[:, np.newaxis]) @ np.swapaxes(vectors, -1, -2)
    exponent = ((offset @ inverse) * offset).sum(axis=-1) / 2
    gain = covariance[:, 3:, :3] @ inverse
    inner = covariance[:, 3:, 3:] - gain @ covariance[:, :3, 3:]
    velocity = found.velocity_km_s[rows, np.newaxis] + offset @ np.swapaxes(gain, -1, -2)
    mean = (towards * velocity).sum(axis=-1)
    sigma = np.sqrt(np.maximum(((towards @ inner) * towards).sum(axis=-1), 0.0))
    peak = (2 * pi) ** -1.5 / np.sqrt(values.prod(axis=-1))
    flow: Floats = _inwards(mean, sigma) * np.exp(-exponent) * peak[:, np.newaxis]
    return flow


def _narrow_directions(
    found: Overlap, values: Floats, vectors: Floats, radius_km: float, rows: Indices
) -> tuple[Floats, Floats]:
    """Return directions `(m, k, 3)` of times `(m,)`, and weights `(m, k)`.

    They are where a density that is narrow beside the radius reaches the sphere: rings about its
    narrowest axis, and on each ring two arcs along the next.
    """
    sigmas = np.sqrt(values[rows]) / radius_km
    middle = np.einsum("nij,ni->nj", vectors[rows], found.miss_km[rows]) / radius_km
    low, high = _reached(middle[:, 0], sigmas[:, 0])
    half = (high - low)[:, np.newaxis] / 4
    centre = (low + high)[:, np.newaxis] / 2
    node, share = _NARROW_RULE
    u = np.concatenate([centre - half + half * node, centre + half + half * node], axis=1)
    per_ring = np.tile(half * share, 2)
    across = np.sqrt(1 - u * u)
    low, high = _reached(middle[:, 1, np.newaxis] / across, sigmas[:, 1, np.newaxis] / across)
    begin, end = np.arccos(high), np.arccos(low)
    node, share = _ARC_RULE
    angle = ((begin + end) / 2)[..., np.newaxis] + ((end - begin) / 2)[..., np.newaxis] * node
    weight = (per_ring * (end - begin) / 2)[..., np.newaxis] * share
    first = np.broadcast_to(u[..., np.newaxis], angle.shape)
    side = across[..., np.newaxis]
    arc = np.stack([first, side * np.cos(angle), side * np.sin(angle)], axis=-1)
    arc = arc.reshape(len(rows), -1, 3)
    both = np.concatenate([arc, arc * np.array([1.0, 1.0, -1.0])], axis=1)
    towards: Floats = both @ np.swapaxes(vectors[rows], -1, -2)
    return towards, np.tile(weight.reshape(len(rows), -1), 2)


def _reached(middle: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """Return the part of [-1, 1] within `_NARROW` deviations of a middle.

    Where the middle is outside, what counts is the end that is nearest to it.
    """
    reach = _NARROW * sigma
    low = np.maximum(-1.0, np.minimum(middle - reach, 1.0 - reach))
    return low, np.minimum(1.0, np.maximum(middle + reach, reach - 1.0))


def _wide_directions(
    found: Overlap, values: Floats, vectors: Floats, radius_km: float, rows: Indices
) -> tuple[Floats, Floats]:
    """Return directions `(m, k, 3)` all over the sphere of times `(m,)`, and weights `(m, k)`.

    They are rings about the velocity, for where its sign changes the rate has a kink.
    """
    velocity = found.velocity_km_s[rows]
    speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
    axis = np.where(speed > 0, velocity / np.where(speed > 0, speed, 1.0), vectors[rows, :, 0])
    side = np.cross(axis, np.eye(3)[np.abs(axis).argmin(axis=-1)])
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    towards: Floats = _SPHERE @ np.stack([axis, side, np.cross(axis, side)], axis=-2)
    return towards, np.broadcast_to(_SPHERE_WEIGHT, towards.shape[:-1])


def _sphere() -> tuple[Floats, Floats]:
    """Return directions `(k, 3)` in rings about the first axis, none across its equator."""
    node, share = np.polynomial.legendre.leggauss(12)
    u = np.concatenate([(node - 1) / 2, (node + 1) / 2])
    angle = 2 * pi * (np.arange(_RING) + 0.5) / _RING
    ring = np.stack([np.zeros(_RING), np.cos(angle), np.sin(angle)], axis=-1)
    towards = np.sqrt(1 - u * u)[:, np.newaxis, np.newaxis] * ring
    towards[..., 0] = u[:, np.newaxis]
    return towards.reshape(-1, 3), np.repeat(np.tile(share / 2, 2) * (2 * pi / _RING), _RING)


def _inwards(mean: Floats, sigma: Floats) -> Floats:
    """Return E[max(-w, 0)] of outward speeds w, Gaussian `(k,)` (Coppola eq. 37)."""
    still = sigma <= 1e-12 * np.abs(mean)
    z = mean / (sqrt(2.0) * np.where(still, 1.0, sigma))
    z[still] = 0.0
    # exp(-z^2) - sqrt(pi) z erfc(z): by erfcx where the two are nearly alike.
    away = np.maximum(z, 0.0)
    flow = np.where(
        z > 0, np.exp(-away * away) * (1 - sqrt(pi) * away * erfcx(away)),
        np.exp(-z * z) - sqrt(pi) * z * erfc(z),
    )  # fmt: skip
    return np.where(still, np.maximum(-mean, 0.0), sigma / sqrt(2 * pi) * flow)


_SPHERE, _SPHERE_WEIGHT = _sphere()
