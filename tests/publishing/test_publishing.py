import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desks import NOW, SECRET
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sda.model import Kind
from sharing.errors import FeedError
from sharing.feeds.bodies import is_news
from sharing.ledger import verify_all
from sharing.publishing import Changes, Edition, due, publish
from sharing.schema import items, ledger, open_sharing, publications, statements


def _rows(database, table, **where):
    query = select(table).order_by(*table.primary_key.columns)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _items(database, partner):
    about = select(items, statements).join(statements, statements.c.statement == items.c.statement)
    with database.connect() as connection:
        rows = connection.execute(about.where(items.c.partner == partner))
        return {row.item_id: row for row in rows}


@pytest.fixture
def database(database_url):
    database = open_sharing(database_url)
    yield database
    database.dispose()


def test_each_partner_gets_what_it_may_have_and_ids_of_its_own(desk, database):
    found = {"public": [desk.approach(100, 10)], "trilateral": [desk.approach(200, 20)]}
    done = desk.publish(database, found)
    assert done.partners["aus"] == Changes(new=2)
    assert done.partners["bra"] == Changes(new=1)
    assert not _items(database, "aus").keys() & _items(database, "bra").keys()
    assert [row.seq for row in _items(database, "bra").values()] == [1]


def test_publishing_a_run_twice_writes_nothing(desk, database):
    found = {"public": [desk.approach(100, 10), desk.approach(200, 20)]}
    desk.publish(database, found)
    before = [_rows(database, table) for table in (items, ledger, publications)]
    done = desk.publish(database, found)
    assert done.partners["aus"] == Changes(unchanged=2)
    assert [_rows(database, table) for table in (items, ledger, publications)] == before


def test_a_new_value_makes_a_revision_and_noise_does_not(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 30)]})
    noise = desk.approach(100, 30 + 1e-6, miss_km=3.2501)
    assert desk.publish(database, {"public": [noise]}, "run 2", 1).partners["aus"].unchanged == 1
    news = desk.approach(100, 30.05, miss_km=2.0)
    assert desk.publish(database, {"public": [news]}, "run 3", 2).partners["aus"].revised == 1
    (item,) = _items(database, "aus").values()
    assert (item.revision, item.seq, item.status) == (2, 2, "active")
    assert [row[7] for row in _rows(database, ledger, partner="aus")] == ["active", "active"]


def test_small_steps_add_up_to_a_revision(desk, database):
    revised = 0
    for step in range(8):
        moved = desk.approach(100, 40, miss_km=3.25 + 0.004 * step)
        done = desk.publish(database, {"public": [moved]}, f"run {step}", step)
        revised += done.partners["aus"].revised
    assert revised == 2


def test_what_a_run_no_longer_finds_is_retracted_and_may_come_back(desk, database):
    found = {"public": [desk.approach(100, 30), desk.approach(200, 31)]}
    desk.publish(database, found)
    done = desk.publish(database, {"public": found["public"][:1]}, "run 2", 1)
    assert done.partners["bra"] == Changes(unchanged=1, retracted=1)
    gone = next(row for row in _items(database, "bra").values() if row.norad_id_1 == 200)
    assert (gone.status, gone.revision) == ("retracted", 2)
    done = desk.publish(database, found, "run 3", 2)
    assert done.partners["bra"] == Changes(unchanged=1, revised=1)
    back = _items(database, "bra")[gone.item_id]
    assert (back.status, back.revision) == ("active", 3)


def test_only_what_the_run_could_have_found_is_retracted(desk, database):
    over, at_edge, beyond = desk.approach(1, 2), desk.approach(2, 5.1), desk.approach(3, 71)
    desk.publish(database, {"public": [over, at_edge, beyond]})
    later = desk.publish(database, {"public": []}, "run 2", 5)
    assert later.partners["aus"] == Changes(retracted=1)
    statuses = {row.norad_id_1: row.status for row in _items(database, "aus").values()}
    assert statuses == {1: "active", 2: "active", 3: "retracted"}


def test_items_are_closed_some_days_after_their_time(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 10)]})
    days = desk.registry.rules.close_after_days
    early = desk.publish(database, {"public": []}, "run 2", 24 * days)
    assert early.partners["aus"] == Changes()
    late = desk.publish(database, {"public": []}, "run 3", 24 * days + 11)
    assert late.partners["aus"] == Changes(closed=1)
    assert (
        desk.publish(database, {"public": []}, "run 4", 24 * days + 12).partners["aus"] == Changes()
    )


def test_an_episode_stays_one_item_while_its_least_range_wanders(desk, database):
    def episode(start, end, tca):
        return desk.approach(
            100,
            tca,
            kind=Kind.PROXIMITY,
            episode_start=desk.approach(1, start).tca,
            episode_end=desk.approach(1, end).tca,
        )

    desk.publish(database, {"public": [episode(5, 40, 10)]})
    done = desk.publish(database, {"public": [episode(6, 44, 39)]}, "run 2", 1)
    assert done.partners["aus"] == Changes(revised=1)


