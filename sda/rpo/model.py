"""The values that the search for rendezvous and proximity operations passes along.

An *encounter* is one pair on one day (UTC), by one element set of each. Encounters of days on end
join into an *episode*, episodes of one pair into an *event*. Lengths are km, speeds km/s, angles
rad, times aware UTC datetimes; axes are radial, in-track, cross-track.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sda.model import ElementSet, Evidence
from sda.orbit import Regime, RelativeElements, regime_of
from sda.risk import ErrorOrigin

__all__ = [
    "Approach",
    "Encounter",
    "Episode",
    "Event",
    "EventClass",
    "Evidence",
    "Score",
    "Verdict",
]


class EventClass(StrEnum):
    """What a pair does."""

    MERGED = "merged"
    """Not told apart by their element sets for days: docked, or one object in tow."""
    RELEASE = "release"
    """One object leaves another that it was launched with, or was docked to."""
    VISITING = "visiting"
    """A visiting vehicle at a space station."""
    FORMATION = "formation"
    """A formation that both hold, as launched."""
    SERVICING = "servicing"
    """A servicer or tug at its client."""
    LOITER = "loiter"
    """One came to another and stays."""
    INSPECTION_FLY_BY = "inspection-fly-by"
    """A slow passage that one of the two manoeuvred for."""
    DRIFT_BY = "drift-by"
    """A passage by drift along the ring, with no manoeuvre for it."""
    SHADOW = "shadow"
    """One holds the other's plane from a distance."""
    CO_LOCATION = "co-location"
    """Neighbours that share a slot."""
    SLOW_CHANCE = "slow-chance"
    """A slow encounter with no sign of intent."""
    CHANCE = "chance"
    """A fast encounter with no sign of intent."""


class Verdict(StrEnum):
    """How likely it is that an event is a rendezvous or proximity operation."""

    PROBABLE = "probable"
    POSSIBLE = "possible"
    WATCH = "watch"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Approach:
    """One local minimum of a pair's range."""

    utc: datetime
    range_km: float
    hill_speed_km_s: float
    ric_km: tuple[float, float, float]
    """Object 2 minus object 1, in object 1's frame."""


@dataclass(frozen=True, slots=True)
class Encounter:
    """What SGP4 says of one pair on one day, `start` to `end`, by one element set of each.

    `norad_id` of `set_1` is below that of `set_2`. Both sets are younger than the age limit of
    their regime throughout.
    """

    start: datetime
    end: datetime
    set_1: ElementSet
    set_2: ElementSet
    min_range_km: float
    min_range_utc: datetime
    max_range_km: float
    min_hill_speed_km_s: float
    """Least speed in object 1's Hill frame while near; NaN when never near."""
    near_from: datetime | None
    near_to: datetime | None
    """First and last time near: within the regime's reach, by hysteresis; None when never."""
    dwell_s: float
    """Time within the dwell range and slower than the dwell speed of the regime."""
    approaches: tuple[Approach, ...]
    """All minima of the range while near, by time."""
    relative: RelativeElements
    """Relative orbital elements at the middle of the day."""
    plane_rad: float
    """Angle between the orbital planes at the middle of the day."""
    sigma_km: float
    """1-sigma error of the least range by the ages of both sets."""
    sigma_origin: ErrorOrigin = ErrorOrigin.TABLE
    """Whether both objects' own histories gave that error, or their regimes."""

    @property
    def pair(self) -> tuple[int, int]:
        """The two catalogue numbers, the lower first."""
        return self.set_1.norad_id, self.set_2.norad_id

    @property
    def regime(self) -> Regime:
        """Regime of both, else of the one that is not in low orbit."""
        first, second = regime_of(self.set_1), regime_of(self.set_2)
        return second if first is Regime.LEO else first

    @property
    def evaluated_h(self) -> float:
        """Hours of the day that could be evaluated."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def is_near(self) -> bool:
        """Whether the pair comes within reach on this day."""
        return self.near_from is not None


@dataclass(frozen=True, slots=True)
class Episode:
    """Encounters of one pair on days on end, all near."""

    start: datetime
    end: datetime
    encounters: tuple[Encounter, ...]

    @property
    def nearest(self) -> Encounter:
        """The encounter with the least range."""
        return min(self.encounters, key=lambda one: one.min_range_km)


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the evidence, as far as the gates let it count."""

    points: float
    evidence: tuple[Evidence, ...]
    gate: str
    """Name of the gate that capped the points; empty when none did."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one pair did, from its opening to its end or to the last that is known."""

    event_id: str
    regime: Regime
    norad_id_1: int
    name_1: str
    norad_id_2: int
    name_2: str
    event_class: EventClass
    score: Score
    verdict: Verdict
    declared: str
    """Identifier of the declared operation that covers it; empty when there is none."""
    actor_norad_id: int | None
    """Who manoeuvred or came; None when that is not known."""
    start: datetime
    end: datetime
    is_open: bool
    """Whether it may go on: the pair has not been seen apart for long enough to close it."""
    min_range_km: float
    min_range_utc: datetime
    min_hill_speed_km_s: float
    dwell_s: float
    resolvable: bool
    """Whether the least range exceeds its own error."""
    episodes: tuple[Episode, ...]
    trend: tuple["Trend", ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """How an event stood at the end of one day."""

    utc: datetime
    min_range_km: float
    """Least range of that day."""
    points: float
    event_class: EventClass
    verdict: Verdict
