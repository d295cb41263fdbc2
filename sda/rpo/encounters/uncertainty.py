"""Estimate how wrong a range from two element sets may be.

Element sets carry no covariance. What stands in for it are the 1-sigma errors of a regime by age,
in an object's own radial, in-track and cross-track axes, from config/rpo.toml.
"""

from itertools import pairwise
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sda.orbit import Regime

__all__ = ["ErrorAt", "Errors", "axis_errors_km", "range_sigma_km"]

Floats = NDArray[np.float64]

_M_PER_KM: Final = 1000.0


class ErrorAt(BaseModel):
    """1-sigma errors of a set at one age."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    age_days: float = Field(ge=0)
    radial_m: float = Field(gt=0)
    in_track_m: float = Field(gt=0)
    cross_track_m: float = Field(gt=0)


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


def axis_errors_km(rows: tuple[ErrorAt, ...], age_days: float) -> Floats:
    """Return the radial, in-track and cross-track 1-sigma errors `(3,)` at an age.

    Between rows they are interpolated; an age beyond the rows takes the nearest row's. Before the
    epoch a set is taken to be as good as after it.
    """
    ages = [row.age_days for row in rows]
    sizes = [(row.radial_m, row.in_track_m, row.cross_track_m) for row in rows]
    columns = [np.interp(abs(age_days), ages, size) for size in zip(*sizes, strict=True)]
    return np.array(columns) / _M_PER_KM


def range_sigma_km(
    miss_1_km: Floats, errors_1_km: Floats, miss_2_km: Floats, errors_2_km: Floats
) -> float:
    """Return the 1-sigma error of the range between two objects.

    Takes the miss vector `(3,)` in each object's own axes and the errors `(3,)` in the same. With
    variance p along the miss, q across it, and range d, this is the root of

        p + ((d^2 + q)^(1/2) - d)^2:

    the first order, p, for ranges far above the errors, and all of p + q where the range is far
    below: a radial miss of 300 m says little if the in-track distance is good to 2 km.
    """
    range_km = float(np.linalg.norm(miss_1_km))
    along = across = 0.0
    for miss_km, errors_km in ((miss_1_km, errors_1_km), (miss_2_km, errors_2_km)):
        total = float(errors_km @ errors_km)
        part = float(np.square(miss_km * errors_km).sum()) / range_km**2 if range_km else total
        along, across = along + part, across + total - part
    return float(np.sqrt(along + (np.sqrt(range_km**2 + across) - range_km) ** 2))
