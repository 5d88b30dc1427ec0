"""The reference of the policy file, `docs/policy.md`, written from the schema."""

from collections.abc import Iterator, Sequence
from typing import Final

from sidecar.core.policy import RuleKind
from sidecar.policy.language.counting import EACH_YEAR
from sidecar.policy.language.keys import AGES, EXCEPTION, KINDS, POLICY, RELEASE_TABLE, ROOT, RULE
from sidecar.policy.language.kinds import KINDS as RULE_KINDS
from sidecar.policy.language.kinds import released_by
from sidecar.policy.language.schema import ALL_KINDS, RELEASES, Table
from sidecar.policy.language.testkeys import TEST_EXAMPLE, TEST_TABLES

EXAMPLE: Final = """\
[policy]
name      = "Aarhus"
currency  = "DKK"
languages = ["da", "en"]
time_zone = "Europe/Copenhagen"

[rules.debt]
kind     = "debt"
block_at = 225.00
message.da = "Kortet er spærret. Log på Dit Betalingsoverblik, eller spørg personalet."

[[rules.debt.except]]
ages     = { under = 18 }
block_at = 100.00

[rules.pin]
kind     = "failed_pin"
block_at = 5
"""

_INTRODUCTION: Final = """\
# The policy file

<!-- Written by `python -m sidecar.policy > docs/policy.md` from `sidecar/policy/language/keys.py`. Do not edit. -->

A policy file says when a card is blocked, when it is free again, for whom that differs, and what patrons read.
It is TOML. `cardwarden policy check` tells every mistake in it with its line; `cardwarden policy show` says in
plain words what it does; `cardwarden policy test` tries it on cases that you write. A file with a mistake never
replaces a policy that runs.
"""

_NUMBERS: Final = """\
Amounts are exact decimals with a point and no separator for thousands, with at most as many decimals as the
currency has: `225` or `225.00`, not `225,00`, and not `1.000` for a thousand.
"""

_TESTS: Final = """\
A policy can be tried without an ILS: `cardwarden policy test FILE…` runs cases written in files beside it. Each step is
one applied cycle, with the real rules, on an ILS in memory. Output is a line per case, and the difference where one
fails; the exit code is 1 if any fails.
"""


def render_policy_reference() -> str:
    """The whole page: every key with its type, default, meaning and an example."""
    return "\n".join(line.rstrip(" ") for line in _page()).rstrip() + "\n"


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    yield from _example(EXAMPLE)
    yield _NUMBERS
    for table in (ROOT, POLICY, KINDS):
        yield from _table(table)
    yield from _table(RULE)
    yield from _kinds()
    yield from _releases()
    yield from _table(EXCEPTION)
    for name, table in (("ages", AGES), ("each_year", EACH_YEAR)):
        yield from (f"### Within `{name}`", "", table.meaning, "", *_rows(table))
    yield from ("## Policy tests", "", _TESTS)
    yield from _example(TEST_EXAMPLE)
    for table in TEST_TABLES:
        yield from _subtable(f"Keys of {table.title}", table)


def _example(toml: str) -> Iterator[str]:
    yield from ("```toml", toml.rstrip(), "```", "")


def _table(table: Table) -> Iterator[str]:
    title = table.title if table is ROOT else f"`{table.title}`"
    yield from (f"## {title}", "", table.meaning, "", *_rows(table))


def _rows(table: Table) -> Iterator[str]:
    yield from (
        "| key | meaning | values, and what holds at the boundary | example | default |",
        "|---|---|---|---|---|",
    )
    for key in table.keys:
        only = "" if key.kinds == ALL_KINDS else f"; only for {_names(key.kinds)}"
        boundary = f". {key.boundary}" if key.boundary else ""
        yield f"| `{key.name}` | {key.meaning} | {key.type}{only}{boundary} | `{key.example}` | {key.default} |"
    yield ""


def _subtable(title: str, table: Table) -> Iterator[str]:
    yield from (f"### {title}", "")
    if table.meaning:
        yield from (table.meaning, "")
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for key in table.keys:
        yield f"| `{key.name}` | {key.type} | {key.default} | {key.meaning} |"
    yield ""


def _kinds() -> Iterator[str]:
    yield from ("### Kinds of rule", "", "| `kind` | blocks a free card when |", "|---|---|")
    for kind, entry in RULE_KINDS.items():
        yield f"| `{kind}` | {entry.meaning} |"
    yield ""


def _releases() -> Iterator[str]:
    yield from ("### Releases", "", "| `release` | for | frees a blocked card |", "|---|---|---|")
    for word, meaning in RELEASES.items():
        yield f'| `"{word}"` | {_names(released_by(word))} | {meaning} |'
    for key in RELEASE_TABLE.keys:
        yield f"| `{{ {key.name} = … }}` ({key.type}) | {_names(key.kinds)} | {key.meaning} |"
    yield ""


def _names(kinds: frozenset[RuleKind]) -> str:
    names: Sequence[str] = [f"`{kind}`" for kind in RuleKind if kind in kinds]
    return ", ".join(names)
