"""The tables of a policy file and their keys: what is known, what it means, and what it is by default.

The check for unknown keys and the reference in `docs/policy.md` both come from here.
"""

from dataclasses import replace
from typing import Final

from sidecar.core.model import OWN_PREFIX
from sidecar.core.policy import RuleKind
from sidecar.policy.language.counting import COUNTING, EACH_YEAR
from sidecar.policy.language.kinds import released_by, taking
from sidecar.policy.language.schema import (
    KOHA_KINDS,
    MAX_AGE,
    MAX_DAYS,
    MAX_MINUTES,
    MAX_TEXT,
    MAX_TYPE,
    SHORT_TEXT,
    Key,
    Table,
)

_BLOCK_AT = Key(
    name="block_at",
    type="amount, or whole number of attempts or loans",
    kinds=taking("block_at"),
    default="required for `debt` and `failed_pin`, unless `block_above` is given; `1` for `overdue`",
    meaning="Blocks a free card that owes this much or more, or has this many wrong PINs or overdue loans or more. "
    "Above 0.",
    boundary="At `225.00`: 224.99 does not block, 225.00 does",
    example="block_at = 225.00",
)
_BLOCK_ABOVE = Key(
    name="block_above",
    type="amount, or whole number of attempts or loans",
    kinds=taking("block_above"),
    default="as for `block_at`; `0` for `unpaid_charge` and `collection`",
    meaning="Blocks a free card that owes more than this; 0 means anything owed. Not together with `block_at`.",
    boundary="At `225.00`: 225.00 does not block, 225.01 does",
    example="block_above = 250.00",
)
_RELEASE = Key(
    name="release",
    type="text, or `{ at_most = … }`, `{ after_minutes = … }`",
    default="`paid_in_full`; `below_block` for `overdue`; `staff` for `failed_pin`; `flag_cleared` for `lost_card` and "
    "`flag`; `agency_confirmation` for `collection`",
    meaning="When a blocked card becomes free. See the table of releases below.",
    example='release = "below_block"',
)
_ANNOUNCE_DAYS = Key(
    name="announce_days",
    type=f"whole number, 0 to {MAX_DAYS}",
    kinds=taking("announce_days"),
    default="`0`",
    meaning="Calendar days between announcing a block and making it. `announce` says from when they run.",
    boundary="At `7`: announced on a Monday, blocked on the next",
    example="announce_days = 7",
)
_PAY_WITHIN_DAYS = Key(
    name="pay_within_days",
    type=f"whole number, 1 to {MAX_DAYS}",
    kinds=taking("pay_within_days"),
    default="`7`",
    meaning="Calendar days that a patron has to pay, from the day the notice went out (see `announce`), before the "
    "claim is sent to the collection office.",
    example="pay_within_days = 7",
)
_MESSAGE = Key(
    name="message",
    type="table of language to text",
    default="a text by kind of rule, in da, de, en, es, fi, fr, it, nb, nl, pl and sv",
    meaning=f"What the patron reads in the ILS. Plain text of at most {MAX_TEXT} characters, shown publicly on "
    "self-check screens: name neither sums nor collection. `{policy}` is the policy's name and `{threshold}` "
    "the amount or number of attempts; double braces are braces.",
    example='message.en = "The card is blocked. Please ask the staff."',
)
_SHORT_MESSAGE = Key(
    name="short_message",
    type="table of language to text",
    default="as for `message`",
    meaning=f"Written instead where all of a patron's texts together exceed {MAX_TEXT} characters. At most "
    f"{SHORT_TEXT} characters are wise: then four fit.",
    example='short_message.en = "The card is blocked."',
)

_ATTRIBUTES: Final = Key(
    name="attributes",
    type="list of texts",
    default="all",
    meaning="The ILS's codes of patron attributes; having one of them, with a value that is not 0, is enough. Gone "
    "with the attribute: the rule blocks again. Only these are asked of the ILS.",
    example='attributes = ["PLAN"]',
)
_EFFECTIVE_FROM: Final = Key(
    name="effective_from",
    type="date",
    default="always",
    meaning="The calendar day from which it holds. Before it a rule blocks and announces nothing, though what it "
    "blocked already is released as ever; an exception does not fit. `cardwarden policy show --on DATE` shows the "
    "policy as of a day.",
    boundary="The day itself is in",
    example="effective_from = 2027-01-01",
)

_REPLACEABLE: Final = (
    _BLOCK_AT,
    _BLOCK_ABOVE,
    _RELEASE,
    _ANNOUNCE_DAYS,
    _PAY_WITHIN_DAYS,
    _MESSAGE,
    _SHORT_MESSAGE,
)
"""What an exception may replace."""

ROOT: Final = Table(
    title="The file",
    meaning="A policy file has these tables and nothing else.",
    keys=(
        Key(
            name="policy",
            type="table",
            default="required",
            meaning="What holds for all rules.",
            example="[policy]",
        ),
        Key(
            name="kinds",
            type="table",
            default="Koha's own charge types",
            meaning="Which kind of charge each of the ILS's charge types is.",
            example="[kinds]",
        ),
        Key(
            name="rules",
            type="table of rules",
            meaning="The rules. A rule's id is a lower-case word; underscores and digits may follow the first letter.",
            example="[rules.debt]",
        ),
    ),
)

