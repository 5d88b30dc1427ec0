"""How many cards are blocked, as JSON values."""

from sidecar.core.cards import Blocked
from sidecar.core.model import Currency
from sidecar.report.counted.cards import Cards
from sidecar.report.render.evidence import Json, amount_json


def cards_json(cards: Cards, currency: Currency) -> dict[str, Json]:
    """What is not known is null: without the plugin no block is seen, and a quick cycle counts nothing."""
    counted, seen = cards.whole, cards.whole and cards.seen
    return {
        "total": cards.total,
        "blocked_before": _blocked(cards.before, currency) if seen else None,
        "blocked": _blocked(cards.now, currency) if seen else None,
        "blocked_with_the_plan": _blocked(cards.planned, currency) if counted else None,
        "blocked_yesterday": cards.yesterday,
        "days": [
            {"day": day.day.isoformat(), "blocked": day.blocked, "owed": amount_json(day.owed, currency)}
            for day in cards.days
        ],
    }


def _blocked(blocked: Blocked, currency: Currency) -> dict[str, Json]:
    return {"cards": blocked.cards, "owed": amount_json(blocked.owed, currency), "owed_unknown": blocked.unknown}
