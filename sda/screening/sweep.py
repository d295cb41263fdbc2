"""Search all pairs of a catalogue fast, block by block of time: the screening's main road.

A block fills the knots of its objects (`knots`), sorts out the rough ones (`rough`), searches the
two regions of space step by step (`cells`) and settles what was found: fast passages on the
interpolant (`closing`), then exactly with SGP4 (`crossings`). Slow pairs, and all pairs near the
window's ends, are kept as spans of time until the whole window is searched; `proximity` follows
their course then. `bound` proves that no pair is lost.

Blocks depend on nothing but their place in time, so they may run side by side, be longer or
shorter, and the result is the same.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from os import cpu_count
from typing import Final

import numpy as np

from sda.model import ElementSet, Kind
from sda.screening.blocks import Found, Search
from sda.screening.config import ScreeningConfig
from sda.screening.crossings import crossing_rows
from sda.screening.refinement import LONGEST_PIECE_S, Spans, joined
from sda.screening.rows import KINDS, Rows, concatenated
from sda.screening.screening import (
    Screening,
    Unpropagated,
    conclude,
    prepare,
    screening_of,
    unpropagated,
)
from sda.screening.shards import Shard, searching

__all__ = ["Sweep", "screen"]

_UNIT_S: Final = LONGEST_PIECE_S
"""Blocks are multiples of this, which is one of every step, piece and distance of knots."""
_LONGEST_S: Final = 6 * _UNIT_S
_LONGEST_FOR_KM2: Final = 100.0
"""Reach times radial reach, 10 km by 10 km, up to which blocks may be that long."""
_COURSES_S: Final = 5e6
"""Time of pairs' courses that is looked at together: some 20,000 pieces, 100 MB, in low orbit."""
_CROSSING: Final = KINDS.index(Kind.CROSSING)


class Sweep:
    """One search of all close approaches within a threshold in a window, to be run once.

    `primaries` keeps the pairs that hold at least one of these catalogue numbers; `workers` is
    the number of threads, as many as processors by default, or how many blocks an `executor`
    (processes, a cluster) searches at a time. With `radial_km` crossings at which
    the two radii differ by more may be left out, and cost nothing. Raises ScreeningError for a
    window or threshold that is not positive, and for two sets of one object.
    """

    def __init__(
        self,
        elements: Sequence[ElementSet],
        start: datetime,
        hours: float,
        threshold_km: float,
        config: ScreeningConfig,
        *,
        primaries: frozenset[int] | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        block_s: float | None = None,
        radial_km: float = np.inf,
    ) -> None:
        self.window, self.propagator = prepare(elements, start, hours, threshold_km)
        self._config = config
        self._workers = workers or cpu_count() or 1
        self._executor = executor
        wanted = [primaries is None or e.norad_id in primaries for e in self.propagator.elements]
        self._search = Search(
            propagator=self.propagator,
            start=self.window.start,
            length_s=self.window.length_s,
            threshold_km=threshold_km,
            reach_km=max(threshold_km, config.coincident_km),
            radial_km=radial_km,
            slow_km_s=config.slow_km_s,
            is_primary=np.array(wanted, np.bool_),
        )
        if block_s is None:  # a block holds what it finds, which grows with the area searched
            area_km2 = self._search.reach_km * min(self._search.reach_km, radial_km)
            block_s = _LONGEST_S * min(1.0, _LONGEST_FOR_KM2 / area_km2)
        units = int(np.ceil(self.window.length_s / _UNIT_S))
        shares = self._workers * int(np.ceil(units * _UNIT_S / (self._workers * block_s)))
        shares = min(shares, units)
        self._ends_s = np.arange(shares + 1) * units // shares * _UNIT_S
        """Ends of the blocks, as equal as can be, from 0 on."""
        self.until_s = np.full(len(self.propagator), np.inf)
        """Where each object's part ends `(n,)`, infinite where it does not, after all blocks."""
        self._spans: list[Spans] = []
        self._courses: list[Spans] = []

    def blocks(self, progress: Callable[[float], None] | None = None) -> Iterator[Rows]:
        """Yield the crossings, sorted, block after block of time, as they are decided.

        Raises WorkerError when an executor fails.
        """
        if not self._search.is_primary.any():
            return
        ends_s = pairwise(self._ends_s.tolist())
        waiting: deque[Future[Found] | Shard] = deque()
        done = 0
        with searching(self._search, self._executor, self._workers) as submit:
            try:
                for span_s in (*ends_s, *[None] * self._workers):
                    if span_s is not None:
                        waiting.append(submit(*span_s))
                    if waiting and (span_s is None or len(waiting) > self._workers):
                        yield self._taken(waiting.popleft().result())
                        done += 1
                        if progress is not None:
                            progress(done / (len(self._ends_s) - 1))
            finally:
                for future in waiting:
                    future.cancel()

    def lingering(self) -> Rows:
        """Return the other rows, sorted, once all blocks have been run through.

        They are episodes, coincident pairs, edges, and crossings near the window's ends.
        """
        threshold_km = self._search.threshold_km

        def decided(part: Spans) -> Rows:
            return conclude(
                self.propagator, self.window, part, self.until_s, threshold_km, self._config
            )

        with ThreadPoolExecutor(self._workers, "lingering") as pool:
            rows = concatenated(list(pool.map(decided, _parts(joined(self._courses)))))
        # The blocks have given the crossings outside the spans.
        ours = joined(self._spans).hold(rows.first, rows.second, rows.tca_s)
        rows = rows[np.flatnonzero(ours | (rows.kind != _CROSSING))]
        return rows[rows.order()]

    def unusable(self) -> tuple[Unpropagated, ...]:
        """Return the objects that take no part, or a part only, once all blocks are run through."""
        return unpropagated(self.propagator, self.window, self.until_s)

    def _taken(self, found: Found) -> Rows:
        """Keep what a block found of slow pairs and ends, and return its crossings."""
        self._spans.append(found.spans)
        self._courses.append(found.courses)
        np.minimum.at(self.until_s, found.ended, found.until_s)
        passages = found.passages
        last_s = np.minimum(self.until_s[passages.first], self.until_s[passages.second])
        return crossing_rows(
            self.propagator, self.window.start, passages[passages.tca_s <= last_s], self._config
        )


def screen(
    elements: Sequence[ElementSet],
    start: datetime,
    hours: float,
    threshold_km: float,
    config: ScreeningConfig,
    *,
    primaries: frozenset[int] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    block_s: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Screening:
    """Return every close approach within the threshold, all against all.

    Takes what `Sweep` takes; `progress` is told the fraction done. The order of the elements, the
    number of workers and the length of the blocks don't matter.
    """
    sweep = Sweep(
        elements, start, hours, threshold_km, config,
        primaries=primaries, workers=workers, executor=executor, block_s=block_s,
    )  # fmt: skip
    crossings = list(sweep.blocks(progress))
    rows = concatenated([*crossings, sweep.lingering()])
    return screening_of(sweep.propagator, sweep.window, threshold_km, rows, sweep.until_s)


def _parts(spans: Spans) -> Iterator[Spans]:
    """Yield spans in parts that are not too long together, each pair whole; one at least."""
    leads = np.append(0, np.flatnonzero(np.diff(spans.first) | np.diff(spans.second)) + 1)
    before_s = np.append(0.0, np.cumsum(spans.to_s - spans.from_s))[leads]
    begins = leads[np.diff(before_s // _COURSES_S, prepend=-1.0) > 0]
    for begin, end in pairwise([*begins.tolist(), len(spans)]):
        yield spans[np.arange(begin, end)]
