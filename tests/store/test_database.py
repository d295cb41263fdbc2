"""A database is opened, migrated and shared, or refused with one line."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from many_sets import SETS, ingestion
from sqlalchemy import insert, inspect, text

import sda.store
from sda.errors import StoreError
from sda.store import (
    Archive,
    Runs,
    database_file,
    migrate,
    open_engine,
    open_store,
    run_lock,
    writing,
)
from sda.store.schema import VERSION_TABLE, approaches, metadata, runs, solutions

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_migrated_database_has_the_tables_of_the_schema(bare_database_url, capfd):
    engine = open_store(bare_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert capfd.readouterr() == ("", "")


def test_rows_kept_before_a_migration_are_still_there_after_it(bare_database_url):
    engine = open_engine(bare_database_url)
    config = Config()
    config.set_main_option("script_location", "sda.store:migrations")
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with (
        writing(engine) as connection,
        EnvironmentContext(
            config, script, fn=lambda seen, _: script._upgrade_revs("0002", seen)
        ) as environment,
    ):
        environment.configure(connection, version_table=VERSION_TABLE, transactional_ddl=True)
        environment.run_migrations()
        connection.execute(insert(runs), [{
            "run_id": "a", "at": AT, "hours": 1.0, "threshold_km": 5.0, "status": "complete",
            "created": AT,
        }])  # fmt: skip
        connection.execute(
            insert(solutions), [{"run_id": "a", "solution": "public", "sources": "[]"}]
        )
        connection.execute(insert(approaches), [{
            "run_id": "a", "solution": "public", "position": 0, "norad_id_1": 1, "name_1": "",
            "norad_id_2": 2, "name_2": "", "kind": "crossing", "tca": AT, "miss_km": 1.0,
            "relative_speed_km_s": 9.0, "radial_km": 1.0, "in_track_km": 0.0,
            "cross_track_km": 0.0, "age_days_1": 0.0, "age_days_2": 0.0, "minima": "[]",
        }])  # fmt: skip
    migrate(engine, "sda.store:migrations", VERSION_TABLE)
    ((_, row),) = Runs(engine).approaches("a")
    assert (row.miss_km, row.sigma_km, row.resolvable, row.dilution_km) == (1.0, None, None, None)
    assert (row.age_days_1, row.probability, row.marking) == (0.0, None, "")
    engine.dispose()


def test_two_sets_of_migrations_share_a_database(bare_database_url, tmp_path, monkeypatch):
    package = tmp_path / "neighbour"
    versions = package / "migrations" / "versions"
    versions.mkdir(parents=True)
    (package / "__init__.py").touch()
    (versions / "first.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision, down_revision = '0001', None\n"
        "def upgrade():\n"
        "    op.create_table('feeds', sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "neighbour", raising=False)
    engine = open_store(bare_database_url)
    migrate(engine, "neighbour:migrations", "neighbour_version")
    (versions / "second.py").write_text(
        "from alembic import op\n"
        "revision, down_revision = '0002', '0001'\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (id INTEGER)')\n"
        "    op.execute('INSERT INTO nowhere VALUES (1)')\n"
    )
    with pytest.raises(Exception, match="nowhere"):
        migrate(engine, "neighbour:migrations", "neighbour_version")
    tables = set(inspect(engine).get_table_names())
    assert {"feeds", "element_sets", VERSION_TABLE, "neighbour_version"} <= tables
    assert "half" not in tables, "a failed migration leaves nothing behind"
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(database_url):
    engine = open_store(database_url)
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version .*9999"):
        open_store(database_url)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite://", "in memory keeps nothing"),
        ("sqlite:///:memory:", "in memory keeps nothing"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory keeps nothing"),
        ("sqlite:////nowhere/at/all.db", "no directory /nowhere/at"),
        ("mysql://host/name", "cannot keep data in 'mysql'"),
        ("tearline.db", "URL cannot be read"),
        ("postgresql://u:secret@127.0.0.1:1/x", r"127\.0\.0\.1"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_one_line(url, reason):
    with pytest.raises(StoreError, match=reason) as refused:
        open_engine(url)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_directory_and_a_file_of_something_else_are_refused(tmp_path):
    with pytest.raises(StoreError, match="cannot write"):
        open_engine(f"sqlite:///{tmp_path}")
    (tmp_path / "letter.txt").write_text("dear reader " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_engine(f"sqlite:///{tmp_path / 'letter.txt'}")


def test_sqlite_runs_in_wal_with_foreign_keys(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'tearline.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    assert database_file(engine) == tmp_path / "tearline.db"
    engine.dispose()


CHILD = """
import sys, time
from sqlalchemy import event
from sda.store import Archive, open_store, run_lock
from many_sets import SETS, ingestion
engine = open_store(sys.argv[1])
inserts = 0
def halt(connection, cursor, statement, *_):
    global inserts
    inserts += statement.startswith("INSERT INTO element_sets")
    if inserts == 2:
        print("half", flush=True)
        time.sleep(600)
if sys.argv[2] == "ingest":
    event.listen(engine, "after_cursor_execute", halt)
    Archive(engine).add(SETS, ingestion())
with run_lock(engine):
    print("locked", flush=True)
    time.sleep(600)
"""


def start(url, task, says):
    """Start a process of its own and wait until it has come to a point."""
    paths = [str(Path(__file__).parent), str(Path(sda.store.__file__).parents[2])]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, task],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == f"{says}\n"
    return child


def kill(child):
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


def test_readers_go_on_and_a_second_try_completes_a_killed_ingestion(database_url):
    engine = open_store(database_url)
    archive = Archive(engine)
    archive.add(SETS[:10], ingestion())
    child = start(database_url, "ingest", "half")
    try:
        assert archive.counts().element_sets == 10, "a reader sees what was complete"
    finally:
        kill(child)
    assert archive.counts().element_sets == 10
    if (file := database_file(engine)) is not None:
        plain = sqlite3.connect(file)
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        plain.close()
    added = archive.add(SETS, ingestion())
    assert (added.new, added.known) == (len(SETS) - 10, 10)
    assert archive.history(SETS[-1].norad_id) == (SETS[-1],)
    engine.dispose()


def test_one_run_at_a_time_and_a_killed_one_frees_the_lock(database_url):
    engine = open_store(database_url)
    child = start(database_url, "lock", "locked")
    try:
        with pytest.raises(StoreError, match="another run is under way"), run_lock(engine):
            pass
    finally:
        kill(child)
    assert locked_in_the_end(engine)
    with run_lock(engine):
        with pytest.raises(StoreError, match="under way"), run_lock(engine):
            pass
        with run_lock(engine, "fetch"):
            pass
    engine.dispose()


def locked_in_the_end(engine):
    """Try for some seconds: a PostgreSQL server notices a lost client in its own time."""
    for _ in range(50):
        try:
            with run_lock(engine):
                return True
        except StoreError:
            time.sleep(0.1)
    return False
