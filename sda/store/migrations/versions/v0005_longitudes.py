"""Keep where in the geostationary belt a close approach happens; earlier rows do not know."""

import sqlalchemy as sa
from alembic import op

from sda.store.columns import Float64

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("approaches", sa.Column("longitude_deg", Float64))
