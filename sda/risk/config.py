"""The numbers of judgement of risk; config/risk.toml and covariance.toml give their reasons."""

from pydantic import BaseModel, ConfigDict, Field

from sda.risk.element_errors import Errors

__all__ = [
    "AgreementConfig",
    "CovarianceConfig",
    "MeasuringConfig",
    "RadiusConfig",
    "RiskConfig",
    "ValidityConfig",
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ValidityConfig(_Section):
    """When an encounter is so short and straight that the 2-D probability holds."""

    extended: float = Field(gt=0)
    """Longest duration, in revolutions of the faster object."""
    offset: float = Field(gt=0)
    """Greatest distance of its ends from TCA, in the same."""
    differs: float = Field(gt=0)
    """Greatest relative difference from the 3-D probability."""
    negligible: float = Field(ge=0)
    """Probabilities below which a difference does not matter."""


class RadiusConfig(_Section):
    """How large an object is taken to be of which nothing is known."""

    object_m: float = Field(gt=0)


class AgreementConfig(_Section):
    """When two solutions are of one event, and when they contradict each other."""

    same_event_s: float = Field(gt=0)
    sigmas: float = Field(gt=0)


class RiskConfig(_Section):
    """All of config/risk.toml."""

    validity: ValidityConfig
    radius: RadiusConfig
    agreement: AgreementConfig


class MeasuringConfig(_Section):
    """When an object's own history says how wrong its sets are."""

    span_days: float = Field(gt=0)
    min_pairs: int = Field(gt=1)
    """Comparisons whose spans of time do not overlap."""
    tolerance: float = Field(gt=0, lt=1)
    """Of the age."""
    reissue_days: float = Field(ge=0)
    cut: float = Field(gt=1)
    """Of the table's in-track error."""
    max_cut_share: float = Field(ge=0, lt=1)


class CovarianceConfig(_Section):
    """All of config/covariance.toml: how wrong element sets are."""

    error: Errors
    measuring: MeasuringConfig
