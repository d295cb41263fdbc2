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

_NARROW_RULE: Final = np.polynomial.legendre.leggauss(24)
_ARC_RULE: Final = np.polynomial.legendre.leggauss(32)
_WIDE_RULE: Final = np.polynomial.legendre.leggauss(10)
_RING: Final = 16
_WIDE: Final = 3.0
"""Narrowest deviation, in radii, from which the density is nearly even over the sphere."""
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
    return np.array(
        [
            _entering(
                found.miss_km[k], found.velocity_km_s[k], found.covariance[k],
                values[k], vectors[k], radius_km,
            )
            if found.known[k]
            else np.nan
            for k in range(len(values))
        ],
        np.float64,
    )  # fmt: skip


def _entering(
    miss_km: Floats, velocity_km_s: Floats, covariance: Floats,
    values: Floats, vectors: Floats, radius_km: float,
) -> float:  # fmt: skip
    """Return the rate of one time: the integral over directions."""
    if sqrt(values[0]) < _WIDE * radius_km:
        sigmas = np.sqrt(values) / radius_km
        towards, weight = _narrow_directions(vectors.T @ miss_km / radius_km, sigmas)
        towards = towards @ vectors.T
    else:
        towards, weight = _wide_directions(velocity_km_s)
    offset = radius_km * towards - miss_km
    inverse = (vectors / values) @ vectors.T
    exponent = ((offset @ inverse) * offset).sum(axis=1) / 2
    gain = covariance[3:, :3] @ inverse
    inner = covariance[3:, 3:] - gain @ covariance[:3, 3:]
    mean = (towards * (velocity_km_s + offset @ gain.T)).sum(axis=1)
    sigma = np.sqrt(np.maximum(((towards @ inner) * towards).sum(axis=1), 0.0))
    density = np.exp(-exponent) * (2 * pi) ** -1.5 / sqrt(float(values.prod()))
    return radius_km**2 * float((_inwards(mean, sigma) * density) @ weight)


def _narrow_directions(middle: Floats, sigmas: Floats) -> tuple[Floats, Floats]:
    """Return directions `(k, 3)` in principal axes, narrowest first, and weights `(k,)`.

    They are where a Gaussian with this middle and these deviations `(3,)`, in radii, reaches the
    sphere: rings about the first axis, and on each ring two arcs along the second.
    """
    low, high = _reached(np.array(middle[0]), np.array(sigmas[0]))
    cuts = np.linspace(float(low), float(high), 3)
    half = np.diff(cuts)[:, np.newaxis] / 2
    u = ((cuts[:-1] + cuts[1:])[:, np.newaxis] / 2 + half * _NARROW_RULE[0]).ravel()
    across = np.sqrt(1 - u * u)
    low, high = _reached(middle[1] / across, sigmas[1] / across)
    begin, end = np.arccos(high), np.arccos(low)
    angle = ((begin + end) / 2)[:, np.newaxis] + ((end - begin) / 2)[:, np.newaxis] * _ARC_RULE[0]
    weight = np.multiply.outer((half * _NARROW_RULE[1]).ravel() * (end - begin) / 2, _ARC_RULE[1])
    first = np.broadcast_to(u[:, np.newaxis], angle.shape)
    second, third = across[:, np.newaxis] * np.cos(angle), across[:, np.newaxis] * np.sin(angle)
    arc = np.stack([first, second, third], axis=-1).reshape(-1, 3)
    return np.concatenate([arc, arc * np.array([1.0, 1.0, -1.0])]), np.tile(weight.ravel(), 2)


def _reached(middle: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """Return the part of [-1, 1] within `_NARROW` deviations of a middle.

    Where the middle is outside, what counts is the end that is nearest to it.
    """
    reach = _NARROW * sigma
    low = np.maximum(-1.0, np.minimum(middle - reach, 1.0 - reach))
    return low, np.minimum(1.0, np.maximum(middle + reach, reach - 1.0))


def _wide_directions(velocity_km_s: Floats) -> tuple[Floats, Floats]:
    """Return directions `(k, 3)` all over the sphere, and weights `(k,)`.

    They are rings about the velocity, for where its sign changes the rate has a kink.
    """
    speed = float(np.linalg.norm(velocity_km_s))
    axis = velocity_km_s / speed if speed > 0 else np.array([1.0, 0.0, 0.0])
    side = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    side /= np.linalg.norm(side)
    u = np.concatenate([(_WIDE_RULE[0] - 1) / 2, (_WIDE_RULE[0] + 1) / 2])
    angle = 2 * pi * (np.arange(_RING) + 0.5) / _RING
    ring = np.outer(np.cos(angle), side) + np.outer(np.sin(angle), np.cross(axis, side))
    along = np.multiply.outer(u, axis)[:, np.newaxis]
    towards = along + np.multiply.outer(np.sqrt(1 - u * u), ring)
    weight = np.repeat(np.tile(_WIDE_RULE[1] / 2, 2) * (2 * pi / _RING), _RING)
    return towards.reshape(-1, 3), weight


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
