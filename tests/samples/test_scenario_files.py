"""The committed scenario: what it holds, that it can be read, and that its truth happens."""

import json
import re
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sda.elements import newest, read_files
from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit import Propagator
from sda.times import julian, julian_grid, parse_utc

SAMPLES = Path(__file__).parents[2] / "tle_samples"
SCENARIO = SAMPLES / "scenario"
TWO_MEGABYTES = 2_000_000
COMPANION = 900900001

Histories = dict[int, list[ElementSet]]


def histories(network: str) -> Histories:
    reading = read_files([SCENARIO / network])
    assert reading.rejects == ()
    found: Histories = defaultdict(list)
    for one in reading.elements:
        found[one.norad_id].append(one)
    return dict(found)


@pytest.fixture(scope="module")
def public() -> Histories:
    return histories("public")


@pytest.fixture(scope="module")
def commercial() -> Histories:
    return histories("commercial")


@pytest.fixture(scope="module")
def trilateral() -> Histories:
    return histories("trilateral")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SCENARIO / "truth.json").read_text())
    return told


@pytest.fixture(scope="module")
def demo_start(truth: dict[str, Any]) -> datetime:
    return parse_utc(truth["demo"]["at_utc"])


def known_by(sets: Histories, time: datetime) -> dict[int, ElementSet]:
    return {e.norad_id: e for e in newest(e for h in sets.values() for e in h if e.epoch <= time)}


def ranges(one: ElementSet, two: ElementSet, start: datetime, offsets_s: np.ndarray) -> np.ndarray:
    error, r_km, _ = Propagator([one, two]).grid(*julian_grid(start, offsets_s))
    assert not error.any()
    return np.linalg.norm(r_km[1] - r_km[0], axis=1)


