"""Keep what publications rest on, signed heads, reviews, retractions and withdrawn sources."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("publications", sa.Column("register", sa.Text))
    op.add_column("publications", sa.Column("rules", sa.Text))
    op.add_column("publications", sa.Column("basis", sa.LargeBinary))
    op.add_column("items", sa.Column("sources", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "documents",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_documents"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("publication", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("partner", "publication", name="pk_checkpoints"),
    )
    op.create_table(
        "source_orders",
        sa.Column("n", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("publication", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_source_orders"),
    )
    op.create_table(
        "retractions",
        sa.Column("n", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("retracted", sa.Boolean, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_retractions"),
    )
    op.create_table(
        "review_cases",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("opened", UtcTime, nullable=False),
        sa.Column("expires", UtcTime, nullable=False),
        sa.Column("classes", sa.Text, nullable=False),
        sa.Column("offices", sa.Text, nullable=False),
        sa.Column("waiting", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_review_cases"),
    )
    op.create_table(
        "review_verdicts",
        sa.Column("n", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("until", UtcTime),
        sa.Column("classes", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_review_verdicts"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_cases.case_id"], name="fk_review_verdicts_review_cases"
        ),
    )
