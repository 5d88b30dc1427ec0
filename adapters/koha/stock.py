"""Reading Koha without our plugin: slowly, and for dry runs only.

As recorded from Koha 23.05, stock REST has no route for restrictions and no list of open charges. What there is: the
patron list, whose `account_balance` embed tells who owes, and one account at a time. So one keyset walk over all
patrons finds who can matter, and only their accounts are read. The money is that of the account's lines: the
balance only says whose account to read.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise, zip_longest
from json import dumps
from operator import itemgetter
from typing import Final

import requests

from adapters.http import Answer, HttpApi
from adapters.koha.answers import API, GRANTS, expect, groups, is_no_route, patron_numbers
from adapters.koha.page_size import PageSize
from adapters.koha.stock_records import (
    Record,
    Unread,
    Unreadable,
    account_of,
    cards_of,
    facts_with_accounts,
    records_of,
)
from adapters.koha.wire import StockAccount, StockLibrary, StockPatron
from sidecar.core.model import Facts, PatronId
from sidecar.errors import CredentialsRefused, IlsError, IncompletePull, PermissionMissing, UnexpectedAnswer
from sidecar.ports import IlsStatus, Keeps, Progress, Pull

READ_AT_ONCE: Final = 100
"""How many patrons are named in one address: about 1,200 characters of it."""

STRAYS: Final = 5
"""How far the number of patrons read may lie outside the two counts taken before and after. Who was created
or deleted meanwhile already lies between the two, unless both happened: that hides as many as there were of the
fewer, in the minutes a walk takes a handful at most. A page that was lost is hundreds. In a library of under 500
patrons it is 1 %."""

GAPS: Final = (
    "Without the plugin, restrictions cannot be read: only whether a card is restricted, not by whom or why.",
    "Without the plugin, cards with nothing but charges and credits that cancel out exactly are not seen.",
    "Without the plugin, cards with nothing but restrictions that have ended are not seen.",
    "Without the plugin, statistical categories and the anonymous patron are not known: leave them out by [scope].",
)
"""What a pull leaves out."""


@dataclass(frozen=True, slots=True)
class StockOptions:
    """`workers` requests at a time (throughput doubled from one to two on a Koha with two API workers);
    `page_size` patrons per page."""

    workers: int = 2
    page_size: int = 500


class StockSource:
    """Facts over Koha's own routes. It cannot tell what is ours, and it never writes."""

    def __init__(self, http: HttpApi, options: StockOptions | None = None) -> None:
        self._http = http
        self._options = options or StockOptions()

    def status(self) -> IlsStatus:
        """How many patrons there are, and which libraries; stock Koha 23.05 says nothing else of itself."""
        answer = self._list(_per_page=1)
        libraries, why_not = self._libraries()
        return IlsStatus(
            description="Koha without the plugin" + (f"; its libraries are not known: {why_not}" if why_not else ""),
            writable=False,
            patron_count=_count(answer, "X-Base-Total-Count"),
            as_of=_moment(answer),
            libraries=libraries,
        )

    def pull(
        self,
        *,
        changed_since: datetime | None = None,
        names: bool = False,
        progress: Progress | None = None,
        keeps: Keeps | None = None,
    ) -> Pull:
        """Everyone who can matter. Who moved cannot be asked: Koha's `updated_on` ignores money."""
        if changed_since is not None:
            raise IncompletePull("without the plugin Koha cannot tell whose money moved: only full cycles are possible")
        newest = self._list(_per_page=1, _order_by="-patron_id")
        before = _count(newest, "X-Base-Total-Count")
        top = max((number for number, _ in records_of(newest, Unread())), default=0)
        unread = Unread()
        with self._pool() as pool:
            candidates, read = self._walk(pool, top, before, progress, unread)
            _check_count(read, before, _count(self._list(_per_page=1), "X-Base-Total-Count"))
            facts = self._with_accounts(pool, candidates, unread)
        as_of = _moment(newest)
        matters = (_named(each, names=names) for each in facts if _matters(each))
        kept = tuple(each for each in matters if keeps is None or keeps(each, as_of))
        return Pull(kept, as_of, GAPS + unread.gaps())

    def read(self, patrons: Sequence[PatronId], *, names: bool = False) -> Pull:
        """The facts of these patrons; whoever does not exist is left out."""
        facts: list[Facts] = []
        moments: list[datetime] = []
        unread = Unread()
        with self._pool() as pool:
            for numbers in groups(patron_numbers(patrons), READ_AT_ONCE):
                answer, records = self._named_by(numbers, unread)
                moments.append(_moment(answer))
                facts += self._with_accounts(pool, records, unread)
        as_of = moments[0] if moments else _moment(self._list(_per_page=1))
        return Pull(tuple(_named(each, names=names) for each in facts), as_of, GAPS[:1] + unread.gaps())

    def find_card(self, card_number: str) -> PatronId | None:
        """The patron with that card number. It travels in a header: an address would end up in access logs."""
        # Two are asked for, so that a filter that got lost on the way is told from one that fits one card.
        answer = self._list({"x-koha-query": dumps({"cardnumber": card_number})}, _per_page=2)
        found = cards_of(answer)
        if any(card.strip().casefold() != card_number.strip().casefold() for _, card in found):
            raise UnexpectedAnswer(f"{answer} with another card than was asked for: does a proxy drop x-koha-query?")
        return str(found[0][0]) if found else None

    def _libraries(self) -> tuple[frozenset[str] | None, str]:
        """All libraries' codes, or None and why they are not known: no cycle needs them, so it does not end here.

        Koha asks for `catalogue`, which Cardwarden needs for nothing else. Its list for the public, which asks for
        nothing, may leave libraries out.
        """
        try:
            answer = self._http.send("GET", f"{API}/libraries", params={"_per_page": -1})
            if answer.status == requests.codes.forbidden:
                return None, f"{answer}, grant the API key's user `catalogue` if a policy names libraries"
            records = expect(answer).decode(list[StockLibrary])
            if _count(answer, "X-Base-Total-Count") != len(records):
                return None, f"{answer} with fewer than it counts"
        except CredentialsRefused:
            raise
        except IlsError as error:
            return None, str(error)
        return frozenset(record.library_id for record in records), ""

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        """Threads for requests at the same time; after an error nothing that waits is begun."""
        with ThreadPoolExecutor(self._options.workers) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _list(self, headers: Mapping[str, str] | None = None, *, large: bool = False, **params: str | int) -> Answer:
        return expect(self._http.send("GET", f"{API}/patrons", params=params, headers=headers, large=large))

    def _walk(
        self, pool: ThreadPoolExecutor, top: int, expected: int, progress: Progress | None, unread: Unread
    ) -> tuple[list[Record], int]:
        """Whoever may matter, by number, and how many patrons were read. Only this thread keeps count."""
        candidates: list[Record] = []
        read = 0
        size = PageSize(self._options.page_size)
        pending = {pool.submit(self._page, part, size): part for part in _ranges(top, self._options.workers)}
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                part, answer = pending.pop(future), future.result()
                records = _checked_page(answer, part, unread)
                candidates += (each for each in records if _may_matter(each[1]))
                read += len(records)
                if progress is not None:
                    progress(read, expected)
                if _count(answer, "X-Total-Count") > len(records):
                    rest = _Range(records[-1][0], part.last)
                    pending[pool.submit(self._page, rest, size)] = rest
        return sorted(candidates, key=itemgetter(0)), read

    def _page(self, part: "_Range", size: PageSize) -> Answer:
        # With the prefix `me.` no embed can make the column ambiguous, which Koha 23.05 answers with 500.
        above: dict[str, object] = {"me.patron_id": {">": part.after}}
        q = above if part.last is None else {"-and": [above, {"me.patron_id": {"<=": part.last}}]}
        answer, _ = size.ask(
            lambda patrons: self._list(
                {"x-koha-embed": "account_balance"},
                large=True,
                q=dumps(q),
                _order_by="me.patron_id",
                _per_page=patrons,
            )
        )
        return answer

    def _named_by(self, numbers: Sequence[int], unread: Unread) -> tuple[Answer, list[Record]]:
        q = dumps({"me.patron_id": {"-in": list(numbers)}})
        answer = self._list(q=q, _order_by="me.patron_id", _per_page=READ_AT_ONCE)
        records = records_of(answer, unread)
        got = [number for number, _ in records]
        if len(set(got)) != len(got) or not set(got) <= set(numbers) or _count(answer, "X-Total-Count") != len(got):
            raise IncompletePull(f"{answer} with patrons that were not asked for, with one twice, or not with all")
        return answer, records

    def _with_accounts(self, pool: ThreadPoolExecutor, records: Sequence[Record], unread: Unread) -> list[Facts]:
        """The facts with the money of each account. Who was deleted meanwhile is left out."""
        shown = [number for number, record in records if not record.is_redacted]
        accounts = dict(zip(shown, pool.map(self._account, shown), strict=True))
        gone = [number for number, account in accounts.items() if account is None]
        for numbers in groups(gone, READ_AT_ONCE):
            answer, still_there = self._named_by(numbers, unread)
            if still_there:
                raise PermissionMissing(
                    f"{answer} with patrons whose accounts Koha hides: grant the API key's user {GRANTS}"
                )
        there = {number: account for number, account in accounts.items() if account is not None}
        return facts_with_accounts([each for each in records if each[0] not in gone], there, unread)

    def _account(self, number: int) -> StockAccount | Unreadable | None:
        """One patron's open lines; None where Koha says that there is no such patron."""
        answer = self._http.send("GET", f"{API}/patrons/{number}/account")
        if answer.status == requests.codes.not_found and not is_no_route(answer):
            return None
        return account_of(expect(answer))


