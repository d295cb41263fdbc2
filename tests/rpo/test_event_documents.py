"""An event as a document: the columns of the contract, what is not known, what was before."""

from dataclasses import replace
from math import nan

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_events import DAY, OPENED, encounter, event

from sda.rpo.documents import CSV_COLUMNS, document, flat, joined
from sda.rpo.model import Evidence, Score

CONTRACT = (
    "event_id", "norad_id_1", "norad_id_2", "name_1", "name_2", "regime", "class", "score",
    "verdict", "declared", "actor_norad_id", "start_utc", "end_utc", "min_range_km",
    "min_range_utc", "min_hill_speed_m_s", "dwell_hours", "resolvable", "evidence", "episodes",
)  # fmt: skip


def test_a_document_has_the_columns_of_the_contract_in_its_units():
    shown = document(event([0, 1, 2], ranges_km={1: 3.1234567891}))
    assert set(CONTRACT) <= set(shown)
    assert shown["event_id"] == "11-22-20261001"
    assert (shown["min_range_km"], shown["min_range_utc"]) == (
        3.123457, "2026-10-02T12:00:00.000000Z",
    )  # fmt: skip
    assert (shown["min_hill_speed_m_s"], shown["dwell_hours"]) == (0.5, 6.0)
    assert (shown["regime"], shown["class"], shown["verdict"]) == ("GEO", "loiter", "probable")
    assert (shown["resolvable"], shown["sigma_km"]) == (False, 4.0)
    assert shown["sigma_origin"] == shown["episodes"][0]["sigma_origin"] == "table"
    assert (shown["actor_norad_id"], shown["actor_name"]) == (11, "INSPECTOR")
    assert shown["evidence"][0] == {
        "name": "least-range", "value": 3.123457, "unit": "km", "threshold": "10", "points": 15.0,
    }  # fmt: skip
    (episode,) = shown["episodes"]
    assert (episode["n_days"], len(episode["minima"]), len(episode["days"])) == (3, 3, 3)
    assert (episode["age_days_1"], episode["age_days_2"]) == (0.75, 0.5)
    assert episode["relative_at_begin"]["dlambda_km"] == 10.0
    assert episode["relative_at_end"]["dlambda_km"] == 14.0
    assert episode["relative_trend"]["dlambda_km_day"] == 2.0
    assert episode["minima"][0]["cross_track_km"] == 0.0


def test_whether_it_is_declared_is_a_boolean_and_by_what_a_name():
    assert document(event([0]))["declared"] is False
    declared = document(event([0], declared="mev-1"))
    assert (declared["declared"], declared["declared_id"]) == (True, "mev-1")


def test_what_is_not_known_is_null_and_empty_in_a_row():
    unknown = replace(
        event([0], actor_norad_id=None, min_hill_speed_km_s=nan),
        score=Score(10.0, (Evidence("plane", nan, "km", "10", 0.0),), "same-launch"),
    )
    shown = orjson.loads(orjson.dumps(document(unknown)))
    assert shown["min_hill_speed_m_s"] is shown["actor_norad_id"] is shown["actor_name"] is None
    assert shown["evidence"][0]["value"] is None
    assert shown["gate"] == "same-launch"
    row = dict(zip(CSV_COLUMNS, flat(shown), strict=True))
    assert row["min_hill_speed_m_s"] == row["actor_norad_id"] == ""


def test_a_row_holds_evidence_as_words_and_counts():
    row = dict(zip(CSV_COLUMNS, flat(document(event([0, 1, 5]))), strict=True))
    assert row["evidence"] == "least-range:15 arrival:50.5"
    assert (row["n_episodes"], row["n_minima"], row["declared"]) == (2, 3, "false")


def test_one_day_has_no_trend():
    assert document(event([0]))["episodes"][0]["relative_trend"] is None


def test_unknown_speeds_of_some_days_do_not_hide_the_least():
    made = event([0, 1])
    silent = encounter(1, min_hill_speed_km_s=nan)
    both = replace(made.episodes[0], encounters=(made.episodes[0].encounters[0], silent))
    shown = document(replace(made, episodes=(both,)))
    assert shown["episodes"][0]["min_hill_speed_m_s"] == 0.5


@given(
    days=st.sets(st.integers(0, 40), min_size=2),
    ranges=st.lists(st.integers(1, 60), min_size=41, max_size=41),
    data=st.data(),
)
def test_what_a_shorter_look_back_forgets_the_earlier_document_keeps(days, ranges, data):
    days = sorted(days)
    ranges_km = dict(enumerate(map(float, ranges)))
    told = data.draw(st.integers(0, len(days) - 2))
    cut = data.draw(st.integers(0, told + 1))
    earlier = document(event(days[: told + 1], ranges_km=ranges_km))
    whole = document(event(days, ranges_km=ranges_km))
    later = document(event(days[cut:], ranges_km=ranges_km, opened=days[0]))
    since = OPENED + days[cut] * DAY
    known = joined(earlier, later, since)
    assert joined(known, later, since) == known
    for name in ("start_utc", "end_utc", "min_range_km", "resolvable", "dwell_hours"):
        assert known[name] == whole[name], name
    assert len(known["episodes"]) == len(whole["episodes"])
    for mine, theirs in zip(known["episodes"], whole["episodes"], strict=True):
        for name in set(theirs) - {"relative_trend", "relative_at_begin"}:
            if "min_range" in name or "age" in name:
                assert mine["min_range_km"] == theirs["min_range_km"]
            else:
                assert mine[name] == theirs[name], name


def test_a_document_of_before_origins_were_told_is_joined_as_of_the_table():
    earlier = document(event([0, 1], ranges_km={0: 1.0}))
    for one in (earlier, *earlier["episodes"]):
        del one["sigma_origin"]
    later = document(event([1, 2], opened=0))
    known = joined(earlier, later, OPENED + DAY)
    assert known["sigma_origin"] == known["episodes"][0]["sigma_origin"] == "table"
    assert known["min_range_km"] == 1.0


def test_nothing_is_joined_when_the_later_document_reaches_back_as_far():
    earlier, later = document(event([0, 1])), document(event([0, 1, 2]))
    assert joined(earlier, later, OPENED) == later


@pytest.mark.parametrize("open_", [True, False])
def test_a_document_says_whether_the_pair_is_still_near(open_):
    assert document(event([0], is_open=open_))["status"] == ("open" if open_ else "closed")
