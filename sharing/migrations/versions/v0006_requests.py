"""Keep what partners ask for beyond what they see."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("request_id", sa.LargeBinary, nullable=False),
        sa.Column("item_id", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("opened", UtcTime, nullable=False),
        sa.Column("expires", UtcTime, nullable=False),
        sa.Column("closes", UtcTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("answered", UtcTime),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.PrimaryKeyConstraint("partner", "n", name="pk_requests"),
        sa.UniqueConstraint("request_id", name="uq_requests_request_id"),
        sa.UniqueConstraint(
            "partner", "idempotency_key", name="uq_requests_partner_idempotency_key"
        ),
    )