@dataclass(frozen=True, slots=True)
class _Range:
    """A part of the patron numbers that is walked page by page: above `after`, up to `last` if there is one."""

    after: int
    last: int | None


def _ranges(top: int, workers: int) -> list[_Range]:
    """Numbers up to `top` in equal parts; the last is open, for patrons created meanwhile."""
    bounds = [top * part // workers for part in range(workers)]
    starts = sorted(set(bounds))
    return [_Range(start, last) for start, last in zip_longest(starts, starts[1:])]


def _checked_page(answer: Answer, part: _Range, unread: Unread) -> list[Record]:
    records = records_of(answer, unread)
    numbers = [number for number, _ in records]
    if any(one >= other for one, other in pairwise([part.after, *numbers])):
        raise IncompletePull(f"{answer} with patrons out of order or twice")
    if numbers and part.last is not None and numbers[-1] > part.last:
        raise IncompletePull(f"{answer} with patrons that were not asked for")
    if not numbers and _count(answer, "X-Total-Count") > 0:
        raise IncompletePull(f"{answer} without the patrons that it counts")
    return records


def _check_count(read: int, before: int, after: int) -> None:
    fewest, most = sorted((before, after))
    strays = min(STRAYS, fewest // 100)
    if not fewest - strays <= read <= most + strays:
        raise IncompletePull(
            f"{read} patrons were read, but Koha counted {before} before and {after} after: nothing is planned; "
            "if it happens again, check that the API key's user may see patrons of all libraries"
        )


def _count(answer: Answer, header: str) -> int:
    text = answer.headers.get(header, "")
    if not text.isdecimal():
        raise UnexpectedAnswer(f"{answer} without the header {header}: does a proxy drop it?")
    return int(text)


def _moment(answer: Answer) -> datetime:
    """When the web server answered. Stock Koha does not tell the time of its database."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _may_matter(record: StockPatron) -> bool:
    """Whether anything but an account whose lines cancel out could matter. What is hidden may."""
    unremarkable = record.account_balance == 0 and record.login_attempts == 0
    return not (unremarkable and record.restricted is False and record.patron_card_lost is False)


def _matters(facts: Facts) -> bool:
    """The same after the account was read: a balance of rounding dust has no lines behind it."""
    no_money = facts.charges == () and facts.credit == 0
    return not (no_money and facts.failed_pin == 0 and facts.restricted is False and facts.card_lost is False)


def _named(facts: Facts, *, names: bool) -> Facts:
    return facts if names else replace(facts, patron=replace(facts.patron, name=None, card_number=None))
