"""Whole searches of invented pairs: what nature does is no activity, who comes and stays is told.

Nature is SGP4's: drag in low orbit, the Moon, the Sun and the Earth's figure in the belt.
"""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from burning import BEGIN, HIGH, LOW, Burn, _moved, _shifted, history
from drifting import alone
from searching import searched

from sda.model import ElementSet
from sda.orbit import relative_elements
from sda.rpo.judgement.orbits import axis_km
from sda.rpo.model import EventClass, Verdict

DAY = timedelta(days=1)
FIRST = {"name": "ALPHA", "object_id": "1990-001A"}
SECOND = {"norad_id": 92000, "name": "BETA", "object_id": "1995-002A"}
DEEDS = {"arrival", "drift-match", "manoeuvre", "returned", "release", "active-body", "roamer"}
"""What somebody did. A plane may be held by nature for as long as periods differ little."""


def natural(
    first: ElementSet, days: int, step_days: float, sigma_m: float, seed: int
) -> tuple[ElementSet, ...]:
    """Return sets as SGP4 moves an object, with the noise of fits."""
    random, sets, now = np.random.default_rng(seed), [], 0.0
    move = alone if first.mean_motion_rev_day > 10 else _moved
    while now < days:
        true = move(first, first.epoch + now * DAY)
        sets.append(_shifted(true, sigma_m * random.standard_normal()))
        now += step_days * random.uniform(0.7, 1.3)
    return tuple(sets)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("base", [LOW, HIGH], ids=["low", "belt"])
def test_two_that_drift_past_each_other_did_nothing(base, seed):
    random = np.random.default_rng(seed)
    low = base is LOW
    way = random.choice([-1.0, 1.0])
    axis_m = way * (random.uniform(80, 500) if low else random.uniform(2000, 12000))
    one = replace(base, **FIRST, inclination_deg=random.uniform(50, 90) if low else 5.0)
    two = replace(
        _shifted(one, axis_m),
        **SECOND,
        inclination_deg=one.inclination_deg + random.uniform(-0.02, 0.02),
        # It is behind when it is lower, and ahead when it is higher.
        mean_anomaly_deg=one.mean_anomaly_deg
        + way * (abs(axis_m) / 1000 * 10 if low else abs(axis_m) / 78000 * 20),
        bstar_per_earth_radius=one.bstar_per_earth_radius * random.uniform(0.5, 2),
    )
    noise_m = 2.0 if low else 40.0
    sets = (*natural(one, 30, 1.5, noise_m, seed), *natural(two, 30, 1.5, noise_m, seed + 9))
    found = searched(sets, BEGIN + 5 * DAY, 24)
    assert len(found.events) == 1
    for event in found.events:
        assert not DEEDS & {evidence.name for evidence in event.score.evidence}
        assert event.verdict is not Verdict.PROBABLE
        assert event.event_class not in (EventClass.LOITER, EventClass.INSPECTION_FLY_BY)


@cache
def visited(low: bool, comes: bool = True) -> tuple[ElementSet, ...]:
    """A pair of which the second drifts up on day 20 and, if it comes to stay, stops there."""
    base = replace(LOW, inclination_deg=65.0, bstar_per_earth_radius=3e-6) if low else HIGH
    one = replace(base, **FIRST)
    rise_m, left_km = (900.0, 5.0) if low else (20000.0, 20.0)
    two = replace(_shifted(one, rise_m), **SECOND)
    meeting = BEGIN + 20 * DAY
    fallen_km = relative_elements(_moved(one, meeting), _moved(two, meeting), meeting).dlambda_km
    ahead_deg = np.degrees((left_km - fallen_km) / axis_km(one))
    two = replace(two, mean_anomaly_deg=one.mean_anomaly_deg + float(ahead_deg))
    burns = {20.0: Burn(axis_m=-rise_m)} if comes else {}
    return history(one, days=32, axis_sigma_m=1.0 if low else 20.0) + history(
        two, burns, days=32, axis_sigma_m=1.0 if low else 20.0, seed=4
    )


@pytest.mark.parametrize("low", [True, False], ids=["low", "belt"])
def test_who_comes_and_stays_is_told_and_named(low):
    (event,) = searched(visited(low), BEGIN + 18 * DAY, 12).events
    assert event.verdict is Verdict.PROBABLE, event.score
    assert event.event_class is EventClass.LOITER
    assert event.actor_norad_id == 92000
    assert {"arrival"} <= {evidence.name for evidence in event.score.evidence}


@pytest.mark.parametrize("low", [True, False], ids=["low", "belt"])
def test_who_would_have_come_and_did_not_stop_is_not(low):
    (event,) = searched(visited(low, comes=False), BEGIN + 18 * DAY, 12).events
    assert event.verdict not in (Verdict.PROBABLE, Verdict.POSSIBLE), event.score


@pytest.mark.parametrize("low", [True, False], ids=["low", "belt"])
def test_the_dead_do_not_come(low):
    dead = tuple(replace(one, name=f"{one.name} DEB") for one in visited(low))
    found = searched(dead, BEGIN + 18 * DAY, 12, everything=True)
    for event in found.events:
        assert event.verdict is Verdict.NONE
        assert event.actor_norad_id is None