POLICY: Final = Table(
    title="[policy]",
    meaning="What holds for all rules.",
    keys=(
        Key(
            name="name",
            type="text",
            default="required",
            meaning="The policy's name, for reports and texts.",
            example='name = "Aarhus"',
        ),
        Key(
            name="currency",
            type="ISO 4217 code",
            default="required",
            meaning="The currency of all amounts. Its number of decimals is that of ISO 4217.",
            example='currency = "DKK"',
        ),
        Key(
            name="languages",
            type="list of language codes",
            default='those of the texts in the file, in the order in which they appear; else `["en"]`',
            meaning="The languages of the texts; the first is for patrons whose language is not among them.",
            example='languages = ["da", "en"]',
        ),
        Key(
            name="time_zone",
            type="IANA time zone",
            default="the machine's",
            meaning="Where the library's days begin and end.",
            example='time_zone = "Europe/Copenhagen"',
        ),
        Key(
            name="age_unknown",
            type='`"adult"`',
            default="every exception that could fit is tried; undecided if the answers differ",
            meaning="What a patron without a birth date counts as.",
            example='age_unknown = "adult"',
        ),
    ),
)

KINDS: Final = Table(
    title="[kinds]",
    meaning="Charge types of the ILS by kind. A type that is not named keeps Koha's default: `LOST` is a replacement; "
    "`MANUAL` and `PAYOUT` are other; Koha's other own types are fees; any further type is other.",
    keys=(
        Key(
            name="fee",
            type="list of charge types",
            default=", ".join(f"`{name}`" for name, kind in KOHA_KINDS.items() if kind == "fee"),
            meaning="Overdue fees, hold fees, card fees and the like.",
            example='fee = ["OVERDUE", "PRINTING"]',
        ),
        Key(
            name="replacement",
            type="list of charge types",
            default="`LOST`",
            meaning="Bills for lost or damaged items.",
            example='replacement = ["LOST", "PROCESSING"]',
        ),
        Key(
            name="other",
            type="list of charge types",
            default="`MANUAL`, `PAYOUT` and every type not named",
            meaning="All else.",
            example='other = ["MANUAL"]',
        ),
    ),
)

RULE: Final = Table(
    title="[rules.ID]",
    meaning="One rule, with a restriction of its own. Several rules may hold for a patron at once; each is "
    "released on its own.",
    keys=(
        Key(
            name="kind",
            type=", ".join(f'`"{kind}"`' for kind in RuleKind),
            default="required",
            meaning="What the rule looks at. See the table of kinds below.",
            example='kind = "debt"',
        ),
        _BLOCK_AT,
        _BLOCK_ABOVE,
        _RELEASE,
        Key(
            name="counts",
            type='list of `"fee"`, `"replacement"`, `"other"`',
            kinds=taking("counts"),
            default='all three; `["replacement"]` for `unpaid_charge`',
            meaning="The kinds of charge that can block.",
            example='counts = ["fee"]',
        ),
        Key(
            name="release_counts",
            type='list of `"fee"`, `"replacement"`, `"other"`',
            kinds=taking("release_counts"),
            default="all three",
            meaning="The kinds of charge that must be paid under `paid_in_full`. Must include all that `counts` names.",
            example='release_counts = ["fee"]',
        ),
        Key(
            name="net_of_credit",
            type="true or false",
            kinds=taking("net_of_credit"),
            default="`true`; `false` for `unpaid_charge`, which never sets credit against a bill",
            meaning="Whether unapplied credit is set against what is owed, for blocking and for release.",
            example="net_of_credit = false",
        ),
        Key(
            name="restriction_type",
            type="text",
            default=f"`{OWN_PREFIX}` and the rule's id in capitals",
            meaning=f"The restriction type in the ILS: `{OWN_PREFIX}`, then capitals, digits and underscores, at most "
            f"{MAX_TYPE} characters in all. Register it on the plugin's page. No two rules may share one.",
            example='restriction_type = "CW_DEBT"',
        ),
        _MESSAGE,
        _SHORT_MESSAGE,
        _ANNOUNCE_DAYS,
        _PAY_WITHIN_DAYS,
        *COUNTING,
        Key(
            name="only",
            type="table of `categories`, `libraries`, `ages` and `attributes`",
            default="everyone",
            meaning="Whom the rule is for (a patron must fit all that are named). Everyone else is exempt: never "
            "blocked, and freed at once.",
            example='only = { categories = ["STUDENT", "EXTERNAL"] }',
        ),
        _EFFECTIVE_FROM,
        Key(
            name="announce",
            type='`"notice"` or `"list"`',
            default='none: the days run from the cycle that announces; `"list"` for `collection`',
            meaning="Who tells patrons of a block to come, and so from when its days run. `notice`: the ILS sends a "
            "notice (the letter `CW_COLLECTION`, in the patron's language), and the days run from the day it went out; "
            "one that failed starts none. `list`: staff write to those in the report's list, and say that the letters "
            "went with `cardwarden announced FILE`.",
            example='announce = "list"',
        ),
        Key(
            name="refer_if",
            type='`"anything_left"` or `"still_at_block"`',
            kinds=taking("refer_if"),
            default='`"anything_left"`',
            meaning="What must be left when the days are over for a claim to be referred: anything, or as much as the "
            "rule's operator asks.",
            example='refer_if = "still_at_block"',
        ),
        Key(
            name="if_lifted",
            type='`"respect"` or `"restore"`',
            default='`"respect"`; `"restore"` for `collection`',
            meaning="What to do when staff lift a block in the ILS: leave it so until something new comes up, or put "
            "it back.",
            example='if_lifted = "restore"',
        ),
        Key(
            name="override_days",
            type=f"whole number, 1 to {MAX_DAYS}",
            default="no end",
            meaning="Calendar days after which a block that staff lifted may come back without anything new.",
            example="override_days = 30",
        ),
        Key(
            name="photo_id",
            type="true or false",
            kinds=taking("photo_id"),
            default="`true`",
            meaning="Whether staff must have seen valid photo ID to release it, where the release is theirs (`staff`).",
            example="photo_id = false",
        ),
        Key(
            name="stops",
            type='list of `"loans"`, `"renewals"`, `"holds"`, `"digital"`',
            default="all four",
            meaning="What the block is meant to stop. Must name `loans`, which every restriction in Koha stops. "
            "`cardwarden policy show --koha` says what each gate of your Koha does with it, and by which preference; "
            "`cardwarden verify` takes a gate for open only where it lets through what is named here.",
            example='stops = ["loans", "holds", "digital"]',
        ),
        Key(
            name="retired",
            type="true or false",
            default="`false`",
            meaning="Take the rule out of use: it blocks nobody, and its restrictions are removed, under the brakes.",
            example="retired = true",
        ),
        Key(
            name="except",
            type="array of tables",
            meaning="For whom the rule differs. The first that fits a patron holds.",
            example="[[rules.debt.except]]",
        ),
    ),
)

