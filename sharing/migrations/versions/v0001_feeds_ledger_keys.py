"""Keep each partner's items, the ledger behind them, keys and publications."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_bodies"),
    )
    op.create_table(
        "publications",
        sa.Column("publication", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("window_start", UtcTime, nullable=False),
        sa.Column("window_end", UtcTime, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("publication", name="pk_publications"),
    )
    op.create_table(
        "partners",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", name="pk_partners"),
    )
    op.create_table(
        "ledger",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("publication", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", "n", name="pk_ledger"),
        sa.ForeignKeyConstraint(
            ["publication"],
            ["publications.publication"],
            name="fk_ledger_publications",
            deferrable=True,
            initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "items",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("span_start", UtcTime, nullable=False),
        sa.Column("span_end", UtcTime, nullable=False),
        sa.Column("valid_until", UtcTime),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", "item_id", name="pk_items"),
        sa.UniqueConstraint("partner", "seq", name="uq_items_partner_seq"),
        sa.ForeignKeyConstraint(["body"], ["bodies.digest"], name="fk_items_bodies"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("created", UtcTime, nullable=False),
        sa.Column("expires", UtcTime, nullable=False),
        sa.Column("revoked", UtcTime),
        sa.Column("last_used", UtcTime),
        sa.PrimaryKeyConstraint("key_id", name="pk_keys"),
    )
