"""Cycles by kind, by outcome and by their beginning: of half a million quick ones a year nobody has to look for the few
that count."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first two are asked for by every cycle: which full one was the last, and which one's process ended before it
    did. By the third old ones are found when they are forgotten."""
    op.create_index("ix_cycles_kind", "cycles", ["kind"])
    op.create_index("ix_cycles_outcome", "cycles", ["outcome"])
    op.create_index("ix_cycles_started", "cycles", ["started"])


def downgrade() -> None:
    """Without them the same is found, later."""
    op.drop_index("ix_cycles_started", "cycles")
    op.drop_index("ix_cycles_outcome", "cycles")
    op.drop_index("ix_cycles_kind", "cycles")
