"""The numbers of judgement of a screening; config/screening.toml gives their reasons."""

from itertools import pairwise
from math import inf
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sda.configuration import FromFile
from sda.orbit.regimes import Regime
from sda.risk import CovarianceConfig

__all__ = ["ProbabilityConfig", "ScreeningConfig", "VolumeConfig"]


class ProbabilityConfig(BaseModel):
    """What the maximum probability assumes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    combined_radius_m: float = Field(gt=0)
    aspect_ratio: float = Field(ge=1)


class VolumeConfig(BaseModel):
    """Half-widths of the box that is screened around an object of one regime."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1)
    regime: Regime
    perigee_up_to_km: float = Field(default=inf, gt=0)
    """Height of the mean perigee up to which the row holds; the regime's last row has none."""
    radial_km: float = Field(gt=0)
    in_track_km: float = Field(gt=0)
    cross_track_km: float = Field(gt=0)


class ScreeningConfig(BaseModel):
    """How close approaches are found and told apart."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    coincident_km: float = Field(gt=0)
    slow_km_s: float = Field(gt=0)
    step_s: float = Field(gt=0, le=20)
    """Longest step of the exhaustive search; its bound holds up to 20 s."""
    probability: ProbabilityConfig
    max_age_days: dict[Regime, float]
    states_within_km: float = Field(ge=0)
    """Greatest miss of an approach that is kept with both states and assumed covariances."""
    volumes: tuple[VolumeConfig, ...]
    covariance: Annotated[CovarianceConfig, FromFile("covariance.toml")]

    @field_validator("volumes")
    @classmethod
    def _cover_every_orbit(cls, volumes: tuple[VolumeConfig, ...]) -> tuple[VolumeConfig, ...]:
        """Refuse a table in which an orbit has no volume or a row is never reached."""
        for regime in Regime:
            limits_km = [one.perigee_up_to_km for one in volumes if one.regime is regime]
            if limits_km[-1:] != [inf]:
                raise ValueError(f"{regime} needs a last row without perigee_up_to_km")
            if any(lower >= upper for lower, upper in pairwise(limits_km)):
                raise ValueError(f"perigee_up_to_km of {regime} must rise from row to row")
        return volumes
