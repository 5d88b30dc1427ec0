"""The desk's answer as JSON values: `answer` in `explain --json`, and what the ILS's own pages are given."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sidecar.core.model import Currency, Unknown
from sidecar.desk import Answer, Spoken
from sidecar.desk.answer import BringBack, ClearFlag, Pay, ResetCounter, ShowId
from sidecar.report.render.evidence import Json, amount_json, instant

_AMOUNTS: Final = frozenset({"minor", "counted", "counted_then", "owed", "credit", "prevent"})
_NAMES: Final = {"minor": "sum"}
_STEPS: Final[Mapping[type, str]] = {
    Pay: "pay",
    ShowId: "show_id",
    ResetCounter: "reset_counter",
    ClearFlag: "clear_flag",
    BringBack: "bring_back",
}


def answer_json(answer: Answer, spoken: Spoken) -> dict[str, Json]:
    """The answer field by field, and as it is spoken."""
    return _fields(answer, answer.currency) | {"spoken": spoken_json(spoken)}


def spoken_json(spoken: Spoken) -> Json:
    """The sentences of an answer in one language."""
    return {
        "language": spoken.language,
        "headline": spoken.headline,
        "paragraphs": [
            {
                "key": each.key,
                "title": each.title,
                "ordered": each.ordered,
                "lines": list(each.lines),
                "after": each.after,
            }
            for each in spoken.paragraphs
        ],
    }


def _fields(value: Any, currency: Currency) -> dict[str, Json]:  # any dataclass of the answer
    kind: dict[str, Json] = {"step": _STEPS[type(value)]} if type(value) in _STEPS else {}
    return kind | {
        _NAMES.get(each.name, each.name): _field(each.name, getattr(value, each.name), currency)
        for each in fields(value)
    }


def _field(name: str, value: object, currency: Currency) -> Json:
    if name in _AMOUNTS and isinstance(value, int):
        return amount_json(value, currency)
    return _json(value, currency)


def _json(value: object, currency: Currency) -> Json:
    if isinstance(value, tuple):
        return [_json(each, currency) for each in value]
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, Currency):
        return value.code
    return _fields(value, currency) if is_dataclass(value) else _scalar(value)


def _scalar(value: object) -> Json:
    match value:
        case None | Unknown.UNKNOWN:
            return None
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
        case Enum() | ZoneInfo():
            return str(value)
        case bool() | int() | str():
            return value
        case _:
            raise TypeError(f"an answer has no {type(value).__name__}")
