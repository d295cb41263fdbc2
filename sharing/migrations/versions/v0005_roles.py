"""Give keys a role, scopes, the office that holds them and a certificate that stands for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Keys that were issued before may go on doing what they could, and nothing new.
    for name, before in (("role", "partner"), ("scopes", "feed:read me:read"), ("office", "")):
        op.add_column("keys", sa.Column(name, sa.Text, nullable=False, server_default=before))
    op.add_column("keys", sa.Column("certificate", sa.LargeBinary))
