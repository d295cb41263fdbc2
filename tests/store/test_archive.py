"""The archive keeps each set once and gives back the catalogue as it stood."""

import struct
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from sda.elements import read_files
from sda.errors import StoreError
from sda.model import ElementSet
from sda.store import Added, Archive, Ingestion, Reject, open_store

START = datetime(2026, 11, 1, tzinfo=UTC)
ISS = ElementSet(
    norad_id=25544,
    name="ISS (ZARYA)",
    object_id="1998-067A",
    epoch=START,
    mean_motion_rev_day=15.49,
    eccentricity=0.0004,
    inclination_deg=51.64,
    ra_of_asc_node_deg=120.0,
    arg_of_pericenter_deg=30.0,
    mean_anomaly_deg=330.0,
    bstar_per_earth_radius=1e-4,
    mean_motion_dot_rev_day2=-0.0,
    mean_motion_ddot_rev_day3=0.0,
    classification="U",
    ephemeris_type=0,
    element_set_no=999,
    rev_at_epoch=54321,
    source="public",
)
law = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
fresh = count()
keys = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 48), st.sampled_from("ab")),
    unique=True,
    max_size=30,
)


@pytest.fixture
def archive(database_url):
    engine = open_store(database_url)
    yield Archive(engine)
    engine.dispose()


def ingestion(source="public", *rejects, sha256="ab" * 32):
    return Ingestion("catalogue.txt", sha256, source, START, rejects)


def made(norad_id, hours, source):
    """Return a set whose content follows from its key."""
    return replace(
        ISS,
        norad_id=norad_id,
        name=f"OBJECT {norad_id} AT {hours}",
        epoch=START + timedelta(hours=hours),
        mean_anomaly_deg=hours / 7,
        source=source,
    )


def test_a_file_ingested_twice_stores_nothing_new(archive):
    sets = [made(n, h, "public") for n in (5, 6) for h in (1, 2, 3)]
    bad = Reject("line 7", "1 00005U \0\udc80", "the checksum is wrong")
    assert archive.add(sets, ingestion("public", bad)) == Added(new=6, known=0)
    before = archive.counts()
    assert archive.add(sets, ingestion("public", bad)) == Added(new=0, known=6)
    after = archive.counts()
    assert (after.element_sets, after.objects, after.rejects) == (6, 2, 1)
    assert replace(after, ingestions=before.ingestions) == before
    log = archive.ingestions()
    assert [(i["new_sets"], i["known_sets"], i["rejected"]) for i in log] == [(6, 0, 1), (0, 6, 1)]
    assert (log[0]["file"], log[0]["sha256"], log[0]["at"]) == ("catalogue.txt", "ab" * 32, START)
    assert archive.rejects("ab" * 32) == (
        Reject("line 7", r"1 00005U \x00\udc80", "the checksum is wrong"),
    )


def test_another_orbit_under_a_kept_key_is_rejected_not_lost(archive):
    archive.add([ISS], ingestion())
    other = replace(ISS, inclination_deg=98.0)
    renamed = replace(ISS, name="ISS")
    assert archive.add([other, renamed], ingestion()) == Added(new=0, known=1, differing=1)
    assert archive.history(25544) == (ISS,)
    (kept,) = archive.rejects()
    assert '"inclination_deg":98.0' in kept.text
    assert "differs" in kept.reason


def test_one_set_twice_in_one_file_is_kept_once(archive):
    assert archive.add([ISS, ISS], ingestion()) == Added(new=1, known=1)


def test_sets_of_another_source_than_their_ingestion_are_refused(archive):
    with pytest.raises(StoreError, match=r"25544 is of source 'public'.*'other'"):
        archive.add([ISS], ingestion("other"))
    assert archive.counts().element_sets == 0


