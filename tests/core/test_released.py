"""What staff released by name in the ILS: an override with their name, neither an unnamed lifting nor drift."""

from dataclasses import replace
from datetime import datetime

import pytest

from sidecar.core.decide import decide
from sidecar.core.drift import is_drift, separate_drift, vanished_rows
from sidecar.core.kinds import wants_photo_id
from sidecar.core.model import UNKNOWN, Case, Facts, Origin, StaffRelease, Stage, Truth
from sidecar.core.past import former_rows
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import IfLifted, Rule, Scope
from sidecar.core.released import answered_releases
from sidecar.core.verdict import Standing, Verdict

from .builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    STAFF,
    case,
    clause,
    collection_rule,
    debt_rule,
    facts,
    fee,
    lost_rule,
    pin_rule,
    policy,
    row,
    terms,
    verdict_of,
)

LOST, PIN, DEBT = lost_rule(release=STAFF), pin_rule(), debt_rule()
OWING = [fee("300.00")]


def release(rule: Rule = LOST, at: datetime = NOW - HOUR, number: str = "3", **more: object) -> StaffRelease:
    known: dict[str, object] = {"restriction_type": rule.restriction_type, "rule": rule.id, "staff": "52"}
    return StaffRelease(number, photo_id_checked=True, at=at, **(known | more))  # type: ignore[arg-type]


def lost(*releases: StaffRelease, **known: object) -> Facts:
    """A card that is still reported lost."""
    return facts(card_lost=True, staff_releases=releases, **known)  # type: ignore[arg-type]


BLOCKED = case(LOST, since=NOW - 3 * DAY, seen_at=NOW - DAY)


def test_the_case_is_an_override_with_the_name_that_the_ils_knows() -> None:
    verdict = verdict_of(LOST, lost(release()), BLOCKED)
    assert (verdict.standing, verdict.change) == (Standing.OVERRIDDEN, None)
    assert verdict.case_now is not None
    kept = verdict.case_now
    assert (kept.stage, kept.origin, kept.by, kept.since) == (Stage.OVERRIDDEN, Origin.STAFF, "koha:52", NOW - HOUR)
    assert kept.evidence.card_lost is True


def test_it_is_not_taken_for_an_unnamed_lifting() -> None:
    verdict = verdict_of(LOST, lost(release()), BLOCKED)
    assert not verdict.lifted
    assert verdict.released == release()
    assert verdict_of(LOST, lost(), BLOCKED).lifted, "without the release it is"


def test_the_override_holds_in_the_next_cycles_though_the_rule_would_block() -> None:
    kept = verdict_of(LOST, lost(release()), BLOCKED).case_now
    for known in (lost(release()), lost()):
        later = verdict_of(LOST, known, kept, now=NOW + HOUR)
        assert (later.standing, later.change, later.case_now) == (Standing.OVERRIDDEN, None, kept)
        assert later.released is None, "it is known already"


def test_where_the_rule_no_longer_blocks_the_case_is_closed() -> None:
    verdict = verdict_of(LOST, facts(staff_releases=(release(),)), BLOCKED)
    assert (verdict.standing, verdict.case_now, verdict.lifted) == (Standing.CLEAR, None, False)


def test_where_it_is_not_known_whether_the_rule_blocks_the_name_is_kept() -> None:
    known = facts(card_lost=UNKNOWN, staff_releases=(release(),))
    verdict = verdict_of(LOST, known, BLOCKED)
    assert verdict.standing is Standing.UNDECIDED
    assert verdict.case_now is not None
    assert verdict.case_now.by == "koha:52"
    assert verdict_of(LOST, lost(), verdict.case_now, now=NOW + HOUR).standing is Standing.OVERRIDDEN


@pytest.mark.parametrize("flag", [True, False, UNKNOWN])
def test_whatever_the_facts_say_no_row_is_in_force_after_it(flag: Truth) -> None:
    verdict = verdict_of(LOST, facts(card_lost=flag, staff_releases=(release(),)), BLOCKED)
    assert (verdict.released, verdict.in_force) == (release(), False)


def test_a_lost_journal_does_not_block_whom_staff_released() -> None:
    verdict = verdict_of(LOST, lost(release()), None)
    assert (verdict.standing, verdict.change) == (Standing.OVERRIDDEN, None)


