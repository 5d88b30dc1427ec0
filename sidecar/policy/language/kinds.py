"""What a policy may say of each kind of rule: one entry a kind. The check of keys, the defaults and the tables of
`docs/policy.md` all come from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.model import Kind
from sidecar.core.policy import ALL_CHARGES, IfLifted, RuleKind, Threshold


class Measure(StrEnum):
    """What the operator of a kind of rule is measured in."""

    SUM = "sum"
    ATTEMPTS = "attempts"
    LOANS = "loans"


class Tone(StrEnum):
    """Which default texts a kind of rule has: about payments, about who holds the card, about what is to be
    brought back, or nothing but the block."""

    MONEY = "money"
    IDENTITY = "identity"
    PLAIN = "plain"
    LOANS = "loans"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInFile:
    """What a policy may say of one kind of rule.

    `releases` are its words, the first being the default. `keys` are those that not every kind takes. `threshold` is
    that of a rule without an operator; None where one must be given, or where there is none to give (`measure` None).
    `counts` are the charges that it counts by default, None if it counts none. `days_key` and `days`: how long before
    the block the patron is told.
    """

    meaning: str
    releases: tuple[str, ...]
    keys: frozenset[str]
    tone: Tone
    measure: Measure | None = None
    example: str = ""
    threshold: Threshold | None = None
    counts: frozenset[Kind] | None = None
    net_of_credit: bool = True
    if_lifted: IfLifted = IfLifted.RESPECT
    days_key: str = "announce_days"
    days: int = 0


_ANYTHING: Final = Threshold(0, inclusive=False)
_OPERATOR: Final = frozenset({"block_at", "block_above"})
_AGE: Final = frozenset({"older_than_days", "older_than_months"})
_LINKED: Final = frozenset({"also_blocks", "ages"})
_CHARGES: Final = frozenset({"counts", "net_of_credit"})

KINDS: Final[Mapping[RuleKind, KindInFile]] = {
    RuleKind.DEBT: KindInFile(
        meaning="Counted charges, less unapplied credit, reach `block_at` or exceed `block_above`.",
        releases=("paid_in_full", "below_block", "at_most", "paid_and_returned", "staff"),
        keys=_OPERATOR | _CHARGES | _AGE | _LINKED | {"release_counts", "announce_days", "announce_at", "each_year"},
        tone=Tone.MONEY,
        measure=Measure.SUM,
        example="225.00",
        counts=ALL_CHARGES,
    ),
    RuleKind.UNPAID_CHARGE: KindInFile(
        meaning="Any counted charge has something outstanding; credit is not set against it. With an operator: only "
        "from that sum on.",
        releases=("paid_in_full", "paid_and_returned", "staff"),
        keys=_OPERATOR | _CHARGES | _AGE | _LINKED | {"announce_days", "announce_at"},
        tone=Tone.MONEY,
        measure=Measure.SUM,
        threshold=_ANYTHING,
        counts=frozenset({Kind.REPLACEMENT}),
        net_of_credit=False,
    ),
    RuleKind.FAILED_PIN: KindInFile(
        meaning="The ILS's counter of wrong PINs reaches `block_at` or exceeds `block_above`.",
        releases=("staff", "counter_reset", "after_minutes"),
        keys=_OPERATOR | {"announce_days", "photo_id"},
        tone=Tone.IDENTITY,
        measure=Measure.ATTEMPTS,
        example="5",
    ),
    RuleKind.LOST_CARD: KindInFile(
        meaning="The card is flagged lost in the ILS. Takes no operator.",
        releases=("flag_cleared", "staff"),
        keys=frozenset({"announce_days", "photo_id"}),
        tone=Tone.IDENTITY,
    ),
    RuleKind.COLLECTION: KindInFile(
        meaning="The patron was told, `pay_within_days` have gone by, and not all is paid: the claim is referred to "
        "the collection office. See docs/collection.md.",
        releases=("agency_confirmation", "paid_in_full"),
        keys=_OPERATOR | _CHARGES | _AGE | {"pay_within_days", "overdue_days", "refer_if"},
        tone=Tone.PLAIN,
        measure=Measure.SUM,
        threshold=_ANYTHING,
        counts=ALL_CHARGES,
        if_lifted=IfLifted.RESTORE,
        days_key="pay_within_days",
        days=7,
    ),
    RuleKind.OVERDUE: KindInFile(
        meaning="So many loans (`block_at`, 1 by default) are `overdue_days` or more past their due day, which is day "
        "0. Not counted: what Koha has marked as lost, whose bill stands instead (`unpaid_charge`), and what the "
        "patron claims to have returned. A renewal moves the due day and frees. Koha itself can stop loans for "
        "anything overdue (OverduesBlockCirc) and restrict by its notice triggers; this adds exceptions, brakes, "
        "texts and tests.",
        releases=("below_block", "returned", "paid_and_returned", "staff"),
        keys=_OPERATOR | {"overdue_days", "waited_for", "item_types", "release_counts", "announce_days"},
        tone=Tone.LOANS,
        measure=Measure.LOANS,
        threshold=Threshold(1),
    ),
    RuleKind.FLAG: KindInFile(
        meaning="The ILS's own mark on the card (`flag`) is set. Koha refuses loans on such a card by itself: this "
        "gives it a text and a place in the reports. Takes no operator.",
        releases=("flag_cleared", "staff"),
        keys=frozenset({"flag", "announce_days"}),
        tone=Tone.PLAIN,
    ),
}


def taking(key: str) -> frozenset[RuleKind]:
    """The kinds of rule that take a key."""
    return frozenset(kind for kind, entry in KINDS.items() if key in entry.keys)


def released_by(word: str) -> frozenset[RuleKind]:
    """The kinds of rule that take a release."""
    return frozenset(kind for kind, entry in KINDS.items() if word in entry.releases)
