"""The whole chain with messages, on either database: what is hidden changes no feed."""

from datetime import timedelta
from pathlib import Path

import pytest
from desks import SECRET
from made_messages import AT, OTHER_PAIR, PAIR, message, public_sets
from sqlalchemy import Engine, select

from sda.ccsds import read_cdm_text
from sda.configuration import packaged
from sda.jobs import ingest
from sda.store import Archive, Ingestion
from sharing.feeds import read_page
from sharing.jobs import Ran, open_office, run_once
from sharing.ledger import verify_all
from sharing.schema import items, open_sharing

SETS = public_sets()
OFFICE = open_office(packaged("config"))
NEAR_OTHER = AT + timedelta(hours=4, minutes=6)
AGREEING = message(SETS)
CONTRADICTING = message(SETS, OTHER_PAIR, near=NEAR_OTHER, ahead_s=0.2, message_id="EXERCISE-2")


@pytest.fixture
def engine(database_url):
    engine = _open(database_url)
    yield engine
    engine.dispose()


def _open(url: str) -> Engine:
    engine = open_sharing(url)
    Archive(engine).add(SETS, Ingestion("sets", "0" * 64, "synthetic-public", AT))
    return engine


def _take(engine: Engine, folder: Path, *texts: str, marking: str = "") -> None:
    for number, text in enumerate(texts):
        file = folder / f"{number}.cdm"
        file.write_text(text)
        ingest(engine, [file], "commercial", AT, marking)


def _run(engine: Engine) -> Ran:
    return run_once(engine, OFFICE, SECRET, (), "public", AT, 6.0, 5.0, AT)


def _feed(engine: Engine, partner: str) -> dict[tuple[int, int], dict[str, object]]:
    found = {}
    for item in read_page(engine, partner, 0, 100).items:
        facts = {name: fact["value"] for name, fact in item.body["facts"].items()}
        found[facts["norad_id_1"], facts["norad_id_2"]] = facts
    return found


def _rows(engine: Engine, partner: str) -> list[tuple[object, ...]]:
    query = select(items).where(items.c.partner == partner).order_by(items.c.seq)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_licensee_reads_the_message_and_what_it_contradicts_and_others_neither(engine, tmp_path):
    _take(engine, tmp_path, AGREEING, CONTRADICTING)
    ran = _run(engine)
    (told,) = ran.summary()["disagreements"]
    assert (told["solution_1"], told["solution_2"]) == ("public", "cdm-commercial")
    fra, per, nzl = (_feed(engine, name) for name in ("fra", "per", "nzl"))
    assert fra[PAIR]["sources"] == fra[OTHER_PAIR]["sources"] == "commercial"
    assert fra[PAIR]["probability_method"] == "FOSTER-1992"
    assert "age_1" not in fra[PAIR]
    assert "disagreement" not in fra[PAIR]
    sigmas = f"{told['sigmas']:.1f} sigma"
    assert fra[OTHER_PAIR]["disagreement"] == f"public: {sigmas}, most of it in-track"
    for feed in (per, nzl):
        assert feed.keys() == {PAIR, OTHER_PAIR}
        assert not any(
            "disagreement" in facts or "commercial" in str(facts) for facts in feed.values()
        )
    assert per[PAIR]["sources"] == "public synthetic-public"


def test_near_events_have_states_from_messages_and_from_element_sets(engine, tmp_path):
    _take(engine, tmp_path, AGREEING)
    _run(engine)
    fra, per = _feed(engine, "fra"), _feed(engine, "per")
    (stated,) = read_cdm_text(AGREEING, "x")
    told = [float(one) for one in fra[PAIR]["state_1"].split(" ")[1:]]
    assert told[0] == stated.number("X", 1)
    assert told[5] == stated.number("Z_DOT", 1)
    assert fra[PAIR]["covariance_1"].startswith(stated.text("COVARIANCE_METHOD", 1))
    near_km = OFFICE.screening.states_within_km
    for feed in (fra, per):
        for pair, facts in feed.items():
            is_near = facts["miss_distance"] <= near_km or pair == PAIR
            assert ("state_2" in facts and "covariance_2" in facts) is is_near
    assert per[PAIR]["covariance_2"].startswith("DEFAULT ")


