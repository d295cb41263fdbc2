"""Bound how far from the Earth's centre SGP4 takes each object in a window of time.

Two objects whose bands lie further apart than a distance never come within it: this and space
itself are the only safe filters (detection.md, Screening).
"""

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM, J2, SECONDS_PER_DAY
from sda.orbit.propagation import Propagator
from sda.times import julian_grid

__all__ = ["radial_bands"]

Floats = NDArray[np.float64]

_SAMPLES: Final = 5
_BETWEEN_SAMPLES: Final = 1 / 8
_ROUNDING_KM: Final = 1e-3
_J3_OVER_J2: Final = 2.53881e-6 / J2  # without its sign; WGS-72
_SUN: Final = 2.9864797e-6
_MOON: Final = 4.7968065e-7
_LUNISOLAR: Final = 7.5 * (_SUN + _MOON)  # rad/min


def radial_bands(propagator: Propagator, start: datetime, length_s: float) -> tuple[Floats, Floats]:
    """Return least and greatest geocentric radius `(n,)`, km, of each object within a window.

    Every state that SGP4 gives without an error lies in its band. An object that SGP4 gives up at
    one of the sampled times cannot be judged: its band is 0 to infinity.

    SGP4's radius (Hoots and Roehrich 1980, section 6; Vallado et al. 2006, `sgp4`) is, in Earth
    radii, of its mean a and e, i and the argument of latitude u at that time:

        r = a (1 - f cos E) (1 - q (3 cos^2 i - 1)) + J2 sin^2 i cos 2u / (4 p)
        q = 3/4 J2 / (a^2 (1 - f^2)^(3/2)),  p = a (1 - f^2)
        |f - e'| <= |J3 / J2| sin i / (2 a (1 - e'^2)),  e' = e + lunar and solar periodics

    E and u take any value, a and e are sampled five times. What they do otherwise:

    - Between samples they follow drag, resonance and lunar and solar secular rates, which turn
      at most once: an eighth of the swing is added at both ends; a parabola that turns within
      the window passes its samples by less than a fourteenth of it.
    - Drag moves e within a revolution by B* C5 (sin M - sin M0). C5 is at most
      3 (1 - e^2) / n times C2, and a falls at the rate 2 B* C2 a, so this is at most half of
      the part of a that is lost in a revolution; all of it is added.
    - In deep space (period 225 min and more) e' swings about e. The amplitude of each body is
      (se2^2 + se3^2)^(1/2) / 4 in SGP4's names, at most 7.5 e (1 - e^2)^(1/2) c / n, since s6 and
      s7 are products of direction cosines; c is the body's constant. i swings too, so any i is
      allowed for there: this costs 3 km at the most.
    """
    a, e = _mean_elements(propagator, start, length_s)
    unsafe = ~np.isfinite(a).all(axis=1)
    a[unsafe], e[unsafe] = 1.0, 0.0
    deep, sin2, motion = _constants(propagator)
    lost = np.abs(np.diff(a, axis=1)).max(axis=1) * (_SAMPLES - 1) / length_s
    lost *= SECONDS_PER_DAY / motion / a.min(axis=1)
    motion_rad_min = motion * 2 * np.pi / 1440
    e0 = e.max(axis=1)
    lunisolar = deep * _LUNISOLAR * e0 * np.sqrt(1 - e0**2) / motion_rad_min
    a_low, a_high = _widened(a, 0.0)
    e_low, e_high = _widened(e, lost + lunisolar)
    unsafe |= (a_low <= 0) | (e_high >= 1)
    a_low[unsafe], e_high[unsafe] = 1.0, 0.0
    shift = _J3_OVER_J2 * np.sqrt(sin2) / (2 * a_low * (1 - e_high**2))
    f_low, f_high = np.maximum(e_low - shift, 0.0), e_high + shift
    unsafe |= f_high >= 1
    f_high[unsafe] = f_low[unsafe] = 0.0
    q_low, q_high = _oblateness(a_high, f_low), _oblateness(a_low, f_high)
    cosine_low, cosine_high = np.where(deep, -1.0, 2 - 3 * sin2), 2 - 3 * sin2 * ~deep
    ripple = J2 * sin2 / (4 * a_low * (1 - f_high**2))
    low = a_low * (1 - f_high) * (1 - np.maximum(q_low * cosine_high, q_high * cosine_high))
    high = a_high * (1 + f_high) * (1 - np.minimum(q_low * cosine_low, q_high * cosine_low))
    low_km = np.maximum((low - ripple) * EARTH_RADIUS_KM - _ROUNDING_KM, 0.0)
    high_km = (high + ripple) * EARTH_RADIUS_KM + _ROUNDING_KM
    return np.where(unsafe, 0.0, low_km), np.where(unsafe, np.inf, high_km)


def _mean_elements(
    propagator: Propagator, start: datetime, length_s: float
) -> tuple[Floats, Floats]:
    """Return SGP4's mean a, in Earth radii, and e `(n, _SAMPLES)`; NaN where it gives an error."""
    jd, fr = julian_grid(start, np.linspace(0.0, length_s, _SAMPLES))
    times = list(zip(jd.tolist(), fr.tolist(), strict=True))
    sampled: list[float] = []
    for k in range(len(propagator)):
        record = propagator.record(k)
        for day, part in times:
            failed = record.sgp4(day, part)[0]
            sampled += (np.nan, np.nan) if failed else (record.am, record.em)
    table = np.array(sampled).reshape(-1, _SAMPLES, 2)
    return table[..., 0].copy(), table[..., 1].copy()


def _constants(propagator: Propagator) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return whether each object is in deep space, sin^2 i (1 there) and revolutions a day."""
    elements = propagator.elements
    deep = np.array([propagator.record(k).method == "d" for k in range(len(elements))], np.bool_)
    inclination_rad = np.radians([one.inclination_deg for one in elements])
    motion = np.array([one.mean_motion_rev_day for one in elements])
    return deep, np.where(deep, 1.0, np.sin(inclination_rad) ** 2), motion


def _widened(sampled: Floats, pad: Floats | float) -> tuple[Floats, Floats]:
    """Return bounds `(n,)` of a quantity from its samples `(n, _SAMPLES)`."""
    low, high = sampled.min(axis=1), sampled.max(axis=1)
    pad = pad + (high - low) * _BETWEEN_SAMPLES
    return np.maximum(low - pad, 0.0), high + pad


def _oblateness(a: Floats, e: Floats) -> Floats:
    """Return q of `radial_bands`."""
    return 0.75 * J2 / (a**2 * (1 - e**2) ** 1.5)