EXCEPTION: Final = Table(
    title="[[rules.ID.except]]",
    meaning="An exception names at least one of `categories`, `libraries`, `ages`, `attributes` and `effective_from` "
    "(a patron must fit all that are named), and what differs for them. What it does not name is as in the rule.",
    keys=(
        Key(
            name="categories",
            type="list of texts",
            default="all",
            meaning="The ILS's codes of patron categories.",
            example='categories = ["CHILD"]',
        ),
        Key(
            name="libraries",
            type="list of texts",
            default="all",
            meaning="The ILS's codes of home libraries.",
            example='libraries = ["MAIN"]',
        ),
        Key(
            name="ages",
            type="table of `from` and `under`",
            default="all",
            meaning="Ages in whole years, on the day.",
            example="ages = { from = 15, under = 18 }",
        ),
        _ATTRIBUTES,
        _EFFECTIVE_FROM,
        Key(
            name="exempt",
            type="`true`",
            default="`false`",
            meaning="The rule never blocks them, and frees at once whom it blocked. Not together with other changes.",
            example="exempt = true",
        ),
        *(replace(key, default="as in the rule") for key in _REPLACEABLE),
    ),
)

ONLY: Final = Table(
    title="only",
    meaning="At least one of them.",
    keys=tuple(key for key in EXCEPTION.keys if key.name in {"categories", "libraries", "ages", "attributes"}),
)

AGES: Final = Table(
    title="ages",
    meaning="At least one of the two.",
    keys=(
        Key(
            name="from",
            type=f"whole number, 0 to {MAX_AGE}",
            default="`0`",
            meaning="This age and older.",
            example="ages = { from = 15 }",
        ),
        Key(
            name="under",
            type=f"whole number, 0 to {MAX_AGE}",
            default="no end",
            meaning="Younger than this age.",
            boundary="Of `under = 18`: 17 fits, 18 does not",
            example="ages = { under = 18 }",
        ),
    ),
)

RELEASE_TABLE: Final = Table(
    title="release",
    meaning="Releases with a number.",
    keys=(
        Key(
            name="at_most",
            type="amount",
            kinds=released_by("at_most"),
            meaning="Free when the counted charges are at most this. Must be where the rule would not block anew.",
            example="release = { at_most = 50.00 }",
        ),
        Key(
            name="after_minutes",
            type=f"whole number, 1 to {MAX_MINUTES}",
            kinds=released_by("after_minutes"),
            meaning="Free so many minutes after the cycle that first saw the wrong PINs; Cardwarden then resets the "
            "counter.",
            example="release = { after_minutes = 30 }",
        ),
    ),
)

TABLES: Final = (ROOT, POLICY, KINDS, RULE, EXCEPTION, ONLY, AGES, EACH_YEAR, RELEASE_TABLE)
