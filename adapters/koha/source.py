"""Reading Koha through our plugin, and finding out whether the plugin is there."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Final

import msgspec
import requests

from adapters.http import Answer, HttpApi
from adapters.koha.ahead import Coming
from adapters.koha.answers import PLUGIN, expect, groups, is_no_route, patron_numbers, plugin_answer, plugin_gone
from adapters.koha.asked import ASKED_NOTHING, Asked
from adapters.koha.facts import ils_status, instant, plugin_contact, plugin_facts
from adapters.koha.page_size import PageSize
from adapters.koha.stock import StockOptions, StockSource
from adapters.koha.target import BATCH_SIZE, PluginTarget
from adapters.koha.wire import PluginPage, PluginStatus, PluginVersion
from sidecar.core.collection.claim import Contact
from sidecar.core.model import Facts, PatronId
from sidecar.core.needs import NOTHING, Needs
from sidecar.errors import (
    CannotWrite,
    IncompletePull,
    NotAnIls,
    PluginVersionMismatch,
    UnexpectedAnswer,
)
from sidecar.ports import Contacts, IlsStatus, Keeps, Progress, Pull, Source

CONTRACTS: Final = range(1, 4)
"""The versions of docs/plugin-api.md that this program reads: its own and those before."""

WITH_CONTACTS: Final = 3
"""The first version that tells addresses."""

READ_AT_ONCE: Final = 500
"""How many patrons one POST /patrons may ask for."""

PAGE_SIZE: Final = 2000
"""Patrons per page: a Koha with 100,000 patrons gave 38,400 a second so; larger pages gain a third, for memory."""


_RECORD: Final = re.compile(r"`\$\.patrons\[(\d+)\]")
"""Where msgspec says that a page's record does not fit."""


@dataclass(frozen=True, slots=True)
class KohaConnection:
    """A Koha that was reached: what reads it, whether our plugin is there, and what writes to it."""

    source: Source
    has_plugin: bool
    http: HttpApi
    asked: Asked = ASKED_NOTHING

    @property
    def contacts(self) -> Contacts | None:
        """What tells addresses: the plugin."""
        return self.source if isinstance(self.source, PluginSource) else None

    def target(self, instance: str, *, batch_size: int = BATCH_SIZE, writers: int = 1) -> PluginTarget:
        """What writes for the journal of that instance id. Raises CannotWrite without the plugin."""
        if not self.has_plugin:
            raise CannotWrite(
                "this Koha has no Cardwarden plugin, so only dry runs are possible: "
                "build it with `cardwarden koha-plugin`, upload it and restart Koha's API workers"
            )
        return PluginTarget(self.http, instance, batch_size=batch_size, writers=writers, asked=self.asked)

    def close(self) -> None:
        """Let go of all connections."""
        self.http.close()


def connect(
    http: HttpApi,
    *,
    plugin_expected: bool = False,
    page_size: int = PAGE_SIZE,
    stock: StockOptions | None = None,
    needs: Callable[[], Needs] = lambda: NOTHING,
) -> KohaConnection:
    """Reach Koha and find out whether the plugin is there.

    `plugin_expected` is for a journal that is bound to an installation: then a missing plugin is PluginGone.
    `needs` says at each request what the policy needs besides; the plugin is asked for what of it it can tell.
    Everything but Koha's own "no such route" is an error, never taken for a Koha without the plugin.
    """
    answer = http.send("GET", f"{PLUGIN}/status")
    if answer.status == requests.codes.ok:
        asked = Asked(_checked_version(answer).parts, needs)
        source = PluginSource(http, page_size=page_size, asked=asked)
        return KohaConnection(source, has_plugin=True, http=http, asked=asked)
    if answer.status == requests.codes.not_found and not is_no_route(answer):
        raise NotAnIls(f"{answer}, but not as Koha does: check the address {http.url}")
    if not is_no_route(answer):
        expect(answer)
    if plugin_expected:
        raise plugin_gone(answer)
    return KohaConnection(StockSource(http, stock), has_plugin=False, http=http)


