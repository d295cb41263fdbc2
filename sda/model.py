"""The values that detection passes from floor to floor.

All are frozen. Lengths are km, speeds km/s, times aware UTC datetimes. An `ElementSet` keeps
the degrees and revolutions per day of the message it came in, so that nothing is lost between
reading and writing; `sda.orbit` turns them into radians.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

__all__ = [
    "EVIDENCE",
    "RPO",
    "CloseApproach",
    "ElementSet",
    "Evidence",
    "Found",
    "Kind",
    "Minimum",
    "Operation",
]

RPO: Final = "rpo"
"""The kind of an `Operation`, beside those of close approaches."""

EVIDENCE: Final = (
    "least-range",
    "hill-speed",
    "dwell",
    "plane",
    "tuned-plane",
    "semi-major-axis",
    "bounded",
    "merged",
    "other-launch",
    "arrival",
    "drift-match",
    "manoeuvre",
    "returned",
    "held-plane",
    "release",
    "active-body",
    "coordinated",
    "roamer",
    "passive",
    "many-launch",
    "same-launch",
    "new-launch",
    "steady",
    "slot-mates",
    "same-family",
    "drifting",
    "stale",
)
"""Every name that `Evidence` may have: what no name stands here for is told to no partner."""


@dataclass(frozen=True, slots=True)
class ElementSet:
    """One set of SGP4 mean elements, as published (CCSDS 502.0-B-3, OMM keywords).

    The mean motion derivatives are those of the TLE and the OMM: `mean_motion_dot_rev_day2`
    is half the first derivative, `mean_motion_ddot_rev_day3` a sixth of the second.
    """

    norad_id: int
    name: str
    object_id: str
    """International designator, `1998-067A`; empty when not known."""
    epoch: datetime
    mean_motion_rev_day: float
    eccentricity: float
    inclination_deg: float
    ra_of_asc_node_deg: float
    arg_of_pericenter_deg: float
    mean_anomaly_deg: float
    bstar_per_earth_radius: float
    mean_motion_dot_rev_day2: float
    mean_motion_ddot_rev_day3: float
    classification: str
    ephemeris_type: int
    element_set_no: int
    rev_at_epoch: int
    source: str
    """Identifier of the source in config/sources, or the file it was read from."""


class Kind(StrEnum):
    """How a pair comes close."""

    CROSSING = "crossing"
    """A minimum of the range faster than the slow limit."""
    PROXIMITY = "proximity"
    """An interval within the threshold that has a slow minimum."""
    COINCIDENT = "coincident"
    """A pair that cannot be told apart throughout the window: docked, or one object twice."""
    EDGE = "edge"
    """Within the threshold at an end of the window, with no minimum inside."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """One local minimum of the range of a pair."""

    utc: datetime
    range_km: float
    relative_speed_km_s: float


@dataclass(frozen=True, slots=True)
class CloseApproach:
    """One row of a solution: a crossing, an episode, a coincident pair or an edge.

    The miss vector is object 2 minus object 1 in the radial, in-track, cross-track frame of
    object 1, at `tca`. Ages are `tca` minus the epoch, signed; None where no element set was used.
    `minima` lists the slow minima of an episode, is one long for a crossing and empty for a
    coincident pair or an edge. `sigma_km` is the 1-sigma error of the miss distance, by the ages of
    both sets or by the covariances of a message; the miss is resolvable where it exceeds that. Both
    are None where nothing is known of the errors.
    """

    norad_id_1: int
    name_1: str
    norad_id_2: int
    name_2: str
    kind: Kind
    tca: datetime
    miss_km: float
    relative_speed_km_s: float
    radial_km: float
    in_track_km: float
    cross_track_km: float
    age_days_1: float | None
    age_days_2: float | None
    episode_start: datetime | None
    episode_end: datetime | None
    minima: tuple[Minimum, ...]
    max_probability: float | None
    sigma_km: float | None = None
    resolvable: bool | None = None
    dilution_km: float | None = None
    """1-sigma minor-axis position error at which `max_probability` is reached."""
    probability: float | None = None
    """Of collision, by the covariances of a message; None for element sets, which have none."""
    probability_method: str | None = None
    marking: str = ""
    """Markings of the message that it is from, a line each, opaque here; empty where that of its
    source holds."""
    longitude_deg: float | None = None
    """Below object 1 at TCA, east, -180 up to 180; of element sets in the geostationary belt."""
    state_1: str | None = None
    """At TCA, as `sda.ccsds.spelling` spells it; None for approaches that are not near."""
    state_2: str | None = None
    covariance_1: str | None = None
    """Of the state, in object 1's own axes; None where nothing is known of the errors."""
    covariance_2: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether a message tells it, and no element sets of ours."""
        return self.age_days_1 is None and self.age_days_2 is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that speaks for or against an operation, and what it counts."""

    name: str
    value: float | str
    unit: str
    threshold: str
    points: float


@dataclass(frozen=True, slots=True)
class Operation:
    """What may be a rendezvous or proximity operation (RPO), as one run tells it.

    `tca` is the time of the least range so far, `miss_km`; the pair was near from `episode_start`
    to `episode_end`, the last that is known. `hill_speed_km_s` is the least speed in object 1's
    Hill frame. What is not known is None.
    """

    event_id: str
    norad_id_1: int
    name_1: str
    norad_id_2: int
    name_2: str
    tca: datetime
    miss_km: float | None
    hill_speed_km_s: float | None
    episode_start: datetime
    episode_end: datetime
    regime: str
    operation_class: str
    verdict: str
    score: float
    declared: bool
    actor_norad_id: int | None
    dwell_h: float
    sigma_km: float | None
    resolvable: bool
    evidence: tuple[Evidence, ...]
    marking: str = ""
    """As that of a close approach: empty where those of its sources hold."""

    @property
    def kind(self) -> str:
        """Return what tells it from close approaches."""
        return RPO

    @property
    def is_told(self) -> bool:
        """Whether a message tells it, and no element sets of ours."""
        return False


Found = CloseApproach | Operation
"""What a run finds of a pair."""
