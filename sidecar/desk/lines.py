"""The lines of an answer: what to do, what stays, what happens by itself."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.model import UNKNOWN
from sidecar.desk.answer import (
    Announced,
    Answer,
    BringBack,
    ClearFlag,
    Coming,
    Lifting,
    Pay,
    ResetCounter,
    ShowId,
    Source,
    Stays,
    Why,
)
from sidecar.desk.forms import day_of, joined, sum_of, when_of
from sidecar.desk.words import BRAKES, REASONS, cause_words, part_words, soon, source_words, sum_of_cause, wait_words
from sidecar.language import _, gettext_noop, listed
from sidecar.language.claims import waiting_sentence
from sidecar.language.kinds import KINDS
from sidecar.language.terms import unknown_facts

_STAYS: Final[Mapping[Why, str]] = {
    Why.STAFF: gettext_noop("{what}: only staff can lift it."),
    Why.AGENCY: gettext_noop(
        "{what}: ends when the collection office reports all of it paid; the library cannot lift it."
    ),
    Why.OUT_OF_SCOPE: gettext_noop("{what}: no rule ends it; staff can remove it."),
    Why.ADMINISTRATOR: gettext_noop("{what}: no rule ends it; the administrator can remove it."),
    Why.FLAG: gettext_noop("{what}: staff put it right by saving the patron's record."),
    Why.UNSEEN: gettext_noop("{what}: what ends it cannot be said without the plugin in Koha."),
    Why.ORDER: gettext_noop("{what}: stays or not, as that is done before or after the next cycle."),
    Why.RULE: gettext_noop("{what}: stays until its rule lets it end."),
    Why.TIME: gettext_noop("{what}: ends by itself when its time has gone by."),
}
_FORMER: Final = gettext_noop("{what}: only staff can remove it, in Koha.")

# What to do, and what then


def step_lines(answer: Answer) -> Iterator[str]:
    """The steps, in order."""
    for step in answer.steps:
        match step:
            case Pay():
                yield _pay(step, answer)
            case ShowId():
                yield _(KINDS[step.kind].to_the_desk)
            case ResetCounter():
                yield _("For the PIN block: use the right PIN, or let staff set the counter of wrong PINs to 0.")
            case BringBack(everything=True):
                yield _("Bring back or renew everything that is overdue.")
            case BringBack():
                yield _("Bring back or renew what is overdue.")
            case ClearFlag(lost=False):
                yield _("For the mark on the card: let staff put the patron's record right.")
            case ClearFlag():
                yield _("For the lost card: once it is found or replaced, let staff take the mark off the card.")


def _pay(step: Pay, answer: Answer) -> str:
    total = sum_of(step.minor, answer)
    if step.everything:
        if len(step.parts) == 1:
            return _("Pay all that is owed: {sum}.", sum=total)
        return _("Pay all that is owed: {sum}, of it {parts}.", sum=total, parts=part_words(step.parts, answer))
    if not step.several:
        return _("Pay at least {sum}.", sum=total)
    if len(step.parts) == 1:
        return _("Pay at least {parts}.", parts=part_words(step.parts, answer))
    return _("Pay at least {sum}, of it {parts}.", sum=total, parts=part_words(step.parts, answer))


def then_line(answer: Answer) -> str:
    """How the card stands when all of that is done."""
    if answer.free_then is UNKNOWN:
        return _("Whether the card is then free cannot be said.")
    if answer.free_then is True:
        return _("The card is then free {soon}.", soon=soon(answer))
    if answer.free_at is not None:
        return _("The card is then blocked by what stays, and free {when}.", when=when_of(answer.free_at, answer))
    return _("The card is then still blocked, by what stays.")


def by_hand_line(answer: Answer) -> str:
    """What staff may lift whatever is paid; nothing where that is what there is to do anyway."""
    asked = {step.rule for step in answer.steps if isinstance(step, ShowId)}
    others = [rule for rule in answer.releasable if rule not in asked]
    return _("Staff may also lift by hand what these rules block: {rules}.", rules=listed(others)) if others else ""


def stays_lines(answer: Answer) -> Iterator[str]:
    """What blocks the card all the same, and who or what ends it."""
    for each in answer.stays:
        yield _stays(each, answer)


def _stays(each: Stays, answer: Answer) -> str:
    what = source_words(each.block)
    if each.why is Why.UNKNOWN:
        return _(
            "{what}: whether it ends cannot be said, because {unknown}.", what=what, unknown=unknown_facts(each.unknown)
        )
    if each.why is Why.BRAKE:
        brake = "" if each.brake is None else _(BRAKES[each.brake])
        return _("{what}: {brake}.", what=what, brake=brake)
    if each.why is Why.TIME and each.until is not None:
        return _("{what}: ends by itself {when}.", what=what, when=when_of(each.until, answer))
    line = _(_FORMER if each.block.source is Source.FORMER else _STAYS[each.why], what=what)
    awaited = next((one for one in answer.awaited if one.rule == each.block.rule), None)
    if each.why is Why.AGENCY and awaited is not None:
        line = joined(line, waiting_sentence(awaited, answer.as_of.astimezone(answer.zone).date()))
    if each.until is None:
        return line
    return joined(line, _("As staff set it, it ends on {day}.", day=day_of(each.until, answer)))


# What happens by itself


def by_itself_lines(answer: Answer) -> Iterator[str]:
    """What the next cycle does, and what it waits for."""
    for each in answer.lifting:
        yield _lifting(each, answer)
    for coming in answer.coming:
        yield _coming(coming, answer)
    if answer.blocks or answer.coming or answer.announced:
        for wait in answer.waits:
            yield wait_words(wait, answer)
    if answer.blocks and not answer.flag_matches and not any(each.source is Source.FLAG for each in answer.blocks):
        yield _("The card is not marked as restricted, though it should be; the next full cycle puts that right.")


def _lifting(each: Lifting, answer: Answer) -> str:
    cause, reason = source_words(each.block), _(REASONS[each.reason])
    if each.at is not None:
        reason = _("{reason} {when}", reason=reason, when=when_of(each.at, answer))
    if each.brake is not None:
        return _("{cause}: {reason}; {brake}.", cause=cause, reason=reason, brake=_(BRAKES[each.brake]))
    return _("{cause}: {reason}; this block ends {soon}.", cause=cause, reason=reason, soon=soon(answer))


def _coming(each: Coming, answer: Answer) -> str:
    cause = cause_words(each.cause)
    if each.brake is not None:
        return _("{cause}: would block, but is {brake}.", cause=cause, brake=_(BRAKES[each.brake]))
    line = _("{cause}: blocks the card {soon}.", cause=cause, soon=soon(answer))
    if each.prevent is None:
        return line
    total = sum_of_cause(each.prevent, each.cause, answer)
    return joined(line, _("If at least {sum} is paid before that, it does not.", sum=total))


def announced_lines(answer: Answer) -> Iterator[str]:
    """Blocks that are to come on a day."""
    for each in answer.announced:
        yield _announced(each, answer)


def _announced(each: Announced, answer: Answer) -> str:
    cause, told = cause_words(each.cause), day_of(each.since, answer)
    if each.due is None:
        return _("{cause}: announced on {day}.", cause=cause, day=told)
    due = day_of(each.due, answer)
    if each.prevent is None:
        return _(
            "{cause}: announced on {told}; blocks on {day} unless its reason is gone by then.",
            cause=cause,
            told=told,
            day=due,
        )
    return _(
        "{cause}: announced on {told}; blocks on {day} unless at least {sum} is paid by then.",
        cause=cause,
        told=told,
        day=due,
        sum=sum_of_cause(each.prevent, each.cause, answer),
    )
