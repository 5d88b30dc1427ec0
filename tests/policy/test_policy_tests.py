"""What a policy test file may not say: told with its place, since a test that cannot fail is worse than none."""

from pathlib import Path

import pytest

from sidecar.errors import PolicyError
from sidecar.policy import PolicyMistakes
from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.testfile import check_policy_tests, load_policy_tests

from .examples import with_head
from .mistaken import DEBT, PIN

POLICY = with_head(DEBT + PIN).policy
CASE = 'policy = "p.toml"\n[[case]]\nname = "story"\n'
STEP = CASE + "[[case.step]]\n"
HUGE = "9" * 400


def told(tmp_path: Path, text: str) -> list[str]:
    """Every mistake in a test file, without the file's name."""
    path = tmp_path / "x.test.toml"
    path.write_bytes(text.encode())
    try:
        check_policy_tests(load_policy_tests(path), POLICY)
    except PolicyMistakes as error:
        return [str(mistake).removeprefix(f"{path}:") for mistake in error.mistakes]
    return []


def charge(outstanding: str) -> str:
    return f"{STEP}expect = []\ncharges = [{{ outstanding = {outstanding} }}]\n"


OUTSTANDING = "6: case[1].step[1].charges[1].outstanding: "


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("nan", "is not a number; write an amount from 0 to 1000000000"),
        ("inf", "is not a number"),
        ("1e99999999999999999999", "is not a number"),
        ("1e40", "is too large"),
        (HUGE, "is too large"),
        ("-0.01", "is negative"),
        ("1e-400", "has 400 decimals, and Koha keeps 6"),
        ("224.9999999", "has 7 decimals, and Koha keeps 6"),
        ('"225.00"', "is a text; write an amount from 0 to 1000000000, with at most 6 decimals, without quotes"),
        ("true", "is true or false"),
        ("[1]", "is a list"),
    ],
)
def test_what_is_no_amount_is_told(tmp_path: Path, value: str, problem: str) -> None:
    (outstanding,) = told(tmp_path, charge(value))
    assert outstanding.startswith(OUTSTANDING + problem)
    (credit,) = told(tmp_path, f"{STEP}expect = []\ncredit = {value}\n")
    assert credit.startswith(f"6: case[1].step[1].credit: {problem}")


@pytest.mark.parametrize("value", ["0", "0.00", "-0.0", "225", "224.994999", "1_000.5", "2.25e2", "1000000000"])
def test_amounts_may_have_the_six_decimals_that_koha_keeps(tmp_path: Path, value: str) -> None:
    assert told(tmp_path, charge(value)) == []


