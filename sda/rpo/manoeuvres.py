"""Find manoeuvres in the history of one object's element sets.

In low orbit the mean motion that a set publishes is the sharpest witness: it is fitted to what was
observed, while SGP4's forecast from the set before also holds that set's error in drag. In deep
space Sun, Moon and resonance move the semi-major axis, and neighbours are compared where SGP4
has taken both of them. So are the planes, everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from math import exp, hypot, log, sin
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.constants import MU_KM3_S2, SECONDS_PER_DAY, SIDEREAL_DAY_S
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.orbit.differences import Differences, neighbour_differences
from sda.rpo.outliers import out_and_back
from sda.rpo.steps import Step, StepConfig, find_steps
from sda.times import require_utc

__all__ = [
    "Manoeuvre",
    "ManoeuvreConfig",
    "ManoeuvreKind",
    "Purpose",
    "PurposeConfig",
    "RegimeStepsConfig",
    "find_manoeuvres",
    "manoeuvre_config",
]

Floats = NDArray[np.float64]

_DEEP_SPACE_REV_DAY = 1440 / 225
"""SGP4 reckons with Sun, Moon and resonance from a period of 225 minutes."""
_EARTH_RATE_RAD_S = 2 * np.pi / SIDEREAL_DAY_S
_MIN_SETS = 5
_MIN_GAP_DAYS = 0.02
"""A set that is followed so soon was issued again; the later one knows more."""


class ManoeuvreKind(StrEnum):
    """What a manoeuvre changes."""

    IN_PLANE = "in-plane"
    OUT_OF_PLANE = "out-of-plane"
    BOTH = "both"


class Purpose(StrEnum):
    """What a manoeuvre is for, as far as the orbit shows."""

    STATION_KEEPING = "station-keeping"
    RELOCATION = "relocation"


class RegimeStepsConfig(BaseModel):
    """From what on changes are steps."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    semi_major_m: StepConfig
    plane_m: StepConfig


class PurposeConfig(BaseModel):
    """From what on a manoeuvre is a relocation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    window_days: float = Field(gt=0)
    near_earth_km: float = Field(gt=0)
    near_earth_cycles: float = Field(gt=0)
    geo_drift_deg_day: float = Field(gt=0)


class ManoeuvreConfig(BaseModel):
    """The section `manoeuvres` of config/rpo.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_bracket_days: float = Field(gt=0)
    join_days: float = Field(ge=0)
    tail_days: float = Field(ge=0)
    early_sets: int = Field(ge=0)
    onset_share: float = Field(gt=0, le=1)
    fall_factor: float = Field(ge=0)
    rise_factor: float = Field(ge=0)
    outlier_sigma: float = Field(gt=0)
    outlier_ratio: float = Field(gt=0, lt=1)
    confidence_slope: float = Field(gt=0)
    near_earth: RegimeStepsConfig
    deep_space: RegimeStepsConfig
    purpose: PurposeConfig


class _File(BaseModel):
    """The part of config/rpo.toml that concerns manoeuvres."""

    manoeuvres: ManoeuvreConfig


def manoeuvre_config(directory: Path) -> ManoeuvreConfig:
    """Return the numbers of judgement of a configuration directory.

    Raises ConfigError.
    """
    return read_toml(directory / "rpo.toml", _File).manoeuvres


@dataclass(frozen=True, slots=True)
class Manoeuvre:
    """One burn, or burns that cannot be told apart."""

    norad_id: int
    start: datetime
    """Epoch of the last set before."""
    end: datetime
    """Epoch of the first set after."""
    kind: ManoeuvreKind
    delta_v_m_s: float
    """Least change of speed that makes the change: v |da| / 2a in plane, v dtheta across it."""
    confidence: float
    """0 to 1; 0.5 and more is a detection."""
    purpose: Purpose
    semi_major_change_km: float
    plane_change_deg: float


