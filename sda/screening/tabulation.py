"""Turn the rows of a screening into the columns that are printed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.model import ElementSet
from sda.outputs import Lists, Table, Texts, Words
from sda.screening.rows import KINDS, Rows

__all__ = ["ROW_ORDER", "Tabulation"]

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

ROW_ORDER: Final = ("tca_utc", "norad_id_1", "norad_id_2", "kind")
"""The columns that rows are sorted by."""

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DECIMALS: Final = 6
_SCALE: Final = 1e6
_EPSILON: Final = float(np.finfo(np.float64).eps)
_KINDS: Final = Words(tuple(kind.value for kind in KINDS))


class Tabulation:
    """Rows of one window as columns: times in UTC to the microsecond, lengths to 1e-6 km.

    Speeds and ages are rounded alike; the probability is not. `elements` are those that the rows
    index.
    """

    def __init__(self, elements: Sequence[ElementSet], start: datetime) -> None:
        self._start = np.datetime64(_microseconds(start), "us")
        self._norad_id = np.array([one.norad_id for one in elements], np.int64)
        self._names = Words(tuple(one.name for one in elements))
        epoch_us = np.array([_microseconds(one.epoch) for one in elements], np.int64)
        self._epoch = epoch_us.view("datetime64[us]")

    def table(self, rows: Rows) -> Table:
        """Return the columns in order; `minima`, the last, holds a list of them a row."""
        tca = self._after_start(rows.tca_s)
        minima = {
            "utc": self._after_start(rows.minima[:, 0]),
            "range_km": rounded(rows.minima[:, 1]),
            "relative_speed_km_s": rounded(rows.minima[:, 2]),
        }
        return {
            "norad_id_1": self._norad_id[rows.first],
            "name_1": Texts(self._names, rows.first),
            "norad_id_2": self._norad_id[rows.second],
            "name_2": Texts(self._names, rows.second),
            "kind": Texts(_KINDS, rows.kind.astype(np.intp)),
            "tca_utc": tca,
            "miss_km": rounded(rows.miss_km),
            "relative_speed_km_s": rounded(rows.speed_km_s),
            "radial_km": rounded(rows.miss_ric_km[:, 0]),
            "in_track_km": rounded(rows.miss_ric_km[:, 1]),
            "cross_track_km": rounded(rows.miss_ric_km[:, 2]),
            "age_days_1": rounded(_days(tca - self._epoch[rows.first])),
            "age_days_2": rounded(_days(tca - self._epoch[rows.second])),
            "episode_start_utc": self._after_start(rows.interval_s[:, 0]),
            "episode_end_utc": self._after_start(rows.interval_s[:, 1]),
            "n_minima": np.diff(rows.minima_end, prepend=0),
            "max_probability": rows.max_probability,
            "sigma_km": rounded(rows.sigma_km),
            "resolvable": rows.resolvable(),
            "dilution_km": rounded(rows.dilution_km),
            "minima": Lists(minima, rows.minima_end),
        }

    def _after_start(self, seconds: Floats) -> Times:
        """Return times to the microsecond, as `sda.times.add_seconds` does; NaT for NaN."""
        times = np.full(len(seconds), np.datetime64("NaT"), "datetime64[us]")
        known = ~np.isnan(seconds)
        times[known] = self._start + np.rint(seconds[known] * 1e6).astype("timedelta64[us]")
        return times


def rounded(values: Floats) -> Floats:
    """Round to 1e-6 exactly as `round` does, which goes by the value and not by its product.

    The product with a million is off by half its last bit at most, and matters only where that
    may have carried it over a half.
    """
    scaled = values * _SCALE
    result = np.rint(scaled) / _SCALE
    from_half = np.abs(scaled - np.floor(scaled) - 0.5)
    for k in np.flatnonzero(from_half <= np.abs(scaled) * _EPSILON).tolist():
        result[k] = round(float(values[k]), _DECIMALS)
    return result


def _days(durations: NDArray[np.timedelta64]) -> Floats:
    return durations.astype(np.int64) / 1e6 / SECONDS_PER_DAY


def _microseconds(time: datetime) -> int:
    return (time - _1970) // _MICROSECOND
