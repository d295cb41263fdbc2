"""Collect what speaks for and against an operation."""

from collections.abc import Callable, Iterator
from typing import Final

from sda.rpo.judgement.activity import (
    active_body,
    arrival,
    coordinated,
    drift_match,
    held_plane,
    manoeuvre,
    release,
    returned,
    roamer,
)
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.explanations import (
    drifting,
    launch,
    new_launch,
    passive,
    same_family,
    slot_mates,
    stale,
    steady,
)
from sda.rpo.judgement.proximity import (
    bounded,
    dwell,
    hill_speed,
    least_range,
    merged,
    other_launch,
    plane,
    semi_major_axis,
)
from sda.rpo.model import Evidence

__all__ = ["ACTIVITY", "AGAINST", "PROXIMITY", "collected"]

Observation = Callable[[Case], Evidence | None]

PROXIMITY: Final[tuple[Observation, ...]] = (
    least_range,
    hill_speed,
    dwell,
    plane,
    semi_major_axis,
    bounded,
    merged,
    other_launch,
)
"""What the day itself shows."""

ACTIVITY: Final[tuple[Observation, ...]] = (
    arrival,
    drift_match,
    manoeuvre,
    returned,
    held_plane,
    release,
    active_body,
    coordinated,
    roamer,
)
"""What shows that somebody acted."""

AGAINST: Final[tuple[Observation, ...]] = (
    passive,
    launch,
    new_launch,
    steady,
    slot_mates,
    same_family,
    drifting,
    stale,
)
"""What explains it otherwise."""


def collected(case: Case, observations: tuple[Observation, ...]) -> Iterator[Evidence]:
    """Yield what observations there are, in their order."""
    for observe in observations:
        evidence = observe(case)
        if evidence is not None:
            yield evidence
