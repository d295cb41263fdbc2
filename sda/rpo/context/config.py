"""What is judged about objects and pairs apart from their motion; config/rpo.toml has the reasons.

The section is `[context]`, with a table for each of the things learned.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sda.orbit import Regime

__all__ = [
    "ConstellationConfig",
    "ContextConfig",
    "FamilyConfig",
    "FormationConfig",
    "ShellConfig",
    "SlotConfig",
    "StationConfig",
]

_Positive = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(gt=0, le=1)]


def _rising(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if any(first > last for first, last in ranges):
        raise ValueError("the first number of a range exceeds its last")
    return ranges


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FamilyConfig(_Table):
    """How families are read from names."""

    min_members: int = Field(ge=2)
    """So many names of one stem with serials make it a family that longer stems belong to."""
    min_seconds: int = Field(ge=1)
    """So many names must give a second one in brackets before both mean the same."""
    no_family: frozenset[str]
    """Words that say nothing of whose an object is."""


class ShellConfig(_Table):
    """How far apart two orbits of one shell may be."""

    height_km: _Positive
    inclination_deg: _Positive


class ConstellationConfig(_Table):
    """From when on a family is a constellation."""

    min_members: int = Field(ge=2)
    """So many of one family around one of them, itself included, and all of these are members."""
    whole_family_members: int = Field(ge=2)
    whole_family_share: _Share
    """From so many members and such a share of them on shells, the rest belongs to it too."""
    max_regimes: int = Field(ge=1)
    regime_share: _Share
    """A family with such a share of its members in each of more regimes is none by itself."""
    shells: dict[Regime, ShellConfig]
    """A regime without an entry has no constellations."""


class StationConfig(_Table):
    """When an object is at a station, or at another that is."""

    min_dwell_h: _Positive
    max_range_km: _Positive
    max_plane_deg: _Positive
    max_da_km: _Positive


class FormationConfig(_Table):
    """When a pair has kept its relative orbit all along."""

    max_da_km: _Positive
    max_dlambda_km: _Positive
    max_de_km: _Positive
    max_di_km: _Positive
    max_drawn_km: _Positive
    """How far along the orbit the distance of the two may have moved in all."""
    min_days: int = Field(ge=2)
    min_span_days: _Positive
    min_span_days_other_launch: _Positive
    min_share: _Share
    """Of the days known, on which all of this holds; on the first ones it must."""

    @model_validator(mode="after")
    def _longer(self) -> Self:
        if self.min_span_days_other_launch < self.min_span_days:
            raise ValueError("min_span_days_other_launch must not be below min_span_days")
        return self


class SlotConfig(_Table):
    """When two objects of the geostationary ring share a slot."""

    max_apart_deg: _Positive
    max_drift_deg_day: _Positive
    min_days: int = Field(ge=2)
    min_span_days: _Positive
    min_share: _Share


class ContextConfig(_Table):
    """What is taken from names, numbers and dates, and learned from a history."""

    analyst_ids: Annotated[tuple[tuple[int, int], ...], AfterValidator(_rising)]
    """Ranges of numbers, both ends included, that stand for what is not identified."""
    passive_words: frozenset[str]
    """Words of names that tell a part without an engine of its own, or one burnt out."""
    new_days: _Positive
    absent_days: _Positive
    """First seen so long after the history began, an object was not there before."""
    stale_days: _Positive
    families: FamilyConfig
    constellations: ConstellationConfig
    stations: StationConfig
    formations: FormationConfig
    slots: SlotConfig
