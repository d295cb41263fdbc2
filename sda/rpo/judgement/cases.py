"""Lay out all that is known of one pair on one day of an event: what evidence is taken from."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise, takewhile
from math import cos, degrees, hypot, radians
from typing import Final

from sda.constants import EARTH_RADIUS_KM, GEO_RADIUS_KM, J2
from sda.elements import ObjectType, type_of_name
from sda.orbit import Regime
from sda.rpo.config import RpoConfig
from sda.rpo.context.companions import Companionship, CompanionshipKind, formation_of, slot_mates
from sda.rpo.judgement.courses import Course
from sda.rpo.judgement.foresight import is_jump
from sda.rpo.judgement.orbits import axis_km
from sda.rpo.judgement.ties import Ties
from sda.rpo.model import Encounter
from sda.rpo.ring.longitude import LongitudeHistory, apart_deg

__all__ = ["Case", "cross_track_km"]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """One pair on one day of an event.

    `encounters` are all days on which the pair could be evaluated, near or not, by time; `opening`
    and `day` are the places of the event's first day and of the day in question. What was done
    counts from the day on which it was seen; what explains a pair, such as a formation, is taken
    from all days, later ones too.
    """

    regime: Regime
    encounters: tuple[Encounter, ...]
    opening: int
    day: int
    courses: tuple[Course, Course]
    ties: Ties
    right: str
    """By what right they are near, such as `station 25544`; empty when nothing says so."""
    declared: str
    """Kind of the declared operation that covers them; empty without one."""
    config: RpoConfig

    @property
    def today(self) -> Encounter:
        """The day in question."""
        return self.encounters[self.day]

    @property
    def event(self) -> tuple[Encounter, ...]:
        """The days since the event began, this one included."""
        return self.encounters[self.opening : self.day + 1]

    @property
    def before(self) -> tuple[Encounter, ...]:
        """The days before the event."""
        return self.encounters[: self.opening]

    @property
    def opened(self) -> datetime:
        """When the event began."""
        first = self.encounters[self.opening]
        return first.near_from or first.start

    @property
    def da_km(self) -> float:
        """Difference of the semi-major axes today."""
        return abs(self.today.relative.da_km)

    @property
    def plane_km(self) -> float:
        """Cross-track amplitude today, a di."""
        return cross_track_km(self.today)

    @property
    def plane_deg(self) -> float:
        """Angle between the planes today."""
        return degrees(self.today.plane_rad)

    @property
    def a_km(self) -> float:
        """Semi-major axis of object 1 today."""
        return axis_km(self.today.set_1)

    @property
    def node_deg_day(self) -> float:
        """Rate of object 1's node by J2 (Vallado 2013, eq. 9-37, for a near-circular orbit)."""
        one = self.today.set_1
        squeeze = (EARTH_RADIUS_KM / self.a_km) ** 2
        rate_rev_day = -1.5 * J2 * squeeze * one.mean_motion_rev_day
        return 360 * rate_rev_day * cos(radians(one.inclination_deg))

    @property
    def is_sun_synchronous(self) -> bool:
        """Whether the node of object 1 follows the mean sun, 0.9856 deg a day."""
        off_deg_day = abs(self.node_deg_day - 360 / 365.2422)
        return off_deg_day < self.config.limits.sun_synchronous_deg_day

    @property
    def dwell_h(self) -> float:
        """Hours near and slow today."""
        return self.today.dwell_s / 3600

    @property
    def age_days(self) -> float:
        """How long the younger of the two has been up when the event begins."""
        return (self.opened - max(self.ties.since)) / _DAY

    def held_within(self, plane_deg: float) -> list[Encounter]:
        """Return the days up to today on which they kept one plane all along, by time."""
        back = self.encounters[self.day :: -1]
        held = list(takewhile(lambda one: degrees(one.plane_rad) <= plane_deg, back))
        return held[::-1]

    @cached_property
    def companions(self) -> Companionship | None:
        """Whether they have always kept together, as far as is known."""
        days, context = self.encounters, self.config.context
        return formation_of(days, context.formations) or slot_mates(days, context.slots)

    @cached_property
    def known(self) -> str:
        """Why they are near by right; empty when nothing says so."""
        if self.right:
            return self.right
        if self.companions and self.companions.kind is CompanionshipKind.FORMATION:
            return f"formation since {self.companions.since:%Y-%m-%d}"
        return ""

    @cached_property
    def has_jumped(self) -> bool:
        """Whether sets of another object bring them together, in low orbit."""
        foresight = self.config.foresight
        return self.regime is Regime.LEO and any(
            is_jump(one, two, foresight) for one, two in pairwise(self.encounters)
        )

    @cached_property
    def are_slot_mates(self) -> bool:
        """Whether they have always shared a slot, as far as is known: neither came from another."""
        settled = all(
            course.longitudes is not None and course.longitudes.roamed(self.today.end) < 2
            for course in self.courses
        )
        if self.regime is not Regime.GEO or not settled or any(self.is_active_body):
            return False
        if self.companions is not None:
            return self.companions.kind is CompanionshipKind.SLOT
        known_days = (self.encounters[-1].end - self.encounters[0].start) / _DAY
        return (
            self.last_apart is None
            and known_days >= self.config.context.slots.min_span_days
            and all(one.is_near for one in self.encounters)
        )

    @cached_property
    def last_apart(self) -> datetime | None:
        """When they were last seen apart before the event; None when they never were."""
        apart_km = self.config.limits.arrival_apart_km.of(self.regime)
        first, second = (course.longitudes for course in self.courses)
        if first is not None and second is not None:
            return self._last_apart_in_longitude(first, second, degrees(apart_km / GEO_RADIUS_KM))
        days = [one.start for one in self.before if one.min_range_km > apart_km]
        return days[-1] if days else None

    @cached_property
    def moved_deg(self) -> tuple[float, float]:
        """How far each went in longitude from where it was when they were last apart."""
        since = self.last_apart
        moved = [
            0.0
            if since is None or course.longitudes is None
            else abs(course.longitudes.moved_deg(since, self.today.start) or 0.0)
            for course in self.courses
        ]
        return moved[0], moved[1]

    @cached_property
    def is_active_body(self) -> tuple[bool, bool]:
        """Whether each is a stage or a motor by its name, and yet manoeuvres in the belt.

        Debris is not asked: sunlight pushes light pieces as burns do.
        """
        burns = self.config.limits.active_body_burns
        first, second = (
            passive
            and type_of_name(element_set.name.upper()) is not ObjectType.DEBRIS
            and course.longitudes is not None
            and len(course.longitudes.unnatural_changes) >= burns
            for passive, element_set, course in zip(
                self.ties.passive, (self.today.set_1, self.today.set_2), self.courses, strict=True
            )
        )
        return first, second

    @property
    def is_passive(self) -> tuple[bool, bool]:
        """Whether each cannot manoeuvre, by what it is called and what it does."""
        first, second = (
            passive and not active
            for passive, active in zip(self.ties.passive, self.is_active_body, strict=True)
        )
        return first, second

    @property
    def stations(self) -> int:
        """At how many places in the belt the more restless of the two has stayed."""
        return max(
            course.longitudes.roamed(self.today.end) if course.longitudes else 0
            for course in self.courses
        )

    def _last_apart_in_longitude(
        self, first: LongitudeHistory, second: LongitudeHistory, least_deg: float
    ) -> datetime | None:
        """Compare longitudes at the epochs of both, back from the event's beginning."""
        earliest = self.opened - self.config.look_back_days * _DAY
        epochs = {one.epoch for history in (first, second) for one in history.sets}
        for epoch in sorted(epochs, reverse=True):
            if not earliest <= epoch < self.opened:
                continue
            one, other = _place_deg(first, epoch), _place_deg(second, epoch)
            if one is not None and other is not None and abs(apart_deg(one, other)) > least_deg:
                return epoch
        return None


def _place_deg(history: LongitudeHistory, time: datetime) -> float | None:
    """Return where an object was; one of which only one station is known was there."""
    at_deg = history.at_deg(time)
    if at_deg is None and len(history.held_stations) == 1 and not history.moves:
        return history.held_stations[0].longitude_deg
    return at_deg


def cross_track_km(encounter: Encounter) -> float:
    """Return the cross-track amplitude of a pair, a di."""
    return hypot(encounter.relative.dix_km, encounter.relative.diy_km)
