"""Look up element sets by time: of one track, or of all objects for one day."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit import Regime, regime_of

__all__ = ["FUTURE_DAYS", "EpochIndex", "nearest"]

Indices = NDArray[np.intp]

FUTURE_DAYS: Final = 1.0
"""An element set is used from so long before its epoch on."""


def nearest(track: Sequence[ElementSet], time: datetime) -> ElementSet | None:
    """Return the set of a track whose epoch is nearest to a time; of two the later one.

    Takes sets by rising epoch. None for an empty track.
    """
    after = bisect_left(track, time, key=lambda e: e.epoch)
    if after == len(track) or (after and time - track[after - 1].epoch < track[after].epoch - time):
        after -= 1
    return track[after] if track else None


class EpochIndex:
    """The sets of many tracks in one row, to be searched for all objects at once."""

    __slots__ = ("_begins", "_ends", "_epochs", "_first", "_keys", "_length", "_sets")

    def __init__(self, tracks: Iterable[Sequence[ElementSet]]) -> None:
        lengths: list[int] = []
        self._sets: list[ElementSet] = []
        for track in tracks:
            lengths.append(len(track))
            self._sets += track
        self._ends = np.cumsum(np.array(lengths, np.intp))
        self._begins = self._ends - np.array(lengths, np.intp)
        self._epochs = np.array([e.epoch.timestamp() for e in self._sets]) / SECONDS_PER_DAY
        self._first = float(self._epochs.min()) if self._sets else 0.0
        # Tracks laid end to end on one axis of time, each with room for all epochs.
        self._length = float(np.ptp(self._epochs)) + 1.0 if self._sets else 1.0
        place = np.repeat(np.arange(len(lengths)), lengths)
        self._keys = place * self._length + (self._epochs - self._first)

    def nearest(self, time: datetime) -> list[ElementSet]:
        """Return of each track the set whose epoch is nearest to a time, as `nearest` does."""
        return [self._sets[i] for i in self._places(time.timestamp() / SECONDS_PER_DAY).tolist()]

    def catalogue(
        self, day_middle: datetime, max_age_days: Mapping[Regime, float]
    ) -> tuple[ElementSet, ...]:
        """Return the set of each object that stands for it on the day around a time.

        That is the set whose epoch is nearest to the middle, if at some time of the day its age
        (time minus epoch) is from minus `FUTURE_DAYS` to the limit of its regime. It holds while
        its age is so, which may be a part of the day.
        """
        middle = day_middle.timestamp() / SECONDS_PER_DAY
        places = self._places(middle)
        age = middle - self._epochs[places]
        oldest = 0.5 + max(max_age_days.values())
        places = places[(age >= -0.5 - FUTURE_DAYS) & (age <= oldest)]
        return tuple(
            e
            for e, days in zip(
                (self._sets[i] for i in places.tolist()),
                (middle - self._epochs[places]).tolist(),
                strict=True,
            )
            if days <= 0.5 + max_age_days[regime_of(e)]
        )

    def _places(self, days: float) -> Indices:
        """Return the places `(n_track,)` of the sets nearest to a time in days since 1970."""
        at = min(max(days - self._first, 0.0), self._length)
        after = np.searchsorted(self._keys, np.arange(len(self._ends)) * self._length + at)
        after = np.clip(after, self._begins, self._ends - 1)
        before = np.maximum(after - 1, self._begins)
        nearer = np.abs(days - self._epochs[before]) < np.abs(self._epochs[after] - days)
        return np.where(nearer, before, after)