def test_a_pin_counter_was_set_back_with_the_release_so_what_it_counts_now_is_new() -> None:
    remembered = case(PIN, since=NOW - 3 * DAY)
    free = verdict_of(PIN, facts(failed_pin=0, staff_releases=(release(PIN),)), remembered)
    again = verdict_of(PIN, facts(failed_pin=5, staff_releases=(release(PIN),)), remembered)
    assert (free.standing, free.case_now, free.lifted) == (Standing.CLEAR, None, False)
    assert (again.change, again.reason) == (ChangeKind.ADD, Reason.REACHED)


def test_a_pin_counter_that_cannot_be_read_leaves_nothing_to_remember_of_a_released_block() -> None:
    verdict = verdict_of(PIN, facts(failed_pin=UNKNOWN, staff_releases=(release(PIN),)), case(PIN))
    assert (verdict.standing, verdict.in_force, verdict.change) == (Standing.UNDECIDED, False, None)
    assert (verdict.case_now, verdict.case_after) == (None, None)


def test_two_releases_of_two_rules_are_each_of_their_own() -> None:
    known = lost(release(), release(PIN, number="4", staff="53"))
    cases = {"lost": BLOCKED, "pin": case(PIN)}
    one, other = decide(known, cases, policy(LOST, PIN), NOW).verdicts
    assert one.case_now is not None
    assert (one.case_now.by, other.case_now, other.lifted) == ("koha:52", None, False)
    assert [verdict.released.id for verdict in (one, other) if verdict.released] == ["3", "4"]


def test_of_two_releases_of_one_rule_the_later_counts() -> None:
    verdict = verdict_of(LOST, lost(release(), release(at=NOW - MINUTE, number="4", staff="7")), BLOCKED)
    assert verdict.case_now is not None
    assert (verdict.case_now.by, verdict.case_now.since) == ("koha:7", NOW - MINUTE)


def test_a_release_of_a_rule_that_the_policy_no_longer_has_changes_nothing() -> None:
    known = lost(replace(release(), restriction_type="CW_OLD", rule="old"), rows=[row("CW_LOST")])
    assert verdict_of(LOST, known, BLOCKED).standing is Standing.BLOCKED
    assert answered_releases(known, [verdict_of(LOST, known, BLOCKED)]) == known.staff_releases


def test_a_rule_that_has_another_name_now_is_known_by_its_type() -> None:
    known = lost(replace(release(), rule="mistet"))
    verdict = verdict_of(LOST, known, BLOCKED)
    assert verdict.case_now is not None
    assert verdict.case_now.by == "koha:52"


def test_a_rule_that_the_policy_has_is_known_by_its_name_whatever_type_the_release_names() -> None:
    of_lost, of_pin = release(restriction_type="CW_FORMER"), release(PIN, number="4", restriction_type="CW_LOST")
    assert verdict_of(LOST, lost(of_lost), BLOCKED).released == of_lost
    one, other = decide(lost(of_pin), {"lost": BLOCKED, "pin": case(PIN)}, policy(LOST, PIN), NOW).verdicts
    assert (one.released, other.released) == (None, of_pin)


def test_staff_cannot_lift_a_claim() -> None:
    rule = collection_rule()
    known = facts(charges=OWING, staff_releases=(release(rule),))
    verdict = verdict_of(rule, known, case(rule, since=NOW - 9 * DAY))
    assert (verdict.change, verdict.released) == (ChangeKind.ADD, None)


def test_a_release_by_name_holds_though_unnamed_liftings_are_put_back() -> None:
    rule = lost_rule(release=STAFF, if_lifted=IfLifted.RESTORE)
    assert verdict_of(rule, lost(release()), BLOCKED).change is None
    assert verdict_of(rule, lost(), BLOCKED).change is ChangeKind.ADD


def test_an_override_ends_after_its_days_counted_from_the_release() -> None:
    rule = lost_rule(release=STAFF, override_days=2)
    assert verdict_of(rule, lost(release()), BLOCKED).due is not None
    assert verdict_of(rule, lost(release(at=NOW - 2 * DAY - HOUR)), BLOCKED).change is ChangeKind.ADD


# What is later than the release


def test_a_row_that_stands_again_blocks() -> None:
    verdict = verdict_of(LOST, lost(release(rows=("gone",)), rows=[row("CW_LOST")]), BLOCKED)
    assert verdict.standing is Standing.BLOCKED
    assert verdict.released is None


