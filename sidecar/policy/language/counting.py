"""The keys that say which charges and loans count, and whose card is blocked besides, as data."""

from typing import Final

from sidecar.policy.language.kinds import taking
from sidecar.policy.language.schema import MAX_DAYS, MAX_MONTHS, Key, Table

_AROSE: Final = (
    " Only for blocking; the release looks at all charges. The day on which a charge arose is the plugin's to tell "
    "(Koha writes the date of a growing fine anew); without it the rule is undecided where that decides."
)

COUNTING: Final = (
    Key(
        name="overdue_days",
        type=f"whole number, 1 to {MAX_DAYS}",
        kinds=taking("overdue_days"),
        default="`1`; for `collection` no loan need be overdue",
        meaning="A loan counts from so many calendar days past its due day on, which is day 0: `28` blocks on the "
        "28th. Of `collection`: the patron is told only while a loan is so long overdue.",
        boundary="At `28`: day 27 does not count, day 28 does",
        example="overdue_days = 28",
    ),
    Key(
        name="waited_for",
        type="true or false",
        kinds=taking("waited_for"),
        default="`false`",
        meaning="Whether only loans count that another patron waits for.",
        example="waited_for = true",
    ),
    Key(
        name="item_types",
        type="list of texts",
        kinds=taking("item_types"),
        default="all",
        meaning="The ILS's codes of the item types that count.",
        example='item_types = ["ILL"]',
    ),
    Key(
        name="older_than_days",
        type=f"whole number, 0 to {MAX_DAYS}",
        kinds=taking("older_than_days"),
        default="charges of any age count",
        meaning="Charges count that arose more than so many calendar days ago: with 31 the 32nd day blocks." + _AROSE,
        boundary="At `31`: day 31 does not count, day 32 does",
        example="older_than_days = 31",
    ),
    Key(
        name="older_than_months",
        type=f"whole number, 1 to {MAX_MONTHS}",
        kinds=taking("older_than_months"),
        default="charges of any age count",
        meaning="The same in months, which end on the last day where a month has no such day. Not together with "
        "`older_than_days`.",
        boundary="At `6`: what arose on 31 August does not count on 28 February, and does on 1 March",
        example="older_than_months = 6",
    ),
    Key(
        name="each_year",
        type="table of `on` and `arose_before`",
        kinds=taking("each_year"),
        default="the day of the year does not matter",
        meaning="From the latest day `on` on, charges count that arose before the `arose_before` that came before it."
        + _AROSE,
        boundary="As in the example: 31 January no, 1 February yes; a charge of 31 December counts, of 1 January not "
        "until next year",
        example='each_year = { on = "02-01", arose_before = "01-01" }',
    ),
    Key(
        name="announce_at",
        type="amount",
        kinds=taking("announce_at"),
        default="where it blocks",
        meaning="The patron is told from this sum on, though nothing blocks yet; not above `block_at` or "
        "`block_above`. `announce_days` count from the telling.",
        boundary="At `25.00`: 24.99 is not told, 25.00 is",
        example="announce_at = 25.00",
    ),
    Key(
        name="flag",
        type='`"expired"` or `"address"`',
        kinds=taking("flag"),
        default="required",
        meaning="Which mark: the card has expired (the day after its last one), or the address is not right.",
        example='flag = "address"',
    ),
    Key(
        name="also_blocks",
        type='`"guarantors"`',
        kinds=taking("also_blocks"),
        default="nobody else",
        meaning="Whose card is blocked besides for what a patron owes, until it is paid. Needs the plugin.",
        example='also_blocks = "guarantors"',
    ),
    Key(
        name="ages",
        type="table of `from` and `under`",
        kinds=taking("ages"),
        default="all",
        meaning="With `also_blocks`: of which ages the patrons are whose debt blocks their guarantors too.",
        example="ages = { under = 15 }",
    ),
)

EACH_YEAR: Final = Table(
    title="each_year",
    meaning="Both are days of the year, month first; where a month has no such day, its last.",
    keys=(
        Key(
            name="on",
            type="text of month and day",
            default="required",
            meaning="The day from which the charges count.",
            example='each_year = { on = "02-01", arose_before = "01-01" }',
        ),
        Key(
            name="arose_before",
            type="text of month and day",
            default="required",
            meaning="Before which day they must have arisen.",
            example='each_year = { on = "11-01", arose_before = "08-01" }',
        ),
    ),
)
