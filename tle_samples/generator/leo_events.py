"""The events of low orbits. Goals and offsets are relative orbital elements in km."""

from dataclasses import replace
from math import radians, tan

import numpy as np

from .event import Event
from .geo_events import Story
from .mean import DAYS, TAU, Orbit, offset, orbit
from .track import Track, burned, coasting, joined, transferred

LEADER, SHADOW, PARENT, CHILD = 330031, 330032, 330033, 330034
HELIX = (330035, 330036)
TRAIN = (330041, 330042, 330043, 330044, 330045)
STATION, CREW, CARGO, LEAVER = 330051, 330052, 330053, 330054
SLOW = (900300001, 900300002)
OPERATOR = 0.1
"""Quality where operators give their own ephemerides."""


def _track(norad_id: int, name: str, launch: str, arc: Orbit, quality: float = 1.0) -> Track:
    return Track(norad_id, f"EXERCISE {name}", launch, "LEO", coasting(arc), quality=quality)


def _sso(altitude_km: float, node: float, m: float, bstar: float = 5e-5) -> Orbit:
    i = radians(96.7 + 0.00415 * (altitude_km - 350))
    return orbit(6378.135 + altitude_km, 1.1e-3, i, node, TAU / 4, m, bstar=bstar)


def _burn_times(start_d: float, o: Orbit, count: int = 4) -> list[float]:
    """Return burns from a start on, 1.3 revolutions apart so that all phases are met."""
    return [start_d + 1.3 * k * TAU / o.n_rad_min / 1440 for k in range(count)]


def shadow() -> Story:
    """Hold the leader's plane 4 km above it: the inclination makes up for the node's rate."""
    leader = _track(LEADER, "LEO LEADER", "2021-940A", _sso(540.0, 1.0, 0.5))
    da_km, pass_d, tune_d = 4.0, 19.4, 3.0
    di_km = -3.5 * da_km / tan(leader.orbit(0.0).i)
    start = offset(leader.orbit(0.0), [da_km, 0.0, 0.3, 0.0, di_km - 6.0, -4.0])
    follower = _track(SHADOW, "LEO SHADOW", "2025-941A", start)
    # Set the phase so that it overtakes (it is higher, so it falls back) on the pass day.
    drift_km_d = -1.5 * da_km * leader.orbit(0.0).n_rad_min * 1440
    follower = replace(
        follower, arcs=coasting(offset(start, [0, -drift_km_d * pass_d, 0, 0, 0, 0]))
    )
    goal = [da_km, -drift_km_d * (pass_d - tune_d - 1), 0.3, 0.0, di_km, 0.3]
    burns = [*_burn_times(tune_d, start, 3), *_burn_times(tune_d + 0.6, start, 3)]
    follower = transferred(follower, leader, burns, tune_d + 1, goal)
    return [leader, follower], [
        Event("LEO-SHADOW", "shadow", (LEADER, SHADOW), SHADOW, 4.0, DAYS, False,
              "planes held though da is 4 km: a tuned inclination; passes above on day 19.4"),
    ]  # fmt: skip


def release() -> Story:
    """Let go of a small satellite at 5 cm/s on day 8."""
    parent = _track(PARENT, "LEO PARENT", "2022-942A", _sso(610.0, 2.0, 1.5))
    child = replace(parent, norad_id=CHILD, name="EXERCISE LEO CHILD", object_id="2022-942C")
    child = replace(burned(child, 8.0, [0.02, 0.04, 0.02]), start_d=8.3)
    return [parent, child], [
        Event("LEO-RELEASE", "release", (PARENT, CHILD), PARENT, 8.0, 12.0, False,
              "let go at 5 cm/s on day 8; first set eight hours later"),
    ]  # fmt: skip


def helix() -> Story:
    """Fly a helix with parallel e- and i-vectors, restored every five days."""
    first, second = HELIX
    one = _track(first, "LEO HELIX-1", "2010-943A", _sso(510.0, 3.0, 2.5, 3e-5), OPERATOR)
    goal = [0.0, 0.0, 0.0, 0.45, 0.0, 0.5]
    two = _track(second, "LEO HELIX-2", "2011-944A", offset(one.orbit(0.0), goal), OPERATOR)
    for day in range(3, 30, 5):
        two = transferred(two, one, _burn_times(day, one.orbit(0.0)), day + 0.4, goal)
    return [one, two], [
        Event("LEO-HELIX", "formation", HELIX, second, 0, DAYS, True,
              "declared formation: e/i-vector helix, restored every five days"),
    ]  # fmt: skip


