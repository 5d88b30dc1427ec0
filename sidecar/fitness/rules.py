"""Whether the rules of a policy can do in this ILS what they say."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.brakes import Misfit
from sidecar.core.needs import Part, parts_of
from sidecar.core.policy import CounterReset, Flag, Policy, Rule, RuleKind, Scope, Threshold
from sidecar.fitness.fitness import Fitness
from sidecar.ports import IlsStatus


def policy_fits_ils(policy: Policy, status: IlsStatus) -> Fitness:
    """Compare what the rules need with what the ILS says of itself."""
    rules = [rule for rule in policy.rules if not rule.retired]
    return (
        _types_fit(rules, status)
        + Fitness(tuple(_pin_errors(rules, status)), tuple(_pin_warnings(rules, status)))
        + Fitness(warnings=tuple(_not_fed(rules, status)))
        + _currency_fits(policy, status)
    )


def _types_fit(rules: list[Rule], status: IlsStatus) -> Fitness:
    if not status.writable:
        return Fitness()
    known = {registered.type: registered for registered in status.types}
    errors = {}
    for rule in rules:
        registered = known.get(rule.restriction_type)
        if registered is None:
            errors[Misfit(rule.id)] = (
                f"Rule {rule.id}: restriction type {rule.restriction_type} is not registered with the plugin, so it "
                "cannot be written. Register it on the plugin's page in Koha."
            )
        elif not registered.exists:
            errors[Misfit(rule.id)] = (
                f"Rule {rule.id}: restriction type {rule.restriction_type} no longer exists in Koha. Create it again "
                "on the plugin's page."
            )
    return Fitness(tuple(errors.values()), misfits=frozenset(errors))


_PARTS: Final[Mapping[Part, str]] = {
    Part.ADDRESS: "whether the address is right",
    Part.AROSE: "on which day a charge arose",
    Part.ATTRIBUTES: "the patrons' attributes",
    Part.EXPIRED: "",
    Part.GUARANTEES: "for whom a patron answers, and what they owe",
    Part.OVERDUE: "which loans are overdue",
}
"""What each part tells. When a card expires every Koha tells; without the part it is seen only where something else
makes the patron matter."""


def _not_fed(rules: list[Rule], status: IlsStatus) -> Iterator[str]:
    """The rules that need what this ILS does not tell: they are undecided where it decides, and add nothing."""
    remedy = "Upgrade the plugin." if status.writable else "Only the plugin tells it."
    for rule in rules:
        missing = [part for part in sorted(parts_of(rule)) if part not in status.parts]
        told = [_PARTS[part] for part in missing if _PARTS[part]]
        if told:
            yield (
                f"Rule {rule.id} needs to know {' and '.join(told)}, which this Koha does not tell: it is undecided "
                "where "
                f"that decides, and blocks nobody for it. {remedy}"
            )
        elif missing:
            yield f"Rule {rule.id} sees expired cards only where something else is on the account. {remedy}"


def expired_in_scope(policy: Policy, scope: Scope) -> Fitness:
    """A rule about expired cards, and a scope that leaves them out, contradict each other."""
    if scope.expired_days is None:
        return Fitness()
    errors = {
        Misfit(rule.id): (
            f"Rule {rule.id} is about expired cards, and [scope] expired_days = {scope.expired_days} leaves them out "
            "after a time, so its blocks would stay for good. Remove one of the two."
        )
        for rule in policy.rules
        if rule.flag is Flag.EXPIRED and not rule.retired
    }
    return Fitness(tuple(errors.values()), misfits=frozenset(errors))


def _pin_errors(rules: list[Rule], status: IlsStatus) -> list[str]:
    limit = status.pin_limit
    if limit is None:
        return []
    return [
        f"Rule {rule.id}: {threshold.operator} = {threshold.value} can never be reached, since Koha stops counting at "
        f"FailedLoginAttempts = {limit}. Lower the rule's number or raise the preference."
        for rule, threshold in _pin_thresholds(rules)
        if not threshold.reached(limit)
    ]


def _pin_warnings(rules: list[Rule], status: IlsStatus) -> list[str]:
    warnings = []
    for rule, threshold in _pin_thresholds(rules):
        if status.writable and status.pin_limit is None:
            warnings.append(
                f"Rule {rule.id}: Koha locks no account (FailedLoginAttempts is empty), so a right PIN may clear the "
                "counter before a cycle sees it."
            )
        elif status.pin_limit is not None and threshold.reached(status.pin_limit - 1):
            warnings.append(
                f"Rule {rule.id}: {threshold.operator} = {threshold.value} is reached before Koha locks the account at "
                f"{status.pin_limit}, so a right PIN may clear the counter before a cycle sees it."
            )
        if isinstance(rule.terms.release, CounterReset) and status.pin_limit is None and status.writable:
            warnings.append(f"Rule {rule.id}: any right PIN resets the counter and so releases the block.")
    return warnings


def _currency_fits(policy: Policy, status: IlsStatus) -> Fitness:
    if status.currency is None or status.currency == policy.currency.code:
        return Fitness()
    error = (
        f"The policy's currency is {policy.currency.code}, Koha's active currency is {status.currency}, so nobody is "
        "blocked: correct `currency` and the amounts in the policy, or the currency in Koha."
    )
    return Fitness((error,), misfits=frozenset({Misfit()}))


def _pin_thresholds(rules: list[Rule]) -> list[tuple[Rule, Threshold]]:
    return [
        (rule, terms.threshold)
        for rule in rules
        if rule.kind is RuleKind.FAILED_PIN
        for terms in (rule.terms, *(clause.terms for clause in rule.exceptions))
        if terms.threshold is not None and not terms.exempt
    ]
