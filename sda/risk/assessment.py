"""Weigh one conjunction: the probability by the method that holds, and the greatest possible."""

from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.errors import RiskError
from sda.risk.config import ValidityConfig
from sda.risk.conjunction import Conjunction, State, clipped
from sda.risk.encounter_plane import EncounterPlane, encounter_plane
from sda.risk.expected_collisions import Expected, expected_collisions
from sda.risk.probability import probability_2d, scaled_max_probability
from sda.risk.validity import reasons_against_2d

__all__ = ["METHOD_2D", "METHOD_3D", "METHOD_MAX", "Assessment", "assessed"]

Floats = NDArray[np.float64]

METHOD_2D: Final = "FOSTER-1992"
METHOD_3D: Final = "HALL-2021"
METHOD_MAX: Final = "SCALE_COMBINED_COVAR"

_CLIP: Final = 1e-4
"""Deviations below this share of the radius are raised to it (Hall et al. 2017, AAS 17-567)."""
_ROUNDING: Final = 1e-11
"""Share of the greatest eigenvalue below zero that is rounding and no fault."""
_LOST: Final = 8 * float(np.finfo(np.float64).eps)
"""Share of the greatest variance that turning a covariance takes from, or adds to, the least."""
_TOLERATED: Final = 1e-3
"""Share of a variance, or of the radius squared, by which that changes no probability much."""
_GREATEST_RADIUS_KM: Final = 1e5
_SCALES: Final = (0.35, 0.6, 0.8, 1.0, 1.25, 1.6)
"""Scales, by the first order's, at which the greatest 3-D probability is looked for: the maximum is
flat, so that the next one to it gives 97 % of it and more."""
_SEARCH: Final = 1e-2
"""Relative accuracy of that search."""
_SEARCH_PIECES: Final = 250


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a conjunction comes to. `probability` is None where no method holds."""

    probability: float | None
    method: str | None
    invalid_reason: str
    """Why there is no probability; empty where there is one."""
    valid_2d: bool
    invalid_2d_reason: str
    """Why the 2-D probability does not hold; empty where it does."""
    probability_3d: float | None
    max_probability: float | None
    max_method: str | None
    max_scale: float | None
    """What all deviations are multiplied by at the greatest probability."""
    diluted: bool | None
    """Whether the errors are larger than at the greatest probability: better ones may raise it."""
    warnings: tuple[str, ...]


def assessed(conjunction: Conjunction, radius_km: float, limits: ValidityConfig) -> Assessment:
    """Return the probability of collision by the first of 2-D and 3-D that holds.

    The 3-D figure is always computed: it is the judge of the 2-D one. A covariance that is not
    positive definite is repaired by clipping eigenvalues, and that is said: of the 2-D figure only
    the two by two of the encounter plane has to be one, of the 3-D figure all six by six.

    Neither holds for an orbit that is not bound.

    Raises RiskError for a radius that is not positive, or is larger than any body.
    """
    if not 0.0 < radius_km <= _GREATEST_RADIUS_KM:
        raise RiskError(
            f"a combined radius of {radius_km * 1000:g} m is of no bodies: give one that is "
            f"positive and at most {_GREATEST_RADIUS_KM * 1000:g}"
        )
    repaired, warnings = _repaired(conjunction)
    least_km = _CLIP * radius_km
    if not (_has_errors(repaired.object_1) or _has_errors(repaired.object_2)):
        reason = "both covariances are zero: they say nothing of the errors"
        return _without_probability(reason, reason, warnings)
    for number, state in enumerate((repaired.object_1, repaired.object_2), 1):
        if state.period_s == inf:
            reason = f"the orbit of object {number} is not bound: check its frame and units"
            return _without_probability(reason, reason, warnings)
    against = list(reasons_against_2d(conjunction, least_km, limits))
    plane = None
    probability_2 = np.nan
    if conjunction.velocity_km_s.any():
        plane = _plane(conjunction, least_km)
        greatest_km2 = float(np.linalg.eigvalsh(conjunction.position_covariance_km2)[-1])
        if _LOST * greatest_km2 > _TOLERATED * max(radius_km, float(plane.sigma_x_km)) ** 2:
            reason = (
                f"the errors are too unequal: beside {np.sqrt(greatest_km2):.3g} km the least of "
                "them is lost in rounding"
            )
            return _without_probability(reason, reason, warnings)
        probability_2 = _probability(plane, radius_km)
        if plane.repaired:
            warnings.append(
                "the covariance in the encounter plane is not positive definite: "
                f"clipped at ({least_km * 1000:.3g} m)^2"
            )
    expected = expected_collisions(repaired, radius_km)
    probability_3 = min(expected.number, 1.0)
    if not expected.fault and plane is not None:
        # Alike covariances: what a repair changes is no matter of straight or curved.
        alike = _probability(_plane(repaired, least_km), radius_km)
        against += _difference(alike, probability_3, limits)
    warnings += _remarks(expected)
    if plane is not None and not against:
        if expected.fault:
            warnings.append(f"no 3-D probability bears the 2-D one out: {expected.fault}")
        greatest, scale = scaled_max_probability(
            float(plane.x_km), float(plane.y_km),
            float(plane.sigma_x_km), float(plane.sigma_y_km), radius_km,
        )  # fmt: skip
        return Assessment(
            probability=probability_2,
            method=METHOD_2D,
            invalid_reason="",
            valid_2d=True,
            invalid_2d_reason="",
            probability_3d=None if expected.fault else probability_3,
            max_probability=max(greatest, probability_2),
            max_method=METHOD_MAX,
            max_scale=scale,
            diluted=scale < 1.0,
            warnings=tuple(warnings),
        )
    reason_2d = "; ".join(against)
    if expected.fault:
        return _without_probability(f"2-D: {reason_2d}; 3-D: {expected.fault}", reason_2d, warnings)
    greatest, scale = _greatest_3d(repaired, radius_km, expected)
    return Assessment(
        probability=probability_3,
        method=METHOD_3D,
        invalid_reason="",
        valid_2d=False,
        invalid_2d_reason=reason_2d,
        probability_3d=probability_3,
        max_probability=greatest,
        max_method=METHOD_MAX,
        max_scale=scale,
        diluted=scale < 1.0,
        warnings=tuple(warnings),
    )


def _without_probability(reason: str, reason_2d: str, warnings: list[str]) -> Assessment:
    return Assessment(
        None, None, reason, False, reason_2d, None, None, None, None, None, tuple(warnings)
    )


def _plane(conjunction: Conjunction, least_km: float) -> EncounterPlane:
    return encounter_plane(
        conjunction.miss_vector_km,
        conjunction.velocity_km_s,
        conjunction.position_covariance_km2,
        least_km,
    )


def _probability(plane: EncounterPlane, radius_km: float) -> float:
    axes = (plane.x_km, plane.y_km, plane.sigma_x_km, plane.sigma_y_km)
    return float(probability_2d(*axes, radius_km))


def _repaired(conjunction: Conjunction) -> tuple[Conjunction, list[str]]:
    """Return the conjunction with covariances that are one, and what was done to them."""
    states, said = [], []
    for number, state in enumerate((conjunction.object_1, conjunction.object_2), 1):
        if (least := _least_share(state.covariance[:3, :3])) < -_ROUNDING:
            said.append(
                f"the position covariance of object {number} is not positive definite "
                f"(least eigenvalue {least:.2g} of the greatest)"
            )
        # Scaled to unit variances: positions and velocities have different units.
        scale = np.sqrt(np.abs(np.diagonal(state.covariance)))
        scale[scale == 0] = 1.0
        normed = state.covariance / np.outer(scale, scale)
        covariance, changed = clipped(normed, 0.0)
        if changed:
            least = float(np.linalg.eigvalsh(normed)[0])
            if least < -_ROUNDING:
                said.append(
                    f"the covariance of object {number} is not positive definite (least "
                    f"eigenvalue {least:.2g} of unit variances): clipped at zero"
                )
            covariance = covariance * np.outer(scale, scale)
            state = State(state.r_km, state.v_km_s, covariance)
        states.append(state)
    return Conjunction(conjunction.tca, *states), said


def _least_share(covariance: Floats) -> float:
    """Return the least eigenvalue over the greatest, 0 for none."""
    values = np.linalg.eigvalsh(covariance)
    return float(values[0] / values[-1]) if values[-1] > 0 else 0.0


def _has_errors(state: State) -> bool:
    return bool(np.trace(state.covariance[:3, :3]) > 0)


def _difference(probability_2: float, probability_3: float, limits: ValidityConfig) -> list[str]:
    if max(probability_2, probability_3) <= limits.negligible:
        return []
    if abs(probability_2 - probability_3) <= limits.differs * max(probability_2, probability_3):
        return []
    return [
        f"inaccurate: on curved paths the probability is {probability_3:.3g}, "
        f"on straight ones {probability_2:.3g}"
    ]


def _remarks(expected: Expected) -> list[str]:
    said = []
    if expected.ongoing:
        said.append(
            "the encounter is not over between the greatest ranges around TCA: collisions from "
            f"{expected.begin_s:.0f} s to {expected.end_s:.0f} s of TCA are counted"
        )
    if expected.contact_bound > 1e-3 * max(expected.number, 0.0) and expected.contact_bound > 1e-15:
        said.append(
            "that the objects touch before the encounter begins is not counted (up to "
            f"{expected.contact_bound:.2g})"
        )
    return said


def _greatest_3d(
    conjunction: Conjunction, radius_km: float, expected: Expected
) -> tuple[float, float]:
    """Return the greatest 3-D probability over scales of both covariances, and its scale."""
    if expected.nearest_km <= radius_km:
        return 1.0, 0.0
    first_order = max(expected.mahalanobis, 1e-3) / np.sqrt(2.0)
    best = min(expected.number, 1.0), 1.0
    for share in _SCALES:
        scale = share * first_order
        scaled = Conjunction(
            conjunction.tca,
            *(
                State(one.r_km, one.v_km_s, one.covariance * scale**2)
                for one in (conjunction.object_1, conjunction.object_2)
            ),
        )
        found = expected_collisions(scaled, radius_km, accuracy=_SEARCH, most_pieces=_SEARCH_PIECES)
        if found.fault:
            # Of still larger errors there is no answer either.
            break
        best = max(best, (min(found.number, 1.0), float(scale)))
    return best
