"""The policies that ship load without mistakes and pass their own tests."""

from pathlib import Path

import pytest

from sidecar.core.model import Kind
from sidecar.core.policy import RuleKind, Threshold
from sidecar.policy import load_policy
from sidecar.policytests import check_rule_names, load_policy_tests
from sidecar.rehearse import rehearse_case

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
TESTS = [
    CONFIG / "policy.test.toml",
    *sorted((CONFIG / "policies").glob("*.test.toml")),
    Path(__file__).parent / "aarhus_in_full.test.toml",
]
POLICIES = sorted(path for path in (CONFIG / "policies").glob("*.toml") if not path.name.endswith(".test.toml"))
WAITING = {"aarhus"}
"""In full they need a collection office; what of Aarhus needs none is config/policy.toml."""


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_a_shipped_policy_does_what_its_tests_say(path: Path) -> None:
    tests = load_policy_tests(path)
    policy = load_policy(path.parent / tests.policy).policy
    check_rule_names(tests, policy, path)
    differences = {case.name: rehearse_case(case, policy).differences for case in tests.case}
    assert {name: found for name, found in differences.items() if found} == {}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_has_tests_and_tells_where_it_comes_from(path: Path) -> None:
    assert path.with_name(f"{path.stem}.test.toml").exists()
    opening = path.read_text(encoding="utf-8").split("\n\n")[0]
    assert "https://" in opening
    assert "November 2026" in opening
    assert not load_policy(path).needs_collection_office


def test_eleven_published_policies_ship_and_one_waits() -> None:
    published = {
        "aarhus", "ballerup", "buckinghamshire", "gribskov", "kalundborg", "kolding",
        "muelheim", "outi", "palmerston_north", "regina", "roskilde", "singapore",
    }  # fmt: skip
    assert {path.stem for path in POLICIES} == published - WAITING


def test_the_default_policy_is_aarhus_without_collection() -> None:
    loaded = load_policy(CONFIG / "policy.toml")
    assert [(rule.id, rule.restriction_type) for rule in loaded.policy.rules] == [
        ("debt", "CW_DEBT"),
        ("replacement", "CW_REPLACEMENT"),
        ("pin", "CW_PIN"),
        ("lost_card", "CW_LOST_CARD"),
    ]
    assert loaded.warnings == ()
    assert not loaded.needs_collection_office


def test_what_is_commented_out_in_the_default_policy_is_right_too(tmp_path: Path) -> None:
    lines = (CONFIG / "policy.toml").read_text(encoding="utf-8").splitlines()
    starts = ("# [", "# replacement", "# other", "# ages", "# block_at", "# kind ", "# pay_within")
    path = tmp_path / "policy.toml"
    path.write_text("\n".join(line.removeprefix("# ") if line.startswith(starts) else line for line in lines), "utf-8")
    policy = load_policy(path).policy
    assert [rule.id for rule in policy.rules][-1] == "collection"
    assert policy.rules[0].exceptions


def test_roskilde_blocks_for_any_replacement_bill_and_for_nothing_else() -> None:
    (rule,) = load_policy(CONFIG / "policies" / "roskilde.toml").policy.rules
    assert (rule.kind, rule.counts) == (RuleKind.UNPAID_CHARGE, frozenset({Kind.REPLACEMENT}))
    assert rule.terms.threshold == Threshold(0, inclusive=False)
