"""The report for machines: `--json`, schema `cardwarden.report/1` (docs/report-json.md, docs/report.schema.json)."""

import json
from typing import Final, TypeAlias

from sidecar.core.brakes import Tripped
from sidecar.core.model import Patron, PatronId, Restriction, StaffRelease
from sidecar.core.policy import Policy
from sidecar.cycle.findings import Findings
from sidecar.fitness.limits import RefusedCard
from sidecar.report.counted.cards import NO_STEP
from sidecar.report.counted.changes import ChangeLine, State
from sidecar.report.counted.summary import OwnRow, Summary, VerdictLine, summarize
from sidecar.report.pages.ending import Ending, approval_commands, ending
from sidecar.report.pages.head import head_lines
from sidecar.report.render.cards_structured import cards_json
from sidecar.report.render.evidence import Json, amount_json, evidence_json, instant
from sidecar.report.words.reasons import why_standing
from sidecar.report.words.vocabulary import brake_sentence

SCHEMA: Final = "cardwarden.report/1"

Document: TypeAlias = dict[str, Json]


def report_json(findings: Findings, *, show_names: bool) -> str:
    """The whole report as JSON text."""
    return as_text(report_document(findings, show_names=show_names))


def as_text(document: Json) -> str:
    """JSON as people and machines read it."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def report_document(findings: Findings, *, show_names: bool) -> Document:
    """The whole report as JSON values."""
    summary = summarize(findings)
    lists = _Lists(findings.policy, show_names=show_names)
    return {
        "schema": SCHEMA,
        "cycle": findings.cycle,
        "kind": findings.kind,
        "mode": findings.mode.value,
        "applied": findings.applied,
        "first": findings.first,
        "started": instant(findings.started),
        "finished": instant(findings.finished),
        "timings": {phase.value: spent for phase, spent in findings.timings.items()},
        "as_of": instant(findings.as_of),
        "paused_since": instant(findings.paused_since),
        "stopped": findings.stopped,
        "ils": _ils(findings),
        "policy": _policy(findings.policy),
        "head": list(head_lines(summary.cards, findings.policy.currency)),
        "result": _result(findings, ending(findings, summary)),
        "plan": _plan(findings, summary),
        "summary": _summary(findings, summary),
        "changes": [lists.change(line) for line in summary.changes],
        "announced": [lists.announced(line) for line in summary.announced],
        "undecided": [lists.verdict(line) for line in summary.undecided],
        "lifted": [lists.verdict(line) for line in summary.lifted],
        "drift": [lists.verdict(line) for line in summary.drift],
        "adopted": [lists.adopted(line) for line in summary.adopted],
        "orphans": [lists.own_row(each) for each in summary.orphans],
        "ours_out_of_scope": [lists.own_row(each) for each in summary.ours_out_of_scope],
        "edited": [lists.own_row(each) for each in summary.edited],
        "expiring": [lists.own_row(each) for each in summary.expiring],
        "released": [lists.released(patron, each) for patron, each in findings.released()],
        "once_ours": [lists.own_row(each) for each in summary.once_ours],
        "owing_nothing": [lists.own_row(each) for each in summary.owing_nothing],
        "foreign": [
            {"restriction_type": each.type, "rows": each.rows, "in_force": each.in_force, "patrons": each.patrons}
            for each in summary.foreign
        ],
        "refused_by_ils": [lists.refused(each) for each in summary.refused_by_ils],
        "told": {
            "answers": findings.told.answers,
            "taken_back": findings.told.taken_back,
            "releases": findings.told.releases,
        },
        "warnings": list(findings.warnings),
        "gaps": list(findings.gaps),
    }


def patron_json(patron: Patron, *, show_names: bool) -> Document:
    """Who it is: the ILS's own number, and only if asked the name and the card number."""
    known: Document = {"patron": patron.id}
    if show_names:
        known |= {"name": patron.name, "card_number": patron.card_number}
    return known


def row_json(row: Restriction, *, in_force: bool) -> Document:
    """A restriction row without its text, which is free and may hold anything."""
    return {
        "restriction_type": row.type,
        "in_force": in_force,
        "created": instant(row.created),
        "expires": None if row.expires is None else row.expires.isoformat(),
    }


