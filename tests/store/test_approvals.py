"""Plans are kept, approved once, for a day, under one policy and for one library system."""

from datetime import timedelta

import pytest

from sidecar.core.plan import Plan
from sidecar.errors import NoSuchPlan
from sidecar.store import SqlJournal

from .builders import DAY, MINUTE, NOW, POLICY, HandClock, a_cycle, add, plan_of, remove
from .conftest import Opener

PLAN = plan_of(add("1"), add("2", "pin"), remove("3"))


@pytest.fixture
def kept(journal: SqlJournal) -> Plan:
    journal.keep_plan(a_cycle(journal), PLAN, POLICY, NOW)
    return PLAN


def test_a_kept_plan_is_approved_by_its_digest(journal: SqlJournal, kept: Plan) -> None:
    approval = journal.approve(kept.digest, NOW, DAY)
    assert approval.digest == kept.digest
    assert approval.policy_digest == POLICY
    assert approval.expires == NOW + DAY
    assert approval.keys == {change.key for change in kept.changes()}
    assert journal.approvals(POLICY, NOW) == [approval]


def test_what_an_approval_would_let_go_is_told_before_it_is_given(journal: SqlJournal, kept: Plan) -> None:
    assert journal.kept_keys(kept.digest) == {change.key for change in kept.changes()}
    assert journal.kept_keys("0" * 64) == frozenset()
    assert journal.approvals(POLICY, NOW) == []


def test_the_first_eight_characters_are_enough_in_either_case(journal: SqlJournal, kept: Plan) -> None:
    assert journal.approve(f" {kept.digest[:8].upper()} ", NOW, DAY).digest == kept.digest


@pytest.mark.parametrize("typed", ["", "1234567", "not-a-digest", "%%%%%%%%", "f" * 65])
def test_what_is_no_digest_is_refused_with_what_would_be_right(journal: SqlJournal, kept: Plan, typed: str) -> None:
    with pytest.raises(NoSuchPlan, match="at least its first 8 characters"):
        journal.approve(typed, NOW, DAY)


def test_an_unknown_digest_is_refused(journal: SqlJournal, kept: Plan) -> None:
    with pytest.raises(NoSuchPlan, match="No plan with the digest 00000000 is kept: make a new dry run"):
        journal.approve("00000000", NOW, DAY)


class _Named(Plan):
    """A plan whose digest is chosen."""

    digest = "abcdef0123" + "0" * 54


def test_a_beginning_that_two_plans_share_is_refused(journal: SqlJournal) -> None:
    first, second = _Named(PLAN.entries), _Named(PLAN.entries[:1])
    type(second).digest = "abcdef0124" + "0" * 54
    journal.keep_plan(a_cycle(journal), second, POLICY, NOW)
    type(first).digest = "abcdef0123" + "0" * 54
    journal.keep_plan(a_cycle(journal), first, POLICY, NOW)
    with pytest.raises(NoSuchPlan, match="More than one kept plan begins with abcdef01: give more"):
        journal.approve("abcdef01", NOW, DAY)
    assert journal.approve("abcdef0124", NOW, DAY).keys == {change.key for change in PLAN.entries[0].changes}


def test_a_plan_of_exactly_24_hours_ago_is_approved_and_an_older_one_is_not(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW + DAY, DAY)
    with pytest.raises(NoSuchPlan, match="from 2026-03-02 09:30 UTC, more than 24 hours ago: make a new dry run"):
        journal.approve(kept.digest, NOW + DAY + timedelta(microseconds=1), DAY)


def test_the_most_recent_plan_with_a_digest_counts(journal: SqlJournal, kept: Plan) -> None:
    journal.keep_plan(a_cycle(journal), kept, "policy-2", NOW + DAY)
    approval = journal.approve(kept.digest, NOW + DAY + MINUTE, DAY)
    assert approval.policy_digest == "policy-2"
    assert approval.keys == {change.key for change in kept.changes()}


