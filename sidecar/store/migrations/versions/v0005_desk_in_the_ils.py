"""What staff release in the ILS, and which answers the ILS was given."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No release was made in the ILS before, and no answer was given to it."""
    op.add_column("staff_releases", sa.Column("in_ils", sa.Text))
    op.create_index("ix_staff_releases_in_ils", "staff_releases", ["in_ils", "at"], unique=True)
    op.create_table(
        "told_answers",
        sa.Column("patron", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("free_since", sa.BigInteger),
        sa.Column("grounds", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("patron", name="pk_told_answers"),
    )


def downgrade() -> None:
    """Forget it again."""
    op.drop_table("told_answers")
    op.drop_index("ix_staff_releases_in_ils", "staff_releases")
    with op.batch_alter_table("staff_releases") as releases:
        releases.drop_column("in_ils")
