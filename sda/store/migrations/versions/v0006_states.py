"""Keep states and covariances of close approaches; earlier rows do not know them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("state_1", "state_2", "covariance_1", "covariance_2"):
        op.add_column("approaches", sa.Column(name, sa.Text))