def test_an_approval_expires(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    assert journal.approvals(POLICY, NOW + DAY - timedelta(microseconds=1))
    assert not journal.approvals(POLICY, NOW + DAY)


def test_approving_twice_renews_one_approval(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    journal.approve(kept.digest, NOW + MINUTE, DAY)
    assert [approval.expires for approval in journal.approvals(POLICY, NOW)] == [NOW + MINUTE + DAY]


def test_an_approval_is_used_once(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    journal.use_approvals([kept.digest], a_cycle(journal))
    assert not journal.approvals(POLICY, NOW)


def test_a_used_approval_is_not_renewed_but_given_anew(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    journal.use_approvals([kept.digest], a_cycle(journal))
    journal.approve(kept.digest, NOW + MINUTE, DAY)
    assert len(journal.approvals(POLICY, NOW + MINUTE)) == 1


def test_using_approvals_leaves_others_alone(journal: SqlJournal, kept: Plan) -> None:
    other = plan_of(add("9"))
    journal.keep_plan(a_cycle(journal), other, POLICY, NOW)
    journal.approve(kept.digest, NOW, DAY)
    journal.approve(other.digest, NOW, DAY)
    journal.use_approvals([kept.digest], a_cycle(journal))
    assert [approval.digest for approval in journal.approvals(POLICY, NOW)] == [other.digest]


def test_an_approval_holds_under_its_own_policy_only(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    assert not journal.approvals("policy-2", NOW)


def test_a_cycle_under_another_policy_uses_up_nothing(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    journal.use_approvals([kept.digest], a_cycle(journal, policy="policy-2"))
    assert journal.approvals(POLICY, NOW)


def test_a_plan_made_before_the_journal_was_bound_cannot_be_approved(journal: SqlJournal, kept: Plan) -> None:
    journal.bind("koha-1")
    with pytest.raises(NoSuchPlan, match="another library system: make a new dry run"):
        journal.approve(kept.digest, NOW, DAY)


def test_an_approval_given_before_the_journal_was_bound_does_not_count(journal: SqlJournal, kept: Plan) -> None:
    journal.approve(kept.digest, NOW, DAY)
    journal.bind("koha-1")
    assert not journal.approvals(POLICY, NOW)


def test_an_approval_of_the_bound_installation_counts(journal: SqlJournal) -> None:
    journal.bind("koha-1")
    journal.keep_plan(a_cycle(journal), PLAN, POLICY, NOW)
    journal.approve(PLAN.digest, NOW, DAY)
    assert journal.approvals(POLICY, NOW)


def test_a_plan_that_is_made_every_cycle_is_kept_once(journal: SqlJournal, kept: Plan) -> None:
    for minutes in range(3):
        journal.keep_plan(a_cycle(journal), kept, POLICY, NOW + minutes * MINUTE)
    assert journal.approve(kept.digest, NOW + DAY + MINUTE, DAY).keys == {change.key for change in kept.changes()}


def test_an_erased_patron_comes_back_into_a_plan_that_is_made_again(journal: SqlJournal, kept: Plan) -> None:
    journal.erase_patron("1")
    left = kept.only(lambda change: change.patron != "1")
    assert len(journal.approve(left.digest, NOW, DAY).keys) == 2
    with pytest.raises(NoSuchPlan, match="make a new dry run"):
        journal.approve(kept.digest, NOW, DAY)
    journal.keep_plan(a_cycle(journal), kept, POLICY, NOW)
    assert len(journal.approve(kept.digest, NOW, DAY).keys) == 3


def test_another_process_sees_the_approval(url: str, opened: Opener, clock: HandClock) -> None:
    first, second = opened(url), opened(url)
    first.keep_plan(a_cycle(first), PLAN, POLICY, NOW)
    second.approve(PLAN.digest[:12], NOW, DAY)
    assert len(first.approvals(POLICY, NOW)) == 1