@dataclass(slots=True)
class _Campaign:
    """Steps that are near enough in time to be one manoeuvre."""

    start: float
    end: float
    until: float
    """When the last of its steps is over."""
    steps: list[tuple[str, Step]] = field(default_factory=list)


def find_manoeuvres(track: Sequence[ElementSet], config: ManoeuvreConfig) -> tuple[Manoeuvre, ...]:
    """Return the manoeuvres of one object, by time, from its sets in any order.

    Nothing is said of fewer than five sets, nor of gaps longer than a bracket may be.
    """
    propagator = Propagator(_distinct(track))
    sets = propagator.elements
    if len(sets) < _MIN_SETS:
        return ()
    days = np.array([one.epoch.timestamp() for one in sets]) / SECONDS_PER_DAY
    motion = np.array([one.mean_motion_rev_day for one in sets]) * 2 * np.pi / SECONDS_PER_DAY
    axis_m = np.cbrt(MU_KM3_S2 / motion**2) * 1e3
    differences = neighbour_differences(propagator)
    deep = float(np.median(motion)) * SECONDS_PER_DAY / (2 * np.pi) < _DEEP_SPACE_REV_DAY
    regime = config.deep_space if deep else config.near_earth
    moves = differences.semi_major_km * 1e3
    level = _cumulated(moves) if deep else axis_m
    tilt = _cumulated(differences.tilt_rad * axis_m[:-1])
    found = [
        *_steps("a", days, level, regime.semi_major_m, config),
        *_steps("i", days, tilt, regime.plane_m, config),
    ]
    campaigns = _joined(found, days, config)
    return tuple(
        _manoeuvre(one, sets, days, axis_m, differences, config, deep) for one in campaigns
    )


def _distinct(track: Sequence[ElementSet]) -> list[ElementSet]:
    """Return the sets by epoch, of those close together the last."""
    ordered = sorted(track, key=lambda one: require_utc(one.epoch))
    return [
        one
        for one, later in zip_longest(ordered, ordered[1:])
        if later is None
        or (later.epoch - one.epoch).total_seconds() >= _MIN_GAP_DAYS * SECONDS_PER_DAY
    ]


def _cumulated(moves: Floats) -> Floats:
    """Return the series `(n,)` of which these are the moves; a move not known is none."""
    return np.concatenate([[0.0], np.cumsum(np.nan_to_num(moves))])


def _steps(
    element: str, days: Floats, levels: Floats, limits: StepConfig, config: ManoeuvreConfig
) -> Iterable[tuple[str, Step]]:
    """Yield the steps of an element, in places of all sets, without outliers."""
    floor = limits.least_noise(len(levels))
    out = out_and_back(levels, floor=floor, sigma=config.outlier_sigma, ratio=config.outlier_ratio)
    kept = np.flatnonzero(~out)
    steps = find_steps(
        days[kept],
        levels[kept],
        limits,
        max_gap_days=config.max_bracket_days,
        fall_factor=config.fall_factor,
        rise_factor=config.rise_factor,
    )
    for one in steps:
        places = kept[one.first : one.last + 1]
        progress = np.interp(np.arange(places[0], places[-1] + 1), places, one.progress)
        yield element, Step(int(places[0]), int(places[-1]), one.size, progress, one.strength)


def _joined(
    steps: Iterable[tuple[str, Step]], days: Floats, config: ManoeuvreConfig
) -> list[_Campaign]:
    """Join steps that follow each other closely.

    A step on in the same direction may be the tail of a fit that still holds old observations:
    it joins from further away, and a smaller one that does not fit the bracket is left out.
    """
    max_days = config.max_bracket_days
    campaigns: list[_Campaign] = []
    for element, one in sorted(steps, key=lambda pair: (days[pair[1].first], pair[0])):
        onset = one.first + max(1, int(np.argmax(one.progress >= config.onset_share)))
        start = float(days[max(0, one.first - config.early_sets)])
        end = float(days[onset])
        if end - start > max_days:
            start = float(days[one.first])
        if end - start > max_days:
            end = float(days[days <= start + max_days][-1])
        if end <= start:
            continue
        until = float(days[one.last])
        if campaigns:
            last = campaigns[-1]
            kin, step = last.steps[-1]
            alike = kin == element and step.size * one.size > 0
            if days[one.first] - last.until <= (config.tail_days if alike else config.join_days):
                if max(end, last.end) - last.start <= max_days:
                    last.end, last.until = max(end, last.end), max(until, last.until)
                    last.steps.append((element, one))
                    continue
                if alike and abs(one.size) < 0.5 * abs(step.size):
                    continue
        campaigns.append(_Campaign(start, end, until, [(element, one)]))
    return campaigns


