"""Pairs in low orbit that SGP4 alone moves: element sets of any time, with the decay they show."""

from dataclasses import replace
from datetime import datetime, timedelta

from burning import BEGIN, LOW, _moved, _shifted
from made_cases import CONFIG

from sda.model import ElementSet
from sda.rpo.encounters.day import encounter
from sda.rpo.model import Encounter

DAY = timedelta(days=1)


def alone(one: ElementSet, epoch: datetime) -> ElementSet:
    """Return the set that SGP4 makes of one by another time, with the decay of that time."""
    before, at, past = (_moved(one, epoch + k * DAY / 2) for k in (-1, 0, 1))
    return replace(
        at, mean_motion_dot_rev_day2=(past.mean_motion_rev_day - before.mean_motion_rev_day) / 2
    )


def beside(
    da_m: float, bstar: float, along_deg: float, *, first: ElementSet = LOW
) -> tuple[ElementSet, ElementSet]:
    """Return a pair that is near at BEGIN, the second of another height and another drag."""
    second = replace(
        _shifted(first, da_m),
        norad_id=first.norad_id + 1,
        mean_anomaly_deg=first.mean_anomaly_deg + along_deg,
        bstar_per_earth_radius=bstar,
    )
    return first, second


def on_day(one: ElementSet, two: ElementSet, days: int) -> Encounter:
    """Return what a pair does on a day, by the sets of its middle."""
    start = BEGIN + days * DAY
    sets = (alone(each, start + DAY / 2) for each in (one, two))
    found = encounter(*sets, start, start + DAY, CONFIG)
    assert found is not None
    return found
