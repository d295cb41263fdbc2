"""Move two-body orbits in equinoctial elements, in which their errors stay Gaussian longest.

Elements are n (rad/s), f = e cos(w + O), g = e sin(w + O), p = tan(i/2) sin O, q = tan(i/2) cos O
and the mean longitude l = w + O + M (rad), after Broucke and Cefola (1972, Celestial Mechanics 5);
the mean motion takes the place of the semi-major axis, for l grows linearly in it. They are
singular at an inclination of 180 degrees alone.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_EGM96_KM3_S2

__all__ = ["from_state", "jacobian", "propagated", "to_state"]

Floats = NDArray[np.float64]

_MU: Final = MU_EGM96_KM3_S2
_STEP: Final = 1e-30
_NEWTON: Final = 20
_CLOSE: Final = 1e-15


def from_state(r_km: Floats, v_km_s: Floats) -> Floats:
    """Return elements `(..., 6)` of inertial states `(..., 3)`; NaN where an orbit is unbound."""
    radius = _length(r_km)
    momentum = np.cross(r_km, v_km_s)
    w = momentum / _length(momentum)[..., np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        axis_km = 1.0 / (2.0 / radius - _dot(v_km_s, v_km_s) / _MU)
        n = np.sqrt(_MU / axis_km**3)
        p, q = w[..., 0] / (1 + w[..., 2]), -w[..., 1] / (1 + w[..., 2])
    first, second = _axes(p, q)
    eccentricity = np.cross(v_km_s, momentum) / _MU - r_km / radius[..., np.newaxis]
    f, g = _dot(eccentricity, first), _dot(eccentricity, second)
    x, y = _dot(r_km, first) / axis_km, _dot(r_km, second) / axis_km
    with np.errstate(invalid="ignore"):
        root = np.sqrt(1 - f * f - g * g)
        beta = 1 / (1 + root)
        cosine = f + ((1 - f * f * beta) * x - f * g * beta * y) / root
        sine = g + ((1 - g * g * beta) * y - f * g * beta * x) / root
    longitude = np.arctan2(sine, cosine) + g * cosine - f * sine
    bound: Floats = np.stack([n, f, g, p, q, longitude], axis=-1)
    return bound


def propagated(elements: Floats, seconds: Floats) -> Floats:
    """Return elements `(..., 6)` after seconds `(...,)`: only the mean longitude moves."""
    moved = np.array(np.broadcast_to(elements, (*np.shape(seconds), 6)))
    moved[..., 5] += moved[..., 0] * seconds
    return moved


def to_state(elements: Floats) -> Floats:
    """Return inertial states `(..., 6)`, km and km/s, of elements `(..., 6)`."""
    state: Floats = _state(elements, _longitude(elements))
    return state


def jacobian(elements: Floats, seconds: Floats) -> tuple[Floats, Floats]:
    """Return states `(..., 6)` and their derivatives by the elements of `seconds` before.

    Takes elements at the time of the states; derivatives are `(..., 6, 6)`, a column an element.
    They are taken by complex steps (Squire and Trapp 1998, SIAM Review 40), to the last digit.
    """
    longitude = _longitude(elements)[..., np.newaxis]
    steps = elements[..., np.newaxis, :] + 1j * _STEP * np.eye(6)
    # One complex Newton step carries the derivative of Kepler's equation.
    turned = longitude - _kepler(steps, longitude) / _kepler_slope(steps, longitude)
    moved = _state(steps, turned)
    by_element = np.swapaxes(moved.imag / _STEP, -1, -2)
    by_element[..., 0] += seconds[..., np.newaxis] * by_element[..., 5]
    return moved[..., 0, :].real.copy(), by_element


def _state(elements: Any, longitude: Any) -> Any:
    """Return states of elements and eccentric longitudes, real or complex."""
    n, f, g, p, q, _ = np.moveaxis(elements, -1, 0)
    axis_km = (_MU / n**2) ** (1 / 3)
    beta = 1 / (1 + np.sqrt(1 - f * f - g * g))
    cosine, sine = np.cos(longitude), np.sin(longitude)
    radius = 1 - f * cosine - g * sine
    x = (1 - g * g * beta) * cosine + f * g * beta * sine - f
    y = (1 - f * f * beta) * sine + f * g * beta * cosine - g
    rate = n / radius
    vx = rate * (f * g * beta * cosine - (1 - g * g * beta) * sine)
    vy = rate * ((1 - f * f * beta) * cosine - f * g * beta * sine)
    first, second = _axes(p, q)
    position = first * x[..., np.newaxis] + second * y[..., np.newaxis]
    velocity = first * vx[..., np.newaxis] + second * vy[..., np.newaxis]
    return np.concatenate([position, velocity], axis=-1) * axis_km[..., np.newaxis]


def _axes(p: Any, q: Any) -> tuple[Any, Any]:
    """Return the equinoctial axes `(..., 3)` in the orbit's plane."""
    scale = 1 / (1 + p * p + q * q)
    first = np.stack([1 - p * p + q * q, 2 * p * q, -2 * p], axis=-1)
    second = np.stack([2 * p * q, 1 + p * p - q * q, 2 * q], axis=-1)
    return first * scale[..., np.newaxis], second * scale[..., np.newaxis]


def _longitude(elements: Floats) -> Floats:
    """Return eccentric longitudes `(...,)` that solve Kepler's equation."""
    longitude: Floats = elements[..., 5].copy()
    for _ in range(_NEWTON):
        step = _kepler(elements, longitude) / _kepler_slope(elements, longitude)
        # Far out in an eccentric orbit a whole step may overshoot.
        longitude -= np.clip(step, -1.0, 1.0)
        if not (np.abs(step) > _CLOSE * (1 + np.abs(longitude))).any():
            break
    return longitude


def _kepler(elements: Any, longitude: Any) -> Any:
    f, g, mean = elements[..., 1], elements[..., 2], elements[..., 5]
    return longitude + g * np.cos(longitude) - f * np.sin(longitude) - mean


def _kepler_slope(elements: Any, longitude: Any) -> Any:
    return 1 - elements[..., 2] * np.sin(longitude) - elements[..., 1] * np.cos(longitude)


def _dot(one: Floats, other: Floats) -> Floats:
    product: Floats = np.einsum("...i,...i->...", one, other)
    return product


def _length(vector: Floats) -> Floats:
    return np.sqrt(_dot(vector, vector))