class _Lists:
    """Entries of the lists."""

    def __init__(self, policy: Policy, *, show_names: bool) -> None:
        self._policy = policy
        self._show_names = show_names

    def released(self, patron: PatronId, release: StaffRelease) -> Document:
        return {
            "patron": patron,
            "rule": release.rule,
            "restriction_type": release.restriction_type,
            "staff": release.by,
            "photo_id_checked": release.photo_id_checked,
            "reason": release.reason,
            "at": instant(release.at),
        }

    def change(self, line: ChangeLine) -> Document:
        change = line.change
        return self._who(line.patron) | {
            "rule": change.rule,
            "change": change.kind.value,
            "restriction_type": change.restriction_type,
            "reason": change.reason.value,
            "sentence": line.sentence,
            "evidence": evidence_json(change.evidence, change.rule_kind, self._policy.currency),
            "paid": change.paid,
            "state": line.state.value,
            "held_by": None if line.held_by is None else line.held_by.value,
            "outcome": None
            if line.outcome is None
            else {"result": line.outcome.result.value, "message": line.outcome.message},
        }

    def verdict(self, line: VerdictLine) -> Document:
        verdict = line.verdict
        return self._who(line.patron) | {
            "rule": verdict.rule,
            "restriction_type": verdict.restriction_type,
            "sentence": why_standing(verdict, line.decision.facts, self._policy),
            "evidence": evidence_json(verdict.evidence, verdict.rule_kind, self._policy.currency),
        }

    def announced(self, line: VerdictLine) -> Document:
        case = line.verdict.case_now
        return self.verdict(line) | {
            "new": line.verdict.case_before is None,
            "since": None if case is None else instant(case.since),
            "blocks_on": None
            if line.verdict.due is None
            else line.verdict.due.astimezone(self._policy.time_zone).date().isoformat(),
        }

    def adopted(self, line: VerdictLine) -> Document:
        case = line.verdict.case_now
        return self.verdict(line) | {"since": None if case is None else instant(case.since)}

    def own_row(self, each: OwnRow) -> Document:
        return self._who(each.patron) | row_json(each.row, in_force=each.in_force)

    def refused(self, each: RefusedCard) -> Document:
        minor, currency = self._policy.currency.minor(each.owed), self._policy.currency
        return self._who(each.patron) | {"owed": amount_json(minor, currency), "limit": f"{each.limit:f}"}

    def _who(self, patron: Patron) -> Document:
        return patron_json(patron, show_names=self._show_names)


def _ils(findings: Findings) -> Document:
    status = findings.status
    return {
        "description": status.description,
        "writable": status.writable,
        "installation_id": status.installation_id,
        "currency": status.currency,
        "patrons": status.patron_count,
        "ours_in_force": status.ours_in_force,
        "paused": status.paused,
    }


def _policy(policy: Policy) -> Document:
    return {
        "name": policy.name,
        "digest": policy.digest,
        "currency": policy.currency.code,
        "decimals": policy.currency.decimals,
        "time_zone": policy.time_zone.key,
    }


def _result(findings: Findings, end: Ending) -> Document:
    return {
        "status": end.status.value,
        "pending": findings.pending,
        "sentence": end.result,
        "next": end.next,
        "commands": list(end.commands),
    }


def _plan(findings: Findings, summary: Summary) -> Document:
    return {
        "digest": findings.plan.digest,
        "changes": len(findings.plan),
        "by_kind": {kind.value: number for kind, number in findings.plan.counts().items()},
        "held": len(findings.braked.held),
        "held_back": [_tripped(each) for each in summary.held_back],
        "approvable": None
        if findings.kept_digest is None
        else {"digest": findings.kept_digest, "commands": list(approval_commands(findings))},
        "approvals_used": list(findings.approvals_used) if findings.applied else [],
    }


def _tripped(each: Tripped) -> Document:
    return {
        "brake": each.brake.value,
        "rule": each.rule,
        "asked": each.asked,
        "used": each.used,
        "allowed": each.allowed,
        "sentence": brake_sentence(each),
    }


def _summary(findings: Findings, summary: Summary) -> Document:
    currency, money = findings.policy.currency, summary.money
    return {
        "examined": summary.examined,
        "out_of_scope": summary.out_of_scope,
        "cards": cards_json(summary.cards, currency),
        "rules": [
            {
                "rule": each.rule,
                "kind": each.kind.value,
                "restriction_type": each.restriction_type,
                "retired": each.retired,
                "in_force": each.in_force,
                "in_force_after": summary.cards.steps.get(each.rule, NO_STEP).after,
                "to_add": each.to_add,
                "to_remove": each.to_remove,
                "to_amend": each.to_amend,
                "to_reset_pin": each.to_reset_pin,
                "blocked": each.blocked,
                "announced": each.announced,
                "overridden": each.overridden,
                "undecided": each.undecided,
                "clear": each.clear,
                "adopted": each.adopted,
                "drift": each.drift,
            }
            for each in summary.rules
        ],
        "changes_by_state": {state.value: len(summary.in_state(state)) for state in State},
        "charge_types": [
            {
                "type": each.type,
                "kind": each.kind.value,
                "mapped": each.mapped,
                "charges": each.charges,
                "patrons": each.patrons,
                "sum": amount_json(each.sum, currency),
            }
            for each in summary.charge_types
        ],
        "money": {
            "owed": amount_json(money.owed, currency),
            "patrons_owing": money.patrons_owing,
            "owed_by_blocked": amount_json(money.owed_by_blocked, currency),
            "patrons_blocked": money.patrons_blocked,
            "owed_by_added": amount_json(money.owed_by_added, currency),
            "patrons_added": money.patrons_added,
            "credit": amount_json(money.credit, currency),
            "patrons_unknown": money.patrons_unknown,
        },
        "settled_intents": findings.settled_intents,
        "open_intents": findings.open_intents,
        "closed_cases": findings.closed_cases,
    }
