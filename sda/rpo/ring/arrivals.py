"""Predict who will pass whose slot in the geostationary ring, if nobody manoeuvres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import GEO_RADIUS_KM, SECONDS_PER_DAY, SIDEREAL_DAY_S
from sda.elements import ObjectType, type_of_name
from sda.errors import TimeError
from sda.rpo.ring.config import ArrivalConfig
from sda.rpo.ring.longitude import Conduct, LongitudeHistory
from sda.times import add_seconds, require_utc

__all__ = ["Arrival", "arrivals"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_DAY: Final = timedelta(days=1)
_TURN: Final = 2 * np.pi
_DEG_DAY_PER_KM: Final = 1.5 * 360 * SECONDS_PER_DAY / SIDEREAL_DAY_S / GEO_RADIUS_KM
"""Drift per km of semi-major axis, 0.01284 deg a day."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One object passes the slot of another."""

    norad_id: int
    name: str
    slot_norad_id: int
    slot_name: str
    """Who is kept there."""
    longitude_deg: float
    """The slot, -180 to 180, east positive."""
    utc: datetime
    sigma_days: float
    """Of that time; it says nothing of burns that are to come."""
    drift_deg_day: float
    """Of the object when it passes, east positive."""
    to_go_deg: float
    """Way from where the object is to the slot, east positive."""
    above_km: float
    """How much higher the object's mean orbit is than that of the slot; negative below."""


def arrivals(
    histories: Sequence[LongitudeHistory],
    at: datetime,
    days: float,
    config: ArrivalConfig,
    *,
    everyone: bool = False,
) -> tuple[Arrival, ...]:
    """Return who passes which kept object's slot from a time on, by date.

    Each history ends with the set to start from; the object is carried on from it with its drift
    and the pull of the equator, no burns. Slots are where kept objects are held: their station, or
    their longitude where only one set is known. Passages are those of objects that relocate, by
    more than the least drift and less than the greatest. With `everyone` also of the faster, of
    those left alone, of those whose history is too short to tell, and of debris and rocket bodies,
    told by name: what looks like their burns is the pressure of sunlight on light pieces.

    Raises TimeError for a naive time, and for days that are not positive or more than allowed.
    """
    at = require_utc(at)
    if not 0 < days <= config.max_days:
        raise TimeError(
            f"cannot predict {days:g} days: ask for more than 0, up to {config.max_days:g}"
        )
    fresh = [one for one in histories if abs(at - one.sets[-1].epoch) / _DAY <= config.max_age_days]
    slots = [one for one in fresh if one.conduct is Conduct.KEPT]
    slot_deg = np.array([_slot_deg(one) for one in slots], np.float64)
    found: list[Arrival] = []
    for mover in fresh:
        drift_deg_day = abs(mover.drift_deg_day)
        wanted = everyone and mover.conduct is not Conduct.KEPT
        if mover.conduct is Conduct.RELOCATING and not _is_dead_by_name(mover):
            wanted |= drift_deg_day <= config.max_drift_deg_day
        if wanted and drift_deg_day >= config.min_drift_deg_day:
            found += _passages(mover, slots, slot_deg, at, days, config)
    return tuple(sorted(found, key=lambda one: (one.utc, one.norad_id, one.slot_norad_id)))


def _is_dead_by_name(mover: LongitudeHistory) -> bool:
    return type_of_name(mover.sets[-1].name) in (ObjectType.DEBRIS, ObjectType.ROCKET_BODY)


def _slot_deg(kept: LongitudeHistory) -> float:
    return kept.stations[-1].longitude_deg if kept.stations else kept.longitude_deg


def _passages(
    mover: LongitudeHistory,
    slots: Sequence[LongitudeHistory],
    slot_deg: Floats,
    at: datetime,
    days: float,
    config: ArrivalConfig,
) -> list[Arrival]:
    """Return the slots that one object passes: where its way, turn by turn, crosses theirs."""
    since = (at - mover.sets[-1].epoch) / _DAY
    grid = np.linspace(0.0, days, int(np.ceil(days / config.step_days)) + 1)
    last = np.full(len(grid), len(mover.sets) - 1)
    way_rad, drift_rad_day = mover.states[last].carried(since + grid)
    turns = (way_rad[:, np.newaxis] - np.radians(slot_deg)) / _TURN
    step, slot = np.nonzero(np.diff(np.floor(turns), axis=0))
    found = []
    for k, j in zip(step.tolist(), slot.tolist(), strict=True):
        crossed = max(np.floor(turns[k, j]), np.floor(turns[k + 1, j]))
        share = (crossed - turns[k, j]) / (turns[k + 1, j] - turns[k, j])
        ahead_days = float(grid[k] + share * (grid[k + 1] - grid[k]))
        drift_deg_day = float(
            np.degrees(drift_rad_day[k] * (1 - share) + drift_rad_day[k + 1] * share)
        )
        sigma_deg = np.hypot(config.sigma_deg, config.sigma_deg_day * abs(since + ahead_days))
        found.append(
            Arrival(
                mover.norad_id,
                mover.sets[-1].name,
                slots[j].norad_id,
                slots[j].sets[-1].name,
                float(slot_deg[j]),
                add_seconds(at, ahead_days * SECONDS_PER_DAY),
                float(sigma_deg / abs(drift_deg_day)),
                drift_deg_day,
                float(np.degrees((crossed - turns[0, j]) * _TURN)),
                -drift_deg_day / _DEG_DAY_PER_KM,
            )
        )
    return found
