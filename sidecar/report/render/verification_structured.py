"""What the gates do, for machines: `cardwarden verify --json`, schema `cardwarden.verification/1`."""

from typing import Final

from sidecar.core.gates import Comparison, GateOutcome, Privilege
from sidecar.core.model import UNKNOWN, Unknown
from sidecar.report.pages.verification import result_sentence
from sidecar.report.render.evidence import amount_json, instant
from sidecar.report.render.structured import Document, as_text
from sidecar.report.words.gates import gate_sentence
from sidecar.verification import GateFindings, Verification

VERIFICATION_SCHEMA: Final = "cardwarden.verification/1"


def verification_json(found: Verification) -> str:
    """The whole look as JSON text."""
    return as_text(verification_document(found))


def verification_document(found: Verification) -> Document:
    """The whole look as JSON values. No name, no card number and nothing of a screen is in it."""
    policy = found.policy
    return {
        "schema": VERIFICATION_SCHEMA,
        "as_of": instant(found.as_of),
        "finished": instant(found.finished),
        "policy": {"name": policy.name, "digest": policy.digest, "currency": policy.currency.code},
        "result": result_sentence(found),
        "cards": found.chosen,
        "counts": {outcome.value: found.count(outcome) for outcome in GateOutcome},
        "gates": [_gate(gate, found) for gate in found.gates],
        "without_card": list(found.without_card),
        "waiting": found.waiting,
        "gaps": list(found.gaps),
    }


def _gate(gate: GateFindings, found: Verification) -> Document:
    return {
        "gate": gate.name,
        "trouble": gate.trouble,
        "seconds": f"{gate.seconds:.3f}",
        "asked_again": gate.asked_again,
        "counts": {outcome.value: len(gate.by_outcome(outcome)) for outcome in GateOutcome},
        "texts_missing": [each.patron for each in gate.texts_missing],
        "texts_unreadable": gate.texts_unreadable,
        "cards": [_card(each, found) for each in gate.comparisons],
    }


def _card(comparison: Comparison, found: Verification) -> Document:
    held, answer, currency = comparison.held, comparison.answer, found.policy.currency
    return {
        "patron": comparison.patron,
        "outcome": comparison.outcome.value,
        "sentence": gate_sentence(comparison, found.policy),
        "blocked": _truth(held.must_be_stopped),
        "rules": list(held.rules),
        "foreign": _truth(held.foreign),
        "expired": _truth(held.expired),
        "card_lost": _truth(held.card_lost),
        "owed": None if held.owed is UNKNOWN else amount_json(held.owed, currency),
        "allowed": {each.value: answer.allowed.get(each) for each in Privilege},
        "let_in": sorted(comparison.let_in),
        "refused": sorted(comparison.refused),
        "causes": [cause.value for cause in comparison.causes],
        "text_shown": _truth(answer.text_shown),
    }


def _truth(truth: bool | Unknown) -> bool | None:  # noqa: FBT001 - the value is what is converted
    return None if isinstance(truth, Unknown) else truth
