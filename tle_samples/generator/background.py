"""The background: objects in realistic shells that do nothing but go round."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import radians

import numpy as np

from sda.constants import EARTH_RADIUS_KM

from .mean import TAU, Orbit, geostationary, orbit
from .track import Track, coasting

FIRST_ID = 900_000_001


@dataclass(frozen=True, slots=True)
class Shell:
    """A family of orbits.

    `spread` holds one-sigma da km, e and i deg. With planes it is a Walker constellation that
    holds together (equal drag, hardly any spread of a); without, nodes and phases are random.
    """

    name: str
    regime: str
    count: int
    planes: int
    altitude_km: float
    e: float
    i_deg: float
    spread: tuple[float, float, float]
    bstar: float = 0.0
    phasing: int = 1
    """Walker's F. Of all, the one that keeps neighbours farthest apart: 333, 44 and 141 km in
    the three LEO shells; with a bad one a shell meets itself a thousand times a day."""


SHELLS = (
    Shell("LEO-A", "LEO", 400, 20, 550.0, 1.5e-4, 53.05, (0.01, 3e-5, 0.003), 3e-4, 11),
    Shell("LEO-B", "LEO", 200, 10, 1200.0, 2e-4, 87.9, (0.002, 3e-5, 0.003), 5e-5),
    Shell("LEO-C", "LEO", 60, 6, 780.0, 2e-4, 86.4, (0.01, 5e-5, 0.003), 3e-5, 3),
    Shell("SSO-A", "LEO", 240, 0, 520.0, 1.2e-3, 97.5, (40.0, 6e-4, 0.08), 2.5e-4),
    Shell("SSO-B", "LEO", 160, 0, 790.0, 1.2e-3, 98.6, (45.0, 6e-4, 0.1), 8e-5),
    Shell("LEO-D", "LEO", 80, 0, 600.0, 2e-3, 65.0, (90.0, 1e-3, 15.0), 1e-4),
    Shell("DEB-A", "LEO", 220, 0, 850.0, 8e-3, 98.8, (80.0, 5e-3, 0.4), 4e-4),
    Shell("DEB-B", "LEO", 160, 0, 770.0, 7e-3, 74.0, (60.0, 4e-3, 0.3), 4e-4),
    Shell("MEO-A", "MEO", 31, 6, 20181.0, 6e-3, 55.0, (8.0, 2e-3, 0.6)),
    Shell("MEO-B", "MEO", 27, 3, 23222.0, 3e-4, 56.0, (2.0, 1e-4, 0.3)),
    Shell("MEO-C", "MEO", 24, 3, 19130.0, 1e-3, 64.8, (4.0, 5e-4, 0.3)),
    Shell("HEO-A", "HEO", 24, 0, 20180.0, 0.70, 63.4, (15.0, 0.01, 0.8)),
    Shell("GTO-A", "HEO", 60, 0, 18100.0, 0.715, 15.0, (100.0, 0.005, 6.0), 1e-5),
)
"""Altitudes are those of the semi-major axis above the equatorial radius."""

GEO_CONTROLLED = 220
GEO_DRIFTING = 120
ACTOR_SLOTS_DEG = (58.0, 92.0)
"""The background leaves the actors' longitudes free."""


def background(rng: np.random.Generator, share: float = 1.0) -> Iterator[Track]:
    """Yield the background's tracks, each shell cut to a share of its objects."""
    norad_id = FIRST_ID
    for launch, shell in enumerate(SHELLS, start=901):
        for k in range(round(shell.count * share)):
            name = f"EXERCISE {shell.name} {k + 1:04d}"
            piece = chr(ord("A") + k % 24)
            arcs = coasting(_in_shell(shell, k, rng))
            yield Track(norad_id, name, f"2020-{launch}{piece}", shell.regime, arcs)
            norad_id += 1
    for k in range(round((GEO_CONTROLLED + GEO_DRIFTING) * share)):
        controlled = k < GEO_CONTROLLED * share
        kind = "GEO" if controlled else "GEO-DRIFT"
        arcs = coasting(_slot(rng) if controlled else _drifter(rng))
        yield Track(norad_id, f"EXERCISE {kind} {k + 1:04d}", f"2010-{901 + k % 99}A", "GEO", arcs)
        norad_id += 1


def _in_shell(shell: Shell, k: int, rng: np.random.Generator) -> Orbit:
    da_km, de, di_deg = rng.standard_normal(3) * shell.spread
    if shell.planes:
        per_plane = -(-shell.count // shell.planes)
        plane, slot = k % shell.planes, k // shell.planes
        node = TAU * plane / shell.planes
        phase = slot / per_plane + shell.phasing * plane / shell.count
        argument = TAU * phase + rng.normal(0, 5e-4)
        bstar = shell.bstar
    else:
        node, argument = rng.uniform(0, TAU, 2)
        bstar = shell.bstar * rng.lognormal(0, 0.3)
    frozen = 4.71 if shell.regime == "HEO" and shell.i_deg > 60 else rng.uniform(0, TAU)
    e = abs(shell.e + de)
    return orbit(
        EARTH_RADIUS_KM + shell.altitude_km + da_km,
        e, radians(abs(shell.i_deg + di_deg)), node, frozen, (argument - frozen) % TAU,
        bstar=bstar,
    )  # fmt: skip


def _slot(rng: np.random.Generator) -> Orbit:
    low, high = ACTOR_SLOTS_DEG
    longitude_deg = (high + rng.uniform(0, 360 - (high - low))) % 360
    return geostationary(
        longitude_deg,
        e=rng.uniform(5e-5, 4e-4),
        i_deg=rng.uniform(0.01, 0.08),
        node=rng.uniform(0, TAU),
        argp=rng.uniform(0, TAU),
    )


def _drifter(rng: np.random.Generator) -> Orbit:
    """Return a dead satellite: some above the belt, some below, inclined up to 15 deg."""
    return orbit(
        42165.0 + rng.choice([-1, 1]) * rng.uniform(20, 350),
        rng.uniform(1e-4, 3e-3), radians(rng.uniform(1.0, 15.0)), *rng.uniform(0, TAU, 3),
    )  # fmt: skip
