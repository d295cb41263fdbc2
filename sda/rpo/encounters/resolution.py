"""Say how wrong the least range of an encounter is by what both objects' own histories show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.risk import CovarianceConfig, ErrorOrigin, errors_of, range_sigma_km
from sda.rpo.model import Encounter
from sda.times import julian

__all__ = ["measured"]

_DAY: Final = timedelta(days=1)


def measured(
    encounter: Encounter,
    tracks: tuple[Sequence[ElementSet], Sequence[ElementSet]],
    config: CovarianceConfig,
) -> Encounter:
    """Return an encounter with the error of its least range as measured, where it can be.

    Takes the histories of object 1 and of object 2. Where either says too little the encounter
    stays as it is, with the error of the table.
    """
    time = encounter.min_range_utc
    errors_km = []
    for one, track in zip((encounter.set_1, encounter.set_2), tracks, strict=True):
        of_one, origin = errors_of(one, track, config).at((time - one.epoch) / _DAY)
        if origin is not ErrorOrigin.MEASURED:
            return encounter
        errors_km.append(of_one)
    propagator = Propagator((encounter.set_1, encounter.set_2))
    jd, fr = julian(time)
    _, r_km, v_km_s = propagator.grid(np.array([jd]), np.array([fr]))
    r_km, v_km_s = r_km[:, 0], v_km_s[:, 0]
    miss_1_km, miss_2_km = to_ric(r_km[1] - r_km[0], r_km, v_km_s)
    sigma_km = range_sigma_km(miss_1_km, errors_km[0], miss_2_km, errors_km[1])
    return replace(encounter, sigma_km=float(sigma_km), sigma_origin=ErrorOrigin.MEASURED)
