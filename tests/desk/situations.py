"""Cards as they stand at a desk, each with what the answer says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sidecar.core.brakes import Brake, Misfit
from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.claims import Claim
from sidecar.core.decide import decide
from sidecar.core.drift import separate_drift
from sidecar.core.model import (
    UNKNOWN,
    AgencyReport,
    Case,
    Charge,
    Evidence,
    Facts,
    Origin,
    Restriction,
    Stage,
)
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    PaidInFull,
    Policy,
    Rule,
    RuleKind,
    Scope,
)
from sidecar.desk import Answer, Circumstances, answer
from sidecar.ports import Mode, ReleaseRecord
from tests.report.build import BILL, DEBT, LOST, NOW, PIN, POLICY, case, facts, fee, row, terms

MINUTE = Circumstances(within=timedelta(minutes=1))
SENT_CLAIM = Claim(
    id="C-000001",
    patron="1",
    rule="claim",
    state=ClaimState.SENT,
    about=datetime(2026, 10, 20, tzinfo=UTC),
    amount=0,
    in_range=90000,
    told_amount=90000,
    referred_at=datetime(2026, 10, 31, tzinfo=UTC),
    sent_at=datetime(2026, 11, 1, 6, tzinfo=UTC),
    paid_seen_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
)
CLAIM = Rule(
    id="claim",
    kind=RuleKind.COLLECTION,
    restriction_type="CW_CLAIM",
    terms=terms(AgencyConfirmation(), 0, announce=7),
)
PAID_AT = NOW - timedelta(minutes=20)


@dataclass(frozen=True)
class Situation:
    """A card, and sentences that its answer has (`says`) and has not (`never`), in English."""

    name: str
    facts: Facts
    says: Sequence[str]
    cases: Sequence[Case] = ()
    never: Sequence[str] = ()
    policy: Policy = POLICY
    at: Circumstances = MINUTE
    drift: bool = False

    def answer(self) -> Answer:
        by_rule = {each.rule: each for each in self.cases}
        decision = decide(self.facts, by_rule, self.policy, NOW, self.at.scope)
        if self.drift:
            vanished = frozenset((str(number), "debt") for number in range(99))
            (decision,) = separate_drift([decision], self.policy, NOW, vanished=vanished)
        return answer(decision, self.policy, NOW, self.at)


def only(*rules: Rule) -> Policy:
    return replace(POLICY, rules=rules)


def blocked(rule: Rule, **known: Any) -> Case:
    return case("1", rule, **known)


def lifted(rule: Rule, origin: Origin, by: str = "", **known: Any) -> Case:
    return case("1", rule, Stage.OVERRIDDEN, origin=origin, by=by, **known)


def debt(owed: str = "312.00", **known: Any) -> Facts:
    return facts("1", **({"charges": (fee(owed),), "restrictions": (row("CW_DEBT"),)} | known))


STAFF_ROW = Restriction("s1", "MANUAL", False, "gossip of staff", None, datetime(2026, 10, 12, 8, tzinfo=UTC))
LOANS = (
    Charge("1", "OVERDUE", Decimal("124.00"), date(2026, 9, 1)),
    Charge("2", "LOST", Decimal("115.00"), date(2026, 10, 2)),
)
EVERYTHING = facts(
    "1",
    charges=LOANS,
    failed_pin=5,
    restrictions=(row("CW_DEBT"), row("CW_BILL"), row("CW_PIN"), STAFF_ROW),
    paid_at=datetime(2026, 11, 20, 13, 2, tzinfo=UTC),
)
ALL_BLOCKED = (blocked(DEBT, evidence=Evidence(counted=31200)), blocked(BILL), blocked(PIN))

DEBT_MONEY_AND_STAFF = Situation(
    "debt, a replacement, a PIN block and a row of staff's",
    EVERYTHING,
    [
        "The card is blocked since 12 Oct 2026, 10:00.",
        "Debt (rule debt), 239.00 DKK counted, 312.00 DKK when it was blocked, since 4 Nov 2026, 03:15.",
        "Too many wrong PINs (rule pin), 5 wrong PINs, since 4 Nov 2026, 03:15.",
        "1. Pay all that is owed: 239.00 DKK, of it 124.00 DKK in fees and 115.00 DKK in replacement charges.",
        "2. For the PIN block: show valid photo ID at the desk. Staff then lift this block.",
        "The card is then still blocked, by what stays.",
        "A restriction that staff set on 12 Oct 2026 (MANUAL): only staff can lift it.",
        "The last payment was seen on 20 Nov 2026 at 14:02.",
        "115.00 DKK in replacement charges (LOST) of 2 Oct 2026.",
        "124.00 DKK in fees: not counted by rule bill.",
        "Rules with nothing against the card: lost.",
    ],
    ALL_BLOCKED,
    never=["then free"],
)
PAID = Situation(
    "paid in full, lifted by the next cycle",
    debt(charges=(), settled_at=PAID_AT, paid_at=PAID_AT),
    [
        "The card is still blocked, and is free within a minute.",
        "Debt (rule debt): paid in full at 02:55; this block ends within a minute.",
        "Everything was paid at 02:55.",
    ],
    [blocked(DEBT)],
    never=["What to do", "What stays", "payment was seen"],
)
PAID_AND_PAUSED = Situation(
    "paid in full, while writing is paused",
    debt(charges=(), settled_at=PAID_AT, paid_at=PAID_AT),
    ["free as soon as Cardwarden may write", "Waits: writing is paused since 23 Nov 2026, 22:27."],
    [blocked(DEBT)],
    never=["within a minute"],
    at=replace(MINUTE, paused_since=datetime(2026, 11, 23, 21, 27, tzinfo=UTC)),
)
HELD = Situation(
    "a new block that the brake holds",
    facts("1", charges=(fee("312.00"),)),
    [
        "The card is not blocked.",
        "Debt (rule debt): would block, but is held back by the brake on new blocks until somebody approves it.",
    ],
    never=["What to do", "is to be blocked"],
    at=replace(MINUTE, held={("1", "debt", "add", "CW_DEBT"): Brake.ADDITIONS}),
)
TIMED = Situation(
    "a PIN block that ends by itself",
    facts("1", failed_pin=5, restrictions=(row("CW_PIN"),)),
    [
        "The card is blocked since 03:05.",
        "Too many wrong PINs (rule pin): ends by itself at 03:35.",
    ],
    [blocked(replace(PIN, terms=terms(AfterMinutes(30), 5)), since=NOW - timedelta(minutes=10))],
    policy=only(replace(PIN, terms=terms(AfterMinutes(30), 5))),
    never=["What to do"],
)
ANNOUNCED = Situation(
    "announced, with a week to pay",
    facts("1", charges=(fee("349.00", charge_type="LOST"),), restrictions=()),
    [
        "The card is not blocked.",
        (
            "Unpaid replacement charges (rule bill): announced on 24 Nov 2026; blocks on 1 Dec 2026 unless at least "
            "349.00 DKK in replacement charges is paid by then."
        ),
    ],
    policy=only(BILL),
    never=["What to do"],
)
RELEASED = Situation(
    "released by staff who saw photo ID",
    facts("1", charges=(fee("312.00"),)),
    [
        "Debt (rule debt): released by staff (AB) on 4 Nov 2026 at 03:15. Photo ID was seen.",
        "It stays lifted until something new comes up.",
    ],
    [lifted(DEBT, Origin.RELEASED, "AB", evidence=Evidence(counted=31200, lines=("1",)))],
    at=replace(MINUTE, releases=(ReleaseRecord("debt", "AB", True, NOW - timedelta(days=20)),)),
)
UNSEEN = Situation(
    "no plugin in Koha",
    facts("1", charges=(fee("312.00"),), restrictions=UNKNOWN, restricted=True, etag=None),
    [
        "The card is blocked.",
        "A restriction of which it cannot be seen whose it is: what ends it cannot be said without the plugin in Koha.",
        "Nothing can be written: Koha has no Cardwarden plugin.",
        "Rules that would block the card if it were free: debt.",
    ],
    never=["What to do"],
)

TOLD_IN_EVERY_LANGUAGE = (
    DEBT_MONEY_AND_STAFF,
    PAID,
    PAID_AND_PAUSED,
    HELD,
    TIMED,
    ANNOUNCED,
    RELEASED,
    UNSEEN,
)

SITUATIONS = (
    *TOLD_IN_EVERY_LANGUAGE,
    Situation(
        "debt alone",
        debt(),
        [
            "1. Pay all that is owed: 312.00 DKK.",
            "The card is then free within a minute.",
            "lift by hand what these rules",
        ],
        [blocked(DEBT)],
        never=["What stays"],
    ),
    Situation(
        "released below the threshold",
        debt(),
        ["1. Pay at least 87.01 DKK.", "The card is then free"],
        [blocked(DEBT)],
        policy=only(replace(DEBT, terms=terms(BelowBlock(), 22500))),
    ),
    Situation(
        "released at a level",
        debt(),
        ["1. Pay at least 292.00 DKK."],
        [blocked(DEBT)],
        policy=only(replace(DEBT, terms=terms(AtMost(2000), 22500))),
    ),
    Situation(
        "a replacement that credit is not set against",
        debt(
            charges=(fee("100.00"), fee("50.00", "2", "LOST")),
            credit=Decimal("60.00"),
            restrictions=(row("CW_DEBT"), row("CW_BILL")),
        ),
        [
            "1. Pay at least 90.00 DKK, of it 40.00 DKK in fees and 50.00 DKK in replacement charges.",
            "60.00 DKK of credit: not set off by rule bill.",
            "Credit that is not used yet: 60.00 DKK.",
        ],
        [blocked(DEBT), blocked(BILL)],
    ),
    Situation(
        "only the replacement matters",
        debt(charges=LOANS, restrictions=(row("CW_BILL"),)),
        ["1. Pay at least 115.00 DKK in replacement charges.", "124.00 DKK in fees: not counted by rule bill."],
        [blocked(BILL)],
        policy=only(BILL),
    ),
    Situation(
        "fractions of an øre",
        debt("312.004"),
        ["312.00 DKK", "Fractions of the smallest coin: every sum is rounded."],
        [blocked(DEBT)],
    ),
    Situation(
        "about to be blocked",
        facts("1", charges=(fee("312.00"),)),
        [
            "The card is not blocked, but is to be blocked within a minute.",
            "1. Pay all that is owed: 312.00 DKK.",
            "blocks the card within a minute. If at least 87.01 DKK is paid before that, it does not.",
        ],
    ),
    Situation(
        "no daemon is known to run",
        debt(charges=(), settled_at=PAID_AT, paid_at=PAID_AT),
        ["free the next time that Cardwarden runs"],
        [blocked(DEBT)],
        at=Circumstances(),
    ),
    Situation(
        "a dry run",
        facts("1", charges=(fee("312.00"),)),
        ["A dry run: nothing is written.", "to be blocked as soon as Cardwarden may write"],
        at=replace(MINUTE, mode=Mode.DRY_RUN),
    ),
    Situation(
        "paused on the plugin's page",
        debt(),
        ["Waits: writing is paused on the plugin's page in Koha."],
        [blocked(DEBT)],
        at=replace(MINUTE, paused_in_ils=True),
    ),
    Situation(
        "only releases are made",
        facts("1", charges=(fee("312.00"),)),
        ["held back because blocks are only lifted at present, and none is set"],
        at=replace(MINUTE, mode=Mode.RELEASE_ONLY),
    ),
    Situation(
        "a rule's first blocks",
        facts("1", charges=(fee("312.00"),)),
        ["held back until somebody approves the first blocks of the rule"],
        at=replace(MINUTE, unbegun=frozenset({"CW_DEBT"})),
    ),
    Situation(
        "the first blocks are approved",
        facts("1", charges=(fee("312.00"),)),
        ["is to be blocked within a minute"],
        at=replace(MINUTE, unbegun=frozenset({"CW_DEBT"}), approved=frozenset({("1", "debt", "add", "CW_DEBT")})),
    ),
    Situation(
        "a policy that does not fit",
        facts("1", charges=(fee("312.00"),)),
        ["held back because the rules do not fit the library system"],
        at=replace(MINUTE, misfits=frozenset({Misfit()})),
    ),
    Situation(
        "a removal that a brake holds",
        debt("12.00"),
        [
            "The card is blocked since 4 Nov 2026, 03:15.",
            (
                "Debt (rule debt): the library no longer uses the rule; held back by the brake on lifted blocks until "
                "somebody approves it."
            ),
            "What stays:\n- Debt (rule debt): held back by the brake on lifted blocks",
        ],
        [blocked(DEBT)],
        policy=only(replace(DEBT, retired=True)),
        at=replace(MINUTE, held={("1", "debt", "remove", "CW_DEBT"): Brake.REMOVALS}),
        never=["then free", "this block ends"],
    ),
    Situation(
        "the counter goes back",
        facts("1", failed_pin=5, restrictions=(row("CW_PIN"),)),
        ["1. For the PIN block: use the right PIN, or let staff set the counter of wrong PINs to 0."],
        [blocked(PIN, highest=5)],
        policy=only(replace(PIN, terms=terms(CounterReset(), 5))),
    ),
    Situation(
        "a lost card",
        facts("1", card_lost=True, restrictions=(row("CW_LOST"),)),
        [
            "Card reported lost (rule lost), since 4 Nov 2026, 03:15.",
            "1. For the lost card: once it is found or replaced, let staff take the mark off the card.",
        ],
        [blocked(LOST)],
    ),
    Situation(
        "a lost card against photo ID",
        facts("1", card_lost=True, restrictions=(row("CW_LOST"),)),
        ["1. For the lost card: show valid photo ID at the desk. Staff then lift this block."],
        [blocked(LOST)],
        policy=only(replace(LOST, terms=terms(ByStaff()))),
    ),
    Situation(
        "a claim",
        debt("900.00", restrictions=(row("CW_CLAIM"),)),
        [
            "Debt sent to collection (rule claim): ends when the collection office reports all of it paid;",
            "the library cannot lift it.",
        ],
        [blocked(CLAIM)],
        policy=only(CLAIM),
        never=["What to do", "lift by hand"],
    ),
    Situation(
        "a claim that was paid at the desk",
        debt(restrictions=(row("CW_CLAIM"),)),
        [
            "the library cannot lift it. Payment seen locally on 2026-11-20;",
            "waiting for the office since 2026-11-20; expected by 2026-12-04.",
        ],
        [blocked(CLAIM)],
        policy=only(CLAIM),
        at=replace(MINUTE, claims={"1": [SENT_CLAIM]}),
    ),
    Situation(
        "a claim that the office should have answered",
        debt("900.00", restrictions=(row("CW_CLAIM"),)),
        ["Waiting for the office since 2026-11-01; expected by 2026-11-15, which has gone by."],
        [blocked(CLAIM)],
        policy=only(CLAIM),
        at=replace(MINUTE, claims={"1": [replace(SENT_CLAIM, paid_seen_at=None)]}),
    ),
    Situation(
        "a claim that is paid to the library under paid_in_full",
        debt("900.00", restrictions=(row("CW_CLAIM"),)),
        ["1. Pay all that is owed: 900.00 DKK."],
        [blocked(CLAIM)],
        policy=only(replace(CLAIM, terms=replace(CLAIM.terms, release=PaidInFull()))),
        never=["the library cannot lift it"],
    ),
    Situation(
        "a claim that is paid",
        debt(restrictions=(row("CW_CLAIM"),), agency=AgencyReport(NOW - timedelta(days=1))),
        ["the collection office reported it paid on 23 Nov 2026 at 03:15; this block ends within a minute."],
        [blocked(CLAIM)],
        policy=only(CLAIM),
    ),
    Situation(
        "staff's row with an end",
        facts("1", restrictions=(replace(STAFF_ROW, expires=date(2026, 12, 1)),)),
        ["only staff can lift it. As staff set it, it ends on 1 Dec 2026."],
    ),
    Situation(
        "debt, and a row of staff's with an end",
        debt(restrictions=(row("CW_DEBT"), replace(STAFF_ROW, expires=date(2026, 12, 1)))),
        ["The card is then blocked by what stays, and free on 1 Dec 2026 at 00:00."],
        [blocked(DEBT)],
    ),
    Situation(
        "rows that have ended are history",
        facts("1", restrictions=(replace(STAFF_ROW, expires=date(2026, 10, 20)), row("CW_DEBT", expires=NOW.date()))),
        [
            "The card is not blocked.",
            "A restriction by staff that ended on 20 Oct 2026 (MANUAL).",
            "A block of Cardwarden's that ended on 24 Nov 2026 (CW_DEBT).",
        ],
        never=["What blocks it"],
    ),
    Situation(
        "a row that was ours under another type",
        debt("12.00", restrictions=(Restriction("r1", "MANUAL", False, once_of="debt"),)),
        ["A block that was Cardwarden's and now stands as MANUAL: only staff can remove it, in Koha."],
    ),
    Situation(
        "a row of ours of no rule",
        facts("1", restrictions=(row("CW_OLD"),)),
        ["A block of a rule that the library no longer has (CW_OLD): no rule ends it; the administrator can"],
    ),
    Situation(
        "out of scope",
        facts("1", library="BRANCH", charges=(fee("312.00"),), restrictions=(row("CW_DEBT"),)),
        ["The patron is out of scope", "no rule ends it; staff can remove it."],
        at=replace(MINUTE, scope=Scope(libraries=frozenset({"MAIN"}))),
        never=["What to do"],
    ),
    Situation(
        "a flag that no row stands behind",
        facts("1", flag_matches=False),
        ["The card is blocked.", "A mark on the card that no restriction stands behind: staff put it right"],
    ),
    Situation(
        "a row without its flag",
        debt(flag_matches=False),
        ["The card is not marked as restricted, though it should be; the next full cycle puts that right."],
        [blocked(DEBT)],
    ),
    Situation(
        "charges that could not be read",
        debt(charges=UNKNOWN),
        ["Debt (rule debt): whether it ends cannot be said, because the charges could not be read."],
        [blocked(DEBT)],
        never=["What to do", "then free"],
    ),
    Situation(
        "a PIN block, and charges that could not be read",
        debt(charges=UNKNOWN, failed_pin=5, restrictions=(row("CW_DEBT"), row("CW_PIN"))),
        ["1. For the PIN block", "Whether the card is then free cannot be said."],
        [blocked(DEBT), blocked(PIN)],
    ),
    Situation(
        "whether the card is blocked is not known",
        facts("1", restrictions=UNKNOWN),
        ["It cannot be said whether the card is blocked."],
    ),
    Situation(
        "lifted by staff in Koha",
        facts("1", charges=(fee("312.00"),)),
        ["Debt (rule debt): lifted by staff in Koha, as seen on 4 Nov 2026 at 03:15."],
        [lifted(DEBT, Origin.LIFTED, evidence=Evidence(counted=31200, lines=("1",)))],
    ),
    Situation(
        "undone, for thirty days",
        facts("1", charges=(fee("312.00"),)),
        ["Debt (rule debt): undone (AB) on 4 Nov 2026 at 03:15.", "and at most until 4 Dec 2026."],
        [lifted(DEBT, Origin.UNDONE, "AB", evidence=Evidence(counted=31200, lines=("1",)))],
        policy=only(replace(DEBT, override_days=30)),
    ),
    Situation(
        "accepted as staff's work",
        facts("1", charges=(fee("312.00"),)),
        ["vanished with others, and accepted as lifted by staff (AB) on 4 Nov 2026 at 03:15."],
        [lifted(DEBT, Origin.DRIFT_ACCEPTED, "AB", evidence=Evidence(counted=31200, lines=("1",)))],
    ),
    Situation(
        "a release by name that nothing is remembered of",
        facts("1"),
        ["Rule pin: released by staff (AB) on 23 Nov 2026 at 03:15. It is not on record that photo ID was seen."],
        at=replace(MINUTE, releases=(ReleaseRecord("pin", "AB", False, NOW - timedelta(days=1)),)),
    ),
    Situation(
        "vanished with many others",
        facts("1", charges=(fee("312.00"),)),
        ["Debt (rule debt): the block vanished with many others; it is put back only if somebody approves it."],
        [blocked(DEBT)],
        drift=True,
        never=["is to be blocked"],
    ),
    Situation(
        "exempted",
        debt(),
        ["an exception in the rules exempts the patron; this block ends within a minute."],
        [blocked(DEBT)],
        policy=only(replace(DEBT, terms=terms(DEBT.terms.release, 22500, exempt=True))),
    ),
    Situation("nothing at all", facts("1"), ["The card is not blocked."], never=["What to do", "What is owed"]),
)
