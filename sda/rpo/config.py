"""The numbers of judgement of the search for operations; config/rpo.toml gives their reasons."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sda.configuration import FromFile
from sda.orbit import Regime
from sda.risk import CovarianceConfig
from sda.rpo.context.config import ContextConfig
from sda.rpo.encounters.nearness import NearLimits
from sda.rpo.encounters.neighbours import CandidatesConfig
from sda.rpo.history.cleaning import HistoryConfig
from sda.rpo.history.outliers import OutlierConfig
from sda.rpo.manoeuvres.finding import ManoeuvreConfig
from sda.rpo.ring.config import LongitudeConfig

__all__ = [
    "ByRegime",
    "ForesightConfig",
    "GatesConfig",
    "LimitsConfig",
    "PointsConfig",
    "RpoConfig",
    "TiersConfig",
    "VerdictsConfig",
]


_CENTURY_DAYS = 36525


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _reachable(tiers: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Refuse tiers of which a later one counts more: who meets it should get its points."""
    if any(later[1] >= earlier[1] for earlier, later in pairwise(tiers)):
        raise ValueError("points must fall from tier to tier")
    return tiers


Steps = Annotated[tuple[tuple[float, float], ...], AfterValidator(_reachable)]
"""Pairs of limit and points; the first whose limit holds counts."""


class ByRegime(_Section):
    """A number for low orbit, and one for all else."""

    leo: float = Field(alias="LEO")
    geo: float = Field(alias="GEO")

    def of(self, regime: Regime) -> float:
        """Return the number of a regime."""
        return self.leo if regime is Regime.LEO else self.geo


class StepsByRegime(_Section):
    """Tiers for low orbit, and for all else."""

    leo: Steps = Field(default=(), alias="LEO")
    geo: Steps = Field(default=(), alias="GEO")

    def of(self, regime: Regime) -> tuple[tuple[float, float], ...]:
        """Return the tiers of a regime."""
        return self.leo if regime is Regime.LEO else self.geo


def _for_all(limits: dict[Regime, float]) -> dict[Regime, float]:
    """Refuse limits that leave out a regime or are not positive."""
    for regime in Regime:
        if not limits.get(regime, 0.0) > 0:
            raise ValueError(f"{regime} needs an age above 0")
    return limits


class VerdictsConfig(_Section):
    """Points from which a verdict holds."""

    probable: float
    possible: float
    watch: float

    @model_validator(mode="after")
    def _fall(self) -> Self:
        if not self.probable > self.possible > self.watch > 0:
            raise ValueError("probable must exceed possible, possible watch, watch 0")
        return self


class TiersConfig(_Section):
    """Observations that count by degree."""

    least_range_km: StepsByRegime
    hill_speed_m_s: StepsByRegime
    dwell_hours: StepsByRegime
    plane_km: StepsByRegime
    semi_major_axis_km: StepsByRegime
    manoeuvre_range_km: StepsByRegime


class PointsConfig(_Section):
    """What the other observations count."""

    tuned_plane: float
    bounded: float
    merged: float
    other_launch: float
    arrival: ByRegime
    arrival_beside: float
    drift_match: float
    roamer: float
    returned: float
    held_plane: float
    release: float
    active_body: float
    coordinated: float
    passive: float
    many_launch: float
    new_launch: float
    steady: float
    slot_mates: float
    same_launch: float
    drifting: float
    same_family: float
    stale: float


class LimitsConfig(_Section):
    """From where on an observation is one."""

    follow_dwell_h: float
    follow_da_km: float
    whole_day_h: float
    tuned_plane_min_inclination_deg: float
    tuned_plane_deg: float
    tuned_plane_of_inclination: float
    tuned_plane_da_km: float
    bounded_km: float
    merged_km: float
    merged_max_km: float
    merged_plane_deg: float
    arrival_apart_km: ByRegime
    arrival_dwell_h: float
    arrival_plane_km: float
    arrival_da_km: ByRegime
    arrival_moved_deg: float
    arrival_new_days: float
    arrival_home_km: float
    arrival_beside_deg: float
    arrival_range_km: float
    arrival_min_age_days: float
    drift_match_before_km: float
    drift_match_after_km: float
    drift_match_ratio: float = Field(gt=0, le=1)
    drift_match_plane_km: float
    roamer_stations: int
    drift_match_days: float
    manoeuvre_m_s: ByRegime
    steered_da_km: float
    foresight_days: float
    active_body_burns: int
    sun_synchronous_deg_day: float
    manoeuvre_days: float
    returned_days: float
    held_plane_deg: float
    shadow_plane_deg: float
    held_plane_ratio: float
    held_plane_days: float
    release_after_days: float
    release_range_km: float
    release_days: float
    release_after_launch_days: float
    coordinated_plane_deg: float
    coordinated_dwell_h: float
    many_launch_objects: int
    new_launch_days: float
    steady_days: float
    steady_change_km: float
    drifting_deg_day: float
    stale_days: ByRegime
    unsteered_da_km: float
    passing_m_s: float


class ForesightConfig(_Section):
    """How well the drift of a pair in low orbit is foreseen."""

    da_km: float = Field(gt=0)
    decay_km_day: float = Field(gt=0)
    decay_share: float = Field(ge=0)
    """Of the published difference of the decays."""
    sigmas: float = Field(gt=0)
    along_km: float = Field(gt=0)
    """A surprise is greater than this, and than so many sigmas."""
    jump_days: float = Field(gt=0)
    jump_km: float = Field(gt=0)
    """Further than periods allow in so short a time no burn takes anybody."""


class GatesConfig(_Section):
    """What no sum of points may exceed."""

    no_activity: float
    same_launch: float
    unsteered: float
    steady: float
    known_neighbours: float
    passive: float


class RpoConfig(_Section):
    """How operations are told from chance."""

    max_age_days: Annotated[dict[Regime, float], AfterValidator(_for_all)]
    history: HistoryConfig
    encounters: NearLimits
    covariance: Annotated[CovarianceConfig, FromFile("covariance.toml")]
    candidates: CandidatesConfig
    longitude: LongitudeConfig
    context: ContextConfig
    manoeuvres: ManoeuvreConfig
    outliers: OutlierConfig
    look_back_days: float = Field(gt=0, le=_CENTURY_DAYS)
    closes_after_days: float = Field(gt=0)
    verdicts: VerdictsConfig
    tiers: TiersConfig
    points: PointsConfig
    limits: LimitsConfig
    foresight: ForesightConfig
    gates: GatesConfig
