"""A watch tells of everything that is written, by whomever, and of nothing else."""

import sqlite3

from sqlalchemy import text

from sda.store import Watch, open_engine


def test_a_version_is_another_after_whatever_is_written(tmp_path):
    file = tmp_path / "tearline.db"
    engine = open_engine(f"sqlite:///{file}")
    watch = Watch(engine)
    seen = [watch.version()]
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE some (one INTEGER)"))
    seen.append(watch.version())
    with sqlite3.connect(file) as elsewhere:
        elsewhere.execute("INSERT INTO some VALUES (1)")
    elsewhere.close()
    seen.append(watch.version())
    assert len({*seen}) == 3
    with engine.connect() as connection:
        connection.execute(text("SELECT one FROM some")).all()
    with engine.connect() as connection, connection.begin() as undone:
        connection.execute(text("INSERT INTO some VALUES (2)"))
        undone.rollback()
    assert watch.version() == seen[-1]
    watch.close()
    engine.dispose()


def test_a_server_has_to_be_asked_itself(postgresql_server):
    engine = open_engine(postgresql_server)
    assert Watch(engine).version() is None
    engine.dispose()
