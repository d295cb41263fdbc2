"""Tampering that leaves every chain whole is found by the heads that were signed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desks import NOW, SECRET
from sqlalchemy import delete, func, select, update

from sda.settings import Settings
from sharing.checkpoints import OFFICE, examine, newest_checkpoints, read_kept
from sharing.errors import CredentialError, LedgerError
from sharing.ledger import GENESIS, Entry, Tampering, link, verify_all
from sharing.schema import (
    checkpoints,
    documents,
    items,
    ledger,
    open_sharing,
    partners,
    publications,
)
from sharing.signing import Signer, derived_signer, is_signed, read_public_key, signing_key

PUBLIC = derived_signer(SECRET).public


@pytest.fixture
def database(desk, database_url):
    engine = open_sharing(database_url)
    for run in range(3):
        found = {"public": [desk.approach(100 + n, 10 + n) for n in range(2 * run + 2)]}
        desk.publish(engine, found, f"run {run}", run, partners=["aus", "bra"])
    yield engine
    engine.dispose()


def _faults(database, kept=(), trusted=(PUBLIC,)):
    return {
        one.partner: (one.fault.n, one.fault.tampering)
        for one in examine(database, trusted, kept)
        if one.fault
    }


def _rechain(connection, partner="aus"):
    """Chain a ledger anew from its rows, as whoever may write the database can."""
    head = GENESIS
    rows = connection.execute(
        select(ledger, publications)
        .join(publications, publications.c.publication == ledger.c.publication)
        .where(ledger.c.partner == partner)
        .order_by(ledger.c.n)
    ).all()
    for n, row in enumerate(rows, 1):
        entry = Entry(
            partner,
            n,
            row.run_id,
            row.at,
            row.policy,
            row.item_id,
            row.revision,
            row.status,
            row.body,
            row.register,
            row.rules,
        )
        previous, head = head, link(head, entry)
        chosen = ledger.c.partner == partner, ledger.c.n == row.n
        connection.execute(update(ledger).where(*chosen).values(n=n, previous=previous, hash=head))
    chosen = partners.c.partner == partner
    connection.execute(update(partners).where(chosen).values(entries=len(rows), head=head))


def test_what_was_published_holds_against_every_head_that_was_signed(database):
    assert _faults(database) == {}
    with database.connect() as connection:
        rows = connection.execute(select(checkpoints).order_by(checkpoints.c.publication)).all()
    assert {row.partner for row in rows} == {OFFICE, "aus", "bra"}
    assert [row.entries for row in rows if row.partner == "aus"] == [2, 4, 6]
    assert [row.entries for row in rows if row.partner == OFFICE] == [1, 2, 3]


def test_a_ledger_cut_short_whose_length_was_put_right_is_found(database):
    with database.begin() as connection:
        connection.execute(delete(ledger).where(ledger.c.partner == "aus", ledger.c.n > 3))
        _rechain(connection)
    assert all(one.fault is None for one in verify_all(database))
    assert _faults(database) == {"aus": (4, Tampering.REMOVED)}


def test_a_ledger_that_was_removed_whole_is_found(database):
    with database.begin() as connection:
        connection.execute(delete(ledger).where(ledger.c.partner == "aus"))
        connection.execute(delete(partners).where(partners.c.partner == "aus"))
        connection.execute(delete(items).where(items.c.partner == "aus"))
    assert _faults(database) == {"aus": (1, Tampering.REMOVED)}


@pytest.mark.parametrize(("n", "first"), [(1, 1), (2, 1), (3, 3), (6, 5)])
def test_a_chain_rewritten_from_an_entry_on_is_found_from_the_last_head_that_holds(
    database, n, first
):
    with database.begin() as connection:
        chosen = ledger.c.partner == "aus", ledger.c.n == n
        connection.execute(update(ledger).where(*chosen).values(revision=9))
        _rechain(connection)
    assert all(one.fault is None for one in verify_all(database))
    assert _faults(database) == {"aus": (first, Tampering.REWRITTEN)}


def test_an_entry_chained_on_without_a_signature_is_found(database):
    with database.begin() as connection:
        row = connection.execute(select(ledger).where(ledger.c.partner == "aus")).first()
        values = row._asdict() | {"n": 7, "item_id": "x", "hash": b"x" * 32}
        connection.execute(ledger.insert().values(**values))
        _rechain(connection)
    assert all(one.fault is None for one in verify_all(database))
    assert _faults(database) == {"aus": (7, Tampering.INSERTED)}


@pytest.mark.parametrize("values", [{"entries": 3}, {"head": b"x" * 32}, {"policy": "other"}])
def test_an_altered_checkpoint_is_found(database, values):
    with database.begin() as connection:
        chosen = checkpoints.c.partner == "aus", checkpoints.c.publication == 2
        connection.execute(update(checkpoints).where(*chosen).values(**values))
    ((partner, (_, tampering)),) = _faults(database).items()
    assert (partner, tampering) == ("aus", Tampering.ALTERED)


def test_a_checkpoint_signed_again_under_another_key_is_not_trusted(database):
    other = Signer(bytes(32))
    with database.begin() as connection:
        rows = connection.execute(select(checkpoints)).all()
    for one in newest_checkpoints(database):
        forged = replace(one, key=other.public)
        signature = other.sign(forged.content())
        assert is_signed(forged.content(), signature, other.public)
        with database.begin() as connection:
            chosen = checkpoints.c.partner == one.partner, checkpoints.c.publication == 3
            connection.execute(
                update(checkpoints).where(*chosen).values(key=other.public, signature=signature)
            )
    assert len(rows) == 9
    assert set(_faults(database)) == {"publications", "aus", "bra"}
    assert _faults(database, trusted=(PUBLIC, other.public)) == {}


@pytest.mark.parametrize("partner", ["aus", OFFICE])
def test_a_checkpoint_that_was_removed_is_missed(database, partner):
    with database.begin() as connection:
        chosen = checkpoints.c.partner == partner, checkpoints.c.publication == 2
        connection.execute(delete(checkpoints).where(*chosen))
    named = partner or "publications"
    entries = {"aus": 4, OFFICE: 2}[partner]
    assert _faults(database) == {named: (entries, Tampering.REMOVED)}


@pytest.mark.parametrize(
    "values", [{"at": NOW + timedelta(days=9)}, {"policy": "x"}, {"register": "x"}, {"rules": "x"}]
)
def test_a_publication_that_was_altered_is_found_also_by_its_entries(database, values):
    with database.begin() as connection:
        chosen = publications.c.publication == 2
        connection.execute(update(publications).where(chosen).values(**values))
    assert _faults(database) == {
        "publications": (2, Tampering.ALTERED),
        "aus": (3, Tampering.ALTERED),
        "bra": (3, Tampering.ALTERED),
    }


def test_what_a_publication_rested_on_cannot_be_altered(database):
    with database.begin() as connection:
        basis = connection.scalar(
            select(publications.c.basis).where(publications.c.publication == 2)
        )
        connection.execute(
            update(documents).where(documents.c.digest == basis).values(document=b"{}")
        )
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(documents)) == 3
    assert "publications" in _faults(database)


def test_going_back_to_an_earlier_state_shows_against_checkpoints_kept_elsewhere(database):
    lines = [one.line() for one in newest_checkpoints(database)]
    kept = read_kept(lines)
    assert _faults(database, kept) == {}
    with database.begin() as connection:
        connection.execute(delete(ledger).where(ledger.c.publication == 3))
        for table in (checkpoints, publications):
            connection.execute(delete(table).where(table.c.publication == 3))
        for partner in ("aus", "bra"):
            _rechain(connection, partner)
    assert _faults(database) == {}
    assert _faults(database, kept) == {
        "publications": (3, Tampering.REMOVED),
        "aus": (5, Tampering.REMOVED),
        "bra": (5, Tampering.REMOVED),
    }


@pytest.mark.parametrize("line", ["", "{}", '{"partner": "aus"}', "[1]"])
def test_a_line_that_is_no_checkpoint_is_refused(line):
    with pytest.raises(LedgerError, match="line 1 is no checkpoint"):
        read_kept([line])


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(CredentialError, match="64 hexadecimal digits"):
        read_public_key(text)


def test_signatures_are_ed25519_as_rfc_8032_gives_them():
    """Section 7.1, TEST 2."""
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    signer = Signer(bytes.fromhex(seed))
    assert signer.public.hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_the_signing_key_is_kept_beside_the_database_given_or_derived(tmp_path):
    beside = Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}")
    assert signing_key(beside).public == signing_key(beside).public
    kept = tmp_path / "a.db.signing"
    assert kept.stat().st_mode & 0o777 == 0o600
    given = Settings(database_url=beside.database_url, signing_key=kept.read_text().strip())
    assert signing_key(given).public == signing_key(beside).public
    elsewhere = Settings(database_url="postgresql://x/y", secret=SECRET.hex())
    assert signing_key(elsewhere).public == derived_signer(SECRET.hex().encode()).public
    with pytest.raises(CredentialError, match="64 hexadecimal digits"):
        signing_key(Settings(database_url=beside.database_url, signing_key="x" * 40))
