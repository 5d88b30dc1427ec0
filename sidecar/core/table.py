"""The table of the design, for one rule under one set of terms on one patron.

H    W, R                                   then
yes  R true and W false                     remove (also W true, if time releases)
yes  R unknown, or R true and W unknown     undecided, stays
yes  else                                   blocked, stays; without a case it is adopted
no   W false                                clear, the case is closed (unless the patron is told early: announced)
no   W unknown                              undecided, the case is kept
no   W true, no case or announced           announce, or add when that time has gone by
no   W true, case blocked                   staff lifted it: overridden, or restored
no   W true (or a debt that is latched), and   drift: the case is kept; adding a row waits for an approval
     the row is known as missing, or one that
     was ours stands under a foreign type
no   W true, case overridden                stays so until there is new evidence, then add
no   released by name in the ILS            W false or a counter reset with it: the case is closed; else overridden
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from sidecar.core.ages import next_change
from sidecar.core.drift import missed
from sidecar.core.kinds import KINDS, Judgement, Question, judge, release_is_by_time
from sidecar.core.model import (
    UNKNOWN,
    Case,
    Evidence,
    Facts,
    NoticeStatus,
    Origin,
    StaffRelease,
    Stage,
    Truth,
    Unknown,
)
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    Announce,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    IfLifted,
    PaidAndReturned,
    PaidInFull,
    Release,
    Returned,
    RuleKind,
)
from sidecar.core.released import release_that_counts
from sidecar.core.verdict import Standing, Verdict

RELEASE_REASONS: Final[Mapping[type[Release], Reason]] = {
    PaidInFull: Reason.PAID,
    BelowBlock: Reason.BELOW_LEVEL,
    AtMost: Reason.BELOW_LEVEL,
    ByStaff: Reason.STAFF_RELEASE,
    CounterReset: Reason.COUNTER_RESET,
    AfterMinutes: Reason.TIME_PASSED,
    FlagCleared: Reason.FLAG_CLEARED,
    AgencyConfirmation: Reason.AGENCY_CONFIRMED,
    Returned: Reason.RETURNED,
    PaidAndReturned: Reason.RETURNED,
}


def answer(question: Question, age: int | Unknown | None) -> Verdict:
    """What the table says under these terms. `age` is for the evidence."""
    judgement = judge(question)
    if question.rule.uses_age and isinstance(age, int):
        judgement = replace(judgement, evidence=replace(judgement.evidence, age=age))
    in_force = question.facts.in_force(question.types, question.today)
    if in_force is UNKNOWN and question.facts.etag is not None:  # the plugin is there: its rows cannot be read
        return _base(question, judgement, in_force=UNKNOWN, standing=Standing.UNDECIDED, case=question.case)
    if in_force is UNKNOWN:
        return _rows_unseen(question, judgement)
    return _row_in_force(question, judgement) if in_force else _no_row_in_force(question, judgement)


def _row_in_force(question: Question, judgement: Judgement) -> Verdict:
    """The upper half of the table."""
    case, adopted = _case_of_row(question, judgement)
    case = _seen_in_force(question, judgement, case)
    by_time = release_is_by_time(question.terms)
    base = _base(question, judgement, in_force=True, standing=Standing.BLOCKED, case=case, adopted=adopted)
    blocks, releases = judgement.blocks, judgement.releases
    if releases is True and (blocks is False or (by_time and blocks is True)):
        after = _override(question, judgement, Origin.TIME) if blocks is True else None
        return replace(
            base,
            standing=Standing.OVERRIDDEN if after else Standing.CLEAR,
            change=ChangeKind.REMOVE,
            reason=_why_released(question, judgement),
            case_after=after,
            paid=_payment_behind(question) and not _by_word(question),
        )
    if releases is UNKNOWN or (releases is True and blocks is UNKNOWN):
        return replace(base, standing=Standing.UNDECIDED)
    stood = replace(case, paid_seen=question.facts.paid_at)
    return replace(base, case_now=stood, case_after=stood, due=_release_due(question, case))


def _seen_in_force(question: Question, judgement: Judgement, case: Case) -> Case:
    """The case after a look at its row, and whether the rule would block at that look."""
    rows = question.rows_in_force
    own = question.rule.restriction_type
    return replace(
        case,
        rows=tuple(sorted(row.id for row in rows)),
        restriction_type=own if any(row.type == own for row in rows) else case.restriction_type,
        blocking_at=question.now if judgement.blocks is True else case.blocking_at,
    )


def _no_row_in_force(question: Question, judgement: Judgement) -> Verdict:
    """The lower half of the table."""
    case = _unless_lifted_by_payment(question)
    taken = _released_by_name(question, judgement) or _row_taken_away(question, judgement, case)
    if taken is not None:
        return taken
    free_or_told = case is None or case.stage is Stage.ANNOUNCED
    if judgement.blocks is False and judgement.tells is not False and free_or_told:
        return _told_early(question, judgement, case)
    if judgement.blocks is False:
        # A latched row that went without its release was taken by others, though nothing is made of a single one.
        lifted = case is not None and case is question.blocked_case and judgement.releases is not True
        return _base(question, judgement, in_force=False, standing=Standing.CLEAR, case=None, lifted=lifted)
    if judgement.blocks is UNKNOWN:
        return _base(question, judgement, in_force=False, standing=Standing.UNDECIDED, case=question.case)
    return _as_remembered(question, judgement, case)


def _as_remembered(question: Question, judgement: Judgement, case: Case | None) -> Verdict:
    """A free card that the rule blocks, by what is remembered of it."""
    if case is None or case.stage is Stage.ANNOUNCED:
        return _announce_or_add(question, judgement, case)
    if case.stage is Stage.BLOCKED:
        return _lifted_by_others(question, judgement, case)
    return _overridden(question, judgement, case)


def _released_by_name(question: Question, judgement: Judgement) -> Verdict | None:
    release = release_that_counts(question.rule, question.policy, question.facts, question.case)
    return None if release is None else replace(_released(question, judgement, release), released=release)


def _released(question: Question, judgement: Judgement, release: StaffRelease) -> Verdict:
    """A row that staff released by name in the ILS: what `cardwarden release` leaves behind. A PIN counter was set back
    with it, so what counts since then is new."""
    known = question.case
    if judgement.blocks is False:
        return _base(question, judgement, in_force=False, standing=Standing.CLEAR, case=None)
    if KINDS[question.rule.kind].reset_when_lifted:
        if judgement.blocks is UNKNOWN:
            return _base(question, judgement, in_force=False, standing=Standing.UNDECIDED, case=None)
        return _announce_or_add(question, judgement, None)
    if known is None or known.stage is not Stage.OVERRIDDEN or release.at > known.since:
        known = _override(question, judgement, Origin.STAFF)
    override = replace(known, since=min(release.at, question.now), origin=Origin.STAFF, by=release.by)
    if judgement.blocks is UNKNOWN:
        return _base(question, judgement, in_force=False, standing=Standing.UNDECIDED, case=override)
    return _overridden(question, judgement, override)


def _row_taken_away(question: Question, judgement: Judgement, case: Case | None) -> Verdict | None:
    """Where the row is neither released nor lifted by staff: missing with many others, or under a foreign type."""
    former = bool(question.facts.once_ours(question.rule.id, question.today))
    missing = case is not None and case.missing_since is not None
    if not (missing or former) or not _is_wanted_back(question, judgement, case):
        return None
    undecided = partial(_base, question, judgement, in_force=False, standing=Standing.UNDECIDED, case=case)
    if case is not None and case.stage is Stage.BLOCKED:
        return missed(undecided(), case, _text(question), question.now)
    return replace(undecided(add=Reason.DRIFT), drift=True)


def _is_wanted_back(question: Question, judgement: Judgement, case: Case | None) -> bool:
    """Whether a row would stand but for what took it away: the rule blocks and nobody lifted it (or not for what is new
    since), or a debt is not yet paid as its release wants. A PIN counter or a flag that no longer blocks says that
    somebody dealt with the card."""
    if judgement.blocks is True:
        return case is None or case.stage is not Stage.OVERRIDDEN or _comes_up_again(question, judgement, case)
    blocked = case is not None and case.stage is Stage.BLOCKED
    latched = judgement.blocks is False and judgement.releases is not True
    return blocked and latched and KINDS[question.rule.kind].on_charges


def _announce_or_add(
    question: Question, judgement: Judgement, case: Case | None, *, in_force: Truth = False
) -> Verdict:
    days = question.terms.announce_days
    if days == 0:
        return _add(question, judgement, case, Reason.REACHED, in_force=in_force)
    before = case
    if case is None:
        case = _case(question, judgement, Stage.ANNOUNCED)
    case = _noticed(question, case)
    began = case.since if question.rule.announce is Announce.AT_ONCE else case.noticed_at
    due = None if began is None else _start_of(question, _day(question, began) + timedelta(days=days))
    if due is None or question.now < due:
        return _base(question, judgement, in_force=in_force, standing=Standing.ANNOUNCED, case=case, due=due)
    return _add(question, judgement, before, Reason.ANNOUNCED_BEFORE, in_force=in_force)


def _told_early(question: Question, judgement: Judgement, case: Case | None) -> Verdict:
    """Told from a lower sum on than the one that blocks: from then on the days count, and no day is set."""
    if judgement.tells is UNKNOWN:
        return _base(question, judgement, in_force=False, standing=Standing.UNDECIDED, case=case)
    case = _noticed(question, case or _case(question, judgement, Stage.ANNOUNCED))
    return _base(question, judgement, in_force=False, standing=Standing.ANNOUNCED, case=case)


def _noticed(question: Question, case: Case) -> Case:
    """The announcement with the day its notice went out, as soon as that is known. One of an earlier announcement is
    of another debt."""
    notice = question.facts.notices.get(question.rule.id)
    if case.noticed_at is not None or notice is None or notice.status is not NoticeStatus.SENT:
        return case
    return replace(case, noticed_at=notice.at) if same_second(notice.about, case.since) else case


def same_second(one: datetime, another: datetime) -> bool:
    """Whether two moments are the same on a clock of whole seconds, as the ILS's is."""
    return int(one.timestamp()) == int(another.timestamp())


