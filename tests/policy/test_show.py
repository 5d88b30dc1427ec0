"""`policy show` in plain words, and the reference that is written from the schema."""

from pathlib import Path

import msgspec
import pytest

from sidecar.core.policy import RuleKind
from sidecar.language import speaking
from sidecar.policy import describe_policy, render_policy_reference
from sidecar.policy.language.keys import ONLY, TABLES
from sidecar.policy.language.kinds import KINDS
from sidecar.policy.language.schema import Key
from sidecar.policy.language.testkeys import (
    TEST_CASE,
    TEST_CHARGE,
    TEST_EXAMPLE,
    TEST_FILE,
    TEST_GUARANTEE,
    TEST_LOAN,
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
        (DEBT + "announce_days = 1", "it is announced, and blocks 1 day after it was announced."),
        (DEBT + "announce_days = 1", "stop when it would no longer announce, or when none of the charges is open"),
        ("[rules.o]\nkind = 'overdue'\noverdue_days = 28", "1 loan or more that is 28 days or more past its due day."),
        ("[rules.o]\nkind = 'overdue'\nrelease = 'paid_and_returned'", "all is paid and no loan is past its due day."),
        (DEBT + "older_than_months = 6", "Only charges that arose more than 6 months ago count for blocking."),
        (DEBT + "each_year = { on = '02-01', arose_before = '01-01' }", "From 02-01 of each year on"),
        (DEBT + "announce_at = 25", "The patron is told from 25.00 DKK on already."),
        (DEBT + "only = { categories = ['S'] }", "Only for patrons of category S; everyone else is exempt."),
        (DEBT + "effective_from = 2027-01-01", "In effect from 2027-01-01 on: before that it blocks nobody."),
        (
            DEBT + "also_blocks = 'guarantors'\nages = { under = 15 }",
            "Blocks the guarantors of patrons under 15 years too",
        ),
        (DEBT + "release = 'staff'", "A blocked card stays blocked until staff release it."),
        ("[rules.f]\nkind = 'flag'\nflag = 'expired'", "Blocks when the card has expired."),
        (DEBT + "[[rules.debt.except]]\nattributes = ['PLAN']\nexempt = true", "Except with attribute PLAN: never"),
        (DEBT + "[[rules.debt.except]]\ncategories = ['A']\nblock_at = 225", "this exception changes nothing."),
        ("[kinds]\nfee = ['LOST']\n" + DEBT, "Charge types that count as fees here: LOST."),
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
            "Except at library M: Blocks at 225.00 DKK or more. Not announced.",
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
    for table in (table for table in TABLES if table is not ONLY):
        assert all(key.meaning in page for key in table.keys)
    for kind in RuleKind:
        assert f"| `{kind}` |" in page
        assert KINDS[kind].releases


PAIR = "[policy]\nname = 'x'\ncurrency = 'DKK'\n"
LATE = "[rules.late]\nkind = 'overdue'\n"
MARK = "[rules.mark]\nkind = 'flag'\nflag = 'address'\n"
BASES = {RuleKind.FAILED_PIN: PIN, RuleKind.COLLECTION: CLAIM, RuleKind.OVERDUE: LATE, RuleKind.FLAG: MARK}


def policy_around(title: str, key: Key) -> str:  # noqa: PLR0911 - one line a table
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
    if title == "only":
        return f"{HEAD}{base}[rules.{base.split(']')[0].removeprefix('[rules.')}.only]\n{key.example}\n"
    if key.name == "except":
        return f"{HEAD}{base}{key.example}\nages.under = 3\n"
    replaced = {"kind": "kind =", "block_at": "block_at", "block_above": "block_at", "flag": "flag"}.get(
        key.name, "nothing"
    )
    counts = "counts = ['fee']\n" * (key.name == "release_counts") + "also_blocks = 'guarantors'\n" * (
        key.name == "ages"
    )
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
        (TEST_LOAN, policytests.LoanGiven),
        (TEST_GUARANTEE, policytests.GuaranteeGiven),
    ],
)
def test_the_reference_of_policy_tests_names_what_they_take(table: Table, struct: type[msgspec.Struct]) -> None:
    assert set(table.names) == {field.encode_name for field in msgspec.structs.fields(struct)}


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("da", ["Spærrer ved 225,00 kr. eller mere.", "Ubrugt tilgodehavende modregnes.", "Skal standse udlån, "]),
        ("de", ["Sperrt bei 225,00 DKK oder mehr.", "Soll verhindern: Ausleihen, "]),
        ("sv", ["Spärrar vid 225,00 Dkr eller mer.", "Ska stoppa utlån, "]),
    ],
)
def test_it_reads_as_plainly_in_every_language(language: str, sentences: list[str]) -> None:
    with speaking(language):
        text = shown(DEBT)
    assert [sentence for sentence in sentences if sentence not in text] == []