@law
@given(keys=keys, data=st.data())
def test_any_order_and_split_gives_the_same_archive(archive, keys, data):
    one, other = f"one{next(fresh)}", f"other{next(fresh)}"
    unsourced = sorted({(norad_id, hours) for norad_id, hours, _ in keys})
    archive.add([made(*key, one) for key in unsourced], ingestion(one))
    shuffled = data.draw(st.permutations(unsourced))
    cut = data.draw(st.integers(0, len(shuffled)))
    for part in (shuffled[:cut], shuffled[cut:], shuffled[: cut // 2]):
        archive.add([made(*key, other) for key in part], ingestion(other))
    for norad_id in range(1, 5):
        assert [replace(e, source=one) for e in archive.history(norad_id, sources=[other])] == [
            *archive.history(norad_id, sources=[one])
        ]
    at = START + timedelta(hours=20)
    assert [replace(e, source=one) for e in archive.catalogue(at, sources=[other])] == [
        *archive.catalogue(at, sources=[one])
    ]
    assert archive.newest_epoch([one]) == archive.newest_epoch([other])


@law
@given(
    keys=keys,
    hours=st.integers(-1, 50),
    age_h=st.none() | st.integers(0, 30),
    swapped=st.booleans(),
)
def test_the_catalogue_equals_a_brute_force_over_all_sets(archive, keys, hours, age_h, swapped):
    names = {"a": f"a{next(fresh)}", "b": f"b{next(fresh)}"}
    sets = [made(norad_id, h, names[source]) for norad_id, h, source in keys]
    for name in names.values():
        archive.add([e for e in sets if e.source == name], ingestion(name))
    order = [names["b"], names["a"]] if swapped else [names["a"], names["b"]]
    at = START + timedelta(hours=hours)
    max_age = None if age_h is None else timedelta(hours=age_h)
    expected = []
    for norad_id in sorted({e.norad_id for e in sets}):
        usable = [
            e
            for e in sets
            if e.norad_id == norad_id
            and e.epoch <= at
            and (max_age is None or at - e.epoch <= max_age)
        ]
        if usable:
            expected.append(max(usable, key=lambda e: (e.epoch, -order.index(e.source))))
    assert archive.catalogue(at, max_age, order) == tuple(expected)


def test_without_sources_all_take_part_in_alphabetical_order(archive):
    for source in ("zulu", "alpha"):
        archive.add([replace(ISS, source=source)], ingestion(source))
    assert [e.source for e in archive.catalogue(START)] == ["alpha"]
    assert archive.catalogue(START, sources=[]) == ()


@law
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=9, max_size=9))
def test_every_bit_of_a_number_comes_back(archive, numbers):
    source = f"bits{next(fresh)}"
    values = [*astuple(ISS)[:4], *numbers, *astuple(ISS)[13:17], source]
    elements = ElementSet(*values)
    archive.add([elements], ingestion(source))
    (back,) = archive.history(25544, sources=[source])
    assert back == elements
    floats = astuple(back)[4:13]
    assert struct.pack("9d", *floats) == struct.pack("9d", *numbers)


def test_history_is_bounded_by_both_ends_included(archive):
    archive.add([made(7, h, "public") for h in range(10)], ingestion())
    start, end = START + timedelta(hours=3), START + timedelta(hours=5)
    assert [e.epoch for e in archive.history(7, start, end)] == [
        START + timedelta(hours=h) for h in (3, 4, 5)
    ]


@law
@given(keys=keys, first=st.integers(-1, 50), hours=st.integers(0, 50), both=st.booleans())
def test_all_histories_are_those_of_each_object(archive, keys, first, hours, both):
    names = {"a": f"a{next(fresh)}", "b": f"b{next(fresh)}"}
    for name in names.values():
        archive.add(
            [made(n, h, names[source]) for n, h, source in keys if names[source] == name],
            ingestion(name),
        )
    start = START + timedelta(hours=first)
    end = start + timedelta(hours=hours)
    sources = list(names.values())[: 1 + both]
    assert archive.histories(start, end, sources) == tuple(
        one for norad_id in range(1, 5) for one in archive.history(norad_id, start, end, sources)
    )


def test_objects_are_found_by_number_name_and_designator(archive):
    archive.add([ISS, made(48274, 1, "public")], ingestion())
    late = replace(ISS, epoch=START + timedelta(days=1), name="ISS", source="later")
    archive.add([late], ingestion("later"))
    (found,) = archive.find("25544")
    assert (found.name, found.n_sets, found.first, found.last) == ("ISS", 2, START, late.epoch)
    assert [f.norad_id for f in archive.find("zarya")] == [25544]
    assert [f.norad_id for f in archive.find("object 48")] == [48274]
    assert [f.norad_id for f in archive.find("1998-067a")] == [25544, 48274]
    assert archive.find("%") == ()
    assert archive.find("nothing of this name") == ()


def test_an_empty_archive_says_so(archive):
    assert archive.newest_epoch() is None
    assert archive.catalogue(START) == ()
    assert archive.add([], ingestion()) == Added(new=0, known=0)


def test_a_naive_time_is_refused(archive):
    archive.add([ISS], ingestion())
    with pytest.raises(StatementError, match="has no zone"):
        archive.catalogue(datetime(2026, 11, 2))


def test_a_real_catalogue_comes_back_as_it_was_read(archive, shared):
    reading = read_files([shared / "catalogs/full-2025-08-08.3le.gz"], "public")
    newest = {}
    for e in sorted(reading.elements, key=lambda e: e.epoch):
        newest[e.norad_id] = e
    added = archive.add(reading.elements, ingestion())
    assert added.new + added.known + added.differing == len(reading.elements)
    end = max(e.epoch for e in reading.elements)
    catalogue = archive.catalogue(end)
    assert len(catalogue) > 28_000
    assert {e.norad_id: e.epoch for e in catalogue} == {n: e.epoch for n, e in newest.items()}
    assert set(catalogue) <= set(reading.elements)
