"""What the tests of encounters and neighbours share: the numbers of judgement, and objects."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from sda.configuration import read_toml
from sda.model import ElementSet
from sda.orbit import Regime
from sda.risk import CovarianceConfig
from sda.rpo.encounters.nearness import NearLimits
from sda.rpo.encounters.neighbours import CandidatesConfig

DAY = datetime(2025, 8, 8, tzinfo=UTC)
NOON = DAY + timedelta(hours=12)


class Settings(BaseModel):
    """What of the configuration counts here, and no more."""

    max_age_days: dict[Regime, float]
    candidates: CandidatesConfig
    encounters: NearLimits
    covariance: CovarianceConfig


_FOLDER = Path(__file__).parents[2] / "config"
_TABLE = tomllib.loads((_FOLDER / "rpo.toml").read_text())
_COVARIANCE = read_toml(_FOLDER / "covariance.toml", CovarianceConfig)
_AGES = {regime: _TABLE["max_age_days"][regime] for regime in Regime}
CONFIG = Settings.model_validate({**_TABLE, "max_age_days": _AGES, "covariance": _COVARIANCE})

LEO = ElementSet(
    norad_id=100, name="INVENTED 100", object_id="", epoch=NOON, mean_motion_rev_day=15.2,
    eccentricity=0.001, inclination_deg=53.0, ra_of_asc_node_deg=40.0, arg_of_pericenter_deg=90.0,
    mean_anomaly_deg=10.0, bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0, classification="U", ephemeris_type=0, element_set_no=1,
    rev_at_epoch=1, source="test",
)  # fmt: skip
GEO = replace(LEO, mean_motion_rev_day=1.0027, inclination_deg=0.03, eccentricity=0.0002)
HEO = replace(LEO, mean_motion_rev_day=2.006, inclination_deg=63.4, eccentricity=0.7)
DECAYING = replace(LEO, mean_motion_rev_day=16.35, bstar_per_earth_radius=0.03, epoch=DAY)
"""SGP4 gives it up in the course of the day."""


def beside(one: ElementSet, norad_id: int = 200, **changes: float | datetime) -> ElementSet:
    """Return a set of another object whose elements differ by `changes`."""
    moved = {
        name: value if isinstance(value, datetime) else getattr(one, name) + value
        for name, value in changes.items()
    }
    return replace(one, norad_id=norad_id, name=f"INVENTED {norad_id}", **moved)
