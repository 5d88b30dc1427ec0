"""How long each phase of a cycle took."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of cycles before nobody knows."""
    op.add_column("cycles", sa.Column("timings", sa.Text))


def downgrade() -> None:
    """Forget it again."""
    with op.batch_alter_table("cycles") as cycles:
        cycles.drop_column("timings")
