"""Turn a Conjunction Data Message into a close approach in the terms of the screening."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.ccsds.cdm import Cdm
from sda.ccsds.conjunctions import (
    combined_radius,
    conjunction_of,
    covariance_rtn,
    frame_of,
    norad_id_of,
)
from sda.ccsds.spelling import spell_covariance, spell_state
from sda.errors import MessageError
from sda.frames import to_ric
from sda.model import CloseApproach, Kind, Minimum
from sda.risk import dilution_km, max_probability, range_sigma_km
from sda.risk.assessment import assessed
from sda.risk.config import RiskConfig
from sda.risk.conjunction import Conjunction
from sda.screening.config import ScreeningConfig

__all__ = ["approach_of", "oriented"]

Floats = NDArray[np.float64]

_NO_ERROR: Final = np.zeros(3)


def oriented(cdm: Cdm) -> Conjunction:
    """Return both objects at TCA, the one of the lower catalogue number first.

    Raises MessageError as `conjunction_of` does, and for objects without catalogue numbers.
    """
    conjunction, (first, second) = conjunction_of(cdm), _numbers(cdm)
    if first < second:
        return conjunction
    return Conjunction(conjunction.tca, conjunction.object_2, conjunction.object_1)


def approach_of(
    cdm: Cdm, screening: ScreeningConfig, risk: RiskConfig, marking: str = ""
) -> CloseApproach:
    """Return what a message says of a pair, from its states and covariances alone.

    The distances it also states are not read: they are in object 1's axes of the message, and
    rounded. The maximum probability and its dilution are those of screenings, with the same
    assumptions, so that they compare; `probability` is the message's own geometry weighed with its
    own covariances. Both covariances zero say nothing of the errors: then there is none.

    Raises MessageError as `oriented` does, RiskError for states that are on no bound orbit.
    """
    conjunction = oriented(cdm)
    numbers = _numbers(cdm)
    swapped = numbers[0] > numbers[1]
    name_1, name_2 = ((cdm.text("OBJECT_NAME", obj) or "").strip() for obj in _order(swapped))
    radius = combined_radius(cdm, risk.radius.object_m)
    assessment = assessed(conjunction, radius.radius_km, risk.validity)
    one, assumed = conjunction.object_1, screening.probability
    radial, in_track, cross_track = to_ric(conjunction.miss_vector_km, one.r_km, one.v_km_s)
    miss_km, speed_km_s = conjunction.miss_km, conjunction.relative_speed_km_s
    sigma_km = _sigma_km(conjunction)
    frame = frame_of(cdm)
    state_1, state_2 = (
        spell_state(frame, state.r_km.tolist(), state.v_km_s.tolist())
        for state in (conjunction.object_1, conjunction.object_2)
    )
    covariance_1, covariance_2 = (_covariance(cdm, obj) for obj in _order(swapped))
    return CloseApproach(
        norad_id_1=min(numbers),
        name_1=name_1,
        norad_id_2=max(numbers),
        name_2=name_2,
        kind=Kind.CROSSING if speed_km_s >= screening.slow_km_s else Kind.PROXIMITY,
        tca=conjunction.tca,
        miss_km=miss_km,
        relative_speed_km_s=speed_km_s,
        radial_km=float(radial),
        in_track_km=float(in_track),
        cross_track_km=float(cross_track),
        age_days_1=None,
        age_days_2=None,
        episode_start=None,
        episode_end=None,
        minima=(Minimum(conjunction.tca, miss_km, speed_km_s),),
        max_probability=float(
            max_probability(miss_km, assumed.combined_radius_m, assumed.aspect_ratio)
        ),
        sigma_km=sigma_km,
        resolvable=None if sigma_km is None else miss_km > sigma_km,
        dilution_km=float(dilution_km(miss_km, assumed.aspect_ratio)),
        probability=assessment.probability,
        probability_method=assessment.method,
        marking=marking,
        state_1=state_1,
        state_2=state_2,
        covariance_1=covariance_1,
        covariance_2=covariance_2,
    )


def _numbers(cdm: Cdm) -> tuple[int, int]:
    first, second = norad_id_of(cdm, 1), norad_id_of(cdm, 2)
    if first is None or second is None:
        raise MessageError(f"message {cdm.text('MESSAGE_ID')}: an object has no catalogue number")
    return first, second


def _order(swapped: bool) -> tuple[int, int]:
    return (2, 1) if swapped else (1, 2)


def _covariance(cdm: Cdm, obj: int) -> str | None:
    """Return the covariance of an object as text; None where it says nothing of the errors."""
    covariance = covariance_rtn(cdm, obj)
    if not np.diagonal(covariance).max() > 0:
        return None
    method = (cdm.text("COVARIANCE_METHOD", obj) or "").strip().upper()
    return spell_covariance(method, covariance)


def _sigma_km(conjunction: Conjunction) -> float | None:
    """Return the 1-sigma error of the miss distance; None where no error is stated.

    Along the axes of the error ellipsoid the errors are independent, as `range_sigma_km` takes
    them.
    """
    variances_km2, axes = np.linalg.eigh(conjunction.position_covariance_km2)
    if not variances_km2[-1] > 0:
        return None
    errors_km: Floats = np.sqrt(np.maximum(variances_km2, 0.0))
    miss_km = axes.T @ conjunction.miss_vector_km
    return float(range_sigma_km(miss_km, errors_km, miss_km, _NO_ERROR))
