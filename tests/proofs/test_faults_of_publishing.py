"""A publication that fails anywhere leaves feeds and ledger as they were, byte for byte.

The next try on the same database makes what it would have made at once.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from desks import NOW, SECRET, Desk, desk
from faults import Calls, FaultError, chosen, failing_at
from sqlalchemy import Engine
from worlds import ASSET, PARTNERS, Found, entries, everything, keep, opened, publish, shown

from sda.errors import StoreError, TearlineError, TimeError
from sda.store import Runs, Status
from sharing.checkpoints import examine
from sharing.errors import FeedError, RegistryError
from sharing.feeds.bodies import is_news, withdrawn
from sharing.jobs import Office, open_office, publish_run
from sharing.publishing import Edition
from sharing.publishing import publish as publish_releases
from sharing.schema import open_sharing
from sharing.signing import derived_signer

__all__ = ["desk"]

WRITING = (
    "publishing.py", "batches.py", "recording.py", "stock.py", "revising.py", "ledger.py",
    "feeds", "ids.py", "checkpoints.py", "signing.py", "withdrawals.py", "retracting.py",
    "credentials.py",
)  # fmt: skip


def editions(desk: Desk) -> list[Callable[[Engine], object]]:
    """Return two publications: the second revises, retracts, renews, closes and adds items."""
    approach = desk.approach
    found = [
        [approach(1, 40), approach(2, 41), approach(3, 42), approach(4, 2), approach(5, 90)],
        [approach(1, 40, miss_km=1.0), approach(3, 42), approach(6, 50), approach(5, 90.001)],
    ]
    made = []
    for number, some in enumerate(found):
        start, now = NOW + timedelta(hours=10 * number), NOW + timedelta(hours=20 * number)
        releases = desk.releases({"public": some, "trilateral": some[:2]}, now)
        window = start, start + timedelta(days=6)
        edition = Edition(f"run {number}", now, window, desk.policy.digest)

        def work(engine: Engine, edition: Edition = edition, releases=releases) -> object:
            is_news.cache_clear()
            withdrawn.cache_clear()
            return publish_releases(
                engine, edition, releases, [releases], desk.registry.rules, SECRET
            )

        made.append(work)
    return made


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_sharing(database_url)
    yield engine
    engine.dispose()


def test_no_statement_that_the_database_refuses_leaves_a_trace(
    desk: Desk, database: Engine, tmp_path: Path
) -> None:
    control = opened(tmp_path / "control.db")
    for work in editions(desk):
        work(control)
        before, n, tries = everything(database), 0, 0
        while True:
            n += 1
            with failing_at(database, n) as came:
                try:
                    work(database)
                except StoreError:
                    assert everything(database) == before
                    tries += 1
                    continue
            break
        # Each has failed once. On PostgreSQL one more than comes at last may have been tried.
        assert 20 < len(came) <= tries
        assert everything(database) == everything(control)
    assert not [one for one in examine(database, [derived_signer(SECRET).public]) if one.fault]
    control.dispose()


def test_no_call_that_raises_leaves_a_trace(desk: Desk, tmp_path: Path) -> None:
    database, control = opened(tmp_path / "a.db"), opened(tmp_path / "control.db")
    for work in editions(desk):
        with Calls(WRITING) as calls:
            work(control)
        before = everything(database)
        # A generator is called once more when it is thrown away, where nobody hears it raise.
        loud = {code: n for code, n in calls.counted.items() if code.co_name != "<genexpr>"}
        assert len(loud) > 60
        for code, k in chosen(loud, 1):
            with pytest.raises(FaultError), Calls(WRITING, code, k):
                work(database)
            assert everything(database) == before, code.co_qualname
        work(database)
        assert everything(database) == everything(control)
    database.dispose()
    control.dispose()


FOUND = [
    Found("public", 50.0, 3.25),
    Found("trilateral", 50.01, 0.06),
    Found("commercial", 90.0, 0.42, (5, ASSET)),
    Found("public", 20.0, 9.0, (7, 8)),
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = opened(tmp_path / "run.db")
    yield engine
    engine.dispose()


def public(engine: Engine) -> dict[str, object]:
    """Return all that partners and auditors read."""
    return {name: (shown(engine, name), entries(engine, name)) for name in PARTNERS}


def test_a_database_that_fails_in_a_run_publishes_all_or_nothing(
    office: Office, engine: Engine, tmp_path: Path
) -> None:
    """Every fourth statement, from what is given to what follows the publication."""
    control = opened(tmp_path / "control.db")
    publish(control, office, keep(control, FOUND))
    run, n, last = keep(engine, FOUND), 1, 0
    while True:
        with failing_at(engine, n) as came:
            try:
                publish(engine, office, run)
            except StoreError:
                assert public(engine) in (public(control), dict.fromkeys(PARTNERS, ([], [])))
                last = len(came)
            if len(came) < n:
                break
        n += 4
    assert last > 40
    publish(engine, office, run)
    assert public(engine) == public(control)
    assert Runs(engine).latest().status is Status.PUBLISHED
    control.dispose()


def test_a_clock_that_jumps_back_publishes_nothing(office: Office, engine: Engine) -> None:
    """An agreement that has lapsed must not be in force again."""
    first = keep(engine, FOUND)
    with pytest.raises(FeedError, match="earlier than"):
        publish(engine, office, first, -1.0)
    assert everything(engine)["publications"] == []
    publish(engine, office, first)
    later = keep(engine, FOUND, run_id="run 2", hours_later=10.0)
    before = everything(engine)
    for hours in (-24 * 3000.0, -11.0, -0.1):
        with pytest.raises(FeedError, match="earlier than"):
            publish(engine, office, later, hours)
        assert everything(engine) == before


def test_a_newer_run_decided_at_a_time_before_the_last_decisions_publishes_nothing(
    office: Office, engine: Engine
) -> None:
    """What has lapsed by the last decisions comes to life by no newer run either."""
    publish(engine, office, keep(engine, FOUND), 24 * 3000.0)
    assert not any(row[3] == "active" for name in PARTNERS for row in shown(engine, name))
    before = everything(engine)
    later = keep(engine, FOUND, run_id="run 2", hours_later=10.0)
    with pytest.raises(FeedError, match=r"set the clock, or publish --at .* or later"):
        publish(engine, office, later, 1.0)
    assert everything(engine) == before
    publish(engine, office, later, 24 * 3000.0)


def test_decisions_that_changed_nothing_are_followed_by_no_earlier_ones(
    office: Office, engine: Engine
) -> None:
    """Of what was held back then nothing may be let go by a clock that went back."""
    run = keep(engine, FOUND)
    publish(engine, office, run)
    before = public(engine)
    publish(engine, office, run, 0.01)
    assert public(engine) == before
    other = keep(engine, FOUND, run_id="run 2")
    with pytest.raises(FeedError, match="what has lapsed since must not hold again"):
        publish(engine, office, other)
    publish(engine, office, other, 0.01)


def test_a_clock_without_a_zone_publishes_nothing(office: Office, engine: Engine) -> None:
    run = keep(engine, FOUND)
    with pytest.raises(TimeError):
        publish_run(engine, office, SECRET, run, run.at.replace(tzinfo=None))
    assert everything(engine)["publications"] == []


def test_a_clock_that_is_far_ahead_shows_no_more(office: Office, engine: Engine) -> None:
    """All is past by then: nothing is nearer than a day, and agreements have lapsed."""
    publish(engine, office, keep(engine, FOUND))
    active = [sum(row[3] == "active" for row in shown(engine, name)) for name in PARTNERS]
    publish(engine, office, Runs(engine).latest(), 24 * 3000.0)
    for name, n in zip(PARTNERS, active, strict=True):
        rows = shown(engine, name)
        assert sum(row[3] == "active" for row in rows) == 0 <= n


def test_a_source_that_is_gone_from_the_configuration_publishes_nothing(
    office: Office, engine: Engine, config: Path, tmp_path: Path
) -> None:
    publish(engine, office, keep(engine, FOUND))
    before = public(engine)
    lacking = Path(copytree(config, tmp_path / "config"))
    (lacking / "sources" / "trilateral.toml").unlink()
    with pytest.raises(TearlineError):
        publish(engine, open_office(lacking), keep(engine, FOUND, run_id="run 2", hours_later=1))
    assert public(engine) == before


def test_an_edition_of_the_register_before_its_day_publishes_nothing(
    config: Path, tmp_path: Path
) -> None:
    """Whoever becomes a member on a day may not read before it."""
    ahead = Path(copytree(config, tmp_path / "config"))
    newest = (ahead / "register" / "2024-03-07.toml").read_text(encoding="utf-8")
    (ahead / "register" / "2027-01-01.toml").write_text(newest.replace("2024-03-07", "2027-01-01"))
    with pytest.raises(RegistryError, match="it holds from 2027-01-01 on: add it then"):
        open_office(ahead, date(2026, 12, 31))
    edition = open_office(ahead, date(2027, 1, 1)).registry.register.edition
    assert edition == date(2027, 1, 1)
