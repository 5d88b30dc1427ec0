"""Findings for tests, made by the real decide, plan and brakes over a few facts, as a cycle makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.core.brakes import Circumstances, Limits, apply_brakes
from sidecar.core.decide import decide
from sidecar.core.drift import separate_drift
from sidecar.core.model import UNKNOWN, Case, Charge, Currency, Evidence, Facts, Kind, Patron, Restriction, Stage
from sidecar.core.planning import edited_rows, plan_changes
from sidecar.core.policy import (
    Ages,
    ByStaff,
    ExceptionClause,
    FlagCleared,
    PaidInFull,
    Policy,
    Rule,
    RuleKind,
    Scope,
    Terms,
    Threshold,
)
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
from sidecar.fitness.fitness import Fitness
from sidecar.ports import IlsStatus, Mode, Outcome, RegisteredType, Result
from sidecar.report import head_lines
from sidecar.report.counted.cards import count_cards

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
DKK = Currency("DKK", 2)
TEXT = "The card is blocked. See your payments online, or ask the staff."
SECRETS = ("Jensen", "Anna Planted", "2611905678", "gossip of staff")
"""What must occur in no output unless asked for."""


def terms(release: Any, value: int | None = None, *, announce: int = 0, exempt: bool = False) -> Terms:
    threshold = None if value is None else Threshold(value, inclusive=value != 0)
    return Terms(release, threshold, announce, {"en": TEXT}, {"en": "Blocked."}, exempt)


CHILDREN = ExceptionClause(terms(PaidInFull(), 10000), ages=Ages(under=18))
DEBT = Rule(
    id="debt",
    kind=RuleKind.DEBT,
    restriction_type="CW_DEBT",
    terms=terms(PaidInFull(), 22500),
    exceptions=(CHILDREN,),
)
BILL = Rule(
    id="bill",
    kind=RuleKind.UNPAID_CHARGE,
    restriction_type="CW_BILL",
    terms=terms(PaidInFull(), 0, announce=7),
    counts=frozenset({Kind.REPLACEMENT}),
)
PIN = Rule(id="pin", kind=RuleKind.FAILED_PIN, restriction_type="CW_PIN", terms=terms(ByStaff(), 5))
LOST = Rule(id="lost", kind=RuleKind.LOST_CARD, restriction_type="CW_LOST", terms=terms(FlagCleared()))

POLICY = Policy(
    name="Aarhus",
    currency=DKK,
    languages=("en",),
    time_zone=ZoneInfo("Europe/Copenhagen"),
    rules=(DEBT, BILL, PIN, LOST),
    kinds={"OVERDUE": Kind.FEE, "LOST": Kind.REPLACEMENT, "MANUAL": Kind.OTHER},
    digest="ab12cd34ef56",
)


def fee(amount: str, number: str = "1", charge_type: str = "OVERDUE") -> Charge:
    return Charge(number, charge_type, Decimal(amount))


def row(restriction_type: str, *, ours: bool = True, comment: str = TEXT, expires: date | None = None) -> Restriction:
    created = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    return Restriction(f"r-{restriction_type}", restriction_type, ours, comment, expires, created)


def facts(number: str, **known: Any) -> Facts:
    """Facts of one patron with a name and a card number, and nothing else unless named."""
    who: dict[str, Any] = {"library": "MAIN", "category": "ADULT", "born": date(1990, 5, 17), "language": "en"}
    who |= {"name": f"Jensen, Anna Planted {number}", "card_number": "2611905678"}
    who |= {name: known.pop(name) for name in list(known) if name in Patron.__slots__}
    return Facts(Patron(number, **who), **({"etag": f"e{number}"} | known))


def case(number: str, rule: Rule, stage: Stage = Stage.BLOCKED, **known: Any) -> Case:
    """A case as an earlier cycle left it."""
    usual: dict[str, Any] = {"since": NOW - 20 * DAY, "seen_at": NOW - DAY, "comment": TEXT}
    return Case(number, rule.id, stage, restriction_type=rule.restriction_type, **(usual | known))


@dataclass
class World:
    """What a cycle meets. `findings` runs the pure middle of it."""

    facts: Sequence[Facts] = ()
    cases: Mapping[str, Mapping[str, Case]] = field(default_factory=dict)
    policy: Policy = POLICY
    mode: Mode = Mode.DRY_RUN
    limits: Limits = field(default_factory=Limits)
    scope: Scope = field(default_factory=Scope)
    first: bool = False
    writable: bool = True
    patrons: int = 8000
    added: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, Result] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def decisions(self) -> tuple[Decision, ...]:
        decided = [
            decide(each, self.cases.get(each.patron.id, {}), self.policy, NOW, self.scope) for each in self.facts
        ]
        return separate_drift(decided, self.policy, NOW)

    def findings(self) -> Findings:
        decisions = self.decisions()
        plan = plan_changes(decisions, self.policy)
        circumstances = Circumstances(
            patrons=self.patrons,
            ours_in_force=100,
            pin_types=frozenset({"CW_PIN"}),
            added=self.added,
            unbegun=frozenset(rule.restriction_type for rule in self.policy.rules if self.first),
            release_only=self.mode is Mode.RELEASE_ONLY,
        )
        braked = apply_brakes(plan, self.limits, circumstances)
        paused = self.more.get("paused_since") is not None
        applied = self.mode is not Mode.DRY_RUN and not paused
        outcomes = {}
        if applied and self.more.get("stopped") is None:
            outcomes = {
                entry.patron: Outcome(entry.patron, self.answers.get(entry.patron, Result.WRITTEN))
                for entry in braked.go.entries
            }
        waiting = braked.held if applied else plan
        return Findings(
            cycle=12,
            kind="full",
            mode=self.mode,
            started=NOW - timedelta(seconds=40),
            finished=NOW + timedelta(seconds=5),
            as_of=NOW,
            status=self.status(),
            policy=self.policy,
            decisions=decisions,
            plan=plan,
            braked=braked,
            applied=applied,
            first=self.first,
            kept_digest=waiting.digest if len(waiting) and self.writable else None,
            outcomes=outcomes,
            edited=tuple(edited_rows(decisions)),
            **self.more,
        )

    def status(self) -> IlsStatus:
        types = tuple(RegisteredType(rule.restriction_type, True, 3, 3) for rule in self.policy.rules)
        return IlsStatus(
            description="Koha 24.05 at https://koha.example.org",
            writable=self.writable,
            patron_count=self.patrons,
            as_of=NOW,
            installation_id="0123" if self.writable else None,
            currency="DKK",
            types=types if self.writable else (),
        )


def library() -> World:
    """One patron of every sort that a report speaks of."""
    out_of_scope = facts("4721", library="BRANCH", restrictions=(row("CW_DEBT"),))
    known = (
        facts("4711", charges=(fee("312.00"),)),
        facts("4712", restrictions=(row("CW_DEBT"),)),
        facts("4713", charges=(fee("1.00"),), restrictions=(row("CW_DEBT"),)),
        facts("4714", charges=(fee("349.00", charge_type="LOST"),)),
        facts("4715", failed_pin=5),
        facts("4716", failed_pin=UNKNOWN),
        facts("4717", charges=UNKNOWN, credit=UNKNOWN, restrictions=(row("CW_DEBT"),)),
        facts("4718", charges=(fee("250.00"), fee("80.00", "2")), credit=Decimal("50.00")),
        facts("4719", restrictions=(row("CW_OLD"), row("MANUAL", ours=False, comment="gossip of staff"))),
        facts("4720", charges=(fee("12.50", charge_type="Mystery"),), restrictions=(row("SUSPENSION", ours=False),)),
        out_of_scope,
        facts("4722", charges=(fee("500.00"),), restrictions=(row("CW_DEBT", comment="gossip of staff"),)),
        facts("4723", card_lost=True, restrictions=(row("CW_LOST", expires=date(2026, 12, 24)),)),
        facts("4724", charges=(fee("400.00"),)),
        facts("4725", charges=(fee("350.00"),)),
    )
    seen = Evidence(counted=40000, owed=40000, lines=("1",), threshold=22500, operator="block_at")
    cases = {
        "4712": {"debt": case("4712", DEBT)},
        "4717": {"debt": case("4717", DEBT)},
        "4718": {"debt": case("4718", DEBT, Stage.OVERRIDDEN, evidence=Evidence(counted=25000, lines=("1",)))},
        "4722": {"debt": case("4722", DEBT)},
        "4723": {"lost": case("4723", LOST)},
        "4724": {"debt": case("4724", DEBT, Stage.OVERRIDDEN, evidence=seen)},
        "4725": {"debt": case("4725", DEBT)},
    }
    return World(
        known,
        cases,
        scope=Scope(libraries=frozenset({"MAIN"})),
        more={
            "fitness": Fitness(warnings=("Rule pin: Koha locks no account.",)),
            "gaps": ("Cards whose debits and credits cancel out.",),
        },
    )


def without_plugin() -> World:
    """What can be seen of a Koha without the plugin."""
    unseen: dict[str, Any] = {"etag": None, "restrictions": UNKNOWN}
    known = (
        facts("4711", charges=(fee("312.00"),), restricted=False, **unseen),
        facts("4712", charges=(fee("312.00"),), restricted=True, **unseen),
        facts("4713", charges=(fee("12.00"),), restricted=True, **unseen),
        facts("4714", restricted=False, **unseen),
    )
    return World(known, writable=False, more={"gaps": ("Cards whose debits and credits cancel out.",)})


def head_line(findings: Findings) -> str:
    """The first line of a report."""
    return head_lines(count_cards(findings), findings.policy.currency)[0]
