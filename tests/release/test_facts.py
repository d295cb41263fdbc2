"""Facts of a close approach: values, units and groups, and what gives which other away."""

from dataclasses import replace

import pytest
from approaches import COVARIANCE, STATES, approach, told

from sda.model import EVIDENCE, Kind
from sda.times import format_utc
from sharing.errors import ReleaseError
from sharing.registry import Registry
from sharing.release.facts import (
    FACTS,
    IDENTITY,
    OF_APPROACHES,
    Coarse,
    Marker,
    age_of,
    group_of,
    solution_of,
)

EVIDENCE_FACTS = {f"evidence_{name.replace('-', '_')}" for name in EVIDENCE}
WHOLE = replace(approach(50, kind=Kind.PROXIMITY), probability=3e-6, probability_method="HALL-2021")


def test_every_fact_says_its_value_in_its_unit(registry: Registry) -> None:
    made = solution_of("public", ("public",), WHOLE, registry)
    start, end = WHOLE.episode_start, WHOLE.episode_end
    assert start is not None
    assert end is not None
    assert [(fact.name, fact.value, fact.unit) for fact in made.facts] == [
        ("norad_id_1", 5, ""),
        ("name_1", "OBJECT 5", ""),
        ("norad_id_2", 6, ""),
        ("name_2", "OBJECT 6", ""),
        ("tca", format_utc(WHOLE.tca), ""),
        ("miss_distance", 0.42, "km"),
        ("relative_speed", 11.2, "km/s"),
        ("radial", 0.1, "km"),
        ("in_track", -0.2, "km"),
        ("cross_track", 0.3, "km"),
        ("max_probability", 2e-5, ""),
        ("probability", 3e-6, ""),
        ("probability_method", "HALL-2021", ""),
        ("age_1", 0.5, "d"),
        ("age_2", 0.7, "d"),
        ("episode_start", format_utc(start), ""),
        ("episode_end", format_utc(end), ""),
        ("n_minima", 1, ""),
        ("sigma", 0.21, "km"),
        ("resolvable", True, ""),
        ("dilution", 0.42 / 18**0.5, "km"),
        ("state_1", STATES[0], "km, km/s"),
        ("state_2", STATES[1], "km, km/s"),
        ("covariance_1", COVARIANCE, "m**2, m**2/s, m**2/s**2"),
        ("covariance_2", COVARIANCE, "m**2, m**2/s, m**2/s**2"),
        ("sources", "public", ""),
    ]
    assert (made.name, made.sources, made.pair) == ("public", ("public",), (5, 6))
    assert Marker(registry).solution("public", ("public",), WHOLE).age == made.age == (0, 0)
    assert (made.kind, made.tca, made.fault) == ("proximity", WHOLE.tca, "")
    assert IDENTITY == ("norad_id_1", "norad_id_2")


def test_messages_of_one_run_are_told_apart_by_their_place_and_element_sets_are_not() -> None:
    assert age_of(WHOLE, 7) == (0, 0)
    assert age_of(WHOLE, 7, 3) == (3, 0)
    assert age_of(told(WHOLE), 7) == (0, 7)
    assert age_of(told(WHOLE), 7, 3) == (3, 7)


def test_where_over_the_equator_is_said_in_degrees(registry: Registry) -> None:
    made = solution_of("public", ("public",), replace(WHOLE, longitude_deg=20.25), registry)
    (fact,) = (fact for fact in made.facts if fact.name == "longitude")
    assert (fact.value, fact.unit) == (20.25, "deg")


def test_the_groups_by_which_policies_know_facts() -> None:
    groups: dict[str, set[str]] = {}
    for fact in (*FACTS, "sources", "disagreement"):
        groups.setdefault(group_of(fact), set()).add(fact)
    assert groups == {
        "identity": {"norad_id_1", "name_1", "norad_id_2", "name_2", "regime"},
        "timing": {"tca", "episode_start", "episode_end", "dwell"},
        "geometry": {
            "miss_distance",
            "relative_speed",
            "radial",
            "in_track",
            "cross_track",
            "longitude",
            "hill_speed",
            "state_1",
            "state_2",
        },
        "assessment": {
            *("operation_class", "verdict", "score", "declared", "actor"),
            *EVIDENCE_FACTS,
        },
        "probability": {"max_probability", "probability"},
        "quality": {
            "probability_method",
            "age_1",
            "age_2",
            "n_minima",
            "sigma",
            "resolvable",
            "dilution",
            "covariance_1",
            "covariance_2",
            "disagreement",
        },
        "provenance": {"sources"},
    }


