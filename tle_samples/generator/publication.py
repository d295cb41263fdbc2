"""What a network publishes of a track: element sets at its epochs, with its noise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import degrees, exp

import numpy as np

from sda.model import ElementSet

from .mean import TAU, Orbit, at, offset, relative, utc
from .track import Track

MEMORY_D = {"LEO": 0.3, "MEO": 0.5, "GEO": 0.5, "HEO": 0.5}
"""A fit still mixes in the orbit before a burn with weight exp(-time since / memory)."""

NOISE_M = {
    #       da    dl     dex    dey    dix    diy
    "LEO": (0.3, 40.0, 12.0, 12.0, 12.0, 12.0),
    "MEO": (5.0, 200.0, 60.0, 60.0, 80.0, 80.0),
    "GEO": (25.0, 500.0, 100.0, 100.0, 150.0, 150.0),
    "HEO": (15.0, 400.0, 60.0, 60.0, 150.0, 150.0),
}
"""One-sigma noise of the relative orbital elements, after differencing public element sets of
manoeuvre-free satellites: a set is wrong by 30-500 m in-track a day later in LEO, by 1-2 km
in GEO."""

TAIL_FREEDOM = 5
"""Degrees of freedom of Student's t: the tails of real element sets are heavy."""

BSTAR_SCATTER = 0.05


@dataclass(frozen=True, slots=True)
class Network:
    """A fictional sensor network: how good its sets are, and how they are filed."""

    source: str
    noise: float
    """Factor on the public noise."""


def published(
    track: Track, epochs_d: Iterable[float], network: Network, rng: np.random.Generator
) -> list[ElementSet]:
    """Return a network's element sets of a track at the given epochs, ascending."""
    sigma_km = np.array(NOISE_M[track.regime]) * network.noise * track.quality / 1e3
    unit = np.sqrt((TAIL_FREEDOM - 2) / TAIL_FREEDOM)
    sets = []
    for number, epoch_d in enumerate(epochs_d):
        epoch_d = round(epoch_d, 8)  # the resolution of a TLE's epoch
        draw = rng.standard_t(TAIL_FREEDOM, 6) * unit
        scatter = 1 + BSTAR_SCATTER * rng.standard_normal()
        seen = offset(_fitted(track, epoch_d), sigma_km * draw)
        seen = replace(seen, bstar=seen.bstar * scatter)
        sets.append(_element_set(track, seen, network.source, 900 + number % 100))
    return sets


def shared_while_docked(
    track: Track, own: Sequence[ElementSet], by_host: Mapping[int, Sequence[ElementSet]]
) -> list[ElementSet]:
    """Replace the sets of a docked object by those of its host: there is one thing to observe."""
    kept = list(own)
    for stay in track.docked:
        start, end = utc(stay.start_d), utc(stay.end_d)
        copies = [
            replace(s, norad_id=track.norad_id, name=track.name, object_id=track.object_id)
            for s in by_host[stay.host]
            if start < s.epoch <= end
        ]
        kept = [s for s in kept if not start < s.epoch <= end] + copies
    return sorted(kept, key=lambda s: s.epoch)


def _fitted(track: Track, epoch_d: float) -> Orbit:
    """Return the orbit a fit finds: after a burn it converges on the new one over a few sets."""
    new = track.orbit(epoch_d)
    past = [k for k, arc in enumerate(track.arcs) if k and arc.start_d <= epoch_d]
    if not past:
        return new
    since_d = epoch_d - track.arcs[past[-1]].start_d
    weight = exp(-since_d / MEMORY_D[track.regime])
    if weight < 1e-3:
        return new
    step = relative(new, at(track.arcs[past[-1] - 1].orbit, epoch_d))
    step[1] = 0.0  # the observed place along the orbit is never in doubt
    return offset(new, weight * step)


def _element_set(track: Track, o: Orbit, source: str, number: int) -> ElementSet:
    per_day = 1440 / TAU
    rate = (at(o, o.epoch_d + 1).n_rad_min - o.n_rad_min) * per_day if o.bstar else 0.0
    revolutions = 20000 + o.epoch_d * o.n_rad_min * per_day
    return ElementSet(
        norad_id=track.norad_id,
        name=track.name,
        object_id=track.object_id,
        epoch=utc(o.epoch_d),
        mean_motion_rev_day=round(o.n_rad_min * per_day, 8),
        eccentricity=round(o.e, 7),
        inclination_deg=round(degrees(o.i), 4),
        ra_of_asc_node_deg=round(degrees(o.node) % 360, 4) % 360,
        arg_of_pericenter_deg=round(degrees(o.argp) % 360, 4) % 360,
        mean_anomaly_deg=round(degrees(o.m) % 360, 4) % 360,
        bstar_per_earth_radius=float(f"{o.bstar:.4e}"),
        mean_motion_dot_rev_day2=round(rate / 2, 8),
        mean_motion_ddot_rev_day3=0.0,
        classification="U",
        ephemeris_type=0,
        element_set_no=number,
        rev_at_epoch=int(revolutions) % 100000,
        source=source,
    )
