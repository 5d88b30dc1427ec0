"""Policy tests as written in a file: cases of steps, decoded once and checked against the policy they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from sidecar.core.model import Kind, RuleId
from sidecar.core.policy import Policy
from sidecar.policy.file.document import read_document, read_text
from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.policy.language.schema import MAX_AGE
from sidecar.policy.language.testkeys import MAX_TEST_DAY, MAX_TEST_MINUTES
from sidecar.policy.language.testvalues import Amount, fit
from sidecar.policy.load import LoadedPolicy, load_policy
from sidecar.toml.mistakes import Mistake, Notes
from sidecar.toml.positions import KeyPath, Places
from sidecar.toml.words import nearest, quoted

FIRST_DAY: Final = date(2026, 1, 5)
NOON: Final = time(12)
_EXPECTATIONS: Final = ("expect", "announced", "undecided", "overridden")

UnknownFact = Literal[
    "charges",
    "credit",
    "failed_pin",
    "card_lost",
    "age",
    "category",
    "library",
    "arose",
    "overdue",
    "attributes",
    "guarantees",
    "expired",
    "address_unknown",
]
Rules: TypeAlias = tuple[RuleId, ...]


def noon_of(day: int, zone: ZoneInfo, first: date = FIRST_DAY) -> datetime:
    """The moment of a step of that day, counted from the first one."""
    return datetime.combine(first + timedelta(days=day), NOON, tzinfo=zone).astimezone(UTC)


class PatronGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patron of a case. An adult of 40 unless told otherwise."""

    category: str = ""
    library: str = ""
    age: Annotated[int, Meta(ge=0, le=MAX_AGE)] = 40
    language: str | None = None
    attributes: tuple[str, ...] = ()


class ChargeGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open charge. Without an `id` its place in the list is its identity. `days` is how long ago it arose, at that
    step; without it it arose at the first step that names it."""

    outstanding: Amount
    kind: Kind = Kind.FEE
    type: str | None = None
    id: Annotated[str, Meta(min_length=1)] | int | None = None
    days: Annotated[int, Meta(ge=0, le=MAX_TEST_DAY)] | None = None


class LoanGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A loan so many days past its due day, at that step."""

    days: Annotated[int, Meta(ge=0, le=MAX_TEST_DAY)]
    id: Annotated[str, Meta(min_length=1)] | int | None = None
    waited_for: bool = False
    type: str | None = None


class GuaranteeGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the patron answers for, and what that patron owes."""

    charges: tuple[ChargeGiven, ...] = ()
    category: str = ""
    library: str = ""
    age: Annotated[int, Meta(ge=0, le=MAX_AGE)] = 10
    attributes: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has changed and what is expected. `day` and `minutes` count from the first step."""

    day: Annotated[int, Meta(ge=0, le=MAX_TEST_DAY)] | None = None
    minutes: Annotated[int, Meta(ge=0, le=MAX_TEST_MINUTES)] | None = None
    charges: tuple[ChargeGiven, ...] | None = None
    credit: Amount | None = None
    failed_pin: int | None = None
    card_lost: bool | None = None
    overdue: tuple[LoanGiven, ...] | None = None
    attributes: tuple[str, ...] | None = None
    expired: bool | None = None
    address_unknown: bool | None = None
    guarantees: tuple[GuaranteeGiven, ...] | None = None
    settled: bool = False
    staff_lifts: Rules = ()
    agency: Literal["paid_in_full", "acknowledged", "closed", "refused"] | None = None
    notice_sent: bool | Rules = False
    notice_failed: bool | Rules = False
    unknown: tuple[UnknownFact, ...] = ()
    expect: Rules | None = None
    announced: Rules | None = None
    undecided: Rules | None = None
    overridden: Rules | None = None

    def moment(self, zone: ZoneInfo, first: date = FIRST_DAY) -> datetime | None:
        """When the step is; None if it does not say.

        Calendar days keep the hour across a change of the clocks; minutes are real ones.
        """
        if self.day is None and self.minutes is None:
            return None
        return noon_of(self.day or 0, zone, first) + timedelta(minutes=self.minutes or 0)


class PolicyTestCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story of one patron; `on` is its first day."""

    name: str
    step: Annotated[tuple[Step, ...], Meta(min_length=1)]
    patron: PatronGiven = PatronGiven()
    on: date | None = None


class PolicyTestFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test file: the policy it is about, relative to the file, and its cases."""

    policy: str
    case: Annotated[tuple[PolicyTestCase, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class LoadedTests:
    """A test file that can be read: where it is, what it says, and where each key of it stands."""

    path: Path
    says: PolicyTestFile
    places: Places

    @property
    def policy(self) -> Path:
        """The file of the policy that the tests are about."""
        return self.path.parent / self.says.policy

    @property
    def cases(self) -> tuple[PolicyTestCase, ...]:
        """All cases, in the order of the file."""
        return self.says.case


_SOME_CASE: Final = PolicyTestCase("", (Step(),))
"""Stands in for a case that cannot be read, so that the rest of the file can be checked."""


def load_policy_tests(path: Path) -> LoadedTests:
    """Read a test file. Raises PolicyMistakes, a PolicyError, with the place of each mistake."""
    return parse_policy_tests(read_text(path), path)


def parse_policy_tests(text: str, path: Path) -> LoadedTests:
    """The tests in a text. Raises PolicyMistakes as `load_policy_tests` does."""
    document = read_document(text, str(path))
    notes = Notes(str(path), document.places)
    says = dict(document.data)
    if "rules" in says and "case" not in says:
        remedy = f"look at it with: cardwarden policy check {path}"
        raise PolicyMistakes([Mistake(str(path), 1, "file", "is a policy, not a test of one", remedy)])
    if isinstance(cases := says.get("case"), list):
        says["case"] = [_case(case, ("case", index), notes) for index, case in enumerate(cases)]
    file = fit(says, PolicyTestFile, (), notes, otherwise=PolicyTestFile("", (_SOME_CASE,)))
    if notes.mistakes:
        raise PolicyMistakes(notes.mistakes)
    return LoadedTests(path, file, document.places)


def _case(given: object, path: KeyPath, notes: Notes) -> object:
    """A case as its shape, its steps first; what is no table stays as it is, for the file's own shape to refuse."""
    if not isinstance(given, dict):
        return given
    says = dict(given)
    if isinstance(patron := says.get("patron"), dict):
        says["patron"] = fit(patron, PatronGiven, (*path, "patron"), notes, otherwise=PatronGiven())
    if isinstance(steps := says.get("step"), list):
        says["step"] = [
            fit(step, Step, (*path, "step", index), notes, otherwise=Step()) if isinstance(step, dict) else step
            for index, step in enumerate(steps)
        ]
    return fit(says, PolicyTestCase, path, notes, otherwise=_SOME_CASE)


def load_policy_of(tests: LoadedTests) -> LoadedPolicy:
    """The policy that the tests are about, a collection office or not. Raises PolicyMistakes."""
    if not tests.policy.is_file():
        problem = f"names {tests.policy}, which is no file"
        place = Mistake(
            str(tests.path), tests.places.line(("policy",)), "policy", problem, "name it relative to this one"
        )
        raise PolicyMistakes([place])
    return load_policy(tests.policy)


def check_policy_tests(tests: LoadedTests, policy: Policy) -> None:
    """Refuse tests that cannot fail or cannot be meant. Raises PolicyMistakes with all that is wrong."""
    notes = Notes(str(tests.path), tests.places)
    for index, case in enumerate(tests.cases):
        _check_case(case, policy, tests.says.policy, ("case", index), notes)
    if notes.mistakes:
        raise PolicyMistakes(notes.mistakes)


def _check_case(case: PolicyTestCase, policy: Policy, policy_file: str, path: KeyPath, notes: Notes) -> None:
    if all(getattr(step, key) is None for step in case.step for key in _EXPECTATIONS):
        problem = f"{quoted(case.name)} expects nothing at all, so it cannot fail"
        notes.mistake(path, problem, f"add {', '.join(_EXPECTATIONS[:-1])} or {_EXPECTATIONS[-1]} to a step")
    now = noon_of(0, policy.time_zone)
    for number, step in enumerate(case.step):
        at = (*path, "step", number)
        moment = step.moment(policy.time_zone)
        if moment is not None and moment < now:
            remedy = "count from the first step, and minutes on top of day; or leave both out"
            notes.mistake((*at, "minutes" if step.day is None else "day"), "lies before the step before it", remedy)
        now = moment or now
        _check_ids(step, at, notes)
        for key, place, rule in _rules_named(step):
            if policy.rule(rule) is None:
                problem = f"{quoted(rule)} is no rule of {policy_file}"
                known = [each.id for each in policy.rules]
                notes.mistake((*at, key, place), problem, nearest(rule, known) if known else "it has no rules")


def _rules_named(step: Step) -> Iterator[tuple[str, int, RuleId]]:
    for key in (*_EXPECTATIONS, "staff_lifts", "notice_sent", "notice_failed"):
        named = getattr(step, key) or ()
        for place, rule in enumerate(() if isinstance(named, bool) else named):
            yield key, place, rule


def _check_ids(step: Step, path: KeyPath, notes: Notes) -> None:
    seen: set[str] = set()
    for place, charge in enumerate(step.charges or ()):
        if charge.id is None:
            continue
        if str(charge.id) in seen:
            problem = f"{quoted(str(charge.id))} is also the id of an earlier charge"
            notes.mistake((*path, "charges", place, "id"), problem, "give each charge of a step an id of its own")
        seen.add(str(charge.id))
    loans: set[str] = set()
    for place, loan in enumerate(step.overdue or ()):
        if loan.id is not None and str(loan.id) in loans:
            problem = f"{quoted(str(loan.id))} is also the id of an earlier loan"
            notes.mistake((*path, "overdue", place, "id"), problem, "give each loan of a step an id of its own")
        loans.add(str(loan.id))
