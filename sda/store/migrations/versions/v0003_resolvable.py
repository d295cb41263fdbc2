"""Keep with each close approach how wrong its distance may be; earlier rows do not know."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import Float64

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("approaches", sa.Column("sigma_km", Float64))
    op.add_column("approaches", sa.Column("resolvable", sa.Boolean))
    op.add_column("approaches", sa.Column("dilution_km", Float64))
