"""Keep element sets with their provenance, and the runs over them."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import Float64, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_archive()
    _create_runs()


def _create_archive() -> None:
    op.create_table(
        "ingestions",
        sa.Column("ingestion_id", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("new_sets", sa.Integer, nullable=False),
        sa.Column("known_sets", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ingestion_id", name="pk_ingestions"),
    )
    op.create_table(
        "element_sets",
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("epoch", UtcTime, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("mean_motion_rev_day", Float64, nullable=False),
        sa.Column("eccentricity", Float64, nullable=False),
        sa.Column("inclination_deg", Float64, nullable=False),
        sa.Column("ra_of_asc_node_deg", Float64, nullable=False),
        sa.Column("arg_of_pericenter_deg", Float64, nullable=False),
        sa.Column("mean_anomaly_deg", Float64, nullable=False),
        sa.Column("bstar_per_earth_radius", Float64, nullable=False),
        sa.Column("mean_motion_dot_rev_day2", Float64, nullable=False),
        sa.Column("mean_motion_ddot_rev_day3", Float64, nullable=False),
        sa.Column("classification", sa.Text, nullable=False),
        sa.Column("ephemeris_type", sa.Integer, nullable=False),
        sa.Column("element_set_no", sa.Integer, nullable=False),
        sa.Column("rev_at_epoch", sa.Integer, nullable=False),
        sa.Column("ingestion_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("norad_id", "source", "epoch", name="pk_element_sets"),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.ingestion_id"], name="fk_element_sets_ingestions"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "objects",
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("n_sets", sa.Integer, nullable=False),
        sa.Column("first_epoch", UtcTime, nullable=False),
        sa.Column("last_epoch", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("norad_id", "source", name="pk_objects"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rejects",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ingestion_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "source", "digest", name="pk_rejects"),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.ingestion_id"], name="fk_rejects_ingestions"
        ),
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("hours", Float64, nullable=False),
        sa.Column("threshold_km", Float64, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_at", "runs", ["at"])
    op.create_table(
        "solutions",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "solution", name="pk_solutions"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_solutions_runs"),
    )
    op.create_table(
        "approaches",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("name_1", sa.Text, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("name_2", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tca", UtcTime, nullable=False),
        sa.Column("miss_km", Float64, nullable=False),
        sa.Column("relative_speed_km_s", Float64, nullable=False),
        sa.Column("radial_km", Float64, nullable=False),
        sa.Column("in_track_km", Float64, nullable=False),
        sa.Column("cross_track_km", Float64, nullable=False),
        sa.Column("age_days_1", Float64, nullable=False),
        sa.Column("age_days_2", Float64, nullable=False),
        sa.Column("episode_start", UtcTime),
        sa.Column("episode_end", UtcTime),
        sa.Column("minima", sa.Text, nullable=False),
        sa.Column("max_probability", Float64),
        sa.PrimaryKeyConstraint("run_id", "solution", "position", name="pk_approaches"),
        sa.ForeignKeyConstraint(
            ["run_id", "solution"],
            ["solutions.run_id", "solutions.solution"],
            name="fk_approaches_solutions",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unusable",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "solution", "position", name="pk_unusable"),
        sa.ForeignKeyConstraint(
            ["run_id", "solution"],
            ["solutions.run_id", "solutions.solution"],
            name="fk_unusable_solutions",
        ),
    )
