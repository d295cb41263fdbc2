"""Sets that jump out of a track and back are found; manoeuvres and their reverses are kept."""

from dataclasses import replace

import pytest
from burning import HIGH, LOW, Burn, history

from sda.configuration import packaged, read_toml
from sda.rpo.config import RpoConfig
from sda.rpo.history.outliers import outliers

CONFIG = read_toml(packaged("config") / "rpo.toml", RpoConfig).outliers


def jumped(track, places, **changes):
    track = list(track)
    for k in places:
        fields = {name: getattr(track[k], name) + by for name, by in changes.items()}
        track[k] = replace(track[k], **fields)
    return track


@pytest.mark.parametrize("first", [LOW, HIGH])
@pytest.mark.parametrize("places", [(1,), (50,), (50, 51), (20, 40, 41, 70)])
@pytest.mark.parametrize(
    "changes",
    [{"mean_motion_rev_day": 3e-3}, {"inclination_deg": -0.2}, {"eccentricity": 0.004}],
)
def test_sets_that_jump_out_and_back_are_found(first, places, changes):
    track = history(first, days=90.0, axis_sigma_m=1.0)
    assert outliers(jumped(track, places, **changes), CONFIG) == places


@pytest.mark.parametrize("first", [LOW, HIGH])
def test_quiet_tracks_have_none(first):
    for seed in range(5):
        assert outliers(history(first, axis_sigma_m=1.0, seed=seed), CONFIG) == ()


def test_burns_are_none_nor_a_burn_that_is_undone_days_later():
    burns = {40.3: Burn(axis_m=900.0), 70.3: Burn(axis_m=700.0), 75.3: Burn(axis_m=-700.0)}
    assert outliers(history(LOW, burns, axis_sigma_m=1.0), CONFIG) == ()


def test_of_few_sets_nobody_tells_the_odd_one():
    track = history(LOW, days=3.0)[:4]
    assert outliers(jumped(track, (2,), inclination_deg=5.0), CONFIG) == ()
