"""Follow one object's orbit over time, from its cleaned element sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.longitude import LongitudeConfig, LongitudeHistory, longitude_history

__all__ = ["Course", "course_of"]


@dataclass(frozen=True, slots=True)
class Course:
    """What one object's orbit went through."""

    first: datetime
    """Epoch of its first set."""
    longitudes: LongitudeHistory | None
    """None for an object that was never in the geostationary belt."""

    def steered_m_s(self, since: datetime, until: datetime) -> float:
        """Return the greatest change of speed between two times that nature does not explain."""
        if self.longitudes is None:
            return 0.0
        found = (
            one.delta_v_m_s
            for one in self.longitudes.unnatural_changes
            if one.end >= since and one.start <= until
        )
        return max(found, default=0.0)


def course_of(track: Sequence[ElementSet], config: LongitudeConfig) -> Course:
    """Return the course of an object from its sets, by strictly rising epoch, one at least."""
    in_belt = any(regime_of(one) is Regime.GEO for one in track)
    return Course(track[0].epoch, longitude_history(track, config) if in_belt else None)
