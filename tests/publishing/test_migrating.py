"""A database that an earlier Tearline wrote: what was published stays what it was."""

from base64 import b32encode
from datetime import timedelta
from hashlib import blake2b

import numpy as np
import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from desks import NOW, SECRET, Desk
from sqlalchemy import Engine, select, text

from sda.store import open_store, writing
from sda.store.columns import microseconds
from sharing.credentials import authenticate, keyed_hash
from sharing.feeds import read_item, read_page
from sharing.feeds.bodies import Writer, withdrawn
from sharing.feeds.identity import subject_of
from sharing.ledger import GENESIS, Entry, link, verify_all
from sharing.publishing import Changes
from sharing.roles import Role, Scope
from sharing.schema import VERSION_TABLE, items, open_sharing, statements
from sharing.secret import derive
from sharing.stock import Stock, sources_text

WINDOW = NOW, NOW + timedelta(days=3)


def begin(engine: Engine, revision: str) -> None:
    """Make the tables of a revision."""
    config = Config()
    config.set_main_option("script_location", "sharing:migrations")
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with (
        writing(engine, VERSION_TABLE) as connection,
        EnvironmentContext(
            config, script, fn=lambda seen, _: script._upgrade_revs(revision, seen)
        ) as environment,
    ):
        environment.configure(connection, version_table=VERSION_TABLE, transactional_ddl=True)
        environment.run_migrations()


@pytest.fixture(params=["0001", "0002"])
def written(
    request: pytest.FixtureRequest, bare_database_url: str, desk: Desk
) -> tuple[str, str, dict[str, dict[str, tuple[int, str]]]]:
    """Write two publications as that revision did; return URL, revision, and ids with statuses."""
    engine = open_store(bare_database_url)
    begin(engine, request.param)
    has_sources = request.param != "0001"
    found = {"public": [desk.approach(100 + n, 10 + n) for n in range(7)]}
    with engine.begin() as connection:
        for number, at in ((1, NOW), (2, NOW + timedelta(hours=1))):
            insert(
                connection,
                "publications",
                publication=number,
                run_id=f"run {number}",
                at=microseconds(at),
                window_start=microseconds(WINDOW[0]),
                window_end=microseconds(WINDOW[1]),
                policy=desk.policy.digest,
            )
        known: dict[str, dict[str, tuple[int, str]]] = {}
        for partner, decided in desk.releases(found).items():
            known[partner] = publish_as_before(connection, desk, partner, decided, has_sources)
    engine.dispose()
    return bare_database_url, request.param, known


def publish_as_before(connection, desk, partner, decided, has_sources):
    """Publish all releases of a partner, then take the last one back, row by row."""
    insert(connection, "partners", partner=partner, suspended=False, entries=0, head=GENESIS)
    head, n, known = GENESIS, 0, {}
    releases = [one.release for one in decided if one.release is not None]
    said = [(1, 1, "active", release) for release in releases]
    for publication, revision, status, release in [*said, (2, 2, "retracted", releases[-1])]:
        n += 1
        body = Writer().body_of(release)
        digest, content = withdrawn(body[1]) if status == "retracted" else body
        subject = subject_of(release, WINDOW, desk.registry.rules)
        key = derive(SECRET, "item id", partner)
        raw = blake2b(subject.name + b" 0", key=key, digest_size=16).digest()
        item_id = b32encode(raw).decode().rstrip("=").lower()
        at = NOW + timedelta(hours=publication - 1)
        entry = Entry(
            partner,
            n,
            f"run {publication}",
            at,
            desk.policy.digest,
            item_id,
            revision,
            status,
            digest,
        )
        previous, head = head, link(head, entry)
        if not scalar(connection, "SELECT 1 FROM bodies WHERE digest = :one", one=digest):
            insert(connection, "bodies", digest=digest, body=content)
        insert(
            connection,
            "ledger",
            partner=partner,
            n=n,
            previous=previous,
            hash=head,
            publication=publication,
            item_id=item_id,
            revision=revision,
            status=status,
            body=digest,
        )
        row = {
            "partner": partner,
            "item_id": item_id,
            "seq": n,
            "revision": revision,
            "status": status,
            "kind": subject.kind,
            "norad_id_1": subject.pair[0],
            "norad_id_2": subject.pair[1],
            "tca": microseconds(subject.tca),
            "span_start": microseconds(subject.span[0]),
            "span_end": microseconds(subject.span[1]),
            "valid_until": microseconds(release.valid_until) if status == "active" else None,
            "body": digest,
        }
        if has_sources:
            row["sources"] = sources_text(release.sources)
        if item_id in known:
            connection.execute(
                text("DELETE FROM items WHERE partner = :partner AND item_id = :item_id"),
                {"partner": partner, "item_id": item_id},
            )
        insert(connection, "items", **row)
        known[item_id] = revision, status
    connection.execute(
        text("UPDATE partners SET entries = :n, head = :head WHERE partner = :partner"),
        {"n": n, "head": head, "partner": partner},
    )
    return known