def _lifted_by_others(question: Question, judgement: Judgement, case: Case) -> Verdict:
    if question.rule.if_lifted is IfLifted.RESTORE:
        restored = _add(question, judgement, case, Reason.RESTORED)
        return replace(restored, lifted=True, case_after=_going_on(question, restored.case_after))
    override = _override(question, judgement, Origin.LIFTED)
    return _base(question, judgement, in_force=False, standing=Standing.OVERRIDDEN, case=override, lifted=True)


def _going_on(question: Question, restored: Case | None) -> Case | None:
    """A block that is put back began when it first began: a report of the agency may be older than the repair.
    Only minutes are counted anew, or the row would be put back and removed in turn."""
    if restored is None or question.case is None or release_is_by_time(question.terms):
        return restored
    return replace(restored, since=question.case.since)


def _overridden(question: Question, judgement: Judgement, case: Case) -> Verdict:
    if _comes_up_again(question, judgement, case):
        return _add(question, judgement, case, Reason.NEW_EVIDENCE)
    due = _override_expires(question, case)
    return _base(question, judgement, in_force=False, standing=Standing.OVERRIDDEN, case=case, due=due)


def _comes_up_again(question: Question, judgement: Judgement, override: Case) -> bool:
    """Whether the override is over: its days have gone by, or there is new evidence."""
    expires = _override_expires(question, override)
    return (expires is not None and question.now >= expires) or _is_new(override.evidence, judgement.evidence)


