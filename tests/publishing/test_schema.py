from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sda.store import migrate
from sda.store.schema import metadata as of_detection
from sharing.schema import VERSION_TABLE, metadata, open_sharing


def test_the_migrated_database_has_the_tables_of_sharing(bare_database_url):
    engine = open_sharing(bare_database_url)
    ours = set(metadata.tables)
    options = {
        "version_table": VERSION_TABLE,
        "include_object": lambda thing, name, kind, *_: kind != "table" or name in ours,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    migrate(engine, "sharing:migrations", VERSION_TABLE)
    engine.dispose()
    assert not ours & set(of_detection.tables)
