"""Claims with a collection office, their steps, and the files to and from it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _number() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False)


def _texts(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """No claim is known yet; rows that stand are adopted by the next cycle, and held until staff say what they are."""
    op.add_column("cases", sa.Column("noticed_at", sa.BigInteger))
    op.create_table(
        "claims",
        _number(),
        *_texts("patron", "rule", "state", "body"),
        sa.Column("moved", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claims_patron", "claims", ["patron"])
    op.create_table(
        "claim_steps",
        _number(),
        sa.Column("claim", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        *_texts("what", "evidence"),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name="fk_claim_steps_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_steps"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claim_steps_claim", "claim_steps", ["claim"])
    op.create_table(
        "files_out",
        _number(),
        sa.Column("batch", sa.BigInteger, nullable=False),
        *_texts("day", "kind", "name"),
        sa.Column("sha256", sa.String(64), nullable=False),
        *_texts("claims"),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("built", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger),
        sa.Column("dropped", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_files_out"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "files_in",
        _number(),
        *_texts("name"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("read", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        *_texts("problems"),
        sa.PrimaryKeyConstraint("id", name="pk_files_in"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_in_sha256", "files_in", ["sha256"])


def downgrade() -> None:
    """Forget it again."""
    for table in ("files_in", "files_out", "claim_steps", "claims"):
        op.drop_table(table)
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("noticed_at")
