"""What a run does not cover is decided again when it is due, as the run that covers it has it."""

from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from desks import SECRET
from made_messages import AT, OTHER_PAIR, PAIR, message, public_sets
from sqlalchemy import select

from sda.configuration import packaged
from sda.jobs import ingest
from sda.store import Archive, Ingestion, Runs
from sda.store.schema import approaches
from sharing.checkpoints import examine
from sharing.errors import LedgerError
from sharing.feeds import read_page
from sharing.jobs import open_office, publish_run, run_once
from sharing.publishing import due
from sharing.replaying import replay
from sharing.schema import items, open_sharing, statements
from sharing.signing import derived_signer
from sharing.withdrawals import order_source

SETS = public_sets()
NEXT_DAY = AT + timedelta(days=1)


@pytest.fixture
def office(tmp_path):
    """Return the packaged office, but that one agreement ends on the next day."""
    folder = Path(copytree(packaged("config"), tmp_path / "config"))
    for file in (folder / "agreements").glob("commercial-*.toml"):
        lines = file.read_text().splitlines()
        ends = [f"expires = {NEXT_DAY.date()}" if "expires" in one else one for one in lines]
        file.write_text("\n".join(ends))
    return open_office(folder)


@pytest.fixture
def engine(database_url, tmp_path):
    engine = open_sharing(database_url)
    Archive(engine).add(SETS, Ingestion("sets", "0" * 64, "synthetic-public", AT))
    file = tmp_path / "a.cdm"
    file.write_text(message(SETS))
    ingest(engine, [file], "commercial", AT, "")
    yield engine
    engine.dispose()


def _feed(engine, partner):
    return {
        (facts["norad_id_1"]["value"], facts["norad_id_2"]["value"]): (one.status, facts)
        for one in read_page(engine, partner, 0, 100).items
        if (facts := one.body["facts"])
    }


def test_an_agreement_that_ends_takes_values_back_that_no_later_run_covers(engine, office):
    run_once(engine, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    assert _feed(engine, "fra")[PAIR][1]["sources"]["value"] == "commercial"
    assert due(engine, NEXT_DAY)
    run_once(engine, office, SECRET, (), "public", NEXT_DAY, 1.0, 5.0, NEXT_DAY)
    status, facts = _feed(engine, "fra")[PAIR]
    assert status == "active"
    assert "commercial" not in str(facts)
    assert due(engine, NEXT_DAY) == {}
    for number in (1, 2):
        again = replay(engine, number)
        assert len(again.partners) == len(office.registry.partners)
        assert again.differing == ()
    assert [one for one in examine(engine, [derived_signer(SECRET).public]) if one.fault] == []


def test_a_replay_tells_whose_decision_comes_out_otherwise(engine, office):
    run_once(engine, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    with pytest.raises(LedgerError, match="publication 9 keeps no decision"):
        replay(engine, 9)
    order_source(engine, "commercial", True, AT, "")
    publish_run(engine, office, SECRET, Runs(engine).latest(), AT)
    assert replay(engine, 1).differing == replay(engine, 2).differing == ()
    with engine.begin() as connection:
        connection.execute(approaches.update().values(miss_km=0.5))
    assert "fra" in replay(engine, 1).differing


def test_publishing_again_takes_them_back_without_a_new_run(engine, office):
    run_once(engine, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    latest = Runs(engine).latest()
    publish_run(engine, office, SECRET, latest, NEXT_DAY)
    assert "commercial" not in str(_feed(engine, "fra")[PAIR])
    assert due(engine, NEXT_DAY) == {}


def test_what_is_due_and_cannot_be_decided_again_is_retracted(engine, office):
    run_once(engine, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    with engine.begin() as connection:
        old = AT + timedelta(hours=12)
        connection.execute(
            statements.update()
            .where(statements.c.norad_id_1 == OTHER_PAIR[0])
            .values(tca=old, span_start=old, span_end=old)
        )
    run_once(engine, office, SECRET, (), "public", NEXT_DAY, 1.0, 5.0, NEXT_DAY)
    with engine.connect() as connection:
        query = (
            select(items.c.status)
            .join(statements, statements.c.statement == items.c.statement)
            .where(items.c.partner == "fra", statements.c.norad_id_1 == OTHER_PAIR[0])
        )
        assert "retracted" in connection.scalars(query).all()


def test_a_withdrawn_source_gives_way_to_the_public_one_on_the_next_publication(engine, office):
    run_once(engine, office, SECRET, (), "public", AT, 6.0, 5.0, AT)
    order_source(engine, "commercial", True, AT, "")
    assert PAIR not in _feed(engine, "fra")
    publish_run(engine, office, SECRET, Runs(engine).latest(), AT)
    assert _feed(engine, "fra")[PAIR][1]["sources"]["value"] == "public synthetic-public"
    order_source(engine, "commercial", False, AT, "")
    publish_run(engine, office, SECRET, Runs(engine).latest(), AT)
    assert _feed(engine, "fra")[PAIR][1]["sources"]["value"] == "commercial"
    assert [one for one in examine(engine, [derived_signer(SECRET).public]) if one.fault] == []
