"""Find whose orbit a set carries, among all sets of a history."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.spatial import cKDTree

from sda.model import ElementSet
from sda.orbit import Propagator
from sda.rpo.history.changes import MeanElements
from sda.times import julian

__all__ = ["OrbitFinder", "SameOrbitConfig"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_AXIS_SHARE: Final = 0.002
"""Drag and upkeep change no semi-major axis by more within days: 14 km in low orbit."""


class SameOrbitConfig(BaseModel):
    """When two sets are of one orbit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_days: float = Field(gt=0)
    km: float = Field(gt=0)
    km_day: float = Field(ge=0)
    plane_deg: float = Field(gt=0)
    plane_deg_day: float = Field(ge=0)
    eccentricity: float = Field(gt=0)


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
        self._trees: dict[int, tuple[Indices, cKDTree | None]] = {}
        degrees = config.plane_deg + config.plane_deg_day * config.max_days
        self._plane_rad = float(np.radians(degrees))

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
        of, config = self._of, self._config
        others = self._alike(place)
        days = np.abs(of.epoch_days[others] - of.epoch_days[place])
        others, days = others[days <= config.max_days], days[days <= config.max_days]
        if not len(others):
            return []
        by_object = np.lexsort((days, of.norad_id[others]))
        first = np.diff(of.norad_id[others][by_object], prepend=-1) != 0
        others, days = others[by_object][first], days[by_object][first]
        alike = self._tilts_rad(place, others) < np.radians(
            config.plane_deg + config.plane_deg_day * days
        )
        alike &= self._eccentricity_off(place, others) < config.eccentricity
        others, days = others[alike], days[alike]
        if not len(others):
            return []
        near = self._distances_km(place, others) < config.km + config.km_day * days
        return [int(other) for other in others[near]]

    def _alike(self, place: int) -> Indices:
        """Return the places of other objects' sets about the time with about the same orbit.

        Sets lie in blocks of time, each with a tree of their planes at its middle.
        """
        of, length = self._of, 2 * self._config.max_days
        at = of.epoch_days[place] / length
        found: list[int] = []
        for block in (int(at - 0.5), int(at - 0.5) + 1):
            members, tree = self._tree(block)
            if tree is not None:
                near = tree.query_ball_point(self._points(block, [place])[0], 1.0)
                found += members[near].tolist()
        others = np.array(found, np.intp)
        strangers: Indices = others[of.norad_id[others] != of.norad_id[place]]
        return strangers

    def _tree(self, block: int) -> tuple[Indices, cKDTree | None]:
        if block not in self._trees:
            length = 2 * self._config.max_days
            begin, end = np.searchsorted(self._epochs, [block * length, (block + 1) * length])
            members = self._order[begin:end]
            tree = cKDTree(self._points(block, members)) if len(members) else None
            self._trees[block] = members, tree
        return self._trees[block]

    def _points(self, block: int, places: Indices | list[int]) -> Floats:
        """Return axes and planes of sets `(n, 4)`, scaled so that orbits alike lie within 1."""
        of = self._of
        middle = (block + 0.5) * 2 * self._config.max_days
        node = of.node_rad[places] - of.node_rate_rad_day[places] * (of.epoch_days[places] - middle)
        normal = _normals(of.inclination_rad[places], node)
        axis = np.log(of.axis_km[places]) / _AXIS_SHARE
        return np.column_stack((axis, normal / self._plane_rad))

    def _tilts_rad(self, place: int, others: Indices) -> Floats:
        """Return the angles between planes `(m,)`, the others' turned to the set's epoch."""
        of = self._of
        days = of.epoch_days[place] - of.epoch_days[others]
        node = of.node_rad[others] + of.node_rate_rad_day[others] * days
        there = _normals(of.inclination_rad[others], node)
        here = _normals(of.inclination_rad[place], of.node_rad[place])
        tilts: Floats = np.linalg.norm(there - here, axis=-1)
        return tilts

    def _eccentricity_off(self, place: int, others: Indices) -> Floats:
        """Return how far eccentricity vectors lie apart `(m,)`, counted from a fixed direction."""
        of = self._of
        days = of.epoch_days[place] - of.epoch_days[others]
        rate = of.pericenter_rate_rad_day[others] + of.node_rate_rad_day[others]
        here, there = (
            of.eccentricity[k] * np.exp(1j * (of.pericenter_rad[k] + of.node_rad[k] + turned))
            for k, turned in ((place, 0.0), (others, rate * days))
        )
        off: Floats = np.abs(there - here)
        return off

    def _distances_km(self, place: int, others: Indices) -> NDArray[np.float64]:
        """Return how far other sets' objects are `(m,)` from a set's at its epoch; NaN: unknown."""
        asked = [self._elements[k] for k in (place, *others.tolist())]
        propagator = Propagator(asked)
        jd, fr = julian(asked[0].epoch)
        _, r_km, _ = propagator.grid(np.array([jd]), np.array([fr]))
        usable = {id(e): row for row, e in enumerate(propagator.elements)}
        rows = [usable.get(id(e), -1) for e in asked]
        found = np.array([r_km[row, 0] if row >= 0 else np.full(3, np.nan) for row in rows])
        apart_km: Floats = np.linalg.norm(found[1:] - found[0], axis=1)
        return apart_km


def _normals(inclination_rad: Floats, node_rad: Floats) -> Floats:
    """Return unit normals of orbital planes `(..., 3)`."""
    sine = np.sin(inclination_rad)
    return np.stack(
        (sine * np.sin(node_rad), -sine * np.cos(node_rad), np.cos(inclination_rad)), axis=-1
    )
