"""Say how wrong an element set may be at an age, and a distance between two of them.

Element sets carry no covariance. What stands in for it are 1-sigma errors by age, in an object's
own radial, in-track and cross-track axes: those of its regime from config/covariance.toml, or its
own where its history is long enough to measure them (`sda.risk.differencing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sda.orbit import Regime

__all__ = [
    "ElementErrors",
    "ErrorAt",
    "ErrorOrigin",
    "Errors",
    "Measured",
    "axis_errors_km",
    "range_sigma_km",
    "spread_of_range_km",
]

Floats = NDArray[np.float64]

_M_PER_KM: Final = 1000.0


class ErrorOrigin(StrEnum):
    """Where an error comes from."""

    MEASURED = "measured"
    """From the object's own history."""
    TABLE = "table"
    """From the table of its regime."""


class ErrorAt(BaseModel):
    """1-sigma errors of a set at one age."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    age_days: float = Field(ge=0)
    radial_m: float = Field(gt=0)
    in_track_m: float = Field(gt=0)
    cross_track_m: float = Field(gt=0)

    @property
    def axes_m(self) -> tuple[float, float, float]:
        """The radial, in-track and cross-track error."""
        return self.radial_m, self.in_track_m, self.cross_track_m


class Measured(ErrorAt):
    """1-sigma errors of one object's sets at one age, from comparing them with later ones."""

    n: int = Field(gt=0)
    """Comparisons whose spans of time do not overlap."""


def _whole(table: dict[Regime, tuple[ErrorAt, ...]]) -> dict[Regime, tuple[ErrorAt, ...]]:
    """Refuse a table in which a regime has no rows, or rows out of order."""
    for regime in Regime:
        ages = [row.age_days for row in table.get(regime, ())]
        if not ages:
            raise ValueError(f"{regime} has no rows")
        if any(earlier >= later for earlier, later in pairwise(ages)):
            raise ValueError(f"age_days of {regime} must rise from row to row")
    return table


Errors = Annotated[dict[Regime, tuple[ErrorAt, ...]], AfterValidator(_whole)]
"""Rows of each regime, by rising age."""


@dataclass(frozen=True, slots=True)
class ElementErrors:
    """The errors of one object's sets by rising age, and where each row comes from."""

    rows: tuple[ErrorAt, ...]
    origins: tuple[ErrorOrigin, ...]

    def at(self, age_days: float) -> tuple[Floats, ErrorOrigin]:
        """Return the radial, in-track and cross-track 1-sigma errors `(3,)` in km at an age.

        They count as measured where all rows that they rest on are.
        """
        ages = [row.age_days for row in self.rows]
        after = int(np.searchsorted(ages, abs(age_days)))
        if after == len(ages):
            used = [after - 1]
        elif after == 0 or ages[after] == abs(age_days):
            used = [after]
        else:
            used = [after - 1, after]
        measured = all(self.origins[k] is ErrorOrigin.MEASURED for k in used)
        origin = ErrorOrigin.MEASURED if measured else ErrorOrigin.TABLE
        return axis_errors_km(self.rows, age_days), origin


def axis_errors_km(rows: Sequence[ErrorAt], age_days: ArrayLike) -> Floats:
    """Return the radial, in-track and cross-track 1-sigma errors in km at ages.

    Takes one age or ages of any shape, `(m,)`; returns `(3,)` or `(m, 3)`. Between rows they are
    interpolated; an age beyond the rows takes the nearest row's. Before its epoch a set is taken to
    be as good as after it: sets of Fengyun-2F, Jason-3, Sentinel-3A and TOPEX, compared with
    earlier ones, are as wrong in all axes, and in-track by up to a half less.
    """
    ages = [row.age_days for row in rows]
    sizes = zip(*(row.axes_m for row in rows), strict=True)
    columns = [np.interp(np.abs(age_days), ages, size) for size in sizes]
    return np.stack(columns, axis=-1) / _M_PER_KM


def range_sigma_km(
    miss_1_km: Floats, errors_1_km: Floats, miss_2_km: Floats, errors_2_km: Floats
) -> Floats:
    """Return the 1-sigma error of the range between two objects in km.

    Takes the miss vector in each object's own axes and the errors in the same, `(3,)` or `(m, 3)`
    each; returns one number, or `(m,)`: `spread_of_range_km` of the variances that they add up to.
    """
    range_km = np.linalg.norm(miss_1_km, axis=-1)
    far = (range_km > 0)[..., np.newaxis]
    unit_km = np.where(far, range_km[..., np.newaxis], 1.0)
    along, across = np.zeros_like(range_km), np.zeros_like(range_km)
    for miss_km, errors_km in ((miss_1_km, errors_1_km), (miss_2_km, errors_2_km)):
        # With no direction all of the error lies along the miss.
        share = np.where(far, miss_km / unit_km, 1.0)
        total = np.square(errors_km).sum(axis=-1)
        part = np.square(share * errors_km).sum(axis=-1)
        along, across = along + part, across + total - part
    return spread_of_range_km(range_km, along, across)


def spread_of_range_km(range_km: Floats, along_km2: Floats, across_km2: Floats) -> Floats:
    """Return the 1-sigma error of ranges `(...,)` with variances along and across the miss.

    With variance p along the miss, q across it, and range d, this is the root of

        p + ((d^2 + q)^(1/2) - d)^2:

    the first order, p, for ranges far above the errors, and all of p + q where the range is far
    below: a radial miss of 300 m says little if the in-track distance is good to 2 km.
    """
    # Rounding may leave less than nothing.
    along_km2, across_km2 = np.maximum(along_km2, 0.0), np.maximum(across_km2, 0.0)
    sigma: Floats = np.sqrt(along_km2 + (np.sqrt(range_km**2 + across_km2) - range_km) ** 2)
    return sigma
