"""Digests of plans that somebody is erased from.

A plan's digest is made of what it changes, and of a plan's changes all but those of the erased patron are in the
journal: whoever tries a million numbers finds the one that gives the digest. So each plan that the patron was in gets
the digest of what is left of it, which is also what the next dry run would print, and its approval with it. Of a plan
that is no longer kept nobody can say whose changes were in it: its digest goes wherever it stands.
"""

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from sidecar.core.model import PatronId
from sidecar.core.plan import digest_of
from sidecar.store.database.schema import acts, approvals, cycles, plan_changes, plans

NOT_KEPT: Final = ""
"""Where a digest stood and a text must stand."""

_NOTHING_PLANNED: Final = digest_of(())
"""Tells of nobody."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MASK: Final = "…"


def forget_in_plans(connection: Connection, patron: PatronId) -> int:
    """Take a patron out of all kept plans, and out of all digests; says of how many changes."""
    was_in = list(
        connection.scalars(select(plan_changes.c.digest).where(plan_changes.c.patron == patron).distinct()).all()
    )
    gone = connection.execute(delete(plan_changes).where(plan_changes.c.patron == patron)).rowcount
    renamed = {old: _rename(connection, old) for old in was_in}
    connection.execute(delete(approvals).where(_without_plan(), approvals.c.used_by_cycle.is_(None)))
    connection.execute(update(approvals).where(_without_plan()).values(digest=NOT_KEPT))
    _replace_elsewhere(connection, renamed)
    return gone


def forget_in_errors(connection: Connection, patron: PatronId) -> None:
    """Mask a patron's number where an error of a cycle names it."""
    number = re.compile(rf"(?<![0-9]){re.escape(patron)}(?![0-9])")
    for row in connection.execute(select(cycles.c.id, cycles.c.error).where(cycles.c.error.contains(patron))).all():
        masked = number.sub(_MASK, row.error)
        connection.execute(update(cycles).where(cycles.c.id == row.id).values(error=masked))


def _rename(connection: Connection, old: str) -> str | None:
    """Give a plan the digest of what is left of it; None if nothing is. Its approvals go with it."""
    columns = (plan_changes.c.patron, plan_changes.c.rule, plan_changes.c.kind, plan_changes.c.restriction_type)
    left = connection.execute(select(*columns).where(plan_changes.c.digest == old)).all()
    new = digest_of((row.patron, row.rule, row.kind, row.restriction_type) for row in left) if left else None
    if new is not None:
        if connection.scalar(select(plans.c.digest).where(plans.c.digest == new)) is None:
            plan = connection.execute(select(plans).where(plans.c.digest == old)).one()
            connection.execute(insert(plans).values({**plan._mapping, "digest": new}))  # noqa: SLF001 - public in spite of its name
            connection.execute(update(plan_changes).where(plan_changes.c.digest == old).values(digest=new))
        connection.execute(update(approvals).where(approvals.c.digest == old).values(digest=new))
    connection.execute(delete(plan_changes).where(plan_changes.c.digest == old))
    connection.execute(delete(plans).where(plans.c.digest == old))
    return new


def _without_plan() -> ColumnElement[bool]:
    return approvals.c.digest.not_in(select(plans.c.digest))


def _replace_elsewhere(connection: Connection, renamed: Mapping[str, str | None]) -> None:
    """Where a digest is only told: the cycle that made the plan, and who approved it."""
    kept = {*connection.scalars(select(plans.c.digest)), _NOTHING_PLANNED}
    for told in set(connection.scalars(select(cycles.c.plan_digest).where(cycles.c.plan_digest.is_not(None)))) - kept:
        of_plan = cycles.c.plan_digest == told
        connection.execute(update(cycles).where(of_plan).values(plan_digest=renamed.get(told)))
    for detail in set(connection.scalars(select(acts.c.detail))):
        shown = detail
        for told in set(_DIGEST.findall(detail)) - kept:
            shown = shown.replace(told, renamed.get(told) or NOT_KEPT)
        if shown != detail:
            connection.execute(update(acts).where(acts.c.detail == detail).values(detail=shown))
