"""Make the message of a close approach that two element sets lead to.

SGP4's states are turned from TEME into GCRF. Element sets carry no covariance: what stands in for
it is the object's own errors where its history is long enough, else those of its regime by age, and
COVARIANCE_METHOD says DEFAULT in both cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from sda.ccsds.cdm import Cdm
from sda.ccsds.composing import (
    Contact,
    MessageHeader,
    ObjectDescription,
    Probability,
    compose,
)
from sda.ccsds.config import MessagesConfig
from sda.constants import SECONDS_PER_DAY
from sda.elements import SatcatEntry
from sda.errors import CatalogueError
from sda.model import ElementSet, Kind
from sda.orbit import Propagator, reason_of
from sda.orbit.reference_frames import ReferenceFrame, to_gcrf
from sda.risk import CovarianceConfig, covariance_ric, errors_of
from sda.risk.assessment import assessed
from sda.risk.config import RiskConfig
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.risk.radius import radius_of_area_m
from sda.screening import ScreeningConfig, exhaustive
from sda.times import format_utc, julian

__all__ = ["Judging", "Subject", "closest_approach", "message_of"]

_FAR_KM: Final = 20_000.0
_SHOWN_M: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Judging:
    """The configuration that a message depends on."""

    messages: MessagesConfig
    risk: RiskConfig
    covariance: CovarianceConfig
    screening: ScreeningConfig


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the two objects: the set to use, and what else is known of it."""

    element_set: ElementSet
    history: Sequence[ElementSet]
    satcat: SatcatEntry | None


def closest_approach(
    set_1: ElementSet, set_2: ElementSet, near: datetime, within: timedelta, config: ScreeningConfig
) -> datetime:
    """Return the time of the least range of a pair next to a time, to the microsecond.

    Raises CatalogueError where SGP4 has no states, or no range is least within so long of it.
    """
    start = near - within
    hours = 2 * within / timedelta(hours=1)
    found = exhaustive((set_1, set_2), start, hours, _FAR_KM, config)
    if found.unusable:
        one = found.unusable[0]
        raise CatalogueError(
            f"object {one.element_set.norad_id} cannot be propagated to {format_utc(near)}: "
            f"{one.reason}"
        )
    if any(row.kind is Kind.COINCIDENT for row in found.approaches):
        raise CatalogueError(
            f"{set_1.norad_id} and {set_2.norad_id} are at one place by their element sets: "
            "docked, or one object twice; there is no approach to tell of"
        )
    minima = [minimum.utc for row in found.approaches for minimum in row.minima]
    if not minima:
        minutes = within / timedelta(minutes=1)
        raise CatalogueError(
            f"{set_1.norad_id} and {set_2.norad_id} have no closest approach within "
            f"{minutes:g} min of {format_utc(near)}: give the tca_utc of a row"
        )
    return min(minima, key=lambda utc: abs(utc - near))


def message_of(
    subjects: tuple[Subject, Subject],
    tca: datetime,
    created: datetime,
    judging: Judging,
    radius_m: float | None = None,
    message_for: str = "",
) -> Cdm:
    """Return the message of two objects at their closest approach.

    Raises CatalogueError where SGP4 has no state, and MessageError for what is no message.
    """
    drawn = [_state(one, tca, judging.covariance) for one in subjects]
    conjunction = Conjunction(tca, drawn[0][0], drawn[1][0])
    radius_km, radius_from = _radius(subjects, judging.risk, radius_m)
    found = assessed(conjunction, radius_km, judging.risk.validity)
    said = [f"Hard-body radius: {radius_from}"]
    if found.probability is not None:
        said.append("Probability with assumed covariances: see COVARIANCE_METHOD")
    if not found.valid_2d:
        # A line of KVN has 254 characters at most.
        said += [f"2-D not valid, {why}" for why in found.invalid_2d_reason.split("; ")]
    if found.max_probability is not None:
        said.append(
            f"Maximum probability = {found.max_probability:.3e}, all errors times "
            f"{found.max_scale:.3g}"
        )
    numbers = [one.element_set.norad_id for one in subjects]
    settings = judging.messages
    header = MessageHeader(
        message_id=f"{numbers[0]:09d}_conj_{numbers[1]:09d}_{tca:%Y%m%d_%H%M%S}_"
        f"{created:%Y%m%d_%H%M%S}",
        created=created,
        originator=settings.originator,
        message_for=message_for,
        comments=settings.comments,
    )
    descriptions = [
        _description(one, settings, comments)
        for one, (_, comments) in zip(subjects, drawn, strict=True)
    ]
    return compose(
        header,
        conjunction,
        ReferenceFrame.GCRF,
        (descriptions[0], descriptions[1]),
        Probability(found.probability, found.method, radius_km, tuple(said)),
    )


