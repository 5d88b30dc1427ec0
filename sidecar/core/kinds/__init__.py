"""The kinds of rule: would it block a free card, and does its release hold, on these facts, now.

One file a kind. Each answers true, false or unknown, with the numbers; what follows from the answers is the table of
the design (`core.table`). A new kind is a file here with its line in `KINDS` (and its word in `RuleKind`), an entry of
`policy.language.kinds` with what a policy may say of it, and its sentences in `language.kinds`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet
from sidecar.core.kinds.collection import CollectionRule
from sidecar.core.kinds.debt import DebtRule
from sidecar.core.kinds.failed_pin import FailedPinRule
from sidecar.core.kinds.flag import FlagRule
from sidecar.core.kinds.linked import with_guarantees
from sidecar.core.kinds.lost_card import LostCardRule
from sidecar.core.kinds.overdue import OverdueRule
from sidecar.core.kinds.unpaid_charge import UnpaidChargeRule
from sidecar.core.policy import AfterMinutes, Also, ByStaff, Rule, RuleKind, Terms

__all__ = [
    "KINDS",
    "MONEY_KINDS",
    "Judgement",
    "KindOfRule",
    "Question",
    "Quiet",
    "judge",
    "release_is_by_time",
    "wants_photo_id",
]

KINDS: Final[Mapping[RuleKind, KindOfRule]] = {
    kind.name: kind
    for kind in (
        DebtRule(),
        UnpaidChargeRule(),
        FailedPinRule(),
        LostCardRule(),
        CollectionRule(),
        OverdueRule(),
        FlagRule(),
    )
}

MONEY_KINDS: Final = frozenset(kind.name for kind in KINDS.values() if kind.on_charges)
"""Kinds of rule that rest on charges."""


def judge(question: Question) -> Judgement:
    """W and R of a rule, whatever its kind. A retired or exempting rule blocks nobody and frees everybody; one that is
    not in effect yet blocks nobody."""
    rule, judgement = question.rule, _of_own_account(question)
    if rule.retired:
        return judgement
    if rule.also_blocks is Also.GUARANTORS:
        judgement = with_guarantees(question, judgement, _of_own_account)
    if rule.since is not None and question.today < rule.since:
        return replace(judgement, blocks=False, tells=False)
    return judgement


def _of_own_account(question: Question) -> Judgement:
    judgement = KINDS[question.rule.kind].judge(question)
    if question.rule.retired or question.terms.exempt:
        return replace(judgement, blocks=False, releases=True, tells=False)
    return judgement


def wants_photo_id(rule: Rule, terms: Terms) -> bool:
    """Whether staff must have seen photo ID to release it: where the release is theirs and it is in doubt who holds the
    card, unless the policy says otherwise."""
    return rule.photo_id and isinstance(terms.release, ByStaff) and KINDS[rule.kind].of_identity


def release_is_by_time(terms: Terms) -> bool:
    """Whether the release may hold while the rule would still block: the one case of R with W."""
    return isinstance(terms.release, AfterMinutes)
