"""Amounts, days, moments and lists as a language writes them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from sidecar.core.model import Currency
from sidecar.language.speaking import ENGLISH, _, present

_LOCALES: Final = {ENGLISH: "en_GB"}
"""English as Europe writes it; the other languages are locales by themselves."""

NO_BREAK_SPACE: Final = "\u00a0"
GROUP_FROM: Final = 10_000
"""In English thousands are set apart from here on, so that 1250.00 stays one word."""


_in_full: ContextVar[bool] = ContextVar("dates in full", default=False)


@contextmanager
def dates_in_full() -> Iterator[None]:
    """Say the day of every moment until the context ends, though it be today: what is said is read on another day."""
    token = _in_full.set(True)
    try:
        yield
    finally:
        _in_full.reset(token)


def _locale() -> str:
    return _LOCALES.get(present(), present())


def bare_money(minor: int, currency: Currency) -> str:
    """An amount without its currency, with as many decimals as the currency has: `312.00`, `312,00`."""
    major = currency.major(minor)
    if present() == ENGLISH:
        text = f"{abs(major):,f}".replace(",", NO_BREAK_SPACE if abs(major) >= GROUP_FROM else "")
        return f"-{text}" if minor < 0 else text
    pattern = "#,##0" + (f".{'0' * currency.decimals}" if currency.decimals else "")
    return _plain_spaces(format_decimal(major, format=pattern, locale=_locale()))


def money(minor: int, currency: Currency) -> str:
    """An amount with its currency: `312.00 DKK`, `312,00 kr.`."""
    if present() == ENGLISH:
        return f"{bare_money(minor, currency)} {currency.code}"
    return _plain_spaces(_with_currency(currency.major(minor), currency))


def round_money(minor: int, currency: Currency) -> str:
    """An amount in whole units, rounded half up, as people say it: `119,004 DKK`, `119.004 kr.`."""
    units = int(currency.major(minor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if present() == ENGLISH:
        return f"{whole(units)} {currency.code}"
    return _plain_spaces(
        format_currency(units, currency.code, format="#,##0 ¤", locale=_locale(), currency_digits=False)
    )


def whole(number: int) -> str:
    """A number of things: `5,000`, `5.000`."""
    return _plain_spaces(format_decimal(number, format="#,##0", locale=_locale()))


def share(part: int, of: int) -> str:
    """A part of a whole in per cent, to one decimal, rounded half up: `4.2 %`; a smaller one is `< 0.1 %`."""
    per_cent = (Decimal(100 * part) / of if of else Decimal(0)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if part and not per_cent:
        return f"< {format_decimal(Decimal('0.1'), format='0.0', locale=_locale())} %"
    return f"{format_decimal(per_cent, format='0.0', locale=_locale())} %"


def _with_currency(major: Decimal, currency: Currency) -> str:
    """Already rounded, half up: Babel would round half to even."""
    return format_currency(major, currency.code, locale=_locale(), currency_digits=True, decimal_quantization=False)


def calendar_day(day: date) -> str:
    """A day: `5 Oct 2026`, `5. okt. 2026`."""
    return format_date(day, "medium", locale=_locale())


def calendar_moment(local: datetime) -> str:
    """A moment of a local clock, for tables: `5. okt. 2026 14.02`."""
    return f"{calendar_day(local.date())} {_clock(local)}"


def spoken_when(at: datetime, zone: ZoneInfo, today: date) -> str:
    """When, to be read aloud: `at 14:02` if it is today, else `on 5 Oct 2026 at 14:02`."""
    local = at.astimezone(zone)
    if local.date() == today and not _in_full.get():
        return _("at {time}", time=_clock(local))
    return _("on {day} at {time}", day=calendar_day(local.date()), time=_clock(local))


def since(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Since when, to be read aloud: `since 22:27` if it is today, else `since 5 Oct 2026, 22:27`."""
    local = at.astimezone(zone)
    if local.date() == today and not _in_full.get():
        return _("since {time}", time=_clock(local))
    return _("since {day}, {time}", day=calendar_day(local.date()), time=_clock(local))


def _clock(local: datetime) -> str:
    return format_time(local, "short", locale=_locale())


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: `a, b and c`."""
    return format_list(list(words), locale=_locale())


def either(words: Iterable[str]) -> str:
    """Words as a choice in a sentence: `a, b or c`."""
    return format_list(list(words), style="or", locale=_locale())


def _plain_spaces(text: str) -> str:
    return text.replace(NO_BREAK_SPACE, " ").replace("\u202f", " ")
