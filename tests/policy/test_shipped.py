"""The policies that ship load without mistakes and pass their own tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.core.model import Kind
from sidecar.core.policy import RuleKind, Threshold
from sidecar.policy import PolicyMistakes, load_policy
from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.testfile import check_policy_tests, load_policy_of, load_policy_tests

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
TESTS = [CONFIG / "policy.test.toml", *sorted((CONFIG / "policies").glob("*.test.toml"))]
POLICIES = sorted(path for path in (CONFIG / "policies").glob("*.toml") if not path.name.endswith(".test.toml"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_a_shipped_policy_does_what_its_tests_say(path: Path) -> None:
    tests = load_policy_tests(path)
    policy = load_policy_of(tests).policy
    check_policy_tests(tests, policy)
    differences = {case.name: rehearse_case(case, policy).differences for case in tests.cases}
    assert {name: found for name, found in differences.items() if found} == {}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_has_tests_and_tells_where_it_comes_from(path: Path) -> None:
    assert path.with_name(f"{path.stem}.test.toml").exists()
    opening = path.read_text(encoding="utf-8").split("\n\n")[0]
    assert "https://" in opening
    assert "November 2026" in opening


def test_sixteen_published_policies_ship() -> None:
    assert {path.stem for path in POLICIES} == {
        "aarhus", "ballerup", "bellevue", "buckinghamshire", "champaign", "floyd", "gribskov", "kalundborg", "kolding",
        "muelheim", "outi", "palmerston_north", "pieksamaki", "regina", "roskilde", "singapore",
    }  # fmt: skip


def refused_without_an_office(path: Path) -> bool:
    try:
        load_policy(path, collection_office=False)
    except PolicyMistakes:
        return True
    return False


def test_aarhus_in_full_alone_needs_a_collection_office_and_says_so() -> None:
    assert [path.stem for path in POLICIES if refused_without_an_office(path)] == ["aarhus"]
    text = (CONFIG / "policies" / "aarhus.toml").read_text(encoding="utf-8")
    assert "`policy check`\n# refuses this file" in text


def test_the_default_policy_frees_and_blocks_as_aarhus_in_full_but_for_collection_and_lost_cards() -> None:
    default, full = (
        {rule.id: replace(rule, terms=replace(rule.terms, texts={})) for rule in load_policy(path).policy.rules}
        for path in (CONFIG / "policy.toml", CONFIG / "policies" / "aarhus.toml")
    )
    assert default.keys() == full.keys() - {"collection"}
    assert {rule_id for rule_id in default if default[rule_id] != full[rule_id]} == {"lost_card"}


def test_the_default_policy_is_aarhus_without_collection() -> None:
    loaded = load_policy(CONFIG / "policy.toml")
    assert [(rule.id, rule.restriction_type) for rule in loaded.policy.rules] == [
        ("debt", "CW_DEBT"),
        ("replacement", "CW_REPLACEMENT"),
        ("pin", "CW_PIN"),
        ("lost_card", "CW_LOST_CARD"),
    ]
    assert loaded.warnings == ()
    assert not refused_without_an_office(loaded.path)


def test_what_is_commented_out_in_the_default_policy_is_right_too(tmp_path: Path) -> None:
    lines = (CONFIG / "policy.toml").read_text(encoding="utf-8").splitlines()
    starts = ("# [", "# replacement", "# other", "# ages", "# block_at", "# counts", "# kind ", "# pay_within")
    path = tmp_path / "policy.toml"
    path.write_text("\n".join(line.removeprefix("# ") if line.startswith(starts) else line for line in lines), "utf-8")
    policy = load_policy(path).policy
    assert policy.rules[-1] == load_policy(CONFIG / "policies" / "aarhus.toml").policy.rule("collection")
    assert policy.rules[0].exceptions


def test_roskilde_blocks_for_any_replacement_bill_and_for_nothing_else() -> None:
    (rule,) = load_policy(CONFIG / "policies" / "roskilde.toml").policy.rules
    assert (rule.kind, rule.counts) == (RuleKind.UNPAID_CHARGE, frozenset({Kind.REPLACEMENT}))
    assert rule.terms.threshold == Threshold(0, inclusive=False)
