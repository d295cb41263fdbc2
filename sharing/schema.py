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
    TypeDecorator,
    UniqueConstraint,
)

from sda.store import migrate, open_store
from sda.store.columns import UtcTime
from sharing.ids import id_of, id_text

__all__ = [
    "VERSION_TABLE",
    "bodies",
    "certificates",
    "checkpoints",
    "deliveries",
    "documents",
    "examinations",
    "items",
    "keys",
    "ledger",
    "metadata",
    "open_sharing",
    "partners",
    "publications",
    "requests",
    "retractions",
    "review_cases",
    "review_verdicts",
    "source_orders",
    "statements",
    "webhooks",
]

VERSION_TABLE = "alembic_version_sharing"
"""Where alembic notes the version of these tables."""


class Bytes(LargeBinary):
    """Bytes as they are: both drivers take and give them, and a copy of each costs a tenth."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Hand bytes over untouched."""

    def result_processor(self, dialect: Dialect, coltype: Any) -> None:
        """Take bytes untouched."""


class ItemId(TypeDecorator[str]):
    """An id of an item, as partners read it; kept as the bytes that it stands for."""

    impl = Bytes
    cache_ok = True

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> bytes | None:
        """Turn a text into bytes; one that stands for no id becomes none that is kept."""
        if isinstance(value, str):
            return id_of(value) or b""
        return value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Turn bytes into the text."""
        return None if value is None else id_text(value)


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

statements = Table(
    "statements",
    metadata,
    Column("statement", Bytes, primary_key=True),
    Column("body", ForeignKey("bodies.digest"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("tca", UtcTime, nullable=False),
    Column("span_start", UtcTime, nullable=False),
    Column("span_end", UtcTime, nullable=False),
    Column("sources", Text, nullable=False),
    Column("valid_until", UtcTime),
)
"""What a body is about, and which sources it rests on, each between spaces (none: not kept).

Partners who may know the same share one. The key is a digest of all that stays as it is, so that it
tells nothing of how many others there are. `valid_until` is the earliest time at which a decision
to say this may change for any of them.
"""

publications = Table(
    "publications",
    metadata,
    Column("publication", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("window_start", UtcTime, nullable=False),
    Column("window_end", UtcTime, nullable=False),
    Column("policy", Text, nullable=False),
    Column("register", Text),
    Column("rules", Text),
    Column("basis", Bytes),
)
"""Each publishing, once for its run, policy and time, whether or not it changed a feed.

Register (its edition), rules and basis (digests) are null where one was made before they were kept.
"""

documents = Table(
    "documents",
    metadata,
    Column("digest", Bytes, primary_key=True),
    Column("document", Bytes, nullable=False),
)
"""What publications rest on, as canonical JSON keyed by its SHA-256: for the office, no partner."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("publication", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    Column("head", Bytes, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("policy", Text, nullable=False),
    Column("key", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
)
"""Signed heads: of each partner's ledger at each publication, and of the publications as well."""

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
    Column("item_id", ItemId, nullable=False),
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
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("item_id", ItemId, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("statement", Bytes, nullable=False),
    UniqueConstraint("partner", "item_id"),
    sqlite_with_rowid=False,
)
"""The newest entry of each item: `seq` is its place in the partner's ledger.

Statements are written before the items that name them and are never deleted; to have the database
check that for millions of items makes publishing half as long again.
"""

source_orders = Table(
    "source_orders",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("publication", Integer, nullable=False),
)
"""Each order to withdraw or restore a source, the newest counts; `publication` was the last one."""

retractions = Table(
    "retractions",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("partner", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("retracted", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Each order to retract an item, or to undo that; the newest of an item counts."""

review_cases = Table(
    "review_cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("solution", Text, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tca", UtcTime, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("classes", Text, nullable=False),
    Column("offices", Text, nullable=False),
    Column("waiting", Text, nullable=False),
)
"""What policy holds for a review; classes, offices and waiting partners are JSON lists."""

review_verdicts = Table(
    "review_verdicts",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("review_cases.case_id"), nullable=False),
    Column("office", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("classes", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""The log of reviews, added to and never changed; an empty partner stands for all."""

requests = Table(
    "requests",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("request_id", ItemId, nullable=False, unique=True),
    Column("item_id", ItemId, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("closes", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("answered", UtcTime),
    Column("answered_by", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("idempotency_key", Text),
    UniqueConstraint("partner", "idempotency_key"),
)
"""What partners ask for beyond what they see, and the answers; `n` counts those of one partner."""

certificates = Table(
    "certificates",
    metadata,
    Column("digest", Bytes, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("norad_id_1", Integer, nullable=False),
    Column("norad_id_2", Integer, nullable=False),
    Column("certificate", Bytes, nullable=False),
)
"""What public sets alone lead to, as canonical JSON keyed by its SHA-256: for the office alone."""

examinations = Table(
    "examinations",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("findings", Text, nullable=False),
)
"""What the newest examination of a run for public derivability found, as canonical JSON."""

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
    Column("role", Text, nullable=False, server_default="partner"),
    Column("scopes", Text, nullable=False, server_default="feed:read me:read"),
    Column("office", Text, nullable=False, server_default=""),
    Column("certificate", Bytes),
)
"""Machine keys; only their keyed hash is stored.

A key is a partner's or an office's: the other name is empty. A certificate is the SHA-256 of a
client's, which then stands in the place of a key.
"""


webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", Text),
    Column("created", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("after", Integer, nullable=False),
    Column("attempted", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("salt", Bytes, nullable=False),
    Column("old_salt", Bytes),
    Column("old_until", UtcTime),
)
"""What partners want to be called at. The last entry delivered, `after`; the one that was attempted
since, and how often; failures in a row; when the next call is due. Secrets are made from the salts
and the server secret, so a copy of the database signs nothing."""

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook_id", ForeignKey("webhooks.webhook_id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("item_id", Text),
    Column("attempt", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)
"""The log of each webhook, which its partner sees."""


def open_sharing(url: str | URL) -> Engine:
    """Return an engine on a database with the tables of detection and of sharing up to date.

    Raises StoreError as `sda.store.open_store` does.
    """
    engine = open_store(url)
    migrate(engine, "sharing:migrations", VERSION_TABLE)
    return engine
