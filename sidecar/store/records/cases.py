"""The cases: what is remembered of each rule on each patron."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select

from sidecar.core.model import Case, Origin, PatronId, RuleId, Stage
from sidecar.store.database.codec import (
    evidence_from_json,
    evidence_to_json,
    one_line,
    texts_from_json,
    texts_to_json,
    word,
)
from sidecar.store.database.connections import of_patrons, put
from sidecar.store.database.schema import cases


def read(
    connection: Connection, patrons: Collection[PatronId] | None = None
) -> Mapping[PatronId, Mapping[RuleId, Case]]:
    """All open cases by patron and rule, or those of these patrons."""
    found: dict[PatronId, dict[RuleId, Case]] = {}
    for query in of_patrons(select(cases), cases.c.patron, patrons):
        for row in connection.execute(query):
            found.setdefault(row.patron, {})[row.rule] = case_of(row)
    return found


def count_blocks(connection: Connection) -> int:
    """How many blocks are remembered as in force."""
    return connection.scalar(select(func.count()).where(cases.c.stage == Stage.BLOCKED.value)) or 0


def save(connection: Connection, keep: Iterable[Case], close: Iterable[tuple[PatronId, RuleId]]) -> None:
    """Forget the closed ones and remember the kept ones. A case that is in both is kept."""
    closed = [{"of_patron": patron, "of_rule": rule} for patron, rule in close]
    if closed:
        which = (cases.c.patron == bindparam("of_patron"), cases.c.rule == bindparam("of_rule"))
        connection.execute(delete(cases).where(*which), closed)
    put(connection, cases, {(case.patron, case.rule): _values(case) for case in keep}.values())


def case_of(row: Row[Any]) -> Case:
    """The case that a row holds."""
    return Case(
        patron=row.patron,
        rule=row.rule,
        stage=word(Stage, row.stage),
        since=row.since,
        seen_at=row.seen_at,
        evidence=evidence_from_json(row.evidence),
        highest=row.highest,
        comment=row.comment,
        restriction_type=row.restriction_type,
        paid_seen=row.paid_seen,
        blocking_at=row.blocking_at,
        missing_since=row.missing_since,
        rows=texts_from_json(row.rows),
        origin=None if row.origin is None else word(Origin, row.origin),
        by=row.by,
        noticed_at=row.noticed_at,
    )


def _values(case: Case) -> dict[str, Any]:
    return {
        "patron": case.patron,
        "rule": case.rule,
        "stage": case.stage.value,
        "since": case.since,
        "seen_at": case.seen_at,
        "evidence": evidence_to_json(case.evidence),
        "highest": case.highest,
        "comment": case.comment,
        "restriction_type": case.restriction_type,
        "paid_seen": case.paid_seen,
        "blocking_at": case.blocking_at,
        "missing_since": case.missing_since,
        "rows": texts_to_json(case.rows),
        "origin": None if case.origin is None else case.origin.value,
        "by": one_line(case.by),
        "noticed_at": case.noticed_at,
    }