def _manoeuvre(
    campaign: _Campaign,
    sets: Sequence[ElementSet],
    days: Floats,
    axis_m: Floats,
    differences: Differences,
    config: ManoeuvreConfig,
    deep: bool,
) -> Manoeuvre:
    """Return the manoeuvre that steps make.

    The speeds are those of impulses on a near-circular orbit: along the track it changes a by
    2 a dv / v, across it the plane by dv / v (Vallado 2013, eq. 6-2 and 6-19 to first order).
    """
    in_plane = [one for element, one in campaign.steps if element == "a"]
    across = [one for element, one in campaign.steps if element == "i"]
    first = min(one.first for _, one in campaign.steps)
    last = max(one.last for _, one in campaign.steps)
    speed_m_s = float(differences.speed_km_s[min(first, len(days) - 2)]) * 1e3
    a_m = float(axis_m[first])
    burn_in = sum(abs(one.size) for one in in_plane) * speed_m_s / (2 * a_m)
    tilt_rad = sum(abs(one.size) for one in across) / a_m
    burn_out = 2 * speed_m_s * sin(min(tilt_rad, np.pi) / 2)
    if in_plane and across:
        kind = ManoeuvreKind.BOTH
    else:
        kind = ManoeuvreKind.IN_PLANE if in_plane else ManoeuvreKind.OUT_OF_PLANE
    strength = max(one.strength for _, one in campaign.steps)
    start, end = (int(np.argmin(np.abs(days - t))) for t in (campaign.start, campaign.end))
    return Manoeuvre(
        norad_id=sets[0].norad_id,
        start=sets[start].epoch,
        end=sets[end].epoch,
        kind=kind,
        delta_v_m_s=hypot(burn_in, burn_out),
        confidence=1 / (1 + exp(-config.confidence_slope * log(max(strength, 1e-3)))),
        purpose=_purpose(days, axis_m, first, last, config.purpose, deep),
        semi_major_change_km=sum(one.size for one in in_plane) / 1e3,
        plane_change_deg=float(np.degrees(tilt_rad)),
    )


def _purpose(
    days: Floats,
    axis_m: Floats,
    first: int,
    last: int,
    config: PurposeConfig,
    deep: bool,
) -> Purpose:
    """Return whether the orbit is another one for good: its drift in GEO, its height below."""
    window = config.window_days
    before = (days >= days[first] - window) & (days <= days[first])
    after = (days >= days[last]) & (days <= days[last] + window)
    old_m, new_m = float(np.median(axis_m[before])), float(np.median(axis_m[after]))
    if deep:
        drift = [
            abs(float(np.sqrt(MU_KM3_S2 / (a / 1e3) ** 3)) - _EARTH_RATE_RAD_S)
            for a in (old_m, new_m)
        ]
        limit = np.radians(config.geo_drift_deg_day) / SECONDS_PER_DAY
        moved = max(drift) > limit and abs(drift[1] - drift[0]) > limit
        return Purpose.RELOCATION if moved else Purpose.STATION_KEEPING
    cycle_m = float(np.quantile(axis_m[before], 0.95) - np.quantile(axis_m[before], 0.05))
    least_m = max(config.near_earth_km * 1e3, config.near_earth_cycles * cycle_m)
    return Purpose.RELOCATION if abs(new_m - old_m) > least_m else Purpose.STATION_KEEPING
