"""The generator: its orbital laws, and that it draws the committed files again."""

import gzip
import json
from collections import defaultdict
from math import radians
from pathlib import Path

import numpy as np
import pytest

from sda.elements import read_files
from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.times import julian
from tle_samples.generator.event import described, separation
from tle_samples.generator.files import TEXTS
from tle_samples.generator.mean import (
    Orbit,
    at,
    fitted,
    geostationary,
    kicked,
    longitude,
    offset,
    orbit,
    relative,
    states,
    utc,
)
from tle_samples.generator.scenario import PUBLIC, Scenario, scenario, seen
from tle_samples.generator.track import Track, coasting, transferred

SCENARIO = Path(__file__).parents[2] / "tle_samples" / "scenario"
ORBITS = {
    "low": orbit(6925.0, 1e-3, 1.70, 1.0, 2.0, 3.0, bstar=1e-4),
    "station": orbit(6798.0, 5e-4, 0.90, 4.0, 1.0, 0.5, bstar=1e-4),
    "navigation": orbit(26560.0, 5e-3, 0.96, 2.0, 0.3, 1.0),
    "geostationary": geostationary(70.0),
}
CARRIED_M_PER_DAY = {"low": 30.0, "station": 50.0, "navigation": 60.0, "geostationary": 60.0}
one_metre = 1e-3


@pytest.fixture(scope="module")
def told() -> Scenario:
    return scenario()


@pytest.mark.parametrize("name", sorted(ORBITS))
def test_mean_elements_carried_to_a_later_epoch_give_the_same_motion(name: str) -> None:
    for day in (1.0, 3.0, 10.0):
        times = np.linspace(day, day + 1, 50)
        r, _ = states(ORBITS[name], times)
        carried, _ = states(at(ORBITS[name], day), times)
        assert np.linalg.norm(carried - r, axis=1).max() * 1e3 < CARRIED_M_PER_DAY[name] * day


@pytest.mark.parametrize("name", sorted(ORBITS))
def test_relative_elements_undo_the_offset(name: str) -> None:
    rng = np.random.default_rng(7)
    for roe_km in rng.normal(0, 20, (50, 6)):
        found = relative(ORBITS[name], offset(ORBITS[name], roe_km))
        assert found == pytest.approx(roe_km, abs=1e-6)


@pytest.mark.parametrize("name", sorted(ORBITS))
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_kick_changes_the_velocity_by_itself_and_not_the_position(name: str, axis: int) -> None:
    o = at(ORBITS[name], 0.4)
    dv_m_s = np.zeros(3)
    dv_m_s[axis] = 2.0
    (r,), (v,) = states(o, [0.4])
    (r_after,), (v_after,) = states(kicked(o, dv_m_s), [0.4])
    # Mean elements stand in for osculating ones, and the eccentricity is taken as small.
    assert to_ric(v_after - v, r, v) * 1e3 == pytest.approx(dv_m_s, abs=0.05)
    assert np.linalg.norm(r_after - r) < 1.0


def test_guidance_arrives_to_a_metre() -> None:
    target = Track(1, "T", "", "GEO", coasting(geostationary(74.0)))
    start = coasting(offset(target.orbit(0.0), [0.0, 300.0, 5.0, 0.0, 4.0, 0.0]))
    goal = [0.0, -20.0, 0.0, 6.0, 0.0, 5.0]
    burns = [1.0, 1.3, 1.6, 4.0, 4.3, 4.6]
    chaser = transferred(Track(2, "C", "", "GEO", start), target, burns, 5.0, goal)
    assert relative(target.orbit(5.0), chaser.orbit(5.0)) == pytest.approx(goal, abs=one_metre)
    assert sum(np.linalg.norm(b.dv_ric_m_s) for b in chaser.burns) < 10


def test_a_state_gives_back_the_mean_elements_it_came_from() -> None:
    o = orbit(7100.0, 2e-3, 1.72, 0.4, 1.0, 2.0, bstar=5e-5)
    (r,), (v,) = states(o, [0.0])
    again = fitted(r, v, 0.0, bstar=o.bstar)
    assert np.linalg.norm(states(again, [0.5])[0] - states(o, [0.5])[0]) < one_metre


def test_a_geostationary_orbit_is_back_at_its_longitude_after_thirty_days() -> None:
    o: Orbit = geostationary(120.0)
    bend = [longitude(at(o, day)) - radians(120.0) for day in (0.0, 15.0, 30.0)]
    assert bend[0] == pytest.approx(0.0, abs=1e-9)
    assert bend[2] == pytest.approx(0.0, abs=radians(0.001))
    assert radians(0.01) < abs(bend[1]) < radians(0.25)


@pytest.mark.parametrize(
    "name",
    ["trilateral/synthetic-trilateral.omm.xml.gz", "commercial/synthetic-commercial.omm.json.gz"],
)
def test_a_part_drawn_again_is_the_committed_text_byte_by_byte(told: Scenario, name: str) -> None:
    assert TEXTS[name](told).encode() == gzip.decompress((SCENARIO / name).read_bytes())


def test_the_messages_drawn_again_are_the_committed_text(told: Scenario) -> None:
    name = "operator/synthetic-operator.cdm.kvn"
    assert TEXTS[name](told) == (SCENARIO / name).read_text()


def test_the_truth_file_holds_what_the_tracks_say(told: Scenario) -> None:
    committed = {
        e["event_id"]: e for e in json.loads((SCENARIO / "truth.json").read_text())["events"]
    }
    assert [e.event_id for e in told.events] == list(committed)
    for event in told.events:
        if event.end_d - event.start_d < 4.1:
            assert described(event, told.actors) == committed[event.event_id]


def test_noise_is_drawn_object_by_object_so_that_a_part_can_be_drawn_alone(told: Scenario) -> None:
    pair = [told.actors[330031], told.actors[330032]]
    assert seen(pair[1:], PUBLIC, 1 / 3)[330032] == seen(pair, PUBLIC, 1 / 3)[330032]


def test_slow_events_happen_in_the_public_sets_as_the_tracks_say(told: Scenario) -> None:
    history: dict[int, list[ElementSet]] = defaultdict(list)
    for one in read_files([SCENARIO / "public"]).elements:
        history[one.norad_id].append(one)
    typical_km = {"LEO": 0.25, "GEO": 2.0}
    for event in told.events:
        one, two = (told.actors[n] for n in event.norad_ids)
        if event.kind == "chance" or two.norad_id not in history:
            continue
        begin = max(event.start_d, one.start_d, two.start_d) + 1.0
        wrong_km = []
        for time_d in np.linspace(begin, event.end_d - 0.01, 40):
            time = utc(time_d)
            newest = [max((e for e in history[n] if e.epoch <= time), key=lambda e: e.epoch)
                      for n in event.norad_ids]  # fmt: skip
            jd, fr = julian(time)
            _, r_km, _ = Propagator(newest).grid(np.array([jd]), np.array([fr]))
            published_km = float(np.linalg.norm(r_km[1] - r_km[0]))
            wrong_km.append(abs(published_km - separation(one, two, np.array([time_d]))[0]))
        assert np.median(wrong_km) < typical_km[one.regime], event.event_id
