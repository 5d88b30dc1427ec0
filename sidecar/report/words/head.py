"""The first line of every report: how many cards are blocked, what they owe, and how that compares."""

from sidecar.core.cards import Blocked
from sidecar.core.model import Currency
from sidecar.language import _, full_stop, ngettext, round_money, share, whole


def are_blocked(blocked: Blocked, total: int, currency: Currency, yesterday: int | None) -> str:
    """`212 of 5,000 cards are blocked (4.2 %), owing 119,004 DKK; 4 fewer than yesterday.`

    `yesterday` is how many were blocked then; None if that is not known."""
    return _since_yesterday(_owing(_so_many(blocked.cards, total), blocked, currency), blocked.cards, yesterday)


def are_blocked_now(cards: int, total: int, yesterday: int | None) -> str:
    """The same where nobody has added up since what they owe."""
    return _since_yesterday(_so_many(cards, total), cards, yesterday)


def _so_many(cards: int, total: int) -> str:
    if not cards:
        return _("None of {total} cards is blocked", total=whole(total))
    return ngettext(
        "{cards} of {total} cards is blocked ({share})",
        "{cards} of {total} cards are blocked ({share})",
        cards,
        cards=whole(cards),
        total=whole(total),
        share=share(cards, total),
    )


def _since_yesterday(said: str, cards: int, yesterday: int | None) -> str:
    return full_stop(said if yesterday is None else _compared(said, cards - yesterday))


def would_be_blocked(blocked: Blocked, total: int, currency: Currency) -> str:
    """The same where no block can be seen: what the rules would do to cards that are free."""
    said = ngettext(
        "{cards} of {total} cards would be blocked if free ({share})",
        "{cards} of {total} cards would be blocked if free ({share})",
        blocked.cards,
        cards=whole(blocked.cards),
        total=whole(total),
        share=share(blocked.cards, total),
    )
    return full_stop(_owing(said, blocked, currency))


def with_the_plan(blocked: Blocked, total: int, currency: Currency) -> str:
    """What it would be once all changes of the plan are made."""
    cards, part = whole(blocked.cards), share(blocked.cards, total)
    return full_stop(
        _owing(_("With all changes of the plan: {cards} ({share})", cards=cards, share=part), blocked, currency)
    )


def before_the_cycle(blocked: Blocked, total: int, currency: Currency) -> str:
    """How it was as the cycle began."""
    cards, part = whole(blocked.cards), share(blocked.cards, total)
    return full_stop(_owing(_("Before this cycle: {cards} ({share})", cards=cards, share=part), blocked, currency))


def looked_at(cards: int) -> str:
    """Of a quick cycle, which says nothing of all the others."""
    return ngettext(
        "A quick cycle: it looked at {number} card, and counts no others.",
        "A quick cycle: it looked at {number} cards, and counts no others.",
        cards,
    )


def _owing(said: str, blocked: Blocked, currency: Currency) -> str:
    if not blocked.cards:
        return said
    if blocked.unknown == blocked.cards:
        return _("{said}; what they owe is not known", said=said)
    owed = round_money(blocked.owed, currency)
    if blocked.unknown:
        return _("{said}, owing at least {sum}", said=said, sum=owed)
    return _("{said}, owing {sum}", said=said, sum=owed)


def _compared(said: str, more: int) -> str:
    if more > 0:
        return _("{said}; {number} more than yesterday", said=said, number=whole(more))
    if more < 0:
        return _("{said}; {number} fewer than yesterday", said=said, number=whole(-more))
    return _("{said}; as many as yesterday", said=said)
