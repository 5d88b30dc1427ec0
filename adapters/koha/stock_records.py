"""Stock Koha's records one by one: one that cannot be read makes its patron unknown, and spoils nothing else.

A page is decoded at once, which is ten times faster; only one that does not fit is taken apart. Where not one record
of several fits, it is not a record that is wrong but the shape: that is an error, as is a record of nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from adapters.http import Answer
from adapters.koha.answers import GRANTS
from adapters.koha.facts import stock_facts
from adapters.koha.wire import StockAccount, StockCard, StockPatron
from sidecar.core.model import Facts
from sidecar.errors import IncompletePull, PermissionMissing, UnexpectedAnswer

NAMED: Final = 20
"""So many patrons are named in one sentence."""

Record: TypeAlias = tuple[int, StockPatron]
"""A patron's number and record."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An account that cannot be read, and why."""

    problem: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Whose records or accounts could not be read in one pull, and why not: a place and a type, never a value."""

    problems: dict[int, str] = field(default_factory=dict)

    def gaps(self) -> tuple[str, ...]:
        """The same as a sentence of the report, if there are any."""
        if not self.problems:
            return ()
        numbers = sorted(self.problems)
        more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
        who = ", ".join(str(number) for number in numbers[:NAMED])
        count = "1 patron" if len(numbers) == 1 else f"{len(numbers)} patrons"
        which = f"patron {who}{more} ({numbers[0]}: {self.problems[numbers[0]]})"
        return (f"What Koha says of {count} could not be read, so it counts as unknown: {which}.",)


class _Numbered(msgspec.Struct, frozen=True):
    patron_id: object = None


def records_of(answer: Answer, unread: Unread) -> list[Record]:
    """The patrons of a list, each with its number. Raises IncompletePull where a number cannot be told."""
    try:
        records = answer.decode(list[StockPatron])
    except UnexpectedAnswer as error:
        records = _one_by_one(answer, error, unread)
    return [(_shown(answer, record.patron_id), record) for record in records]


def cards_of(answer: Answer) -> list[tuple[int, str]]:
    """The number and the card number of each patron of a list; nothing else of them is looked at."""
    return [(_shown(answer, card.patron_id), card.cardnumber or "") for card in answer.decode(list[StockCard])]


def account_of(answer: Answer) -> StockAccount | Unreadable:
    """The account. Raises UnexpectedAnswer for what is no JSON at all: that is no account, but a fault on the way."""
    try:
        return answer.decode(StockAccount)
    except UnexpectedAnswer as error:
        answer.decode(msgspec.Raw)
        return Unreadable(str(error))


def facts_with_accounts(
    records: Sequence[Record], accounts: Mapping[int, StockAccount | Unreadable], unread: Unread
) -> list[Facts]:
    """The facts of each record with its account. Raises UnexpectedAnswer where several accounts and not one fit."""
    problems = [account.problem for account in accounts.values() if isinstance(account, Unreadable)]
    if len(problems) == len(accounts) > 1:
        raise UnexpectedAnswer(problems[0])
    return [_facts(number, record, accounts.get(number), unread) for number, record in records]


def _shown(answer: Answer, number: int | None) -> int:
    if number is None:
        raise PermissionMissing(f"{answer} with patrons that Koha hides: grant the API key's user {GRANTS}")
    return number


def _one_by_one(answer: Answer, error: UnexpectedAnswer, unread: Unread) -> list[StockPatron]:
    parts = answer.decode(list[msgspec.Raw])
    problems: dict[int, str] = {}
    records = [_record(answer, part, problems) for part in parts]
    if len(problems) == len(parts) > 1:
        raise error
    unread.problems.update(problems)
    return records


def _record(answer: Answer, part: msgspec.Raw, problems: dict[int, str]) -> StockPatron:
    try:
        return msgspec.json.decode(part, type=StockPatron)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        number = _number(part)
        if number is None:
            raise IncompletePull(f"{answer} with a record that cannot be read, not even whose it is: {error}") from None
        problems[number] = str(error)
        return StockPatron(patron_id=number)


def _number(part: msgspec.Raw) -> int | None:
    try:
        number = msgspec.json.decode(part, type=_Numbered).patron_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _facts(number: int, record: StockPatron, account: StockAccount | Unreadable | None, unread: Unread) -> Facts:
    problem = account.problem if isinstance(account, Unreadable) else None
    if isinstance(account, StockAccount):
        try:
            return stock_facts(record, account)
        except UnexpectedAnswer as error:
            problem = str(error)
    if problem is not None:
        unread.problems[number] = problem
    return stock_facts(record, None)
