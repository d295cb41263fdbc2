"""What is judged about the errors of element sets; config/covariance.toml has the reasons."""

from pydantic import BaseModel, ConfigDict, Field

from sda.risk.element_errors import Errors

__all__ = ["CovarianceConfig", "MeasuringConfig"]


class MeasuringConfig(BaseModel):
    """When an object's own history says how wrong its sets are."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    span_days: float = Field(gt=0)
    min_pairs: int = Field(gt=1)
    """Comparisons whose spans of time do not overlap."""
    tolerance: float = Field(gt=0, lt=1)
    """Of the age."""
    reissue_days: float = Field(ge=0)
    cut: float = Field(gt=1)
    """Of the table's in-track error."""
    max_cut_share: float = Field(ge=0, lt=1)


class CovarianceConfig(BaseModel):
    """How wrong element sets are."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    error: Errors
    measuring: MeasuringConfig
