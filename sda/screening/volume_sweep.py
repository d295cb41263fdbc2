"""Search a catalogue by the volumes of its objects: one sweep a volume, the widest first.

The primaries of a sweep are the objects of its volume, and its threshold is the distance of the
volume's corners. A ball of that size holds a hundred times as many pairs as a flat box, so the
sweep skips pairs whose radii differ by more than they can in the volume (`volumes.radial_pads`).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM
from sda.model import ElementSet, Kind
from sda.orbit.bands import radial_bands
from sda.screening.config import ScreeningConfig
from sda.screening.refinement import Spans, joined
from sda.screening.rows import KINDS, Rows, concatenated
from sda.screening.screening import Unpropagated, prepare, unpropagated
from sda.screening.sweep import Sweep
from sda.screening.volumes import Volume, in_volume, radial_pads, volume_of
from sda.screening.watchlist import within_bands

__all__ = ["VolumeSweep"]

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_CROSSING = KINDS.index(Kind.CROSSING)


class VolumeSweep:
    """One search of all close approaches with a miss in a primary's volume, to be run once.

    Every object is a primary where `primaries` are not given. Intervals are those within the
    distance of the volume's corners; an approach that lies in the volumes of both objects is one
    row, that of the wider one. Otherwise as `Sweep`, which tells the rest.
    """

    def __init__(
        self,
        elements: Sequence[ElementSet],
        start: datetime,
        hours: float,
        config: ScreeningConfig,
        *,
        primaries: frozenset[int] | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.window, self.propagator = prepare(elements, start, hours, config.coincident_km)
        self._hours = hours
        self._config = config
        self._workers = workers
        self._executor = executor
        usable = self.propagator.elements
        n = len(usable)
        own = [volume_of(one, config) for one in usable]
        boxes_km = [(one.radial_km, one.in_track_km, one.cross_track_km) for one in own]
        self._half_width_km = np.array(boxes_km, np.float64).reshape(n, 3)
        self._primaries_of: dict[Volume, Mask] = {}
        for k, one in enumerate(usable):
            if primaries is None or one.norad_id in primaries:
                self._primaries_of.setdefault(own[k], np.zeros(n, np.bool_))[k] = True
        self.volumes = tuple(sorted(self._primaries_of, key=lambda one: (-one.reach_km, one.name)))
        """The volumes that primaries have, the widest first."""
        self._bands_km = radial_bands(self.propagator, self.window.start, self.window.length_s)
        # SGP4 gives no state below the Earth's radius (its error 6), so neither may a band.
        low_km = np.maximum(self._bands_km[0], EARTH_RADIUS_KM)
        self._pads_km = radial_pads(self._half_width_km, low_km)
        self._until_s = np.full(n, np.inf)
        self._lasting: list[Rows] = []

    def blocks(self, progress: Callable[[float], None] | None = None) -> Iterator[Rows]:
        """Yield the crossings, each block of them sorted, volume after volume."""
        done = np.zeros(len(self.propagator), np.bool_)
        for number, volume in enumerate(self.volumes):
            is_primary = self._primaries_of[volume]
            sweep, place = self._sweep(volume, is_primary)

            def told(fraction: float, number: int = number) -> None:
                if progress is not None:
                    progress((number + fraction) / len(self.volumes))

            for rows in sweep.blocks(told):
                yield self._new(_placed(rows, place), is_primary, done)
            rows = _placed(sweep.lingering(), place)
            crosses = rows.kind == _CROSSING
            yield self._new(rows[np.flatnonzero(crosses)], is_primary, done)
            lasting = rows[np.flatnonzero(~crosses)]
            self._lasting.append(lasting[np.flatnonzero(self._inside(lasting, is_primary))])
            self._until_s[place] = np.minimum(self._until_s[place], sweep.until_s)
            done |= is_primary

    def lingering(self) -> Rows:
        """Return the episodes, coincident pairs and edges, sorted, after all blocks."""
        kept = Rows.none()
        for rows in self._lasting:
            again = _extents(kept).hold(rows.first, rows.second, rows.tca_s)
            kept = concatenated([kept, rows[np.flatnonzero(~again)]])
        return kept[kept.order()]

    def unusable(self) -> tuple[Unpropagated, ...]:
        """Return the objects that take no part, or a part only, after all blocks."""
        return unpropagated(self.propagator, self.window, self._until_s)

    def _sweep(self, volume: Volume, is_primary: Mask) -> tuple[Sweep, Indices]:
        """Return the sweep of a volume, and the places of its objects among all."""
        place = np.flatnonzero(within_bands(self._bands_km, is_primary, self._pads_km))
        usable = self.propagator.elements
        sweep = Sweep(
            [usable[k] for k in place.tolist()],
            self.window.start,
            self._hours,
            volume.reach_km,
            self._config,
            primaries=frozenset(usable[k].norad_id for k in np.flatnonzero(is_primary).tolist()),
            workers=self._workers,
            executor=self._executor,
            radial_km=float(self._pads_km[is_primary].max()),
        )
        return sweep, place

    def _new(self, rows: Rows, is_primary: Mask, done: Mask) -> Rows:
        """Return the crossings that no sweep of a wider volume has given."""
        kept = self._inside(rows, is_primary)
        kept[kept] = ~self._inside(rows[np.flatnonzero(kept)], done)
        return rows[np.flatnonzero(kept)]

    def _inside(self, rows: Rows, is_primary: Mask) -> Mask:
        start = self.window.start
        return in_volume(rows, self.propagator, start, self._half_width_km, is_primary)


def _placed(rows: Rows, place: Indices) -> Rows:
    """Return rows that index all objects instead of a sweep's own."""
    return replace(rows, first=place[rows.first], second=place[rows.second])


def _extents(rows: Rows) -> Spans:
    """Return the times that rows other than crossings take: an interval, or that of an edge."""
    from_s, to_s = np.where(np.isnan(rows.interval_s), rows.tca_s[:, np.newaxis], rows.interval_s).T
    return joined([Spans(rows.first, rows.second, from_s, to_s)])
