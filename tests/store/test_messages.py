"""Messages are kept once each, and given back as they were known at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sda.ccsds import CdmFormat, read_cdm, write_cdm
from sda.errors import StoreError
from sda.store import Added, Archive, Ingestion, Messages, Reject, message_of, open_store

AT = datetime(2026, 10, 20, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "tle_samples" / "messages"
FILES = sorted(SAMPLES.glob("exercise-crossing.*"))
ONE = message_of(read_cdm(FILES[0])[0], "operator")
DAY = timedelta(days=1)


def ingestion(source="operator", *rejects):
    return Ingestion("file", "0" * 64, source, AT, rejects)


@pytest.fixture
def engine(database_url):
    engine = open_store(database_url)
    yield engine
    engine.dispose()


def test_a_message_of_three_formats_is_one(engine):
    found = [message_of(read_cdm(file)[0], "operator") for file in FILES]
    assert len({one.digest for one in found}) == 1
    assert Messages(engine).add(found, ingestion()) == Added(1, 2)
    assert Messages(engine).add(found, ingestion()) == Added(0, 3)
    (kept,) = Messages(engine).between(AT, AT + DAY, AT, ["operator"])
    (cdm,) = read_cdm(FILES[0])
    assert write_cdm((kept.cdm(),), CdmFormat.XML) == write_cdm((cdm,), CdmFormat.XML)


def test_another_source_has_its_own_and_another_text_is_another(engine):
    Messages(engine).add([ONE], ingestion())
    other = replace(ONE, source="elsewhere")
    assert Messages(engine).add([other], ingestion("elsewhere")) == Added(1, 0)
    later = replace(ONE, digest="1" * 64, created=ONE.created + timedelta(hours=1))
    assert Messages(engine).add([later], ingestion()) == Added(1, 0)
    assert Messages(engine).between(AT, AT + DAY, AT, ["operator"]) == (ONE, later)
    assert Messages(engine).between(AT, AT + DAY, AT, ["elsewhere", "operator"])[0] == other
    assert Messages(engine).count() == 3
    with pytest.raises(StoreError, match="ingest each source on its own"):
        Messages(engine).add([ONE], ingestion("elsewhere"))


def test_only_those_of_the_time_are_given_back_that_were_known_then(engine):
    Messages(engine).add([ONE], ingestion())
    tick = timedelta(microseconds=1)

    def between(start, end, at=AT):
        return Messages(engine).between(start, end, at, ["operator"])

    assert between(ONE.tca, ONE.tca) == (ONE,)
    assert between(ONE.tca + tick, ONE.tca + DAY) == ()
    assert between(ONE.tca - DAY, ONE.tca - tick) == ()
    assert between(AT, AT + DAY, ONE.created) == (ONE,)
    assert between(AT, AT + DAY, ONE.created - tick) == ()


def test_markings_add_up(engine):
    for marking in ("", "SECRET//NOFORN", "CONFIDENTIAL", "SECRET//NOFORN"):
        marked = replace(ONE, markings=(marking,) if marking else ())
        Messages(engine).add([marked], ingestion())
    (kept,) = Messages(engine).between(AT, AT + DAY, AT, ["operator"])
    assert kept == replace(ONE, markings=("CONFIDENTIAL", "SECRET//NOFORN"))
    assert Messages(engine).count() == 1


def test_each_reading_is_in_the_log_with_its_rejects(engine):
    Messages(engine).add([ONE, ONE], ingestion("operator", Reject("line 7", "X = y", "not so")))
    (row,) = Archive(engine).ingestions()
    assert (row["new_sets"], row["known_sets"], row["rejected"]) == (1, 1, 1)
    assert Archive(engine).rejects() == (Reject("line 7", "X = y", "not so"),)
    assert Archive(engine).counts().element_sets == 0
