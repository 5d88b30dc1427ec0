"""`policy show` in plain words, and the reference that is written from the schema."""

from pathlib import Path

import msgspec
import pytest

from sidecar.core.policy import RuleKind
from sidecar.policy import describe_policy, render_policy_reference
from sidecar.policy.language.keys import TABLES
from sidecar.policy.language.kinds import KINDS
from sidecar.policy.language.schema import Key
from sidecar.policy.language.testkeys import (
    TEST_CASE,
    TEST_CHARGE,
    TEST_EXAMPLE,
    TEST_FILE,
    TEST_PATRON,
    TEST_STEP,
    Table,
)
from sidecar.policy.reference import EXAMPLE
from sidecar.rehearsal import testfile as policytests

from .examples import HEAD, parse, with_head
from .mistaken import BILL, CLAIM, DEBT, LOST, PIN

REFERENCE = Path(__file__).parents[2] / "docs" / "policy.md"


def shown(rules: str) -> str:
    return describe_policy(with_head(rules).policy)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (DEBT, "Blocks at 225.00 DKK or more. A blocked card stays blocked until all that is owed is paid."),
        (DEBT, "Raising the threshold alone frees nobody"),
        (DEBT, "Unapplied credit is set against it."),
        (DEBT + "net_of_credit = false", "Unapplied credit is not set against it."),
        (DEBT.replace("block_at", "block_above"), "Blocks at more than 225.00 DKK."),
        ("[rules.d]\nkind = 'debt'\nblock_above = 0", "Blocks as soon as anything is owed."),
        (DEBT + "release = 'below_block'", "free again as soon as the sum is below that."),
        (
            DEBT.replace("block_at", "block_above") + "release = 'below_block'",
            "free again as soon as the sum is no longer",
        ),
        (DEBT + "release = { at_most = 50 }", "free again at 50.00 DKK or less."),
        (DEBT + "counts = ['fee', 'other']", "Blocks at 225.00 DKK or more in fees and other charges."),
        (DEBT + "counts = ['fee']\nrelease_counts = ['fee']", "until all fees are paid."),
        (BILL, "Blocks as soon as anything is owed in replacement charges."),
        (BILL, "the bill itself must be paid"),
        (PIN, "Blocks at 5 wrong PINs or more. A blocked card stays blocked until staff release it"),
        (PIN.replace("block_at = 5", "block_above = 0"), "Blocks at 1 wrong PIN or more."),
        (PIN + "release = 'counter_reset'", "when the ILS's counter of wrong PINs goes down"),
        (PIN + "release = { after_minutes = 30 }", "free again 30 minutes after"),
        (LOST, "Blocks when the card is flagged lost. A blocked card is free again when the flag is cleared."),
        (CLAIM, "blocks if it is not all paid 7 days later."),
        (CLAIM, "only the collection office frees it"),
        (CLAIM, "A block that staff lift in the ILS is put back."),
        (DEBT + "announce_days = 1", "Announced 1 day before; who is announced is listed in the report"),
        (DEBT + "override_days = 30", "until something new comes up, or 30 days have gone by."),
        (DEBT + "retired = true", "Blocks nobody any more. Its restrictions are removed"),
        (DEBT + "message.en = 'Hello'", "Text (en): Hello"),
        (DEBT + "short_message.da = 'Hej'", "Short text (da): Hej"),
        (
            DEBT + "[[rules.debt.except]]\nages.under = 18\nblock_at = 100",
            "Except under 18 years: Blocks at 100.00 DKK or more.",
        ),
        (DEBT + "[[rules.debt.except]]\nages.from = 67\nexempt = true", "Except aged 67 or more: never blocked"),
        (DEBT + "[[rules.debt.except]]\nages = { from = 15, under = 18 }\nexempt = true", "Except aged 15 to 17:"),
        (
            DEBT + "[[rules.debt.except]]\ncategories = ['B', 'A']\nlibraries = ['M']\nrelease = 'below_block'",
            "Except patrons of category A or B, at library M: A blocked card is free again as soon as",
        ),
        (
            DEBT + "[[rules.debt.except]]\nlibraries = ['M']\nmessage.en = 'Hello'",
            "Except at library M: Text (en): Hello",
        ),
        (
            CLAIM + "[[rules.claim.except]]\nlibraries = ['M']\npay_within_days = 14",
            "Except at library M: Tells the patron as soon as anything is owed; blocks if it is not all paid 14 days",
        ),
        (
            DEBT + "announce_days = 7\n[[rules.debt.except]]\nlibraries = ['M']\nannounce_days = 0",
            "Except at library M: Not announced.",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(rules: str, sentence: str) -> None:
    assert sentence in shown(rules)


@pytest.mark.parametrize("rules", [DEBT + "release = 'below_block'", PIN, LOST, CLAIM])
def test_what_raising_a_threshold_does_is_said_where_it_matters_only(rules: str) -> None:
    assert "Raising the threshold" not in shown(rules)


def test_the_policy_itself_is_described_first() -> None:
    policy = parse(HEAD + "age_unknown = 'adult'\n").policy
    text = describe_policy(policy)
    assert text.startswith("Test: amounts in DKK, texts in da, en, days in Europe/Copenhagen\n")
    assert policy.digest[:12] in text
    assert "counts as an adult" in text
    assert "nobody is blocked" in text


def test_the_reference_in_docs_is_up_to_date() -> None:
    message = "run `python -m sidecar.policy > docs/policy.md`"
    assert REFERENCE.read_text(encoding="utf-8") == render_policy_reference(), message


def test_the_reference_names_every_key_every_kind_and_every_release() -> None:
    page = render_policy_reference()
    for key in (key for table in TABLES for key in table.keys):
        assert f"`{key.name}`" in page or f"{{ {key.name} = … }}" in page
        assert key.meaning in page
    for kind in RuleKind:
        assert f"| `{kind}` |" in page
        assert KINDS[kind].releases


PAIR = "[policy]\nname = 'x'\ncurrency = 'DKK'\n"
BASES = {RuleKind.FAILED_PIN: PIN, RuleKind.COLLECTION: CLAIM}


def policy_around(title: str, key: Key) -> str:
    """A policy in which the key's example stands at its place, with nothing else that it would contradict."""
    base = DEBT if RuleKind.DEBT in key.kinds else next(text for kind, text in BASES.items() if kind in key.kinds)
    if title == "The file":
        return {"policy": PAIR, "kinds": PAIR + "[kinds]\n", "rules": PAIR + DEBT}[key.name]
    if title == "[policy]":
        return "\n".join(line for line in PAIR.splitlines() if not line.startswith(key.name)) + f"\n{key.example}\n"
    if title == "[kinds]":
        return f"{HEAD}[kinds]\n{key.example}\n"
    if title in {"[[rules.ID.except]]", "ages"}:
        rule_id = base.split("]")[0].removeprefix("[rules.")
        selector = "" if "ages" in key.example else "ages.under = 3\n"
        return f"{HEAD}{base}[[rules.{rule_id}.except]]\n{selector}{key.example}\n"
    if key.name == "except":
        return f"{HEAD}{base}{key.example}\nages.under = 3\n"
    replaced = {"kind": "kind =", "block_at": "block_at", "block_above": "block_at"}.get(key.name, "nothing")
    counts = "counts = ['fee']\n" * (key.name == "release_counts")
    return (
        HEAD
        + "\n".join(line for line in base.splitlines() if not line.startswith(replaced))
        + (f"\n{counts}{key.example}\n")
    )


@pytest.mark.parametrize(
    ("title", "key"), [(table.title, key) for table in TABLES for key in table.keys], ids=lambda value: str(value)[:40]
)
def test_every_example_in_the_reference_loads(title: str, key: Key) -> None:
    text = policy_around(title, key)
    assert key.example in text
    parse(text)


def test_the_examples_at_the_top_of_the_reference_load(tmp_path: Path) -> None:
    parse(EXAMPLE)
    path = tmp_path / "x.test.toml"
    path.write_text(TEST_EXAMPLE, encoding="utf-8")
    tests = policytests.load_policy_tests(path)
    assert tests.policy == tmp_path / "policy.toml"
    policytests.check_policy_tests(tests, parse(EXAMPLE).policy)


@pytest.mark.parametrize(
    ("table", "struct"),
    [
        (TEST_FILE, policytests.PolicyTestFile),
        (TEST_CASE, policytests.PolicyTestCase),
        (TEST_PATRON, policytests.PatronGiven),
        (TEST_STEP, policytests.Step),
        (TEST_CHARGE, policytests.ChargeGiven),
    ],
)
def test_the_reference_of_policy_tests_names_what_they_take(table: Table, struct: type[msgspec.Struct]) -> None:
    assert set(table.names) == {field.encode_name for field in msgspec.structs.fields(struct)}
