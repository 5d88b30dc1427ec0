"""What a policy says of collection: releases, who tells the patron, what is referred, and the words of its tests."""

from pathlib import Path
from textwrap import dedent

import pytest

from sidecar.core.policy import Announce, PaidInFull, ReferIf
from sidecar.policy import parse_policy
from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.rehearsal.run import CaseResult, rehearse_case
from sidecar.rehearsal.testfile import check_policy_tests, load_policy_of, load_policy_tests

HEAD = '[policy]\nname = "T"\ncurrency = "DKK"\ntime_zone = "Europe/Copenhagen"\nlanguages = ["en"]\n'
CLAIM = "[rules.claim]\nkind = 'collection'\nblock_at = 225.00\n"


def claim(more: str = "", *, office: bool = True):  # type: ignore[no-untyped-def]
    return parse_policy(HEAD + CLAIM + more, "p.toml", collection_office=office).policy.rules[0]


def test_a_claims_days_run_from_the_letter_unless_the_ils_sends_the_notice() -> None:
    assert claim().announce is Announce.LIST
    assert claim("announce = 'notice'").announce is Announce.NOTICE


def test_other_rules_that_announce_say_who_tells_or_count_from_the_cycle() -> None:
    debt = HEAD + "[rules.debt]\nkind = 'debt'\nblock_at = 5\nannounce_days = 7\n"
    assert parse_policy(debt).policy.rules[0].announce is Announce.AT_ONCE
    assert parse_policy(debt + "announce = 'list'").policy.rules[0].announce is Announce.LIST


def test_who_tells_has_no_meaning_where_nothing_is_announced() -> None:
    loaded = parse_policy(HEAD + "[rules.debt]\nkind = 'debt'\nblock_at = 5\nannounce = 'list'\n")
    assert [warning for warning in loaded.warnings if "announce: has no meaning" in warning]


def test_with_paid_in_full_no_office_is_needed() -> None:
    assert claim("release = 'paid_in_full'", office=False).terms.release == PaidInFull()


@pytest.mark.parametrize(
    "more",
    [
        "",
        "release = 'agency_confirmation'",
        "release = 'paid_in_full'\n[[rules.claim.except]]\nages.under = 18\nrelease = 'agency_confirmation'",
    ],
)
def test_where_anyone_waits_for_the_offices_word_an_office_that_answers_is_needed(more: str) -> None:
    with pytest.raises(PolicyMistakes, match=r"rests on a collection office that answers"):
        claim(more, office=False)


@pytest.mark.parametrize("word", ["'no'", "'No'", "false", "'below_block'", "''"])
def test_a_release_is_one_of_two_words_and_never_taken_for_a_yes(word: str) -> None:
    """The third defect of the known plugin: its setting "no" was true."""
    with pytest.raises(PolicyMistakes, match="release"):
        claim(f"release = {word}")


def test_what_is_referred_is_a_word_of_two() -> None:
    assert claim().refer_if is ReferIf.ANYTHING_LEFT
    assert claim("refer_if = 'still_at_block'").refer_if is ReferIf.STILL_AT_BLOCK
    with pytest.raises(PolicyMistakes, match="does not apply to a rule of kind debt"):
        parse_policy(HEAD + "[rules.debt]\nkind = 'debt'\nblock_at = 5\nrefer_if = 'still_at_block'\n")


@pytest.mark.parametrize(("days", "warns"), [(9, True), (10, False), (14, False)])
def test_fewer_days_than_a_reminder_must_give_are_worth_a_warning(days: int, warns: bool) -> None:
    (warning,) = parse_policy(HEAD + CLAIM + f"pay_within_days = {days}\n").warnings
    assert ("fewer than the 10" in warning) is warns


def rehearsed(folder: Path, policy: str, steps: str) -> CaseResult:
    (folder / "p.toml").write_text(HEAD + CLAIM + policy, encoding="utf-8")
    (folder / "t.toml").write_text(f'policy = "p.toml"\n[[case]]\nname = "c"\n{dedent(steps)}', encoding="utf-8")
    tests = load_policy_tests(folder / "t.toml")
    return rehearse_case(tests.cases[0], load_policy_of(tests).policy)


OWES = 'charges = [{ id = "a", kind = "fee", outstanding = 300.00 }]'


def test_a_policy_test_sends_the_notice_at_once_unless_it_speaks_of_notices(tmp_path: Path) -> None:
    steps = f"""
        [[case.step]]
        {OWES}
        announced = ["claim"]
        [[case.step]]
        day = 6
        expect = []
        [[case.step]]
        day = 7
        expect = ["claim"]
    """
    assert rehearsed(tmp_path, "announce = 'notice'\n", steps).differences == ()


@pytest.mark.parametrize("sent", ["true", '["claim"]'])
def test_a_failed_notice_starts_no_clock_and_a_later_one_does(tmp_path: Path, sent: str) -> None:
    steps = f"""
        [[case.step]]
        {OWES}
        notice_failed = {sent}
        announced = ["claim"]
        [[case.step]]
        day = 30
        expect = []
        [[case.step]]
        day = 31
        notice_sent = {sent}
        announced = ["claim"]
        [[case.step]]
        day = 37
        expect = []
        [[case.step]]
        day = 38
        expect = ["claim"]
    """
    assert rehearsed(tmp_path, "", steps).differences == ()


def test_a_policy_test_may_let_the_notice_go_later(tmp_path: Path) -> None:
    steps = f"""
        [[case.step]]
        {OWES}
        [[case.step]]
        day = 2
        notice_sent = true
        [[case.step]]
        day = 8
        expect = []
        [[case.step]]
        day = 9
        expect = ["claim"]
    """
    assert rehearsed(tmp_path, "", steps).differences == ()


def test_a_claim_that_the_office_gives_back_is_over_and_does_not_begin_anew(tmp_path: Path) -> None:
    steps = f"""
        [[case.step]]
        {OWES}
        [[case.step]]
        day = 7
        expect = ["claim"]
        [[case.step]]
        day = 9
        agency = "acknowledged"
        expect = ["claim"]
        [[case.step]]
        day = 20
        agency = "closed"
        expect = []
        announced = []
        [[case.step]]
        day = 60
        expect = []
        announced = []
    """
    assert rehearsed(tmp_path, "", steps).differences == ()


def test_paid_in_full_frees_by_the_librarys_ledger(tmp_path: Path) -> None:
    steps = f"""
        [[case.step]]
        {OWES}
        [[case.step]]
        day = 7
        expect = ["claim"]
        [[case.step]]
        day = 8
        charges = [{{ id = "a", kind = "fee", outstanding = 0.01 }}]
        expect = ["claim"]
        [[case.step]]
        day = 9
        charges = []
        expect = []
    """
    assert rehearsed(tmp_path, "release = 'paid_in_full'\n", steps).differences == ()


def test_a_rule_named_by_a_notice_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(HEAD + CLAIM, encoding="utf-8")
    text = 'policy = "p.toml"\n[[case]]\nname = "c"\n[[case.step]]\nnotice_sent = ["clam"]\nexpect = []\n'
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    tests = load_policy_tests(tmp_path / "t.toml")
    with pytest.raises(PolicyMistakes, match=r'notice_sent.*"clam" is no rule'):
        check_policy_tests(tests, load_policy_of(tests).policy)
