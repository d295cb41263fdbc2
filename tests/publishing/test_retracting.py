"""What is taken back leaves a tombstone, and nothing else changes."""

from datetime import timedelta

import pytest
from desks import NOW, SECRET
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sharing.checkpoints import examine
from sharing.errors import FeedError
from sharing.feeds import read_item, read_page
from sharing.publishing import Changes
from sharing.recording import last_publication
from sharing.retracting import list_retractions, retract, undo_retraction
from sharing.schema import items, ledger, open_sharing, statements
from sharing.signing import derived_signer
from sharing.succession import last_decision
from sharing.withdrawals import list_orders, order_source

SIGNER = derived_signer(SECRET)


@pytest.fixture
def database(database_url):
    engine = open_sharing(database_url)
    yield engine
    engine.dispose()


def _item(database, partner, first):
    with database.connect() as connection:
        return connection.execute(_ids(partner, first)).scalar_one()


def _ids(partner, first):
    return (
        select(items.c.item_id)
        .join(statements, statements.c.statement == items.c.statement)
        .where(items.c.partner == partner, statements.c.norad_id_1 == first)
        .order_by(statements.c.tca)
    )


def _retract(desk, database, partner, first, **more):
    item = _item(database, partner, first)
    retract(database, partner, item, "wrong object", NOW, desk.registry.rules, SIGNER, **more)
    return item


def _verified(database):
    return [one.fault for one in examine(database, [SIGNER.public]) if one.fault] == []


def _feed(database, partner):
    return [
        (one.item_id, one.seq, one.revision, one.status, one.body)
        for one in read_page(database, partner, 0, 1000).items
    ]


def test_a_tombstone_lists_nothing_that_was_left_out(desk, database):
    found = {"commercial": [desk.approach(100, 10)]}
    desk.publish(database, found)
    item = _item(database, "aus", 100)
    assert read_item(database, "aus", item).body["omitted"][-1] == "sources"
    assert "omitted" not in read_item(database, "deu", _item(database, "deu", 100)).body
    _retract(desk, database, "aus", 100)
    assert "omitted" not in read_item(database, "aus", item).body


def test_an_order_to_retract_is_no_decision_that_a_later_one_has_to_follow(desk, database):
    """It is given by the clock, while decisions may be made for another time."""
    found = {"public": [desk.approach(100, 30), desk.approach(200, 31)]}
    desk.publish(database, found)
    item, late = _item(database, "bra", 100), NOW + timedelta(hours=29)
    retract(database, "bra", item, "wrong object", late, desk.registry.rules, SIGNER)
    with database.connect() as connection:
        assert last_publication(connection).at == late
        assert last_decision(connection).at == NOW
    one = [desk.approach(200, 31)]
    done = desk.publish(database, {"public": one}, "run 2", 1)
    assert done.partners["bra"] == Changes(unchanged=1)
    assert done.partners["deu"] == Changes(unchanged=1, retracted=1)
    assert _verified(database)


def test_a_retracted_release_becomes_a_tombstone_and_stays_one_until_that_is_undone(desk, database):
    found = {"public": [desk.approach(100, 30), desk.approach(200, 31)]}
    desk.publish(database, found)
    before = _feed(database, "bra")
    item = _retract(desk, database, "bra", 100)
    gone = read_item(database, "bra", item)
    assert (gone.status, gone.revision, gone.body["facts"]) == ("retracted", 2, {})
    (marking,) = [body["marking"] for name, *_, body in before if name == item]
    assert gone.body["marking"] == marking
    for run in (1, 2):
        done = desk.publish(database, found, f"run {run + 1}", run)
        assert done.partners["bra"] == Changes(unchanged=2)
        assert read_item(database, "bra", item).status == "retracted"
    undo_retraction(database, "bra", item, "was right", NOW)
    assert desk.publish(database, found, "run 4", 3).partners["bra"].revised == 1
    back = read_item(database, "bra", item)
    assert (back.status, back.revision) == ("active", 3)
    assert [one.reason for one in list_retractions(database)] == ["wrong object", "was right"]
    assert _verified(database)


def test_everyone_who_got_the_event_is_told_and_nobody_else(desk, database):
    found = {"public": [desk.approach(100, 30), desk.approach(100, 33), desk.approach(200, 31)]}
    desk.publish(database, found, partners=["aus", "bra"])
    desk.publish(database, {"public": []}, "other", 0, partners=["deu"])
    with database.connect() as connection:
        item = connection.execute(_ids("aus", 100)).scalars().first()
    done = retract(database, "aus", item, "wrong", NOW, desk.registry.rules, SIGNER, everyone=True)
    assert [one.partner for one in done] == ["aus", "bra"]
    for partner in ("aus", "bra"):
        statuses = [status for _, _, _, status, _ in _feed(database, partner)]
        assert sorted(statuses) == ["active", "active", "retracted"]
    assert _verified(database)


def test_a_correction_is_a_new_revision_and_the_earlier_one_stays_in_the_ledger(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 30, miss_km=3.0)]})
    item = _item(database, "aus", 100)
    desk.publish(database, {"public": [desk.approach(100, 30, miss_km=1.0)]}, "run 2", 1)
    corrected = read_item(database, "aus", item)
    assert (corrected.revision, corrected.status) == (2, "active")
    assert corrected.body["facts"]["miss_distance"]["value"] == 1.0
    with database.connect() as connection:
        query = select(ledger.c.revision, ledger.c.status).where(ledger.c.item_id == item)
        assert [tuple(row) for row in connection.execute(query.order_by(ledger.c.n))] == [
            (1, "active"),
            (2, "active"),
        ]
    assert _verified(database)


