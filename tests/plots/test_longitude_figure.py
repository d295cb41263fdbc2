"""The longitude history shows sets, stays and passages, and needs nothing from outside."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta

import numpy as np
import plotly.graph_objects as go
import pytest

from sda.configuration import packaged
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.plots import longitude_history
from sda.rpo.ring import longitude as ring
from sda.rpo.ring.arrivals import Arrival
from sda.rpo.ring.config import LongitudeConfig

STILL_REV_DAY = 1.00272
EAST_REV_DAY = STILL_REV_DAY + 1 / 360  # a degree a day


@pytest.fixture(scope="module")
def config() -> LongitudeConfig:
    table = tomllib.loads((packaged("config") / "rpo.toml").read_text())
    return LongitudeConfig.model_validate(table["longitude"])


@pytest.fixture
def moved(low: ElementSet, config: LongitudeConfig) -> ring.LongitudeHistory:
    """Twenty days in a slot, then twenty of drift to the east, past 180 degrees."""
    level = replace(
        low,
        name="<a href='x'>MOVER</a>",
        eccentricity=0.0002,
        inclination_deg=0.05,
        mean_motion_rev_day=STILL_REV_DAY,
    )
    at_first_deg = ring.longitude_history([level], config).longitude_deg
    sets = []
    for day in range(0, 41, 4):
        away_deg = 172.0 + max(day - 20, 0) - at_first_deg
        sidereal_deg = 360.98564736629 * day
        sets.append(
            replace(
                level,
                epoch=level.epoch + timedelta(days=day),
                mean_anomaly_deg=(level.mean_anomaly_deg + away_deg + sidereal_deg) % 360,
                mean_motion_rev_day=STILL_REV_DAY if day <= 20 else EAST_REV_DAY,
            )
        )
    return ring.longitude_history(sets, config)


def passage(history: ring.LongitudeHistory) -> Arrival:
    last = history.sets[-1]
    return Arrival(
        last.norad_id, last.name, 9, "<b>SLOT</b>", -150.0, last.epoch + timedelta(days=18),
        0.1, 1.0, 18.0, -78.0,
    )  # fmt: skip


def test_a_point_is_a_set_and_the_line_breaks_at_180_degrees(moved: ring.LongitudeHistory):
    bars, way = longitude_history([moved]).data
    points = [deg for deg in way.y if deg is not None]
    np.testing.assert_allclose(points, np.degrees(moved.states.longitude_rad))
    assert min(points) < -170 < 170 < max(points)
    assert list(way.y).count(None) == 1
    assert np.nanmax(np.abs(np.diff(np.array(way.y, np.float64)))) < 180
    assert [time for time in bars.x if time] == [
        moved.held_stations[0].start,
        moved.held_stations[0].end,
    ]
    assert bars.y[0] == pytest.approx(172, abs=0.1)


def test_passages_are_crosses_that_name_the_slot(moved: ring.LongitudeHistory):
    *_, crosses = longitude_history([moved], [passage(moved)]).data
    assert list(crosses.y) == [-150.0]
    assert "(9)" in crosses.text[0]
    others = replace(passage(moved), norad_id=moved.norad_id + 1)
    assert len(longitude_history([moved], [others]).data) == 2


def test_it_says_units_and_exercise_and_holds_nothing_from_outside(moved: ring.LongitudeHistory):
    for wanted in (True, False):
        figure: go.Figure = longitude_history([moved], [passage(moved)], exercise=wanted)
        text = json.dumps(figure.to_plotly_json(), default=str)
        assert ("EXERCISE" in text) is wanted
        assert "<a " not in text
        assert "<b>SLOT" not in text
        assert "http" not in text
        assert figure.layout.xaxis.title.text == "Epoch (UTC)"
        assert figure.layout.yaxis.title.text.endswith("(deg)")


def test_nobody_cannot_be_drawn():
    with pytest.raises(CatalogueError, match="no object"):
        longitude_history([])
