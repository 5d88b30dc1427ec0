"""The text of the policy in force, and why staff released a block."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No policy is kept yet: the next full cycle that writes keeps its own."""
    op.create_table(
        "policies",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policies"),
    )
    op.add_column("staff_releases", sa.Column("reason", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Forget it again."""
    op.drop_table("policies")
    with op.batch_alter_table("staff_releases") as releases:
        releases.drop_column("reason")