def test_what_cannot_be_retracted_is_refused(desk, database):
    rules = desk.registry.rules
    with pytest.raises(FeedError, match="nothing is published"):
        retract(database, "aus", "x", "why", NOW, rules, SIGNER)
    desk.publish(database, {"public": [desk.approach(100, 30)]})
    with pytest.raises(FeedError, match="no item 'x'"):
        retract(database, "aus", "x", "why", NOW, rules, SIGNER)
    with pytest.raises(FeedError, match="needs a reason"):
        retract(database, "aus", _item(database, "aus", 100), " ", NOW, rules, SIGNER)
    item = _retract(desk, database, "aus", 100)
    with pytest.raises(FeedError, match="retracted already"):
        retract(database, "aus", item, "why", NOW, rules, SIGNER)
    with pytest.raises(FeedError, match="nothing to undo"):
        undo_retraction(database, "bra", _item(database, "bra", 100), "", NOW)


def test_retracting_what_a_partner_never_saw_leaves_its_feed_the_same_to_the_byte(desk, fresh):
    public, hidden = [desk.approach(100, 30)], [desk.approach(150, 20)]
    feeds = []
    for name in ("with", "without"):
        database = fresh(name)
        desk.publish(database, {"public": public, "trilateral": hidden})
        if name == "with":
            _retract(desk, database, "aus", 150, everyone=True)
            order_source(database, "trilateral", True, NOW, "")
        desk.publish(database, {"public": public}, "run 2", 1)
        feeds.append((_feed(database, "bra"), _head(database, "bra")))
        assert _verified(database)
    assert feeds[0] == feeds[1]


def _head(database, partner):
    with database.connect() as connection:
        chosen = ledger.c.partner == partner
        query = select(ledger.c.n, ledger.c.hash).where(chosen).order_by(ledger.c.n)
        return [tuple(row) for row in connection.execute(query)]


@settings(max_examples=10, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["run", "retract", "undo"]), st.integers(0, 2)), max_size=6
    )
)
def test_nothing_is_ever_deleted_and_the_ledger_verifies_after_each_step(
    desk, tmp_path_factory, steps
):
    database = open_sharing(f"sqlite:///{tmp_path_factory.mktemp('steps') / 'a.db'}")
    found = [desk.approach(100 + n, 30 + n) for n in range(3)]
    desk.publish(database, {"public": found}, "run", partners=["aus"])
    retracted, ids, length = set(), [_item(database, "aus", 100 + n) for n in range(3)], 3
    for step, (what, n) in enumerate(steps):
        if what == "run":
            desk.publish(database, {"public": found}, f"run {step}", step + 1, ["aus"])
        elif what == "retract" and n not in retracted:
            _retract(desk, database, "aus", 100 + n)
            retracted.add(n)
        elif what == "undo" and n in retracted:
            undo_retraction(database, "aus", ids[n], "", NOW)
            retracted.remove(n)
        statuses = {name: status for name, _, _, status, _ in _feed(database, "aus")}
        assert set(statuses) == set(ids)
        assert all(statuses[ids[n]] == "retracted" for n in retracted)
        with database.connect() as connection:
            now = connection.scalar(select(func.count()).select_from(ledger))
        assert now >= length
        length = now
        assert _verified(database)
    database.dispose()


def test_what_rests_on_a_withdrawn_source_is_served_no_more_and_then_retracted(desk, database):
    found = {"public": [desk.approach(100, 30)], "trilateral": [desk.approach(200, 80)]}
    desk.publish(database, found)
    hidden, shown = (_item(database, "aus", first) for first in (200, 100))
    order_source(database, "trilateral", True, NOW, "sensor is off")
    assert read_item(database, "aus", hidden) is None
    assert [name for name, *_ in _feed(database, "aus")] == [shown]
    done = desk.publish(database, {"public": found["public"]}, "run 2", 1)
    assert done.partners["aus"] == Changes(unchanged=1, retracted=1)
    gone = read_item(database, "aus", hidden)
    assert (gone.status, gone.revision, gone.body["facts"]) == ("retracted", 2, {})
    order_source(database, "trilateral", False, NOW, "")
    assert desk.publish(database, found, "run 3", 2).partners["aus"].revised == 1
    back = read_item(database, "aus", hidden)
    assert (back.status, back.revision) == ("active", 3)
    assert [one.withdrawn for one in list_orders(database)] == [True, False]
    assert _verified(database)


def test_who_reads_on_while_a_source_is_withdrawn_misses_nothing(desk, database):
    found = {"trilateral": [desk.approach(200, 30)], "public": [desk.approach(100, 31)]}
    desk.publish(database, found)
    order_source(database, "trilateral", True, NOW, "")
    read = read_page(database, "aus", 0, 100)
    order_source(database, "trilateral", False, NOW, "")
    assert desk.publish(database, found, hours_later=1).partners["aus"].revised == 1
    missed = read_page(database, "aus", read.last, 100).items
    assert [one.item_id for one in missed] == [_item(database, "aus", 200)]
    assert desk.publish(database, found, hours_later=2).partners["aus"].revised == 0


def test_an_order_that_changes_nothing_is_refused(database):
    with pytest.raises(FeedError, match="not withdrawn"):
        order_source(database, "public", False, NOW, "")
    order_source(database, "public", True, NOW, "")
    with pytest.raises(FeedError, match="withdrawn already"):
        order_source(database, "public", True, NOW, "")


def test_a_row_whose_sources_are_not_known_is_not_served_while_any_is_withdrawn(desk, database):
    desk.publish(database, {"public": [desk.approach(100, 30)]}, partners=["aus"])
    with database.begin() as connection:
        connection.execute(statements.update().values(sources=""))
    assert len(_feed(database, "aus")) == 1
    order_source(database, "commercial", True, NOW, "")
    assert _feed(database, "aus") == []
