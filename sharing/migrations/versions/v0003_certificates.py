"""Keep certificates of public derivability, and what each run's examination found."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("norad_id_1", sa.Integer, nullable=False),
        sa.Column("norad_id_2", sa.Integer, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_certificates"),
    )
    op.create_table(
        "examinations",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_examinations"),
    )
