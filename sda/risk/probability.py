"""Say how probable a collision is on a straight passage, and how probable at most.

On a short encounter the relative motion is straight and the velocities are known, so time drops
out: what is left is a Gaussian over the plane across the relative velocity, integrated over the
disc of the combined radius (Foster and Estes 1992, NASA JSC-25898; Akella and Alfriend 2000,
J. Guidance 23(5)). `sda.risk.encounter_plane` gives the Gaussian in its principal axes,
`sda.risk.validity` says whether the encounter is that short.
"""

from math import e, pi, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf, erfcx

from sda.errors import RiskError

__all__ = ["dilution_km", "max_probability", "probability_2d", "scaled_max_probability"]

Floats = NDArray[np.float64]

_NODES: Final = 16
_PANELS: Final = 8
_SMOOTH: Final = 8.0
"""Greatest swing of the integrand's exponent that the midpoint rule takes, to 1e-10."""
_REACH: Final = 40.0
"""Exponents further than this below the greatest add less than 1e-17 of it."""
_THIN: Final = 5e-3
"""Half width, times one and the distance, up to which a series of three terms has all digits."""
_AT_ONCE: Final = 2048
"""Probabilities computed together: their arrays stay in the processor's cache."""
_TAU, _WEIGHT = np.polynomial.legendre.leggauss(_NODES)
_MIDDLES: Final = pi * ((np.arange(_NODES) + 0.5) / _NODES - 0.5)
_SIN, _COS = np.sin(_MIDDLES), np.cos(_MIDDLES)


