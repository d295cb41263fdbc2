"""Find manoeuvres in the history of one object's element sets.

They are steps in the semi-major axis and in the plane (`sda.rpo.manoeuvres.steps`). Steps that are
near in time are one manoeuvre, as operators list them: a burn is often many.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import hypot, pi, sin
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.constants import MU_KM3_S2, SECONDS_PER_DAY, SIDEREAL_DAY_S
from sda.model import ElementSet
from sda.rpo.history.outliers import out_and_back
from sda.rpo.manoeuvres.levels import Levels, levels_of
from sda.rpo.manoeuvres.steps import NO_DRAG, DragConfig, Step, StepConfig, find_steps

__all__ = [
    "MIN_SETS",
    "Manoeuvre",
    "ManoeuvreConfig",
    "ManoeuvreKind",
    "Purpose",
    "PurposeConfig",
    "RegimeStepsConfig",
    "find_manoeuvres",
    "manoeuvre_config",
    "manoeuvres_in",
]

Floats = NDArray[np.float64]

MIN_SETS: Final = 5
"""Of fewer sets nothing is said."""

_TAIL_SHARE: Final = 0.5
"""A step less than this share of one before it, in its direction, may be the end of it."""


class ManoeuvreKind(StrEnum):
    """What a manoeuvre changes."""

    IN_PLANE = "in-plane"
    OUT_OF_PLANE = "out-of-plane"
    BOTH = "both"


class Purpose(StrEnum):
    """What a manoeuvre is for, as far as the orbit shows."""

    STATION_KEEPING = "station-keeping"
    RELOCATION = "relocation"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RegimeStepsConfig(_Section):
    """From what on changes are steps."""

    semi_major_m: StepConfig
    plane_m: StepConfig


class PurposeConfig(_Section):
    """From what on a manoeuvre is a relocation."""

    window_days: float = Field(gt=0)
    near_earth_km: float = Field(gt=0)
    near_earth_cycles: float = Field(gt=0)
    geo_drift_deg_day: float = Field(gt=0)


class ManoeuvreConfig(_Section):
    """The section `manoeuvres` of config/rpo.toml."""

    max_bracket_days: float = Field(gt=0)
    join_days: float = Field(ge=0)
    tail_days: float = Field(ge=0)
    early_days: float = Field(ge=0)
    max_cover: float = Field(gt=0, lt=1)
    onset_share: float = Field(gt=0, le=1)
    drag: DragConfig
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
    """Epoch of a set before it."""
    end: datetime
    """Epoch of the first set that has most of it."""
    kind: ManoeuvreKind
    delta_v_m_s: float
    """Least change of speed that makes it, by impulses on a near-circular orbit."""
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
    return manoeuvres_in(levels_of(track), config)


def manoeuvres_in(levels: Levels, config: ManoeuvreConfig) -> tuple[Manoeuvre, ...]:
    """Return the manoeuvres in the series of one object, by time."""
    if len(levels.sets) < MIN_SETS:
        return ()
    limits = config.deep_space if levels.is_deep else config.near_earth
    drag = NO_DRAG if levels.is_deep else config.drag
    steps = [
        *_steps("a", levels.days, levels.energy_m, limits.semi_major_m, config, drag),
        *_steps("i", levels.days, levels.tilt_m, limits.plane_m, config),
    ]
    detected = [pair for pair in steps if pair[1].strength >= 1]
    short = [pair for pair in steps if pair[1].strength < 1]
    early_days = config.early_days
    certain = _joined(detected, levels.days, config, early_days)
    if _cover(certain, levels.days) > config.max_cover:
        # Brackets that hold most of the time tell nothing.
        early_days = 0.0
        certain = _joined(detected, levels.days, config, early_days)
    likely = [
        one
        for one in _joined(short, levels.days, config, early_days)
        if all(one.start >= other.until or one.until <= other.start for other in certain)
    ]
    found = (_manoeuvre(one, levels, config) for one in (*certain, *likely))
    return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def _steps(
    element: str,
    days: Floats,
    series: Floats,
    limits: StepConfig,
    config: ManoeuvreConfig,
    drag: DragConfig = NO_DRAG,
) -> Iterable[tuple[str, Step]]:
    """Yield the steps of an element, in places of all sets, without outliers."""
    floor = limits.least_noise(len(series))
    out = out_and_back(series, floor=floor, sigma=config.outlier_sigma, ratio=config.outlier_ratio)
    kept = np.flatnonzero(~out)
    steps = find_steps(
        days[kept], series[kept], limits, max_gap_days=config.max_bracket_days, drag=drag
    )
    for one in steps:
        places = kept[one.first : one.last + 1]
        progress = np.interp(np.arange(places[0], places[-1] + 1), places, one.progress)
        yield element, Step(int(places[0]), int(places[-1]), one.size, progress, one.strength)


def _joined(
    steps: Iterable[tuple[str, Step]], days: Floats, config: ManoeuvreConfig, early_days: float
) -> list[_Campaign]:
    """Join steps that follow each other closely, as far as one bracket can hold them.

    A step on in the same direction may be the tail of a fit that still holds old observations:
    it joins from further away, and a smaller one that does not fit the bracket is left out.
    """
    longest = config.max_bracket_days
    campaigns: list[_Campaign] = []
    for element, one in sorted(steps, key=lambda pair: (days[pair[1].first], pair[0])):
        onset = one.first + max(1, int(np.argmax(one.progress >= config.onset_share)))
        before = np.searchsorted(days, days[one.first] - early_days, side="right") - 1
        start, end = float(days[max(0, before)]), float(days[onset])
        if end - start > longest:
            start = float(days[one.first])
            end = float(days[(days <= max(start + longest, days[one.first + 1]))][-1])
        if not start < end <= start + longest:
            continue
        until = float(days[one.last])
        if campaigns:
            last = campaigns[-1]
            kin, step = last.steps[-1]
            alike = kin == element and step.size * one.size > 0
            if days[one.first] - last.until <= (config.tail_days if alike else config.join_days):
                if max(end, last.end) - last.start <= longest:
                    last.end, last.until = max(end, last.end), max(until, last.until)
                    last.steps.append((element, one))
                    continue
                if alike and abs(one.size) < _TAIL_SHARE * abs(step.size):
                    continue
        campaigns.append(_Campaign(start, end, until, [(element, one)]))
    return campaigns


def _cover(campaigns: Sequence[_Campaign], days: Floats) -> float:
    """Return the share of the time that brackets hold."""
    return sum(one.end - one.start for one in campaigns) / float(days[-1] - days[0])


def _manoeuvre(campaign: _Campaign, levels: Levels, config: ManoeuvreConfig) -> Manoeuvre:
    """Return the manoeuvre that steps make.

    Burnt along the track, dv changes the semi-major axis by 2 a dv / v (the vis-viva equation, to
    first order); across it, at a node, the plane by the angle of which dv is 2 v sin(angle / 2)
    (Vallado 2013, section 6.4).
    """
    in_plane = [one for element, one in campaign.steps if element == "a"]
    across = [one for element, one in campaign.steps if element == "i"]
    first = min(one.first for _, one in campaign.steps)
    last = max(one.last for _, one in campaign.steps)
    axis_m, speed_m_s = float(levels.axis_m[first]), float(levels.speed_m_s[first])
    along_m_s = sum(abs(one.size) for one in in_plane) * speed_m_s / (2 * axis_m)
    tilt_rad = min(sum(abs(one.size) for one in across) / axis_m, pi)
    kind = ManoeuvreKind.IN_PLANE if not across else ManoeuvreKind.OUT_OF_PLANE
    strength = max(one.strength for _, one in campaign.steps) ** config.confidence_slope
    start, end = np.searchsorted(levels.days, [campaign.start, campaign.end]).tolist()
    return Manoeuvre(
        norad_id=levels.sets[0].norad_id,
        start=levels.sets[start].epoch,
        end=levels.sets[end].epoch,
        kind=ManoeuvreKind.BOTH if in_plane and across else kind,
        delta_v_m_s=hypot(along_m_s, 2 * speed_m_s * sin(tilt_rad / 2)),
        confidence=strength / (1 + strength) if strength < 1e9 else 1.0,
        purpose=_purpose(levels, first, last, config.purpose),
        semi_major_change_km=sum(one.size for one in in_plane) / 1e3,
        plane_change_deg=float(np.degrees(tilt_rad)),
    )


def _purpose(levels: Levels, first: int, last: int, config: PurposeConfig) -> Purpose:
    """Return whether the orbit is another one for good: by its drift in deep space, else height."""
    days, axis_m = levels.days, levels.axis_m
    before = axis_m[(days >= days[first] - config.window_days) & (days <= days[first])]
    after = axis_m[(days >= days[last]) & (days <= days[last] + config.window_days)]
    old_m, new_m = float(np.median(before)), float(np.median(after))
    if levels.is_deep:
        old, new = (abs(_drift_deg_day(a)) for a in (old_m, new_m))
        limit = config.geo_drift_deg_day
        moved = max(old, new) > limit and abs(_drift_deg_day(new_m) - _drift_deg_day(old_m)) > limit
    else:
        low, high = np.quantile(before, [0.05, 0.95])
        cycle_m = config.near_earth_cycles * float(high - low)
        moved = abs(new_m - old_m) > max(config.near_earth_km * 1e3, cycle_m)
    return Purpose.RELOCATION if moved else Purpose.STATION_KEEPING


def _drift_deg_day(axis_m: float) -> float:
    """Return how fast a longitude over the Earth drifts on a geosynchronous orbit."""
    motion = float(np.sqrt(MU_KM3_S2 / (axis_m / 1e3) ** 3)) / (2 * pi) * SECONDS_PER_DAY
    return 360 * (motion - SECONDS_PER_DAY / SIDEREAL_DAY_S)
