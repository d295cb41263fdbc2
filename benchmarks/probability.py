"""Measure probabilities of collision: how many a second, and how far from NASA's.

python benchmarks/probability.py [VECTORS CDM_FOLDER]: without NASA's cases only the rates.
"""

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sda.ccsds import read_cdm
from sda.ccsds.conjunctions import conjunction_of
from sda.risk.assessment import assessed
from sda.risk.config import ValidityConfig
from sda.risk.conjunction import Conjunction, State
from sda.risk.encounter_plane import encounter_plane
from sda.risk.expected_collisions import expected_collisions
from sda.risk.probability import probability_2d

N = 1_000_000
PART = 8192
WORKERS = 2
TCA = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = ValidityConfig(extended=0.02, offset=0.01, differs=0.05, negligible=1e-15)
Floats = NDArray[np.float64]


def main(arguments: Sequence[str]) -> None:
    """Print the rates, and where vectors are given how ours stand beside NASA's."""
    rates()
    if arguments:
        vectors, folder = map(Path, arguments)
        against_nasa(json.loads(vectors.read_text()), folder)


def rates() -> None:
    """Print how many 2-D probabilities a second one and two threads compute."""
    rng = np.random.default_rng(7)
    kinds = {
        "as in low orbit: sigmas 0.05 to 3 km, 10 m": (
            rng.normal(0, 0.5, N), rng.normal(0, 2, N),
            rng.uniform(0.05, 0.3, N), rng.uniform(0.3, 3, N), np.full(N, 0.01),
        ),
        "peaked: sigmas 0.1 to 30 m, 10 m": (
            rng.normal(0, 0.01, N), rng.normal(0, 0.01, N),
            10 ** rng.uniform(-4, -1.5, N), 10 ** rng.uniform(-4, -1.5, N), np.full(N, 0.01),
        ),
    }  # fmt: skip
    for name, arrays in kinds.items():
        for workers in (1, WORKERS):
            print(
                f"2-D, {name}, {workers} threads: {_rate(probability_2d, arrays, workers):,.0f}/s"
            )
    miss = rng.normal(0, 1, (N, 3))
    velocity = rng.normal(0, 7, (N, 3))
    root = rng.normal(0, 0.3, (N, 3, 3))
    covariance = root @ np.swapaxes(root, -1, -2)
    states = (miss, velocity, covariance, np.full(N, 0.01))
    for workers in (1, WORKERS):
        print(f"2-D from states, {workers} threads: {_rate(_from_states, states, workers):,.0f}/s")


def _from_states(miss: Floats, velocity: Floats, covariance: Floats, radius: Floats) -> Floats:
    plane = encounter_plane(miss, velocity, covariance, 1e-6)
    axes = (plane.x_km, plane.y_km, plane.sigma_x_km, plane.sigma_y_km)
    return probability_2d(*axes, radius)


def _rate(compute: Callable[..., Floats], arrays: Sequence[Floats], workers: int) -> float:
    parts = [slice(k, k + PART) for k in range(0, N, PART)]
    with ThreadPoolExecutor(workers) as pool:
        begun_s = perf_counter()
        list(pool.map(lambda part: compute(*(one[part] for one in arrays)), parts))
        return N / (perf_counter() - begun_s)


def against_nasa(vectors: dict[str, Any], folder: Path) -> None:
    """Print ours beside NASA's, case by case, with the time of the 3-D figure."""
    print("| case | HBR m | NASA 2-D | ours off | NASA Nc3D | ours off | s | method |")
    print("|---|---|---|---|---|---|---|---|")
    for case in vectors["cara_cdm"]:
        (cdm,) = read_cdm(folder / f"{case['id']}.cdm")
        _row(case["id"][:20], conjunction_of(cdm), case["HBR_m"], case["Pc2D"], case["Nc3D"], None)
    for case in vectors["alfano2009"]:
        conjunction = Conjunction(TCA, *(_of_alfano(case, number) for number in "12"))
        span_s = float(case["half_span_s"])
        name = f"Alfano {case['case']}, +-{span_s:.0f} s"
        hall = case["CARA_Nc3D_Hall"]
        _row(name, conjunction, case["HBR_m"], case["CARA_Pc2D"], hall, (-span_s, span_s))


def _row(
    name: str, conjunction: Conjunction, radius_m: float,
    nasa_2d: float | None, nasa_3d: float, between_s: tuple[float, float] | None,
) -> None:  # fmt: skip
    radius_km = radius_m / 1000
    begun_s = perf_counter()
    number = expected_collisions(conjunction, radius_km, between_s).number
    seconds = perf_counter() - begun_s
    two = "none"
    if conjunction.velocity_km_s.any() and nasa_2d is not None:
        found = _from_states(
            conjunction.miss_vector_km, conjunction.velocity_km_s,
            conjunction.position_covariance_km2, np.array(radius_km),
        )  # fmt: skip
        two = f"{float(found) / nasa_2d - 1:+.1e}"
    method = assessed(conjunction, radius_km, LIMITS).method
    shown = "none" if nasa_2d is None else f"{nasa_2d:.4e}"
    print(
        f"| {name} | {radius_m:g} | {shown} | {two} | {nasa_3d:.4e} | "
        f"{number / nasa_3d - 1:+.1e} | {seconds:.2f} | {method} |"
    )


def _of_alfano(case: dict[str, Any], number: str) -> State:
    r_km, v_km_s = (np.array(case[f"{name}"]) / 1000 for name in (f"r{number}_m", f"v{number}_mps"))
    return State(r_km, v_km_s, np.array(case[f"C{number}"]) / 1e6)


if __name__ == "__main__":
    main(sys.argv[1:])
