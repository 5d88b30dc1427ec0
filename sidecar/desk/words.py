"""The words of an answer: what blocks, why it ends, what holds it back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.core.model import Kind
from sidecar.core.plan import Reason
from sidecar.desk.answer import Answer, Block, Cause, Hindrance, Offer, Part, Source, Wait
from sidecar.language import _, calendar_day, full_stop, gettext_noop, listed, money, ngettext, since
from sidecar.language.kinds import KINDS
from sidecar.language.terms import CHARGE_KINDS, charge_kinds

REASONS: Final[Mapping[Reason, str]] = {
    Reason.PAID: gettext_noop("paid in full"),
    Reason.SETTLED: gettext_noop("everything was paid"),
    Reason.BELOW_LEVEL: gettext_noop("enough is paid"),
    Reason.COUNTER_RESET: gettext_noop("the counter of wrong PINs went down"),
    Reason.TIME_PASSED: gettext_noop("its time has gone by"),
    Reason.FLAG_CLEARED: gettext_noop("the card is no longer reported lost"),
    Reason.AGENCY_CONFIRMED: gettext_noop("the collection office reported it paid"),
    Reason.CLAIM_ENDED: gettext_noop("the claim ended without a payment"),
    Reason.RETURNED: gettext_noop("everything is brought back"),
    Reason.EXEMPT: gettext_noop("an exception in the rules exempts the patron"),
    Reason.RETIRED: gettext_noop("the library no longer uses the rule"),
}
BRAKES: Final[Mapping[Brake, str]] = {
    Brake.ADDITIONS: gettext_noop("held back by the brake on new blocks until somebody approves it"),
    Brake.PIN_ADDITIONS: gettext_noop("held back by the brake on new PIN blocks until somebody approves it"),
    Brake.REMOVALS: gettext_noop("held back by the brake on lifted blocks until somebody approves it"),
    Brake.OFFICE_RELEASES: gettext_noop(
        "held back by the brake on the collection office's word until somebody approves it"
    ),
    Brake.AMENDMENTS: gettext_noop("held back by the limit of new texts"),
    Brake.FIRST_CYCLE: gettext_noop("held back until somebody approves the first blocks of the rule"),
    Brake.MISFIT: gettext_noop("held back because the rules do not fit the library system"),
    Brake.DRIFT: gettext_noop("held back until somebody approves it"),
    Brake.RELEASE_ONLY: gettext_noop("held back because blocks are only lifted at present, and none is set"),
}
HINDRANCES: Final[Mapping[Hindrance, str]] = {
    Hindrance.PAUSED: gettext_noop("Waits: writing is paused."),
    Hindrance.PAUSED_IN_ILS: gettext_noop("Waits: writing is paused on the plugin's page in Koha."),
    Hindrance.DRY_RUN: gettext_noop("A dry run: nothing is written."),
    Hindrance.NO_PLUGIN: gettext_noop("Nothing can be written: Koha has no Cardwarden plugin."),
}


def cause_words(cause: Cause) -> str:
    """What a rule blocks for, to begin a line with."""
    return _(KINDS[cause.kind].cause, rule=cause.rule, kinds=charge_kinds(cause.kinds) if cause.kinds else "")


def offer_words(offer: Offer) -> str:
    """What staff may release, as the heading of a form."""
    return _(KINDS[offer.kind].cause, rule=offer.rule, kinds="")


def source_words(block: Block) -> str:  # noqa: PLR0911 - one line per source
    """Whose a block is, to begin a line with."""
    match block.source:
        case Source.STAFF if block.since is not None:
            day = calendar_day(block.since.date())
            return _("A restriction that staff set on {day} ({type})", day=day, type=block.restriction_type)
        case Source.STAFF:
            return _("A restriction that staff set ({type})", type=block.restriction_type)
        case Source.FORMER:
            return _("A block that was Cardwarden's and now stands as {type}", type=block.restriction_type)
        case Source.ORPHAN:
            return _("A block of a rule that the library no longer has ({type})", type=block.restriction_type)
        case Source.OUT_OF_SCOPE:
            return _("A block from when the rules applied to the patron ({type})", type=block.restriction_type)
        case Source.FLAG:
            return _("A mark on the card that no restriction stands behind")
        case Source.UNSEEN:
            return _("A restriction of which it cannot be seen whose it is")
        case Source.RULE:
            return block.restriction_type if block.cause is None else cause_words(block.cause)


def block_line(block: Block, answer: Answer) -> str:
    """A block with its numbers, and since when."""
    parts = [source_words(block)]
    if block.cause is not None:
        parts += _numbers(block.cause, answer)
    if block.counted_then is not None and block.cause is not None and block.counted_then != block.cause.counted:
        parts.append(_("{sum} when it was blocked", sum=money(block.counted_then, answer.currency)))
    if block.since is not None and block.source is not Source.STAFF:
        parts.append(since(block.since, answer.zone, answer.as_of.astimezone(answer.zone).date()))
    return full_stop(", ".join(parts))


def _numbers(cause: Cause, answer: Answer) -> list[str]:
    if cause.attempts is not None:
        return [ngettext("{number} wrong PIN", "{number} wrong PINs", cause.attempts)]
    if cause.counted is None or not cause.kinds:
        return []
    return [_("{sum} counted", sum=money(cause.counted, answer.currency))]


def part_words(parts: tuple[Part, ...], answer: Answer) -> str:
    """What is to be paid in charges of each kind."""
    return listed(
        _("{sum} in {kind}", sum=money(part.minor, answer.currency), kind=_(CHARGE_KINDS[part.kind])) for part in parts
    )


def sum_of_cause(minor: int, cause: Cause, answer: Answer) -> str:
    """A sum in the charges that a rule counts, which are named unless they are all."""
    total = money(minor, answer.currency)
    if cause.kinds == frozenset(Kind):
        return total
    return _("{sum} in {kind}", sum=total, kind=charge_kinds(cause.kinds))


def wait_words(wait: Wait, answer: Answer) -> str:
    """What everything waits for."""
    if wait.hindrance is Hindrance.PAUSED and wait.since is not None:
        today = answer.as_of.astimezone(answer.zone).date()
        return _("Waits: writing is paused {since}.", since=since(wait.since, answer.zone, today))
    return _(HINDRANCES[wait.hindrance])


def soon(answer: Answer) -> str:
    """When the next cycle has done what it does."""
    if answer.waits:
        return _("as soon as Cardwarden may write")
    if answer.within is None:
        return _("the next time that Cardwarden runs")
    return ngettext("within a minute", "within {number} minutes", max(1, -(-answer.within // timedelta(minutes=1))))
