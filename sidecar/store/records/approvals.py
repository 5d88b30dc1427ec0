"""Kept plans and their approvals: which changes may pass the brakes, until when, under which policy, of which ILS."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from sidecar.core.plan import ChangeKey, Plan
from sidecar.errors import NoSuchPlan
from sidecar.ports import Approval
from sidecar.store.database.connections import put
from sidecar.store.database.schema import approvals, cycles, plan_changes, plans
from sidecar.store.records.cycles import bound_to

PLAN_LIFETIME: Final = timedelta(hours=24)
"""A kept plan that is older than this is too old to be approved."""

_KEY: Final = ("patron", "rule", "kind", "restriction_type")
_AT_ONCE: Final = 1000
"""Rows in one statement: a first plan has tens of thousands."""

_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")
_DRY_RUN: Final = "make a new dry run (`cardwarden reconcile`) and approve the digest it prints"


def keep_plan(connection: Connection, cycle: int, plan: Plan, policy_digest: str, at: datetime) -> None:
    """Keep a plan. The same plan made again renews itself; its changes are written once."""
    digest = plan.digest
    row = {
        "digest": digest,
        "cycle": cycle,
        "policy_digest": policy_digest,
        "installation": bound_to(connection),
        "at": at,
    }
    put(connection, plans, [row])
    keys = {change.key for change in plan.changes()}
    of_plan = plan_changes.c.digest == digest
    if connection.scalar(select(func.count()).select_from(plan_changes).where(of_plan)) == len(keys):
        return
    connection.execute(delete(plan_changes).where(of_plan))
    rows = ({"digest": digest, **dict(zip(_KEY, key, strict=True))} for key in keys)
    while batch := list(islice(rows, _AT_ONCE)):
        connection.execute(insert(plan_changes), batch)


def approve(connection: Connection, digest: str, at: datetime, lifetime: timedelta) -> Approval:
    """Approve a kept plan by its digest, or by eight or more of its first characters."""
    plan = _plan(connection, digest, at)
    bound = bound_to(connection)
    if plan.installation != bound:
        raise NoSuchPlan(f"The plan {plan.digest[:12]} was made for another library system: {_DRY_RUN}.")
    values: dict[str, Any] = {"granted": at, "expires": at + lifetime}
    renewed = connection.execute(
        update(approvals)
        .where(
            approvals.c.digest == plan.digest,
            approvals.c.policy_digest == plan.policy_digest,
            approvals.c.installation.is_not_distinct_from(bound),
            approvals.c.used_by_cycle.is_(None),
        )
        .values(values)
    )
    if not renewed.rowcount:
        values |= {"digest": plan.digest, "policy_digest": plan.policy_digest, "installation": bound}
        connection.execute(insert(approvals).values(values))
    return Approval(plan.digest, plan.policy_digest, at + lifetime, kept_keys(connection, plan.digest))


def usable(connection: Connection, policy_digest: str, at: datetime) -> Sequence[Approval]:
    """Approvals that are unused and unexpired, under this policy and for this ILS."""
    query = (
        select(approvals.c.digest, approvals.c.policy_digest, approvals.c.expires)
        .where(
            approvals.c.policy_digest == policy_digest,
            approvals.c.expires > at,
            approvals.c.used_by_cycle.is_(None),
            approvals.c.installation.is_not_distinct_from(bound_to(connection)),
        )
        .order_by(approvals.c.id)
    )
    found = connection.execute(query).all()
    return [Approval(row.digest, row.policy_digest, row.expires, kept_keys(connection, row.digest)) for row in found]


def use(connection: Connection, digests: Iterable[str], cycle: int) -> None:
    """Mark as used what the cycle could use: approvals under its own policy."""
    policy_digest = select(cycles.c.policy_digest).where(cycles.c.id == cycle).scalar_subquery()
    unused = update(approvals).where(approvals.c.used_by_cycle.is_(None), approvals.c.policy_digest == policy_digest)
    for digest in digests:
        connection.execute(unused.where(approvals.c.digest == digest).values(used_by_cycle=cycle))


def _plan(connection: Connection, digest: str, at: datetime) -> Row[Any]:
    wanted = digest.strip().lower()
    if not _DIGEST.fullmatch(wanted):
        raise NoSuchPlan(
            f"{digest.strip()!r} is no plan's digest: give at least its first 8 characters (0-9, a-f), as the dry run "
            "printed them."
        )
    found = connection.execute(select(plans).where(plans.c.digest.startswith(wanted)).limit(2)).all()
    if not found:
        raise NoSuchPlan(f"No plan with the digest {wanted} is kept: {_DRY_RUN}.")
    if len(found) > 1:
        raise NoSuchPlan(f"More than one kept plan begins with {wanted}: give more of the digest.")
    plan = found[0]
    if at - plan.at > PLAN_LIFETIME:
        raise NoSuchPlan(
            f"The plan {plan.digest[:12]} is from {plan.at:%Y-%m-%d %H:%M} UTC, more than 24 hours ago: {_DRY_RUN}."
        )
    return plan


def kept_keys(connection: Connection, digest: str) -> frozenset[ChangeKey]:
    """The changes of a kept plan; none, if it is not kept."""
    columns = (plan_changes.c.patron, plan_changes.c.rule, plan_changes.c.kind, plan_changes.c.restriction_type)
    rows = connection.execute(select(*columns).where(plan_changes.c.digest == digest))
    return frozenset((row.patron, row.rule, row.kind, row.restriction_type) for row in rows)
