"""Find whose orbit a set carries, among all sets of a history."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.model import ElementSet
from sda.orbit import Propagator
from sda.rpo.changes import MeanElements
from sda.times import julian

__all__ = ["OrbitFinder", "SameOrbitConfig"]

Indices = NDArray[np.intp]

_MAX_AXIS_KM: Final = 50.0
_MAX_PLANE_RAD: Final = 0.02
"""Sets further apart than these within days are no set of one orbit: SGP4 is not asked."""


class SameOrbitConfig(BaseModel):
    """When two sets are of one orbit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    km: float = Field(gt=0)
    km_day: float = Field(ge=0)
    max_days: float = Field(gt=0)


class OrbitFinder:
    """Sets of many objects, searched by orbit and epoch.

    Takes sets by number and epoch, their columns, and the number of the calm run `(n,)` that each
    set is of, rising.
    """

    def __init__(
        self,
        elements: Sequence[ElementSet],
        of: MeanElements,
        runs: Indices,
        config: SameOrbitConfig,
    ) -> None:
        self._elements, self._of, self._runs, self._config = elements, of, runs, config
        self._order = np.argsort(of.epoch_days, kind="stable")
        self._epochs = of.epoch_days[self._order]
        self._run_begins = np.searchsorted(runs, np.arange(runs[-1] + 2))

    def track(self, norad_id: int) -> range:
        """Return the places of one object's sets."""
        begin, end = np.searchsorted(self._of.norad_id, [norad_id, norad_id + 1]).tolist()
        return range(begin, end)

    def owner(self, strand: Sequence[int], samples: Iterable[int]) -> int | None:
        """Return whose orbit a strand of a track runs along, None for nobody's.

        That is an object near which all the samples are, and whose own orbit did not change when
        the strand began or ended.
        """
        track = self.track(int(self._of.norad_id[strand[0]]))
        epochs = self._of.epoch_days
        calm: set[int] | None = None
        for places in self._near_all(samples):
            found = set()
            for other in places:
                run = self._runs[other]
                begin, end = self._run_begins[run], self._run_begins[run + 1] - 1
                own = self.track(int(self._of.norad_id[other]))
                came = strand[0] > track[0] and (
                    epochs[begin] <= epochs[strand[0] - 1]
                    or (begin == own[0] and epochs[begin] <= epochs[strand[0]])
                )
                left = strand[-1] < track[-1] and (
                    epochs[end] >= epochs[strand[-1] + 1]
                    or (end == own[-1] and epochs[end] >= epochs[strand[-1]])
                )
                if came or left:
                    found.add(int(self._of.norad_id[other]))
            calm = found if calm is None else calm & found
        return min(calm) if calm else None

    def twin(self, samples: Iterable[int]) -> int | None:
        """Return the object that is near at all samples, None where there is none."""
        common: set[int] | None = None
        for places in self._near_all(samples):
            numbers = set(self._of.norad_id[places].tolist())
            common = numbers if common is None else common & numbers
            if not common:
                return None
        return min(common) if common else None

    def _near_all(self, samples: Iterable[int]) -> Iterable[list[int]]:
        return (self._near(place) for place in samples)

    def _near(self, place: int) -> list[int]:
        """Return of each other object that is where a set is the place of its nearest set."""
        of, limit = self._of, self._config.max_days
        epoch = of.epoch_days[place]
        begin, end = np.searchsorted(self._epochs, [epoch - limit, epoch + limit])
        others = self._order[begin:end]
        alike = np.abs(of.axis_km[others] - of.axis_km[place]) < _MAX_AXIS_KM
        alike &= of.norad_id[others] != of.norad_id[place]
        alike &= np.abs(of.inclination_rad[others] - of.inclination_rad[place]) < _MAX_PLANE_RAD
        others = others[alike]
        days = epoch - of.epoch_days[others]
        node = of.node_rad[place] - of.node_rad[others] - days * of.node_rate_rad_day[others]
        off = np.abs(np.sin(node / 2)) * 2 * np.sin(of.inclination_rad[place])
        others, days = others[off < _MAX_PLANE_RAD], np.abs(days[off < _MAX_PLANE_RAD])
        if not len(others):
            return []
        by_object = np.lexsort((days, of.norad_id[others]))
        first = np.diff(of.norad_id[others][by_object], prepend=-1) != 0
        others, days = others[by_object][first], days[by_object][first]
        near = self._distances_km(place, others) < self._config.km + self._config.km_day * days
        return [int(other) for other in others[near]]

    def _distances_km(self, place: int, others: Indices) -> NDArray[np.float64]:
        """Return how far other sets' objects are `(m,)` from a set's at its epoch; NaN: unknown."""
        asked = [self._elements[k] for k in (place, *others.tolist())]
        propagator = Propagator(asked)
        jd, fr = julian(asked[0].epoch)
        _, r_km, _ = propagator.grid(np.array([jd]), np.array([fr]))
        usable = {id(e): row for row, e in enumerate(propagator.elements)}
        rows = [usable.get(id(e), -1) for e in asked]
        found = np.array([r_km[row, 0] if row >= 0 else np.full(3, np.nan) for row in rows])
        return np.linalg.norm(found[1:] - found[0], axis=1)
