"""Give close approaches of element sets the states and assumed covariances of both objects.

As the messages of `tearline cdm write` have them: SGP4's states at TCA, turned from TEME into GCRF;
covariances by the table of errors, which COVARIANCE_METHOD = DEFAULT declares to be assumed.
"""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

import numpy as np

from sda.ccsds.spelling import spell_covariances, spell_state
from sda.constants import SECONDS_PER_DAY
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit import Propagator
from sda.orbit.reference_frames import ReferenceFrame, teme_to_gcrf
from sda.risk import covariances_ric
from sda.screening import ScreeningConfig
from sda.times import julian

__all__ = ["with_states"]

_AT_A_MINIMUM: Final = frozenset({Kind.CROSSING, Kind.PROXIMITY})
"""Kinds whose time is that of a closest approach."""
_ASSUMED: Final = "DEFAULT"


def with_states(
    found: Sequence[CloseApproach], elements: Sequence[ElementSet], config: ScreeningConfig
) -> tuple[CloseApproach, ...]:
    """Return close approaches, the near ones with states and covariances of both objects.

    `elements` hold the one set of each object.
    """
    chosen = [
        k
        for k, one in enumerate(found)
        if one.kind in _AT_A_MINIMUM and one.miss_km <= config.states_within_km
    ]
    if not chosen:
        return tuple(found)
    known = {one.norad_id: one for one in elements}
    near = [found[k] for k in chosen]
    sides = [
        _spelled([known[number(one)] for one in near], near, config)
        for number in (attrgetter("norad_id_1"), attrgetter("norad_id_2"))
    ]
    told = list(found)
    for k, one, two in zip(chosen, *sides, strict=True):
        if one is not None and two is not None:
            told[k] = replace(
                found[k],
                state_1=one[0],
                state_2=two[0],
                covariance_1=one[1],
                covariance_2=two[1],
            )
    return tuple(told)


def _spelled(
    sets: Sequence[ElementSet], near: Sequence[CloseApproach], config: ScreeningConfig
) -> list[tuple[str, str] | None]:
    """Return state and covariance of one object of each approach; None where SGP4 has no state."""
    propagator = Propagator(list({one.norad_id: one for one in sets}.values()))
    index = {one.norad_id: k for k, one in enumerate(propagator.elements)}
    who = np.array([index[one.norad_id] for one in sets], np.intp)
    times = [one.tca for one in near]
    jd, fr = np.array([julian(time) for time in times]).T
    error, r_teme_km, v_teme_km_s = propagator.at(who, jd, fr)
    r_km, v_km_s = teme_to_gcrf(r_teme_km, v_teme_km_s, times)
    ages = [
        (time - one.epoch).total_seconds() / SECONDS_PER_DAY
        for time, one in zip(times, sets, strict=True)
    ]
    covariances = covariances_ric(sets, np.array(ages), config.covariance.error)
    spelled = spell_covariances(_ASSUMED, covariances)
    rows = zip(error.tolist(), r_km.tolist(), v_km_s.tolist(), spelled, strict=True)
    return [
        None if code else (spell_state(ReferenceFrame.GCRF, r, v), covariance)
        for code, r, v, covariance in rows
    ]
