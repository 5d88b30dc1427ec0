"""Whether a policy can do in this ILS what it says: found before the first cycle, not after the first complaint."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.brakes import Misfit
from sidecar.core.policy import CounterReset, Policy, Rule, RuleKind, Threshold
from sidecar.core.verdict import Decision
from sidecar.ports import IlsStatus, Mode

_TWO_HOURS: Final = 120


@dataclass(frozen=True, slots=True)
class Fitness:
    """What cannot work, and what may surprise. While a misfit stands nothing is added: of its rule, or of any."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    misfits: frozenset[Misfit] = frozenset()

    def __add__(self, other: "Fitness") -> "Fitness":
        return Fitness(self.errors + other.errors, self.warnings + other.warnings, self.misfits | other.misfits)

    def sentences(self) -> tuple[str, ...]:
        """Errors first."""
        return (*self.errors, *self.warnings)


def policy_fits_ils(policy: Policy, status: IlsStatus) -> Fitness:
    """Compare what the rules need with what the ILS says of itself."""
    rules = [rule for rule in policy.rules if not rule.retired]
    return (
        _types_fit(rules, status)
        + Fitness(tuple(_pin_errors(rules, status)), tuple(_pin_warnings(rules, status)))
        + _currency_fits(policy, status)
    )


def clocks_agree(as_of: datetime, now: datetime, tolerance: timedelta) -> Fitness:
    """Whether the ILS's clock and this machine's are near each other. Minutes and days are counted by the ILS's: one
    that is ahead for an hour would end blocks too early, or keep them for as long as it was ahead."""
    apart = abs(as_of - now)
    if apart <= tolerance:
        return Fitness()
    where = "ahead of" if as_of > now else "behind"
    error = (
        f"The library system's clock is {_in_words(apart)} {where} this machine's, so nothing is written: set the "
        "clock that is wrong (`timedatectl` on both), or koha.clock_tolerance."
    )
    return Fitness((error,), misfits=frozenset({Misfit()}))


def _in_words(duration: timedelta) -> str:
    minutes = int(duration.total_seconds()) // 60
    if minutes < _TWO_HOURS:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 24 * _TWO_HOURS else f"{minutes // (24 * 60)} days"


def daemon_can_work(status: IlsStatus, *, mode: Mode, journal_of: str | None, instance: str) -> Fitness:
    """Whether a daemon in this mode, with this journal (its installation and its instance id), would be let do its
    work by the ILS."""
    if not status.writable:
        needed = f"Koha has no Cardwarden plugin, so mode {mode} cannot write: install it, or set mode to dry-run."
        return Fitness() if mode is Mode.DRY_RUN else Fitness(errors=(needed,))
    errors: list[str] = []
    warnings: list[str] = []
    if journal_of is not None and journal_of != status.installation_id:
        errors.append(
            f"The journal belongs to another installation ({journal_of}) than this Koha ({status.installation_id}): "
            "correct koha.url, or give this Koha a journal of its own (journal.url)."
        )
    elif other := other_writer(status, instance):
        (warnings if mode is Mode.DRY_RUN else errors).append(other)
    if status.paused:
        warnings.append("Writing is paused on the plugin's page in Koha: cycles are dry runs until it is switched on.")
    return Fitness(tuple(errors), tuple(warnings))


def other_writer(status: IlsStatus, instance: str) -> str | None:
    """That another journal is the one that writes to this ILS, if one is."""
    if status.writer in {None, instance}:
        return None
    return (
        f"Another journal ({status.writer}) wrote to this Koha last, so this one would be refused to write: stop that "
        "one, then run `cardwarden takeover`."
    )


def scope_fits(decisions: Iterable[Decision]) -> str | None:
    """That the scope leaves out everybody who was read, if it does: a mistyped library frees and blocks nobody."""
    known = list(decisions)
    if not known or any(decision.in_scope for decision in known):
        return None
    return f"[scope] leaves out all {len(known)} patrons who were read: look at its libraries and categories."


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
