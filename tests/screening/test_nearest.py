"""Minima next to given times: those of the exhaustive search, and none where there is none."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from made_messages import AT, OTHER_PAIR, PAIR, public_sets

from sda.configuration import packaged, read_toml
from sda.elements import newest
from sda.model import ElementSet, Kind
from sda.risk import ErrorAt
from sda.screening import Asked, ScreeningConfig, exhaustive, nearest_minima

CONFIG = read_toml(packaged("config") / "screening.toml", ScreeningConfig)
ERRORS = CONFIG.covariance.error
PAIRS = (PAIR, OTHER_PAIR, (330001, 330013), (330001, 330012), (330031, 330032), (330035, 330036))
WITHIN = timedelta(minutes=20)
tenth_of_a_millimetre_km = 1e-7
hundredth_of_a_millimetre_km = 1e-8
microseconds_s = 3e-6


@pytest.fixture(scope="module")
def sets() -> tuple[ElementSet, ...]:
    return tuple(newest(one for one in public_sets(PAIRS) if one.epoch <= AT))


def test_fast_and_slow_minima_are_those_of_the_exhaustive_search(sets) -> None:
    found = exhaustive(sets, AT, 24.0, 60.0, CONFIG)
    rows = [one for one in found.approaches if one.kind in (Kind.CROSSING, Kind.PROXIMITY)]
    wanted = [(row, minimum) for row in rows for minimum in row.minima]
    assert {row.kind for row in rows} == {Kind.CROSSING, Kind.PROXIMITY}
    asked = [
        Asked(row.norad_id_1, row.norad_id_2, minimum.utc + timedelta(seconds=40 * (-1) ** k))
        for k, (row, minimum) in enumerate(wanted)
    ]
    same = 0
    for (row, minimum), one, nearest in zip(
        wanted, asked, nearest_minima(sets, asked, WITHIN, ERRORS), strict=True
    ):
        assert nearest is not None
        apart_s = [abs((tca - one.near).total_seconds()) for tca in (nearest.tca, minimum.utc)]
        # A slow range has ripples: a minimum beyond the threshold may be nearer still.
        assert apart_s[0] < apart_s[1] + microseconds_s
        if apart_s[0] < apart_s[1] - microseconds_s:
            assert row.kind is Kind.PROXIMITY
            continue
        same += 1
        assert abs(nearest.miss_km - minimum.range_km) < hundredth_of_a_millimetre_km
        if row.kind is Kind.CROSSING:
            assert nearest.sigma_km == pytest.approx(row.sigma_km, rel=1e-6)
            miss = nearest.radial_km, nearest.in_track_km, nearest.cross_track_km
            theirs = row.radial_km, row.in_track_km, row.cross_track_km
            assert np.abs(np.subtract(miss, theirs)).max() < tenth_of_a_millimetre_km
    assert same > len(wanted) / 2


def test_the_error_of_the_time_is_that_along_the_relative_velocity(sets) -> None:
    (nearest,) = nearest_minima(sets, [Asked(*PAIR, AT + timedelta(hours=2.35))], WITHIN, ERRORS)
    assert nearest is not None
    # Two sets of a day or less are good to 0.2 to 0.3 km in-track, 65 m across.
    along_km = nearest.tca_sigma_s * nearest.relative_speed_km_s
    assert 0.065 < along_km < 0.45
    doubled = {
        regime: tuple(row.model_copy(update=dict(_twice(row))) for row in rows)
        for regime, rows in ERRORS.items()
    }
    (worse,) = nearest_minima(sets, [Asked(*PAIR, nearest.tca)], WITHIN, doubled)
    assert worse is not None
    assert worse.tca == nearest.tca
    assert worse.tca_sigma_s == pytest.approx(2 * nearest.tca_sigma_s)


def test_nothing_is_found_without_a_set_or_a_minimum_near_enough(sets) -> None:
    crossing = AT + timedelta(hours=2.35)
    asked = [
        Asked(PAIR[0], 999, crossing),
        Asked(*PAIR, crossing + timedelta(minutes=21)),
        Asked(*PAIR, crossing),
        Asked(*PAIR, crossing - timedelta(minutes=21)),
    ]
    short = timedelta(minutes=2)
    found = nearest_minima(sets, asked, short, ERRORS)
    assert [one is None for one in found] == [True, True, False, True]
    assert nearest_minima((), asked, short, ERRORS) == (None,) * 4
    assert nearest_minima(sets, [], short, ERRORS) == ()


def test_docked_objects_have_no_time_of_their_own(sets) -> None:
    (one,) = (each for each in sets if each.norad_id == PAIR[0])
    twins = one, ElementSet(**{**_values(one), "norad_id": one.norad_id + 1})
    asked = [Asked(one.norad_id, one.norad_id + 1, AT + timedelta(hours=1))]
    assert nearest_minima(twins, asked, WITHIN, ERRORS) == (None,)


def _twice(row: ErrorAt) -> Iterator[tuple[str, float]]:
    for name, value in row:
        if name != "age_days":
            yield name, 2 * value


def _values(one: ElementSet) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__}