def _rows_unseen(question: Question, judgement: Judgement) -> Verdict:
    """Without the plugin some flag is set, perhaps ours: W says whether a free card would be blocked."""
    case = question.case
    if judgement.blocks is True and (case is None or case.stage is Stage.ANNOUNCED):
        return _announce_or_add(question, judgement, case, in_force=UNKNOWN)
    free = judgement.blocks is False and judgement.releases is True
    return _base(
        question, judgement, in_force=UNKNOWN, standing=Standing.CLEAR if free else Standing.UNDECIDED, case=case
    )


def _base(
    question: Question,
    judgement: Judgement,
    *,
    in_force: Truth,
    standing: Standing,
    case: Case | None,
    adopted: bool = False,
    lifted: bool = False,
    due: datetime | None = None,
    add: Reason | None = None,
) -> Verdict:
    """What was looked at, and the case that is remembered of it. Without a change, unless there is a reason to add."""
    rule = question.rule
    return Verdict(
        patron=question.facts.patron.id,
        rule=rule.id,
        rule_kind=rule.kind,
        restriction_type=rule.restriction_type,
        types=question.types,
        standing=standing,
        in_force=in_force,
        blocks=judgement.blocks,
        releases=judgement.releases,
        evidence=judgement.evidence,
        terms=question.terms,
        case_before=question.case,
        change=None if add is None else ChangeKind.ADD,
        reason=add,
        case_now=case,
        case_after=case if add is None else _block(question, judgement),
        adopted=adopted,
        lifted=lifted,
        due=due,
        next_age=_next_age(question),
    )


def _next_age(question: Question) -> datetime | None:
    day = next_change(question.rule, question.facts, question.today)
    return None if day is None else _start_of(question, day)


def _add(
    question: Question, judgement: Judgement, case: Case | None, reason: Reason, *, in_force: Truth = False
) -> Verdict:
    return _base(question, judgement, in_force=in_force, standing=Standing.BLOCKED, case=case, add=reason)


def _block(question: Question, judgement: Judgement) -> Case:
    """A block that begins now, with our text."""
    return _case(question, judgement, Stage.BLOCKED, comment=_text(question), blocking_at=question.now)


