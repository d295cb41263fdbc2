"""Turn a Conjunction Data Message into states and covariances in the units of the house."""

import re
from dataclasses import dataclass
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import is_unit
from sda.errors import MessageError
from sda.orbit.reference_frames import ReferenceFrame, to_gcrf
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.risk.radius import radius_of_area_m

__all__ = [
    "CombinedRadius",
    "combined_radius",
    "conjunction_of",
    "covariance_rtn",
    "frame_of",
    "norad_id_of",
]

Floats = NDArray[np.float64]

_AXES: Final = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
_STATE: Final = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_M2_PER_KM2: Final = 1e6
_M_PER_KM: Final = 1000.0
_INERTIAL: Final = frozenset({ReferenceFrame.GCRF, ReferenceFrame.EME2000})
_LIMIT: Final = 1e20
"""No state or covariance is beyond it, in its unit: 1e20 m^2 are 1e7 km squared."""
_NUMBER: Final = r"([-+0-9.eE]+)"
_LENGTH: Final = rf"{_NUMBER}\s*\[?\s*([a-z]*)"
_COMBINED: Final = rf"(?i)^\s*(?:combined\s+)?(?:HBR|hard[- ]body radius)\s*=\s*{_LENGTH}"
_OPERATORS: Final = rf"(?i)operator hard[- ]body radius\s*=\s*{_LENGTH}"
_METRES: Final = {"": 1.0, "m": 1.0, "meters": 1.0, "metres": 1.0, "km": _M_PER_KM, "cm": 0.01}
"""What the units of a comment are worth; a length in any other is not known."""
_CATALOGUES: Final = ("SATCAT", "NORAD", "EXERCISE")
"""Beginnings of the names of catalogues that number objects as element sets do."""


@dataclass(frozen=True, slots=True)
class CombinedRadius:
    """The radius of one sphere that both objects touch in, and where it is from."""

    radius_km: float
    source: str


def conjunction_of(cdm: Cdm) -> Conjunction:
    """Return both objects at TCA.

    States in one inertial frame stay in it; others are turned into GCRF. Covariances, m^2 in
    RTN, become km^2 in the frame of the states.

    Raises MessageError for a centre that is not the Earth, and for a message without a time of
    closest approach.
    """
    tca = cdm.time("TCA")
    if tca is None:
        raise MessageError(f"message {cdm.text('MESSAGE_ID')} has no TCA: ask its originator")
    common = frame_of(cdm)
    states = []
    for obj in (1, 2):
        frame = _frame(cdm, obj)
        state = np.array([_required(cdm, keyword, obj) for keyword in _STATE])
        r_km, v_km_s = state[:3], state[3:]
        if frame is not common:
            r_km, v_km_s = to_gcrf(frame, r_km, v_km_s, tca)
        if not np.linalg.norm(np.cross(r_km, v_km_s)) > 0:
            raise MessageError(
                f"message {cdm.text('MESSAGE_ID')}: the state of object {obj} has no plane: "
                "position and velocity must not be parallel or zero"
            )
        states.append(State(r_km, v_km_s, turned_from_ric(covariance_rtn(cdm, obj), r_km, v_km_s)))
    return Conjunction(tca, *states)


def frame_of(cdm: Cdm) -> ReferenceFrame:
    """Return the frame of both states of `conjunction_of`.

    Raises MessageError for a centre that is not the Earth.
    """
    first, second = (_frame(cdm, obj) for obj in (1, 2))
    return first if first is second and first in _INERTIAL else ReferenceFrame.GCRF


def combined_radius(cdm: Cdm, object_m: float, given_m: float | None = None) -> CombinedRadius:
    """Return the combined hard-body radius: the one given, the message's, or what is assumed.

    A message names it as COMMENT HBR (NASA CARA), as HBR of both objects (version 2.0), or leaves
    the sizes of objects to be told from HBR, the operator's, or the area across the relative
    velocity (AREA_PC); an object without any of these has a radius of `object_m`.
    """
    if given_m is not None:
        return CombinedRadius(given_m / _M_PER_KM, "given")
    for comment in cdm.comments():
        if (match := re.search(_COMBINED, comment)) and (radius_m := _length_m(match)):
            return CombinedRadius(radius_m / _M_PER_KM, "COMMENT HBR of the message")
    radii, sources = zip(*(_radius_m(cdm, obj, object_m) for obj in (1, 2)), strict=True)
    source = sources[0] if sources[0] == sources[1] else f"{sources[0]}; {sources[1]}"
    return CombinedRadius(sum(radii) / _M_PER_KM, source)


def norad_id_of(cdm: Cdm, obj: int) -> int | None:
    """Return the catalogue number of an object, None where its designator is none."""
    text = (cdm.text("OBJECT_DESIGNATOR", obj) or "").strip()
    catalogue = (cdm.text("CATALOG_NAME", obj) or "").strip().upper()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return number if number > 0 and catalogue.startswith(_CATALOGUES) else None


def _frame(cdm: Cdm, obj: int) -> ReferenceFrame:
    centre = (cdm.text("ORBIT_CENTER", obj) or "EARTH").upper()
    if centre != "EARTH":
        raise MessageError(
            f"message {cdm.text('MESSAGE_ID')}: ORBIT_CENTER {centre} of object {obj} is not EARTH"
        )
    # The list of frames is closed: whatever is read is one of them.
    return ReferenceFrame((cdm.text("REF_FRAME", obj) or "").upper())


def _required(cdm: Cdm, keyword: str, obj: int) -> float:
    """Return a number that is obligatory, and so is there."""
    entry = cdm.entry(keyword, obj)
    number = nan if entry is None else float(entry.value)
    if not abs(number) <= _LIMIT:
        line = f", line {entry.line}" if entry and entry.line else ""
        raise MessageError(
            f"message {cdm.text('MESSAGE_ID')}{line}: {keyword} = {number:g} of object {obj} is of "
            f"no orbit; expected at most {_LIMIT:g}"
        )
    return number


def covariance_rtn(cdm: Cdm, obj: int) -> Floats:
    """Return an object's RTN covariance `(6, 6)` in km^2, km^2/s and km^2/s^2.

    Raises MessageError for a number that is beyond all reason.
    """
    matrix = np.zeros((6, 6))
    for row, name in enumerate(_AXES):
        for column, other in enumerate(_AXES[: row + 1]):
            value = _required(cdm, f"C{name}_{other}", obj) / _M2_PER_KM2
            matrix[row, column] = matrix[column, row] = value
    return matrix


def _radius_m(cdm: Cdm, obj: int, object_m: float) -> tuple[float, str]:
    """Return the radius of one object, and where it is from."""
    if (radius_m := cdm.number("HBR", obj)) is not None and radius_m > 0:
        return radius_m, f"HBR of object {obj}"
    match = cdm.find_comment(_OPERATORS, obj)
    if match and (radius_m := _length_m(match)):
        return radius_m, f"operator's hard-body radius of object {obj}"
    entry, area_m2 = cdm.entry("AREA_PC", obj), cdm.number("AREA_PC", obj)
    if entry and is_unit(entry.unit, "m**2") and area_m2 is not None and area_m2 > 0:
        return radius_of_area_m(area_m2), f"AREA_PC of object {obj}"
    return object_m, f"assumed {object_m:g} m for object {obj}, of unknown size"


def _length_m(match: re.Match[str]) -> float | None:
    """Return a length of a comment, None where it is not positive or its unit is not known."""
    try:
        length_m = float(match[1]) * _METRES[match[2].lower()]
    except (ValueError, KeyError):
        return None
    return length_m if 0 < length_m < inf else None
