"""Keep with each run the operations that stood as it told them; earlier runs have none."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "operations",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("solution", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "solution", "event_id", name="pk_operations"),
        sa.ForeignKeyConstraint(
            ["run_id", "solution"],
            ["solutions.run_id", "solutions.solution"],
            name="fk_operations_solutions",
        ),
        sqlite_with_rowid=False,
    )
