"""Which charges and loans a rule counts, and whose card it blocks besides, as the file says it."""

import re
from dataclasses import dataclass
from typing import Final

from sidecar.core.counting import Age, DayOfYear, EachYear, Loans
from sidecar.core.model import Currency
from sidecar.core.policy import Ages, Also, Flag, RuleKind, Threshold
from sidecar.policy.file.values import Section
from sidecar.policy.language.counting import EACH_YEAR
from sidecar.policy.language.currencies import plain_amount
from sidecar.policy.language.kinds import taking
from sidecar.policy.language.schema import MAX_DAYS, MAX_MONTHS
from sidecar.policy.rules.whom import read_ages

_DAY: Final = re.compile(r"(\d\d)-(\d\d)")
_LAST_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Counting:
    """What a rule counts; what could not be read, or is not said, is None."""

    loans: Loans | None = None
    older_than: Age | None = None
    each_year: EachYear | None = None
    announce_at: Threshold | None = None
    flag: Flag | None = None
    also_blocks: Also | None = None
    guarantee_ages: Ages | None = None


def read_counting(section: Section, kind: RuleKind | None, threshold: Threshold | None, currency: Currency) -> Counting:
    """What the rule counts, of the keys that its kind takes. Mistakes are noted."""
    also = section.choice("also_blocks", [each.value for each in Also]) if _takes("also_blocks", kind) else None
    return Counting(
        _read_loans(section, kind),
        _read_age(section, kind),
        _read_each_year(section) if _takes("each_year", kind) else None,
        _read_announce_at(section, threshold, currency) if _takes("announce_at", kind) else None,
        _read_flag(section, kind),
        None if also is None else Also(also),
        _read_guarantee_ages(section) if _takes("also_blocks", kind) else None,
    )


def _takes(key: str, kind: RuleKind | None) -> bool:
    return kind is None or kind in taking(key)


def _read_loans(section: Section, kind: RuleKind | None) -> Loans | None:
    if not _takes("overdue_days", kind):
        return None
    days = section.whole("overdue_days", 1, MAX_DAYS)
    if kind is RuleKind.COLLECTION:
        return None if days is None else Loans(days)
    if kind is None:
        return None
    waited_for, types = section.flag("waited_for"), section.words("item_types")
    return Loans(days or 1, waited_for or False, None if types is None else frozenset(types))


def _read_age(section: Section, kind: RuleKind | None) -> Age | None:
    if not _takes("older_than_days", kind):
        return None
    days, months = section.whole("older_than_days", 0, MAX_DAYS), section.whole("older_than_months", 1, MAX_MONTHS)
    if section.has("older_than_days") and section.has("older_than_months"):
        problem = "older_than_days and older_than_months are both given"
        section.notes.mistake(section.at("older_than_months"), problem, "keep one of them")
        return None
    if days is not None:
        return Age(days)
    return None if months is None else Age(months, months=True)


def _read_each_year(section: Section) -> EachYear | None:
    example = 'each_year = { on = "02-01", arose_before = "01-01" }'
    table = section.section("each_year", EACH_YEAR, example)
    if table is None:
        return None
    table.check_keys()
    days = [_read_day(table, name) for name in EACH_YEAR.names]
    on, before = days
    return None if on is None or before is None else EachYear(on, before)


def _read_day(table: Section, name: str) -> DayOfYear | None:
    if not table.has(name):
        table.notes.mistake(table.at(name), "is missing", f'add {name} = "02-01", month first')
        return None
    text = table.text(name)
    found = None if text is None else _DAY.fullmatch(text)
    if found is None:
        if text is not None:
            table.notes.mistake(table.at(name), "is no day of the year", 'write month and day, such as "02-01"')
        return None
    month, day = int(found[1]), int(found[2])
    if not (1 <= month <= len(_LAST_DAYS) and 1 <= day <= _LAST_DAYS[month - 1]):
        table.notes.mistake(table.at(name), "is no day of the year", 'write month and day, such as "02-01"')
        return None
    return DayOfYear(month, day)


def _read_announce_at(section: Section, threshold: Threshold | None, currency: Currency) -> Threshold | None:
    value, at = section.amount("announce_at", currency), section.at("announce_at")
    if value == 0:
        section.notes.mistake(at, "would tell patrons who owe nothing", "write more than 0")
    elif value is not None and threshold is not None and value > threshold.value:
        level = plain_amount(threshold.value, currency)
        problem = f"lies above {threshold.operator}, which is {level}: nobody would be told before the block"
        section.notes.mistake(at, problem, f"write at most {level}")
    return None if not value else Threshold(value)


def _read_flag(section: Section, kind: RuleKind | None) -> Flag | None:
    if not _takes("flag", kind):
        return None
    if kind is RuleKind.FLAG and not section.has("flag"):
        section.notes.mistake(section.at("flag"), "is missing", f"add flag = one of {', '.join(Flag)}")
    word = section.choice("flag", [flag.value for flag in Flag])
    return None if word is None else Flag(word)


def _read_guarantee_ages(section: Section) -> Ages | None:
    if section.has("ages") and not section.has("also_blocks"):
        remedy = 'add also_blocks = "guarantors"; for whom the rule is, say only = { ages = … } or an exception'
        section.notes.mistake(section.at("ages"), "means nothing without also_blocks", remedy)
    return read_ages(section)
