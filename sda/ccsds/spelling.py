"""Spell states and covariances as one line of text, and read them back.

A line begins with what a number alone does not tell: the frame of a state, GCRF or EME2000, and the
method of a covariance, CALCULATED or DEFAULT (CCSDS 508.0-B-1, tables 3-3 and 3-4). Then come six
numbers in km and km/s, or the lower triangle of the covariance of both in the object's own RTN
axes, row by row as the standard has it, in m**2, m**2/s and m**2/s**2.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.errors import MessageError
from sda.orbit.reference_frames import ReferenceFrame

__all__ = [
    "spell_covariance",
    "spell_covariances",
    "spell_state",
    "spelled_covariance",
    "spelled_state",
]

Floats = NDArray[np.float64]

_M2_PER_KM2: Final = 1e6
_LOWER: Final = np.tril_indices(6)
_STATE: Final = "%s" + " %.9f" * 3 + " %.12f" * 3
"""A micrometre, and a nanometre a second, as in messages of our own."""
_COVARIANCE: Final = "%s" + " %.9e" * len(_LOWER[0])
_INERTIAL: Final = frozenset({ReferenceFrame.GCRF, ReferenceFrame.EME2000})
_METHODS: Final = frozenset({"CALCULATED", "DEFAULT"})


def spell_state(frame: ReferenceFrame, r_km: Sequence[float], v_km_s: Sequence[float]) -> str:
    """Return a state, `(3,)` and `(3,)`, as text."""
    return _STATE % (frame.value, *r_km, *v_km_s)


def spelled_state(text: str) -> tuple[ReferenceFrame, Floats, Floats]:
    """Return frame, position `(3,)` in km and velocity `(3,)` in km/s of a text.

    Raises MessageError for text that is no state.
    """
    frame, numbers = _read(text, 6, "GCRF X Y Z X_DOT Y_DOT Z_DOT")
    if frame not in _INERTIAL:
        raise MessageError(f"{frame!r} is no frame of a state; expected GCRF or EME2000")
    return ReferenceFrame(frame), numbers[:3], numbers[3:]


def spell_covariances(method: str, covariances: Floats) -> list[str]:
    """Return covariances `(m, 6, 6)`, RTN in km^2, km^2/s and km^2/s^2, as texts."""
    rows = (covariances[:, *_LOWER] * _M2_PER_KM2).tolist()
    return [_COVARIANCE % (method, *row) for row in rows]


def spell_covariance(method: str, covariance: Floats) -> str:
    """Return a covariance `(6, 6)` as text, as `spell_covariances` does."""
    return spell_covariances(method, covariance[np.newaxis])[0]


def spelled_covariance(text: str) -> tuple[str, Floats]:
    """Return method and covariance `(6, 6)`, RTN in km^2, km^2/s and km^2/s^2, of a text.

    Raises MessageError for text that is no covariance.
    """
    method, numbers = _read(text, len(_LOWER[0]), "DEFAULT CR_R CT_R CT_T ...")
    if method not in _METHODS:
        raise MessageError(f"{method!r} is no method; expected CALCULATED or DEFAULT")
    matrix = np.zeros((6, 6))
    matrix[_LOWER] = numbers / _M2_PER_KM2
    return method, matrix + np.tril(matrix, -1).T


def _read(text: str, n: int, expected: str) -> tuple[str, Floats]:
    first, *rest = text.split(" ")
    try:
        numbers = np.array([float(one) for one in rest])
    except ValueError:
        numbers = np.empty(0)
    if len(numbers) != n or not np.isfinite(numbers).all():
        raise MessageError(f"{text[:60]!r} is not {n} numbers; expected {expected!r}")
    return first, numbers