@pytest.mark.parametrize(
    ("line", "key", "problem"),
    [
        ("day = -1", "day", "is out of range; write a whole number from 0 to 36500"),
        ("day = 99999999", "day", "is out of range"),
        ("day = 1.5", "day", "is a number with decimals"),
        ("minutes = -1", "minutes", "is out of range"),
        (f"minutes = {HUGE}", "minutes", "is out of range"),
        ('failed_pin = "5"', "failed_pin", "is a text; write a whole number, without quotes"),
        ('card_lost = "yes"', "card_lost", "is a text; write true or false, without quotes"),
        ('agency = "paid"', "agency", '"paid" is not known; write `"paid_in_full"`'),
        ('unknown = ["pin"]', "unknown[1]", '"pin" is not known; write a list of `"charges"`'),
        ('unknown = "age"', "unknown", "is a text"),
        ('expect = "debt"', "expect", "is a text; write a list of rules"),
        ("expect = [5]", "expect[1]", "is a whole number"),
        ('expekt = ["debt"]', "expekt", "unknown key; did you mean expect?"),
        ("charges = 5", "charges", "is a whole number; write a list of tables"),
        ("charges = [5]", "charges[1]", "is a whole number"),
        ("charges = [{}]", "charges[1].outstanding", "is missing; write an amount"),
        ('charges = [{ outstanding = 1, kind = "fine" }]', "charges[1].kind", '"fine" is not known; write `"fee"`'),
        ("charges = [{ outstanding = 1, typ = 'A' }]", "charges[1].typ", "unknown key; did you mean type?"),
        ("charges = [{ outstanding = 1, id = 1.5 }]", "charges[1].id", "is a number with decimals"),
        ("charges = [{ outstanding = 1, id = '' }]", "charges[1].id", "is empty"),
        (
            "charges = [{ outstanding = 1, id = 'a' }, { outstanding = 2, id = 'a' }]",
            "charges[2].id",
            '"a" is also the id of an earlier charge',
        ),
        ('expect = ["dept"]', "expect[1]", '"dept" is no rule of p.toml; did you mean debt?'),
        ('staff_lifts = ["dept"]', "staff_lifts[1]", '"dept" is no rule of p.toml'),
    ],
)
def test_a_mistake_in_a_step_is_told_with_its_place(tmp_path: Path, line: str, key: str, problem: str) -> None:
    (mistake,) = told(tmp_path, f"{STEP}announced = []\n{line}\n")
    assert mistake.startswith(f"6: case[1].step[1].{key}: {problem}")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "1: policy: is missing; write a text"),
        ('policy = "p.toml"\n', "1: case: is missing; write an array of tables"),
        ('policy = "p.toml"\ncase = []\n', "2: case: is empty"),
        ('policy = "p.toml"\ncase = [5]\n', "2: case[1]: is a whole number"),
        ('policy = "p.toml"\n[case]\nname = "x"\n', "2: case: is a table; write an array of tables"),
        ("policy = 3\n" + STEP.split("\n", 1)[1] + "expect = []\n", "1: policy: is a whole number; write a text"),
        (CASE, "2: case[1].step: is missing; write an array of tables"),
        (CASE + "step = []\n", "4: case[1].step: is empty"),
        (CASE + "step = [5]\n", "4: case[1].step[1]: is a whole number"),
        (CASE + "stepp = []\n[[case.step]]\nexpect = []\n", "4: case[1].stepp: unknown key; did you mean step?"),
        (CASE.replace("name", "nam") + "[[case.step]]\nexpect = []\n", "3: case[1].nam: unknown key"),
        (CASE + "patron = 5\n[[case.step]]\nexpect = []\n", "4: case[1].patron: is a whole number; write a table"),
        (
            CASE + "patron = { age = -1 }\n[[case.step]]\nexpect = []\n",
            "4: case[1].patron.age: is out of range; write a",
        ),
        (CASE + "patron.age = 2026\n[[case.step]]\nexpect = []\n", "4: case[1].patron.age: is out of range"),
        (
            CASE + "patron.agee = 9\n[[case.step]]\nexpect = []\n",
            "4: case[1].patron.agee: unknown key; did you mean age?",
        ),
        ("policy = \n", "1: file: is not valid TOML"),
    ],
)
def test_a_mistake_around_the_steps_is_told_with_its_place(tmp_path: Path, text: str, mistake: str) -> None:
    assert any(each.startswith(mistake) for each in told(tmp_path, text))


def test_a_step_may_not_lie_before_the_step_before_it(tmp_path: Path) -> None:
    steps = ["day = 5", "day = 2", "minutes = 31", "", "day = 1\nminutes = 1441", "day = 2"]
    text = CASE + "".join(f"[[case.step]]\nexpect = []\n{step}\n" for step in steps)
    first, second, third = told(tmp_path, text)
    assert first.startswith("9: case[1].step[2].day: lies before the step before it; count from the first step")
    assert second.startswith("12: case[1].step[3].minutes: lies before the step before it")
    assert third.startswith("22: case[1].step[6].day: lies before")


