"""A run keeps its solutions whole, and gives them back in order."""

import struct
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sda.errors import StoreError
from sda.model import CloseApproach, Kind, Minimum
from sda.store import Disagreements, KeptDisagreement, Run, Runs, Status, open_store

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
RUN = Run("0123abcd", AT, 72.0, 5.0, Status.RUNNING, AT + timedelta(seconds=1))
APPROACH = CloseApproach(
    norad_id_1=5,
    name_1="VANGUARD 1",
    norad_id_2=799501299,
    name_2="TARGET Ω",
    kind=Kind.PROXIMITY,
    tca=AT + timedelta(hours=3, microseconds=1),
    miss_km=0.1 + 0.2,
    relative_speed_km_s=1e-5,
    radial_km=-0.0,
    in_track_km=0.3,
    cross_track_km=-1.0,
    age_days_1=0.5,
    age_days_2=-0.25,
    episode_start=AT,
    episode_end=AT + timedelta(hours=5),
    minima=(Minimum(AT + timedelta(hours=3, microseconds=1), 0.1 + 0.2, 1e-5),),
    max_probability=None,
    sigma_km=0.1 + 0.7,
    resolvable=False,
    dilution_km=None,
    longitude_deg=-179.9999999,
)


@pytest.fixture
def runs(database_url):
    engine = open_store(database_url)
    yield Runs(engine)
    engine.dispose()


def test_beginning_twice_returns_the_run_as_it_stands(runs):
    assert runs.begin(RUN) == RUN
    runs.finish(RUN.run_id, "complete")
    again = runs.begin(replace(RUN, created=AT + timedelta(days=1)))
    assert again == replace(RUN, status=Status.COMPLETE)


def test_a_solution_replaces_an_earlier_try_and_leaves_the_others(runs):
    runs.begin(RUN)
    public = [replace(APPROACH, norad_id_1=n) for n in (3, 1, 2)]
    runs.keep(RUN.run_id, "public", ["celestrak", "spacetrack"], [APPROACH], [(9, "decayed")])
    runs.keep(RUN.run_id, "marked", ["x", "celestrak"], [APPROACH])
    runs.keep(RUN.run_id, "public", ["celestrak"], public, [(7, "no epoch"), (4, "stale")])
    assert runs.solutions(RUN.run_id) == {"marked": ("x", "celestrak"), "public": ("celestrak",)}
    assert runs.approaches(RUN.run_id, "public") == tuple(("public", a) for a in public)
    assert [solution for solution, _ in runs.approaches(RUN.run_id)] == ["marked"] + 3 * ["public"]
    assert runs.unusable(RUN.run_id, "public") == ((7, "no epoch"), (4, "stale"))
    assert runs.unusable(RUN.run_id, "marked") == ()


def test_a_solution_without_approaches_is_done_all_the_same(runs):
    runs.begin(RUN)
    runs.keep(RUN.run_id, "public", ["celestrak"], [])
    assert runs.solutions(RUN.run_id) == {"public": ("celestrak",)}
    assert runs.approaches(RUN.run_id) == ()


def test_a_failing_try_leaves_the_earlier_one(runs):
    runs.begin(RUN)
    runs.keep(RUN.run_id, "public", ["celestrak"], [APPROACH])
    broken = replace(APPROACH, miss_km=None)
    with pytest.raises(Exception, match=r"(?i)null"):
        runs.keep(RUN.run_id, "public", ["other"], [APPROACH, broken])
    assert runs.solutions(RUN.run_id) == {"public": ("celestrak",)}
    assert runs.approaches(RUN.run_id) == (("public", APPROACH),)


def test_rows_of_before_errors_were_kept_say_that_they_do_not_know(runs):
    runs.begin(RUN)
    before = replace(APPROACH, sigma_km=None, resolvable=None, dilution_km=None)
    runs.keep(RUN.run_id, "public", ["celestrak"], [before])
    assert runs.approaches(RUN.run_id) == (("public", before),)


