"""Which payment was known when a block was last looked at and stood: only another one stands behind its release."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cases that are there have never been looked at in this way."""
    op.add_column("cases", sa.Column("paid_seen", sa.BigInteger, nullable=True))


def downgrade() -> None:
    """Forget it again."""
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("paid_seen")
