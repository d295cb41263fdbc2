"""The score: a sum, which gates only lower; each number of the configuration matters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from math import inf, nextafter

import pytest
from any_cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import (
    APART,
    CAME,
    CONFIG,
    DEAD,
    NEEDED,
    SHOWN,
    TOGETHER,
    after,
    aged,
    away,
    case,
    drifted,
    high,
    level,
    low,
    related,
    slot,
    visitor,
)
from pydantic import BaseModel

from sda.orbit import Regime
from sda.rpo.config import ByRegime, RpoConfig, StepsByRegime
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.classes import actor_of, class_of
from sda.rpo.judgement.evidence import AGAINST
from sda.rpo.judgement.scoring import scored, verdict_of
from sda.rpo.judgement.ties import is_worth_following
from sda.rpo.model import EventClass, Verdict

GATES = CONFIG.gates
CAPS = {getattr(GATES, name) for name in type(GATES).model_fields}


@given(cases())
@settings(max_examples=40, deadline=None)
def test_the_score_is_the_sum_as_far_as_a_gate_lets_it(one):
    score = scored(one)
    total = max(0.0, sum(found.points for found in score.evidence))
    if score.gate:
        assert score.points in CAPS
        assert score.points < total
    else:
        assert score.points == total


@given(cases())
@settings(max_examples=40, deadline=None)
def test_what_explains_a_pair_never_raises_its_score(one):
    points = scored(one).points
    righted = scored(replace(one, right="constellation ABC"))
    assert righted.points <= min(points, GATES.known_neighbours)
    dead = scored(replace(one, ties=replace(one.ties, passive=(True, True))))
    bodies = any(found.name == "active-body" for found in dead.evidence)
    assert bodies or dead.points <= min(points, GATES.passive)
    if one.ties.launch_objects:
        many = scored(replace(one, ties=replace(one.ties, launch_objects=50)))
        assert many.points <= points
    days = list(one.encounters)
    days[one.day] = aged(days[one.day], 4.5)
    assert scored(replace(one, encounters=tuple(days))).points <= points


@given(cases())
@settings(max_examples=40, deadline=None)
def test_evidence_left_out_of_the_case_against_never_lowers_the_score(one):
    score = scored(one)
    against = {observe(one) for observe in AGAINST} - {None}
    for found in against:
        assert found in score.evidence


@given(cases())
@settings(max_examples=40, deadline=None)
def test_whatever_a_pair_is_it_has_a_class_and_only_one_of_the_two_acts(one):
    assert class_of(one, scored(one)) in EventClass
    assert actor_of(one) in (None, *one.today.pair)


@given(st.floats(-100, 300))
def test_a_verdict_holds_from_its_points_on(points):
    limits = CONFIG.verdicts
    verdict = verdict_of(points, limits)
    assert (verdict is Verdict.PROBABLE) == (points >= limits.probable)
    assert (verdict is Verdict.NONE) == (points < limits.watch)
    assert (verdict in (Verdict.PROBABLE, Verdict.POSSIBLE)) == (points >= limits.possible)


@pytest.mark.parametrize("name", ["probable", "possible", "watch"])
def test_a_verdict_begins_exactly_at_its_limit(name):
    limit = getattr(CONFIG.verdicts, name)
    assert verdict_of(limit, CONFIG.verdicts).value == name
    assert verdict_of(nextafter(limit, -inf), CONFIG.verdicts).value != name


GATED = {
    "no_activity": case([low(114, 0.5, max_range_km=2.0)]),
    "same_launch": SHOWN["same_launch"],
    "unsteered": case(drifted(0.35, 20)),
    "steady": SHOWN["steady"],
    "known_neighbours": replace(SHOWN["arrival_leo"], right="station 5"),
    "passive": replace(SHOWN["merged"], ties=DEAD),
}


def test_each_gate_has_a_case():
    assert GATED.keys() == type(GATES).model_fields.keys()


@pytest.mark.parametrize("name", GATED)
def test_a_gate_shuts_where_it_is_set(name):
    one = GATED[name]
    shut = getattr(GATES, name)
    lower = GATES.model_copy(update={name: shut - 3.0})
    score = scored(replace(one, config=CONFIG.model_copy(update={"gates": lower})))
    assert (score.points, bool(score.gate)) == (shut - 3.0, True)
    assert scored(one).points <= shut


@pytest.mark.parametrize("key", ["arrival_leo", "arrival_geo", "returned", "manoeuvre_leo"])
def test_who_acted_is_not_capped_for_want_of_activity(key):
    assert scored(SHOWN[key]).gate == ""
    assert scored(SHOWN[key]).points > GATES.no_activity


@pytest.mark.parametrize("key", ["roamer", "active_body", "arrival_geo", "returned"])
def test_activity_opens_no_other_gate(key):
    righted = scored(replace(SHOWN[key], right="constellation ABC"))
    assert righted.points == GATES.known_neighbours
    assert righted.gate == "constellation ABC"


def _gallery() -> Iterator[Case]:
    """Cases on both sides of every limit."""
    yield from SHOWN.values()
    yield from (one for _, _, one in NEEDED)
    yield from GATED.values()
    held = [related(low(d, 40.0, max_range_km=90.0), da_km=2.0) for d in range(80, 115, 2)]
    yield case(held)
    yield case([replace(one, plane_rad=0.0008) for one in held])
    yield case([*drifted(0.0873)])
    yield case([low(114, dwell_s=5400.0, plane_rad=0.02)])
    yield case([related(low(114, dwell_s=1800.0, plane_rad=0.02), da_km=0.7)])
    yield case([related(low(114, dwell_s=1800.0, plane_rad=0.0005), da_km=3.0)])
    yield case([away(low(112), 140.0), low(114)], courses=(level(1), level(2, raised_at=112)))
    yield case([related(high(d, 90.0), da_km=3.0) for d in (112, 113, 114)])
    yield case([low(80), away(low(81), 149.0), *(low(d, 45.0) for d in range(82, 115))])
    yield case([high(114)], courses=(visitor(1), visitor(2)), ties=TOGETHER)
    yield case([high(114, 30.0)], courses=(visitor(1), slot(2, 20.3)), ties=APART)
    yield from (case([low(114, min_hill_speed_km_s=m_s / 1000)]) for m_s in (3.0, 15.0))
    yield case([high(114, min_hill_speed_km_s=0.002)])
    apart = SHOWN["arrival_geo"].encounters[:2]
    beside = (related(high(d, 60.0), dlambda_km=100.0) for d in (112, 113, 114))
    yield case([*apart, *beside], courses=CAME)
    new = replace(APART, since=(after(40), after(-3000)))
    for range_km in (3.0, 30.0):
        stay = (high(d, range_km) for d in (112, 113, 114))
        yield case([*apart, *stay], courses=(visitor(1, places=1), slot(2)), ties=new)
    yield case([aged(high(114), 4.0)])
    yield case([away(low(104), da_km=1.2), related(low(114), da_km=0.4)])
    shadow = [related(low(d, 40.0 + d % 40), da_km=0.6) for d in range(84, 115, 2)]
    yield case(shadow)
    burn = (level(1), level(2, raised_at=112))
    yield case([away(low(111), 200.0), away(low(113), 200.0), low(114, 20.0)], courses=burn)
    yield case([low(d, 50.0, dwell_s=50000.0) for d in range(80, 115)], ties=TOGETHER)


GALLERY = tuple(_gallery())


def _judged(one: Case, config: RpoConfig) -> object:
    told = replace(one, config=config)
    score = scored(told)
    followed = is_worth_following(one.today, one.ties, config)
    return score, class_of(told, score), actor_of(told), followed


@cache
def _before() -> tuple[object, ...]:
    return tuple(_judged(one, CONFIG) for one in GALLERY)


def _matters(config: RpoConfig) -> bool:
    return any(
        _judged(one, config) != before for one, before in zip(GALLERY, _before(), strict=True)
    )


def _numbers(section: str) -> Iterator[tuple[str, str, Callable[[float], RpoConfig]]]:
    """Yield each number of a section, and how to set it."""
    table: BaseModel = getattr(CONFIG, section)

    def put(name: str, value: object) -> RpoConfig:
        return CONFIG.model_copy(update={section: table.model_copy(update={name: value})})

    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, StepsByRegime):
            for regime in ("leo", "geo"):
                steps = getattr(value, regime)
                for place, (limit, points) in enumerate(steps):

                    def changed(
                        factor, name=name, value=value, regime=regime, place=place, steps=steps,
                        limit=limit, points=points,
                    ):  # fmt: skip
                        new = (*steps[:place], (limit * factor, points * factor),
                               *steps[place + 1 :])  # fmt: skip
                        return put(name, value.model_copy(update={regime: new}))

                    yield f"{name}.{regime}.{place}", section, changed
        elif isinstance(value, ByRegime):
            for regime in ("leo", "geo"):

                def changed(factor, name=name, value=value, regime=regime):
                    new = {regime: getattr(value, regime) * factor}
                    return put(name, value.model_copy(update=new))

                yield f"{name}.{regime}", section, changed
        else:

            def changed(factor, name=name, value=value):
                return put(name, value * factor)

            yield name, section, changed


NUMBERS = [
    pytest.param(changed, id=f"{section}.{name}")
    for section in ("points", "limits", "tiers", "gates")
    for name, section, changed in _numbers(section)
]


@pytest.mark.parametrize("changed", NUMBERS)
def test_each_number_of_the_configuration_changes_what_is_told_of_some_pair(changed):
    assert any(_matters(changed(factor)) for factor in (1e3, 1e-3, 0.5))


def test_the_regime_of_the_day_chooses_the_numbers():
    belt = CONFIG.tiers.dwell_hours.geo[0]
    medium = replace(
        high(114),
        set_1=replace(high(114).set_1, mean_motion_rev_day=2.0),
        set_2=replace(high(114).set_2, mean_motion_rev_day=2.0),
    )
    made = case([medium], courses=(slot(1), slot(2)))
    assert made.regime is Regime.MEO
    (dwell,) = [found for found in scored(made).evidence if found.name == "dwell"]
    assert dwell.points == belt[1]
