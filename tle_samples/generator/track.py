"""A track: the orbits of one object, joined by burns, from its first day to its last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .mean import DAYS, Floats, Orbit, at, kicked, relative, states


@dataclass(frozen=True, slots=True)
class Burn:
    """An impulse in the object's radial, in-track, cross-track frame."""

    time_d: float
    dv_ric_m_s: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Arc:
    """A span without a burn. Its orbit's epoch is free: guests share the orbit of their host."""

    start_d: float
    orbit: Orbit


@dataclass(frozen=True, slots=True)
class Docked:
    """A stay at a host, whose element sets are then those of the guest too."""

    start_d: float
    end_d: float
    host: int


@dataclass(frozen=True, slots=True)
class Track:
    """The true motion of one object."""

    norad_id: int
    name: str
    object_id: str
    regime: str
    arcs: tuple[Arc, ...]
    """Each holds until the next one starts; the first also before its start."""
    burns: tuple[Burn, ...] = ()
    docked: tuple[Docked, ...] = ()
    start_d: float = 0.0
    end_d: float = DAYS
    quality: float = 1.0
    """Factor on the noise of the regime; small where the operator gives its own ephemerides."""

    def orbit(self, time_d: float) -> Orbit:
        """Return the mean elements at a time."""
        arc = self.arcs[0]
        for later in self.arcs[1:]:
            if later.start_d <= time_d:
                arc = later
        return at(arc.orbit, time_d)

    def states(self, times_d: ArrayLike) -> tuple[Floats, Floats]:
        """Return TEME positions and velocities `(n, 3)` at ascending times `(n,)`."""
        times = np.asarray(times_d, np.float64)
        which = np.searchsorted([arc.start_d for arc in self.arcs[1:]], times, side="right")
        parts = [states(arc.orbit, times[which == k]) for k, arc in enumerate(self.arcs)]
        return np.concatenate([r for r, _ in parts]), np.concatenate([v for _, v in parts])


def coasting(o: Orbit) -> tuple[Arc]:
    """Return the arcs of an object that never burns."""
    return (Arc(o.epoch_d, o),)


def burned(track: Track, time_d: float, dv_ric_m_s: ArrayLike) -> Track:
    """Return a track with one more burn, later than all its others."""
    arc = Arc(time_d, kicked(track.orbit(time_d), dv_ric_m_s))
    r, i, c = (float(v) for v in np.asarray(dv_ric_m_s))
    burn = Burn(time_d, (r, i, c))
    return replace(track, arcs=(*track.arcs, arc), burns=(*track.burns, burn))


def transferred(
    track: Track,
    target: Track,
    burn_times_d: Sequence[float],
    arrival_d: float,
    goal_km: ArrayLike,
) -> Track:
    """Return a track that burns so as to stand at `goal_km` `(6,)` from a target on arrival.

    The goal is in relative orbital elements (see `mean`). Newton's method on the impulses;
    with more than two burns, the solution of least norm.

    Raises ValueError when the goal is not met to a metre.
    """
    goal = np.asarray(goal_km, np.float64)
    chief = target.orbit(arrival_d)

    def flown(impulses: Floats) -> Track:
        moved = track
        for time_d, dv in zip(burn_times_d, impulses.reshape(-1, 3), strict=True):
            moved = burned(moved, time_d, dv)
        return moved

    def missed(impulses: Floats) -> Floats:
        return relative(chief, flown(impulses).orbit(arrival_d)) - goal

    impulses = np.zeros(3 * len(burn_times_d))
    for _ in range(12):
        miss = missed(impulses)
        if np.abs(miss).max() < 1e-3:
            return flown(impulses)
        steps = 0.01 * np.eye(len(impulses))
        slopes = np.stack([(missed(impulses + step) - miss) / 0.01 for step in steps], axis=1)
        impulses = np.linalg.lstsq(slopes, slopes @ impulses - miss, rcond=1e-9)[0]
    raise ValueError(f"{track.name} does not reach {goal} km of {target.name}: {miss} km left")


def joined(track: Track, host: Track, start_d: float, end_d: float = DAYS) -> Track:
    """Return a track that moves with a host, one without burns, from a docking on."""
    (shared,) = host.arcs
    arcs = (*track.arcs, Arc(start_d, shared.orbit))
    stay = Docked(start_d, end_d, host.norad_id)
    return replace(track, arcs=arcs, docked=(*track.docked, stay))
