"""Known encounters, computed elsewhere; the element sets may not be copied, so they lie outside."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sda.configuration import read_toml
from sda.elements import read_text
from sda.model import Kind
from sda.screening import ScreeningConfig, exhaustive

ROOT = Path(__file__).parents[2]
CASES = ROOT / "../shared/data/rpo/cases.json"
# Two objects over a day: the longest step is the fastest, and gives the same rows.
CONFIG = read_toml(ROOT / "config/screening.toml", ScreeningConfig).model_copy(
    update={"step_s": 20.0}
)

one_millisecond = timedelta(milliseconds=1)
one_metre_km = 1e-3
one_millimetre_per_second_km_s = 1e-6
digits_of_the_case_km = 1e-6

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason=f"{CASES} is not here")


def _cases():
    if not CASES.is_file():
        return []
    computed = json.loads(CASES.read_text())["computed"]
    return [case for case in computed if all(line for lines in case["tle"] for line in lines)]


def _screen(case, threshold_km):
    elements = []
    for one, two in case["tle"]:
        # Checksums of these lines are not sound.
        elements += read_text(f"{one[:68]}\n{two[:68]}\n", "cases.json").elements
    start = datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(
        days=case["window_start_jd"] - 2451545.0
    )
    return start, exhaustive(elements, start, 24.0, threshold_km, CONFIG).approaches


def test_iridium_33_meets_cosmos_2251():
    case = next(case for case in _cases() if case["label"].startswith("chance collision"))
    _, (before, collision, _after) = _screen(case, 50.0)
    assert collision.kind is Kind.CROSSING
    assert (collision.norad_id_1, collision.norad_id_2) == (22675, 24946)
    assert abs(collision.tca - datetime(2009, 2, 10, 16, 55, 59, 795800, UTC)) < one_millisecond
    assert collision.miss_km == pytest.approx(0.698010, abs=digits_of_the_case_km)
    assert collision.relative_speed_km_s == pytest.approx(
        11.647244, abs=one_millimetre_per_second_km_s
    )
    # From Iridium 33's frame the miss is (-0.0318, -0.4368, 0.5435); this is Cosmos 2251's.
    ric_km = (collision.radial_km, collision.in_track_km, collision.cross_track_km)
    assert ric_km == pytest.approx((0.0317, 0.4365, 0.5438), abs=one_metre_km)
    assert abs(before.tca - datetime(2009, 2, 10, 16, 5, 42, 490500, UTC)) < one_millisecond
    assert before.miss_km == pytest.approx(27.2478, abs=one_metre_km)
    assert len(collision.minima) == 1


@pytest.mark.parametrize(
    "case", [case for case in _cases() if "n_minima" in case], ids=lambda case: case["label"]
)
def test_slow_pairs_are_one_episode_with_all_their_minima(case):
    """The cases took the range rate from SGP4's velocities, we take it from its positions.

    So their minima lie beside the least range: by milliseconds in low orbit, by seconds and up to
    2 m in geostationary orbit, and never below it.
    """
    start, approaches = _screen(case, case["range_max_km"] + 10.0)
    (episode,) = approaches
    assert episode.kind is Kind.PROXIMITY
    assert episode.episode_start == start
    assert episode.episode_end == start + timedelta(hours=24)
    assert len(episode.minima) == case["n_minima"]
    assert episode.miss_km <= case["range_min_km"] + 1e-4  # printed to four digits
    geostationary = "GEO" in case["label"] or "Luch" in case["label"]
    apart_km = 2.5 * one_metre_km if geostationary else one_metre_km
    for theirs in case["minima"]:
        when = start + timedelta(seconds=theirs["t_s"])
        ours = min(episode.minima, key=lambda minimum: abs(minimum.utc - when))
        assert ours.range_km <= theirs["range_km"] + digits_of_the_case_km
        assert ours.range_km == pytest.approx(theirs["range_km"], abs=apart_km)
        if not geostationary:
            assert abs(ours.utc - when) < 10 * one_millisecond