def test_two_crossings_of_one_pair_stay_apart_half_an_orbit_on(desk, database):
    first = [desk.approach(100, 30), desk.approach(100, 30.75)]
    desk.publish(database, {"public": first})
    ids = {row.tca: name for name, row in _items(database, "aus").items()}
    moved = [desk.approach(100, 30.01), desk.approach(100, 30.76)]
    assert desk.publish(database, {"public": moved}, "run 2", 1).partners["aus"].revised == 2
    after = _items(database, "aus")
    for before, now in zip(first, moved, strict=True):
        assert after[ids[before.tca]].tca == now.tca


def test_an_older_run_is_refused(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 30)]}, "run 2", 5)
    with pytest.raises(FeedError, match="older than run 2"):
        desk.publish(database, {"public": []}, "run 1", 4)


def test_repeating_a_run_after_it_was_decided_again_later_changes_nothing(desk, database):
    found = {"public": [desk.approach(100, 30)]}
    edition = Edition("run 1", NOW, (NOW, NOW + timedelta(days=3)), desk.policy.digest)
    for hours in (0, 9):
        later = replace(edition, at=NOW + timedelta(hours=hours))
        releases = desk.releases(found, later.at)
        publish(database, later, releases, [releases], desk.registry.rules, SECRET)
    before = [_rows(database, table) for table in (items, ledger, publications)]
    releases = desk.releases({})
    done = publish(database, edition, releases, [releases], desk.registry.rules, SECRET)
    assert done.partners["aus"] == Changes(unchanged=1)
    assert [_rows(database, table) for table in (items, ledger, publications)] == before


def test_items_whose_decision_lapses_are_due(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 30)]}, partners=["aus"])
    now = desk.approach(1, 0).tca
    assert due(database, now) == {}
    assert due(database, now + timedelta(hours=30)) == {"aus": 1}


def test_what_others_get_changes_nothing_in_the_feed_of_a_partner(desk, fresh):
    public = [desk.approach(100, 10), desk.approach(200, 30)]
    hidden = [desk.approach(150, 20), desk.approach(100, 10.01, miss_km=0.06)]
    feeds = []
    for name, marked in (("with", hidden), ("without", [])):
        database = fresh(name)
        desk.publish(database, {"public": public, "trilateral": marked})
        desk.publish(database, {"public": public, "trilateral": marked[:1]}, "run 2", 1)
        feeds.append(
            (_rows(database, items, partner="bra"), _rows(database, ledger, partner="bra"))
        )
        assert len(_rows(database, ledger, partner="aus")) == (4 if marked else 2)
    assert feeds[0] == feeds[1]


_PUBLISH_AND_HANG = """
import sys, time
from sharing.publishing import Edition, publish
from sharing.schema import open_sharing
sys.path.insert(0, {here!r})
from desks import NOW, SECRET, Desk
from datetime import timedelta
from sda.configuration import packaged
from sharing.policy import load_engine
from sharing.registry import load_registry

registry = load_registry(packaged("config"))
desk = Desk(registry, load_engine(packaged("config"), registry))
found = {{"public": [desk.approach(100 + n, 10) for n in range(50)]}}
releases = desk.releases(found)

class Slow(dict):
    def __getitem__(self, partner):
        if partner == "deu":
            print("half", flush=True)
            time.sleep(60)
        return super().__getitem__(partner)

edition = Edition("run 1", NOW, (NOW, NOW + timedelta(days=3)), desk.policy.digest)
publish(open_sharing({url!r}), edition, releases, [Slow(releases)], registry.rules, SECRET)
"""


def test_a_kill_in_the_middle_publishes_nothing_and_the_next_try_everything(desk, fresh, tmp_path):
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    program = _PUBLISH_AND_HANG.format(here=str(Path(__file__).parent), url=url)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        os.kill(process.pid, signal.SIGKILL)
    database = fresh("killed")
    assert _rows(database, items) == _rows(database, ledger) == _rows(database, publications) == []
    found = {"public": [desk.approach(100 + n, 10) for n in range(50)]}
    done = desk.publish(database, found)
    assert set(done.partners.values()) == {Changes(new=50)}
    assert all(one.fault is None for one in verify_all(database))


@settings(max_examples=10, deadline=None)
@given(runs=st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=4))
def test_the_feed_shows_what_the_last_run_found_whatever_came_before(desk, tmp_path_factory, runs):
    database = open_sharing(f"sqlite:///{tmp_path_factory.mktemp('runs') / 'a.db'}")
    for number, numbers in enumerate(runs):
        found = [desk.approach(100 + n, 30 + n) for n in sorted(numbers)]
        desk.publish(database, {"public": found}, f"run {number}", number, ["aus"])
    active = {row.norad_id_1 for row in _items(database, "aus").values() if row.status == "active"}
    assert active == {100 + n for n in runs[-1]}
    seqs = [row[1] for row in _rows(database, ledger)]
    assert seqs == list(range(1, len(seqs) + 1))
    database.dispose()


def test_a_change_of_marking_is_news_however_small_the_rest():
    body = b'{"facts":{"a":{"marking":"%s","unit":"km","value":1.0}},"kind":"x"}'
    assert is_news(body % b"(U)", body % b"(S)")
    assert not is_news(body % b"(U)", body % b"(U)")
