"""Currencies: the codes in use, as Babel knows them, and their decimals, as ISO 4217 says.

Babel's own number of decimals is what people use day to day (none for RSD), not what a till may hold.
"""

from functools import cache
from typing import Final

from babel.core import get_global

from sidecar.core.model import Currency

_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS: Final = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)


@cache
def currency_codes() -> frozenset[str]:
    """The codes that are legal tender somewhere today."""
    territories = get_global("territory_currencies").values()
    return frozenset(code for used in territories for code, _start, end, tender in used if end is None and tender)


def find_currency(code: str) -> Currency | None:
    """The currency of a code in capitals; None if there is none."""
    return Currency(code, _DECIMALS.get(code, 2)) if code in currency_codes() else None


def plain_amount(minor: int, currency: Currency) -> str:
    """An amount in the tool's own words: `225.00 DKK`."""
    return f"{currency.major(minor):f} {currency.code}"