def _state(
    subject: Subject, tca: datetime, config: CovarianceConfig
) -> tuple[State, tuple[str, ...]]:
    """Return an object's state in GCRF with its assumed covariance, and what to say of that."""
    element_set = subject.element_set
    propagator = Propagator([element_set])
    if propagator.unusable:
        raise CatalogueError(
            f"object {element_set.norad_id} cannot be propagated: {propagator.unusable[0].reason}"
        )
    jd, fr = julian(tca)
    error, r_teme_km, v_teme_km_s = propagator.at(np.array([0]), np.array([jd]), np.array([fr]))
    if error[0]:
        raise CatalogueError(
            f"object {element_set.norad_id} has no state at {format_utc(tca)}: "
            f"{reason_of(int(error[0]))}"
        )
    age_days = (tca - element_set.epoch).total_seconds() / SECONDS_PER_DAY
    errors = errors_of(element_set, subject.history, config)
    sigmas_km, origin = errors.at(age_days)
    covariance = covariance_ric(element_set, age_days, errors)
    r_km, v_km_s = to_gcrf(ReferenceFrame.TEME, r_teme_km[0], v_teme_km_s[0], tca)
    radial, in_track, cross_track = (sigmas_km * _SHOWN_M).tolist()
    comments = (
        f"Assumed covariance ({origin.value}): 1-sigma R/T/N {radial:.0f}/{in_track:.0f}/"
        f"{cross_track:.0f} m at {age_days:.2f} d from the epoch of the element set",
    )
    return State(r_km, v_km_s, turned_from_ric(covariance, r_km, v_km_s)), comments


def _description(
    subject: Subject, settings: MessagesConfig, covariance_comments: tuple[str, ...]
) -> ObjectDescription:
    one = subject.element_set
    operator = settings.operators_by_object.get(one.norad_id, settings.contact)
    return ObjectDescription(
        designator=str(one.norad_id),
        name=one.name,
        international_designator=one.object_id,
        contact=Contact(operator.position, operator.organization, operator.phone, operator.email),
        covariance_method="DEFAULT",
        object_type=subject.satcat.type.value if subject.satcat else "UNKNOWN",
        comments=(f"SGP4 from the element set of {format_utc(one.epoch)}, source {one.source}",),
        covariance_comments=covariance_comments,
    )


def _radius(
    subjects: tuple[Subject, Subject], config: RiskConfig, given_m: float | None
) -> tuple[float, str]:
    if given_m is not None:
        return given_m / _SHOWN_M, "given"
    total_m, said = 0.0, []
    for one in subjects:
        rcs_m2 = one.satcat.rcs_m2 if one.satcat else None
        if rcs_m2:
            total_m += radius_of_area_m(rcs_m2)
            said.append(f"of the RCS, {rcs_m2:g} m**2")
        else:
            total_m += config.radius.object_m
            said.append(f"assumed, {config.radius.object_m:g} m")
    return total_m / _SHOWN_M, f"{said[0]} for object 1; {said[1]} for object 2"
