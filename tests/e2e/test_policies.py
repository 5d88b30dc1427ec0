"""`policy check` and `policy test` as they are typed."""

from pathlib import Path

from tests.conftest import Command

HEAD = '[policy]\nname = "X"\ncurrency = "DKK"\n'


def test_a_missing_collection_office_is_told_together_with_all_other_mistakes(
    cardwarden: Command, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        f'{HEAD}[rules.debt]\nkind = "debt"\nblock_at = 5.001\n[rules.claim]\nkind = "collection"\n', encoding="utf-8"
    )
    said = cardwarden("policy", "check", str(file))
    assert said.code == 1
    first, second = said.err.strip().splitlines()
    assert "policy.toml:6: rules.debt.block_at: has 3 decimals" in first
    assert "policy.toml:7: rules.claim: rests on a collection office" in second


def test_aarhus_in_full_is_shown_and_tested_but_not_checked(cardwarden: Command) -> None:
    policies = Path("config/policies")
    assert cardwarden("policy", "show", str(policies / "aarhus.toml")).code == 0
    assert cardwarden("policy", "test", str(policies / "aarhus.test.toml")).code == 0
    refused = cardwarden("policy", "check", str(policies / "aarhus.toml"))
    assert refused.code == 1
    assert "rules.collection: rests on a collection office" in refused.err
