"""What a step of a policy test can say, and what the rules make of it."""

from pathlib import Path

import pytest

from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.testfile import load_policy_tests

from .examples import HEAD, parse
from .mistaken import DEBT, UNDER_18

CHILDREN_AT_100 = DEBT + UNDER_18 + "block_at = 100\n"

STEP = """\
policy = "p.toml"
[[case]]
name = "x"
[[case.step]]
"""


def differences(tmp_path: Path, policy: str, step: str) -> list[str]:
    path = tmp_path / "x.test.toml"
    path.write_text(STEP + step, encoding="utf-8")
    (case,) = load_policy_tests(path).cases
    return [difference.sentence() for difference in rehearse_case(case, parse(policy).policy).differences]


@pytest.mark.parametrize(
    ("outstanding", "expected"), [("150.00", 'expect = []\nundecided = ["debt"]'), ("225.00", 'expect = ["debt"]')]
)
def test_without_a_birth_date_every_exception_that_could_fit_is_tried(
    tmp_path: Path, outstanding: str, expected: str
) -> None:
    step = f'unknown = ["age"]\ncharges = [{{ outstanding = {outstanding} }}]\n{expected}\n'
    assert differences(tmp_path, HEAD + CHILDREN_AT_100, step) == []


@pytest.mark.parametrize(("outstanding", "expected"), [("150.00", ""), ("225.00", '"debt"')])
def test_a_patron_without_a_birth_date_is_an_adult_where_the_policy_says_so(
    tmp_path: Path, outstanding: str, expected: str
) -> None:
    policy = HEAD + 'age_unknown = "adult"\n' + CHILDREN_AT_100
    step = f'unknown = ["age"]\ncharges = [{{ outstanding = {outstanding} }}]\nexpect = [{expected}]\nundecided = []\n'
    assert differences(tmp_path, policy, step) == []
