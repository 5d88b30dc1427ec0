"""The ten recipes of docs/recipes.md do what they say, and a policy's suggested tests pass on the policy itself."""

import re
from pathlib import Path

import pytest

from sidecar.policy import parse_policy
from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.suggest import suggest_tests
from sidecar.rehearsal.testfile import check_policy_tests, parse_policy_tests

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)
TITLE = re.compile(r"^## (\d+\. .*)$", re.MULTILINE)


def recipes() -> list[tuple[str, str, str]]:
    _, *parts = TITLE.split((ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"))
    return [(title, *BLOCK.findall(text)) for title, text in zip(parts[::2], parts[1::2], strict=True)]


def test_there_are_ten() -> None:
    assert len(recipes()) == 10


@pytest.mark.parametrize(("title", "policy", "tests"), recipes())
def test_a_recipe_does_what_it_says(title: str, policy: str, tests: str) -> None:
    loaded = parse_policy(policy)
    cases = parse_policy_tests(tests, Path("recipe.test.toml"))
    check_policy_tests(cases, loaded.policy)
    told = [
        difference.sentence() for case in cases.cases for difference in rehearse_case(case, loaded.policy).differences
    ]
    assert told == [], title


POLICIES = [path for path in sorted((ROOT / "config" / "policies").glob("*.toml")) if ".test." not in path.name]


@pytest.mark.parametrize("path", [ROOT / "config" / "policy.toml", *POLICIES], ids=lambda path: path.stem)
def test_suggested_tests_can_be_read_and_pass(path: Path) -> None:
    policy = parse_policy(path.read_text(encoding="utf-8")).policy
    tests = parse_policy_tests(suggest_tests(policy, path.name), Path("suggested.test.toml"))
    check_policy_tests(tests, policy)
    assert all(rehearse_case(case, policy).passed for case in tests.cases)
    assert {rule.id for rule in policy.rules} == {case.name.split(":")[0].split(",")[0] for case in tests.cases}


def test_each_limit_is_tried_just_below_at_and_just_above() -> None:
    policy = parse_policy("[policy]\nname = 'x'\ncurrency = 'DKK'\n[rules.d]\nkind = 'debt'\nblock_at = 225\n").policy
    text = suggest_tests(policy, "p.toml")
    sums = [("224.99", "[]"), ("225.00", '["d"]'), ("225.01", '["d"]')]
    for sum_, rules in sums:
        assert f"outstanding = {sum_} }}]\nexpect = {rules}" in text
