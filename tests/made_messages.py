"""A pair of the scenario, its public sets, and messages about it: agreeing or not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sda.elements import newest, read_files
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.times import julian
from tle_samples.generator.messages import Side, composed

SCENARIO = Path(__file__).parents[1] / "tle_samples" / "scenario"
AT = datetime(2026, 10, 20, tzinfo=UTC)
CREATED = AT - timedelta(hours=6)
PAIR = (330110, 900100010)
OTHER_PAIR = (330111, 900100011)
SHARP_M = (5.0, 20.0, 5.0)


def public_sets(pairs: Sequence[tuple[int, int]] = (PAIR, OTHER_PAIR)) -> tuple[ElementSet, ...]:
    """Return all public sets of pairs, under the source that the scenario's are given."""
    numbers = {number for pair in pairs for number in pair}
    files = [
        SCENARIO / "public" / name
        for name in ("synthetic-actors.3le.gz", "synthetic-leo.omm.csv.gz")
    ]
    found = read_files(files, "synthetic-public").elements
    return tuple(one for one in found if one.norad_id in numbers)


def message(
    sets: Sequence[ElementSet],
    pair: tuple[int, int] = PAIR,
    *,
    near: datetime = AT + timedelta(hours=2, minutes=21),
    ahead_s: float = 0.0,
    created: datetime = CREATED,
    message_id: str = "EXERCISE-1",
    sigma_m: tuple[float, float, float] = SHARP_M,
) -> str:
    """Return a message about a passage as the sets known at AT have it, in KVN.

    The first of the pair is object 1; `ahead_s` is how far it is ahead of its set.
    """
    known = {one.norad_id: one for one in newest(e for e in sets if e.epoch <= AT)}
    propagators = [Propagator([known[number]]) for number in pair]
    tca = near
    for _ in range(5):
        (r_1, v_1), (r_2, v_2) = (
            _state(one, tca + timedelta(seconds=s))
            for one, s in zip(propagators, (ahead_s, 0.0), strict=True)
        )
        d, v = r_2 - r_1, v_2 - v_1
        tca -= timedelta(seconds=float(d @ v / (v @ v)))
    sides = [
        Side(number, known[number].name, r, v, sigma_m)
        for number, (r, v) in zip(pair, ((r_1, v_1), (r_2, v_2)), strict=True)
    ]
    return composed(message_id, created, tca, sides)


def _state(propagator: Propagator, time: datetime) -> tuple[np.ndarray, np.ndarray]:
    jd, fr = julian(time)
    error, r_km, v_km_s = propagator.grid(np.array([jd]), np.array([fr]))
    assert not error.any()
    return r_km[0, 0], v_km_s[0, 0]
