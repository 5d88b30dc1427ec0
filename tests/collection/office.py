"""The office's side: the lines that it writes, as docs/collection-files.md says."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count

_references = count(1)


def took(claim: str, on: str = "2026-11-30") -> str:
    return f"acknowledgement,{claim},,{on},,,,accepted"


def refused(claim: str) -> str:
    return f"acknowledgement,{claim},,2026-11-30,,,,refused"


def part(claim: str, amount: str, left: str, reference: str = "") -> str:
    return f"payment,{claim},,2026-11-30,{amount},{left},{reference or f'P-{next(_references)}'},part"


def paid(claim: str, amount: str, reference: str = "", patron: str = "") -> str:
    return f"payment,{claim},{patron},2026-11-30,{amount},0.00,{reference or f'P-{next(_references)}'},full"


def gave_back(claim: str, result: str = "returned") -> str:
    return f"closure,{claim},,2026-11-30,,,,{result}"


def sheet(number: int, lines: Sequence[str], total: str | None = None) -> bytes:
    """A whole file; `total` in place of the sum that fits."""
    amounts = [Decimal(cells[4]) for cells in (line.split(",") for line in lines) if len(cells) > 4 and cells[4]]
    header = f"cardwarden,1,from-office,{number},2026-12-31,DKK,{len(lines)},{total or sum(amounts, Decimal('0.00'))}"
    columns = "record,claim,patron,date,amount,outstanding,reference,result"
    return "\r\n".join([header, columns, *lines, ""]).encode()
