"""The kinds of rule: would it block a free card, and does its release hold, on these facts, now.

One file a kind. Each answers true, false or unknown, with the numbers; what follows from the answers is the table of
the design (`core.table`). A new kind is a file here with its line in `KINDS` (and its word in `RuleKind`), an entry of
`policy.language.kinds` with what a policy may say of it, and its sentences in `language.kinds`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question
from sidecar.core.kinds.collection import CollectionRule
from sidecar.core.kinds.debt import DebtRule
from sidecar.core.kinds.failed_pin import FailedPinRule
from sidecar.core.kinds.lost_card import LostCardRule
from sidecar.core.kinds.unpaid_charge import UnpaidChargeRule
from sidecar.core.policy import AfterMinutes, RuleKind, Terms

__all__ = ["KINDS", "MONEY_KINDS", "Judgement", "KindOfRule", "Question", "judge", "release_is_by_time"]

KINDS: Final[Mapping[RuleKind, KindOfRule]] = {
    kind.name: kind for kind in (DebtRule(), UnpaidChargeRule(), FailedPinRule(), LostCardRule(), CollectionRule())
}

MONEY_KINDS: Final = frozenset(kind.name for kind in KINDS.values() if kind.on_charges)
"""Kinds of rule that rest on charges."""


def judge(question: Question) -> Judgement:
    """W and R of a rule, whatever its kind. A retired or exempting rule blocks nobody and frees everybody."""
    judgement = KINDS[question.rule.kind].judge(question)
    if question.rule.retired or question.terms.exempt:
        return replace(judgement, blocks=False, releases=True)
    return judgement


def release_is_by_time(terms: Terms) -> bool:
    """Whether the release may hold while the rule would still block: the one case of R with W."""
    return isinstance(terms.release, AfterMinutes)
