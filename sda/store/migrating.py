"""Bring a database to the tables that the code knows."""

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine

from sda.errors import StoreError
from sda.store.engine import open_engine, writing
from sda.store.schema import VERSION_TABLE

__all__ = ["migrate", "open_store"]


def open_store(url: str | URL) -> Engine:
    """Return an engine on a database whose detection tables are up to date.

    Raises StoreError as `open_engine` and `migrate` do.
    """
    engine = open_engine(url)
    try:
        migrate(engine, "sda.store:migrations", VERSION_TABLE)
    except BaseException:
        engine.dispose()
        raise
    return engine


def migrate(engine: Engine, location: str, version_table: str) -> None:
    """Run the migrations that a database has not seen yet, all in one transaction.

    `location` is `package:directory` of a directory with `versions/*.py`; `version_table` notes
    how far this set of migrations has come, so that several sets can share a database.

    Raises StoreError when the database was migrated by a newer Tearline.
    """
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if _versions(connection, version_table) == set(script.get_heads()):
            return
    with writing(engine, version_table) as connection:
        _refuse_newer(script, _versions(connection, version_table), version_table)
        with EnvironmentContext(
            config, script, fn=lambda seen, _: script._upgrade_revs("head", seen)
        ) as environment:
            environment.configure(connection, version_table=version_table, transactional_ddl=True)
            environment.run_migrations()


def _versions(connection: Connection, version_table: str) -> set[str]:
    context = MigrationContext.configure(connection, opts={"version_table": version_table})
    return set(context.get_current_heads())


def _refuse_newer(script: ScriptDirectory, found: set[str], version_table: str) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if unknown := sorted(found - known):
        raise StoreError(
            f"the database is of a newer version ({version_table} {unknown[0]}): "
            "install the Tearline that wrote it"
        )
