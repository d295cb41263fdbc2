"""Keep events from run to run, and how each stood by day."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import Float64, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("opened", UtcTime, nullable=False),
        sa.Column("last_seen", UtcTime, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("event_class", sa.Text, nullable=False),
        sa.Column("score", Float64, nullable=False),
        sa.Column("first_told", UtcTime, nullable=False),
        sa.Column("last_told", UtcTime, nullable=False),
        sa.Column("changed", UtcTime),
        sa.Column("closed", UtcTime),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("solution", "event_id", name="pk_events"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_trend",
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("day", UtcTime, nullable=False),
        sa.Column("utc", UtcTime, nullable=False),
        sa.Column("min_range_km", Float64),
        sa.Column("score", Float64, nullable=False),
        sa.Column("event_class", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("solution", "event_id", "day", name="pk_event_trend"),
        sa.ForeignKeyConstraint(
            ["solution", "event_id"],
            ["events.solution", "events.event_id"],
            name="fk_event_trend_events",
        ),
        sqlite_with_rowid=False,
    )
