"""What is judged about motion along the geostationary ring; config/rpo.toml has the reasons.

The section is `[longitude]`, with a table for what nature does and one for arrivals.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ArrivalConfig", "LongitudeConfig", "NatureConfig"]

_Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NatureConfig(_Section):
    """How far from nature's prediction an object left alone is met."""

    baseline_days: _Positive
    """Sets nearer than this are not compared: errors of drift would look like burns."""
    longitude_deg: _Positive
    longitude_deg_day: _Positive
    """What the tolerance of the longitude grows by."""
    drift_deg_day: _Positive
    burn_m_s: _Positive
    """Burns smaller than this are taken for nature."""


class ArrivalConfig(_Section):
    """Whose passages are predicted, and how well."""

    min_drift_deg_day: _Positive
    max_drift_deg_day: _Positive
    """Who drifts faster is on the way to the graveyard."""
    max_age_days: _Positive
    """Sets further from the time of prediction are not used."""
    max_days: _Positive
    step_days: _Positive
    """Between two steps the drift hardly changes."""
    sigma_deg: _Positive
    sigma_deg_day: _Positive
    """1-sigma of a longitude, and what it grows by, without a burn."""


class LongitudeConfig(_Section):
    """From when on an object stays, moves or is left alone."""

    band_deg: _Positive
    """Half-width of the band that a stay does not leave."""
    still_deg_day: _Positive
    """Drift up to which an object stays."""
    min_stay_days: _Positive
    max_gap_days: _Positive
    """Time without a set over which a stay still goes on."""
    kept_inclination_deg: _Positive
    """Inclination up to which an object is kept north and south."""
    coasting_days: _Positive
    """Time without a burn after which an object is left alone that was never seen alive."""
    retired_days: _Positive
    """The same of one that was: it may coast for months, on a long way."""
    live_burn_m_s: _Positive
    """A burn that no error of sets looks like: who makes it is alive."""
    roam_days: _Positive
    """How far back stations are counted."""
    slot_deg: _Positive
    """How near two that share a slot are."""
    nature: NatureConfig
    arrivals: ArrivalConfig
