"""The explanation of one patron for machines: `cardwarden explain --json`, schema `cardwarden.explain/1`."""

from collections.abc import Sequence
from typing import Final

from sidecar.core.model import UNKNOWN, Charge, Unknown
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Verdict
from sidecar.desk import Answer, spoken
from sidecar.language import present
from sidecar.ports import ChangeRecord
from sidecar.report.pages.explanation import charges_by_type, exception_of, result_sentence
from sidecar.report.render.answer_structured import answer_json
from sidecar.report.render.evidence import Json, amount_json, evidence_json, instant
from sidecar.report.render.records import change_json
from sidecar.report.render.structured import Document, as_text, patron_json, row_json
from sidecar.report.words.reasons import why_standing
from sidecar.report.words.vocabulary import clause_words
from sidecar.report.words.ways_out import what_would_change

EXPLAIN_SCHEMA: Final = "cardwarden.explain/1"


def explain_json(
    answer: Answer, decision: Decision, policy: Policy, changes: Sequence[ChangeRecord], *, show_names: bool
) -> str:
    """The same as JSON text, schema `cardwarden.explain/1`."""
    return as_text(explain_document(answer, decision, policy, changes, show_names=show_names))


def explain_document(
    answer: Answer, decision: Decision, policy: Policy, changes: Sequence[ChangeRecord], *, show_names: bool
) -> Document:
    """The same as JSON values. Sentences are in the present language."""
    as_of = answer.as_of
    facts = decision.facts
    today = as_of.astimezone(policy.time_zone).date()
    rows = None if facts.restrictions is UNKNOWN else facts.restrictions
    return patron_json(facts.patron, show_names=show_names) | {
        "schema": EXPLAIN_SCHEMA,
        "as_of": instant(as_of),
        "policy": {"name": policy.name, "digest": policy.digest, "currency": policy.currency.code},
        "in_scope": decision.in_scope,
        "language": present(),
        "result": result_sentence(decision),
        "answer": answer_json(answer, spoken(answer)),
        "rules": [_verdict_json(verdict, decision, policy) for verdict in decision.verdicts],
        "charges": None if facts.charges is UNKNOWN else _charges_json(facts.charges, policy),
        "credit": None
        if facts.credit is UNKNOWN
        else amount_json(policy.currency.minor(facts.credit), policy.currency),
        "restrictions": None
        if rows is None
        else [row_json(row, in_force=row.in_force(today)) | {"ours": row.ours} for row in rows],
        "changes": [change_json(record, policy) for record in changes],
    }


def _charges_json(charges: Sequence[Charge], policy: Policy) -> Json:
    return [
        {
            "type": type_,
            "kind": policy.kind_of(type_).value,
            "charges": number,
            "sum": amount_json(minor, policy.currency),
        }
        for type_, number, minor in charges_by_type(charges, policy)
    ]


def _verdict_json(verdict: Verdict, decision: Decision, policy: Policy) -> Document:
    clause, case = exception_of(verdict, policy), verdict.case_now
    return {
        "rule": verdict.rule,
        "kind": verdict.rule_kind.value,
        "restriction_type": verdict.restriction_type,
        "standing": verdict.standing.value,
        "in_force": _truth(verdict.in_force),
        "blocks": _truth(verdict.blocks),
        "releases": _truth(verdict.releases),
        "sentence": why_standing(verdict, decision.facts, policy),
        "evidence": evidence_json(verdict.evidence, verdict.rule_kind, policy.currency),
        "change": None if verdict.change is None else verdict.change.value,
        "reason": None if verdict.reason is None else verdict.reason.value,
        "case": None if case is None else {"stage": case.stage.value, "since": instant(case.since)},
        "adopted": verdict.adopted,
        "drift": verdict.drift,
        "exception": None if clause is None else clause_words(clause),
        "due": instant(verdict.due),
        "what_would_change": list(what_would_change(verdict, policy)),
    }


def _truth(truth: bool | Unknown) -> bool | None:  # noqa: FBT001 - the value is what is converted
    return None if isinstance(truth, Unknown) else truth