def test_a_block_that_began_after_the_release_and_went_unnamed_is_an_unnamed_lifting() -> None:
    began = case(LOST, since=NOW - MINUTE)
    assert verdict_of(LOST, lost(release()), began).lifted
    other_row = verdict_of(LOST, lost(release(rows=("40",))), replace(began, rows=("41",)))
    assert (other_row.lifted, other_row.released) == (True, None)


def test_a_row_that_the_release_took_tells_more_than_a_clock_that_was_put_back() -> None:
    began = case(LOST, since=NOW - MINUTE, rows=("41",))
    assert verdict_of(LOST, lost(release(rows=("41",))), began).released is not None


def test_a_release_in_the_very_second_in_which_the_block_began_counts() -> None:
    verdict = verdict_of(LOST, lost(release(at=BLOCKED.since)), BLOCKED)
    assert (verdict.released is not None, verdict.standing) == (True, Standing.OVERRIDDEN)
    assert verdict.case_now is not None
    assert verdict.case_now.stage is Stage.OVERRIDDEN


def test_an_override_of_later_goes_on_and_one_of_before_is_renewed() -> None:
    remembered = case(LOST, Stage.OVERRIDDEN, since=NOW - 2 * HOUR, origin=Origin.RELEASED, by="AB")
    later = replace(remembered, since=NOW - MINUTE)
    assert _by(verdict_of(LOST, lost(release()), later)) == "AB"
    assert _by(verdict_of(LOST, lost(release()), remembered)) == "koha:52"


def test_a_lifting_that_was_seen_before_its_name_gets_it_and_keeps_its_evidence() -> None:
    seen = verdict_of(LOST, lost(), BLOCKED, now=NOW - MINUTE).case_now
    assert seen is not None
    verdict = verdict_of(LOST, lost(release()), seen)
    assert verdict.case_now == replace(seen, since=NOW - HOUR, origin=Origin.STAFF, by="koha:52")


@pytest.mark.parametrize("at", [NOW - HOUR, NOW - MINUTE])
def test_what_staff_saw_when_the_lifting_was_seen_is_what_they_saw(at: datetime) -> None:
    both = [*OWING, fee("9.00", "2")]
    seen = verdict_of(DEBT, facts(charges=both), case(DEBT, since=NOW - 9 * DAY), now=NOW - MINUTE).case_now
    assert seen is not None
    kept = verdict_of(DEBT, facts(charges=OWING, staff_releases=(release(DEBT, at=at),)), seen).case_now
    assert kept is not None
    assert (kept.evidence.lines, kept.since) == (("fee1", "fee2"), at)


def test_what_was_released_before_everything_was_paid_is_over() -> None:
    remembered = case(DEBT, since=NOW - 9 * DAY, seen_at=NOW - 5 * DAY)
    known = facts(charges=OWING, staff_releases=(release(DEBT, at=NOW - 4 * DAY),))
    assert verdict_of(DEBT, known, remembered).standing is Standing.OVERRIDDEN
    paid = replace(known, settled_at=NOW - 3 * DAY, paid_at=NOW - 3 * DAY)
    assert verdict_of(DEBT, paid, remembered).change is ChangeKind.ADD
    at_once = replace(known, settled_at=NOW - 4 * DAY, paid_at=NOW - 4 * DAY)
    assert verdict_of(DEBT, at_once, remembered).standing is Standing.OVERRIDDEN, "paid as it was released"


def test_after_days_without_a_cycle_the_evidence_is_that_of_the_first_look() -> None:
    remembered = case(DEBT, since=NOW - 9 * DAY, seen_at=NOW - 5 * DAY)
    known = facts(charges=[*OWING, fee("9.00", "2")], staff_releases=(release(DEBT, at=NOW - 4 * DAY),))
    kept = verdict_of(DEBT, known, remembered).case_now
    assert kept is not None
    assert (kept.since, kept.evidence.lines) == (NOW - 4 * DAY, ("fee1", "fee2"))


def test_a_release_dated_in_the_future_is_of_now() -> None:
    kept = verdict_of(LOST, lost(release(at=NOW + DAY)), BLOCKED).case_now
    assert kept is not None
    assert kept.since == NOW


