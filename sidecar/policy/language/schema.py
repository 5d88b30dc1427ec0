"""What a policy file can say, as data: what keys and tables are, limits, kinds of rule and releases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sidecar.core.policy import RuleKind

ALL_KINDS: Final = frozenset(RuleKind)
MAX_TEXT: Final = 255
"""Koha joins all texts of a patron and cuts them here."""
SHORT_TEXT: Final = 60
"""Four short texts of this length fit where Koha cuts."""
MAX_TYPE: Final = 50
"""Koha's longest restriction type."""
MAX_AGE: Final = 150
MAX_DAYS: Final = 3650
MAX_MONTHS: Final = 120
MAX_MINUTES: Final = 525_600

KOHA_KINDS: Final[Mapping[str, str]] = {
    "LOST": "replacement",
    "MANUAL": "other",
    "PAYOUT": "other",
    **dict.fromkeys(
        (
            "ACCOUNT",
            "ACCOUNT_RENEW",
            "NEW_CARD",
            "OVERDUE",
            "PROCESSING",
            "RENT",
            "RENT_DAILY",
            "RENT_DAILY_RENEW",
            "RENT_RENEW",
            "RESERVE",
            "RESERVE_EXPIRED",
            "VOID",
        ),
        "fee",
    ),
}
"""Koha's own charge types, and the kind each is unless `[kinds]` says otherwise."""


_OF_RENEWALS: Final = (
    "Koha does this by itself: OPACFineNoRenewals is the sum above which its web page renews nothing; see "
    "`cardwarden config check`"
)
_OF_LOANS: Final = "Koha does this by itself: its circulation rules say how many loans a category may have"
_OF_DAYS: Final = (
    "Koha does this by itself: `suspension in days` of its circulation rules; its rows stay foreign to Cardwarden"
)
KOHA_ITSELF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("only_renewals", "renewals_only", "no_renewals", "block_renewals"), _OF_RENEWALS),
    **dict.fromkeys(("fewer_loans", "max_loans", "loan_limit", "max_checkouts"), _OF_LOANS),
    **dict.fromkeys(
        ("suspension", "suspension_days", "suspend_days", "fine_days", "finedays", "max_suspension_days"), _OF_DAYS
    ),
}
"""Words for what Koha does by itself, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table. `kinds` are the kinds of rule that take it; `boundary` says what holds just there."""

    name: str
    type: str
    meaning: str
    example: str
    default: str = "none"
    kinds: frozenset[RuleKind] = ALL_KINDS
    boundary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the file and the keys that it may have."""

    title: str
    meaning: str
    keys: tuple[Key, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The known keys."""
        return tuple(key.name for key in self.keys)

    def key(self, name: str) -> Key | None:
        """The key of that name."""
        return next((key for key in self.keys if key.name == name), None)


RELEASES: Final[Mapping[str, str]] = {
    "paid_in_full": (
        "All is paid: for `debt` all that the patron owes, of whatever kind (`release_counts` narrows it); for "
        "`unpaid_charge` and `collection` all counted charges. Raising a threshold alone frees nobody. A collection "
        "office, if there is one, is told."
    ),
    "below_block": "As soon as the rule would not block a free card.",
    "staff": (
        "Never by itself: staff release it by name (`cardwarden release`, or on the patron's page in Koha), where it "
        "is in doubt who holds the card after a check of identity. To free when a bill is paid *or* the item comes "
        "back no key is needed: Koha takes the bill of a lost item back at its return, so `unpaid_charge` does it."
    ),
    "returned": "No loan at all is past its due day, whatever the rule counts.",
    "paid_and_returned": (
        "All is paid, as for `paid_in_full` (of `overdue` rules: all that is owed, narrowed by `release_counts`), and "
        "no loan at all is past its due day. An item that was paid for counts as returned."
    ),
    "counter_reset": "The ILS's counter of wrong PINs went down: a right PIN, or a new one.",
    "flag_cleared": "The card is no longer flagged in the ILS.",
    "agency_confirmation": (
        "The collection office reports the whole claim paid, or the claim ends otherwise (given back, withdrawn, paid "
        "before it was sent). Nothing else frees. Needs an office that answers: see `[collection]` in the settings."
    ),
}
"""Releases that are a word, and when each frees. `kinds.py` says which kinds of rule take it."""
