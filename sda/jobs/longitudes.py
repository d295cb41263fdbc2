"""Say where in the geostationary belt close approaches happen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sda.model import CloseApproach, ElementSet
from sda.orbit import Propagator, Regime, regime_of
from sda.rpo.ring.motion import gmst_rad, wrapped_rad
from sda.times import julian

__all__ = ["with_longitudes"]

_JD_2000 = 2451545.0


def with_longitudes(
    found: Sequence[CloseApproach], elements: Sequence[ElementSet]
) -> tuple[CloseApproach, ...]:
    """Return close approaches, those in the belt with the longitude below object 1 at TCA.

    In the belt is what one of the pair brings there: its set is of the regime GEO. `elements` hold
    the one set of each object. UTC stands for UT1 (`gmst_rad`: less than 0.004 deg).
    """
    place = {one.norad_id: k for k, one in enumerate(elements)}
    in_belt = {one.norad_id for one in elements if regime_of(one) is Regime.GEO}
    chosen = [
        k for k, one in enumerate(found) if not in_belt.isdisjoint((one.norad_id_1, one.norad_id_2))
    ]
    if not chosen:
        return tuple(found)
    numbers = sorted({found[k].norad_id_1 for k in chosen})
    propagator = Propagator([elements[place[number]] for number in numbers])
    index = {one.norad_id: k for k, one in enumerate(propagator.elements)}
    who = np.array([index[found[k].norad_id_1] for k in chosen], np.intp)
    jd, fr = np.array([julian(found[k].tca) for k in chosen]).T
    error, r_km, _ = propagator.at(who, jd, fr)
    east_rad = np.arctan2(r_km[:, 1], r_km[:, 0]) - gmst_rad(jd - _JD_2000 + fr)
    degrees = np.degrees(wrapped_rad(east_rad)).tolist()
    told = {
        k: longitude
        for k, longitude, code in zip(chosen, degrees, error.tolist(), strict=True)
        if not code
    }
    return tuple(
        replace(one, longitude_deg=told[k]) if k in told else one for k, one in enumerate(found)
    )
