"""`--set` and `--curve`: the policy as its file would be with other values, told by the policy's own parser."""

from decimal import Decimal

import pytest

from sidecar.policy import LoadedPolicy, PolicyMistakes, parse_policy, read_curve, read_edit

from .examples import HEAD
from .mistaken import DEBT, PIN, UNDER_18

TEXT = HEAD + DEBT + UNDER_18 + "block_at = 100\n"


def with_edits(*edits: str, text: str = TEXT) -> LoadedPolicy:
    return parse_policy(text, "p.toml", edits=[read_edit(each) for each in edits])


def refused(*edits: str, text: str = TEXT) -> str:
    with pytest.raises(PolicyMistakes) as error:
        with_edits(*edits, text=text)
    return str(error.value)


@pytest.mark.parametrize(
    ("edit", "replaced"),
    [
        ("rules.debt.block_at=200", ("block_at = 225", "block_at = 200")),
        ("rules.debt.block_at = 199.50", ("block_at = 225", "block_at = 199.50")),
        ("rules.debt.except[1].block_at=50", ("block_at = 100", "block_at = 50")),
        ("rules.debt.except[1].ages={ under = 15 }", ("under = 18", "under = 15")),
        ("policy.name=Another", ('name = "Test"', 'name = "Another"')),
        ("rules.debt.release=below_block", ("block_at = 225", "block_at = 225\nrelease = 'below_block'")),
        ("rules.debt.message.da=Spærret = ja", ("block_at = 225", "block_at = 225\nmessage.da = 'Spærret = ja'")),
    ],
)
def test_an_edit_is_what_the_file_would_say(edit: str, replaced: tuple[str, str]) -> None:
    assert with_edits(edit).policy == with_edits(text=TEXT.replace(*replaced, 1)).policy


def test_a_table_that_the_file_leaves_out_can_be_set() -> None:
    assert with_edits('kinds.replacement=["DAMAGED"]').policy.kinds["DAMAGED"].value == "replacement"


def test_nothing_after_the_sign_takes_a_key_out() -> None:
    there = with_edits("rules.debt.block_at=", "rules.debt.block_above=200", text=HEAD + DEBT)
    assert there.policy == parse_policy(HEAD + DEBT.replace("block_at = 225", "block_above = 200"), "p.toml").policy


def test_the_file_that_was_read_is_not_changed_by_an_edit() -> None:
    assert with_edits("rules.debt.block_at=200").policy.digest != with_edits().policy.digest
    assert with_edits().policy.rules[0].terms.threshold is not None


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("rules.debt.block_at=-5", "--set: rules.debt.block_at: is negative; write 0 or more"),
        ("rules.debt.block_at=225,00", "--set: rules.debt.block_at: is a text; write 225.00, without quotes"),
        ("rules.debt.blok_at=5", "--set: rules.debt.blok_at: unknown key; did you mean block_at?"),
        ("rules.debt.except[1].ages.under=0", "p.toml (--set):10: rules.debt.except[1].ages: fits nobody"),
        ("rules.dept.block_at=5", "p.toml (--set):6: rules.dept: is not in the file; did you mean debt?"),
        ("rules.debt.except[2].block_at=5", "p.toml (--set):9: rules.debt.except[2]: is not in the file"),
        ("rulez.debt.block_at=5", "rulez: unknown key; did you mean rules?"),
        ("rules.debt.except[1]=5", "--set: rules.debt.except[1]: is no key of a table"),
    ],
)
def test_a_mistake_names_the_key_and_the_option(edit: str, said: str) -> None:
    assert said in refused(edit)


def test_a_mistake_in_the_whole_rule_says_that_the_file_was_edited() -> None:
    assert "p.toml (--set):6: rules.debt: " in refused("rules.debt.block_at=")


def test_what_is_wrong_in_the_file_itself_has_its_line_as_ever() -> None:
    text = HEAD + DEBT + PIN.replace("5", "0")
    assert f"p.toml:{text[: text.index('block_at = 0')].count(chr(10)) + 1}: rules.pin.block_at" in refused(
        "rules.debt.block_at=200", text=text
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rules.debt.block_at", "says no value"),
        ("rules..block_at=5", "is no key"),
        ("=5", "is no key"),
        ("rules.debt.except[0].block_at=5", "is no key"),
    ],
)
def test_what_is_no_edit_is_refused(words: str, said: str) -> None:
    with pytest.raises(PolicyMistakes, match=said):
        read_edit(words)


def test_a_curve_is_a_row_of_values_its_end_included() -> None:
    assert read_curve("rules.debt.block_at=100..200/25").values == (100, 125, 150, 175, 200)
    assert read_curve("rules.debt.block_at=0.10..0.35/0.1").values == (
        Decimal("0.10"),
        Decimal("0.20"),
        Decimal("0.30"),
    )
    assert [str(point) for point in read_curve("rules.pin.block_at=3..5/2").points()] == [
        "rules.pin.block_at = 3",
        "rules.pin.block_at = 5",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rules.debt.block_at=100", "names no row of values; write FROM..TO/STEP"),
        ("rules.debt.block_at=100..400", "names no row of values"),
        ("rules.debt.block_at=-5..400/5", "names no row of values"),
        ("rules.debt.block_at=400..100/25", "leads nowhere"),
        ("rules.debt.block_at=100..400/0", "leads nowhere"),
        ("rules.debt.block_at=0..1000/0.01", "has 100001 points; take a larger step"),
    ],
)
def test_what_is_no_curve_is_refused_by_its_key(words: str, said: str) -> None:
    with pytest.raises(PolicyMistakes) as error:
        read_curve(words)
    assert str(error.value).startswith("--curve: rules.debt.block_at: ")
    assert said in str(error.value)


def test_a_point_that_may_not_be_is_told_by_the_curve() -> None:
    points = read_curve("rules.debt.block_at=99.995..100/0.005").points()
    with pytest.raises(PolicyMistakes, match=r"^--curve: rules\.debt\.block_at: has 3 decimals"):
        parse_policy(TEXT, "p.toml", edits=points[:1])
