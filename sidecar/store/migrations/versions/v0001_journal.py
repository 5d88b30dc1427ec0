"""The journal's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False)


def _cycle(
    table: str, name: str = "cycle", *, nullable: bool = False
) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    column: sa.Column[int] = sa.Column(name, sa.BigInteger, nullable=nullable)
    return column, sa.ForeignKeyConstraint([name], ["cycles.id"], name=f"fk_{table}_{name}")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    _make_single_rows()
    op.create_table(
        "cycles",
        _number(),
        _text("kind"),
        _text("mode"),
        _instant("started"),
        _instant("finished", nullable=True),
        _text("outcome"),
        sa.Column("applied", sa.Boolean, nullable=False),
        _text("policy_digest"),
        _text("plan_digest", nullable=True),
        _text("counts"),
        _text("error", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cycles"),
        sqlite_autoincrement=True,
    )
    _make_plans()
    _make_changes()
    op.create_table(
        "cases",
        _text("patron"),
        _text("rule"),
        _text("stage"),
        _instant("since"),
        _instant("seen_at", nullable=True),
        _text("evidence"),
        sa.Column("highest", sa.BigInteger),
        _text("comment", nullable=True),
        _text("restriction_type"),
        sa.PrimaryKeyConstraint("patron", "rule", name="pk_cases"),
    )
    op.create_table(
        "staff_releases",
        _number(),
        *_cycle("staff_releases"),
        _text("patron"),
        _text("rule"),
        _text("staff"),
        sa.Column("photo_id_checked", sa.Boolean, nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_releases"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_releases_cycle", "staff_releases", ["cycle"])
    op.create_index("ix_staff_releases_patron", "staff_releases", ["patron"])
    op.create_table(
        "vanished",
        _number(),
        *_cycle("vanished"),
        _text("patron"),
        _text("rule"),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_vanished"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vanished_at", "vanished", ["at"])
    op.create_index("ix_vanished_cycle", "vanished", ["cycle"])
    op.create_index("ix_vanished_patron", "vanished", ["patron"])


def downgrade() -> None:
    """Drop the tables, and with them all that the journal remembers."""
    for table in ("vanished", "staff_releases", "cases", "changes", "approvals", "plan_changes", "plans", "cycles"):
        op.drop_table(table)
    op.drop_table("lease")
    op.drop_table("installation")


def _make_single_rows() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.String(36), nullable=False),
        _instant("created"),
        _text("bound_to", nullable=True),
        _instant("bound_at", nullable=True),
        _instant("paused_since", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "lease",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("token", sa.String(36)),
        _text("owner", nullable=True),
        _text("host", nullable=True),
        sa.Column("pid", sa.Integer),
        _text("process", nullable=True),
        _instant("since", nullable=True),
        _instant("expires", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_lease"),
    )


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("digest", sa.String(64), nullable=False),
        *_cycle("plans"),
        _text("policy_digest"),
        _text("installation", nullable=True),
        _instant("at"),
        sa.PrimaryKeyConstraint("digest", name="pk_plans"),
    )
    op.create_table(
        "plan_changes",
        sa.Column("digest", sa.String(64), nullable=False),
        _text("patron"),
        _text("rule"),
        _text("kind"),
        _text("restriction_type"),
        sa.PrimaryKeyConstraint("digest", "patron", "rule", "kind", "restriction_type", name="pk_plan_changes"),
        sa.ForeignKeyConstraint(["digest"], ["plans.digest"], name="fk_plan_changes_digest", ondelete="CASCADE"),
    )
    op.create_index("ix_plan_changes_patron", "plan_changes", ["patron"])
    op.create_table(
        "approvals",
        _number(),
        sa.Column("digest", sa.String(64), nullable=False),
        _text("policy_digest"),
        _text("installation", nullable=True),
        _instant("granted"),
        _instant("expires"),
        *_cycle("approvals", "used_by_cycle", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approvals_digest", "approvals", ["digest"])


def _make_changes() -> None:
    op.create_table(
        "changes",
        _number(),
        *_cycle("changes"),
        _text("patron"),
        _text("rule"),
        _text("kind"),
        _text("restriction_type"),
        _text("reason"),
        _text("evidence"),
        _text("comment"),
        _text("case_after", nullable=True),
        _text("policy_digest"),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("paid", sa.Boolean, nullable=False),
        _instant("intended"),
        _text("result", nullable=True),
        _instant("concluded", nullable=True),
        _text("message"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_patron", "changes", ["patron"])
    op.create_index("ix_changes_intended", "changes", ["intended"])
    op.create_index("ix_changes_cycle", "changes", ["cycle"])
    op.create_index(
        "ix_changes_open",
        "changes",
        ["cycle"],
        sqlite_where=sa.text("result IS NULL"),
        postgresql_where=sa.text("result IS NULL"),
    )