def probability_2d(
    x_km: ArrayLike,
    y_km: ArrayLike,
    sigma_x_km: ArrayLike,
    sigma_y_km: ArrayLike,
    radius_km: ArrayLike,
) -> Floats:
    """Return the probability that two spheres of one combined radius touch on a straight passage.

    Takes the miss in the encounter plane along the principal axes of the combined covariance, and
    the standard deviations along them; all broadcast, and the result has their shape. Alfano 2005
    (J. Astronautical Sciences 53, eq. 5): along one axis the Gaussian is integrated in closed form,

        P = 1 / (2 sqrt(2 pi) sx) int_-R^R exp(-(x - xm)^2 / 2 sx^2)
            [erf((ym + h) / sqrt(2) sy) - erf((ym - h) / sqrt(2) sy)] dx,  h^2 = R^2 - x^2,

    along the other in the angle t of x = R sin t, in which the integrand is smooth and periodic, so
    that the midpoint rule converges at once. Where the integrand is peaked (a deviation far below
    the radius, or a miss of many deviations) it is searched for the part that counts, and that is
    cut into panels of Gauss and Legendre. x is the narrower axis, so that any aspect ratio is
    taken. Tails are computed without cancellation: results down to 1e-300 keep ten digits.

    Raises RiskError for a deviation or radius that is not positive and finite.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (x_km, y_km, sigma_x_km, sigma_y_km, radius_km))
    )
    shape = arrays[0].shape
    x, y, sigma_x, sigma_y, radius = (one.ravel() for one in arrays)
    for name, values in (("deviation", sigma_x), ("deviation", sigma_y), ("radius", radius)):
        if not (np.isfinite(values).all() and (values > 0).all()):
            raise RiskError(f"a {name} is not positive and finite: repair the covariance first")
    result = np.empty(len(x))
    for begin in range(0, len(x), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        result[part] = _integrated(x[part], y[part], sigma_x[part], sigma_y[part], radius[part])
    return result.reshape(shape)


def _integrated(x: Floats, y: Floats, sigma_x: Floats, sigma_y: Floats, radius: Floats) -> Floats:
    """Return probabilities `(m,)`, the peaked ones by panels."""
    narrow = sigma_x <= sigma_y
    root = sqrt(2.0)
    # In units of each axis' deviation, times the square root of two: exponents are squares.
    a = np.where(narrow, np.abs(x) / sigma_x, np.abs(y) / sigma_y) / root
    b = np.where(narrow, np.abs(y) / sigma_y, np.abs(x) / sigma_x) / root
    rx = radius / np.minimum(sigma_x, sigma_y) / root
    ry = radius / np.maximum(sigma_x, sigma_y) / root
    swing = rx * (2 * a + rx) + ry * (2 * b + ry)
    result = np.empty(len(x))
    peaked = swing > _SMOOTH
    chosen = np.flatnonzero(~peaked)
    result[chosen] = _midpoints(*(one[chosen] for one in (a, b, rx, ry)))
    chosen = np.flatnonzero(peaked)
    if len(chosen):
        result[chosen] = _by_panels(*(one[chosen] for one in (a, b, rx, ry)))
    return np.minimum(result, 1.0)


def _midpoints(a: Floats, b: Floats, rx: Floats, ry: Floats) -> Floats:
    """Return the integrals `(m,)` over the whole half circle by the midpoint rule."""
    along = rx[:, np.newaxis] * _SIN - a[:, np.newaxis]
    inner = _between(b[:, np.newaxis], ry[:, np.newaxis] * _COS)
    integral: Floats = (np.exp(-along * along) * inner) @ _COS
    integral *= rx * (sqrt(pi) / (2.0 * _NODES))
    return integral


def _by_panels(a: Floats, b: Floats, rx: Floats, ry: Floats) -> Floats:
    """Return the integrals `(m,)` over the part of the half circle that counts."""
    total = np.zeros(len(a))
    edges = _edges(a, b, rx, ry)
    a, b, rx, ry = (one[:, np.newaxis] for one in (a, b, rx, ry))
    for low, high in zip(edges.T[:-1], edges.T[1:], strict=True):
        half = ((high - low) / 2)[:, np.newaxis]
        t = ((high + low) / 2)[:, np.newaxis] + half * _TAU
        cos_t = np.cos(t)
        along = rx * np.sin(t) - a
        total += (np.exp(-along * along) * cos_t * _between(b, ry * cos_t)) @ _WEIGHT * half[:, 0]
    result: Floats = total * rx[:, 0] / (2.0 * sqrt(pi))
    return result


def _between(middle: Floats, half: Floats) -> Floats:
    """Return erf(m + h) - erf(m - h) for m, h >= 0 without loss where both are near or far out."""
    middle = np.broadcast_to(middle, half.shape)
    low = middle - half
    thin = half * (1.0 + middle) < _THIN
    if thin.all():
        return _narrow(middle, half)
    tail = (low > 0.5) & ~thin
    plain = ~(thin | tail)
    found = np.empty(half.shape)
    found[thin] = _narrow(middle[thin], half[thin])
    found[plain] = erf(middle[plain] + half[plain]) - erf(low[plain])
    # erfc(z) = exp(-z^2) erfcx(z): the difference of two tails, told from the nearer one.
    z, w = low[tail], half[tail]
    found[tail] = np.exp(-z * z) * (erfcx(z) - np.exp(-4.0 * middle[tail] * w) * erfcx(z + 2 * w))
    return found


def _narrow(middle: Floats, half: Floats) -> Floats:
    """Return the same to fourth order in a narrow h, where the difference would lose digits.

    With H the Hermite polynomials: 4 h exp(-m^2) / sqrt(pi) (1 + H2 h^2 / 6 + H4 h^4 / 120).
    """
    square, step = middle * middle, half * half
    second, fourth = 4 * square - 2, (16 * square - 48) * square + 12
    series = 1 + step * (second / 6 + step * fourth / 120)
    result: Floats = 4 / sqrt(pi) * half * np.exp(-square) * series
    return result


def _edges(a: Floats, b: Floats, rx: Floats, ry: Floats) -> Floats:
    """Return edges in t `(m, n_panel + 1)` around the part of the integrand that counts.

    The exponent is -(R sin t - a)^2 - max(b - H cos t, 0)^2. It has one peak on the half circle;
    it is found on a grid that is dense near both ends, and cut where it has fallen by `_REACH`.
    """
    grid = np.linspace(-pi / 2, pi / 2, 129)
    low, high = np.full(len(a), -pi / 2), np.full(len(a), pi / 2)
    for _ in range(6):
        share = np.linspace(0.0, 1.0, len(grid))
        t = low[:, np.newaxis] + (high - low)[:, np.newaxis] * share
        along = rx[:, np.newaxis] * np.sin(t) - a[:, np.newaxis]
        across = np.maximum(b[:, np.newaxis] - ry[:, np.newaxis] * np.cos(t), 0.0)
        exponent = -(along * along + across * across)
        counts = exponent > exponent.max(axis=1, keepdims=True) - _REACH
        first = np.maximum(counts.argmax(axis=1) - 1, 0)
        last = np.minimum(len(grid) - counts[:, ::-1].argmax(axis=1), len(grid) - 1)
        rows = np.arange(len(a))
        low, high = t[rows, first], t[rows, last]
    shares = np.linspace(0.0, 1.0, _PANELS + 1)
    edges: Floats = low[:, np.newaxis] + (high - low)[:, np.newaxis] * shares
    return edges


def max_probability(
    miss_km: ArrayLike, combined_radius_m: float, aspect_ratio: float
) -> NDArray[np.float64]:
    """Return the largest probability of collision that any size of covariance gives.

    Takes miss distances of any shape and returns the same shape, clamped to 1. Alfano (2005,
    "Relating position uncertainty to maximum conjunction probability", J. Astronautical
    Sciences 53) to first order:

        P_max = AR R^2 / (e d^2),  at sigma_minor = d / (sqrt(2) AR)

    Assumed: straight passage, positions Gaussian and constant in the encounter, both bodies
    inside one sphere of radius R that is small beside the miss d, the covariance ellipse of
    aspect ratio AR with its major axis along the miss. Element sets carry no covariance, so
    this is a ceiling for the geometry, not an estimate; it means least for slow pairs, whose
    passage is not straight.
    """
    miss_m = np.asarray(miss_km, np.float64) * 1000.0
    with np.errstate(divide="ignore", over="ignore"):
        first_order = aspect_ratio * combined_radius_m**2 / (e * miss_m**2)
    return np.minimum(first_order, 1.0)


def dilution_km(miss_km: ArrayLike, aspect_ratio: float) -> Floats:
    """Return the deviation along the minor axis at which `max_probability` is reached.

    Takes miss distances of any shape and returns the same shape: d / (sqrt(2) AR). With errors
    above it the probability is diluted: it falls although nothing has become safer, and a small one
    says that the data are poor (Alfano 2005). SOCRATES calls it the dilution threshold.
    """
    return np.asarray(miss_km, np.float64) / (sqrt(2.0) * aspect_ratio)


def scaled_max_probability(
    x_km: float, y_km: float, sigma_x_km: float, sigma_y_km: float, radius_km: float
) -> tuple[float, float]:
    """Return the largest probability that scaling the covariance gives, and the scale.

    The shape and direction of the covariance stay, all deviations are multiplied by one scale
    (CCSDS: SCALE_COMBINED_COVAR). A scale below 1 says that the probability is diluted: better
    tracking would raise it. To first order the scale is the Mahalanobis distance over sqrt(2); the
    search runs about there with `probability_2d`. Where the miss is within the radius every
    smaller covariance gives more, up to 1, and the scale is 0.
    """
    if x_km * x_km + y_km * y_km <= radius_km * radius_km:
        return 1.0, 0.0
    first_order = float(np.hypot(x_km / sigma_x_km, y_km / sigma_y_km)) / sqrt(2.0)
    low, high = first_order / 50.0, first_order * 2.0
    best = first_order
    # A maximum of one hump: narrowed on a logarithmic grid, ten times at a round.
    for _ in range(8):
        scales = np.geomspace(low, high, 41)
        found = probability_2d(x_km, y_km, sigma_x_km * scales, sigma_y_km * scales, radius_km)
        place = int(found.argmax())
        best, probability = float(scales[place]), float(found[place])
        low, high = scales[max(place - 1, 0)], scales[min(place + 1, len(scales) - 1)]
    return probability, best
