"""Follow one object's orbit over time, from its cleaned element sets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.judgement.orbits import axis_km, decay_km_day
from sda.rpo.manoeuvres.finding import Manoeuvre, ManoeuvreConfig, Purpose, find_manoeuvres
from sda.rpo.ring.config import LongitudeConfig
from sda.rpo.ring.longitude import LongitudeHistory, longitude_history

__all__ = ["Course"]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Course:
    """What one object's orbit went through; `track` holds its sets by strictly rising epoch."""

    track: Sequence[ElementSet]
    longitude_config: LongitudeConfig
    manoeuvre_config: ManoeuvreConfig

    @property
    def first(self) -> datetime:
        """Epoch of its first set."""
        return self.track[0].epoch

    @cached_property
    def longitudes(self) -> LongitudeHistory | None:
        """Where it was in the geostationary belt; None for an object that never was."""
        if not any(regime_of(one) is Regime.GEO for one in self.track):
            return None
        return longitude_history(self.track, self.longitude_config)

    @cached_property
    def relocations(self) -> tuple[Manoeuvre, ...]:
        """Manoeuvres beyond the usual upkeep, where sets are dense enough to show them."""
        found = find_manoeuvres(self.track, self.manoeuvre_config)
        return tuple(
            one for one in found if one.confidence >= 0.5 and one.purpose is Purpose.RELOCATION
        )

    def steered_m_s(self, since: datetime, until: datetime) -> float:
        """Return the greatest change of speed between two times that is no upkeep nor nature."""
        sizes = [
            one.delta_v_m_s for one in self.relocations if one.end >= since and one.start <= until
        ]
        if self.longitudes is not None:
            sizes += [
                one.delta_v_m_s
                for one in self.longitudes.unnatural_changes
                if one.end >= since and one.start <= until
            ]
        return max(sizes, default=0.0)

    def raised_km(self, since: datetime, until: datetime) -> float:
        """Return by how much the semi-major axis changed beyond its decay between two times."""
        one, other = self._nearest(since), self._nearest(until)
        return axis_km(other) - axis_km(one) - self.decayed_km(since, until)

    def decayed_km(self, since: datetime, until: datetime) -> float:
        """Return by how much drag changed the semi-major axis between two times, as published.

        The rate is the mean of both ends; its error grows with time and drag, so only changes well
        above it say something.
        """
        one, other = self._nearest(since), self._nearest(until)
        days = (other.epoch - one.epoch) / _DAY
        return days * (decay_km_day(one) + decay_km_day(other)) / 2

    def _nearest(self, time: datetime) -> ElementSet:
        at = bisect_left(self.track, time, key=lambda one: one.epoch)
        near = self.track[max(0, at - 1) : at + 1]
        return min(near, key=lambda one: abs(one.epoch - time))
