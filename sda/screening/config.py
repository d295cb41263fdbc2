"""The numbers of judgement of a screening; config/screening.toml gives their reasons."""

from pydantic import BaseModel, ConfigDict, Field

from sda.orbit.regimes import Regime

__all__ = ["ProbabilityConfig", "ScreeningConfig"]


class ProbabilityConfig(BaseModel):
    """What the maximum probability assumes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    combined_radius_m: float = Field(gt=0)
    aspect_ratio: float = Field(ge=1)


class ScreeningConfig(BaseModel):
    """How close approaches are found and told apart."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    coincident_km: float = Field(gt=0)
    slow_km_s: float = Field(gt=0)
    step_s: float = Field(gt=0, le=20)
    """Longest step of the exhaustive search; its bound holds up to 20 s."""
    probability: ProbabilityConfig
    max_age_days: dict[Regime, float]
