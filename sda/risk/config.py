"""The numbers of judgement of risk; config/risk.toml gives their reasons."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AgreementConfig", "RadiusConfig", "RiskConfig", "ValidityConfig"]


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