def test_what_a_message_says_comes_back_without_ages_and_with_its_probability(runs):
    runs.begin(RUN)
    told = replace(
        APPROACH,
        age_days_1=None,
        age_days_2=None,
        probability=0.1 + 0.2,
        probability_method="FOSTER-1992",
        marking="SECRET//NOFORN\nCONFIDENTIAL",
    )
    runs.keep(RUN.run_id, "cdm-x", ["x"], [told])
    assert runs.approaches(RUN.run_id) == (("cdm-x", told),)


def test_disagreements_are_kept_with_a_run_and_go_with_the_solution_they_are_about(runs):
    disagreements = Disagreements(runs._engine)
    runs.begin(RUN)
    for name in ("cdm-x", "cdm-y", "public"):
        runs.keep(RUN.run_id, name, ["x"], [APPROACH, APPROACH])
    found = [
        KeptDisagreement(one, 0, other, 1, 5, 799501299, AT, 4.5, "radial", 0.1 + 0.2, -0.1)
        for one, other in (("public", "cdm-x"), ("public", "cdm-y"), ("cdm-x", "cdm-y"))
    ]
    disagreements.keep(RUN.run_id, found)
    disagreements.keep(RUN.run_id, found)
    assert set(disagreements.of_run(RUN.run_id)) == set(found)
    assert (disagreements.count(RUN.run_id), disagreements.count("other")) == (3, 0)
    runs.keep(RUN.run_id, "cdm-x", ["x"], [])
    assert disagreements.of_run(RUN.run_id) == (found[1],)


def test_unknown_and_published_runs_are_refused(runs):
    with pytest.raises(StoreError, match="unknown"):
        runs.keep("nowhere", "public", [], [])
    with pytest.raises(StoreError, match="unknown"):
        runs.finish("nowhere", "complete")
    runs.begin(RUN)
    runs.finish(RUN.run_id, Status.PUBLISHED)
    with pytest.raises(StoreError, match="published"):
        runs.keep(RUN.run_id, "public", [], [])


def test_the_latest_run_is_the_one_of_the_latest_time(runs):
    assert runs.latest() is None
    later = replace(RUN, run_id="later", at=AT + timedelta(hours=8))
    replay = replace(RUN, run_id="replay", created=AT + timedelta(days=9))
    for run in (RUN, later, replay):
        runs.begin(run)
    assert [run.run_id for run in runs.list()] == ["later", "replay", RUN.run_id]
    assert [run.run_id for run in runs.list(1)] == ["later"]
    runs.finish(RUN.run_id, "published")
    latest = runs.latest("published")
    assert latest is not None
    assert latest.run_id == RUN.run_id


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=12, max_size=12),
    microseconds=st.integers(0, 10**15),
)
def test_every_bit_of_a_close_approach_comes_back(runs, numbers, microseconds):
    miss, speed, *rest = numbers
    tca = AT + timedelta(microseconds=microseconds)
    names = ("radial_km", "in_track_km", "cross_track_km", "age_days_1", "age_days_2")
    approach = replace(
        APPROACH,
        tca=tca,
        miss_km=miss,
        relative_speed_km_s=speed,
        max_probability=rest[5],
        sigma_km=rest[8],
        resolvable=miss > rest[8],
        dilution_km=rest[9],
        minima=(Minimum(tca, rest[6], rest[7]), Minimum(AT, miss, speed)),
        **dict(zip(names, rest[:5], strict=True)),
    )
    runs.begin(RUN)
    runs.keep(RUN.run_id, "public", ["celestrak"], [approach])
    ((_, back),) = runs.approaches(RUN.run_id, "public")
    assert back == approach
    assert bits(back) == bits(approach)


def bits(approach):
    values = [*astuple(approach), *(number for m in approach.minima for number in astuple(m))]
    return [struct.pack("d", value) for value in values if isinstance(value, float)]
