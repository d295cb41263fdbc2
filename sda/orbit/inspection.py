"""Look at one orbit with Skyfield: over the ground, in space, and from a site.

The states are those of `sda.orbit.propagation`, from the same SGP4 records; Skyfield turns
them from TEME into GCRS and ITRF with the leap seconds and UT1 tables that it carries, so
nothing is fetched. Polar motion (under 20 m on the ground) is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.framelib import itrs
from skyfield.timelib import Time, Timescale

from sda.errors import ElementError
from sda.model import ElementSet
from sda.orbit.propagation import Propagator
from sda.times import require_utc

__all__ = [
    "Pass",
    "Site",
    "earth_axes",
    "gcrs_km",
    "itrf_km",
    "passes",
    "satellite",
    "skyfield_time",
    "sub_points_deg",
    "timescale",
]

Floats = NDArray[np.float64]

_RISE, _CULMINATION, _SET = range(3)


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the ground, geodetic on WGS-84, longitude east."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Pass:
    """One passage above a site's horizon; an end outside the window is None."""

    rise: datetime | None
    culmination: datetime
    set: datetime | None
    max_elevation_deg: float


@cache
def timescale() -> Timescale:
    """Return the time scale of the tables that come with Skyfield."""
    return load.timescale(builtin=True)


def skyfield_time(times: Sequence[datetime]) -> Time:
    """Return aware times as one Skyfield `Time` `(n,)`.

    Share it between calls: it keeps the rotation of the Earth that each would compute anew.
    """
    return timescale().from_datetimes([require_utc(time) for time in times])


def satellite(element_set: ElementSet) -> EarthSatellite:
    """Return an element set as Skyfield's own object.

    Its catalogue number is a dummy, as in all our SGP4 records; its name is the set's.

    Raises ElementError when SGP4 cannot start from the set.
    """
    propagator = Propagator([element_set])
    if propagator.unusable:
        raise ElementError(
            f"object {element_set.norad_id} cannot be propagated, take another set: "
            f"{propagator.unusable[0].reason}"
        )
    body = EarthSatellite.from_satrec(propagator.record(0), timescale())
    body.name = element_set.name
    return body


def sub_points_deg(element_set: ElementSet, time: Time) -> Floats:
    """Return the geodetic latitude and east longitude `(n, 2)` below an object, degrees, WGS-84.

    Longitudes run from -180 to 180. Rows are NaN where SGP4 has no state.
    """
    latitude, longitude = wgs84.latlon_of(satellite(element_set).at(time))
    return np.column_stack([latitude.degrees, longitude.degrees])


def gcrs_km(element_set: ElementSet, time: Time) -> Floats:
    """Return positions `(n, 3)` in km in GCRS, whose axes keep their direction in space."""
    return _rows(satellite(element_set).at(time).position.km)


def itrf_km(element_set: ElementSet, time: Time) -> Floats:
    """Return positions `(n, 3)` in km in ITRF, whose axes turn with the Earth."""
    return _rows(satellite(element_set).at(time).frame_xyz(itrs).km)


def earth_axes(time: Time) -> Floats:
    """Return the axes of ITRF in GCRS, `(n, 3, 3)`: a row each for x, y and z."""
    return np.moveaxis(np.asarray(itrs.rotation_at(time), np.float64), -1, 0)


def passes(
    element_set: ElementSet,
    site: Site,
    start: datetime,
    end: datetime,
    min_elevation_deg: float = 10.0,
) -> tuple[Pass, ...]:
    """Return the passages of an object above an elevation at a site, in order of culmination.

    Above the horizon, that is: whether object and site are lit is not asked. A passage with
    several culminations is told by its highest.
    """
    place = wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)
    body = satellite(element_set)
    first, last = skyfield_time([start, end])
    at, events = body.find_events(place, first, last, altitude_degrees=min_elevation_deg)
    if not len(events):
        return ()
    elevations = (body - place).at(at).altaz()[0].degrees
    found: list[Pass] = []
    rise: datetime | None = None
    peak: tuple[float, datetime] | None = None
    for event, utc, elevation_deg in zip(events, at.utc_datetime(), elevations, strict=True):
        if event == _RISE:
            rise = utc
        elif event == _CULMINATION:
            peak = max(peak or (-90.0, utc), (float(elevation_deg), utc))
        elif peak is not None:
            found.append(Pass(rise, peak[1], utc, peak[0]))
            rise = peak = None
        else:
            rise = None
    if peak is not None:
        found.append(Pass(rise, peak[1], None, peak[0]))
    return tuple(found)


def _rows(columns: Any) -> Floats:
    return np.ascontiguousarray(np.asarray(columns, np.float64).T)
