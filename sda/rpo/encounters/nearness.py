"""Say what counts as near, and until when an element set is used."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Protocol, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.risk import CovarianceConfig
from sda.rpo.history.epochs import FUTURE_DAYS

__all__ = [
    "EncounterSettings",
    "NearConfig",
    "NearLimits",
    "limits_of",
    "usable_between",
]


class NearConfig(BaseModel):
    """What is near, for pairs of one regime."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    step_s: float = Field(ge=10, le=900)
    """Time between samples, from which the range is interpolated."""
    near_km: float = Field(gt=0)
    """A pair becomes near at this range."""
    apart_km: float = Field(gt=0)
    """It stays near up to this range, so that a formation at the limit does not flicker."""
    dwell_km: float = Field(gt=0)
    dwell_m_s: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.apart_km < self.near_km:
            raise ValueError("apart_km must not be below near_km")
        return self


def _whole(table: dict[Regime, NearConfig]) -> dict[Regime, NearConfig]:
    """Refuse a table that leaves out a regime."""
    for regime in Regime:
        if regime not in table:
            raise ValueError(f"{regime} is missing")
    return table


NearLimits = Annotated[dict[Regime, NearConfig], AfterValidator(_whole)]


class EncounterSettings(Protocol):
    """What of the configuration an encounter depends on."""

    @property
    def max_age_days(self) -> Mapping[Regime, float]:
        """Age up to which a set is used."""

    @property
    def encounters(self) -> NearLimits:
        """What is near."""

    @property
    def covariance(self) -> CovarianceConfig:
        """Errors of element sets by age."""


def limits_of(
    regime_1: Regime, regime_2: Regime, limits: Mapping[Regime, NearConfig]
) -> NearConfig:
    """Return what is near for a pair: the wider of both regimes' limits, at the shorter step."""
    one, two = limits[regime_1], limits[regime_2]
    wider = max(one, two, key=lambda each: (each.near_km, each.apart_km, each.dwell_km))
    return wider.model_copy(update={"step_s": min(one.step_s, two.step_s)})


def usable_between(
    element_set: ElementSet, max_age_days: Mapping[Regime, float]
) -> tuple[datetime, datetime]:
    """Return from when to when a set may be used, `FUTURE_DAYS` before its epoch included."""
    oldest = timedelta(days=max_age_days[regime_of(element_set)])
    return element_set.epoch - timedelta(days=FUTURE_DAYS), element_set.epoch + oldest
