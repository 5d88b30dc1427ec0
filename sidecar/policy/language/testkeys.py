"""The keys of a policy test file as data, for the reference in `docs/policy.md`."""

from typing import Final

from sidecar.policy.file.values import MAX_AMOUNT
from sidecar.policy.language.schema import MAX_AGE, Key, Table

MAX_TEST_DAY: Final = 36_500
MAX_TEST_MINUTES: Final = MAX_TEST_DAY * 24 * 60
MAX_DECIMALS: Final = 6
"""As Koha keeps amounts."""

_AMOUNT: Final = f"amount from 0 to {MAX_AMOUNT}, with at most {MAX_DECIMALS} decimals"
_DAYS: Final = f"whole number from 0 to {MAX_TEST_DAY}"
_MINUTES: Final = f"whole number from 0 to {MAX_TEST_MINUTES}"

TEST_EXAMPLE: Final = """\
policy = "policy.toml"

[[case]]
name    = "paid down to one krone stays blocked"
patron  = { category = "ADULT", age = 34, library = "MAIN" }
[[case.step]]
charges = [{ kind = "fee", outstanding = 225.00 }]
expect  = ["debt"]
[[case.step]]
day     = 3
charges = [{ kind = "fee", outstanding = 1.00 }]
expect  = ["debt"]
[[case.step]]
day     = 4
charges = []
expect  = []
"""


def _key(name: str, kind: str, default: str, meaning: str) -> Key:
    return Key(name=name, type=kind, default=default, meaning=meaning, example="")


TEST_FILE: Final = Table(
    title="the file",
    meaning="",
    keys=(
        _key("policy", "text", "required", "The policy's file, relative to the test file."),
        _key("case", "array of tables", "required", "`[[case]]`: the story of one patron."),
    ),
)

TEST_CASE: Final = Table(
    title="`[[case]]`",
    meaning="",
    keys=(
        _key("name", "text", "required", "What the case shows."),
        _key("patron", "table", "an adult of 40", "Who the patron is."),
        _key("on", "date", "2026-01-05", "The case's first day, from which `day` counts."),
        _key("step", "array of tables", "required", "`[[case.step]]`: one applied cycle, without brakes."),
    ),
)

TEST_PATRON: Final = Table(
    title="`patron`",
    meaning="",
    keys=(
        _key("category", "text", "none", "The code of the patron's category."),
        _key("library", "text", "none", "The code of the home library."),
        _key(
            "age", f"whole number from 0 to {MAX_AGE}", "`40`", "Age in whole years, all through the case's first year."
        ),
        _key("language", "text", "the policy's first", "The patron's language."),
        _key("attributes", "list of texts", "none", "The codes of the patron's attributes."),
    ),
)

TEST_STEP: Final = Table(
    title="`[[case.step]]`",
    meaning="A step keeps what it does not name from the step before. The rules expected are named by their ids; at "
    "least one step of a case must expect something.",
    keys=(
        _key("day", _DAYS, "the step before", "Calendar days since the first step; never before the step before."),
        _key("minutes", _MINUTES, "the step before", "Minutes since the first step, on top of `day`."),
        _key("charges", "list of tables", "as before; none at first", "All open charges."),
        _key("credit", _AMOUNT, "as before; `0` at first", "Unapplied credit."),
        _key(
            "failed_pin",
            "whole number",
            "as before; `0` at first",
            "The ILS's counter of wrong PINs; negative is its administrative lock.",
        ),
        _key("card_lost", "true or false", "as before; `false` at first", "Whether the card is flagged lost."),
        _key("overdue", "list of tables", "as before; none at first", "All loans past their due day."),
        _key(
            "attributes", "list of texts", "as before; the patron's at first", "The codes of the patron's attributes."
        ),
        _key("expired", "true or false", "as before; `false` at first", "Whether the card has expired."),
        _key(
            "address_unknown",
            "true or false",
            "as before; `false` at first",
            "Whether the ILS says that the address is not right.",
        ),
        _key("guarantees", "list of tables", "as before; none at first", "Those whom the patron answers for."),
        _key("settled", "true or false", "`false`", "All that was owed was paid just before this step."),
        _key("staff_lifts", "list of rules", "none", "Restrictions that staff take away before this step."),
        _key(
            "agency",
            '`"paid_in_full"`, `"acknowledged"`, `"closed"` or `"refused"`',
            "none",
            "The collection office's word just before this step, on every claim that it has: paid, taken over, given "
            "back, not taken. Claims reach it in the step that refers them.",
        ),
        _key(
            "notice_sent",
            "true or list of rules",
            "at once, in a case that speaks of no notice",
            "The notice of what is announced went out: just before this step, or in it if this step announces.",
        ),
        _key(
            "notice_failed",
            "true or list of rules",
            "none",
            "The notice could not be sent: no day counts until a later step says that it was.",
        ),
        _key(
            "unknown",
            'list of `"charges"`, `"credit"`, `"failed_pin"`, `"card_lost"`, `"age"`, `"category"`, `"library"`, '
            '`"arose"`, `"overdue"`, `"attributes"`, `"guarantees"`, `"expired"`, `"address_unknown"`',
            "none",
            'Facts that could not be read, in this step only; `"age"`: the patron has no birth date.',
        ),
        _key("expect", "list of rules", "not checked", "The rules whose restriction is in force after the cycle."),
        _key("announced", "list of rules", "not checked", "The rules that have announced a block."),
        _key("undecided", "list of rules", "not checked", "The rules that cannot tell, for want of a fact."),
        _key("overridden", "list of rules", "not checked", "The rules whose block staff have lifted."),
    ),
)

TEST_CHARGE: Final = Table(
    title="a charge",
    meaning="",
    keys=(
        _key("outstanding", _AMOUNT, "required", "What is still to be paid."),
        _key("kind", '`"fee"`, `"replacement"` or `"other"`', '`"fee"`', "The kind of charge."),
        _key("type", "text", "none", "The ILS's charge type, in place of `kind`; `[kinds]` says what it is."),
        _key("id", "text or whole number", "its place in the list", "What makes it the same charge in the next step."),
        _key(
            "days",
            _DAYS,
            "it arose at the first step that names it",
            "Calendar days since the charge arose, at that step; later steps count on.",
        ),
    ),
)

TEST_LOAN: Final = Table(
    title="a loan in `overdue`",
    meaning="",
    keys=(
        _key("days", _DAYS, "required", "Calendar days since its due day, at that step; later steps count on."),
        _key("id", "text or whole number", "its place in the list", "What makes it the same loan in the next step."),
        _key("waited_for", "true or false", "`false`", "Whether another patron waits for it."),
        _key("type", "text", "none", "The code of its item type."),
    ),
)

TEST_GUARANTEE: Final = Table(
    title="one of `guarantees`",
    meaning="",
    keys=(
        _key("age", f"whole number from 0 to {MAX_AGE}", "`10`", "Age in whole years."),
        _key("category", "text", "none", "The code of the category."),
        _key("library", "text", "none", "The code of the home library."),
        _key("attributes", "list of texts", "none", "The codes of the attributes."),
        _key("charges", "list of tables", "none", "All open charges of theirs."),
    ),
)

TEST_TABLES: Final = (TEST_FILE, TEST_CASE, TEST_PATRON, TEST_STEP, TEST_CHARGE, TEST_LOAN, TEST_GUARANTEE)