def test_steps_at_the_same_moment_and_steps_without_one_go_on(tmp_path: Path) -> None:
    steps = ["", "day = 0", "", "minutes = 33", "minutes = 33", "day = 1", "", "day = 1", "day = 0\nminutes = 2000"]
    assert told(tmp_path, CASE + "".join(f"[[case.step]]\nexpect = []\n{step}\n" for step in steps)) == []


def test_a_case_must_expect_something_though_not_in_every_step(tmp_path: Path) -> None:
    silent = 'policy = "p.toml"\n' + 2 * '[[case]]\nname = "story"\n[[case.step]]\nfailed_pin = 5\n'
    text = silent + "[[case.step]]\nundecided = []\n"
    (mistake,) = told(tmp_path, text)
    assert mistake.startswith('2: case[1]: "story" expects nothing at all, so it cannot fail; add expect, announced')


def test_rules_moments_and_cases_without_expectation_are_told_together(tmp_path: Path) -> None:
    text = STEP + 'expect = ["dept", "pim"]\n[[case.step]]\nday = 3\n[[case.step]]\nday = 1\nstaff_lifts = ["x"]\n'
    text += '[[case]]\nname = "silent"\n[[case.step]]\nfailed_pin = 5\n'
    assert [mistake.split(": ")[1] for mistake in told(tmp_path, text)] == [
        "case[1].step[1].expect[1]",
        "case[1].step[1].expect[2]",
        "case[1].step[3].day",
        "case[1].step[3].staff_lifts[1]",
        "case[2]",
    ]


def test_what_has_the_wrong_shape_is_told_together(tmp_path: Path) -> None:
    text = CASE + "colour = 1\npatron = { age = 200, size = 3 }\n[[case.step]]\nday = -1\nexpect = 5\n"
    text += "[[case.step]]\ncredit = nan\n[[case]]\n[[case.step]]\nfailed_pin = 1.5\n"
    assert [mistake.split(": ")[1] for mistake in told(tmp_path, text)] == [
        "case[1].colour",
        "case[1].patron.age",
        "case[1].patron.size",
        "case[1].step[1].day",
        "case[1].step[1].expect",
        "case[1].step[2].credit",
        "case[2].name",
        "case[2].step[1].failed_pin",
    ]


def test_in_a_policy_without_rules_every_rule_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.test.toml"
    path.write_text(STEP + 'expect = ["debt"]\n', encoding="utf-8")
    with pytest.raises(PolicyMistakes, match=r'"debt" is no rule of p\.toml; it has no rules'):
        check_policy_tests(load_policy_tests(path), with_head("").policy)


def test_the_id_of_a_charge_may_be_a_number(tmp_path: Path) -> None:
    text = STEP + "charges = [{ id = 0, outstanding = 225 }]\nexpect = ['debt']\n"
    text += "[[case.step]]\nstaff_lifts = ['debt']\noverridden = ['debt']\n"
    text += "[[case.step]]\ncharges = [{ id = '0', outstanding = 225 }]\noverridden = ['debt']\n"
    text += "[[case.step]]\ncharges = [{ id = 7, outstanding = 225 }]\nexpect = ['debt']\n"
    assert told(tmp_path, text) == []
    (case,) = load_policy_tests(tmp_path / "x.test.toml").cases
    assert rehearse_case(case, POLICY).differences == ()


def test_a_negative_counter_of_wrong_pins_is_kohas_lock(tmp_path: Path) -> None:
    assert told(tmp_path, STEP + "failed_pin = -1\nundecided = ['pin']\n") == []
    (case,) = load_policy_tests(tmp_path / "x.test.toml").cases
    assert rehearse_case(case, POLICY).passed


def test_a_mark_at_the_beginning_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert told(tmp_path, "\ufeff" + (STEP + "expect = []\n").replace("\n", "\r\n")) == []


def test_a_test_file_that_cannot_be_read_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml:1: file: cannot be read"):
        load_policy_tests(tmp_path / "none.toml")
