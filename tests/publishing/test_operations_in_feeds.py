"""An operation (RPO) is one item while it goes on, and leaves the feed once no run tells it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desks import NOW, SECRET
from made_operations import CAME, goes_on, operation

from sda.configuration import packaged
from sda.errors import StoreError
from sda.store import Run, Runs, Status
from sharing.checkpoints import examine
from sharing.errors import FeedError
from sharing.feeds import read_page
from sharing.inquiry import inquire
from sharing.jobs import open_office, publish_run
from sharing.publishing import Changes, due
from sharing.replaying import replay
from sharing.schema import open_sharing
from sharing.signing import derived_signer
from sharing.withdrawals import order_source

OPEN = ("public",)
CHOOSY = ("jpn", "lux", "nor")
"""Partners who do not ask for all that they may see."""


@pytest.fixture(scope="module")
def office():
    return open_office(packaged("config"))


@pytest.fixture
def database(database_url):
    engine = open_sharing(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def told(database, office):
    """Return a way to publish a run that tells operations, and approaches, of a solution."""

    def tell(hours, *operations, approaches=(), solution="public", sources=OPEN):
        at = NOW + timedelta(hours=hours)
        runs = Runs(database)
        run = runs.begin(Run(f"run {hours}", at, 6.0, 5.0, Status.RUNNING, at))
        runs.keep(run.run_id, "public", OPEN, approaches)
        if solution != "public":
            runs.keep(run.run_id, solution, sources, ())
        runs.keep_operations(run.run_id, solution, operations)
        runs.finish(run.run_id, Status.COMPLETE)
        (run, *_) = runs.list()
        done, _ = publish_run(database, office, SECRET, run, at)
        return {name: one for name, one in done.partners.items() if name not in CHOOSY}

    return tell


def feed(database, partner):
    return [
        (one.body["kind"], one.status, one.revision, one.item_id)
        for one in read_page(database, partner, 0, 1000).items
    ]


def test_an_operation_is_one_item_that_is_revised_while_it_goes_on(database, told):
    one = operation()
    assert set(told(0, one).values()) == {Changes(new=1)}
    ((_, _, _, name),) = feed(database, "per")
    nearer = goes_on(one, 4, tca=NOW + timedelta(hours=3), miss_km=1.25)
    assert set(told(4, nearer).values()) == {Changes(revised=1)}
    assert feed(database, "per") == [("rpo", "active", 2, name)]
    (item,) = read_page(database, "per", 0, 9).items
    assert item.body["facts"]["miss_distance"]["value"] == 1.25
    assert set(told(8, nearer).values()) == {Changes(unchanged=1)}
    assert len({feed(database, partner)[0][3] for partner in ("aus", "bra", "per")}) == 3


def test_what_no_run_tells_any_more_is_retracted_wherever_its_time_is(database, told):
    told(0, operation(), operation(200))
    changes = told(4, operation())
    assert set(changes.values()) == {Changes(unchanged=1, retracted=1)}
    assert [row[:3] for row in feed(database, "per")] == [
        ("rpo", "active", 1),
        ("rpo", "retracted", 2),
    ]
    assert set(told(8, operation(), operation(200)).values()) == {Changes(unchanged=1, revised=1)}


def test_one_that_ended_days_ago_is_closed_when_its_run_tells_it_no_more(database, told, office):
    old = operation(episode_end=CAME + timedelta(days=2), tca=CAME + timedelta(days=1))
    told(0, old)
    assert CAME + timedelta(days=2 + office.registry.rules.close_after_days) < NOW
    told(4, old)
    assert [row[:3] for row in feed(database, "aus")] == [("rpo", "active", 1)]
    assert set(told(8).values()) == {Changes(closed=1)}
    assert [row[:3] for row in feed(database, "aus")] == [("rpo", "closed", 2)]


def test_an_approach_ahead_is_another_item_than_the_operation_up_to_now(database, told, desk):
    ahead = desk.approach(100, 2)
    assert set(told(0, operation(), approaches=[ahead]).values()) == {Changes(new=2)}
    # The approach of a pair goes as runs no longer find it, and the operation stays.
    assert set(told(1, operation()).values()) == {Changes(unchanged=1, retracted=1)}
    assert sorted(row[:2] for row in feed(database, "aus")) == [
        ("crossing", "retracted"),
        ("rpo", "active"),
    ]


def test_an_operation_brings_nothing_back_that_earlier_runs_had_of_its_pair(database, told, desk):
    """What lapses beside the run's window is decided again; an operation is told by its run."""
    told(0, operation(), approaches=[desk.approach(100, 2)])
    days = 24 * 20
    later = goes_on(operation(), days)
    assert set(told(days, later).values()) == {Changes(revised=1, closed=1)}
    assert due(database, NOW + timedelta(hours=days)) == {}
    assert sorted(row[:2] for row in feed(database, "aus")) == [
        ("crossing", "closed"),
        ("rpo", "active"),
    ]


