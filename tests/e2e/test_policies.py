"""`policy check` and `policy test` as they are typed."""

import re
from pathlib import Path

from adapters.standin.library.library import Library
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


def test_one_bad_test_file_does_not_stop_the_others(cardwarden: Command, tmp_path: Path) -> None:
    good = Path("config/policies/regina.test.toml")
    bad, astray = tmp_path / "bad.test.toml", tmp_path / "astray.test.toml"
    bad.write_text('policy = "p.toml"\n[[case]]\nname = "x"\n[[case.step]]\ncredit = inf\nexpect = []\n')
    astray.write_text('policy = "none.toml"\n[[case]]\nname = "x"\n[[case.step]]\nexpect = []\n')
    said = cardwarden("policy", "test", str(bad), str(astray), str(good))
    assert said.code == 1
    first, second = said.err.strip().splitlines()
    assert "bad.test.toml:5: case[1].step[1].credit: is not a number" in first
    assert re.search(r"astray\.test\.toml:1: policy: names .*none\.toml, which is no file", second)
    assert said.out.strip().splitlines()[0] == f"{good}: Regina"
    assert said.out.strip().splitlines()[-1] == "3 passed, 2 failed (2 of them not run, for mistakes in the file)"


def test_good_test_files_are_counted_and_nothing_else_is_said(cardwarden: Command) -> None:
    said = cardwarden("policy", "test", "config/policies/regina.test.toml", "config/policies/roskilde.test.toml")
    assert (said.code, said.err) == (0, "")
    assert said.out.strip().splitlines()[-1] == "7 passed, 0 failed"


def test_what_a_koha_cannot_do_is_an_error_where_it_is_asked(applied: Command, library: Library) -> None:
    assert applied("policy", "check", "--koha").code == 0
    library.delete_restriction_type("CW_PIN")
    assert applied("policy", "check").code == 0
    said = applied("policy", "check", "--koha")
    assert said.code == 1
    assert "restriction type CW_PIN" in said.err
    assert "no mistakes" not in said.out
