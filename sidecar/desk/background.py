"""The lines behind an answer: what people did, what cannot be said, what is owed and paid, what is history."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.model import Origin
from sidecar.desk.answer import BY_NAME, UNSEEN, Answer, Lifted, NotCounted, Omission
from sidecar.desk.forms import day_of, joined, sum_of, when_of
from sidecar.desk.words import cause_words
from sidecar.language import _, calendar_day, gettext_noop, listed
from sidecar.language.terms import CHARGE_KINDS, charge_kinds, unknown_facts

_LIFTED: Final[Mapping[Origin, str]] = {
    Origin.LIFTED: gettext_noop("{cause}: lifted by staff in Koha, as seen {when}."),
    Origin.RELEASED: gettext_noop("{cause}: released by staff ({by}) {when}."),
    Origin.STAFF: gettext_noop("{cause}: released by staff in Koha ({by}) {when}."),
    Origin.TIME: gettext_noop("{cause}: ended {when}, when its time had gone by."),
    Origin.UNDONE: gettext_noop("{cause}: undone ({by}) {when}."),
    Origin.DRIFT_ACCEPTED: gettext_noop(
        "{cause}: vanished with others, and accepted as lifted by staff ({by}) {when}."
    ),
}


def lifted_lines(answer: Answer) -> Iterator[str]:
    """Blocks that were lifted and stay so, and releases by name that something new has come up since."""
    for each in answer.lifted:
        yield _lifted(each, answer)
    told = {each.cause.rule for each in answer.lifted if each.origin in BY_NAME}
    for release in answer.released:
        if release.rule not in told:
            line = _(
                "Rule {rule}: released by staff ({by}) {when}.",
                rule=release.rule,
                by=release.staff,
                when=when_of(release.at, answer),
            )
            yield joined(line, _id_seen(seen=release.photo_id_checked), *_why(release.reason))
    for missing in answer.missing:
        sentence = (
            _(
                "{cause}: the block stands under a type that is no longer Cardwarden's; no second one is set unasked.",
                cause=cause_words(missing.cause),
            )
            if missing.former
            else _(
                "{cause}: the block vanished with many others; it is put back only if somebody approves it.",
                cause=cause_words(missing.cause),
            )
        )
        yield sentence


def _lifted(each: Lifted, answer: Answer) -> str:
    by = each.by or _("no name known")
    line = _(_LIFTED[each.origin], cause=cause_words(each.cause), by=by, when=when_of(each.since, answer))
    if each.photo_id_checked is not None:
        line = joined(line, _id_seen(seen=each.photo_id_checked), *_why(each.reason))
    if each.until is None:
        return joined(line, _("It stays lifted until something new comes up."))
    until = _("It stays lifted until something new comes up, and at most until {day}.", day=day_of(each.until, answer))
    return joined(line, until)


def _id_seen(*, seen: bool) -> str:
    return _("Photo ID was seen.") if seen else _("It is not on record that photo ID was seen.")


def _why(reason: str) -> Iterator[str]:
    if reason:
        yield _("Reason given: {reason}.", reason=reason.rstrip("."))


# Money, and what is not known


def unclear_lines(answer: Answer) -> Iterator[str]:
    """Rules that cannot answer, and why."""
    if answer.in_scope is False:
        yield _("The patron is out of scope: the library applies no rule to this card.")
    for each in answer.unclear:
        if each.unknown != UNSEEN:
            unknown = unknown_facts(each.unknown)
            yield _("{cause}: cannot be said, because {unknown}.", cause=cause_words(each.cause), unknown=unknown)
    unseen = [each for each in answer.unclear if each.unknown == UNSEEN]
    if unseen:
        yield _("Whose the restrictions are cannot be seen without the plugin in Koha.")
        would = [each.cause.rule for each in unseen if each.would_block is True]
        if would:
            yield _("Rules that would block the card if it were free: {rules}.", rules=listed(would))
        else:
            yield _("No rule would block the card if it were free.")


def money_lines(answer: Answer) -> Iterator[str]:
    """Payments seen, and what is left of which charge."""
    account = answer.money
    if account.settled_at is not None:
        yield _("Everything was paid {when}.", when=when_of(account.settled_at, answer))
    if account.paid_at is not None and account.paid_at != account.settled_at:
        yield _("The last payment was seen {when}.", when=when_of(account.paid_at, answer))
    if account.owed:
        yield _("Still owed: {sum}.", sum=sum_of(account.owed, answer))
    for charge in account.charges or ():
        kind = _(CHARGE_KINDS[charge.kind])
        if charge.incurred is None:
            yield _("{sum} in {kind} ({type}).", sum=sum_of(charge.minor, answer), kind=kind, type=charge.type)
        else:
            day = calendar_day(charge.incurred)
            yield _(
                "{sum} in {kind} ({type}) of {day}.",
                sum=sum_of(charge.minor, answer),
                kind=kind,
                type=charge.type,
                day=day,
            )
    if account.credit:
        yield _("Credit that is not used yet: {sum}.", sum=sum_of(account.credit, answer))


def not_counted_lines(answer: Answer) -> Iterator[str]:
    """What the rules leave out, and why."""
    for each in answer.not_counted:
        yield _not_counted(each, answer)


def _not_counted(each: NotCounted, answer: Answer) -> str:
    rules = listed(each.rules)
    if each.why is Omission.FRACTION:
        return _("Fractions of the smallest coin: every sum is rounded.")
    if each.why is Omission.CREDIT:
        return _("{sum} of credit: not set off by rule {rules}.", sum=sum_of(each.minor, answer), rules=rules)
    return _(
        "{sum} in {kinds}: not counted by rule {rules}.",
        sum=sum_of(each.minor, answer),
        kinds=charge_kinds(each.kinds),
        rules=rules,
    )


def history_lines(answer: Answer) -> Iterator[str]:
    """Rules that hold nothing against the card, in one line, and rows that have ended."""
    if answer.clear:
        yield _("Rules with nothing against the card: {rules}.", rules=listed(cause.rule for cause in answer.clear))
    for row in answer.ended:
        day = "" if row.ended is None else calendar_day(row.ended)
        if row.ours:
            yield _("A block of Cardwarden's that ended on {day} ({type}).", day=day, type=row.restriction_type)
        else:
            yield _("A restriction by staff that ended on {day} ({type}).", day=day, type=row.restriction_type)
