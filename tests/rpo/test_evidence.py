"""Evidence: what each observation needs, where its tiers end, which way it counts."""

from dataclasses import replace
from math import inf, nan, nextafter, radians

import pytest
from any_cases import cases
from hypothesis import given, settings
from made_cases import CONFIG, NEEDED, SHOWN, aged, case, drifted, high, inclined, low, related

from sda.orbit import Regime
from sda.rpo.judgement.evidence import ACTIVITY, AGAINST, PROXIMITY, collected
from sda.rpo.model import Evidence

ALL = (*PROXIMITY, *ACTIVITY, *AGAINST)
POINTS = CONFIG.points


def named(one, observations=ALL) -> dict[str, Evidence]:
    return {found.name: found for found in collected(one, observations)}


def name_of(key: str) -> str:
    return key.removesuffix("_leo").removesuffix("_geo").replace("_", "-")


@pytest.mark.parametrize("key", SHOWN)
def test_an_observation_is_made_where_all_that_it_needs_is_there(key):
    found = named(SHOWN[key])[name_of(key)]
    assert found.points
    assert found.value != ""
    worth = getattr(POINTS, name_of(key).replace("-", "_"), None)
    if worth is not None:
        worth = worth.of(SHOWN[key].regime) if hasattr(worth, "of") else worth
        assert found.points == worth


@pytest.mark.parametrize(("name", "lacking", "without"), NEEDED, ids=lambda x: str(x)[:30])
def test_an_observation_is_not_made_without_one_thing_that_it_needs(name, lacking, without):
    assert name_of(name) not in named(without), lacking


def test_each_observation_is_shown_and_refuted():
    made = {found.name for one in SHOWN.values() for found in collected(one, ALL)}
    assert made == {name_of(key) for key in SHOWN}
    names = {observe.__name__ for observe in ALL}
    # By degrees, or what is there always; their ends are tried below.
    by_degree = {"least_range", "hill_speed", "dwell", "plane", "semi_major_axis", "launch"}
    assert names - by_degree == {name for name, _, _ in NEEDED} - {"many_launch", "same_launch"}


def _measured(name, regime, value):
    """A day on which one quantity has a value."""
    day = low(114) if regime == "LEO" else high(114)
    match name:
        case "least_range_km":
            return replace(day, min_range_km=value)
        case "hill_speed_m_s":
            return replace(day, min_hill_speed_km_s=value / 1000)
        case "dwell_hours":
            return replace(day, dwell_s=value * 3600)
        case "plane_km":
            return related(day, dix_km=0.0, diy_km=-value)
        case "semi_major_axis_km":
            return related(day, da_km=-value)
    raise AssertionError(name)


TIERS = [
    (name, regime, place)
    for name in ("least_range_km", "hill_speed_m_s", "dwell_hours", "plane_km",
                 "semi_major_axis_km")
    for regime in ("LEO", "GEO")
    for place in range(len(getattr(CONFIG.tiers, name).of(Regime(regime))))
]  # fmt: skip


@pytest.mark.parametrize(("name", "regime", "place"), TIERS)
def test_a_tier_ends_where_it_says(name, regime, place):
    steps = getattr(CONFIG.tiers, name).of(Regime(regime))
    limit, points = steps[place]
    evidence = {"dwell_hours": "dwell"}.get(
        name, name.removesuffix("_km").removesuffix("_m_s").replace("_", "-")
    )
    more = name == "dwell_hours"
    # A hair's breadth, wider than the rounding of the units.
    within = limit if more else limit * (1 - 1e-9)
    beyond = limit * (1 - 1e-9) if more else limit * (1 + 1e-9)
    assert named(case([_measured(name, regime, within)]))[evidence].points == points
    after = named(case([_measured(name, regime, beyond)])).get(evidence)
    following = steps[place + 1][1] if place + 1 < len(steps) else 0
    assert (after.points if after else 0) == following


@pytest.mark.parametrize("regime", ["LEO", "GEO"])
def test_what_is_not_known_is_no_evidence(regime):
    day = low(114) if regime == "LEO" else high(114)
    silent = replace(day, min_hill_speed_km_s=nan)
    assert "hill-speed" not in named(case([silent]))
    assert "plane" not in named(case([related(day, dix_km=inf)]))


def test_a_limit_that_is_met_exactly_is_not_below_it():
    bounded = CONFIG.limits.bounded_km
    below = low(114, max_range_km=nextafter(bounded, 0.0))
    assert "bounded" in named(case([below]))
    assert "bounded" not in named(case([replace(below, max_range_km=bounded)]))
    limits = CONFIG.limits
    apart = replace(below, min_range_km=limits.merged_km, max_range_km=limits.merged_km)
    assert "merged" not in named(case([apart]))


@pytest.mark.parametrize("da_km", [0.005, 0.02, 0.1, 0.25, 0.45, 1.0, 3.0, -0.02, -0.45])
def test_drift_alone_is_no_activity_however_fast(da_km):
    assert not named(case(drifted(da_km)), ACTIVITY)


@given(cases())
@settings(max_examples=40, deadline=None)
def test_what_speaks_for_counts_up_and_what_speaks_against_down(one):
    for found in collected(one, (*PROXIMITY, *ACTIVITY)):
        assert found.points > 0, found
    for found in collected(one, AGAINST):
        assert found.points < 0, found
    names = [found.name for found in collected(one, ALL)]
    assert len(names) == len({*names})
    for found in collected(one, ALL):
        assert isinstance(found.value, str) or found.value == found.value


@given(cases())
@settings(max_examples=40, deadline=None)
def test_evidence_does_not_depend_on_who_asks_first(one):
    forth = [observe(replace(one)) for observe in ALL]
    back = [observe(one) for observe in reversed(ALL)]
    assert forth == back[::-1]


def test_a_plane_says_nothing_more_when_it_is_not_inclined():
    limit_deg = CONFIG.limits.tuned_plane_min_inclination_deg
    flat = case([inclined(high(114), limit_deg)])
    assert "tuned-plane" not in named(flat)
    tilted = case([inclined(high(114), limit_deg + 0.01)])
    assert "tuned-plane" in named(tilted)
    assert "plane" not in named(tilted)
    off = case([inclined(high(114, plane_rad=radians(0.021)), 1.0)])
    assert "tuned-plane" not in named(off)


@pytest.mark.parametrize(("regime", "days"), [("LEO", 2.0), ("GEO", 3.0)])
def test_the_older_of_both_sets_says_whether_a_day_is_stale(regime, days):
    day = low(114) if regime == "LEO" else high(114)
    old = aged(day, days)
    assert named(case([old]))["stale"].value == pytest.approx(days)
    other = replace(old, set_1=replace(old.set_2, norad_id=1), set_2=replace(old.set_1, norad_id=2))
    assert named(case([other]))["stale"].value == pytest.approx(days)
    assert "stale" not in named(case([day]))
