"""What stands in a cell: amounts without thousands marks, and texts that are one line and never a formula.

Office staff open such files in spreadsheets, which run a text that begins as a formula, also behind a semicolon where
that parts columns. A name may be anything that somebody typed, so such a text gets an apostrophe in front; a number in
international form (`+45 12 34 56 78`) is left as it is, for nothing runs in it and a machine at the other end wants to
dial it. The apostrophe can be taken away again without a doubt (`unguarded`): one that was there gets another.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from sidecar.core.model import Currency

_GUARD: Final = "'"
_RUNS: Final = re.escape("=+@⁺⁼₊₌﬩﹢﹣﹦﹫＋－＝＠−-")
"""What a formula begins with, in every width."""

_DANGEROUS: Final = re.compile(rf"(^|[;|]) ?(?={_GUARD}*[{_RUNS}])")
_GUARDED: Final = re.compile(rf"((?:^|[;|]) ?){_GUARD}(?={_GUARD}*[{_RUNS}])")
_DIALLED: Final = re.compile(r"\+[0-9][0-9 ()/.-]*", re.ASCII)

_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def text_cell(text: str) -> str:
    """A text on one line, without signs that cannot be seen, and no formula."""
    tidy = tidied(text)
    return tidy if _DIALLED.fullmatch(tidy) else _DANGEROUS.sub(rf"\g<0>{_GUARD}", tidy)


def tidied(text: str) -> str:
    """The text on one line: line ends, tabs, control and direction signs are a space, and several are one."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(text.split())


def unguarded(cell: str) -> str:
    """The text that `text_cell` made safe."""
    return _GUARDED.sub(r"\g<1>", cell)


def amount_cell(minor: int, currency: Currency) -> str:
    """An amount of minor units in major ones: a decimal point, all decimals of the currency, no thousands marks."""
    return f"{currency.major(minor):f}"


def day_cell(day: date | None) -> str:
    """A day as `2026-11-27`; none is empty."""
    return "" if day is None else day.isoformat()


def amount_of(cell: str, currency: Currency) -> int:
    """The minor units of an amount. Raises ValueError, which says what would be right and does not quote the cell."""
    if not _AMOUNT.fullmatch(cell):
        raise ValueError(
            "is no amount; write digits and a decimal point, without a sign and thousands marks, as 525.00"
        )
    exact = Decimal(cell)
    minor = currency.minor(exact)
    if currency.major(minor) != exact:
        raise ValueError(f"has more decimals than {currency.code} has")
    return minor


def day_of(cell: str) -> date:
    """The day. Raises ValueError, which says what would be right and does not quote the cell."""
    if _DAY.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass
    raise ValueError("is no day; write year, month and day, as 2026-11-27")
