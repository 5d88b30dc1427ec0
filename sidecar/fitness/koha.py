"""What Koha refuses by itself, beside the policy: each preference and limit of a category that does, in plain words and
with the remedy. What keeps cards from loans that the policy calls clear is a harm, what keeps them from less, or for
what others owe, a warning."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from sidecar.core.model import Currency
from sidecar.core.policy import Policy, RuleKind
from sidecar.fitness.clear import most_owed_when_clear
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.limits import PREFERENCE, FinesLimits, fines_limits, is_number, is_on, number
from sidecar.ports import IlsStatus

HIGH: Final = 100_000
"""A limit that is above every threshold, in major units."""

NOT_TOLD: Final = (
    "Whether Koha by itself refuses cards that the policy calls clear (noissuescharge, AllFinesNeedOverride, "
    "OverduesBlockCirc, limits of categories …) cannot be known: "
)


def koha_beside(policy: Policy, status: IlsStatus) -> Fitness:
    """What Koha's own preferences do to cards that are clear by the policy."""
    limits = fines_limits(status)
    if limits is None:
        why = "the plugin is of an older version, so upgrade it." if status.writable else "Koha tells only its plugin."
        return Fitness(notes=(NOT_TOLD + why,))
    money = _Money(policy, status, limits)
    return Fitness(
        harms=tuple(money.harms()),
        warnings=(*money.warnings(), *_of_overdues(status)),
        notes=(*money.notes(), *_of_renewing_overdues(status), *_of_pins(policy, status)),
    )


class _Money:
    """Limits of what is owed, held against the highest sum that is clear."""

    def __init__(self, policy: Policy, status: IlsStatus, limits: FinesLimits) -> None:
        self._policy = policy
        self._status = status
        self._limits = limits
        self._preferences = status.preferences
        self._currency = policy.currency

    def harms(self) -> Iterator[str]:
        """What refuses loans."""
        if clear := self._clear_above(self._limits.general):
            yield (
                f"Koha refuses loans above {_shown(self._limits.general, self._currency)} ({self._said()}): {clear} "
                f"are clear here and refused at the self-check. Set it to {HIGH}."
            )
        for limit, categories in _grouped(self._limits.by_category).items():
            clear = next(filter(None, (self._clear_above(limit, category) for category in categories)), "")
            if clear:
                yield (
                    f"Koha refuses loans above {_shown(limit, self._currency)} to {_categories(categories)} (a limit "
                    f"of their own): {clear} are clear here and refused. Empty it there, or set it to {HIGH}."
                )
        if self._limits.any_fine and most_owed_when_clear(self._policy) != 0:
            yield (
                "Koha has staff confirm each loan of who owes anything at all (AllFinesNeedOverride is on), which a "
                "self-check cannot: it shows the card as good and refuses the loan, whatever noissuescharge is. Set it "
                "to 0 (`Don't require`)."
            )

    def warnings(self) -> Iterator[str]:
        """What refuses holds and renewals, and what others owe."""
        yield from self._of_holds()
        yield from self._of_renewals()
        for name, whose in _OTHERS.items():
            said = self._preferences.get(name)
            if said is not None and is_number(said):
                yield (
                    f"Koha refuses loans for what {whose} owe above {_shown(number(said), self._currency)} ({name}), "
                    "of which no rule knows: such cards are clear here. Empty it, unless that is meant."
                )
        of_categories = {
            "guarantees": {each.id: each.guarantees_limit for each in self._status.categories or ()},
            "guarantors and their other guarantees": {
                each.id: each.guarantors_limit for each in self._status.categories or ()
            },
        }
        for whose, by_category in of_categories.items():
            known = {category: limit for category, limit in by_category.items() if limit is not None}
            for limit, categories in _grouped(known).items():
                yield (
                    f"Koha refuses loans to {_categories(categories)} for what {whose} owe above "
                    f"{_shown(limit, self._currency)} (a limit of their own), of which no rule knows: such cards are "
                    "clear here. Empty it, unless that is meant."
                )

    def notes(self) -> Iterator[str]:
        """A limit that stops no clear card, but those that staff freed."""
        limit = self._limits.general
        if limit < HIGH and most_owed_when_clear(self._policy) is not None and not self._clear_above(limit):
            yield (
                f"Koha refuses loans above {_shown(limit, self._currency)} by itself, too ({self._said()}): a card "
                f"whose block staff lifted stays refused while it owes more. {HIGH} leaves all to the policy."
            )

    def _of_holds(self) -> Iterator[str]:
        said = self._preferences.get("maxoutstanding")
        if said is not None and (clear := self._clear_above(number(said))):
            how = f"is {said}" if said else "is empty, which it takes for 0"
            yield (
                f"Koha's web page takes no holds from who owes more than {_shown(number(said), self._currency)} "
                f"(maxoutstanding {how}): {clear} are clear here. Set it to {HIGH}."
            )

    def _of_renewals(self) -> Iterator[str]:
        said = self._preferences.get("OPACFineNoRenewals")
        if said is None or not is_number(said) or not is_on(self._status, "OpacRenewalAllowed"):
            return
        if clear := self._clear_above(number(said)):
            too = ", and renews nothing by itself either" if is_on(self._status, _AUTO_RENEW) else ""
            yield (
                f"Koha's web page offers no renewals to who owes more than {_shown(number(said), self._currency)} "
                f"(OPACFineNoRenewals is {said}){too}: {clear} are clear here. Empty it, or set it to {HIGH}."
            )

    def _clear_above(self, limit: Decimal, category: str | None = None) -> str:
        """Which cards are above the limit and clear all the same, in words; empty if none can be."""
        least = int(limit.scaleb(self._currency.decimals)) + 1
        most = most_owed_when_clear(self._policy, category)
        low = f"{self._currency.major(least):f}"
        if most is None:
            return f"cards that owe {low} or more, and no rule blocks,"
        if most < least:
            return ""
        return f"cards that owe {low} to {self._currency.major(most):f}"

    def _said(self) -> str:
        said = self._preferences[PREFERENCE]
        if said == "":
            return f"{PREFERENCE} is empty, which SIP2 takes for 5 and the desk for 0"
        if said == "0":
            return f"{PREFERENCE} is 0, which SIP2 takes for 5"
        return f"{PREFERENCE} is {said}; SIP2 takes an empty one for 5"