def test_a_repeated_run_publishes_nothing_and_a_revised_message_its_event_alone(engine, tmp_path):
    _take(engine, tmp_path, AGREEING, CONTRADICTING)
    _run(engine)
    before = _rows(engine, "fra")
    again = _run(engine)
    assert all(
        one.new + one.revised + one.retracted == 0 for one in again.published.partners.values()
    )
    assert _rows(engine, "fra") == before
    better = message(
        SETS, OTHER_PAIR, near=NEAR_OTHER, message_id="EXERCISE-3", created=AT - timedelta(hours=1)
    )
    _take(engine, tmp_path, better)
    revised = _run(engine)
    assert revised.detected.disagreements == ()
    assert (revised.published.partners["fra"].revised, revised.published.partners["fra"].new) == (
        1,
        0,
    )
    assert revised.published.partners["per"].revised == 0
    assert "disagreement" not in _feed(engine, "fra")[OTHER_PAIR]
    assert not [one.fault for one in verify_all(engine) if one.fault]


@pytest.mark.parametrize(
    ("marking", "readers"), [("SECRET//NOFORN", set()), ("SECRET//REL TO USA, DEU", {"deu"})]
)
def test_feeds_of_archives_that_differ_in_what_is_hidden_are_the_same_to_the_byte(
    engine, tmp_path, marking, readers
):
    without = _open(f"sqlite:///{tmp_path / 'without.db'}")
    _take(engine, tmp_path, AGREEING, CONTRADICTING, marking=marking)
    ran, plain = _run(engine), _run(without)
    assert ran.detected.n_approaches["cdm-commercial"] == 2
    assert "cdm-commercial" not in plain.detected.n_approaches
    partners = OFFICE.registry.partners
    assert {name for name in partners if _rows(engine, name) != _rows(without, name)} == readers
    without.dispose()


@pytest.mark.parametrize(
    ("marking", "readers"), [("SECRET//NOFORN", set()), ("SECRET//REL TO USA, DEU", {"deu"})]
)
def test_a_newer_message_replaces_the_older_for_those_alone_who_may_see_it(
    engine, tmp_path, marking, readers
):
    newer = message(SETS, message_id="EXERCISE-9", created=AT - timedelta(hours=1), ahead_s=0.001)
    without = _open(f"sqlite:///{tmp_path / 'without.db'}")
    _take(without, tmp_path, AGREEING)
    _take(engine, tmp_path, AGREEING)
    _take(engine, tmp_path, newer, marking=marking)
    ran, plain = _run(engine), _run(without)
    assert ran.detected.n_approaches["cdm-commercial"] == 2
    assert plain.detected.n_approaches["cdm-commercial"] == 1
    partners = OFFICE.registry.partners
    assert {name for name in partners if _rows(engine, name) != _rows(without, name)} == readers
    for name in readers:
        shown = read_page(engine, name, 0, 100).items
        assert len(shown) == len(read_page(without, name, 0, 100).items)
        (banner,) = {one.body["marking"]["banner"] for one in shown if "REL" in str(one.body)}
        assert banner.startswith("SECRET")
    without.dispose()


def test_a_marking_that_comes_later_takes_the_message_back_from_those_it_shuts_out(
    engine, tmp_path
):
    _take(engine, tmp_path, AGREEING)
    _run(engine)
    assert "probability" in _feed(engine, "fra")[PAIR]
    _take(engine, tmp_path, AGREEING, marking="SECRET//REL TO USA, DEU")
    ran = _run(engine)
    assert ran.published.partners["fra"].revised == 1
    assert "probability" not in _feed(engine, "fra")[PAIR]
    assert "probability" in _feed(engine, "deu")[PAIR]
