"""What public sets lead to is certified and counted, and changes nothing that is published."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desks import SECRET
from made_messages import AT, OTHER_PAIR, PAIR, message, public_sets
from sqlalchemy import Engine, event, select

from sda.configuration import packaged
from sda.jobs import ingest
from sda.store import Archive, Ingestion, Runs
from sharing.certificates import certificates_of, examination_of
from sharing.inquiry import inquire
from sharing.jobs import Ran, open_office, publish_run, run_once
from sharing.replaying import replay
from sharing.schema import certificates, examinations, metadata, open_sharing
from sharing.withdrawals import order_source

SETS = public_sets()
OFFICE = open_office(packaged("config"))
NEAR_OTHER = AT + timedelta(hours=4, minutes=6)
DERIVABLE = message(SETS)
MANOEUVRED = message(SETS, OTHER_PAIR, near=NEAR_OTHER, ahead_s=0.2, message_id="EXERCISE-2")
NOBODY = "SECRET//NOFORN"
OF_EXAMINATION = {certificates.name, examinations.name}


@pytest.fixture
def engine(database_url, tmp_path):
    engine = open_sharing(database_url)
    fill(engine, tmp_path)
    yield engine
    engine.dispose()


def fill(engine: Engine, folder: Path, marking: str = "") -> None:
    """Keep public sets, a message that they lead to, and one of which they know nothing."""
    Archive(engine).add(SETS, Ingestion("sets", "0" * 64, "synthetic-public", AT))
    for number, text in enumerate((DERIVABLE, MANOEUVRED)):
        file = folder / f"{number}.cdm"
        file.write_text(text)
        ingest(engine, [file], "commercial", AT, marking)


def run(engine: Engine, threshold_km: float = 5.0) -> Ran:
    return run_once(engine, OFFICE, SECRET, (), "public", AT, 6.0, threshold_km, AT)


def rows(engine: Engine, besides: set[str] = OF_EXAMINATION) -> dict[str, list[tuple[object, ...]]]:
    """Return all that sharing keeps, by table."""
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
            if name not in besides
        }


def test_a_message_that_public_sets_lead_to_is_certified_and_a_manoeuvre_is_not(engine) -> None:
    ran = run(engine)
    assert (ran.examination.n_examined, len(ran.examination.certified)) == (2, 1)
    assert ran.examination.fault == ""
    assert certificates_of(engine, ran.detected.run.run_id, OTHER_PAIR) == ()
    (found,) = certificates_of(engine, ran.detected.run.run_id, PAIR)
    assert (found.solution, found.sources) == ("cdm-commercial", ("commercial",))
    assert {one.source for one in found.inputs} == {"synthetic-public"}
    assert all(one.epoch <= AT for one in found.inputs)
    assert found.digest.hex() in ran.examination.certified
    shown = ran.summary()["derivability"]
    assert (shown["n_examined"], shown["n_derivable"], shown["fault"]) == (2, 1, None)
    assert examination_of(engine, ran.detected.run.run_id) == ran.examination


def test_sets_of_a_marked_source_are_never_mixed_in(engine, tmp_path) -> None:
    """Prove it with a sensor that sees the manoeuvre, which the message is right about then."""
    seen = [
        replace(
            one,
            source="trilateral",
            mean_anomaly_deg=one.mean_anomaly_deg
            + (one.norad_id == OTHER_PAIR[0]) * 0.2 * one.mean_motion_rev_day / 240,
        )
        for one in SETS
    ]
    Archive(engine).add(seen, Ingestion("sensor", "1" * 64, "trilateral", AT))
    ran = run(engine)
    found = _certificates(engine, ran)
    assert {(one.solution, one.pair) for one in found} == {
        ("trilateral", PAIR),
        ("cdm-commercial", PAIR),
    }
    for one in found:
        assert {each.source for each in one.inputs} == {"synthetic-public"}


def _certificates(engine: Engine, ran: Ran):
    run_id = ran.detected.run.run_id
    return [one for pair in (PAIR, OTHER_PAIR) for one in certificates_of(engine, run_id, pair)]


def test_feeds_and_ledgers_are_the_same_to_the_last_bit_without_certificates(
    fresh: Callable[[str], Engine], tmp_path
) -> None:
    """Prove as well that a failure there never stops publication, and is told."""
    whole, failing = fresh("whole"), fresh("failing")
    for engine in (whole, failing):
        fill(engine, tmp_path)
    for table in (certificates, examinations):
        table.drop(failing)
    certified, failed = run(whole), run(failing)
    assert certified.examination.certified
    assert not failed.examination.certified
    assert "StoreError" in failed.examination.fault
    assert failed.published == certified.published
    assert rows(whole) == rows(failing)
    assert replay(whole, 1).differing == ()


def test_repeating_writes_nothing_and_what_is_found_anew_stands(engine) -> None:
    ran = run(engine)
    before = rows(engine, set())
    written: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert run(engine).examination == ran.examination
    event.remove(engine, "before_cursor_execute", note)
    assert not [one for one in written if any(name in one for name in OF_EXAMINATION)]
    assert rows(engine, set()) == before


def test_a_withdrawn_public_source_is_no_public_source(engine) -> None:
    ran = run(engine)
    order_source(engine, "synthetic-public", True, AT, "")
    _, found = publish_run(engine, OFFICE, SECRET, Runs(engine).latest(), AT)
    assert (found.n_examined, found.certified, found.fault) == (2, (), "")
    assert not any(found.silent.values())
    assert certificates_of(engine, ran.detected.run.run_id, PAIR) == ()
    order_source(engine, "synthetic-public", False, AT, "")
    _, found = publish_run(engine, OFFICE, SECRET, Runs(engine).latest(), AT)
    assert found == ran.examination


def test_silence_on_what_anybody_derives_is_counted_by_partner(
    fresh: Callable[[str], Engine], tmp_path
) -> None:
    # Below the public miss the public solution has no row: the message alone tells of the event.
    for name, marking, threshold_km, silent, withheld in (
        ("open", NOBODY, 5.0, 0, 0),
        ("closed", NOBODY, 0.3, 1, 1),
        ("coarse", "", 0.3, 0, 1),
    ):
        engine = fresh(name)
        fill(engine, tmp_path, marking)
        found = run(engine, threshold_km).examination
        assert found.n_examined == 2
        assert len(found.certified) == 1
        # The first is party of an agreement, and so warned coarsely where the marking allows it.
        assert (found.silent["nzl"], found.withheld["nzl"]) == (silent, withheld), name
        assert found.silent.keys() == found.withheld.keys() == OFFICE.registry.partners.keys()
        assert found.silent["per"] == (threshold_km < 5.0)


def test_the_releaser_is_told_who_can_act_on_the_marking(engine) -> None:
    latest = run(engine).detected.run
    for partner, pair, proposed in (("nzl", PAIR, 1), ("nzl", OTHER_PAIR, 0), ("fra", PAIR, 0)):
        near = AT + timedelta(hours=2, minutes=21) if pair == PAIR else NEAR_OTHER
        item = f"{pair[0]},{pair[1]}@{near:%Y-%m-%dT%H:%M:%SZ}"
        asked = inquire(
            engine, latest, item, partner, OFFICE.registry, OFFICE.policy, AT, at_most=1
        )
        by_name = {one.solution: one for one in asked.solutions}
        assert len(by_name["cdm-commercial"].proposals) == proposed, (partner, pair)
        assert (by_name["cdm-commercial"].certificate is not None) is (pair == PAIR)
        assert by_name["public"].certificate is None