def _text(question: Question) -> str:
    return question.policy.text(question.terms.texts, question.facts.patron.language)


def _case(
    question: Question,
    judgement: Judgement,
    stage: Stage,
    *,
    comment: str | None = None,
    blocking_at: datetime | None = None,
) -> Case:
    return Case(
        patron=question.facts.patron.id,
        rule=question.rule.id,
        stage=stage,
        since=question.now,
        seen_at=question.now if stage is Stage.BLOCKED else None,
        evidence=judgement.evidence,
        highest=judgement.evidence.attempts if stage is Stage.BLOCKED else None,
        comment=comment,
        restriction_type=question.rule.restriction_type,
        blocking_at=blocking_at,
    )


def _override(question: Question, judgement: Judgement, origin: Origin) -> Case:
    case = replace(_case(question, judgement, Stage.OVERRIDDEN), origin=origin)
    return replace(case, evidence=evidence_of_override(question.facts, judgement.evidence, question.rule.kind))


def evidence_of_override(facts: Facts, evidence: Evidence, kind: RuleKind) -> Evidence:
    """What staff saw when they lifted a block: every open charge, also those that today's policy does not count."""
    lines = KINDS[kind].all_that_staff_saw(facts)
    return evidence if lines is None else replace(evidence, lines=lines)


def _case_of_row(question: Question, judgement: Judgement) -> tuple[Case, bool]:
    """The case behind a row that is in force, and whether it had to be adopted."""
    if question.blocked_case is not None:
        attempts = judgement.evidence.attempts
        return question.blocked_case.seen(question.now, UNKNOWN if attempts is None else attempts), False
    adopted = _case(question, judgement, Stage.BLOCKED)
    if release_is_by_time(question.terms):  # minutes count from the cycle that first saw the row
        return adopted, True
    return replace(adopted, since=question.block_began or question.now), True


def _unless_lifted_by_payment(question: Question) -> Case | None:
    """A row of a debt rule gone with everything settled since we last saw it ended by payment: no case."""
    case, settled = question.case, question.facts.settled_at
    if case is None or case.stage is not Stage.BLOCKED or not KINDS[question.rule.kind].settled_by_payment:
        return case
    seen = case.seen_at or case.since
    return None if settled is not None and settled > seen else case


def _is_new(known: Evidence, present: Evidence) -> bool:
    """Whether something came up that staff did not see when they lifted the block.

    A line that was not open, a counted sum at least doubled, a PIN counter above the recorded one. A flag that
    was cleared in between has ended the override already.
    """
    if "charges" not in known.unknown and set(present.lines) - set(known.lines):
        return True
    if present.counted is not None and known.counted is not None and present.counted >= 2 * known.counted > 0:
        return True
    return present.attempts is not None and known.attempts is not None and present.attempts > known.attempts


def _override_expires(question: Question, case: Case) -> datetime | None:
    days = question.rule.override_days
    return None if days is None else _start_of(question, _day(question, case.since) + timedelta(days=days))


def _release_due(question: Question, case: Case) -> datetime | None:
    release = question.terms.release
    return case.since + timedelta(minutes=release.minutes) if isinstance(release, AfterMinutes) else None


def _day(question: Question, moment: datetime) -> date:
    return moment.astimezone(question.policy.time_zone).date()


def _start_of(question: Question, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=question.policy.time_zone)


def _why_released(question: Question, judgement: Judgement) -> Reason:
    if question.rule.retired:
        return Reason.RETIRED
    if question.terms.exempt:
        return Reason.EXEMPT
    ended = KINDS[question.rule.kind].why_released(question)
    if ended is not None:
        return ended
    if isinstance(question.terms.release, PaidInFull) and (judgement.evidence.owed or 0) > 0:
        return Reason.SETTLED
    return RELEASE_REASONS[type(question.terms.release)]


def _by_word(question: Question) -> bool:
    """Whether it is the claim's end that frees, whatever was paid to the library."""
    return KINDS[question.rule.kind].why_released(question) is not None


def _payment_behind(question: Question) -> bool:
    """Whether the plugin saw a payment since the block was last looked at and stood, for a rule that money releases.

    An older one does not explain why it ends now: what does may be a category, a date of birth, a policy.
    """
    paid, began, case = question.facts.paid_at, question.block_began, question.blocked_case
    by_money = KINDS[question.rule.kind].on_charges and not question.rule.retired and not question.terms.exempt
    if not by_money or paid is None or began is None or paid < began:
        return False
    return case is None or case.paid_seen is None or paid > case.paid_seen
