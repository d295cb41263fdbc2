"""The door: what comes out is within what the partner may have, and comes from one solution."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from approaches import (
    ASSET,
    COVARIANCE,
    NOW,
    STATES,
    approach,
    releases,
    solution,
    values,
)

from sda.model import Kind
from sda.times import format_utc, parse_utc
from sharing.errors import ReleaseError
from sharing.markings import parse
from sharing.policy import Action, Attributes, Context, Decision, Engine
from sharing.registry import Partner, Registry
from sharing.release import (
    FAILED,
    OF_APPROACHES,
    SUPERSEDED,
    Release,
    Rendition,
    Solution,
    release,
    solution_of,
)
from sharing.release.projection import CONSENTED, require_within
from sharing.release.solutions import shape_of

CONFIG = Path(__file__).parents[2] / "config"
# Only the door makes releases.


def test_nothing_but_the_door_makes_a_release(registry: Registry, engine: Engine) -> None:
    (made,) = releases("per", [solution(registry, "public", 50)], registry, engine)
    values = {field.name: getattr(made, field.name) for field in fields(Release)}
    with pytest.raises(ReleaseError, match="door"):
        Release(**values)
    with pytest.raises(ReleaseError, match="door"):
        Release(**values, door=object())
    with pytest.raises((ReleaseError, ValueError)):
        replace(made, banner="UNCLASSIFIED")
    assert copy.copy(made) == made


# One event, three partners.


@pytest.fixture
def one_event(registry: Registry) -> list[Solution]:
    return [
        solution(registry, "public", 50.01, 9.0),
        solution(registry, "commercial", 50.02, 0.9),
        solution(registry, "trilateral", 50.0, 0.06),
    ]


def test_golden_australia_has_the_trilateral_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("aus", one_event, registry, engine)
    assert made.rendition == Rendition.FULL
    assert made.banner == "SECRET//REL TO USA, AUS, GBR"
    assert made.portion == "(S//REL TO USA, AUS, GBR)"
    assert (made.solution, made.contact) == ("trilateral", "sensor-release-desk")
    assert made.valid_until == NOW + timedelta(hours=26)
    assert values(made) == {
        "norad_id_1": 5,
        "name_1": "OBJECT 5",
        "norad_id_2": 6,
        "name_2": "OBJECT 6",
        "tca": "2026-11-25T14:00:00.000000Z",
        "miss_distance": 0.06,
        "relative_speed": 11.2,
        "radial": 0.1,
        "in_track": -0.2,
        "cross_track": 0.3,
        "max_probability": 2e-5,
        "age_1": 0.5,
        "age_2": 0.7,
        "n_minima": 1,
        "sigma": 0.21,
        "resolvable": False,
        "dilution": pytest.approx(0.06 / 18**0.5),
        "state_1": STATES[0],
        "state_2": STATES[1],
        "covariance_1": COVARIANCE,
        "covariance_2": COVARIANCE,
        "sources": "public trilateral",
    }
    assert {fact.name: fact.unit for fact in made.facts if fact.unit} == {
        "miss_distance": "km",
        "relative_speed": "km/s",
        "radial": "km",
        "in_track": "km",
        "cross_track": "km",
        "age_1": "d",
        "age_2": "d",
        "sigma": "km",
        "dilution": "km",
        "state_1": "km, km/s",
        "state_2": "km, km/s",
        "covariance_1": "m**2, m**2/s, m**2/s**2",
        "covariance_2": "m**2, m**2/s, m**2/s**2",
    }


def test_golden_france_has_the_commercial_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("fra", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.FULL, "UNCLASSIFIED")
    assert made.solution == "commercial"
    assert values(made)["miss_distance"] == 0.9
    assert values(made)["tca"] == "2026-11-25T14:01:12.000000Z"


def test_golden_new_zealand_has_the_commercial_solution_on_the_grids(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("nzl", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.TEAR_LINE, "UNCLASSIFIED")
    assert made.tca == NOW + timedelta(hours=50)
    assert values(made) == {
        "norad_id_1": 5,
        "name_1": "OBJECT 5",
        "norad_id_2": 6,
        "name_2": "OBJECT 6",
        "tca": "2026-11-25T14:00:00.000000Z",
        "miss_distance": "<1",
        "relative_speed": "<15",
        "max_probability": "<0.0001",
    }


def test_a_reduced_notice_says_what_it_leaves_out_to_those_who_may_know(
    registry: Registry, engine: Engine
) -> None:
    (made,) = releases("nzl", [solution(registry, "commercial", 50)], registry, engine)
    assert made.omitted == (
        "radial",
        "in_track",
        "cross_track",
        "age_1",
        "age_2",
        "n_minima",
        "sigma",
        "resolvable",
        "dilution",
        "sources",
    )
    assert made.banner == "UNCLASSIFIED"
    # The safety override shows coarse values; that there is more may be known in these bands.
    (late,) = releases("aus", [solution(registry, "commercial", 10)], registry, engine)
    assert late.rendition == Rendition.TEAR_LINE
    assert late.omitted == made.omitted
    for name, source in (("per", "public"), ("fra", "commercial")):
        (whole,) = releases(name, [solution(registry, source, 50)], registry, engine)
        assert (whole.rendition, whole.omitted) == (Rendition.FULL, ())
    (contact,) = releases("kor", [solution(registry, "commercial", 50)], registry, engine)
    assert (contact.rendition, contact.omitted) == (Rendition.CONTACT, ())


def test_a_longitude_is_as_coarse_as_its_time(registry: Registry, engine: Engine) -> None:
    in_belt = [solution(registry, "commercial", 50, pair=(5, ASSET))]
    (made,) = releases("nzl", in_belt, registry, engine)
    assert values(made)["longitude"] == "20 to 30"
    (made,) = releases("per", [solution(registry, "public", 50, pair=(5, ASSET))], registry, engine)
    assert values(made)["longitude"] == 20.25
    # With the exact longitude the exact time could be read off the public elements of object 1.
    schema, policies = engine.texts
    head = '@id("coarse-time") @title("t") @authority("a") @review("2030-06-30")\n'
    coarse = head + (
        'forbid (principal, action == Action::"see", resource) '
        'when { resource.group == "timing" };\n'
    )
    guarded = Engine(schema, policies + coarse, registry)
    in_belt = [solution(registry, "public", 50, pair=(5, ASSET))]
    (made,) = releases("per", in_belt, registry, guarded)
    assert values(made)["longitude"] == "20 to 30"
    assert values(made)["miss_distance"] == 0.42


@pytest.mark.parametrize(("public_km", "shown"), [(0.7, 0.7), (9.0, "<1")])
def test_a_coarse_value_of_a_better_source_gives_way_to_an_open_one_that_bears_it_out(
    public_km: float, shown: float | str, registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, "public", 50, public_km), solution(registry, "commercial", 50, 0.9)]
    (made,) = releases("nzl", both, registry, engine)
    assert values(made)["miss_distance"] == shown
    assert made.solution == ("public" if public_km < 1 else "commercial")


def test_golden_peru_without_any_agreement_has_the_open_solution(
    one_event: list[Solution], registry: Registry, engine: Engine
) -> None:
    (made,) = releases("per", one_event, registry, engine)
    assert (made.rendition, made.banner) == (Rendition.FULL, "UNCLASSIFIED")
    assert (made.solution, made.contact) == ("public", "catalogue-desk")
    assert values(made)["miss_distance"] == 9.0


def test_golden_korea_is_told_whom_to_ask_and_no_more(registry: Registry, engine: Engine) -> None:
    (made,) = releases("kor", [solution(registry, "commercial", 50, 0.9)], registry, engine)
    assert (made.rendition, made.kind) == (Rendition.CONTACT, "undisclosed")
    assert made.contact == "commercial-data-desk"
    assert made.tca == parse_utc("2026-11-25T00:00:00Z")
    assert values(made) == {
        "norad_id_1": 5,
        "norad_id_2": 6,
        "tca": "2026-11-25T00:00:00.000000Z",
    }


def test_an_asset_makes_marked_values_coarse_and_leaves_open_ones_alone(
    registry: Registry, engine: Engine
) -> None:
    event = [
        solution(registry, name, 50, miss_km, pair=(5, ASSET))
        for name, miss_km in (("public", 9.0), ("commercial", 0.42))
    ]
    (made,) = releases("fra", event, registry, engine)
    assert made.rendition == Rendition.TEAR_LINE
    (made,) = releases("per", event, registry, engine)
    assert made.rendition == Rendition.FULL


def test_marked_values_about_an_asset_wait_for_a_review_until_72_hours_before_tca(
    registry: Registry, engine: Engine
) -> None:
    early = [solution(registry, "commercial", 100, pair=(5, ASSET))]
    decided = release(registry.partners["nzl"], early, registry, engine, NOW)
    assert "review" in decided[0].reasons[0].text
    (made,) = releases("nzl", early, registry, engine)
    assert made.rendition == Rendition.CONTACT
    later = release(registry.partners["nzl"], early, registry, engine, NOW + timedelta(hours=29))
    assert later[0].release is not None
    assert later[0].release.rendition == Rendition.TEAR_LINE


# What goes wrong is withheld and counted.


class Failing(Engine):
    """An engine that loses its mind over one group of facts."""

    def decide_all(
        self, partner: Partner, attributes: Attributes, asked: Sequence[tuple[Action, Context]]
    ) -> tuple[Decision, ...]:
        if attributes.group == self.lost:
            raise RuntimeError("out of order")
        return super().decide_all(partner, attributes, asked)

    lost = "geometry"


def failing(registry: Registry, lost: str) -> Failing:
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    texts = [path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar"))]
    engine = Failing(schema, "\n".join(texts), registry)
    engine.lost = lost
    return engine


def test_a_decision_that_fails_withholds_its_fact_and_is_counted(registry: Registry) -> None:
    one = [solution(registry, "public", 50)]
    (decided,) = release(
        registry.partners["per"], one, registry, failing(registry, "geometry"), NOW
    )
    assert decided.release is not None
    assert decided.release.rendition == Rendition.TEAR_LINE
    assert not {"miss_distance", "radial", "relative_speed"} & values(decided.release).keys()
    # What would give the lost distance away goes with it.
    assert "max_probability" not in values(decided.release)
    failures = [reason.fact for reason in decided.reasons if FAILED in reason.policies]
    assert failures == [
        *("miss_distance", "relative_speed", "radial", "in_track", "cross_track"),
        *("state_1", "state_2"),
    ]


def test_a_failure_on_identity_withholds_the_whole_and_is_counted(registry: Registry) -> None:
    one = [solution(registry, "public", 50)]
    engine = failing(registry, "identity")
    (decided,) = release(registry.partners["per"], one, registry, engine, NOW)
    assert decided.release is None
    assert any(FAILED in reason.policies for reason in decided.reasons)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, pair=()),
        lambda one: replace(one, tca=None),
        lambda one: replace(one, tca=one.tca.replace(tzinfo=None)),
        # The days about the ends of the calendar cannot be told.
        lambda one: replace(one, tca=one.tca.replace(year=9999, month=12, day=31)),
        lambda one: replace(one, tca=one.tca.replace(year=1, month=1, day=1)),
        lambda one: replace(one, values=()),
        lambda one: replace(
            one, shape=shape_of(replace(x, sources=("nowhere",)) for x in one.facts)
        ),
        lambda one: replace(one, shape=shape_of(replace(x, sources=()) for x in one.facts)),
    ],
)
def test_a_broken_solution_is_withheld_and_hurts_no_other(
    registry: Registry, engine: Engine, change: Callable[[Solution], Solution]
) -> None:
    good = solution(registry, "public", 50, pair=(7, 8))
    broken = change(solution(registry, "public", 50))
    decided = release(registry.partners["per"], [broken, good], registry, engine, NOW)
    assert [one.release.objects for one in decided if one.release] == [(7, 8)]
    assert len(decided) == 2


def test_a_value_that_its_grid_cannot_place_is_withheld(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "commercial", 50, float("nan"))
    (decided,) = release(registry.partners["nzl"], [one], registry, engine, NOW)
    assert decided.release is None
    assert decided.reasons[0].policies == (FAILED,)


def test_a_naive_now_releases_nothing(registry: Registry, engine: Engine) -> None:
    one = solution(registry, "public", 50)
    naive = NOW.replace(tzinfo=None)
    (decided,) = release(registry.partners["aus"], [one], registry, engine, naive)
    assert decided.release is None
    (reason,) = decided.reasons
    assert (reason.fact, reason.policies) == ("*", (FAILED,))


def test_a_partner_that_is_not_in_the_registry_gets_nothing(
    registry: Registry, engine: Engine
) -> None:
    stranger = replace(registry.partners["aus"], id="xxx")
    (decided,) = release(stranger, [solution(registry, "public", 50)], registry, engine, NOW)
    assert decided.release is None


def test_an_empty_policy_set_releases_nothing(registry: Registry) -> None:
    engine = Engine((CONFIG / "policy/schema.cedarschema").read_text(), "", registry)
    for name in registry.partners:
        assert not releases(name, [solution(registry, "public", 50)], registry, engine)


def test_a_policy_too_wide_is_stopped_by_the_second_check_of_the_banner(registry: Registry) -> None:
    wide = '@id("x") @title("t") @authority("a") @review("2099-01-01")'
    schema = (CONFIG / "policy/schema.cedarschema").read_text()
    engine = Engine(schema, wide + "permit (principal, action, resource);", registry)
    one = solution(registry, "trilateral", 50)
    assert releases("aus", [one], registry, engine)
    assert not releases("fra", [one], registry, engine)
    assert not releases("per", [one], registry, engine)


# Which solutions are one event.


def test_two_crossings_of_one_solution_are_two_events(registry: Registry, engine: Engine) -> None:
    near = [solution(registry, "public", 50), solution(registry, "public", 50.1)]
    assert len(releases("per", near, registry, engine)) == 2


@pytest.mark.parametrize(
    ("minutes", "kind", "events"),
    [
        (9, Kind.CROSSING, 1),
        (12, Kind.CROSSING, 2),
        (300, Kind.PROXIMITY, 1),
        (400, Kind.PROXIMITY, 2),
    ],
)
def test_solutions_are_one_event_within_the_tolerance_of_its_kind(
    registry: Registry, engine: Engine, minutes: float, kind: Kind, events: int
) -> None:
    both = [
        solution(registry, "public", 50, kind=kind),
        solution(registry, "commercial", 50 + minutes / 60, kind=kind),
    ]
    assert len(releases("fra", both, registry, engine)) == events


def test_what_is_released_at_one_time_stands_by_its_objects(
    registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, "trilateral", 50), solution(registry, "commercial", 50, pair=(7, 8))]
    for some in (both, both[::-1]):
        made = releases("aus", some, registry, engine)
        assert [one.objects for one in made] == [(5, 6), (7, 8)]


def test_what_a_better_solution_supersedes_is_told_to_the_releaser(
    registry: Registry, engine: Engine
) -> None:
    both = [solution(registry, "public", 50), solution(registry, "trilateral", 50)]
    decided = release(registry.partners["aus"], both, registry, engine, NOW)
    assert [one.release is not None for one in decided] == [True, False]
    (reason,) = decided[1].reasons
    assert (reason.fact, reason.policies) == ("*", (SUPERSEDED,))
    assert SUPERSEDED == "superseded"
    assert reason.text == "public: trilateral of the same event is shown instead"


def test_contacts_of_one_day_are_one(registry: Registry, engine: Engine) -> None:
    busy = [solution(registry, "commercial", 50 + number) for number in range(4)]
    assert len(releases("kor", busy, registry, engine)) == 1


# Facts.


def test_each_fact_carries_the_roll_up_of_its_sources(registry: Registry) -> None:
    made = replace(
        approach(50, pair=(5, ASSET), kind=Kind.PROXIMITY),
        probability=1e-6,
        probability_method="HALL-2021",
    )
    one = solution_of("trilateral", ("public", "trilateral"), made, registry)
    assert {fact.marking for fact in one.facts} == {registry.sources["trilateral"].marking}
    assert [fact.name for fact in one.facts] == [*OF_APPROACHES, "sources"]
    assert one.tca == NOW + timedelta(hours=50)
    assert next(fact for fact in one.facts if fact.name == "tca").value == format_utc(one.tca)


def test_a_source_that_no_file_declares_cannot_be_marked(registry: Registry) -> None:
    with pytest.raises(ReleaseError, match=r"config/sources/nowhere\.toml"):
        solution_of("x", ("public", "nowhere"), approach(50), registry)
    with pytest.raises(ReleaseError, match="no source"):
        solution_of("x", (), approach(50), registry)


@pytest.mark.parametrize(
    "marking",
    ["S//OC/REL TO USA, AUS", "S//SI//REL TO USA, AUS", "//NS//REL TO USA, AUS", "U//FOUO"],
)
def test_a_banner_with_a_further_control_is_stopped_even_past_the_policies(
    registry: Registry, marking: str
) -> None:
    require_within(parse("S//REL TO USA, AUS"), registry.partners["aus"], registry)
    with pytest.raises(ReleaseError, match="a policy is too wide"):
        require_within(parse(marking), registry.partners["aus"], registry)


def test_what_needs_consent_passes_where_all_of_it_was_approved_and_no_other_control_does(
    registry: Registry,
) -> None:
    aus = registry.partners["aus"]
    for marking in ("S//OC/REL TO USA, AUS", "S//FGI DEU//OC/REL TO USA, AUS"):
        require_within(parse(marking), aus, registry, CONSENTED)
    for marking in (
        "S//OC/REL TO USA, GBR",
        "S//OC",
        "S//OC/IMC/REL TO USA, AUS",
        "S//FGI DEU//REL TO USA, GBR",
        "S//FGI DEU",
        "S//SI//FGI DEU//REL TO USA, AUS",
        # No whole that was rolled up is foreign or JOINT: it holds FGI.
        "//DEU S//REL TO USA, AUS",
        "//JOINT S AUS USA//REL TO USA, AUS",
    ):
        with pytest.raises(ReleaseError, match="a policy is too wide"):
            require_within(parse(marking), aus, registry, CONSENTED)
