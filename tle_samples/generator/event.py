"""An event of the truth: who, what, when, and how near by the noise-free tracks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from sda.frames import to_ric
from sda.times import format_utc

from .mean import Floats, utc
from .track import Track

STEP_D = 60 / 86400


@dataclass(frozen=True, slots=True)
class Event:
    """What the storyteller says; the figures are computed by `described`."""

    event_id: str
    kind: str
    norad_ids: tuple[int, int]
    actor: int | None
    start_d: float
    end_d: float
    declared: bool
    note: str


def separation(one: Track, two: Track, times_d: Floats) -> Floats:
    """Return the range `(n,)` km of two tracks at times `(n,)`."""
    return np.linalg.norm(two.states(times_d)[0] - one.states(times_d)[0], axis=1)


def closest(one: Track, two: Track, start_d: float, end_d: float) -> tuple[float, float]:
    """Return the time (days) and the range (km) at which two tracks are nearest."""
    times = np.arange(start_d, end_d, STEP_D)
    ranges = separation(one, two, times)
    # A crossing at 15 km/s may hide between samples: refine the ten lowest local minima.
    inner = np.flatnonzero((ranges[1:-1] <= ranges[:-2]) & (ranges[1:-1] <= ranges[2:])) + 1
    best = (float(times[np.argmin(ranges)]), float(ranges.min()))
    for k in inner[np.argsort(ranges[inner])[:10]]:
        found = minimize_scalar(
            lambda t: separation(one, two, np.array([t]))[0] ** 2,
            bounds=(times[k - 1], times[k + 1]),
            method="bounded",
            options={"xatol": 1e-10},
        )
        if found.fun**0.5 < best[1]:
            best = (float(found.x), float(found.fun**0.5))
    return best


def described(event: Event, tracks: Mapping[int, Track]) -> dict[str, Any]:
    """Return an event for the truth file, its range, time and miss vector from the tracks."""
    one, two = (tracks[n] for n in event.norad_ids)
    time_d, range_km = closest(one, two, event.start_d, event.end_d)
    (r1, v1), (r2, v2) = one.states([time_d]), two.states([time_d])
    radial, in_track, cross_track = to_ric(r2 - r1, r1, v1)[0]
    burns = [
        {
            "norad_id": n,
            "utc": format_utc(utc(b.time_d)),
            "delta_v_ric_m_s": [round(v, 4) for v in b.dv_ric_m_s],
        }
        for n in event.norad_ids
        for b in tracks[n].burns
        if event.start_d - 12 <= b.time_d <= event.end_d
    ]
    return {
        "event_id": event.event_id,
        "class": event.kind,
        "norad_ids": list(event.norad_ids),
        "names": [one.name, two.name],
        "actor_norad_id": event.actor,
        "declared": event.declared,
        "start_utc": format_utc(utc(event.start_d)),
        "end_utc": format_utc(utc(event.end_d)),
        "min_range_km": round(range_km, 4),
        "min_range_utc": format_utc(utc(time_d)),
        "miss_ric_km": [round(float(v), 4) for v in (radial, in_track, cross_track)],
        "relative_speed_km_s": round(float(np.linalg.norm(v2[0] - v1[0])), 6),
        "docked_utc": [
            [format_utc(utc(stay.start_d)), format_utc(utc(stay.end_d))]
            for n, host in (event.norad_ids, event.norad_ids[::-1])
            for stay in tracks[n].docked
            if stay.host == host
        ],
        "burns": burns,
        "note": event.note,
    }
