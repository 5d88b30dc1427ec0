"""The sums above which Koha lends to nobody, as its self-checks take them, and the cards that they stop."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from sidecar.core.accounts import owed_by
from sidecar.core.model import UNKNOWN, Facts, Patron
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing
from sidecar.ports import IlsStatus

PREFERENCE: Final = "noissuescharge"
TAKEN_FOR_NONE: Final = Decimal(5)
"""What SIP2 takes an empty preference for, and 0."""

_NUMBER: Final = re.compile(r"\s*\+?(\d+(\.\d*)?|\.\d+)")
_FREE: Final = frozenset({Standing.CLEAR, Standing.ANNOUNCED, Standing.OVERRIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class FinesLimits:
    """Koha's own limits, in major units: the preference's, and those of categories that have one of their own.

    `any_fine` is whether each loan of who owes anything is to be confirmed, which a self-check cannot do. `override` is
    whether staff may lend above the limit.
    """

    general: Decimal
    by_category: Mapping[str, Decimal] = field(default_factory=dict)
    any_fine: bool = False
    override: bool = False

    def of(self, category: object) -> Decimal:
        """The limit of a category's patrons."""
        return self.by_category.get(category, self.general) if isinstance(category, str) else self.general


@dataclass(frozen=True, slots=True)
class RefusedCard:
    """A card that is clear by the policy and that Koha lends nothing to: what it owes before credit, and the limit that
    this is above, both in major units."""

    patron: Patron
    owed: Decimal
    limit: Decimal


def fines_limits(status: IlsStatus) -> FinesLimits | None:
    """The limits; None if the ILS does not tell them."""
    said = status.preferences.get(PREFERENCE)
    if said is None:
        return None
    own = {each.id: each.fines_limit for each in status.categories or () if each.fines_limit is not None}
    return FinesLimits(
        general=TAKEN_FOR_NONE if said in {"", "0"} else number(said),
        by_category=own,
        any_fine=is_on(status, "AllFinesNeedOverride"),
        override=is_on(status, "AllowFineOverride"),
    )


def number(text: str) -> Decimal:
    """A preference as Koha takes it for a number: what is none counts as 0."""
    found = _NUMBER.match(text)
    return Decimal(0) if found is None else Decimal(found[1])


def is_number(text: str | None) -> bool:
    """Whether a preference is a number at all; some count only then."""
    return text is not None and _NUMBER.fullmatch(text.strip()) is not None


def is_on(status: IlsStatus, preference: str) -> bool:
    """Whether a preference of the yes-and-no sort is on."""
    return status.preferences.get(preference, "") not in {"", "0"}


def cards_refused(
    decisions: Iterable[Decision], policy: Policy, status: IlsStatus, today: date
) -> Iterator[RefusedCard]:
    """The cards that the policy calls clear once the plan is carried out, and that Koha lends nothing to for what they
    owe. Those that it stops for another reason (expired, lost, restricted by others) are left out.

    Koha leaves out charge types that are set not to restrict checkouts, which cannot be seen here: it may refuse fewer.
    """
    limits = fines_limits(status)
    if limits is None:
        return
    for decision in decisions:
        if _is_clear(decision, today) and (refused := refused_card(decision.facts, limits, policy)) is not None:
            yield refused


def refused_card(facts: Facts, limits: FinesLimits, policy: Policy) -> RefusedCard | None:
    """A card that is clear by the policy, if Koha lends nothing to it for what it owes."""
    owed = owed_by(facts)
    if owed is None or facts.credit is UNKNOWN:
        return None
    limit = limits.of(facts.patron.category)
    if owed > limit and (owed > facts.credit or not limits.override):
        return RefusedCard(facts.patron, owed, limit)
    if limits.any_fine and policy.currency.minor(owed) > 0:
        return RefusedCard(facts.patron, owed, Decimal(0))
    return None


def _is_clear(decision: Decision, today: date) -> bool:
    return (
        decision.in_scope
        and all(verdict.standing in _FREE for verdict in decision.verdicts)
        and not any(row.in_force(today) for row in (*decision.facts.foreign(), *decision.orphans))
        and not is_refused_anyway(decision.facts, today)
    )


def is_refused_anyway(facts: Facts, today: date) -> bool:
    """Whether Koha refuses the card for another reason: lost, or expired."""
    expires = facts.patron.expires
    return facts.card_lost is True or (isinstance(expires, date) and expires < today)
