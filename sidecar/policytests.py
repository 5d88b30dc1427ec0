"""Policy tests as written in a file: cases of steps, decoded once and checked against the policy they name."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from sidecar.core.model import Kind, RuleId
from sidecar.core.policy import Policy
from sidecar.errors import PolicyError

UnknownFact = Literal["charges", "credit", "failed_pin", "card_lost", "age", "category", "library"]


class PatronGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patron of a case. An adult of 40 unless told otherwise."""

    category: str = ""
    library: str = ""
    age: int = 40
    language: str | None = None


class ChargeGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open charge. Without an `id` its place in the list is its identity."""

    outstanding: Decimal
    kind: Kind = Kind.FEE
    type: str | None = None
    id: str | None = None


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has changed and what is expected. `day` and `minutes` count from the first step."""

    day: int | None = None
    minutes: int | None = None
    charges: tuple[ChargeGiven, ...] | None = None
    credit: Decimal | None = None
    failed_pin: int | None = None
    card_lost: bool | None = None
    settled: bool = False
    staff_lifts: tuple[RuleId, ...] = ()
    agency: Literal["paid_in_full"] | None = None
    unknown: tuple[UnknownFact, ...] = ()
    expect: tuple[RuleId, ...] | None = None
    announced: tuple[RuleId, ...] | None = None
    undecided: tuple[RuleId, ...] | None = None
    overridden: tuple[RuleId, ...] | None = None


class PolicyTestCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story of one patron."""

    name: str
    step: tuple[Step, ...]
    patron: PatronGiven = PatronGiven()


class PolicyTestFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test file: the policy it is about, relative to the file, and its cases."""

    policy: str
    case: tuple[PolicyTestCase, ...]


def load_policy_tests(path: Path) -> PolicyTestFile:
    """Read a test file. Raises PolicyError with one line that names file and key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return msgspec.convert(document, PolicyTestFile)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise PolicyError(f"{path}: {error}. See docs/policy.md, 'Policy tests'.") from None


def check_rule_names(tests: PolicyTestFile, policy: Policy, path: Path) -> None:
    """Every rule that a test names must be in its policy. Raises PolicyError listing all that are not."""
    known = {rule.id for rule in policy.rules}
    wrong = [
        f"{path}: case {case.name!r}, step {number}: {key} names {rule!r}, which is no rule of {tests.policy}; "
        f"its rules are {', '.join(sorted(known))}"
        for case in tests.case
        for number, step in enumerate(case.step, start=1)
        for key in ("expect", "announced", "undecided", "overridden", "staff_lifts")
        for rule in getattr(step, key) or ()
        if rule not in known
    ]
    if wrong:
        raise PolicyError("\n".join(wrong))
