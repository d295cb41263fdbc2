"""Keep conjunction data messages, what they say of a pair, and which solutions contradict them."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import Float64, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("marking", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("originator", sa.Text, nullable=False),
        sa.Column("created", UtcTime, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("ingestion_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", "marking", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.ingestion_id"], name="fk_messages_ingestions"
        ),
    )
    op.create_index("ix_messages_tca", "messages", ["tca"])
    # SQLite cannot drop a NOT NULL: the table is copied, so it must be spelled out as it stands.
    with op.batch_alter_table(
        "approaches", copy_from=_approaches(), table_kwargs={"sqlite_with_rowid": False}
    ) as batch:
        batch.alter_column("age_days_1", existing_type=Float64, nullable=True)
        batch.alter_column("age_days_2", existing_type=Float64, nullable=True)
        batch.add_column(sa.Column("probability", Float64))
        batch.add_column(sa.Column("probability_method", sa.Text))
        batch.add_column(sa.Column("marking", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "disagreements",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("solution_1", sa.Text, nullable=False),
        sa.Column("position_1", sa.Integer, nullable=False),
        sa.Column("solution_2", sa.Text, nullable=False),
        sa.Column("position_2", sa.Integer),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("sigmas", Float64, nullable=False),
        sa.Column("axis", sa.Text, nullable=False),
        sa.Column("difference_km", Float64, nullable=False),
        sa.Column("tca_difference_s", Float64, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_disagreements"),
        *(
            sa.ForeignKeyConstraint(
                ["run_id", f"solution_{one}", f"position_{one}"],
                ["approaches.run_id", "approaches.solution", "approaches.position"],
                name=f"fk_disagreements_approaches_{one}",
            )
            for one in (1, 2)
        ),
    )


def _approaches() -> sa.Table:
    """Return the table as the versions before have left it."""
    return sa.Table(
        "approaches",
        sa.MetaData(),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("name_1", sa.Text, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("name_2", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        *(
            sa.Column(name, Float64, nullable=False)
            for name in (
                "miss_km",
                "relative_speed_km_s",
                "radial_km",
                "in_track_km",
                "cross_track_km",
                "age_days_1",
                "age_days_2",
            )
        ),
        sa.Column("episode_start", UtcTime),
        sa.Column("episode_end", UtcTime),
        sa.Column("minima", sa.Text, nullable=False),
        sa.Column("max_probability", Float64),
        sa.Column("sigma_km", Float64),
        sa.Column("resolvable", sa.Boolean),
        sa.Column("dilution_km", Float64),
        sa.PrimaryKeyConstraint("run_id", "solution", "position", name="pk_approaches"),
        sa.ForeignKeyConstraint(
            ["run_id", "solution"],
            ["solutions.run_id", "solutions.solution"],
            name="fk_approaches_solutions",
        ),
        sqlite_with_rowid=False,
    )
