"""The first lines of a report: the answer, and before and after side by side."""

from collections.abc import Iterator

from sidecar.core.model import Currency
from sidecar.report.counted.cards import Cards
from sidecar.report.words.head import are_blocked, before_the_cycle, looked_at, with_the_plan, would_be_blocked


def head_lines(cards: Cards, currency: Currency) -> tuple[str, ...]:
    """How many cards are blocked as the cycle left them, how it was before, and how it is to be."""
    return tuple(_lines(cards, currency))


def _lines(cards: Cards, currency: Currency) -> Iterator[str]:
    if not cards.whole:
        yield looked_at(cards.read)
    elif not cards.seen:
        yield would_be_blocked(cards.planned, cards.total, currency)
    else:
        yield are_blocked(cards.now, cards.total, currency, cards.yesterday)
        if cards.before != cards.now:
            yield before_the_cycle(cards.before, cards.total, currency)
        if cards.planned != cards.now:
            yield with_the_plan(cards.planned, cards.total, currency)