def insert(connection, table, **row):
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def scalar(connection, query, **given):
    return connection.execute(text(query), given).scalar()


def test_what_was_published_stays_and_the_next_publication_goes_on_from_it(desk, written):
    url, _, known = written
    engine = open_sharing(url)
    assert [one for one in verify_all(engine) if one.fault] == []
    for partner, those in known.items():
        page = read_page(engine, partner, 0, 100)
        assert {one.item_id: (one.revision, one.status) for one in page.items} == those
        assert [one.seq for one in page.items] == sorted(one.seq for one in page.items)
        for one in page.items:
            assert read_item(engine, partner, one.item_id) == one
            assert bool(one.body["facts"]) == (one.status == "active")
    found = {"public": [desk.approach(100 + n, 10 + n) for n in range(7)]}
    done = desk.publish(engine, found, "run 3", 2)
    assert set(done.partners.values()) == {Changes(unchanged=6, revised=1)}
    for partner, those in known.items():
        page = read_page(engine, partner, 0, 100)
        assert {one.item_id for one in page.items} == those.keys()
        assert {one.status for one in page.items} == {"active"}
    assert [one for one in verify_all(engine) if one.fault] == []
    engine.dispose()


def test_a_migrated_statement_has_the_key_that_publishing_makes(desk, written):
    """So that none stands twice. Before sources were kept it has another, which harms nobody."""
    url, revision, _ = written
    engine = open_sharing(url)
    releases = desk.releases({"public": [desk.approach(100 + n, 10 + n) for n in range(7)]})
    with engine.connect() as connection:
        stock = Stock(connection)
        for decided in releases.values():
            for release in (one.release for one in decided if one.release is not None):
                subject = subject_of(release, WINDOW, desk.registry.rules)
                body = Writer().body_of(release)
                stock.add(body, subject, sources_text(release.sources))
        made = {*stock.keys(np.arange(len(stock)))}
        kept = {
            bytes(one)
            for one in connection.scalars(
                select(statements.c.statement)
                .join(items, items.c.statement == statements.c.statement)
                .where(items.c.status == "active")
            )
        }
    assert kept
    assert kept.isdisjoint(made) if revision == "0001" else kept <= made
    engine.dispose()


def test_a_key_of_before_reads_what_it_read_and_nothing_new(bare_database_url: str) -> None:
    engine = open_store(bare_database_url)
    begin(engine, "0004")
    key = "tl_0123456789abcdef_" + "5" * 64
    with engine.begin() as connection:
        insert(
            connection,
            "keys",
            key_id=key.split("_")[1],
            partner="aus",
            hash=keyed_hash(SECRET, key),
            created=microseconds(NOW),
            expires=microseconds(NOW + timedelta(days=1)),
        )
    engine.dispose()
    engine = open_sharing(bare_database_url)
    found = authenticate(engine, key, SECRET, NOW)
    assert (found.partner, found.office, found.role) == ("aus", "", Role.PARTNER)
    assert found.scopes == {Scope.FEED_READ, Scope.ME_READ}
    engine.dispose()