def test_a_run_of_long_ago_that_is_published_again_closes_what_is_over(
    database, told, office, desk
):
    told(0, approaches=[desk.approach(100, 2)])
    (run,) = Runs(database).list()
    for hours, expected in ((24 * 6, Changes(unchanged=1)), (24 * 8, Changes(closed=1))):
        at = NOW + timedelta(hours=hours)
        done, _ = publish_run(database, office, SECRET, run, at)
        assert done.partners["aus"] == expected
    done, _ = publish_run(database, office, SECRET, run, at + timedelta(days=1))
    assert done.partners["aus"] == Changes()
    assert [row[:2] for row in feed(database, "aus")] == [("crossing", "closed")]


def test_who_may_not_see_a_marked_operation_has_no_trace_of_it(database, told):
    marked = {"solution": "trilateral", "sources": ("trilateral",)}
    changes = told(0, operation(), **marked)
    assert {name for name, one in changes.items() if one.new} == {"aus", "gbr"}
    assert feed(database, "fra") == []
    order_source(database, "trilateral", True, NOW, "")
    assert feed(database, "aus") == []
    assert told(4, goes_on(operation(), 4), **marked)["aus"] == Changes(retracted=1)


def test_a_publication_is_replayed_with_the_operations_of_its_own_run(database, told, office):
    told(0, operation(), operation(200, verdict="watch"))
    told(4, goes_on(operation(), 4))
    for publication in (1, 2):
        again = replay(database, publication)
        assert (again.differing, len(again.partners)) == ((), len(office.registry.partners))
    assert [one for one in examine(database, [derived_signer(SECRET).public]) if one.fault] == []


def test_what_partners_were_told_of_a_published_run_stays(database, told):
    told(0, operation())
    with pytest.raises(StoreError, match="published"):
        Runs(database).keep_operations("run 0", "public", ())
    assert Runs(database).operations("run 0") == (("public", operation()),)


def test_an_operation_is_explained_by_its_item_and_by_its_pair(database, told, office, desk):
    told(0, operation(), approaches=[desk.approach(100, 2)])
    (run,) = Runs(database).list()

    def explained(item):
        return inquire(database, run, item, "per", office.registry, office.policy, NOW)

    by_kind = {kind: item for kind, _, _, item in feed(database, "per")}
    (one,) = explained(by_kind["rpo"]).solutions
    assert (one.kind, one.outcome.rendition) == ("rpo", "full")
    assert "evidence_arrival" in {fact.name for fact in one.facts}
    (other,) = explained(by_kind["crossing"]).solutions
    assert other.kind == "crossing"
    (named,) = explained("100,90000@2026-11-01T14:00:00Z").solutions
    assert named.kind == "crossing"
    (within,) = explained("100,90000@2026-10-25T00:00:00Z").solutions
    assert (within.kind, within.tca) == ("rpo", operation().tca)
    with pytest.raises(FeedError, match="no approach or operation"):
        explained("100,90000@2026-10-01T00:00:00Z")


def test_operations_of_many_pairs_come_in_order_whatever_else_a_run_has(database, told, desk):
    """A pair comes before the door at once: its approaches and its operations together."""
    approaches = [desk.approach(first, 2) for first in (50, 100, 300)]
    operations = [replace(operation(first), event_id=str(first)) for first in (400, 100, 10)]
    assert set(told(0, *operations, approaches=approaches).values()) == {Changes(new=6)}