def test_where_terms_differ_for_want_of_an_age_the_name_is_kept_all_the_same() -> None:
    young = clause(terms(STAFF, exempt=True), under=18)
    rule = lost_rule(release=STAFF, exceptions=(young,))
    verdict = verdict_of(rule, lost(release(), born=UNKNOWN), BLOCKED)
    assert verdict.standing is Standing.UNDECIDED
    assert _by(verdict) == "koha:52"


# Photo ID


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (PIN, True),
        (LOST, True),
        (replace(LOST, photo_id=False), False),
        (lost_rule(), False),
        (debt_rule(release=STAFF), False),
    ],
    ids=["PIN", "lost card", "not by this policy", "the flag releases it", "debt"],
)
def test_photo_id_is_wanted_where_staff_release_a_card_of_which_it_is_in_doubt_who_holds_it(
    rule: Rule, wanted: bool
) -> None:
    assert wants_photo_id(rule, rule.terms) is wanted


# Drift


def vanished(number: int, *releases: StaffRelease) -> Facts:
    return replace(lost(*releases), patron=replace(lost().patron, id=str(number)))


def decided(known: Facts) -> object:
    return decide(known, {"lost": replace(BLOCKED, patron=known.patron.id)}, policy(LOST), NOW)


def test_rows_released_by_name_are_not_counted_as_drift() -> None:
    named = [decided(vanished(number, release(number=str(number)))) for number in range(60)]
    assert vanished_rows(named) == []  # type: ignore[arg-type]
    assert not is_drift(named)  # type: ignore[arg-type]


def test_among_sixty_rows_that_vanished_the_released_one_is_an_override_and_the_others_are_drift() -> None:
    known = [decided(vanished(number)) for number in range(60)] + [decided(vanished(99, release()))]
    *others, named = separate_drift(known, policy(LOST), NOW)  # type: ignore[arg-type, type-var]
    assert all(each.verdicts[0].drift for each in others)
    assert (named.verdicts[0].standing, named.verdicts[0].drift) == (Standing.OVERRIDDEN, False)


def test_a_lifting_whose_name_is_known_is_not_turned_back_into_drift() -> None:
    seen = replace(BLOCKED, stage=Stage.OVERRIDDEN, origin=Origin.LIFTED, since=NOW - MINUTE)
    known = decide(lost(release()), {"lost": seen}, policy(LOST), NOW)
    vanished_lately = {("7", "lost"), *((str(number), "lost") for number in range(60))}
    (after,) = separate_drift([known], policy(LOST), NOW, vanished=vanished_lately)
    assert (after.verdicts[0].drift, _by(after.verdicts[0])) == (False, "koha:52")


def test_a_release_ends_drift_that_was_open_and_a_row_that_stood_under_a_foreign_type() -> None:
    missing = replace(BLOCKED, missing_since=NOW - DAY)
    former = replace(row("MANUAL", ours=False), once_of="lost")
    for known, remembered in ((lost(release()), missing), (lost(release(), rows=[former]), BLOCKED)):
        verdict = verdict_of(LOST, known, remembered)
        assert (verdict.standing, verdict.drift, _by(verdict)) == (Standing.OVERRIDDEN, False, "koha:52")
        assert verdict.case_now is not None
        assert verdict.case_now.missing_since is None
    assert former_rows([lost(release(), rows=[former])]) == {"7": {former.id: "lost"}}


# Which releases have been answered


def test_a_release_waits_while_rows_cannot_be_told_or_still_stand() -> None:
    unread = lost(release(), rows=UNKNOWN, etag="e")
    torn = lost(release(rows=("row1-CW_LOST",)), rows=[row("CW_LOST")])
    gone = lost(release(rows=("row1-CW_LOST",)))
    for known, answered in ((unread, False), (torn, False), (gone, True)):
        assert (answered_releases(known, [verdict_of(LOST, known, BLOCKED)]) != ()) is answered


def test_of_a_patron_out_of_scope_every_release_is_answered() -> None:
    known = lost(release())
    decision = decide(known, {"lost": BLOCKED}, policy(LOST), NOW, Scope(never=frozenset({"7"})))
    assert answered_releases(known, decision.verdicts) == (release(),)


def _by(verdict: Verdict) -> str:
    kept: Case | None = verdict.case_now
    return "" if kept is None else kept.by
