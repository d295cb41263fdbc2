"""The tables of sharing: each partner's items, the ledger behind them, keys and publications.

They live in the database of the archive under a version table of their own. Every row that a
partner may be shown carries that partner, and no number in it counts anything of another.
"""

from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Dialect,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from sda.store import migrate, open_store
from sda.store.columns import UtcTime

__all__ = [
    "VERSION_TABLE",
    "bodies",
    "items",
    "keys",
    "ledger",
    "metadata",
    "open_sharing",
    "partners",
    "publications",
]

VERSION_TABLE = "alembic_version_sharing"
"""Where alembic notes the version of these tables."""


class Bytes(LargeBinary):
    """Bytes as they are: both drivers take and give them, and a copy of each costs a tenth."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Hand bytes over untouched."""

    def result_processor(self, dialect: Dialect, coltype: Any) -> None:
        """Take bytes untouched."""


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

bodies = Table(
    "bodies",
    metadata,
    Column("digest", Bytes, primary_key=True),
    Column("body", Bytes, nullable=False),
)
"""What is released, as canonical JSON, once per distinct rendition; keyed by its SHA-256."""

publications = Table(
    "publications",
    metadata,
    Column("publication", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("window_start", UtcTime, nullable=False),
    Column("window_end", UtcTime, nullable=False),
    Column("policy", Text, nullable=False),
)
"""Each publishing that changed a feed, or was the first of its run or policy."""

partners = Table(
    "partners",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("suspended", Boolean, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("head", Bytes, nullable=False),
)
"""Whether a partner is served, and the length and last hash of its ledger."""

ledger = Table(
    "ledger",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("previous", Bytes, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column(
        "publication",
        ForeignKey("publications.publication", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("item_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
"""Every entry ever published: one hash chain a partner, added to and never changed."""

items = Table(
    "items",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("tca", UtcTime, nullable=False),
    Column("span_start", UtcTime, nullable=False),
    Column("span_end", UtcTime, nullable=False),
    Column("valid_until", UtcTime),
    Column("body", ForeignKey("bodies.digest"), nullable=False),
    UniqueConstraint("partner", "seq"),
    sqlite_with_rowid=False,
)
"""The newest entry of each item: `seq` is its place in the partner's ledger."""

keys = Table(
    "keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("revoked", UtcTime),
    Column("last_used", UtcTime),
)
"""Machine keys; only their keyed hash is stored."""


def open_sharing(url: str | URL) -> Engine:
    """Return an engine on a database with the tables of detection and of sharing up to date.

    Raises StoreError as `sda.store.open_store` does.
    """
    engine = open_store(url)
    migrate(engine, "sharing:migrations", VERSION_TABLE)
    return engine
