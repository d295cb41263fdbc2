import pytest
from sqlalchemy import delete, insert, select, text, update

from sharing.errors import LedgerError
from sharing.ledger import Entry, Tampering, link, verify, verify_all
from sharing.schema import bodies, ledger, open_sharing, publications

MOVE = 1000


def _published(desk, database):
    found = {"public": [desk.approach(100 + n, 10 + n) for n in range(6)]}
    desk.publish(database, found, partners=["aus", "bra"])
    return database


@pytest.fixture
def database(desk, fresh):
    return _published(desk, fresh("ledger"))


def _renumber(connection, first, last, step):
    """Move the numbers from `first` to `last` by `step`, without meeting one on the way."""
    chosen = ledger.c.partner == "aus"
    connection.execute(
        update(ledger).where(chosen, ledger.c.n.between(first, last)).values(n=ledger.c.n + MOVE)
    )
    connection.execute(
        update(ledger).where(chosen, ledger.c.n > MOVE).values(n=ledger.c.n - MOVE + step)
    )


def _fault(database):
    fault = verify(database, "aus").fault
    assert verify(database, "bra").fault is None
    return fault and (fault.n, fault.tampering)


def test_an_untouched_ledger_verifies(desk, database_url):
    database = _published(desk, open_sharing(database_url))
    found = list(verify_all(database))
    database.dispose()
    assert [(one.partner, one.entries, one.fault) for one in found] == [
        ("aus", 6, None),
        ("bra", 6, None),
    ]
    assert len({one.head for one in found}) == 2
    for one in found:
        one.require()


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.parametrize(
    "values", [{"revision": 9}, {"status": "closed"}, {"item_id": "x"}, {"hash": b"x" * 32}]
)
def test_an_altered_entry_is_named(database, n, values):
    with database.begin() as connection:
        chosen = ledger.c.partner == "aus", ledger.c.n == n
        connection.execute(update(ledger).where(*chosen).values(**values))
    assert _fault(database) == (n, Tampering.ALTERED)
    with pytest.raises(LedgerError, match=f"ledger of aus: entry {n} was altered"):
        verify(database, "aus").require()


@pytest.mark.parametrize("n", [1, 3, 6])
def test_an_entry_altered_with_a_new_hash_of_its_own_is_named(database, n):
    with database.begin() as connection:
        chosen = ledger.c.partner == "aus", ledger.c.n == n
        row = connection.execute(select(ledger).where(*chosen)).one()
        seen = connection.execute(
            text("SELECT run_id, policy, register, rules FROM publications")
        ).one()
        at = connection.execute(select(publications.c.at)).scalar_one()
        said = (row.item_id, 9, "active", row.body, seen.register, seen.rules)
        entry = Entry("aus", n, seen.run_id, at, seen.policy, *said)
        connection.execute(
            update(ledger).where(*chosen).values(revision=9, hash=link(row.previous, entry))
        )
    assert _fault(database) == (n, Tampering.ALTERED)


def test_a_body_that_was_altered_is_found(database):
    with database.begin() as connection:
        row = connection.execute(
            select(ledger.c.body).where(ledger.c.partner == "aus", ledger.c.n == 4)
        ).one()
        connection.execute(update(bodies).where(bodies.c.digest == row.body).values(body=b"{}"))
    fault = verify(database, "aus").fault
    assert (fault.n, fault.tampering) == (4, Tampering.ALTERED)


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.parametrize("close_gap", [False, True])
def test_a_removed_entry_is_named(database, n, close_gap):
    with database.begin() as connection:
        connection.execute(delete(ledger).where(ledger.c.partner == "aus", ledger.c.n == n))
        if close_gap:
            _renumber(connection, n + 1, 6, -1)
    assert _fault(database) == (n, Tampering.REMOVED)


@pytest.mark.parametrize("n", [1, 3, 6, 7])
def test_an_inserted_entry_is_named_even_with_a_good_hash(database, n):
    with database.begin() as connection:
        rows = connection.execute(
            select(ledger).where(ledger.c.partner == "aus").order_by(ledger.c.n)
        ).all()
        seen = connection.execute(
            text("SELECT run_id, policy, register, rules FROM publications")
        ).one()
        at = connection.execute(select(publications.c.at)).scalar_one()
        previous = rows[n - 2].hash if n > 1 else bytes(32)
        said = ("a" * 26, 1, "active", rows[0].body, seen.register, seen.rules)
        entry = Entry("aus", n, seen.run_id, at, seen.policy, *said)
        _renumber(connection, n, 6, 1)
        values = rows[0]._asdict() | {
            "n": n,
            "item_id": "a" * 26,
            "previous": previous,
            "hash": link(previous, entry),
        }
        connection.execute(insert(ledger).values(**values))
    assert _fault(database) == (n, Tampering.INSERTED)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 5), (5, 6)])
def test_reordered_entries_are_named(database, one, other):
    with database.begin() as connection:
        for n, to in ((one, MOVE), (other, one), (MOVE, other)):
            chosen = ledger.c.partner == "aus", ledger.c.n == n
            connection.execute(update(ledger).where(*chosen).values(n=to))
    assert _fault(database) == (one, Tampering.REORDERED)