def test_what_a_fact_gives_away_is_named() -> None:
    """A component, a probability, an error and a dilution give the distance; ages the time.

    A state gives all of the geometry, a covariance the errors; what is observed of an operation
    how near a pair came, and for how long.
    """
    states, covariances = {"state_1", "state_2"}, {"covariance_1", "covariance_2"}
    judged = EVIDENCE_FACTS | {"dwell", "score"}
    given: dict[str, set[str]] = {}
    if_there: dict[str, set[str]] = {}
    for fact, kind in FACTS.items():
        for other in kind.betrays:
            given.setdefault(other, set()).add(fact)
        for other in kind.betrays_if_there:
            if_there.setdefault(other, set()).add(fact)
    assert given == {
        "miss_distance": {
            "radial",
            "in_track",
            "cross_track",
            "max_probability",
            "probability",
            "sigma",
            "resolvable",
            "dilution",
            *states,
            *covariances,
            *judged,
        },
        "tca": {
            *("age_1", "age_2", "episode_start", "episode_end", "longitude", "sigma"),
            *states,
            *covariances,
            *judged,
        },
        "episode_start": EVIDENCE_FACTS,
        "episode_end": EVIDENCE_FACTS,
        "relative_speed": {"probability_method", *states},
        "radial": states,
        "in_track": states,
        "cross_track": states,
    }
    errors = ("sigma", "resolvable", "probability", "probability_method")
    assert if_there == {"longitude": states} | dict.fromkeys(errors, covariances)
    by_being = {fact for fact, kind in FACTS.items() if kind.speaks_by_being}
    assert by_being == states | covariances | EVIDENCE_FACTS | {"actor"}


def test_the_coarse_form_of_each_fact() -> None:
    forms: dict[Coarse, set[str]] = {}
    for fact, kind in FACTS.items():
        forms.setdefault(kind.coarse, set()).add(fact)
    assert forms[Coarse.SAME] == {
        *("norad_id_1", "name_1", "norad_id_2", "name_2", "regime"),
        *("operation_class", "verdict", "declared", "actor"),
    }
    assert forms[Coarse.TIME] == {"tca", "episode_start", "episode_end"}
    assert forms[Coarse.GRID] == {
        "miss_distance",
        "relative_speed",
        "max_probability",
        "probability",
    }


def test_a_value_that_is_absent_makes_no_fact(registry: Registry) -> None:
    made = solution_of("cdm-public", ("public",), told(approach(50)), registry)
    absent = {"age_1", "age_2", "episode_start", "episode_end", "longitude"}
    assert {fact.name for fact in made.facts} == {*OF_APPROACHES, "sources"} - absent


def test_sources_are_each_named_once_in_order_and_mark_every_fact(registry: Registry) -> None:
    made = solution_of("x", ("trilateral", "public", "trilateral"), WHOLE, registry)
    assert made.sources == ("public", "trilateral")
    assert made.facts[-1].value == "public trilateral"
    for fact in made.facts:
        assert fact.sources == ("public", "trilateral")
        assert fact.marking.banner == "SECRET//REL TO USA, AUS, GBR"


def test_every_line_of_the_marking_of_a_message_counts(registry: Registry) -> None:
    for marking, banner in (
        ("", "UNCLASSIFIED"),
        ("C//REL TO USA, AUS, GBR", "CONFIDENTIAL//REL TO USA, AUS, GBR"),
        ("C//REL TO USA, AUS, GBR\nS//REL TO USA, AUS", "SECRET//REL TO USA, AUS"),
        ("C//REL TO USA, NATO\nS//REL TO USA, DEU", "SECRET//REL TO USA, DEU"),
    ):
        made = solution_of("x", ("public",), told(approach(50), marking), registry)
        assert {fact.marking.banner for fact in made.facts} == {banner}
        assert made.fault == ""


def test_a_marking_that_cannot_be_read_leaves_a_fault_and_no_fact(registry: Registry) -> None:
    made = solution_of("x", ("public",), told(approach(50), "U\nSECRET//SAR-BP"), registry)
    assert made.facts == ()
    assert "SAP" in made.fault
    assert (made.pair, made.kind, made.tca) == ((5, 6), "crossing", WHOLE.tca)


def test_sources_that_are_unknown_or_none_are_refused(registry: Registry) -> None:
    with pytest.raises(ReleaseError, match="'nowhere' is unknown"):
        solution_of("x", ("public", "nowhere"), WHOLE, registry)
    with pytest.raises(ReleaseError, match="'x' names no source"):
        solution_of("x", (), WHOLE, registry)


def test_a_marker_of_many_marks_each_as_by_itself(registry: Registry) -> None:
    """What it remembers is told apart by sources, marking, and which facts there are."""
    made = [
        ("x", sources, replace(one, marking=marking))
        for sources in (("public",), ("commercial",), ("public", "trilateral"))
        for marking in ("", "C//REL TO USA, AUS, GBR", "S//REL TO USA, AUS", "SECRT")
        for one in (WHOLE, approach(50), told(approach(50)))
    ]
    marker = Marker(registry)
    for one in (*made, *reversed(made)):
        alone = solution_of(*one, registry)
        together = marker.solution(*one)
        assert (together.facts, together.fault) == (alone.facts, alone.fault)
        assert together.shape is alone.shape
