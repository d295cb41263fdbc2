"""Tell whether an encounter is short and straight enough for the 2-D probability.

Along a straight line the probability gathers about T = -(v' C^-1 r) / (v' C^-1 v) with a deviation
of S = 1 / sqrt(v' C^-1 v), C the covariance of the miss vector r. Where T +- 8.2 S, all but 1e-16
of it, is no small part of a revolution, the paths bend on the way (Coppola 2012, AAS 12-248; Hall,
Baars and Casali 2023, AAS 23-398).
"""

from collections.abc import Iterator
from math import inf, sqrt
from typing import Final

import numpy as np

from sda.risk.config import ValidityConfig
from sda.risk.conjunction import Conjunction

__all__ = ["reasons_against_2d"]

_SPREAD: Final = 8.2220817
"""sqrt(2) erfcinv(1e-16): deviations in which all but 1e-16 lies."""


def reasons_against_2d(
    conjunction: Conjunction, least_sigma_km: float, limits: ValidityConfig
) -> tuple[str, ...]:
    """Return why the 2-D probability does not hold, in words; nothing where it may.

    Whether curved paths change the figure all the same only the 3-D probability tells: an orbit
    that is short beside its period may still be bent beside its errors.
    """
    return tuple(_reasons(conjunction, least_sigma_km, limits))


def _reasons(
    conjunction: Conjunction, least_sigma_km: float, limits: ValidityConfig
) -> Iterator[str]:
    velocity, miss = conjunction.velocity_km_s, conjunction.miss_vector_km
    if not velocity.any():
        yield "the objects do not move against each other"
        return
    period_s = min(conjunction.object_1.period_s, conjunction.object_2.period_s)
    if period_s == inf:
        yield "an orbit is not bound"
        return
    values, vectors = np.linalg.eigh(conjunction.position_covariance_km2)
    towards = vectors @ (vectors.T @ velocity / np.maximum(values, least_sigma_km**2))
    curvature = float(velocity @ towards)
    at_s, sigma_s = -float(miss @ towards) / curvature, 1.0 / sqrt(curvature)
    lasts = 2 * _SPREAD * sigma_s / period_s
    if lasts > limits.extended:
        yield (
            f"extended: the encounter takes {_share(lasts)} of a revolution "
            f"at {conjunction.relative_speed_km_s * 1000:.3g} m/s, over {limits.extended:g}"
        )
    reaches = (abs(at_s) + _SPREAD * sigma_s) / period_s
    if reaches > limits.offset:
        yield (
            f"offset: it reaches {_share(reaches)} of a revolution away from TCA, "
            f"over {limits.offset:g}"
        )


def _share(revolutions: float) -> str:
    return f"{revolutions:.2g}" if revolutions < 10 else f"{revolutions:.0f} times"
