"""The journal's tables. Instants are integers: microseconds since 1970 in UTC, so that they are exact and sort.

What the migrations make and what stands here is the same; a test compares them on every database.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from sidecar.store.database.codec import from_micros, to_micros

SCHEMA_VERSION: Final = "0008"
"""The newest migration that this program knows. Later ones sort after it."""

VERSION_TABLE: Final = "cardwarden_schema"
"""Where Alembic keeps the schema's version."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as an integer of microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's)
        """To the database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's)
        """From the database."""
        return None if value is None else from_micros(value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _number() -> Column[int]:
    """A running number that is never given twice, even after rows were pruned."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _cycle(name: str = "cycle", *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("cycles.id"), nullable=nullable)


installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("instance_id", String(36), nullable=False),
    Column("created", Instant, nullable=False),
    Column("bound_to", Text),
    Column("bound_at", Instant),
    Column("paused_since", Instant),
)
"""One row: which journal this is, which ILS it belongs to, and whether writing is paused."""

lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("token", String(36)),
    Column("owner", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("process", Text),
    Column("since", Instant),
    Column("expires", Instant),
)
"""One row for each `ports.Seat`: who is on it now. `process` tells apart two processes of one number."""

cycles = Table(
    "cycles",
    metadata,
    _number(),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("outcome", Text, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("plan_digest", Text),
    Column("counts", Text, nullable=False),
    Column("error", Text),
    Column("timings", Text),
    sqlite_autoincrement=True,
)
Index("ix_cycles_kind", cycles.c.kind)
Index("ix_cycles_outcome", cycles.c.outcome)
Index("ix_cycles_started", cycles.c.started)
"""`applied`: the cycle was free to write, i.e. neither a dry run nor paused. `timings`: milliseconds by phase."""

plans = Table(
    "plans",
    metadata,
    Column("digest", String(64), primary_key=True),
    _cycle(),
    Column("policy_digest", Text, nullable=False),
    Column("installation", Text),
    Column("at", Instant, nullable=False),
)
"""Kept plans; one that is made again replaces itself, so that the most recent one counts."""

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("digest", String(64), ForeignKey("plans.digest", ondelete="CASCADE"), primary_key=True),
    Column("patron", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("restriction_type", Text, primary_key=True),
)
Index("ix_plan_changes_patron", plan_changes.c.patron)

approvals = Table(
    "approvals",
    metadata,
    _number(),
    Column("digest", String(64), nullable=False, index=True),
    Column("policy_digest", Text, nullable=False),
    Column("installation", Text),
    Column("granted", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    _cycle("used_by_cycle", nullable=True),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    _number(),
    _cycle(),
    Column("patron", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("restriction_type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("case_after", Text),
    Column("policy_digest", Text, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("paid", Boolean, nullable=False),
    Column("intended", Instant, nullable=False),
    Column("result", Text),
    Column("concluded", Instant),
    Column("message", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_changes_patron", changes.c.patron)
Index("ix_changes_intended", changes.c.intended)
Index("ix_changes_cycle", changes.c.cycle)
Index(
    "ix_changes_open",
    changes.c.cycle,
    sqlite_where=changes.c.result.is_(None),
    postgresql_where=changes.c.result.is_(None),
)
"""A change is journalled before it is written (an intent, `result` null) and again when it is answered."""

cases = Table(
    "cases",
    metadata,
    Column("patron", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("evidence", Text, nullable=False),
    Column("highest", BigInteger),
    Column("comment", Text),
    Column("restriction_type", Text, nullable=False),
    Column("paid_seen", Instant),
    Column("blocking_at", Instant),
    Column("missing_since", Instant),
    Column("rows", Text, nullable=False, server_default="[]"),
    Column("origin", Text),
    Column("by", Text, nullable=False, server_default=""),
    Column("noticed_at", Instant),
)

begun_types = Table(
    "begun_types",
    metadata,
    Column("restriction_type", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Types of which something was added here: the first additions of any other need an approval."""

held_changes = Table(
    "held_changes",
    metadata,
    Column("patron", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("restriction_type", Text, primary_key=True),
    Column("brake", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
"""What brakes hold, whichever cycle comes next, until it is approved or a full cycle no longer wants it."""

former_rows = Table(
    "former_rows",
    metadata,
    Column("patron", Text, primary_key=True),
    Column("row", Text, primary_key=True),
    Column("rule", Text, nullable=False),
)
"""Rows that were ours and stand under a foreign type now, by the ILS's own ids."""

policies = Table(
    "policies",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""The text of policies under which full cycles wrote, and when the last one did."""

acts = Table(
    "acts",
    metadata,
    _number(),
    Column("act", Text, nullable=False),
    Column("staff", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""What people did to Cardwarden as a whole, each by name."""

staff_releases = Table(
    "staff_releases",
    metadata,
    _number(),
    _cycle(),
    Column("patron", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("staff", Text, nullable=False),
    Column("photo_id_checked", Boolean, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("in_ils", Text),
    sqlite_autoincrement=True,
)
Index("ix_staff_releases_cycle", staff_releases.c.cycle)
Index("ix_staff_releases_patron", staff_releases.c.patron)
Index("ix_staff_releases_in_ils", staff_releases.c.in_ils, staff_releases.c.at, unique=True)
"""Blocks that staff released by name, who signed, whether photo ID was seen, and why. `in_ils` is the ILS's number of
one that was made there: with its moment, since a plugin that is installed anew counts from 1 again."""

told_answers = Table(
    "told_answers",
    metadata,
    Column("patron", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("free_since", Instant),
    Column("grounds", String(64), nullable=False),
)
"""Which answer about a card the ILS was given last, what it rests on, and since when the card needs none any more."""

vanished = Table(
    "vanished",
    metadata,
    _number(),
    _cycle(),
    Column("patron", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_vanished_at", vanished.c.at)
Index("ix_vanished_cycle", vanished.c.cycle)
Index("ix_vanished_patron", vanished.c.patron)
"""Rows of ours that others lifted."""

claims = Table(
    "claims",
    metadata,
    _number(),
    Column("patron", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("moved", Instant, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_claims_patron", claims.c.patron)
"""Claims by number; `body` is all that is known of one, `moved` when that changed last. No names are in it."""

claim_steps = Table(
    "claim_steps",
    metadata,
    _number(),
    Column("claim", BigInteger, ForeignKey("claims.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    sqlite_autoincrement=True,
)

files_out = Table(
    "files_out",
    metadata,
    _number(),
    Column("batch", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("claims", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("built", Instant, nullable=False),
    Column("delivered", Instant),
    Column("dropped", Instant),
    sqlite_autoincrement=True,
)
"""Files for the collection office; one is journalled before it leaves (`delivered` null) and again when it is there."""

files_in = Table(
    "files_in",
    metadata,
    _number(),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("number", BigInteger),
    Column("read", Instant, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("problems", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Files of the office's that were read, and what was wrong with their lines."""