class PluginSource:
    """Facts in bulk, by keyset pages (docs/plugin-api.md)."""

    def __init__(self, http: HttpApi, *, page_size: int = PAGE_SIZE, asked: Asked = ASKED_NOTHING) -> None:
        self._http = http
        self._page_size = page_size
        self._more = asked

    def status(self) -> IlsStatus:
        """What Koha and the plugin say of themselves."""
        answer = plugin_answer(self._http.send("GET", f"{PLUGIN}/status"))
        _checked_version(answer)
        return ils_status(answer.decode(PluginStatus))

    def pull(
        self,
        *,
        changed_since: datetime | None = None,
        names: bool = False,
        progress: Progress | None = None,
        keeps: Keeps | None = None,
    ) -> Pull:
        """Everyone who can matter, or who moved at or after `changed_since`; as of the first page. While a page is made
        into facts the next one is asked for, and never more than that one."""
        asked: dict[str, int | str] = {"names": int(names), **self._more.in_query()}
        if changed_since is not None:
            asked["changed_since"] = int(changed_since.timestamp())
        facts: list[Facts] = []
        moments: list[datetime] = []
        read = 0
        size = PageSize(self._page_size)

        def ask(after: int) -> tuple[Answer, int]:
            return size.ask(partial(self._asked, asked | {"after": after}))

        after: int | None = 0
        answer, limit = ask(0)
        while after is not None:
            page = _page(answer)
            after = _next_after(answer, page, after, limit)
            coming = None if after is None else Coming(partial(ask, after))
            moments.append(instant(page.as_of))
            of_page = (plugin_facts(record, moments[-1]) for record in page.patrons)
            facts += of_page if keeps is None else (each for each in of_page if keeps(each, moments[0]))
            read += len(page.patrons)
            del answer, page, of_page  # not while the next one comes
            if progress is not None:
                progress(read, None)
            if coming is not None:
                answer, limit = coming.result()
        return Pull(tuple(facts), moments[0])

    def read(self, patrons: Sequence[PatronId], *, names: bool = False) -> Pull:
        """The facts of these patrons; whoever does not exist is left out."""
        facts: list[Facts] = []
        moments: list[datetime] = []
        for ids in groups(patron_numbers(patrons), READ_AT_ONCE):
            answer, page = self._posted({"patron_ids": ids, "names": names, **self._more.in_body()})
            got = [record.patron_id for record in page.patrons]
            if len(set(got)) != len(got) or not set(got) <= set(ids):
                raise IncompletePull(f"{answer} with patrons that were not asked for, or with one twice")
            moments.append(instant(page.as_of))
            facts += (plugin_facts(record, moments[-1]) for record in page.patrons)
        return Pull(tuple(facts), moments[0] if moments else self.status().as_of)

    def find_card(self, card_number: str) -> PatronId | None:
        """The patron with that card number, which travels in the body."""
        answer, page = self._posted({"cardnumber": card_number})
        if len(page.patrons) > 1:
            raise UnexpectedAnswer(f"{answer} with several patrons for one card number")
        return str(page.patrons[0].patron_id) if page.patrons else None

    def contacts(self, patrons: Sequence[PatronId]) -> Mapping[PatronId, Contact]:
        """Names and addresses, for a file that leaves now. Raises PluginVersionMismatch where the plugin has none."""
        found: dict[PatronId, Contact] = {}
        if (self.status().contract or 0) < WITH_CONTACTS:
            raise _tells_no_addresses()
        for ids in groups(patron_numbers(patrons), READ_AT_ONCE):
            _, page = self._posted({"patron_ids": ids, "contact": True})
            for record in page.patrons:
                if record.contact is None and not record.is_redacted:
                    raise _tells_no_addresses()
                if record.contact is not None:
                    found[str(record.patron_id)] = plugin_contact(record, record.contact)
        return found

    def _asked(self, params: Mapping[str, int | str], limit: int) -> Answer:
        sized = {**params, "limit": limit}
        return plugin_answer(self._http.send("GET", f"{PLUGIN}/patrons", params=sized, large=True))

    def _posted(self, body: object) -> tuple[Answer, PluginPage]:
        answer = plugin_answer(self._http.send("POST", f"{PLUGIN}/patrons", json=body))
        return answer, _page(answer)


def _tells_no_addresses() -> PluginVersionMismatch:
    return PluginVersionMismatch(
        "Koha's plugin tells no addresses, so no claim can be sent: upload the plugin that `cardwarden koha-plugin` "
        "builds and restart Koha's API workers. Claims wait until then."
    )


def _checked_version(answer: Answer) -> PluginVersion:
    found = answer.decode(PluginVersion)
    if found.api_version in CONTRACTS:
        return found
    newer = found.api_version >= CONTRACTS.stop
    remedy = (
        "install a newer Cardwarden, or the plugin that this one's `cardwarden koha-plugin` builds"
        if newer
        else "upgrade the plugin: upload the one that `cardwarden koha-plugin` builds and restart Koha's API workers"
    )
    raise PluginVersionMismatch(
        f"Koha's plugin {found.plugin_version} speaks version {found.api_version} of the contract "
        f"and this Cardwarden versions {CONTRACTS[0]} to {CONTRACTS[-1]}: {remedy}"
    )


def _page(answer: Answer) -> PluginPage:
    """The page. Raises UnexpectedAnswer, with the number of the patron whose record does not fit."""
    try:
        return answer.decode(PluginPage)
    except UnexpectedAnswer as error:
        raise UnexpectedAnswer(f"{error}{_whose(answer, str(error))}") from None


def _whose(answer: Answer, problem: str) -> str:
    place = _RECORD.search(problem)
    if place is None:
        return ""
    number = msgspec.json.decode(answer.body, type=_Numbers).patrons[int(place[1])].patron_id
    return f" (patron {number})" if isinstance(number, int) else ""


class _Numbered(msgspec.Struct, frozen=True):
    patron_id: object = None


class _Numbers(msgspec.Struct, frozen=True):
    patrons: tuple[_Numbered, ...]


def _next_after(answer: Answer, page: PluginPage, after: int, limit: int) -> int | None:
    """Where the next page begins, None after the last; raises if this page is not what was asked for."""
    ids = [record.patron_id for record in page.patrons]
    if len(ids) > limit:
        raise IncompletePull(f"{answer} with more patrons than were asked for")
    if any(one >= other for one, other in pairwise([after, *ids])):
        raise IncompletePull(f"{answer} with patrons out of order or twice")
    if page.next_after != (ids[-1] if len(ids) == limit else None):
        raise IncompletePull(f"{answer} with a page that does not say where the next one begins")
    return page.next_after
