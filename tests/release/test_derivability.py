"""Certificates: what public sets lead to within errors and caps, and nothing beyond."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from approaches import NOW, SOURCES, approach, told
from hypothesis import given
from hypothesis import strategies as st
from made_messages import PAIR, public_sets
from pydantic import ValidationError

from sda.configuration import packaged, read_toml
from sda.model import CloseApproach, Kind
from sda.screening import Nearest
from sda.times import format_utc
from sharing.markings import parse
from sharing.policy import Engine
from sharing.registry import Registry
from sharing.release import Showing, solution_of
from sharing.release.derivability import (
    Certificate,
    DerivabilityConfig,
    Difference,
    certify,
    has_minimum,
    is_open,
    proposals_of,
    read_certificate,
)
from sharing.release.explaining import explain
from sharing.release.solutions import shape_of

CONFIG = read_toml(packaged("config") / "derivability.toml", DerivabilityConfig)
SETS = {one.norad_id: one for one in public_sets([PAIR])}
NAMES = {f"name_{n}": SETS[number].name for n, number in enumerate(PAIR, 1)}
MARKED: CloseApproach = replace(approach(10, pair=PAIR), **NAMES)


def public(**changed: object) -> Nearest:
    """Return what public sets lead to: just what the marked approach says, but for changes."""
    values = {
        "tca": MARKED.tca,
        "miss_km": MARKED.miss_km,
        "relative_speed_km_s": MARKED.relative_speed_km_s,
        "radial_km": MARKED.radial_km,
        "in_track_km": MARKED.in_track_km,
        "cross_track_km": MARKED.cross_track_km,
        "sigma_km": 0.2,
        "tca_sigma_s": 0.02,
    }
    return Nearest(**{**values, **changed})  # type: ignore[arg-type]


def certified(
    registry: Registry,
    found: Nearest,
    marked: CloseApproach = MARKED,
    source: str = "trilateral",
    config: DerivabilityConfig = CONFIG,
) -> Certificate | None:
    solution = solution_of(source, SOURCES[source], marked, registry)
    return certify("run", NOW, solution, marked, found, SETS, config)


def test_a_certificate_names_inputs_by_digest_and_each_difference_with_its_tolerance(
    registry: Registry,
) -> None:
    found = certified(registry, public(miss_km=0.5, in_track_km=-0.7))
    assert found is not None
    assert [(one.norad_id, one.source) for one in found.inputs] == [
        (number, "synthetic-public") for number in PAIR
    ]
    for one in found.inputs:
        values = {**asdict(SETS[one.norad_id]), "epoch": format_utc(one.epoch)}
        text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        assert one.sha256 == sha256(text).hexdigest()
    differences = {one.fact: one for one in found.differences}
    miss = differences["miss_distance"]
    assert (miss.public, miss.unit, miss.tolerance) == (0.5, "km", 0.4)
    assert miss.difference == pytest.approx(-0.08)
    assert found.marking == "SECRET//REL TO USA, AUS, GBR"
    # One axis is further away than the miss distances are: it alone is left out.
    assert not differences["in_track"].agrees
    assert {"radial", "cross_track", "dilution", "max_probability"} < {*found.facts}
    assert "in_track" not in found.facts


def test_a_difference_is_the_marked_value_less_the_public_one(registry: Registry) -> None:
    """The tolerance is twice the stated error, but for the speed, whose cap is all it has."""
    tca = MARKED.tca - timedelta(seconds=0.03)
    found = certified(
        registry,
        public(
            tca=tca,
            miss_km=MARKED.miss_km + 0.1,
            radial_km=MARKED.radial_km + 0.2,
            in_track_km=MARKED.in_track_km - 0.3,
            cross_track_km=MARKED.cross_track_km - 0.5,
            relative_speed_km_s=MARKED.relative_speed_km_s - 0.0005,
        ),
    )
    assert found is not None
    assert [(one.fact, one.unit, one.difference, one.tolerance) for one in found.differences] == [
        ("tca", "s", pytest.approx(0.03), pytest.approx(0.04)),
        ("miss_distance", "km", pytest.approx(-0.1), 0.4),
        ("radial", "km", pytest.approx(-0.2), 0.4),
        ("in_track", "km", pytest.approx(0.3), 0.4),
        ("cross_track", "km", pytest.approx(0.5), 0.4),
        ("relative_speed", "km/s", pytest.approx(0.0005), CONFIG.relative_speed_km_s),
    ]
    assert [one.public for one in found.differences] == [
        format_utc(tca),
        MARKED.miss_km + 0.1,
        MARKED.radial_km + 0.2,
        MARKED.in_track_km - 0.3,
        MARKED.cross_track_km - 0.5,
        MARKED.relative_speed_km_s - 0.0005,
    ]


def test_what_rests_on_marked_sets_and_covariances_is_never_derivable(registry: Registry) -> None:
    message = told(MARKED)
    for source, marked in (("trilateral", MARKED), ("cdm-commercial", message)):
        found = certified(registry, public(), marked, source)
        assert found is not None
        assert found.facts == (
            *("norad_id_1", "name_1", "norad_id_2", "name_2", "tca"),
            *("miss_distance", "relative_speed", "radial", "in_track", "cross_track"),
            *("max_probability", "dilution"),
        )
    other = certified(registry, public(), replace(MARKED, name_1="ANOTHER NAME"))
    assert other is not None
    assert "name_1" not in other.facts
    assert "name_2" in other.facts


@pytest.mark.parametrize(
    "moved",
    [
        {"miss_km": MARKED.miss_km + 0.41},
        {"miss_km": MARKED.miss_km + 1.01, "sigma_km": 15.0},
        {"tca": MARKED.tca + timedelta(seconds=0.041)},
        {"tca": MARKED.tca - timedelta(seconds=601), "tca_sigma_s": float("inf")},
        {"relative_speed_km_s": MARKED.relative_speed_km_s + 0.0011},
    ],
    ids=["miss", "miss-cap", "time", "time-cap", "speed"],
)
def test_a_difference_beyond_errors_or_caps_certifies_nothing(
    registry: Registry, moved: dict[str, object]
) -> None:
    assert certified(registry, public()) is not None
    assert certified(registry, public(**moved)) is None


TOLERANCES = ("sigmas", "miss_km", "tca_s", "relative_speed_km_s")


@pytest.mark.parametrize("name", TOLERANCES)
def test_a_tolerance_is_a_positive_number_however_small(name: str) -> None:
    said = dict.fromkeys(TOLERANCES, 1e-6)
    assert dict(DerivabilityConfig(**said)) == said
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValidationError, match=name):
            DerivabilityConfig(**{**said, name: wrong})
    with pytest.raises(ValidationError, match="another"):
        DerivabilityConfig(**said, another=1.0)  # type: ignore[call-arg]


nearby = st.builds(
    public,
    miss_km=st.floats(0, 2),
    sigma_km=st.floats(0.01, 5),
    tca=st.floats(-900, 900).map(lambda s: MARKED.tca + timedelta(seconds=s)),
    tca_sigma_s=st.floats(0.01, 2000),
)
narrow = st.tuples(*(st.floats(0.01, 1) for _ in range(4)))


@given(nearby, narrow)
def test_narrower_tolerances_never_derive_more(
    registry: Registry, found: Nearest, share: tuple[float, ...]
) -> None:
    values = dict(CONFIG)
    narrower = {
        name: value * part for (name, value), part in zip(values.items(), share, strict=True)
    }
    less = certified(registry, found, config=DerivabilityConfig(**narrower))
    more = certified(registry, found)
    if less is not None:
        assert more is not None
        assert {*less.facts} <= {*more.facts}


@pytest.mark.parametrize(
    ("difference", "agrees"), [(0.4, True), (-0.4, True), (0.41, False), (-0.41, False)]
)
def test_a_difference_agrees_up_to_its_tolerance_on_either_side(
    difference: float, agrees: bool
) -> None:
    assert Difference("miss_distance", "km", 1.0, difference, 0.4).agrees is agrees


def test_a_certificate_is_kept_as_canonical_json_whose_times_end_in_z(registry: Registry) -> None:
    made = certified(registry, public())
    assert made is not None
    kept = orjson.loads(made.text)
    assert json.loads(json.dumps(made.document())) == kept
    assert orjson.dumps(kept, option=orjson.OPT_SORT_KEYS) == made.text
    assert [one["epoch"] for one in kept["inputs"]] == [
        format_utc(SETS[number].epoch) for number in PAIR
    ]
    assert (kept["tca"], kept["known_at"]) == (format_utc(MARKED.tca), format_utc(NOW))


@given(nearby)
def test_a_certificate_reads_back_as_it_was_kept(registry: Registry, found: Nearest) -> None:
    made = certified(registry, found)
    if made is not None:
        again = read_certificate(made.text)
        assert again == made
        assert (again.text, again.digest) == (made.text, sha256(made.text).digest())


def test_only_open_sources_without_a_marking_of_their_own_are_open(registry: Registry) -> None:
    for source, marking, expected in (
        ("public", "", True),
        ("cdm-public", "UNCLASSIFIED", True),
        ("cdm-public", "SECRET//NOFORN", False),
        ("cdm-public", "SECRET//SAR-BUTTERED POPCORN", False),
        ("commercial", "", False),
        ("trilateral", "", False),
    ):
        made = solution_of(source, SOURCES[source], told(MARKED, marking), registry)
        assert is_open(made, registry) is expected, (source, marking)
    whole = solution_of("public", SOURCES["public"], MARKED, registry)
    *others, last = whole.facts
    partly = shape_of([*others, replace(last, marking=parse("C//REL TO USA, GBR"))])
    assert not is_open(replace(whole, shape=partly), registry)


def test_an_edge_and_a_coincident_pair_have_no_time_to_compare() -> None:
    assert [has_minimum(replace(MARKED, kind=kind)) for kind in Kind] == [
        kind in (Kind.CROSSING, Kind.PROXIMITY) for kind in Kind
    ]


def test_an_explanation_tells_what_is_derivable_and_proposes_to_challenge_the_marking(
    registry: Registry, engine: Engine
) -> None:
    found = certified(registry, public())
    about = ("trilateral", SOURCES["trilateral"], MARKED, registry, engine, NOW)
    with_it, without = explain("fra", *about, certificate=found), explain("fra", *about)
    derivable = {one.name for one in with_it.facts if one.publicly_derivable}
    assert found is not None
    assert derivable == {*found.facts}
    assert (with_it.certificate, without.certificate) == (found, None)
    assert not any(one.publicly_derivable for one in without.facts)
    (proposal,) = with_it.proposals
    assert proposal.subject == "trilateral"
    assert proposal.office.startswith("Sensor data release desk")
    facts = ", ".join(found.facts)
    assert proposal.text == f"challenge the marking: derivable from public sets ({facts})"
    # It decides nothing: all else is as it was.
    bare = [replace(one, publicly_derivable=False) for one in with_it.facts]
    assert replace(with_it, certificate=None, proposals=(), facts=tuple(bare)) == without
    # Where nothing that is kept back is derivable, nothing is proposed.
    for facts in ((), ("tca",)):
        less = replace(found, facts=facts)
        proposed = [one.subject for one in explain("fra", *about, certificate=less).proposals]
        assert proposed == ["trilateral"] * len(facts)
    # Whoever sees it all exactly has nothing to challenge.
    assert explain("aus", *about, certificate=found).proposals == ()
    opened = explain("per", "public", ("public",), MARKED, registry, engine, NOW)
    assert all(one.publicly_derivable for one in opened.facts)
    assert all(one.decision is Showing.SEE for one in opened.facts)


def test_a_marked_message_is_for_the_originators_of_all_its_sources(
    registry: Registry, engine: Engine
) -> None:
    marked = told(MARKED, "SECRET//REL TO USA, AUS, GBR")
    found = certified(registry, public(), marked, "cdm-public")
    told_of = explain(
        "fra", "cdm-public", ("public",), marked, registry, engine, NOW, certificate=found
    )
    assert [(one.subject, one.office) for one in told_of.proposals] == [
        ("message", "Catalogue desk (Operations floor, desk 2)")
    ]
    of_two = certified(registry, public(), marked, "trilateral")
    assert of_two is not None
    catalogue, sensor = (
        registry.offices[registry.sources[name].office].label for name in SOURCES["trilateral"]
    )
    assert [(one.subject, one.office) for one in proposals_of(of_two, True, registry)] == [
        ("trilateral", sensor),
        ("message", f"{catalogue}; {sensor}"),
    ]
