"""Whom a full cycle passes by as it reads: no rule has anything to say about them, nothing of ours is or was on their
card, and nobody remembers them. Only what they come to is kept, so that a cycle holds those who matter and no others.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sidecar.core.accounts import NOTHING, Accounts
from sidecar.core.debtors import DebtAge, Debtors, debts_by_age
from sidecar.core.model import UNKNOWN, Charge, Currency, Facts, Patron, PatronId
from sidecar.core.policy import Policy, Scope
from sidecar.core.screen import Screen
from sidecar.fitness.limits import RefusedCard, fines_limits, is_refused_anyway, refused_card
from sidecar.ports import IlsStatus


@dataclass(slots=True)
class PassedBy:
    """What those come to who were passed by; in scope each rule is clear for them. `refused` are the cards among them
    that the ILS lends nothing to by limits of its own."""

    in_scope: int = 0
    out_of_scope: int = 0
    accounts: Accounts = field(default_factory=Accounts)
    debtors: Debtors = field(default_factory=Debtors)
    by_age: dict[DebtAge, Debtors] = field(default_factory=dict)
    refused: list[RefusedCard] = field(default_factory=list)

    def owes(self, patron: Patron, charges: Sequence[Charge], currency: Currency, today: date) -> None:
        """One more of whom something is open, by the age of the debt too."""
        by_age = debts_by_age(charges, today)
        self.debtors.add(patron, currency.minor(sum(by_age.values(), NOTHING)))
        for age, owed in by_age.items():
            self.by_age.setdefault(age, Debtors()).add(patron, currency.minor(owed))

    def __len__(self) -> int:
        return self.in_scope + self.out_of_scope


class Passing:
    """Tells, patron by patron, who is kept, and counts the others in `by`. Whoever is `remembered` is kept."""

    def __init__(
        self, policy: Policy, scope: Scope, status: IlsStatus, remembered: Collection[PatronId], by: PassedBy
    ) -> None:
        self.by = by
        self._policy = policy
        self._screen = Screen(policy)
        self._scope = scope
        self._limits = fines_limits(status)
        self._remembered = remembered
        self._day: tuple[datetime, date] | None = None

    def keeps(self, facts: Facts, as_of: datetime) -> bool:
        """Whether the cycle has to look at the patron. Whoever has a row, of whomever, is kept: reports list them."""
        if facts.restrictions != () or facts.staff_releases or facts.patron.id in self._remembered:
            return True
        today = self._today(as_of)
        included = self._scope.includes(facts, today)
        if included is UNKNOWN or (included and self._screen.rules_to_ask(facts, {}, today)):
            return True
        self._count(facts, today, in_scope=included)
        return False

    def _count(self, facts: Facts, today: date, *, in_scope: bool) -> None:
        charges = () if facts.charges is UNKNOWN else facts.charges
        self.by.accounts.add(facts)
        if charges:
            self.by.owes(facts.patron, charges, self._policy.currency, today)
        if not in_scope:
            self.by.out_of_scope += 1
            return
        self.by.in_scope += 1
        if self._limits is not None and charges and not is_refused_anyway(facts, today):
            refused = refused_card(facts, self._limits, self._policy)
            if refused is not None:
                self.by.refused.append(refused)

    def _today(self, as_of: datetime) -> date:
        """The day of the pull: asked of the time zone once."""
        if self._day is None or self._day[0] is not as_of:
            self._day = as_of, as_of.astimezone(self._policy.time_zone).date()
        return self._day[1]
