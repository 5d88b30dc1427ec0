"""Evidence, amounts and instants as JSON values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, overload

from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import Currency, Evidence
from sidecar.core.policy import RuleKind
from sidecar.report.words.vocabulary import exact_amount

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None


@overload
def instant(at: datetime) -> str: ...
@overload
def instant(at: datetime | None) -> str | None: ...
def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second: `2026-11-24T02:15:00Z`."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount_json(minor: int | None, currency: Currency) -> Json:
    """An amount twice: for reading (`amount`, as many decimals as the currency has) and for counting (`minor`)."""
    return None if minor is None else {"amount": exact_amount(minor, currency), "minor": minor}


def evidence_json(evidence: Evidence, kind: RuleKind | None, currency: Currency) -> dict[str, Json]:
    """The numbers of a verdict."""
    threshold: Json = evidence.threshold
    if kind is None or kind in MONEY_KINDS:
        threshold = amount_json(evidence.threshold, currency)
    return {
        "counted": amount_json(evidence.counted, currency),
        "owed": amount_json(evidence.owed, currency),
        "credit": amount_json(evidence.credit, currency),
        "lines": list(evidence.lines),
        "attempts": evidence.attempts,
        "card_lost": evidence.card_lost,
        "operator": evidence.operator,
        "threshold": threshold,
        "age": evidence.age,
        "settled_at": instant(evidence.settled_at),
        "agency_paid_at": instant(evidence.agency_paid_at),
        "unknown": list(evidence.unknown),
        "overdue": evidence.overdue,
        "flagged": evidence.flagged,
        "guarantees": list(evidence.guarantees),
    }