def of_class(truth: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    return [e for e in truth["events"] if e["class"] in names]


def test_all_committed_files_stay_below_two_megabytes() -> None:
    sizes = [f.stat().st_size for f in SCENARIO.rglob("*") if f.is_file()]
    assert sum(sizes) <= TWO_MEGABYTES


def test_the_readme_counts_the_sets_of_every_file_and_none_is_rejected() -> None:
    table = dict(
        re.findall(r"\| `(\S+\.gz)` \|.*\| ([\d,]+) \|", (SAMPLES / "README.md").read_text())
    )
    files = {str(f.relative_to(SCENARIO)): f for f in SCENARIO.rglob("*.gz")}
    assert set(table) == set(files)
    for name, file in files.items():
        reading = read_files([file])
        assert reading.rejects == ()
        assert len(reading.elements) == int(table[name].replace(",", "")), name


def test_every_object_and_file_calls_itself_synthetic(
    public: Histories, commercial: Histories, trilateral: Histories
) -> None:
    everything = [e for sets in (public, commercial, trilateral) for h in sets.values() for e in h]
    assert all(e.name.startswith("EXERCISE ") for e in everything)
    assert all(330000 <= e.norad_id <= 339999 or e.norad_id > 900_000_000 for e in everything)
    assert all("synthetic" in f.name for f in SCENARIO.rglob("*.gz"))
    for readme in SCENARIO.rglob("README.md"):
        assert "EXERCISE - SYNTHETIC" in readme.read_text()
    assert len(public) > 2000


def test_actors_have_several_sets_a_day_and_the_background_one_every_other(
    public: Histories,
) -> None:
    counts = {n: len(h) / 30 for n, h in public.items()}
    actors = [c for n, c in counts.items() if n < 340_000]
    background = [c for n, c in counts.items() if 900_000_000 < n < 900_100_000]
    assert np.median(actors) == pytest.approx(3.0, abs=0.1)
    assert np.median(background) == pytest.approx(0.5, abs=0.05)


TYPICAL_KM = {"leo": (0.02, 0.6), "meo": (0.05, 1.5), "geo": (0.2, 5.0), "heo": (0.1, 12.0)}
"""Median distance of a background set, propagated to the next one's epoch, from that one."""


@pytest.mark.parametrize("regime", sorted(TYPICAL_KM))
def test_a_set_propagated_to_the_next_agrees_with_it_up_to_noise(regime: str) -> None:
    (file,) = SCENARIO.glob(f"public/synthetic-{regime}.*")
    found: Histories = defaultdict(list)
    for one in read_files([file]).elements:
        if one.norad_id < 900_100_000:
            found[one.norad_id].append(one)
    misses = []
    for history in list(found.values())[:: max(1, len(found) // 60)]:
        for before, after in pairwise(history):
            jd, fr = julian(after.epoch)
            error, r_km, v_km_s = Propagator([before, after]).grid(np.array([jd]), np.array([fr]))
            assert not error.any()
            misses.append(np.abs(to_ric(r_km[1] - r_km[0], r_km[0], v_km_s[0])[0]))
    least_km, most_km = TYPICAL_KM[regime]
    radial, in_track, cross_track = np.median(misses, axis=0)
    assert least_km < in_track < most_km
    assert radial < in_track
    assert cross_track < in_track


def test_designed_conjunctions_are_within_a_kilometre_in_truth_and_about_so_in_public(
    public: Histories, truth: dict[str, Any]
) -> None:
    half_km = 0.5
    for event in of_class(truth, "chance"):
        time = parse_utc(event["min_range_utc"])
        one, two = (known_by({n: public[n]}, time)[n] for n in event["norad_ids"])
        seen_km = ranges(one, two, time, np.linspace(-0.3, 0.3, 301)).min()
        assert event["min_range_km"] < 1.0
        assert event["relative_speed_km_s"] > 5.0
        assert seen_km == pytest.approx(event["min_range_km"], abs=half_km), event["event_id"]


def test_the_demonstration_sees_ten_conjunctions_below_five_kilometres(
    public: Histories, truth: dict[str, Any], demo_start: datetime
) -> None:
    known = known_by(public, demo_start)
    end = demo_start + timedelta(hours=truth["demo"]["hours"])
    seen = 0
    for event in of_class(truth, "chance"):
        time = parse_utc(event["min_range_utc"])
        if demo_start < time < end:
            one, two = (known[n] for n in event["norad_ids"])
            seen += ranges(one, two, time, np.linspace(-1, 1, 201)).min() < 5.0
    assert seen >= 10


@pytest.mark.parametrize(
    ("event_id", "least_km", "most_km"),
    [
        ("GEO-INSPECTOR-C", 1.0, 5.0),
        ("GEO-REFUELLING", 0.0, 0.05),
        ("GEO-SERVICING", 0.0, 0.05),
        ("GEO-BOX-12", 8.0, 25.0),
        ("LEO-HELIX", 0.2, 1.0),
        ("LEO-STATION-CREW", 0.0, 0.05),
        ("LEO-STATION-CARGO", 0.1, 5.0),
        ("LEO-SHADOW", 3.0, 6.0),
        ("LEO-TRAIN-12", 19.0, 21.0),
    ],
)
def test_the_demonstration_sees_the_slow_events_from_the_sets_known_at_its_start(
    public: Histories, truth: dict[str, Any], demo_start: datetime,
    event_id: str, least_km: float, most_km: float,
) -> None:  # fmt: skip
    (event,) = [e for e in truth["events"] if e["event_id"] == event_id]
    known = known_by(public, demo_start)
    one, two = (known[n] for n in event["norad_ids"])
    found = ranges(one, two, demo_start, np.arange(0.0, 86401.0, 60.0)).min()
    assert least_km <= found <= most_km


def test_only_the_trilateral_source_has_the_companion_and_it_comes_within_a_kilometre(
    public: Histories, commercial: Histories, trilateral: Histories,
    truth: dict[str, Any], demo_start: datetime,
) -> None:  # fmt: skip
    assert truth["only_trilateral"] == [COMPANION]
    assert COMPANION not in public
    assert COMPANION not in commercial
    (event,) = [e for e in truth["events"] if e["event_id"] == "GEO-COMPANION-C"]
    known = known_by(trilateral, demo_start)
    one, two = (known[n] for n in event["norad_ids"])
    assert ranges(one, two, demo_start, np.arange(0.0, 86401.0, 60.0)).min() < 1.0


def test_the_marked_sources_see_the_inspector_better_than_the_public(
    public: Histories, commercial: Histories, trilateral: Histories, truth: dict[str, Any]
) -> None:
    (event,) = [e for e in truth["events"] if e["event_id"] == "GEO-INSPECTOR-A"]
    start = parse_utc(event["start_utc"])

    def scatter_km(sets: Histories) -> float:
        misses = []
        for n in event["norad_ids"]:
            early = [e for e in sets[n] if start < e.epoch < start + timedelta(days=4)]
            for before, after in pairwise(early):
                misses.append(ranges(before, after, after.epoch, np.array([0.0]))[0])
        return float(np.median(misses))

    assert scatter_km(trilateral) < scatter_km(commercial) < scatter_km(public)
