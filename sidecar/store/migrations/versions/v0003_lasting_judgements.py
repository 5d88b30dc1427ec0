"""Judgements that last: what is held, what is missing, which rows were ours, what began, and who ordered what."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = ("patron", "rule", "kind", "restriction_type")
_OF_CASES = ("blocking_at", "missing_since", "rows", "origin", "by")


def upgrade() -> None:
    """Types of which something was added before have begun."""
    op.add_column("cases", sa.Column("blocking_at", sa.BigInteger))
    op.add_column("cases", sa.Column("missing_since", sa.BigInteger))
    op.add_column("cases", sa.Column("rows", sa.Text, nullable=False, server_default="[]"))
    op.add_column("cases", sa.Column("origin", sa.Text))
    op.add_column("cases", sa.Column("by", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "begun_types",
        sa.Column("restriction_type", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("restriction_type", name="pk_begun_types"),
    )
    op.create_table(
        "held_changes",
        *(sa.Column(name, sa.Text, nullable=False) for name in _KEY),
        sa.Column("brake", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_held_changes"),
    )
    op.create_table(
        "former_rows",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("patron", "row", "rule")),
        sa.PrimaryKeyConstraint("patron", "row", name="pk_former_rows"),
    )
    op.create_table(
        "acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("staff", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acts"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO begun_types (restriction_type, at) SELECT restriction_type, MIN(intended) FROM changes "
        "WHERE kind = 'add' AND (result IS NULL OR result IN ('written', 'already')) GROUP BY restriction_type"
    )


def downgrade() -> None:
    """Forget it again."""
    for table in ("acts", "former_rows", "held_changes", "begun_types"):
        op.drop_table(table)
    with op.batch_alter_table("cases") as cases:
        for column in _OF_CASES:
            cases.drop_column(column)
