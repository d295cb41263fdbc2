"""Hold the fast search against the exhaustive one: equal in every digit, or it fails."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from orbits import START, element_set

from sda.configuration import read_toml
from sda.constants import EARTH_RADIUS_KM, MU_KM3_S2, SECONDS_PER_DAY
from sda.elements import newest, read_files, read_text
from sda.model import ElementSet
from sda.screening import Screening, ScreeningConfig, exhaustive, screen

ROOT = Path(__file__).parents[2]
CONFIG = read_toml(ROOT / "config/screening.toml", ScreeningConfig)
CATALOGUES = ROOT / "../shared/data/catalogs"

needs_catalogues = pytest.mark.skipif(
    not CATALOGUES.is_dir(), reason="real catalogues are absent: ../shared/data/catalogs"
)


def real_sets(name: str) -> tuple[ElementSet, ...]:
    """Return the newest set of each object of a real catalogue."""
    return tuple(newest(read_files([CATALOGUES / name]).elements))


def verification_sets() -> tuple[ElementSet, ...]:
    """Return the sets of SGP4's own verification, each with its own epoch."""
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    text = "\n".join(line[:68] for line in lines if line[:2] in ("1 ", "2 "))
    return tuple(newest(read_text(text, "SGP4-VER.TLE", "test").elements))


def ring(
    norad_id: int, perigee_km: float, apogee_km: float, **changes: float | datetime
) -> ElementSet:
    """Return a set whose mean orbit has these heights."""
    low_km, high_km = perigee_km + EARTH_RADIUS_KM, apogee_km + EARTH_RADIUS_KM
    axis_km = (low_km + high_km) / 2
    return element_set(
        norad_id,
        mean_motion_rev_day=(MU_KM3_S2 / axis_km**3) ** 0.5 * SECONDS_PER_DAY / (2 * np.pi),
        eccentricity=(high_km - low_km) / (2 * axis_km),
        **changes,
    )


def population(n: int, seed: int) -> tuple[ElementSet, ...]:
    """Return a crowded thin shell, and a few objects of every other sort of orbit."""
    rng = np.random.default_rng(seed)
    sorts = {
        "shell": (545.0, 4.0, 0.0), "eccentric": (400.0, 300.0, 30_000.0),
        "split": (3550.0, 60.0, 300.0), "stationary": (35_786.0, 8.0, 0.0),
    }  # fmt: skip
    names = rng.choice(list(sorts), n, p=[0.7, 0.1, 0.1, 0.1])
    made = []
    for number, name in enumerate(names.tolist(), start=1):
        base_km, width_km, lift_km = sorts[name]
        perigee_km = base_km + width_km * rng.random()
        tilt_deg = np.degrees(np.arccos(rng.uniform(-1, 1)))
        made.append(
            ring(
                number, perigee_km, perigee_km + 3 * rng.random() + lift_km * rng.random(),
                inclination_deg=tilt_deg / 1000 if name == "stationary" else tilt_deg,
                ra_of_asc_node_deg=rng.uniform(0, 360),
                arg_of_pericenter_deg=rng.uniform(0, 360),
                mean_anomaly_deg=rng.uniform(0, 360),
                bstar_per_earth_radius=10 ** rng.uniform(-6, -3),
            )
        )  # fmt: skip
    return tuple(made)


def assert_equal(fast: Screening, complete: Screening) -> None:
    """Fail with what is missing, what is too much and what is written twice."""
    expected, found = set(complete.approaches), set(fast.approaches)
    assert sorted(expected - found, key=str) == []
    assert sorted(found - expected, key=str) == []
    assert len(fast.approaches) == len(found)
    assert fast == complete


def assert_same(
    elements, hours: float, threshold_km: float, *, start=START, config=CONFIG, **roads
) -> Screening:
    """Screen by both searches, compare them, and return the answer."""
    complete = exhaustive(elements, start, hours, threshold_km, config)
    assert_equal(screen(elements, start, hours, threshold_km, config, **roads), complete)
    return complete
