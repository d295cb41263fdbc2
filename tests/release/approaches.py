"""Close approaches and solutions to put before the door."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from sda.model import CloseApproach, Kind, Minimum
from sharing.policy import Engine
from sharing.registry import Registry
from sharing.release import Contradiction, Release, Solution, release, solution_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCES = {
    "cdm-commercial": ("commercial",),
    "cdm-public": ("public",),
    "public": ("public",),
    "commercial": ("public", "commercial"),
    "trilateral": ("public", "trilateral"),
}
ASSET = 330013
STATES = (
    "GCRF 4589.760316684 3049.013174931 -4207.355895167 -0.645885009371 6.430974254020 3.958675261",
    "GCRF 4589.860316684 3048.813174931 -4207.055895167 5.645885009371 -2.430974254020 1.958675261",
)
COVARIANCE = (
    "DEFAULT 2.02e+04 0 2.38e+05 0 0 4.76e+03 0 -2.17e+02 0 2.13e-01 -2.21e+01 0 0 0 2.42e-02 "
    "0 0 0 0 0 5.7e-03"
)


def approach(
    hours: float, miss_km: float = 0.42, pair: tuple[int, int] = (5, 6), kind: Kind = Kind.CROSSING
) -> CloseApproach:
    tca = NOW + timedelta(hours=hours)
    slow = kind is Kind.PROXIMITY
    return CloseApproach(
        norad_id_1=pair[0],
        name_1=f"OBJECT {pair[0]}",
        norad_id_2=pair[1],
        name_2=f"OBJECT {pair[1]}",
        kind=kind,
        tca=tca,
        miss_km=miss_km,
        relative_speed_km_s=11.2,
        radial_km=0.1,
        in_track_km=-0.2,
        cross_track_km=0.3,
        age_days_1=0.5,
        age_days_2=0.7,
        episode_start=tca - timedelta(hours=1) if slow else None,
        episode_end=tca + timedelta(hours=1) if slow else None,
        minima=(Minimum(tca, miss_km, 11.2),),
        max_probability=2e-5,
        sigma_km=0.21,
        resolvable=miss_km > 0.21,
        dilution_km=miss_km / 18**0.5,
        longitude_deg=20.25 if ASSET in pair else None,
        state_1=STATES[0],
        state_2=STATES[1],
        covariance_1=COVARIANCE,
        covariance_2=COVARIANCE,
    )


def solution(
    registry: Registry,
    name: str,
    hours: float,
    miss_km: float = 0.42,
    pair: tuple[int, int] = (5, 6),
    kind: Kind = Kind.CROSSING,
) -> Solution:
    made = approach(hours, miss_km, pair, kind)
    return solution_of(name, SOURCES[name], told(made) if name[:4] == "cdm-" else made, registry)


def told(by_elements: CloseApproach, marking: str = "") -> CloseApproach:
    """Return what a message says of a close approach, under its own marking."""
    return replace(
        by_elements,
        age_days_1=None,
        age_days_2=None,
        episode_start=None,
        episode_end=None,
        probability=3e-6,
        probability_method="FOSTER-1992",
        marking=marking,
    )


described = st.tuples(
    st.sampled_from(sorted(SOURCES)),
    st.floats(-30, 120),
    st.floats(0, 40),
    st.sampled_from([(5, 6), (5, ASSET), (7, 8)]),
    st.sampled_from([Kind.CROSSING, Kind.PROXIMITY]),
)
"""Arguments of `solution` after the registry."""


def releases(
    partner: str,
    solutions: list[Solution],
    registry: Registry,
    engine: Engine,
    contradictions: Iterable[Contradiction] = (),
) -> list[Release]:
    decided = release(registry.partners[partner], solutions, registry, engine, NOW, contradictions)
    return [one.release for one in decided if one.release]


def values(made: Release) -> dict[str, object]:
    return {fact.name: fact.value for fact in made.facts}
