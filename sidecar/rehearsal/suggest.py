"""Cases for a policy that has no tests yet: just below, at and just above each limit, the release, and each exception.

What they expect is what the policy does today: whoever keeps them has read them first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sidecar.core.model import Kind
from sidecar.core.policy import ExceptionClause, Flag, Policy, Rule, RuleKind, Terms, Threshold
from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.testfile import parse_policy_tests

_ADULT: Final = 40
_A_YEAR: Final = 366
_A_MONTH: Final = 31


@dataclass(frozen=True, slots=True)
class _Case:
    """A case: its name, who the patron is, and what each step says."""

    name: str
    patron: str
    steps: tuple[str, ...]
    on: str = ""

    def text(self, expected: Sequence[Sequence[str]]) -> str:
        """As it stands in a file, with the rules in force after each step."""
        lines = ["[[case]]", f'name   = "{self.name}"', f"patron = {{ {self.patron} }}"]
        if self.on:
            lines.append(f"on     = {self.on}")
        for step, rules in zip(self.steps, expected, strict=True):
            shown = ", ".join(f'"{rule}"' for rule in rules)
            lines += ["[[case.step]]", step, f"expect = [{shown}]"]
        return "\n".join(lines) + "\n"


def suggest_tests(policy: Policy, file: str) -> str:
    """The text of a test file for the policy, whose file it names."""
    parts = [f'policy = "{file}"\n']
    for rule in policy.rules:
        if not rule.retired:
            parts += [case.text(_expected(case, policy, file)) for case in _cases_of(rule, policy)]
    return "\n".join(parts)


def _expected(case: _Case, policy: Policy, file: str) -> list[tuple[str, ...]]:
    """The rules in force after each step, as the rehearsal finds them."""
    text = f'policy = "{file}"\n' + case.text([()] * len(case.steps))
    (read,) = parse_policy_tests(text, Path("suggested")).cases
    found = {each.step: each.found for each in rehearse_case(read, policy).differences}
    return [found.get(number, ()) for number in range(1, len(case.steps) + 1)]


def _cases_of(rule: Rule, policy: Policy) -> Iterator[_Case]:
    starts = [day for day in (rule.since, *(clause.since for clause in rule.exceptions)) if day is not None]
    on = max(starts).isoformat() if starts else ""
    named = [(rule.id, rule.terms, _patron([rule.only]))]
    for number, clause in enumerate(rule.exceptions, start=1):
        named.append((f"{rule.id}, exception {number}", clause.terms, _patron([clause, rule.only])))
    for name, terms, patron in named:
        for what, steps in _stories(rule, terms, policy):
            yield _Case(f"{name}: {what}", patron, tuple(_with_days(terms, steps)), on)


def _patron(clauses: Sequence[ExceptionClause | None]) -> str:
    """A patron whom the first clause means, and the others as far as they agree with it."""
    parts = {"age": str(_ADULT)}
    for each in reversed([clause for clause in clauses if clause is not None]):
        if each.categories:
            parts["category"] = f'"{min(each.categories)}"'
        if each.libraries:
            parts["library"] = f'"{min(each.libraries)}"'
        if each.attributes:
            parts["attributes"] = f'["{min(each.attributes)}"]'
        if each.ages is not None:
            parts["age"] = str(each.ages.start if each.ages.under is None else each.ages.under - 1)
    return ", ".join(f"{key} = {value}" for key, value in parts.items())


def _stories(rule: Rule, terms: Terms, policy: Policy) -> Iterator[tuple[str, list[str]]]:
    limit = terms.threshold or Threshold(1)
    match rule.kind:
        case RuleKind.LOST_CARD:
            yield "the flag set and cleared", ["card_lost = true", "card_lost = false"]
        case RuleKind.FLAG:
            word = "expired" if rule.flag is Flag.EXPIRED else "address_unknown"
            yield "the mark set and cleared", [f"{word} = true", f"{word} = false"]
        case RuleKind.FAILED_PIN:
            for attempts in _around(limit):
                yield f"{attempts} wrong PINs, then none", [f"failed_pin = {attempts}", "failed_pin = 0"]
        case RuleKind.OVERDUE:
            for number in _around(limit):
                yield f"{number} loans, then none", [_loans(rule, number), "overdue = []"]
            days = 1 if rule.loans is None else rule.loans.days
            yield "a day before they count", [_loans(rule, limit.value + 1, days - 1)]
        case _:
            for minor in _around(limit):
                yield f"{_amount(minor, policy)} owed", [_charges(rule, minor, policy)]
            paid = [_charges(rule, limit.value + 1, policy), _charges(rule, 1, policy), "charges = []"]
            yield f"paid down to {_amount(1, policy)}, and then all", paid


def _around(limit: Threshold) -> list[int]:
    return [value for value in (limit.value - 1, limit.value, limit.value + 1) if value >= 0]


def _with_days(terms: Terms, steps: list[str]) -> Iterator[str]:
    """The steps, with the one that blocks after the days of the announcement."""
    if not terms.announce_days:
        yield from (f"day = {day}\n{step}" for day, step in enumerate(steps))
        return
    yield f"day = 0\n{steps[0]}"
    yield f"day = {terms.announce_days - 1}"
    yield f"day = {terms.announce_days}"
    yield from (f"day = {terms.announce_days + day}\n{step}" for day, step in enumerate(steps[1:], start=1))


def _amount(minor: int, policy: Policy) -> str:
    return f"{policy.currency.major(minor):f}"


def _charges(rule: Rule, minor: int, policy: Policy) -> str:
    kind = next(kind for kind in Kind if kind in rule.counts)
    age = rule.older_than
    days = 0 if age is None else age.number * (_A_MONTH if age.months else 1) + 1
    days = days if rule.each_year is None else max(days, 2 * _A_YEAR)
    arose = f", days = {days}" if days else ""
    return f'charges = [{{ id = "a", kind = "{kind}", outstanding = {_amount(minor, policy)}{arose} }}]'


def _loans(rule: Rule, number: int, days: int | None = None) -> str:
    loans = rule.loans
    late = days if days is not None else 1 if loans is None else loans.days
    type_ = f', type = "{min(loans.types)}"' if loans is not None and loans.types else ""
    waited = ", waited_for = true" if loans is not None and loans.waited_for else ""
    items = ", ".join(f'{{ id = "i{item}", days = {late}{type_}{waited} }}' for item in range(1, number + 1))
    return f"overdue = [{items}]"
