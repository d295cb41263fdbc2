"""Operations (RPO) before the door: their facts, and who sees what of them."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from approaches import NOW, approach
from made_operations import CAME, EVIDENCE, STANDS, goes_on, operation

import sda.rpo.judgement
from sda.model import EVIDENCE as KNOWN
from sda.model import Evidence, Kind
from sda.times import format_utc
from sharing.policy import Engine
from sharing.registry import Registry
from sharing.release import Rendition, Showing, is_one_event, release, solution_of

MARKED = ("trilateral", ("trilateral",))
OPEN = ("public", ("public",))


def shown(registry, engine, partner, *solutions):
    decided = release(registry.partners[partner], list(solutions), registry, engine, NOW)
    return [one.release for one in decided if one.release is not None]


def facts_of(made):
    return {fact.name: fact.value for fact in made.facts}


def test_every_fact_of_an_operation_says_its_value_in_its_unit(registry: Registry) -> None:
    one = operation()
    made = solution_of(*OPEN, one, registry)
    assert [(fact.name, fact.value, fact.unit) for fact in made.facts] == [
        ("norad_id_1", 100, ""),
        ("name_1", "INSPECTOR", ""),
        ("norad_id_2", 90000, ""),
        ("name_2", "TARGET", ""),
        ("tca", format_utc(one.tca), ""),
        ("miss_distance", 3.171, "km"),
        ("episode_start", format_utc(CAME), ""),
        ("episode_end", format_utc(STANDS), ""),
        ("sigma", 2.1, "km"),
        ("resolvable", True, ""),
        ("regime", "GEO", ""),
        ("hill_speed", 0.000376, "km/s"),
        ("dwell", 210.25, "h"),
        ("operation_class", "loiter", ""),
        ("verdict", "probable", ""),
        ("score", 98.5, ""),
        ("declared", False, ""),
        ("actor", 100, ""),
        ("evidence_least_range", 3.171, "km"),
        ("evidence_arrival", 3.25, "deg"),
        ("evidence_other_launch", "2010-990 and 2012-031", ""),
        ("sources", "public", ""),
    ]
    assert (made.kind, made.tca, made.pair) == ("rpo", one.tca, (100, 90000))


def test_what_is_not_known_of_an_operation_makes_no_fact(registry: Registry) -> None:
    bare = replace(
        operation(),
        miss_km=None,
        hill_speed_km_s=None,
        actor_norad_id=None,
        sigma_km=None,
        evidence=(),
    )
    names = {fact.name for fact in solution_of(*OPEN, bare, registry).facts}
    whole = {fact.name for fact in solution_of(*OPEN, operation(), registry).facts}
    gone = {"miss_distance", "hill_speed", "actor", "sigma"}
    assert names == whole - gone - {name for name in whole if name.startswith("evidence_")}


def test_evidence_of_one_name_may_be_told_in_two_units(registry: Registry) -> None:
    """By regime a manoeuvre is a speed, or how far off its course a pair is."""
    first, second = (
        operation(evidence=(Evidence("manoeuvre", 1.5, unit, ">= 1", 20.0),))
        for unit in ("m/s", "km from where it would be")
    )
    units = [solution_of(*OPEN, one, registry).facts[-2].unit for one in (first, second, first)]
    assert units == ["m/s", "km from where it would be", "m/s"]


def test_every_name_of_evidence_that_the_search_tells_is_known() -> None:
    folder = Path(sda.rpo.judgement.__file__).parent
    text = "".join(path.read_text() for path in folder.glob("*.py"))
    told = {*re.findall(r'Evidence\(\s*"([a-z-]+)"', text)}
    told |= {*re.findall(r'below\(\s*case,\s*"([a-z-]+)"', text)}
    assert told == {*KNOWN}


def test_evidence_of_an_unknown_name_withholds_the_operation_whole(
    registry: Registry, engine: Engine
) -> None:
    strange = operation(evidence=(*EVIDENCE, Evidence("hunch", 1.0, "", "", 5.0)))
    made = solution_of(*OPEN, strange, registry)
    assert (made.facts, made.fault) == ((), "nothing is known of facts evidence_hunch")
    decided = release(registry.partners["aus"], [made], registry, engine, NOW)
    assert [one.release for one in decided] == [None]


def test_what_open_sources_lead_to_is_seen_by_everybody_in_full(
    registry: Registry, engine: Engine
) -> None:
    for partner in registry.partners:
        (made,) = shown(registry, engine, partner, solution_of(*OPEN, operation(), registry))
        assert (made.kind, made.rendition, made.banner) == ("rpo", Rendition.FULL, "UNCLASSIFIED")
        assert facts_of(made)["evidence_arrival"] == 3.25


def test_a_marked_operation_reaches_those_it_is_marked_for_alone(
    registry: Registry, engine: Engine
) -> None:
    one = solution_of(*MARKED, operation(), registry)
    (made,) = shown(registry, engine, "aus", one)
    assert (made.rendition, made.banner) == (Rendition.FULL, "SECRET//REL TO USA, AUS, GBR")
    for partner in registry.partners.keys() - {"aus", "gbr", "ood"}:
        assert shown(registry, engine, partner, one) == []


def test_where_values_are_coarse_the_assessment_says_what_and_no_number(
    registry: Registry, engine: Engine
) -> None:
    """A score, a time of staying and what was observed would tell how near it came, and when."""
    commercial = solution_of("commercial", ("commercial",), operation(), registry)
    coarse = [
        made
        for partner in registry.partners
        for made in shown(registry, engine, partner, commercial)
        if made.rendition == Rendition.TEAR_LINE
    ]
    assert coarse
    for made in coarse:
        facts = facts_of(made)
        assert facts.keys() == {
            *("norad_id_1", "name_1", "norad_id_2", "name_2", "tca", "miss_distance"),
            *("episode_start", "episode_end", "regime"),
            *("operation_class", "verdict", "declared", "actor"),
        }
        assert (facts["miss_distance"], facts["operation_class"]) == ("<5", "loiter")
        assert not [name for name in made.omitted if name.startswith("evidence_")]


@pytest.mark.parametrize("turned", [False, True])
def test_an_operation_and_an_approach_of_its_pair_are_told_apart(
    registry: Registry, engine: Engine, turned: bool
) -> None:
    ahead = approach(1, pair=(100, 90000), kind=Kind.PROXIMITY)
    up_to_now = operation(tca=ahead.tca + timedelta(minutes=1))
    solutions = [solution_of(*OPEN, one, registry) for one in (ahead, up_to_now)]
    made = shown(registry, engine, "per", *(reversed(solutions) if turned else solutions))
    assert [one.kind for one in made] == ["proximity", "rpo"]
    decided = release(registry.partners["per"], solutions, registry, engine, NOW)
    assert all(reason.decision is Showing.SEE for one in decided for reason in one.reasons)


@pytest.mark.parametrize("kind", [Kind.PROXIMITY, Kind.CROSSING])
def test_an_operation_of_one_source_is_no_event_of_another_sources_approach(
    registry: Registry, engine: Engine, kind: Kind
) -> None:
    ahead = approach(1, pair=(100, 90000), kind=kind)
    solutions = [
        solution_of(*MARKED, ahead, registry),
        solution_of(*OPEN, operation(tca=ahead.tca), registry),
    ]
    made = shown(registry, engine, "aus", *solutions)
    assert sorted((one.kind, one.solution) for one in made) == [
        (str(kind), "trilateral"),
        ("rpo", "public"),
    ]


def test_of_an_operation_from_two_sources_the_better_one_is_shown(
    registry: Registry, engine: Engine
) -> None:
    solutions = [solution_of(*source, operation(), registry) for source in (OPEN, MARKED)]
    for partner, name in (("aus", "trilateral"), ("per", "public")):
        (made,) = shown(registry, engine, partner, *solutions)
        assert made.solution == name


def test_an_approval_holds_for_an_operation_until_it_comes_nearer(registry: Registry) -> None:
    one, rules = operation(), registry.rules
    later = goes_on(one, 24)
    assert is_one_event(one.kind, one.tca, later.kind, later.tca, rules)
    nearer = goes_on(one, 24, tca=STANDS, miss_km=1.5)
    assert not is_one_event(one.kind, one.tca, nearer.kind, nearer.tca, rules)
    for kind in Kind:
        assert not is_one_event(one.kind, one.tca, kind, one.tca, rules)
