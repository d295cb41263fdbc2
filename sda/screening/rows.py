"""Hold the rows of a screening as columns, so that a week of them stays small."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.model import CloseApproach, ElementSet, Kind, Minimum
from sda.times import add_seconds

__all__ = ["KINDS", "Rows", "concatenated"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

KINDS: Final = tuple(Kind)
"""What the numbers of `Rows.kind` stand for."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Close approaches as columns of one length m; times are seconds after the window's start.

    `first` and `second` index the propagator's elements, which are sorted by catalogue number.
    The minima of row k are `minima[minima_end[k - 1]:minima_end[k]]`, from 0 for the first row:
    time, range and relative speed, `(n_minima, 3)`, s, km and km/s.
    """

    first: Indices
    second: Indices
    kind: NDArray[np.uint8]
    tca_s: Floats
    miss_km: Floats
    speed_km_s: Floats
    miss_ric_km: Floats
    """Object 2 minus object 1, `(m, 3)`: radial, in-track, cross-track of object 1."""
    interval_s: Floats
    """Start and end of the episode, `(m, 2)`; NaN for a crossing and an edge."""
    max_probability: Floats
    """NaN for a coincident pair."""
    sigma_km: Floats
    """1-sigma error of the miss distance."""
    dilution_km: Floats
    """Minor-axis error at which the probability is greatest; NaN for a coincident pair."""
    minima_end: Indices
    minima: Floats

    @classmethod
    def none(cls) -> "Rows":
        """Return no rows."""
        nobody, nothing = np.empty(0, np.intp), np.empty(0)
        return cls(
            nobody, nobody, np.empty(0, np.uint8), nothing, nothing, nothing, np.empty((0, 3)),
            np.empty((0, 2)), nothing, nothing, nothing, nobody, np.empty((0, 3)),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: Indices) -> "Rows":
        """Return the rows at some places, in that order."""
        begin = np.append(0, self.minima_end[:-1])[rows]
        count = self.minima_end[rows] - begin
        end = np.cumsum(count)
        inside = np.arange(int(count.sum())) - np.repeat(end - count, count)
        columns = {
            f.name: getattr(self, f.name)[rows]
            for f in fields(self)
            if f.name not in ("minima", "minima_end")
        }
        minima = self.minima[np.repeat(begin, count) + inside]
        return Rows(**columns, minima_end=end, minima=minima)

    def resolvable(self) -> NDArray[np.bool_]:
        """Return which distances `(m,)` exceed their own error; a coincident pair's never does."""
        told_apart = self.kind != KINDS.index(Kind.COINCIDENT)
        resolvable: NDArray[np.bool_] = (self.miss_km > self.sigma_km) & told_apart
        return resolvable

    def order(self) -> Indices:
        """Return the places of the rows by time of closest approach, then object numbers."""
        return np.lexsort((self.kind, self.second, self.first, self.tca_s))

    def approaches(
        self, elements: Sequence[ElementSet], start: datetime
    ) -> tuple[CloseApproach, ...]:
        """Return the rows as values."""
        resolvable = self.resolvable().tolist()
        return tuple(self._approach(k, elements, start, resolvable[k]) for k in range(len(self)))

    def _approach(
        self, k: int, elements: Sequence[ElementSet], start: datetime, resolvable: bool
    ) -> CloseApproach:
        one, two = elements[self.first[k]], elements[self.second[k]]
        tca = add_seconds(start, float(self.tca_s[k]))
        begin_s, end_s = self.interval_s[k].tolist()
        episode = begin_s == begin_s
        low = int(self.minima_end[k - 1]) if k else 0
        probability, dilution_km = float(self.max_probability[k]), float(self.dilution_km[k])
        return CloseApproach(
            norad_id_1=one.norad_id,
            name_1=one.name,
            norad_id_2=two.norad_id,
            name_2=two.name,
            kind=KINDS[self.kind[k]],
            tca=tca,
            miss_km=float(self.miss_km[k]),
            relative_speed_km_s=float(self.speed_km_s[k]),
            radial_km=float(self.miss_ric_km[k, 0]),
            in_track_km=float(self.miss_ric_km[k, 1]),
            cross_track_km=float(self.miss_ric_km[k, 2]),
            age_days_1=(tca - one.epoch).total_seconds() / SECONDS_PER_DAY,
            age_days_2=(tca - two.epoch).total_seconds() / SECONDS_PER_DAY,
            episode_start=add_seconds(start, begin_s) if episode else None,
            episode_end=add_seconds(start, end_s) if episode else None,
            minima=tuple(
                Minimum(add_seconds(start, time_s), range_km, speed_km_s)
                for time_s, range_km, speed_km_s in self.minima[low : self.minima_end[k]].tolist()
            ),
            max_probability=probability if probability == probability else None,
            sigma_km=float(self.sigma_km[k]),
            resolvable=resolvable,
            dilution_km=dilution_km if dilution_km == dilution_km else None,
        )


def concatenated(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, one part after the other; at least one part."""
    columns = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(Rows)
        if f.name != "minima_end"
    }
    shift = np.cumsum([0, *(len(part.minima) for part in parts)])
    ends = [part.minima_end + by for part, by in zip(parts, shift, strict=False)]
    return Rows(**columns, minima_end=np.concatenate(ends))