def train() -> Story:
    """Five satellites 20 km behind one another in one plane."""
    head = _sso(690.0, 4.0, 3.5, 2e-5)
    tracks = [
        _track(n, f"LEO TRAIN-{k + 1}", f"2018-945{chr(65 + k)}",
               offset(head, [0, -20.0 * k, 0, 0, 0, 0]), OPERATOR)
        for k, n in enumerate(TRAIN)
    ]  # fmt: skip
    return tracks, [
        Event(f"LEO-TRAIN-{i + 1}{j + 1}", "formation", (TRAIN[i], TRAIN[j]), None, 0, DAYS,
              True, "declared constellation train, 20 km from one to the next")
        for i in range(5) for j in range(i + 1, 5)
    ]  # fmt: skip


def station() -> Story:
    """Keep a station with one visitor docked, one that arrives, one that leaves."""
    home = orbit(6378.135 + 420, 4e-4, radians(51.64), 0.7, 0.3, 1.0, bstar=1.2e-4)
    base = _track(STATION, "LEO STATION", "2009-950A", home)
    crew = joined(_track(CREW, "LEO CREW SHIP", "2026-951A", home), base, 0.0)
    behind = offset(base.orbit(15.0), [-12.0, -4500.0, 0, 0, 0.5, 0])
    cargo = replace(_track(CARGO, "LEO CARGO SHIP", "2026-952A", behind), start_d=15.0)
    burns = [*_burn_times(15.3, home), *_burn_times(17.0, home)]
    cargo = transferred(cargo, base, burns, 17.5, [0, -3.0, 0.8, 0, 0.5, 0])
    burns = _burn_times(20.5, home)
    dock_d = burns[-1] + 0.02
    cargo = joined(transferred(cargo, base, burns, dock_d, np.zeros(6)), base, dock_d)
    leaver = joined(_track(LEAVER, "LEO OLD SHIP", "2026-953A", home), base, 0.0, 6.0)
    leaver = burned(leaver, 6.0, [0.0, -0.6, 0.05])
    return [base, crew, cargo, leaver], [
        Event("LEO-STATION-CREW", "visiting", (STATION, CREW), None, 0, DAYS, True,
              "docked throughout"),
        Event("LEO-STATION-CARGO", "visiting", (STATION, CARGO), CARGO, 16.5, DAYS, True,
              "waits 3 km behind from day 17.5, docks on day 20.8"),
        Event("LEO-STATION-LEAVER", "visiting", (STATION, LEAVER), LEAVER, 0, 8, True,
              "leaves on day 6"),
        Event("LEO-CREW-CARGO", "visiting", (CREW, CARGO), CARGO, 16.5, DAYS, True,
              "two visitors of one station"),
        Event("LEO-CREW-LEAVER", "visiting", (CREW, LEAVER), LEAVER, 0, 8, True,
              "two visitors of one station, until one leaves on day 6"),
    ]  # fmt: skip


def slow_chance() -> Story:
    """Two strangers in almost one plane pass each other slowly once: chance."""
    one = _sso(735.0, 5.0, 1.0)
    da_km, pass_d = 2.5, 13.0
    lag_km = 1.5 * da_km * one.n_rad_min * 1440 * pass_d
    two = offset(one, [da_km, lag_km, 3.0, 1.5, 4.0, 2.0])
    return [
        _track(SLOW[0], "LEO DEBRIS SLOW-1", "1999-960C", one),
        _track(SLOW[1], "LEO DEBRIS SLOW-2", "2005-961D", two),
    ], [
        Event("LEO-SLOW-CHANCE", "slow-chance", SLOW, None, 12.0, 14.0, False,
              "trap: different launches, no burn by either"),
    ]  # fmt: skip


def leo_events() -> list[Story]:
    """Return every story of low orbits."""
    return [shadow(), release(), helix(), train(), station(), slow_chance()]