_AUTO_RENEW: Final = "OPACFineNoRenewalsBlockAutoRenew"
_OTHERS: Final[Mapping[str, str]] = {
    "NoIssuesChargeGuarantees": "a patron's guarantees",
    "NoIssuesChargeGuarantorsWithGuarantees": "a patron's guarantors and their other guarantees",
}
_OVERDUES: Final[Mapping[str, str]] = {
    "block": "Koha lends nothing to who has overdue loans (OverduesBlockCirc is block)",
    "confirmation": "Koha has staff confirm loans of who has overdue ones, and self-checks refuse them "
    "(OverduesBlockCirc is confirmation)",
}
_RENEWING: Final[Mapping[str, str]] = {
    "block": "Koha renews nothing for who has overdue loans (OverduesBlockRenewing is block).",
    "blockitem": "Koha renews no overdue loan (OverduesBlockRenewing is blockitem).",
}


def _of_overdues(status: IlsStatus) -> Iterator[str]:
    if said := _OVERDUES.get(status.preferences.get("OverduesBlockCirc", "")):
        yield f"{said}, of which no rule knows: such cards are clear here. Set it to noblock, unless that is meant."


def _of_renewing_overdues(status: IlsStatus) -> Iterator[str]:
    if said := _RENEWING.get(status.preferences.get("OverduesBlockRenewing", "")):
        yield said


def _of_pins(policy: Policy, status: IlsStatus) -> Iterator[str]:
    has_rule = any(rule.kind is RuleKind.FAILED_PIN and not rule.retired for rule in policy.rules)
    if status.pin_limit is not None and not has_rule:
        yield (
            f"Koha takes no PIN of an account any more after {status.pin_limit} wrong ones (FailedLoginAttempts), "
            "though no rule says so: its web page and services that ask for a PIN are closed then, loans with the card "
            "are not."
        )


def _grouped(limits: Mapping[str, Decimal]) -> dict[Decimal, list[str]]:
    """Categories by their limit."""
    grouped: dict[Decimal, list[str]] = {}
    for category, limit in sorted(limits.items()):
        grouped.setdefault(limit, []).append(category)
    return grouped


def _categories(names: list[str]) -> str:
    return f"{'category' if len(names) == 1 else 'categories'} {', '.join(names)}"


def _shown(limit: Decimal, currency: Currency) -> str:
    exact = limit.normalize()
    decimals = max(currency.decimals, -int(exact.as_tuple().exponent))
    return f"{limit:.{decimals}f}"
